"""Points into nbgrader's gradebook, through nbgrader's own API: one transaction a submission."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.preprocessors import AssignLatePenalties, SaveCells
from nbgrader.utils import parse_utc

from autograder.checks import messages
from autograder.course.assignment import Assignment, make_release
from autograder.course.course import TIMESTAMP_FILE, Course
from autograder.course.errors import CourseError
from autograder.gradebook.changed_exercises import follow, refuse_another_name
from autograder.gradebook.database import in_one_transaction, let_errors_pass, opening, prepare, read_url
from autograder.report.report import Report, Status, Verdict

_MAX_TIMESTAMP_CHARACTERS = 200


@contextmanager
def open_gradebook(course: Course) -> Iterator[Any]:
    """The course's gradebook, open. A new one is made, one whose making was interrupted is mended.

    Raises:
        CourseError: the database can't be reached.
    """
    url = read_url(course.gradebook_url)
    with opening(url):
        prepare(url, course.course_id)
        gradebook = Gradebook(course.gradebook_url, course.course_id)
    let_errors_pass(gradebook)
    try:
        yield gradebook
    finally:
        gradebook.close()


class _SaveCells(SaveCells):  # type: ignore[misc]
    """nbgrader's step in a gradebook that is open already, so that all of it is one transaction."""

    def preprocess(self, nb: Any, resources: Any) -> Any:
        marks = resources["nbgrader"]
        self.gradebook, self.assignment_id, self.notebook_id = (
            marks[each] for each in ("gradebook", "assignment", "notebook")
        )
        for each in ("grade", "solution", "task", "source"):
            setattr(self, f"new_{each}_cells", {})
        nb, resources = super(SaveCells, self).preprocess(nb, resources)
        self._create_notebook(nb)
        return nb, resources


def ensure_assignment(gradebook: Any, assignment: Assignment) -> None:
    """Records the assignment's cells and points as `nbgrader generate_assignment` would, if they are new or changed.

    Raises:
        CourseError: its exercises are not those of submissions that were graded before.
    """

    def work() -> None:
        points, solutions, notebook = {}, set(), None
        try:
            notebook = gradebook.find_notebook(assignment.notebook_name, assignment.name)
            points = {cell.name: cell.max_score for cell in notebook.grade_cells}
            solutions = {cell.name for cell in notebook.solution_cells}
        except MissingEntry:
            refuse_another_name(gradebook, assignment)
            gradebook.update_or_create_assignment(assignment.name)
        wanted = {each.test_cell: each.points for each in assignment.exercises}
        if points != wanted or not solutions.issuperset(each.name for each in assignment.exercises):
            if notebook is not None and notebook.submissions:
                follow(gradebook, notebook, assignment)
            marks = {"gradebook": gradebook, "assignment": assignment.name, "notebook": assignment.notebook_name}
            make_release(assignment.source, {"nbgrader": marks}, save=_SaveCells)

    try:
        in_one_transaction(gradebook, work)
    except RuntimeError as error:
        raise CourseError(f"The exercises of {assignment.name!r} can't be changed any more: {error}.") from error


def recorded_students(gradebook: Any, assignment: Assignment) -> set[str]:
    """Whose submissions of the assignment the gradebook has."""

    def work() -> set[str]:
        try:
            found = gradebook.assignment_submissions(assignment.name)
        except MissingEntry:
            return set()
        return {submission.student_id for submission in found}

    return in_one_transaction(gradebook, work)


def record(gradebook: Any, course: Course, assignment: Assignment, report: Report, timestamp: datetime | None) -> None:
    """Writes one report's points in one transaction; scores and comments that staff gave by hand stay.

    What needs a look is marked so in formgrader: a fault of ours, or a notebook that can't be read.

    Raises:
        CourseError: the database refuses, or is away for long.
    """

    def work() -> None:
        gradebook.update_or_create_student(report.student)
        when = {"timestamp": timestamp} if timestamp else {}
        submission = gradebook.update_or_create_submission(assignment.name, report.student, **when)
        for notebook in submission.notebooks:
            _record_notebook(notebook, report)
            gradebook.db.flush()
            gradebook.db.refresh(notebook)
            _record_lateness(course, submission, notebook, report.student)

    in_one_transaction(gradebook, work)


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
            comment.auto_comment = messages.NO_RESPONSE if skipped and not unread else None


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


def read_timestamp(folder: Path) -> datetime | None:
    """When a submission was handed in, from nbgrader's `timestamp.txt`; None if there is none or it is damaged."""
    path = folder / TIMESTAMP_FILE
    try:
        if not stat.S_ISREG(path.lstat().st_mode):  # a pipe would be read for ever
            return None
        with path.open(encoding="utf-8") as file:
            text = file.read(_MAX_TIMESTAMP_CHARACTERS).strip()
        found: datetime | None = parse_utc(text) if text else None
    except Exception:  # hostile text: every way in which a parser can fail is the same to us
        return None
    return found
