"""What a platform's script starts in its container: judges the one submission there, writes the platform's results.

    python -I -m autograder.doors.run gradescope

What it prints is for staff. Whatever fails, there is a results file in the end: the script has put one there before
that says that nothing was graded, and only a whole one replaces it.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder.course.course import Course, load_course
from autograder.course.errors import CourseError
from autograder.doors import prairielearn
from autograder.doors.judging import judge, staff_lines
from autograder.report.formats import gradescope
from autograder.report.formats.screen import lines_without_controls
from autograder.report.marks import less_penalty
from autograder.report.report import Report, round_points, write_whole
from autograder.sandbox.outcome import IsolationError, SandboxError

SETTINGS = "door.json"
_NOTHING_GRADED = "Nothing was graded, and the student was told that it is our fault:"


@dataclass(frozen=True)
class Platform:
    """Where things are in a platform's container, and how it wants results.

    Attributes:
        root: of all its folders.
        ours: the folder of what was exported, below it; in it are `course/` and the settings of this door.
        submission: the student's folder.
        metadata: says when it was handed in and when it was due; empty if there is no such file.
    """

    root: Path
    ours: str
    submission: str
    results: str
    metadata: str
    results_json: Callable[[Report], bytes]
    not_graded: Callable[[], dict[str, Any]]


PLATFORMS = {
    "gradescope": Platform(
        Path("/autograder"),
        "source",
        "submission",
        "results/results.json",
        "submission_metadata.json",
        gradescope.results_json,
        gradescope.not_graded,
    ),
    "prairielearn": Platform(
        Path("/grade"),
        "tests",
        "student",
        "results/results.json",
        "",
        prairielearn.results_json,
        prairielearn.not_graded,
    ),
}


def run(platform: Platform) -> bool:
    """Judges the submission and writes the results; whether it could be judged.

    Raises:
        OSError: the results can't be written.
    """
    try:
        with redirect_stdout(sys.stderr):  # what a check prints is not for whoever reads the staff's lines
            written, lines = _judged(platform)
        is_judged = True
    except BaseException as error:  # a check may end Python, too
        known = isinstance(error, CourseError | SandboxError)
        lines = [_NOTHING_GRADED, *(str(error) if known else traceback.format_exc()).splitlines()]
        written, is_judged = json.dumps(platform.not_graded()).encode(), False
    for line in lines:
        print(lines_without_controls(line))
    write_whole(platform.root / platform.results, written.decode())
    return is_judged


def _judged(platform: Platform) -> tuple[bytes, list[str]]:
    ours = platform.root / platform.ours
    settings = json.loads((ours / SETTINGS).read_text(encoding="utf-8"))
    course = load_course(ours / "course")
    judged = judge(course, settings["assignment"], platform.root / platform.submission, settings["container_bytes"])
    report, lines = judged.report, staff_lines(judged)
    if platform.metadata and settings["late"]:
        try:
            seconds = late_seconds(json.loads((platform.root / platform.metadata).read_bytes()))
            report = _less_penalty(report, course, seconds)
        except (AttributeError, KeyError, OSError, TypeError, ValueError) as error:
            lines.append(f"late: no penalty was taken off, as {platform.metadata} can't be read: {error!r}")
    return platform.results_json(report), lines


def _less_penalty(report: Report, course: Course, seconds: float) -> Report:
    """The report less the course's own penalty for lateness. Raises CourseError if the late plugin fails."""
    if seconds <= 0:
        return report
    from autograder.gradebook.penalties import make_penalty

    penalty = make_penalty(course.config)
    return less_penalty(report, seconds, lambda raw: penalty(report.student, raw, seconds))


def late_seconds(metadata: dict[str, Any]) -> float:
    """By how much a submission was handed in after its due date, as Gradescope's `submission_metadata.json` has it; 0
    or less if it was not, or if there is none. Raises KeyError, TypeError, ValueError.

    Beside each user stand their own dates, which hold extensions; the last one counts, as groups hand in together.
    """
    places = [metadata["assignment"], *(each.get("assignment") or {} for each in metadata.get("users", ()))]
    due = [datetime.fromisoformat(each["due_date"]) for each in places if each.get("due_date")]
    return (datetime.fromisoformat(metadata["created_at"]) - max(due)).total_seconds() if due else 0.0


def rehearse(platform: Platform) -> bool:
    """Judges the instructor's own notebook where the image is built; whether it has all points that checks give.

    Where an image is built less may be allowed than where it runs, so what can't be confined there is told, no more.
    """
    ours = platform.root / platform.ours
    settings = json.loads((ours / SETTINGS).read_text(encoding="utf-8"))
    course = load_course(ours / "course")
    source = course.assignment(settings["assignment"]).source_folder
    try:
        judged = judge(course, settings["assignment"], source, settings["container_bytes"])
    except IsolationError as error:
        print(f"Not rehearsed: {lines_without_controls(str(error))}")
        return True
    for line in staff_lines(judged):
        print(lines_without_controls(line))
    wanted = round_points(judged.report.max_score - judged.report.waiting_points)
    if judged.report.score != wanted:
        print(f"The instructor's own notebook should have {wanted:g} points here: run autograder audit where it is.")
    return judged.report.score == wanted


def main(arguments: list[str]) -> int:
    """Judges in the container of the platform that is named; with `--rehearse`, where its image is built."""
    name, *options = arguments
    return 0 if (rehearse if "--rehearse" in options else run)(PLATFORMS[name]) else 1


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # Python would take PyTorch apart for half a second
