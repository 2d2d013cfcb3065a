"""What several test modules share: notebooks from a few lines of code, courses to grade, commands to run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbgrader.api import MissingEntry
from warm import COMMANDS, run_warm

from autograder.course.assignment import Assignment
from autograder.course.marked_cells import grade_id
from autograder.gradebook.database import in_one_transaction
from autograder.report.exercise_result import ExerciseResult, Verdict
from autograder.report.report import Report, Status
from autograder.sandbox.guest import ForkedGuest
from autograder.sandbox.outcome import GuestStopped, Stop
from autograder.sandbox.prompt import Prompt, Told

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).resolve().parents[2]
QUICK = Path(__file__).parent / "quick"  # what commands find first, and need not load
TINY_COURSE = ROOT / "tests" / "fixtures" / "course"
SECOND_COURSE = ROOT / "tests" / "fixtures" / "second"

RIGHT = {
    "double": "def double(x):\n    return 2 * x",
    "mean_of": "def mean_of(x):\n    return x.mean().item()",
    "double_mean": "def double_mean(x):\n    return mean_of(double(x))",
}

# Runs `autograder` on a machine that lacks a layer: a filter of ours stands in for the older kernel.
LACKING = """
import errno, os, sys
import pyseccomp
rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "landlock_create_ruleset")
rules.load()
os.execv(sys.executable, [sys.executable, "-m", "autograder", *sys.argv[1:]])
"""


def course_of(name: str) -> Path:
    """The course that an assignment is in: the repository itself, or the second course among the fixtures."""
    return next(each for each in (ROOT, SECOND_COURSE) if (each / "source" / name).is_dir())


def notebook_of(
    assignment: Assignment, answers: Mapping[str, str] | None = None, *, extra: Mapping[str, str] | None = None
) -> Any:
    """The release with solution cells replaced by `answers`, and cells of `extra` put after the cell of that name."""
    notebook = nbformat.from_dict(assignment.release)
    cells = []
    for cell in notebook.cells:
        name = grade_id(cell)
        if answers and name in answers:
            cell.source = answers[name]
        cells.append(cell)
        if extra and name in extra:
            cells.append(nbformat.v4.new_code_cell(extra[name]))
    return nbformat.from_dict({**notebook, "cells": cells})


def cell_of(notebook: Any, name: str) -> Any:
    """The cell with the grade id `name`."""
    return next(cell for cell in notebook["cells"] if grade_id(cell) == name)


def write_notebook(path: Path, notebook: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def make_course(folder: Path) -> Path:
    """A copy of the tiny course with the real settings: a place to hand in and to grade."""
    shutil.copytree(TINY_COURSE, folder, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    shutil.copyfile(ROOT / "course_config.py", folder / "course_config.py")
    return folder


def make_variant(folder: Path, checks: str, solution: str = "def f():\n    return 1") -> tuple[Path, str]:
    """A course with one assignment of one exercise, `f`, of 10 points, and the given hidden checks; and its name."""
    name = "variant"
    marks = {"locked": True, "schema_version": 3, "task": False}
    cells = [
        nbformat.v4.new_code_cell(
            f"### BEGIN SOLUTION\n{solution}\n### END SOLUTION",
            metadata={"nbgrader": {**marks, "grade_id": "f", "grade": False, "solution": True, "locked": False}},
        ),
        nbformat.v4.new_code_cell(
            "assert f() is not None",
            metadata={"nbgrader": {**marks, "grade_id": "test_f", "grade": True, "solution": False, "points": 10}},
        ),
    ]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    write_notebook(folder / "source" / name / f"{name}.ipynb", nbformat.v4.new_notebook(cells=cells, metadata=kernel))
    hidden = folder / "tests" / "hidden" / name
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").write_text("")
    (hidden / "test_f.py").write_text(checks)
    shutil.copyfile(TINY_COURSE / "nbgrader_config.py", folder / "nbgrader_config.py")
    shutil.copyfile(ROOT / "course_config.py", folder / "course_config.py")
    return folder, name


def open_the_way(folder: Path) -> None:
    """Lets other users pass through pytest's private folders down to `folder`, as a guest is another user."""
    for each in (folder, *folder.parents):
        mode = each.stat().st_mode
        if each.is_relative_to("/tmp") and each != Path("/tmp") and mode & 0o011 != 0o011:
            each.chmod(mode | 0o011)


def hand_in(course: Path, student: str, notebook: Any, assignment: str = "tiny") -> Path:
    """Puts a notebook (an nbformat one, or text or bytes as they are) where `nbgrader collect` would."""
    path = course / "submitted" / student / assignment / f"{assignment}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(notebook, bytes):
        path.write_bytes(notebook)
    elif isinstance(notebook, str):
        path.write_text(notebook, encoding="utf-8")
    else:
        nbformat.write(notebook, path)
    return path


def recorded_students(gradebook: Any, assignment: Assignment) -> set[str]:
    """Whose submissions of the assignment the gradebook has."""

    def work() -> set[str]:
        try:
            found = gradebook.assignment_submissions(assignment.name)
        except MissingEntry:
            return set()
        return {submission.student_id for submission in found}

    return in_one_transaction(gradebook, work)


def run(
    *command: str | Path, cwd: Path, timeout: float = 240, fresh: bool = False, **variables: str
) -> subprocess.CompletedProcess[str]:
    """Runs a program of our environment with extra environment variables; never raises for its exit code.

    `autograder`, `nbgrader` and `pytest` have been imported before (`warm`), unless they are to begin `fresh`.
    """
    arguments = [str(each) for each in command]
    if arguments[0] in COMMANDS and not fresh and not any(name.startswith(("PATH", "PYTHON")) for name in variables):
        return run_warm(arguments, cwd, run_environment(**variables), timeout)
    if arguments[0] in ("python", "pytest", "nbgrader", "autograder"):
        arguments[0] = str(Path(sys.executable).parent / arguments[0])
    return subprocess.run(
        arguments, cwd=cwd, env=run_environment(**variables), capture_output=True, text=True, timeout=timeout
    )


