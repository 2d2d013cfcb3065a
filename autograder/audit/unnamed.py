"""Wrong answers of a class that have no name: those that gave the same are one mistake, and may become an entry."""

from __future__ import annotations

import re
from dataclasses import dataclass

from autograder.checks.catalogue import Misconception, add_found, load_misconceptions
from autograder.course.assignment import Assignment
from autograder.course.course import Course
from autograder.gradebook.marking import last_report
from autograder.judge.diagnosis import home_cells
from autograder.report.report import Report
from autograder.submission.submission import read_submission

_ID_WORDS = 5


@dataclass(frozen=True)
class Group:
    """Students who made the same mistake.

    Attributes:
        exercise: whose.
        students: in the order of their ids.
        message: what the first of them reads.
        points, max_points: what it leaves, and what there was.
        code: the first one's cell.
    """

    exercise: str
    students: tuple[str, ...]
    message: str
    points: float
    max_points: float
    code: str


def group_unnamed(course: Course, assignment: Assignment) -> list[Group]:
    """Groups of wrong answers without a name, the largest first, from the reports of the last run."""
    found: dict[tuple[str, str], list[Report]] = {}
    for student in sorted(course.students(assignment.name)):
        report = last_report(course, assignment, student)
        for each in report.exercises if report is not None else ():
            if each.answers and report is not None:
                found.setdefault((each.name, each.answers), []).append(report)
    groups = []
    for (name, _), reports in found.items():
        first = reports[0].exercise(name)
        students = tuple(each.student for each in reports)
        code = _code(course, assignment, students[0], name)
        groups.append(Group(name, students, first.message, first.points, first.max_points, code))
    return sorted(groups, key=lambda each: (-len(each.students), each.exercise, each.students))


def _code(course: Course, assignment: Assignment, student: str, exercise: str) -> str:
    submission = read_submission(course.submitted(student, assignment.name), assignment, student)
    return "\n\n".join(each.rstrip() for each in home_cells(assignment.exercise(exercise), submission.cells)) + "\n"


def write_entry(assignment: Assignment, group: Group, sentence: str) -> tuple[Misconception, str]:
    """Adds a group's mistake to the catalogue; the entry, and the name of the file that it is in.

    Raises:
        CourseError: that file can't be read.
    """
    taken = {each.id for each in load_misconceptions(assignment) if each.exercise == group.exercise}
    words = re.findall(r"[a-z0-9]+", sentence.lower())[:_ID_WORDS] or ["found"]
    name = "-".join(words)
    number = 1
    while name in taken:
        number += 1
        name = f"{'-'.join(words)}-{number}"
    entry = Misconception(group.exercise, name, sentence.strip(), group.code)
    return entry, add_found(assignment, entry).name
