"""`nbgrader export` for spreadsheets: nothing that a student is called becomes a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbgrader.api import MissingEntry
from nbgrader.plugins import CsvExportPlugin

from autograder.report.report import write_whole

COLUMNS = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),
)
# Spreadsheets take these for the start of a formula, the wide ones too; a number may have a sign.
_FORMULA = re.compile(r"[=+\-@＝＋－＠\t\r\n]")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


class SafeCsvExportPlugin(CsvExportPlugin):  # type: ignore[misc]
    """nbgrader's CSV export with the same columns; the file is written whole or not at all."""

    def export(self, gradebook: Any) -> None:
        file = Path(self.to or "grades.csv")
        self.log.info("Exporting grades to %s", file)
        table = io.StringIO()
        lines = csv.writer(table, lineterminator="\n")
        lines.writerow(COLUMNS)
        lines.writerows([cell(value) for value in row] for row in self._rows(gradebook))
        write_whole(file, table.getvalue())

    def _rows(self, gradebook: Any) -> Iterator[tuple[Any, ...]]:
        assignments, students = {str(each) for each in self.assignment}, {str(each) for each in self.student}
        for assignment in gradebook.assignments:
            for student in gradebook.students:
                if (assignment.name in assignments or not assignments) and (student.id in students or not students):
                    yield _row(gradebook, assignment, student)


def _row(gradebook: Any, assignment: Any, student: Any) -> tuple[Any, ...]:
    try:
        submission = gradebook.find_submission(assignment.name, student.id)
        when, raw, penalty = submission.timestamp, submission.score, submission.late_submission_penalty
    except MissingEntry:
        when, raw, penalty = None, 0.0, 0.0
    who = (student.id, student.last_name, student.first_name, student.email)
    points = (raw, penalty, max(0.0, raw - penalty), assignment.max_score)
    return (assignment.name, assignment.duedate, when, *who, *points)


def cell(value: Any) -> str:
    """`value` as a spreadsheet should show it: text that would be a formula there gets an apostrophe before it."""
    text = "" if value is None else str(value)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
