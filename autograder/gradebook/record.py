"""Points into nbgrader's gradebook, through nbgrader's own tables and API: whole or not at all."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.preprocessors.savecells import SaveCells

from autograder.checks import messages
from autograder.course.assignment import Assignment
from autograder.course.course import Course
from autograder.course.errors import CourseError
from autograder.course.marked_cells import grade_id
from autograder.course.settings import Ruling
from autograder.course.students_version import make_release
from autograder.gradebook.changed_exercises import follow, refuse_another_name
from autograder.gradebook.database import (
    SNAPSHOT,
    in_one_transaction,
    let_errors_pass,
    opening,
    prepare,
    read_url,
    tables_of,
    transaction,
)
from autograder.gradebook.submitted_rows import NotebookRows, SubmissionRows, submission_rows
from autograder.report.exercise_result import ExerciseResult, Verdict
from autograder.report.report import Report, Status


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


def has_gradebook(course: Course) -> bool:
    """Whether the course has a gradebook yet.

    Raises:
        CourseError: the database can't be reached.
    """
    url = read_url(course.gradebook_url)
    if url.drivername.startswith("sqlite") and url.database and not Path(url.database).is_file():
        return False
    with opening(url), transaction(url, SNAPSHOT) as connection:
        return bool(tables_of(connection))


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


def ensure_assignment(gradebook: Any, assignment: Assignment, rulings: Mapping[str, Ruling] | None = None) -> None:
    """Records the assignment's cells and points as `nbgrader generate_assignment` would, if they are new or changed.

    Args:
        rulings: a dropped exercise has no points in the gradebook.
    Raises:
        CourseError: its exercises are not those of submissions that were graded before.
    """
    possible = points_now(assignment, rulings or {})

    def work() -> None:
        for each in assignment.notebooks:
            ensure(each)

    def ensure(assignment: Assignment) -> None:
        points, solutions, notebook = {}, set(), None
        try:
            notebook = gradebook.find_notebook(assignment.notebook_name, assignment.name)
            points = {cell.name: cell.max_score for cell in (*notebook.grade_cells, *notebook.task_cells)}
            solutions = {cell.name for cell in notebook.solution_cells}
        except MissingEntry:
            refuse_another_name(gradebook, assignment)
            gradebook.update_or_create_assignment(assignment.name)
        wanted = {each.graded_cell: possible[each.name] for each in assignment.exercises}
        if points != wanted or not solutions.issuperset(each.name for each in assignment.solutions):
            if notebook is not None and notebook.submissions:
                follow(gradebook, notebook, assignment)
            marks = {"gradebook": gradebook, "assignment": assignment.name, "notebook": assignment.notebook_name}
            make_release(_with_points(assignment.source, wanted), {"nbgrader": marks}, save=_SaveCells)

    try:
        in_one_transaction(gradebook, work)
    except RuntimeError as error:
        raise CourseError(f"The exercises of {assignment.name!r} can't be changed any more: {error}.") from error


def changed_points(
    gradebook: Any, assignment: Assignment, rulings: Mapping[str, Ruling]
) -> dict[str, tuple[float, float]]:
    """Exercises whose points are others in the gradebook: the points there, and those that they have now."""

    def work() -> dict[tuple[str, str], float]:
        recorded: dict[tuple[str, str], float] = {}
        for each in assignment.notebooks:
            with suppress(MissingEntry):
                found = gradebook.find_notebook(each.notebook_name, assignment.name)
                cells = (*found.grade_cells, *found.task_cells)
                recorded |= {(each.notebook_name, cell.name): cell.max_score for cell in cells}
        return recorded

    recorded, now = in_one_transaction(gradebook, work), points_now(assignment, rulings)
    old_points = {each.name: recorded.get((each.notebook, each.graded_cell)) for each in assignment.exercises}
    pairs = {name: (old, now[name]) for name, old in old_points.items()}
    return {name: (old, new) for name, (old, new) in pairs.items() if old is not None and old != new}


def points_now(assignment: Assignment, rulings: Mapping[str, Ruling]) -> dict[str, float]:
    """The points of each exercise: none if it was dropped."""
    return {
        each.name: 0.0 if rulings.get(each.name) is Ruling.DROPPED else each.points for each in assignment.exercises
    }


def _with_points(source: Any, points: Mapping[str, float]) -> Any:
    """A copy of an instructor's notebook, with other points in its test cells."""
    copy = nbformat.from_dict(source)
    for cell in copy.cells:
        if (name := grade_id(cell) or "") in points:
            cell.metadata.nbgrader.points = points[name]
    return copy


def record(gradebook: Any, assignment: Assignment, reports: Collection[Report]) -> None:
    """Writes reports' marks, and when each was handed in; scores and comments that staff gave by hand stay.

    All of them or none: one transaction costs much the same for twenty as for one. What needs a look is marked so in
    formgrader: a fault of ours, or a notebook that can't be read.

    Raises:
        CourseError: the database refuses, or is away for long.
    """
    by_student = {each.student: each for each in reports}

    def work() -> None:
        for submission in submission_rows(gradebook.db, assignment.name, by_student):
            report = by_student[submission.row.student_id]
            submission.row.timestamp = report.handed_in_at
            for notebook in submission.notebooks:
                _record_notebook(notebook, report.of_notebook(notebook.name), report.status is not Status.GRADED)
            _record_penalties(submission, report)

    if by_student:
        in_one_transaction(gradebook, work)


def _record_notebook(notebook: NotebookRows, report: Report, unread: bool) -> None:
    """`unread`: none of its notebooks could be read; one of several that is missing has its zero, as in nbgrader."""
    for exercise in report.exercises:
        grade = notebook.grades.get(exercise.graded_cell)
        if grade is None:
            continue
        auto = _auto_points(exercise)
        broken = exercise.verdict is Verdict.ERROR and not exercise.is_settled
        # Staff who gave points by hand should look again at what was graded again, as nbgrader has it.
        news = not report.unchanged or grade.auto_score != auto
        again = grade.manual_score is not None and (news or grade.needs_manual_grade)
        grade.auto_score = auto
        grade.needs_manual_grade = unread or broken or again or exercise.is_waiting
    unwritten = {each.solution_cell for each in report.exercises if each.is_unwritten}
    inside = {each.solution_cell for each in report.exercises if each.is_inside}
    for cell, comment in notebook.comments.items():
        said = messages.NO_RESPONSE if cell in unwritten and not unread else None
        comment.auto_comment = messages.INSIDE if cell in inside and said is None else said


def _record_penalties(submission: SubmissionRows, report: Report) -> None:
    """nbgrader adds up the penalties of the notebooks: the first one has all of it."""
    for number, notebook in enumerate(submission.notebooks):
        notebook.row.late_submission_penalty = (report.late_penalty or None) if number == 0 else None


def _auto_points(exercise: ExerciseResult) -> float | None:
    """What nbgrader has as the points of checks: None where staff mark it."""
    if exercise.verdict is Verdict.BY_HAND:
        return None
    return float(exercise.points if exercise.auto_points is None else exercise.auto_points)
