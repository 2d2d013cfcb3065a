"""Points into nbgrader's gradebook, through nbgrader's own API: one transaction a submission."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import parse_utc
from sqlalchemy.exc import SQLAlchemyError

from autograder.assignment import Assignment, CourseError, make_release
from autograder.course import Course
from autograder.report import Report, Status, Verdict

_MAX_TIMESTAMP_CHARACTERS = 200
_NO_RESPONSE = "No response."  # nbgrader's own words for a solution cell that was left as it was


@contextmanager
def open_gradebook(course: Course) -> Iterator[Any]:
    """The course's gradebook, open.

    Raises:
        CourseError: the database can't be reached.
    """
    # nbgrader runs the program `alembic` to stamp a new database; it is installed beside our Python.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    try:
        gradebook = Gradebook(course.gradebook_url, course.course_id)
    except (SQLAlchemyError, ImportError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise CourseError(
            f"The gradebook {_without_password(course.gradebook_url)} can't be opened: {reason}. Check GRADEBOOK_URL."
        ) from error
    try:
        yield gradebook
    finally:
        gradebook.close()


def ensure_assignment(gradebook: Any, course: Course, assignment: Assignment) -> None:
    """Records the assignment's cells and points as `nbgrader generate_assignment` would, if they are new or changed."""
    known = {}
    try:
        notebook = gradebook.find_notebook(assignment.notebook_name, assignment.name)
        known = {cell.name: cell.max_score for cell in notebook.grade_cells}
    except MissingEntry:
        gradebook.update_or_create_assignment(assignment.name)
    if known != {each.test_cell: each.points for each in assignment.exercises}:
        marks = {
            "assignment": assignment.name,
            "notebook": assignment.notebook_name,
            "db_url": course.gradebook_url,
        }
        make_release(assignment.source, {"nbgrader": marks}, save=True)
        gradebook.db.expire_all()


def recorded_students(gradebook: Any, assignment: Assignment) -> set[str]:
    """Whose submissions of the assignment the gradebook has."""
    try:
        found = gradebook.assignment_submissions(assignment.name)
    except MissingEntry:
        return set()
    return {submission.student_id for submission in found}


def record(gradebook: Any, course: Course, assignment: Assignment, report: Report, timestamp: datetime | None) -> None:
    """Writes one report's points; scores and comments that staff gave by hand stay.

    What needs a look is marked so in formgrader: a fault of ours, or a notebook that can't be read.
    """
    with _one_transaction(gradebook):
        gradebook.update_or_create_student(report.student)
        when = {"timestamp": timestamp} if timestamp else {}
        submission = gradebook.update_or_create_submission(assignment.name, report.student, **when)
        for notebook in submission.notebooks:
            _record_notebook(notebook, report)
            gradebook.db.flush()
            gradebook.db.refresh(notebook)
            _record_lateness(course, submission, notebook, report.student)


def _record_notebook(notebook: Any, report: Report) -> None:
    exercises = {f"test_{each.name}": each for each in report.exercises}
    unread = report.status is not Status.GRADED
    for grade in notebook.grades:
        exercise = exercises.get(grade.name)
        if exercise is None:
            continue
        grade.auto_score = float(exercise.points)
        look = unread or exercise.verdict is Verdict.ERROR or grade.manual_score is not None
        grade.needs_manual_grade = look
    names = {each.name: each for each in report.exercises}
    for comment in notebook.comments:
        exercise = names.get(comment.name)
        if exercise is not None:
            skipped = exercise.verdict is Verdict.SKIPPED and not exercise.checks
            comment.auto_comment = _NO_RESPONSE if skipped and not unread else None


def _record_lateness(course: Course, submission: Any, notebook: Any, student: str) -> None:
    """What nbgrader's AssignLatePenalties does, within our transaction."""
    notebook.late_submission_penalty = None
    if submission.total_seconds_late <= 0:
        return
    step = AssignLatePenalties(config=course.config)
    step.init_plugin()
    penalty = step.plugin_inst.late_submission_penalty(student, notebook.score, submission.total_seconds_late)
    if penalty is not None:
        notebook.late_submission_penalty = step._check_late_penalty(notebook, penalty)


@contextmanager
def _one_transaction(gradebook: Any) -> Iterator[None]:
    """nbgrader's API commits at each step; within this, all steps become one transaction, or none."""
    session = gradebook.db
    session.commit = session.flush
    try:
        with session.no_autoflush:
            yield
    except BaseException:
        del session.commit
        session.rollback()
        raise
    del session.commit
    session.commit()


def read_timestamp(folder: Path) -> datetime | None:
    """When a submission was handed in, from nbgrader's `timestamp.txt`; None if there is none or it is damaged."""
    path = folder / "timestamp.txt"
    try:
        if not stat.S_ISREG(path.lstat().st_mode):  # a pipe would be read for ever
            return None
        with path.open(encoding="utf-8") as file:
            text = file.read(_MAX_TIMESTAMP_CHARACTERS).strip()
        found: datetime | None = parse_utc(text) if text else None
    except Exception:  # hostile text: every way in which a parser can fail is the same to us
        return None
    return found


def _without_password(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"
