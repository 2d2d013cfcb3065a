"""Today's marks of each submission: its verdicts, and what the gradebook, the settings and its timestamp say now."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from nbgrader import api
from sqlalchemy import func, or_

from autograder.course.assignment import Assignment
from autograder.course.course import REPORT_FILE, Course
from autograder.course.settings import Ruling
from autograder.gradebook.database import in_one_transaction
from autograder.gradebook.penalties import Penalty, make_penalty
from autograder.gradebook.timestamps import HandedIn, read_timestamp
from autograder.report.marks import ByHand, counted, less_penalty
from autograder.report.report import Report, round_points


@dataclass(frozen=True)
class Recorded:
    """What the gradebook holds of one submission.

    Attributes:
        timestamp: in UTC, without a time zone.
        extension: beyond the due date.
        raw_score, late_penalty: points.
        by_hand: what staff gave, by exercise.
    """

    timestamp: datetime | None = None
    extension: timedelta = timedelta()
    raw_score: float = 0.0
    late_penalty: float = 0.0
    by_hand: Mapping[str, ByHand] = field(default_factory=dict)

    @property
    def score(self) -> float:
        return round_points(max(0.0, self.raw_score - self.late_penalty))


@dataclass(frozen=True)
class Marking:
    """All that an assignment's marks depend on besides verdicts, as it is now.

    Attributes:
        due: in UTC, without a time zone; None: there is no due date.
        recorded: by student.
    """

    course: Course
    assignment: Assignment
    penalty: Penalty
    due: datetime | None = None
    recorded: Mapping[str, Recorded] = field(default_factory=dict)

    @property
    def rulings(self) -> Mapping[str, Ruling]:
        """What staff decided of questions, by exercise."""
        return self.course.questions.get(self.assignment.name, {})

    @property
    def max_score(self) -> float:
        """The points that there are, without dropped questions."""
        dropped = {name for name, ruling in self.rulings.items() if ruling is Ruling.DROPPED}
        points = sum(each.points for each in self.assignment.exercises if each.name not in dropped)
        return round_points(points)

    def handed_in(self, student: str) -> HandedIn:
        """When, from the file beside the submission; without it, what the gradebook has, and `problem` says so."""
        found = read_timestamp(self.course.submitted(student, self.assignment.name), self.course.timezone)
        known = self.recorded.get(student, Recorded()).timestamp
        return replace(found, at=known) if found.is_missing else found

    def late_seconds(self, student: str, at: datetime | None) -> float:
        """By how much `at` is after the student's due date, extension included; 0 if it is not, or there is none."""
        if self.due is None or at is None:
            return 0.0
        due = self.due + self.recorded.get(student, Recorded()).extension
        return max(0.0, (at - due).total_seconds())

    def mark(self, report: Report, last: Report | None = None) -> Report:
        """The report with today's marks, and in `previous_score` what was said last.

        Args:
            last: what an earlier run reported; without it the gradebook is asked for what was said.
        Raises:
            CourseError: the late plugin fails.
        """
        student = report.student
        before = self.recorded.get(student)
        marked = counted(report, self.assignment, self.rulings, before.by_hand if before else {})
        when = self.handed_in(student)
        late = self.late_seconds(student, when.at)
        marked = less_penalty(marked, late, lambda raw: self.penalty(student, raw, late))
        marked = replace(marked, handed_in=f"{when.at.isoformat()}+00:00" if when.at else "")
        if self.due is not None and when.problem:
            marked = replace(marked, mark_looks=(*marked.mark_looks, _undated(when)))
        if before is None:
            return marked
        return replace(marked, previous_score=before.score if last is None else last.score)

    def is_recorded(self, report: Report) -> bool:
        """Whether the gradebook has the marks of a report, and the time at which it was handed in."""
        kept = self.recorded[report.student]
        same = (kept.raw_score, kept.late_penalty) == (report.raw_score, report.late_penalty)
        return (same or _is_overruled(report, kept)) and report.handed_in_at == kept.timestamp

    def try_penalty(self, student: str) -> None:
        """Asks the plugin about a submission that is yet to be graded, so that a broken one is found out first.

        Raises:
            CourseError: the late plugin fails.
        """
        late = self.late_seconds(student, self.handed_in(student).at)
        if late > 0:
            self.penalty(student, self.assignment.max_score, late)


