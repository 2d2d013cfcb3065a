"""How far a batch is, as instructors see it: a bar on a terminal, lines elsewhere, nothing if they want quiet."""

from __future__ import annotations

import itertools
import os
import pty
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from helpers import RIGHT, hand_in, notebook_of, run, run_environment

from autograder.cli import progress
from autograder.cli.progress import BatchProgress
from autograder.course.assignment import Assignment

SLOW = {"setup": "import time; time.sleep(8)"}
_CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def hand_three_in(course: Path, tiny: Assignment, **extra: dict[str, str]) -> None:
    hand_in(course, "student-001", notebook_of(tiny, RIGHT))
    hand_in(course, "student-002", "not a notebook")
    hand_in(course, "student-003", notebook_of(tiny, RIGHT, **extra))


def seen_on_a_terminal(course: Path, *command: str) -> str:
    """What a command writes to a terminal as its error output, without control characters."""
    ours, theirs = pty.openpty()
    program = [str(Path(sys.executable).parent / command[0]), *command[1:]]
    with subprocess.Popen(
        program, cwd=course, stdout=subprocess.DEVNULL, stderr=theirs, env=run_environment(TERM="xterm")
    ) as process:
        os.close(theirs)
        said = b""
        with suppress(OSError):  # the terminal is gone when the program is
            while more := os.read(ours, 65536):
                said += more
    os.close(ours)
    assert process.returncode == 0
    return _CONTROLS.sub("", said.decode())


@pytest.mark.slow
def test_a_terminal_gets_a_bar_with_count_rate_time_left_slow_names_and_what_needs_a_look(
    course: Path, tiny: Assignment
) -> None:
    hand_three_in(course, tiny, extra=SLOW)
    with (course / "nbgrader_config.py").open("a") as config:
        config.write("c.Limits.cell_wall_seconds = 20.0\n")
    said = seen_on_a_terminal(course, "autograder", "grade", "tiny", "--workers", "2")
    frames = [frame for frame in said.replace("\n", "\r").split("\r") if frame.startswith("grading")]
    assert any(re.search(r"2/3 .*[0-9.]+/s .*\d:\d\d:\d\d.*1 need a look", frame) for frame in frames), frames[-3:]
    assert any("slow: student-003" in frame for frame in frames), frames[-3:]


def test_without_a_terminal_there_are_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LINE_EVERY_SECONDS", 0.0)
    clock = itertools.count()  # a second between two looks at it
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(clock)))
    lines: list[str] = []
    shown = BatchProgress(4, lines.append, None)
    shown.advance(needs_a_look=False)
    shown.advance(needs_a_look=True)
    shown.tell_slow([f"student-{number}" for number in range(5)])
    shown.tell_slow([])
    for _ in range(2):
        shown.advance(needs_a_look=False)
    assert lines == [
        "graded 1 of 4, 1.0/s, 0:00:03 left",
        "graded 2 of 4, 1.0/s, 0:00:02 left, 1 need a look",
        "graded 2 of 4, 0.7/s, 0:00:03 left, 1 need a look, slow: student-0, student-1, student-2 and 2 more",
        "graded 2 of 4, 0.5/s, 0:00:04 left, 1 need a look",
        "graded 3 of 4, 0.6/s, 0:00:02 left, 1 need a look",
        "graded 4 of 4, 0.7/s, 1 need a look",
    ]


@pytest.mark.slow
def test_quiet_prints_nothing_and_timings_say_where_the_time_went(course: Path, tiny: Assignment) -> None:
    hand_three_in(course, tiny)
    done = run("autograder", "grade", "tiny", "--quiet", cwd=course)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    done = run("autograder", "grade", "tiny", "--force", "--quiet", "--timings", cwd=course)
    rows = dict(re.findall(r"^ +([a-z -]+?) +([\d.]+) +[\d.]+ *$", done.stderr, re.MULTILINE))
    assert {"start", "what changed", "reading", "cells", "checks", "notebook", "files", "gradebook"} <= rows.keys()
    assert all(float(rows[name]) > 0 for name in ("start", "checks", "gradebook"))
