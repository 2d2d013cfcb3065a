"""What a class report takes from a course: reports, roster and dates, marks as they are today, and code."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import MsgspecError

from autograder.course.course import REPORT_FILE, Course
from autograder.course.errors import CourseError
from autograder.course.marked_cells import grade_id
from autograder.course.settings import is_student_id
from autograder.report.class_report.beside import beside
from autograder.report.class_report.facts import Facts, Roster
from autograder.report.class_report.left_out import listed, what_can_t_be
from autograder.report.class_report.possible import in_words
from autograder.report.class_report.read_reports import ReadClass, ReadReport, ReadWords, decode, read_class, read_words
from autograder.report.marks import points_taken
from autograder.report.report import round_points

if TYPE_CHECKING:
    from autograder.gradebook.penalties import Penalty

_MAX_NOTEBOOK_BYTES = 32 << 20
_SLACK_SECONDS = 1.0


def class_of(course: Course, name: str) -> tuple[ReadClass, Facts]:
    """The reports of an assignment with today's marks, and what else the report on the class says.

    Raises:
        CourseError: nobody has been graded, the gradebook can't be read, or the late plugin can't be used.
    """
    files = _report_files(course, name)
    roster_of = beside(lambda: _roster(course, name, files), len(files))
    found = read_class(files.items())
    if not found.reports:
        raise CourseError(_nobody(course, name, found))
    roster = roster_of()
    found, changed = _with_todays_marks(course, name, found, roster)
    words_of = lru_cache(maxsize=256)(lambda student: read_words(files[student]))
    return found, Facts(
        assignment=name,
        made_at=datetime.now(UTC).replace(tzinfo=None),
        timezone=course.timezone,
        due=roster.due if roster else None,
        names={student: told for student, told in roster.names.items() if told} if roster else {},
        nothing=tuple(sorted(roster.known - files.keys() - roster.recorded.keys()))
        if roster and roster.known
        else None,
        partners=course.partners.get(name, ()),
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


def _roster(course: Course, name: str, files: Mapping[str, str]) -> Roster | None:
    """What the gradebook has of the notebooks that reports are about."""
    from autograder.gradebook.class_roster import read_roster  # imported where it is run, maybe in another process

    first = next((words for each in files.values() if (words := read_words(each)).exercises), ReadWords())
    return read_roster(course, name, {each.notebook for each in first.exercises})


def _nobody(course: Course, name: str, found: ReadClass) -> str:
    if not (found.older or found.damaged):
        return f"No submission of {name!r} has been graded yet. Run `autograder grade {name}` first."
    if found.impossible:
        return f"No report of {name!r} can be read. {what_can_t_be(found, name)}"
    why = "of another version of the grader" if found.older else "damaged"
    return (
        f"No report of {name!r} in {course.folders.autograded} can be read: those there are {why}. Run `autograder "
        f"grade {name}` to make them anew."
    )


def _with_todays_marks(
    course: Course, name: str, found: ReadClass, roster: Roster | None
) -> tuple[ReadClass, list[str]]:
    """The reports with the marks that gradebook and settings make of them now, and whose are others than they say."""
    penalty = cache(lambda: _penalty_of(course))
    doubtful = [
        student
        for student, report in found.reports.items()
        if _may_differ(course, name, report, student, roster, penalty)
    ]
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
    reports, changed, impossible = dict(found.reports), [], dict[str, str]()
    names = {each.name for each in assignment.exercises}
    for student in doubtful:
        report = last_report(course, assignment, student)
        if report is None or not {each.name for each in report.exercises} <= names:
            continue
        try:
            reports[student] = decode(marking.mark(report).to_json().encode())
        except MsgspecError as error:  # of points that staff gave
            impossible[student] = in_words(error)
            continue
        changed += [student] if _marks(reports[student]) != _marks(found.reports[student]) else []
    found = replace(found, reports=reports)
    for student, why in impossible.items():
        found.leave_out(student, f"{why}; it is in the gradebook, so mend the points there")
    return found, changed


def _penalty_of(course: Course) -> Penalty:
    """What lateness costs today."""
    if not (course.config.AssignLatePenalties or course.config.LateSubmissionPlugin):
        return lambda student, raw_score, late_seconds: 0.0  # as nbgrader has it where nothing is said
    from autograder.gradebook.penalties import make_penalty

    return make_penalty(course.config)


def _may_differ(
    course: Course,
    name: str,
    report: ReadReport,
    student: str,
    roster: Roster | None,
    penalty: Callable[[], Penalty],
) -> bool:
    rulings = course.questions.get(name, {})
    if any(each.ruling != rulings.get(each.name, "") for each in report.exercises):
        return True
    recorded = roster.recorded.get(student) if roster else None
    if roster is None or recorded is None:
        return False
    raw_score = round_points(report.score + report.late_penalty)
    if (recorded.raw_score, recorded.late_penalty) != (raw_score, report.late_penalty):
        return True
    late = 0.0
    if roster.due and recorded.timestamp:
        late = max(0.0, (recorded.timestamp - roster.due - recorded.extension).total_seconds())
    if abs(late - report.late_seconds) > _SLACK_SECONDS:
        return True
    return late > 0 and points_taken(raw_score, late, lambda raw: penalty()(student, raw, late)) != report.late_penalty


def _marks(report: ReadReport) -> tuple[Any, ...]:
    return report.score, report.max_score, report.late_penalty, [each.points for each in report.exercises]


def _notes(name: str, found: ReadClass, roster: Roster | None, changed: Sequence[str]) -> list[str]:
    again = f"`autograder grade {name}`"
    notes = []
    if changed:
        notes.append(
            f"The gradebook or the settings changed since the last run, and so did the marks of {listed(changed)}. "
            f"Today's marks count here, as on the pages for students; {again} writes them into the reports."
        )
    if roster is None:
        notes.append("There is no gradebook: names, the due date, and who handed in nothing are not known.")
    elif not roster.known:
        notes.append(
            "The gradebook has no roster, so nobody knows who handed in nothing. `autograder roster FILE` makes one."
        )
    if roster is not None:
        if unrecorded := [each for each in found.reports if each not in roster.recorded]:
            notes.append(
                f"Graded, but without marks in the gradebook: {listed(unrecorded)}. Their reports count; {again} "
                "records them."
            )
        known = {*found.reports, *found.older, *found.damaged, *found.missing}
        if others := sorted(roster.recorded.keys() - known):
            notes.append(
                "In the gradebook, but without a report or anything in submitted/: "
                f"{listed(others)}. They are left out."
            )
    damaged = [each for each in found.damaged if each not in found.impossible]  # of those the report says more
    for students, what in (
        (found.missing, f"Handed in, but not graded yet: {{who}}. They are left out; {again} grades them."),
        (
            found.older,
            f"Of another version of the grader: the reports of {{who}}. They are left out; {again} makes them anew.",
        ),
        (damaged, f"Damaged: the reports of {{who}}. They are left out; {again} makes them anew."),
    ):
        if students:
            notes.append(what.format(who=listed(students)))
    return notes


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
