"""What is kept of a graded submission: its folder under `autograded/`, the gradebook's rows, and `report.json`."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import nbformat

from autograder.batch.packed import Result
from autograder.course.assignment import Assignment
from autograder.course.course import REPORT_FILE, TIMESTAMP_FILE, Course
from autograder.course.lock import saving
from autograder.gradebook.record import record
from autograder.report.report import Report, write_whole
from autograder.report.timings import Timings
from autograder.report.verdicts import show_marks
from autograder.submission.files import extra_files

SAVED_WITHIN_SECONDS = 1.0
_SAVED_TOGETHER = 20
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".gif"})  # pages show those that lie beside the notebook


def save_notebooks(course: Course, assignment: Assignment, result: Result, answers_key: str, timings: Timings) -> None:
    """Writes `autograded/<student>/<assignment>/` as nbgrader would. `answers_key` says what the answers are of.

    There is no `report.json` in it, so that the next run grades the submission again; `Saver` writes it.
    """
    from autograder.judge.answers_file import write_answers  # needs PyTorch, as grading does

    report = result.report
    submitted = course.submitted(report.student, assignment.name)
    target = course.autograded(report.student, assignment.name)
    with timings.timed("files"):
        scratch = target.with_name(f".{assignment.name}.new")
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        for name, path in copied_files(submitted, assignment):
            if name == TIMESTAMP_FILE and not report.handed_in:
                continue  # a damaged one would stop nbgrader's other commands
            (scratch / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, scratch / name, follow_symlinks=False)
        for name, text in result.notebook_texts.items():
            marked = _with_marks(text, report.of_notebook(name)) if _has_own_marks(report) else text
            (scratch / f"{name}.ipynb").write_text(marked, encoding="utf-8")
        if target.exists():
            shutil.rmtree(target)
        scratch.rename(target)
        write_answers(course.answers(report.student, assignment.name), answers_key, result.answers)


def save_marks(course: Course, assignment: Assignment, report: Report) -> None:
    """Writes today's marks into the graded notebooks of a submission whose verdicts are the same as before."""
    target = course.autograded(report.student, assignment.name)
    for each in assignment.notebooks:
        path = target / f"{each.notebook_name}.ipynb"
        write_whole(path, _with_marks(path.read_text(encoding="utf-8"), report.of_notebook(each.notebook_name)))


class Saver:
    """Saves reports a few at a time, as one transaction of the gradebook takes much the same for twenty as for one.

    The gradebook comes first and `report.json` last: what is killed in between is graded again by the next run, and
    nothing is recorded twice.
    """

    def __init__(self, course: Course, assignment: Assignment, gradebook: object, timings: Timings) -> None:
        self._course, self._assignment, self._gradebook, self._timings = course, assignment, gradebook, timings
        self._waiting: list[Report] = []
        self._since = 0.0

    def add(self, report: Report) -> None:
        """Takes a report whose notebooks are written."""
        if not self._waiting:
            self._since = time.monotonic()
        self._waiting.append(report)

    def save_some(self) -> list[Report]:
        """Saves what is there and says what it was, if it is enough or has waited long enough."""
        long_enough = time.monotonic() - self._since >= SAVED_WITHIN_SECONDS
        return self.save_all() if long_enough or len(self._waiting) >= _SAVED_TOGETHER else []

    def save_all(self) -> list[Report]:
        """Saves what is there and says what it was."""
        reports, self._waiting = self._waiting, []
        if not reports:
            return []
        with saving(self._course):
            with self._timings.timed("gradebook"):
                record(self._gradebook, self._assignment, reports)
            with self._timings.timed("files"):
                for each in reports:
                    folder = self._course.autograded(each.student, self._assignment.name)
                    write_whole(folder / REPORT_FILE, each.to_json())
        return reports


def _has_own_marks(report: Report) -> bool:
    """Whether the marks are more than what the checks came to, which the graded notebook has already."""
    return report.late_seconds > 0 or any(each.is_settled for each in report.exercises)


def _with_marks(notebook_text: str, report: Report) -> str:
    return f"{nbformat.writes(show_marks(nbformat.from_dict(json.loads(notebook_text)), report))}\n"


def copied_files(submitted: Path, assignment: Assignment) -> list[tuple[str, Path]]:
    """What goes beside the graded notebook: the student's other files, and the pictures of the assignment.

    The assignment's data stay where they are: a class would have as many copies as students.
    """
    pictures = {name: path for name, path in assignment.files.items() if path.suffix.lower() in _PICTURES}
    files = dict(extra_files(submitted, submitted / "any.ipynb", assignment).kept)
    return sorted({**files, **pictures}.items())


def is_current(report: Report | None, digest: str, assignment: Assignment) -> bool:
    """Whether an earlier report is about the same submission, checks and settings, and holds verdicts on all of it."""
    if report is None or report.fingerprint != digest or report.status == "grader_error":
        return False
    return [each.name for each in report.exercises] == [each.name for each in assignment.exercises]
