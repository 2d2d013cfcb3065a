"""Today's marks of an assignment, as other places should have them: who has one, and who has none yet and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from nbgrader import api

from autograder.course.assignment import Assignment
from autograder.course.course import Course
from autograder.course.settings import Ruling
from autograder.gradebook.database import in_one_transaction
from autograder.gradebook.marking import Marking, last_report, read_marking
from autograder.gradebook.record import has_gradebook, open_gradebook
from autograder.report.report import Report


class State(StrEnum):
    """What a mark is worth to others. Only `FINAL` is a mark that a student may see; the value says why it is none."""

    FINAL = "final"
    LOOK = "staff should look at it"
    WAITING = "staff are yet to mark a part of it by hand, or to look again at what they gave"
    FAULT = "the grader failed on it"
    UNGRADED = "handed in, and not graded as it is now"
    NOTHING = "nothing handed in"
    EXCUSED = "excused"


@dataclass(frozen=True)
class Person:
    """A student as the gradebook has them; `lms_user_id` is the id that a learning platform gave."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True)
class Score:
    """One student's mark.

    Attributes:
        points: what counts, the penalty taken off; None: there is no report.
        exercises: points before the penalty, by exercise.
        handed_in: in UTC, as ISO 8601 writes it; empty if it is not known.
        late_seconds: by how much it was late; 0 if it was not.
        late_penalty: points.
    """

    student: str
    state: State
    points: float | None = None
    exercises: Mapping[str, float] = field(default_factory=dict)
    handed_in: str = ""
    late_seconds: float = 0.0
    late_penalty: float = 0.0

    @property
    def final(self) -> float | None:
        """The points that others may have: None unless they are final."""
        return self.points if self.state is State.FINAL else None


@dataclass(frozen=True)
class Scores:
    """An assignment's marks.

    Attributes:
        exercises: their points, by name; without dropped ones.
        of: marks by student: of all who are in the gradebook or handed in.
    """

    assignment: str
    max_points: float
    exercises: Mapping[str, float]
    of: Mapping[str, Score]


@dataclass(frozen=True)
class Settled:
    """What staff said of some marks.

    Attributes:
        looked_at: whose marks are final although they need a look.
        all_looked_at: everybody's are.
        excused: who needs no mark.
    """

    looked_at: frozenset[str] = frozenset()
    all_looked_at: bool = False
    excused: frozenset[str] = frozenset()


def read_people(course: Course) -> dict[str, Person]:
    """The students in the gradebook, by id; none if there is no gradebook yet.

    Raises:
        CourseError: the database can't be read.
    """
    if not has_gradebook(course):
        return {}
    with open_gradebook(course) as gradebook:
        return {
            each.id: Person(
                each.id, each.first_name or "", each.last_name or "", each.email or "", each.lms_user_id or ""
            )
            for each in gradebook.students
        }


def read_scores(course: Course, name: str, people: Collection[str], settled: Settled) -> Scores:
    """An assignment's marks, worked out anew from reports, gradebook, settings and dates.

    Args:
        people: ids of the students in the gradebook.
    Raises:
        CourseError: there is no such assignment, or the gradebook can't be read.
    """
    assignment = course.assignment(name)
    flagged: frozenset[str] = frozenset()
    if has_gradebook(course):
        with open_gradebook(course) as gradebook:
            marking = read_marking(gradebook, course, assignment)
            flagged = in_one_transaction(gradebook, lambda: _flagged(gradebook.db, name))
    else:
        marking = read_marking(None, course, assignment)
    handed_in = set(course.students(name)) | set(marking.recorded)
    dropped = {name for name, ruling in marking.rulings.items() if ruling is Ruling.DROPPED}
    return Scores(
        name,
        marking.max_score,
        {each.name: each.points for each in assignment.exercises if each.name not in dropped},
        {
            student: settle(_score(marking, student, student in handed_in, student in flagged), settled)
            for student in sorted(handed_in.union(people))
        },
    )


def _flagged(session: Any, name: str) -> frozenset[str]:
    """Who got marks by hand for work that was graded again since, so that formgrader asks staff to look again."""
    found = session.query(api.SubmittedAssignment.student_id)
    found = found.join(api.Assignment, api.Assignment.id == api.SubmittedAssignment.assignment_id)
    found = found.join(api.SubmittedNotebook, api.SubmittedNotebook.assignment_id == api.SubmittedAssignment.id)
    found = found.join(api.Grade, api.Grade.notebook_id == api.SubmittedNotebook.id)
    again = api.Grade.needs_manual_grade.is_(True), api.Grade.manual_score.isnot(None)
    found = found.filter(api.Assignment.name == name, *again)
    return frozenset(student for (student,) in found.distinct())


def settle(score: Score, settled: Settled) -> Score:
    """The mark with what staff said of it."""
    if score.student in settled.excused:
        return replace(score, state=State.EXCUSED)
    looked_at = settled.all_looked_at or score.student in settled.looked_at
    return replace(score, state=State.FINAL) if looked_at and score.state is State.LOOK else score


def _score(marking: Marking, student: str, handed_in: bool, flagged: bool) -> Score:
    if not handed_in:
        return Score(student, State.NOTHING)
    report = last_report(marking.course, marking.assignment, student)
    if report is None or not _is_of(report, marking.assignment, student):
        return Score(student, State.UNGRADED)
    marked = marking.mark(report)
    return Score(
        student,
        _state(report, marked, flagged),
        marked.score,
        {each.name: each.points for each in marked.exercises},
        marked.handed_in,
        marked.late_seconds,
        marked.late_penalty,
    )


def _is_of(report: Report, assignment: Assignment, student: str) -> bool:
    """Whether a report is this student's, and of the assignment's exercises as they are."""
    names = {each.name for each in report.exercises}
    same = names == {each.name for each in assignment.exercises}
    return same and (report.student, report.assignment) == (student, assignment.name)


def _state(report: Report, marked: Report, flagged: bool) -> State:
    if marked.is_our_fault:
        return State.FAULT
    if report.handed_in != marked.handed_in:  # something else lies there than what was graded
        return State.UNGRADED
    if any(each.is_waiting for each in marked.exercises):
        return State.WAITING
    if marked.needs_a_look:
        return State.LOOK
    return State.WAITING if flagged else State.FINAL
