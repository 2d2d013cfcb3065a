"""Reports as GitLab's Code Quality, which marks lines in a merge request: a finding for each exercise not yet right.

What GitLab reads of it: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format. It stops at the
first finding that lacks something, and takes two with one fingerprint for the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from autograder.report.exercise_result import ExerciseResult, Verdict
from autograder.report.formats.foreign_text import as_name, one_line
from autograder.report.formats.handed_in_file import NO_FILE, FileOf, HandedInFile, of_no_file
from autograder.report.formats.screen import Screen
from autograder.report.report import Report, Status


def one(report: Report, screen: Screen, file: HandedInFile = NO_FILE) -> str:
    """One submission: a list of findings."""
    document = Document(lambda _: file)
    return document.add(report) + document.end()


@dataclass
class Document:
    """A class: one list of all findings, written as they come."""

    file_of: FileOf = of_no_file
    _separator: str = "[\n"

    def add(self, report: Report) -> str:
        text = ""
        for finding in _findings(report, self.file_of(report)):
            text += self._separator + json.dumps(finding, ensure_ascii=False)
            self._separator = ",\n"
        return text

    def end(self) -> str:
        return "[]\n" if self._separator == "[\n" else "\n]\n"


def _findings(report: Report, file: HandedInFile) -> Iterator[dict[str, Any]]:
    if report.status is not Status.GRADED:
        yield _finding(report, None, report.message, "blocker", file)
        return
    for each in report.exercises:
        severity = _severity(each)
        if severity is not None:
            yield _finding(report, each, each.message or each.verdict, severity, file)


def _severity(exercise: ExerciseResult) -> str | None:
    """None if there is nothing to find."""
    if exercise.verdict is Verdict.ERROR:
        return None if exercise.is_settled else "blocker"
    if exercise.verdict is Verdict.FAILED:
        return "minor" if exercise.points > 0 else "major"
    return "info" if exercise.verdict is Verdict.SKIPPED else None


def _finding(
    report: Report, exercise: ExerciseResult | None, message: str, severity: str, file: HandedInFile
) -> dict[str, Any]:
    name = exercise.name if exercise else ""
    notebook = exercise.notebook if exercise else ""
    # What it is about, and not what is said of it: the same one in the next run.
    about = json.dumps([report.assignment, report.student, notebook, name])
    lead = f"{as_name(name)}: " if name else ""
    return {
        "description": lead + one_line(message),
        "check_name": as_name(f"{report.assignment}/{name}" if name else report.assignment),
        "fingerprint": hashlib.sha256(about.encode()).hexdigest(),
        "severity": severity,
        "location": {
            "path": one_line(file.path or f"{report.student}/{report.assignment}"),
            "lines": {"begin": file.lines.get(name, 1)},
        },
    }
