"""`nbgrader export` for spreadsheets: nothing that a student is called becomes a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from nbgrader.api import MissingEntry
from nbgrader.plugins import CsvExportPlugin

from autograder.course.course import Course, load_course
from autograder.course.errors import CourseError
from autograder.gradebook.autograde import course_of
from autograder.gradebook.marking import last_report, marking_of
from autograder.gradebook.penalties import make_penalty
from autograder.report.report import write_whole
from autograder.report.spreadsheet import cell

COLUMNS = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score", "late_seconds"),
)


class SafeCsvExportPlugin(CsvExportPlugin):  # type: ignore[misc]
    """nbgrader's CSV export with its columns and one more: by how many seconds it was late. Marks are today's.

    The file is written whole or not at all.
    """

    def export(self, gradebook: Any) -> None:
        try:
            self._export(gradebook)
        except CourseError as error:
            self.log.error("%s", error)
            raise SystemExit(1) from error

    def _export(self, gradebook: Any) -> None:
        file = Path(self.to or "grades.csv")
        self.log.info("Exporting grades to %s", file)
        table = io.StringIO()
        lines = csv.writer(table, lineterminator="\n")
        lines.writerow(COLUMNS)
        lines.writerows([cell(value) for value in row] for row in self._rows(gradebook))
        write_whole(file, table.getvalue())

    def _rows(self, gradebook: Any) -> Iterator[tuple[Any, ...]]:
        assignments, students = {str(each) for each in self.assignment}, {str(each) for each in self.student}
        folders = self.config.CourseDirectory
        course = load_course(course_of(folders)) if folders.get("root") else None
        for assignment in gradebook.assignments:
            if assignments and assignment.name not in assignments:
                continue
            marks_of = _marks_today(gradebook, course, assignment) if course else _marks_kept(assignment)
            for student in gradebook.students:
                if student.id in students or not students:
                    try:
                        submission = gradebook.find_submission(assignment.name, student.id)
                    except MissingEntry:
                        submission = None
                    yield _row(assignment, student, marks_of(student.id, submission))


@dataclass(frozen=True)
class _Marks:
    """Points of one submission, when it was handed in (UTC), and by how many seconds that was late."""

    at: datetime | None
    raw_score: float
    late_penalty: float
    max_score: float
    late_seconds: float = 0.0


_MarksOf = Callable[[str, Any], _Marks]
"""From a student's id and nbgrader's submission (None: nothing was handed in) to the marks."""


def _marks_kept(assignment: Any) -> _MarksOf:
    """Marks as the gradebook has them, where there is no course to work them out from."""

    def marks(student: str, submission: Any) -> _Marks:
        if submission is None:
            return _Marks(None, 0.0, 0.0, assignment.max_score)
        late = submission.total_seconds_late if assignment.duedate else 0.0
        penalty = submission.late_submission_penalty
        return _Marks(submission.timestamp, submission.score, penalty, assignment.max_score, late)

    return marks


def _marks_today(gradebook: Any, course: Course, assignment: Any) -> _MarksOf:
    """Marks as they are now: of what this grader graded from its report, of anything else from the gradebook."""
    kept = _marks_kept(assignment)
    marking = None
    if assignment.name in course.assignment_names():
        marking = marking_of(gradebook.db, course, course.assignment(assignment.name))
    penalty = marking.penalty if marking else make_penalty(course.config)

    def marks(student: str, submission: Any) -> _Marks:
        if submission is None:
            return kept(student, None) if marking is None else replace(kept(student, None), max_score=marking.max_score)
        last = last_report(course, marking.assignment, student) if marking is not None else None
        if marking is not None and last is not None:
            report = marking.mark(last)
            return _Marks(
                report.handed_in_at, report.raw_score, report.late_penalty, report.max_score, report.late_seconds
            )
        found = kept(student, submission)
        if found.late_seconds <= 0:
            return replace(found, late_penalty=0.0)
        of_each = (
            min(max(penalty(student, notebook.score, found.late_seconds), 0.0), notebook.score)
            for notebook in submission.notebooks
        )
        return replace(found, late_penalty=sum(of_each))

    return marks


def _row(assignment: Any, student: Any, marks: _Marks) -> tuple[Any, ...]:
    who = (student.id, student.last_name, student.first_name, student.email)
    score = max(0.0, marks.raw_score - marks.late_penalty)
    points = (marks.raw_score, marks.late_penalty, score, marks.max_score, marks.late_seconds)
    return (assignment.name, assignment.duedate, marks.at, *who, *points)
