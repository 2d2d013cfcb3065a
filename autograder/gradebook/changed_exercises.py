"""Exercises that came, went or changed after hand-ins were recorded: the gradebook's rows follow, and nothing that
staff gave by hand is lost."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nbgrader import utils
from nbgrader.api import BaseCell, Comment, Grade, MissingEntry

from autograder.course.assignment import Assignment
from autograder.course.errors import CourseError
from autograder.course.marked_cells import TEST_PREFIX, grade_id

_NAMED_STUDENTS = 3


def follow(gradebook: Any, notebook: Any, assignment: Assignment) -> None:
    """Adds and removes a recorded notebook's cells, so that they are those of the source, and each submission's rows.

    nbgrader itself refuses this once there are submissions. What else changes (points, texts), it takes over then.

    Args:
        gradebook: nbgrader's, in a transaction of ours.
        notebook: the gradebook's row of the assignment's notebook.
    Raises:
        CourseError: an exercise is gone for which staff gave points or comments by hand; nothing is changed.
    """
    cells = {str(grade_id(cell)): cell for cell in assignment.source.cells if grade_id(cell)}
    wanted = {
        "grade": {name: cell for name, cell in cells.items() if utils.is_grade(cell)},
        "solution": {name: cell for name, cell in cells.items() if utils.is_solution(cell)},
        "task": {name: cell for name, cell in cells.items() if utils.is_task(cell)},
    }
    there = {kind: {each.name: each for each in getattr(notebook, f"{kind}_cells")} for kind in wanted}
    gone = [each for kind in wanted for name, each in there[kind].items() if name not in wanted[kind]]
    _keep_what_was_given_by_hand(gone, assignment)
    for cell in gone:
        for row in _rows_of(cell):
            gradebook.db.delete(row)
        gradebook.db.flush()
        gradebook.db.delete(cell)
    for source in list(notebook.source_cells):
        if source.name not in cells:
            gradebook.db.delete(source)
    gradebook.db.flush()
    for kind in wanted:
        for name, cell in wanted[kind].items():
            if name not in there[kind]:
                _add(gradebook, notebook, kind, name, cell)
    for name, cell in cells.items():
        marked = any(name in each for each in wanted.values()) or utils.is_locked(cell)
        if marked and name not in {each.name for each in notebook.source_cells}:
            gradebook.update_or_create_source_cell(
                name, notebook.name, assignment.name, cell_type=cell.cell_type, source=cell.source
            )
    gradebook.db.flush()
    gradebook.db.expire_all()


def refuse_another_name(gradebook: Any, assignment: Assignment) -> None:
    """Raises CourseError if marks are recorded for the assignment under another name of its notebook."""
    try:
        notebooks = gradebook.find_assignment(assignment.name).notebooks
    except MissingEntry:
        return
    if names := [each.name for each in notebooks if each.submissions]:
        raise CourseError(
            f"The notebook of {assignment.name!r} is now {assignment.notebook_name}.ipynb, and the gradebook has "
            f"marks of {names[0]}.ipynb. Give it its old name again."
        )


def _add(gradebook: Any, notebook: Any, kind: str, name: str, cell: Any) -> None:
    graded = kind in ("grade", "task")
    worth = {"max_score": float(cell.metadata.nbgrader["points"]), "cell_type": cell.cell_type} if graded else {}
    make = getattr(gradebook, f"update_or_create_{kind}_cell")
    added = make(name, notebook.name, notebook.assignment.name, **worth)
    for submitted in notebook.submissions:
        if graded:
            gradebook.db.add(Grade(cell_id=added.id, notebook=submitted))
        if kind != "grade":
            gradebook.db.add(Comment(cell_id=added.id, notebook=submitted))


def _rows_of(cell: BaseCell) -> list[Any]:
    """Grades and comments of all submissions; nbgrader has no such list where a kind of cell has no such rows."""
    return [*(cell.grades or ()), *(cell.comments or ())]


def _keep_what_was_given_by_hand(gone: Iterable[BaseCell], assignment: Assignment) -> None:
    for cell in gone:
        students = sorted({row.student.id for row in _rows_of(cell) if _by_hand(row)})
        if students:
            name = cell.name.removeprefix(TEST_PREFIX)
            more = f" and {len(students) - _NAMED_STUDENTS} more" if len(students) > _NAMED_STUDENTS else ""
            raise CourseError(
                f"The exercises of {assignment.name!r} can't be changed any more: {name!r} is gone, and staff gave "
                f"points or comments for it by hand ({', '.join(students[:_NAMED_STUDENTS])}{more}). Put it back; "
                f"c.Grading.questions = {{{assignment.name!r}: {{{name!r}: 'dropped'}}}} takes it out of the marks."
            )


def _by_hand(row: Any) -> bool:
    if isinstance(row, Comment):
        return bool(row.manual_comment)
    return row.manual_score is not None or bool(row.extra_credit)
