"""The roster of a class, its due date and its marks, as the gradebook has them.

Read with SQL of our own, without nbgrader, whose import alone takes half a second.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection, DateTime, Interval, column, create_engine, func, inspect, select, table
from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

from autograder.course.course import Course
from autograder.course.errors import CourseError
from autograder.gradebook.trouble import of_driver, of_opening, read_url
from autograder.report.class_report.facts import Recorded, Roster
from autograder.report.report import round_points

_SETTING = "GRADEBOOK_URL"
_LOCKED_SECONDS = 3.0

_ASSIGNMENT = table("assignment", column("id"), column("name"), column("duedate", DateTime()))
_STUDENT = table("student", *map(column, ("id", "first_name", "last_name", "email", "lms_user_id")))
_SUBMITTED = table(
    "submitted_assignment",
    *map(column, ("id", "assignment_id", "student_id")),
    column("timestamp", DateTime()),
    column("extension", Interval()),
)
_NOTEBOOK = table("notebook", column("id"), column("name"))
_PART = table("submitted_notebook", *map(column, ("id", "assignment_id", "notebook_id", "late_submission_penalty")))
_GRADE = table("grade", *map(column, ("notebook_id", "auto_score", "manual_score", "extra_credit")))


def read_roster(course: Course, name: str, notebooks: set[str]) -> Roster | None:
    """What the gradebook has of a class; None if there is no gradebook yet.

    Args:
        notebooks: of the assignment, by their names.
    Raises:
        CourseError: the database can't be reached or read.
    """
    url = read_url(course.gradebook_url)
    is_file = url.drivername.startswith("sqlite")
    if is_file and not Path(url.database or "").is_file():
        return None
    try:
        engine = create_engine(url, connect_args={"timeout": _LOCKED_SECONDS} if is_file else {})
        with engine.connect() as connection:
            return _read(connection, name, notebooks) if inspect(connection).has_table("assignment") else None
    except (ImportError, NoSuchModuleError) as error:
        raise CourseError(of_driver(url, error, _SETTING)) from error
    except (SQLAlchemyError, OSError, ValueError) as error:
        raise CourseError(of_opening(url, error, _SETTING)) from error


def _read(connection: Connection, name: str, notebooks: set[str]) -> Roster:
    names, known = {}, set[str]()
    for student, *more in connection.execute(select(_STUDENT)):
        names[student] = " ".join(str(each) for each in more[:2] if each).strip()
        known |= {student} if any(each is not None for each in more) else set()
    submitters = {each for (each,) in connection.execute(select(_SUBMITTED.c.student_id).distinct())}
    known = known or {student for student in names if student not in submitters}
    assignment = connection.execute(select(_ASSIGNMENT).where(_ASSIGNMENT.c.name == name)).first()
    if assignment is None:
        return Roster(None, names, frozenset(known))
    mine = _SUBMITTED.join(_PART, _PART.c.assignment_id == _SUBMITTED.c.id)
    mine = mine.join(_NOTEBOOK, _NOTEBOOK.c.id == _PART.c.notebook_id)
    of_it = _SUBMITTED.c.assignment_id == assignment.id, _NOTEBOOK.c.name.in_(sorted(notebooks))
    of_tests = func.coalesce(_GRADE.c.manual_score, _GRADE.c.auto_score, 0.0)
    points = of_tests + func.coalesce(_GRADE.c.extra_credit, 0.0)
    sums = select(_SUBMITTED.c.student_id, func.sum(points)).where(*of_it).group_by(_SUBMITTED.c.student_id)
    sums = sums.select_from(mine.join(_GRADE, _GRADE.c.notebook_id == _PART.c.id))
    scores: dict[str, float] = dict(connection.execute(sums).tuples().all())
    penalty = func.sum(func.coalesce(_PART.c.late_submission_penalty, 0.0))
    dated = select(_SUBMITTED.c.student_id, _SUBMITTED.c.timestamp, _SUBMITTED.c.extension, penalty).select_from(mine)
    dated = dated.where(*of_it).group_by(_SUBMITTED.c.student_id, _SUBMITTED.c.timestamp, _SUBMITTED.c.extension)
    recorded = {
        who: Recorded(at, more or timedelta(), round_points(scores.get(who, 0.0)), round_points(taken))
        for who, at, more, taken in connection.execute(dated)
    }
    return Roster(assignment.duedate, names, frozenset(known), recorded)
