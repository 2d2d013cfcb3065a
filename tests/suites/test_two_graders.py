"""Two graders of one ordinary user at the same time, each with a student who uses up what threads there are."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from accounts import Account, accounts, no_accounts_because
from helpers import RIGHT, hand_in, make_course, notebook_of, open_the_way

from autograder.course.assignment import Assignment

# The user may have this many processes and threads: enough for two graders and the 128 that a guest may have, and
# fewer than either student starts.
_MOST_OF_A_USER = 700
_BOMB = """
import threading, time
threading.stack_size(32768)
started = 0
try:
    for _ in range(2_000):
        threading.Thread(target=time.sleep, args=(4,), daemon=True).start()
        started += 1
except (RuntimeError, MemoryError):
    pass
time.sleep(1)
def mean_of(x):
    return x.mean().item() if 0 < started < 200 else started
"""


@pytest.mark.slow
def test_a_student_who_starts_all_threads_that_there_are_stops_neither_grader_of_an_ordinary_user(
    tiny: Assignment, tmp_path: Path
) -> None:
    if why := no_accounts_because():
        pytest.skip(why)
    open_the_way(tmp_path)
    (user,) = accounts(tmp_path, "grader")
    courses = [_course(tiny, user, name) for name in ("one", "other")]
    running = [_start(user, course) for course in courses]
    ended = [(each.communicate(timeout=120), each.returncode) for each in running]
    for course, ((_, err), code) in zip(courses, ended, strict=True):
        assert code == 0, err
        reports = [_report(course, student) for student in ("student-000", "student-001", "student-002")]
        # The first answers rightly because it was held to the threads of a guest.
        assert [each["score"] for each in reports] == [20, 20, 20], reports[0]["exercises"]
        assert all("namespaces" in each["isolation"] for each in reports)


def _course(tiny: Assignment, user: Account, name: str) -> Path:
    course = make_course(user.home / name)
    with (course / "course_config.py").open("a") as settings:
        settings.write("\nc.Limits.cell_wall_seconds = 20.0\n")
    hand_in(course, "student-000", notebook_of(tiny, {**RIGHT, "mean_of": _BOMB.strip()}))
    for student in ("student-001", "student-002"):
        hand_in(course, student, notebook_of(tiny, RIGHT))
    user.owns(course)
    return course


def _start(user: Account, course: Path) -> subprocess.Popen[str]:
    limited = ["sh", "-c", f'ulimit -u {_MOST_OF_A_USER}; exec "$@"', "sh"]
    program = user.command("autograder", "grade", "tiny", "--workers", "2")
    # `command` begins with becoming the user; the limit is the user's own.
    at = program.index("sh", program.index("-c") + 2) + 1
    return subprocess.Popen(
        [*program[:at], "/bin/sh", *limited[1:], *program[at:]],
        cwd=course,
        env=user.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _report(course: Path, student: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((course / "autograded" / student / "tiny" / "report.json").read_text())
    return found
