"""What a class report takes from the course: reports, the gradebook's roster and dates, and marks as they are today.

The gradebook is read with SQL of our own, without nbgrader, whose import alone takes half a second.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, DateTime, Interval, column, create_engine, func, inspect, select, table
from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

from autograder.course.course import REPORT_FILE, Course
from autograder.course.errors import CourseError
from autograder.course.marked_cells import grade_id
from autograder.course.settings import is_student_id
from autograder.gradebook.trouble import of_driver, of_opening, read_url
from autograder.report.class_report.facts import Facts
from autograder.report.class_report.reading import ReadClass, ReadReport, ReadWords, decode, read_class, read_words
from autograder.report.report import round_points

_MAX_NAMES = 10
_SETTING = "GRADEBOOK_URL"
_MAX_NOTEBOOK_BYTES = 32 << 20
_SLACK_SECONDS = 1.0
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


@dataclass(frozen=True)
class Recorded:
    """What the gradebook has of a submission: when it was handed in (UTC), the extension, and points."""

    timestamp: datetime | None
    extension: timedelta
    raw_score: float
    late_penalty: float


@dataclass(frozen=True)
class Roster:
    """What the gradebook has of a class.

    Attributes:
        names: of every student in it, empty where they have none.
        known: who is on the roster: all with more than an id, or else those who never handed in anything.
        recorded: submissions of the assignment, by student.
    """

    due: datetime | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    recorded: Mapping[str, Recorded] = field(default_factory=dict)


def class_of(course: Course, name: str) -> tuple[ReadClass, Facts]:
    """The reports of an assignment with today's marks, and what else the report on the class says.

    Raises:
        CourseError: nobody has been graded, or the gradebook can't be read.
    """
    files = _report_files(course, name)
    found = read_class(files.items())
    if not found.reports:
        raise CourseError(_nobody(course, name, found))
    notebooks = {each.notebook for each in _first_words(found, files).exercises}
    roster = read_roster(course, name, notebooks)
    found, changed = _with_todays_marks(course, name, found, roster)
    words_of = lru_cache(maxsize=256)(lambda student: read_words(files[student]))
    return found, Facts(
        assignment=name,
        made_at=datetime.now(UTC).replace(tzinfo=None),
        timezone=course.timezone,
        due=roster.due if roster else None,
        names={student: told for student, told in roster.names.items() if told} if roster else {},
        nothing=tuple(sorted(roster.known - files.keys() - roster.recorded.keys())) if roster and roster.known else None,
        notes=tuple(_notes(name, found, roster, changed)),
        words_of=words_of,
        code_of=lambda student, exercise: _code(course.autograded(student, name), words_of(student), exercise),
    )


def _report_files(course: Course, name: str) -> dict[str, str]:
    """Where the report of each student is or should be: of who was graded, and of who handed in."""
    students = set(course.students(name))
    if course.folders.autograded.is_dir():
        with os.scandir(course.folders.autograded) as entries:
            graded = {each.name for each in entries if each.name not in students and is_student_id(each.name)}
        students |= {each for each in graded if course.autograded(each, name).is_dir()}
    folder = str(course.folders.autograded)
    return {student: f"{folder}/{student}/{name}/{REPORT_FILE}" for student in sorted(students)}


def _first_words(found: ReadClass, files: Mapping[str, str]) -> ReadWords:
    return read_words(files[next(iter(found.reports))])


def _nobody(course: Course, name: str, found: ReadClass) -> str:
    if not (found.older or found.damaged):
        return f"No submission of {name!r} has been graded yet. Run `autograder grade {name}` first."
    why = "of another version of the grader" if found.older else "damaged"
    return (
        f"No report of {name!r} in {course.folders.autograded} can be read: those there are {why}. Run `autograder "
        f"grade {name}` to make them anew."
    )


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
        known |= {student} if any(more) else set()
    submitters = {each for (each,) in connection.execute(select(_SUBMITTED.c.student_id).distinct())}
    known = known or {student for student in names if student not in submitters}
    assignment = connection.execute(select(_ASSIGNMENT).where(_ASSIGNMENT.c.name == name)).first()
    if assignment is None:
        return Roster(None, names, frozenset(known))
    mine = _SUBMITTED.join(_PART, _PART.c.assignment_id == _SUBMITTED.c.id)
    mine = mine.join(_NOTEBOOK, _NOTEBOOK.c.id == _PART.c.notebook_id)
    of_it = _SUBMITTED.c.assignment_id == assignment.id, _NOTEBOOK.c.name.in_(sorted(notebooks))
    points = func.coalesce(_GRADE.c.manual_score, _GRADE.c.auto_score, 0.0) + func.coalesce(_GRADE.c.extra_credit, 0.0)
    sums = select(_SUBMITTED.c.student_id, func.sum(points)).where(*of_it).group_by(_SUBMITTED.c.student_id)
    scores = {who: points for who, points in connection.execute(sums.select_from(mine.join(_GRADE, _GRADE.c.notebook_id == _PART.c.id)))}
    penalty = func.sum(func.coalesce(_PART.c.late_submission_penalty, 0.0))
    dated = select(_SUBMITTED.c.student_id, _SUBMITTED.c.timestamp, _SUBMITTED.c.extension, penalty).select_from(mine)
    dated = dated.where(*of_it).group_by(_SUBMITTED.c.student_id, _SUBMITTED.c.timestamp, _SUBMITTED.c.extension)
    recorded = {
        who: Recorded(at, more or timedelta(), round_points(scores.get(who, 0.0)), round_points(taken))
        for who, at, more, taken in connection.execute(dated)
    }
    return Roster(assignment.duedate, names, frozenset(known), recorded)


def _with_todays_marks(
    course: Course, name: str, found: ReadClass, roster: Roster | None
) -> tuple[ReadClass, list[str]]:
    """The reports with the marks that gradebook and settings make of them now, and whose are others than they say."""
    doubtful = [student for student, report in found.reports.items() if _may_differ(course, name, report, student, roster)]
    if not doubtful:
        return found, []
    from autograder.gradebook.marking import last_report, read_marking
    from autograder.gradebook.record import has_gradebook, open_gradebook

    assignment = course.assignment(name)
    if has_gradebook(course):
        with open_gradebook(course) as gradebook:
            marking = read_marking(gradebook, course, assignment)
    else:
        marking = read_marking(None, course, assignment)
    reports, changed = dict(found.reports), []
    names = {each.name for each in assignment.exercises}
    for student in doubtful:
        report = last_report(course, assignment, student)
        if report is None or not {each.name for each in report.exercises} <= names:
            continue
        reports[student] = decode(marking.mark(report).to_json().encode())
        changed += [student] if _marks(reports[student]) != _marks(found.reports[student]) else []
    return replace(found, reports=reports), changed


def _may_differ(course: Course, name: str, report: ReadReport, student: str, roster: Roster | None) -> bool:
    rulings = course.questions.get(name, {})
    if any(each.ruling != rulings.get(each.name, "") for each in report.exercises):
        return True
    recorded = roster.recorded.get(student) if roster else None
    if roster is None or recorded is None:
        return False
    if (recorded.raw_score, recorded.late_penalty) != (round_points(report.score + report.late_penalty), report.late_penalty):
        return True
    late = 0.0
    if roster.due and recorded.timestamp:
        late = max(0.0, (recorded.timestamp - roster.due - recorded.extension).total_seconds())
    return abs(late - report.late_seconds) > _SLACK_SECONDS


def _marks(report: ReadReport) -> tuple[Any, ...]:
    return report.score, report.max_score, report.late_penalty, [each.points for each in report.exercises]


def _notes(name: str, found: ReadClass, roster: Roster | None, changed: Sequence[str]) -> list[str]:
    again = f"`autograder grade {name}`"
    notes = []
    if changed:
        notes.append(
            f"The gradebook or the settings changed since the last run, and so did the marks of {_listed(changed)}. "
            f"Today's marks count here, as on the pages for students; {again} writes them into the reports."
        )
    if roster is None:
        notes.append("There is no gradebook: names, the due date, and who handed in nothing are not known.")
    elif not roster.known:
        notes.append(
            "The gradebook has no roster, so nobody knows who handed in nothing. `nbgrader db student import FILE` makes one."
        )
    if roster is not None:
        if unrecorded := [each for each in found.reports if each not in roster.recorded]:
            notes.append(f"Graded, but without marks in the gradebook: {_listed(unrecorded)}. Their reports count; {again} records them.")
        known = {*found.reports, *found.older, *found.damaged, *found.missing}
        if others := sorted(roster.recorded.keys() - known):
            notes.append(f"In the gradebook, but without a report or anything in submitted/: {_listed(others)}. They are left out.")
    for students, what in (
        (found.missing, f"Handed in, but not graded yet: {{who}}. They are left out; {again} grades them."),
        (found.older, f"Of another version of the grader: the reports of {{who}}. They are left out; {again} makes them anew."),
        (found.damaged, f"Damaged: the reports of {{who}}. They are left out; {again} makes them anew."),
    ):
        if students:
            notes.append(what.format(who=_listed(students)))
    return notes


def _listed(students: Sequence[str]) -> str:
    more = f" and {len(students) - _MAX_NAMES} more" if len(students) > _MAX_NAMES else ""
    return ", ".join(students[:_MAX_NAMES]) + more


def _code(folder: Path, words: ReadWords, exercise: str) -> str:
    """A student's cell of an exercise in the graded notebook; empty if it can't be read."""
    answer = words.answer(exercise)
    if answer is None or not answer.solution_cell:
        return ""
    path = folder / f"{answer.notebook}.ipynb"
    try:
        if path.stat().st_size > _MAX_NOTEBOOK_BYTES:
            return ""
        cells = json.loads(path.read_bytes())["cells"]
        source = next((each["source"] for each in cells if grade_id(each) == answer.solution_cell), "")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ""
    return "".join(map(str, source)) if isinstance(source, list) else str(source)
