"""A class of the tiny course with marks, made up: a gradebook, reports beside graded notebooks, and no grading."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from helpers import hand_in, make_course
from nbgrader.api import Gradebook

from autograder.course.assignment import Assignment
from autograder.course.course import Course, load_course
from autograder.gradebook.record import ensure_assignment, open_gradebook, record
from autograder.report.exercise_result import CheckResult, Verdict
from autograder.report.marks import new_result
from autograder.report.report import Report, Status

AT = datetime(2026, 3, 1, 22, tzinfo=UTC)


@dataclass(frozen=True)
class Made:
    """A student to make up.

    Attributes:
        points: by exercise, of those that are not whole; None: handed in, not graded.
        report: whether anything was handed in.
        change: fields of the report that are to be others.
    """

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""
    points: Mapping[str, float] | None = None
    handed_in: bool = True
    change: Mapping[str, object] | None = None
    verdicts: Mapping[str, Verdict] | None = None


def report_with(assignment: Assignment, made: Made) -> Report:
    """A report whose checks give these points."""
    exercises = []
    for each in assignment.exercises:
        points = (made.points or {}).get(each.name, each.points)
        verdict = (made.verdicts or {}).get(each.name, Verdict.PASSED)
        check = CheckResult(f"{each.name}::one", "It works.", verdict, 1.0, share=points / each.points)
        exercises.append(new_result(each, verdict, checks=(check,)))
    score = sum(each.points for each in exercises)
    most = sum(each.max_points for each in exercises)
    report = Report(assignment.name, made.id, score, most, Status.GRADED, tuple(exercises), handed_in=AT.isoformat())
    return replace(report, **(made.change or {}))


def make_gradebook(folder: Path, assignment: Assignment) -> Path:
    """A new gradebook that has the assignment: nbgrader needs seconds to make one."""
    course = load_course(make_course(folder))
    with open_gradebook(course) as gradebook:
        ensure_assignment(gradebook, assignment)
    return folder / "gradebook.db"


def make_class(folder: Path, gradebook: Path, assignment: Assignment, students: Sequence[Made]) -> Course:
    """A course with these students, and what they handed in."""
    make_course(folder)
    shutil.copyfile(gradebook, folder / "gradebook.db")
    course = load_course(folder)
    with open_gradebook(course) as opened:
        for each in students:
            names = {name: getattr(each, name) or None for name in ("first_name", "last_name", "email", "lms_user_id")}
            opened.update_or_create_student(each.id, **names)
            if not each.handed_in:
                continue
            notebook = hand_in(folder, each.id, "{}", assignment.name)
            (notebook.parent / "timestamp.txt").write_text(f"{AT:%Y-%m-%d %H:%M:%S} UTC")
            if each.points is None:
                continue
            put_report(course, assignment, report_with(assignment, each))
            record(opened, assignment, [report_with(assignment, each)])
    return course


def put_report(course: Course, assignment: Assignment, report: Report, student: str = "") -> None:
    """Puts a report where grading would have put it."""
    place = course.autograded(student or report.student, assignment.name)
    place.mkdir(parents=True, exist_ok=True)
    (place / f"{assignment.notebook_name}.ipynb").write_text("{}")
    (place / "report.json").write_text(report.to_json(), encoding="utf-8")


def give_by_hand(course: Course, student: str, cell: str, points: float | None, open_again: bool = False) -> None:
    """A mark by hand, as formgrader gives it, or one that waits."""
    with Gradebook(course.gradebook_url, course.course_id) as gradebook:
        grade = gradebook.find_grade(cell, "tiny", "tiny", student)
        grade.manual_score, grade.needs_manual_grade = points, open_again
        gradebook.db.commit()