def run_environment(**variables: str) -> dict[str, str]:
    """The environment variables of a program: ours without what a test run, a job or a real course has set."""
    left_out = ("PYTEST", "COV_", "GITHUB_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    environment.pop("GRADEBOOK_URL", None)
    environment.pop("NBGRADER_EXCHANGE", None)
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', os.defpath)}"
    environment["COLUMNS"] = "160"
    environment["PYTHONPATH"] = str(QUICK)
    return {**environment, **variables}


def run_in(guest: ForkedGuest, source: str, wall_seconds: float = 20.0) -> str:
    """Runs a cell in a guest; returns all that it printed, or "raised: ..." as its last line."""
    message = {"op": "cell", "source": textwrap.dedent(source), "label": "cell 1", "names": []}
    reply, _ = guest.request(message, {}, wall_seconds)
    text = "".join(each["text"] for each in reply["outputs"] if each["output_type"] == "stream")
    raised = reply["raised"]
    if raised is None:
        return text.strip()
    end = "" if text.endswith("\n") or not text else "\n"
    return f"{text}{end}raised: {raised['type']}: {raised['text']}"


@dataclass
class Heard:
    """What guests were asked, and how asking ended where it stopped them; in the order in which it happened."""

    requests: list[Mapping[str, Any]] = field(default_factory=list)
    stops: list[Stop] = field(default_factory=list)


def listen(patch: pytest.MonkeyPatch) -> Heard:
    """Notes all that guests of this process are asked from now on."""
    heard = Heard()
    ask, taken, sent = ForkedGuest.request, Prompt.take, Prompt.send_next

    def request(guest: ForkedGuest, message: Mapping[str, Any], *more: Any) -> Any:
        heard.requests.append(message)
        try:
            return ask(guest, message, *more)
        except GuestStopped as error:
            heard.stops.append(error.stop)
            raise

    def send(prompt: Prompt) -> None:
        heard.requests.append(prompt.script.requests[prompt.sent][0])
        sent(prompt)

    def take(prompt: Prompt, wall_seconds: float) -> Told:
        try:
            return taken(prompt, wall_seconds)
        except GuestStopped as error:
            heard.stops.append(error.stop)
            raise

    patch.setattr(Prompt, "take", take)
    patch.setattr(ForkedGuest, "request", request)
    patch.setattr(Prompt, "send_next", send)
    return heard


def gone(pid: int, seconds: float = 5.0) -> bool:
    """Whether a process ends (or is a zombie) within some seconds."""

    def ended() -> bool:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        return state in "ZX"

    return wait_until(ended, seconds)


def wait_until(happened: Callable[[], bool], seconds: float) -> bool:
    """Whether something happens within some seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if happened():
            return True
        time.sleep(0.02)
    return False


def words(report: Report) -> str:
    """All messages of a report's exercises and checks."""
    return "\n".join(
        [each.message for each in report.exercises] + [c.message for e in report.exercises for c in e.checks]
    )


def report_of(assignment: Assignment, student: str, **points: float) -> Report:
    """A report with these points, and all of the points for what is not named."""
    exercises = tuple(
        ExerciseResult(
            each.name,
            points.get(each.name, each.points),
            each.points,
            Verdict.FAILED if each.name in points else Verdict.PASSED,
            graded_cell=each.graded_cell,
            solution_cell=each.solution_cell,
        )
        for each in assignment.exercises
    )
    score, max_score = (sum(each) for each in zip(*((one.points, one.max_points) for one in exercises), strict=True))
    return Report(assignment.name, student, score, max_score, Status.GRADED, exercises)


def gradebook_contents(url: str, course_id: str = "deep-learning-basics") -> dict[str, Any]:
    """All that a gradebook says, without the ids that are drawn by lot."""
    from nbgrader.api import Gradebook

    def marks(notebook: Any) -> dict[str, Any]:
        return {
            "flagged": notebook.flagged,
            "penalty": notebook.late_submission_penalty,
            "grades": {
                each.name: (each.auto_score, each.manual_score, each.extra_credit, each.needs_manual_grade)
                for each in notebook.grades
            },
            "comments": {each.name: (each.auto_comment, each.manual_comment) for each in notebook.comments},
        }

    def cells(notebook: Any) -> dict[str, Any]:
        return {
            "kernel": notebook.kernelspec,
            "graded": {each.name: (each.max_score, each.cell_type) for each in notebook.grade_cells},
            "solutions": {each.name for each in notebook.solution_cells},
            "sources": {
                each.name: (each.cell_type, each.locked, each.source, each.checksum) for each in notebook.source_cells
            },
        }

    with Gradebook(url, course_id) as gradebook:
        return {
            "students": {each.id: (each.first_name, each.last_name, each.email) for each in gradebook.students},
            "assignments": {
                each.name: (each.course_id, each.duedate, {part.name: cells(part) for part in each.notebooks})
                for each in gradebook.assignments
            },
            "submissions": {
                each.student_id: {
                    "timestamp": each.timestamp,
                    "extension": each.extension,
                    **{name: value for part in each.notebooks for name, value in marks(part).items()},
                }
                for assignment in gradebook.assignments
                for each in assignment.submissions
            },
        }