def _is_overruled(report: Report, recorded: Recorded) -> bool:
    """Whether staff gave points for a question that was waived or dropped: the gradebook goes on to say theirs."""
    return any(each.ruling and each.name in recorded.by_hand for each in report.exercises)


def _undated(when: HandedIn) -> str:
    counts = (
        "It counts as on time" if when.at is None else f"What the gradebook has counts, {when.at:%Y-%m-%d %H:%M} UTC"
    )
    return (
        f"nobody knows when it was handed in, and there is a due date: {when.problem}. {counts}; if that is wrong, "
        "write the time into timestamp.txt in its folder, such as 2026-03-01 23:00:00 UTC, and grade again"
    )


def last_report(course: Course, assignment: Assignment, student: str) -> Report | None:
    """What an earlier run reported, if that is whole, of this work and its notebook is there."""
    folder = course.autograded(student, assignment.name)
    report = read_report(folder)
    if report is None or (report.student, report.assignment) != (student, assignment.name):
        return None
    graded = (folder / f"{each.notebook_name}.ipynb" for each in assignment.notebooks)
    return report if all(each.is_file() for each in graded) else None


def read_report(folder: Path) -> Report | None:
    """The report in a graded submission's folder, if it is whole and of this version."""
    path = folder / REPORT_FILE
    try:
        # A pipe would be waited for.
        return Report.from_dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def read_marking(gradebook: Any, course: Course, assignment: Assignment) -> Marking:
    """What the gradebook says of an assignment now; `gradebook` is None if there is none yet.

    Raises:
        CourseError: the late plugin can't be loaded, or the database can't be read.
    """
    if gradebook is None:
        return Marking(course, assignment, make_penalty(course.config))
    return in_one_transaction(gradebook, lambda: marking_of(gradebook.db, course, assignment))


def marking_of(session: Any, course: Course, assignment: Assignment, student: str | None = None) -> Marking:
    """The same, from a session of SQLAlchemy's that is open already; of one student, or of all."""
    due, recorded = _read(session, assignment, student)
    return Marking(course, assignment, make_penalty(course.config), due, recorded)


def _read(session: Any, assignment: Assignment, student: str | None) -> tuple[datetime | None, dict[str, Recorded]]:
    found = session.query(api.Assignment).filter(api.Assignment.name == assignment.name).one_or_none()
    if found is None:
        return None, {}
    submitted, notebook, grade = api.SubmittedAssignment, api.SubmittedNotebook, api.Grade

    def of_notebook(*columns: Any) -> Any:
        """Rows of this assignment's own notebooks: a student's id, then `columns`."""
        rows = session.query(submitted.student_id, *columns).select_from(submitted)
        rows = rows.join(notebook, notebook.assignment_id == submitted.id)
        rows = rows.join(api.Notebook, api.Notebook.id == notebook.notebook_id)
        own = [each.notebook_name for each in assignment.notebooks]
        rows = rows.filter(submitted.assignment_id == found.id, api.Notebook.name.in_(own))
        return rows if student is None else rows.filter(submitted.student_id == student)

    totals = of_notebook(func.sum(grade.score)).join(grade, grade.notebook_id == notebook.id)
    scores = {who: score or 0.0 for who, score in totals.group_by(submitted.student_id)}
    by_hand: dict[str, dict[str, ByHand]] = {}
    names = {(each.notebook, each.graded_cell): each.name for each in assignment.exercises}
    given = of_notebook(api.Notebook.name, api.BaseCell.name, grade.manual_score, grade.extra_credit)
    given = given.join(grade, grade.notebook_id == notebook.id).join(api.BaseCell, api.BaseCell.id == grade.cell_id)
    for who, where, cell, points, extra in given.filter(or_(grade.manual_score.isnot(None), grade.extra_credit != 0)):
        by_hand.setdefault(who, {})[names.get((where, cell), cell)] = ByHand(points, extra or 0.0)
    dated = of_notebook(submitted.timestamp, submitted.extension, func.sum(notebook.late_submission_penalty))
    dated = dated.group_by(submitted.student_id, submitted.timestamp, submitted.extension)
    recorded = {
        who: Recorded(
            timestamp=at,
            extension=more or timedelta(),
            raw_score=round_points(scores.get(who, 0.0)),
            late_penalty=penalty or 0.0,
            by_hand=by_hand.get(who, {}),
        )
        for who, at, more, penalty in dated
    }
    return found.duedate, recorded
