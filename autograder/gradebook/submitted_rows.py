"""The rows that nbgrader's gradebook has of submissions: found, or made where they are not there yet, many at once."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from nbgrader import api
from nbgrader.api import Student, SubmittedAssignment, SubmittedNotebook
from sqlalchemy.orm import load_only

_GRADED, _COMMENTED = ("GradeCell", "TaskCell"), ("SolutionCell", "TaskCell")  # kinds of cells that have such rows


@dataclass(frozen=True)
class NotebookRows:
    """Of one notebook of a submission.

    Attributes:
        name: the notebook's.
        row: nbgrader's SubmittedNotebook.
        grades, comments: nbgrader's, by the `grade_id` of their cell.
    """

    name: str
    row: Any
    grades: dict[str, Any]
    comments: dict[str, Any]


@dataclass(frozen=True)
class SubmissionRows:
    """Of one submission: nbgrader's SubmittedAssignment, and its notebooks by their names, in order."""

    row: Any
    notebooks: tuple[NotebookRows, ...]


def submission_rows(session: Any, assignment: str, students: Collection[str]) -> Iterator[SubmissionRows]:
    """The rows of students' submissions, as nbgrader's `update_or_create_submission` would have them.

    That asks some ten questions of each submission; here it is seven of all of them.

    Args:
        session: SQLAlchemy's, with an assignment of this name in its gradebook.
    """
    [(assignment_id,)] = session.query(api.Assignment.id).filter(api.Assignment.name == assignment)
    found = session.query(api.Notebook.id, api.Notebook.name).filter(api.Notebook.assignment_id == assignment_id)
    names = dict(sorted(found.all(), key=lambda each: str(each[1])))
    cell = api.BaseCell
    cells = session.query(cell.id, cell.name, cell.type, cell.notebook_id).filter(cell.notebook_id.in_(names)).all()
    known = {name for (name,) in session.query(Student.id).filter(Student.id.in_(students))}
    session.add_all(Student(id=each) for each in students if each not in known)

    submitted = _rows(
        session, SubmittedAssignment, ("assignment_id", "student_id"), [(assignment_id, each) for each in students]
    )
    notebooks = _rows(
        session,
        SubmittedNotebook,
        ("notebook_id", "assignment_id"),
        [(notebook, each.id) for each in submitted.values() for notebook in names],
    )

    def of_cells(model: Any, kinds: Collection[str]) -> dict[tuple[str, str], Any]:
        own = [(each.id, each.notebook_id) for each in cells if each.type in kinds]
        wanted = [(id_, row.id) for (notebook, _), row in notebooks.items() for id_, its in own if its == notebook]
        return _rows(session, model, ("cell_id", "notebook_id"), wanted)

    grades, comments = of_cells(api.Grade, _GRADED), of_cells(api.Comment, _COMMENTED)

    def of(notebook: str, row: Any) -> NotebookRows:
        own = [(each.name, (each.id, row.id)) for each in cells if each.notebook_id == notebook]
        by_name = ({name: rows[key] for name, key in own if key in rows} for rows in (grades, comments))
        return NotebookRows(names[notebook], row, *by_name)

    for each in submitted.values():
        yield SubmissionRows(each, tuple(of(notebook, notebooks[notebook, each.id]) for notebook in names))


def _rows(
    session: Any, model: Any, keys: tuple[str, str], wanted: Collection[tuple[str, str]]
) -> dict[tuple[str, str], Any]:
    """The row of each pair of ids, in columns that have an index together. Relations and sums are not read."""
    left, right = (getattr(model, each) for each in keys)
    columns = load_only(*(getattr(model, each.key) for each in model.__table__.columns))
    found = session.query(model).options(columns)
    found = found.filter(left.in_({each for each, _ in wanted}), right.in_({each for _, each in wanted}))
    rows = {(getattr(each, keys[0]), getattr(each, keys[1])): each for each in found}
    for pair in wanted:
        if pair not in rows:
            rows[pair] = model(id=api.new_uuid(), **dict(zip(keys, pair, strict=True)))
            session.add(rows[pair])
    return rows
