"""Reports as markdown: for a comment on a merge request, and the summary of a job on GitHub.

A comment on GitHub has at most 65,536 characters; a job summary 1 MiB, or GitHub shows none of it
(https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from autograder.checks import page_words
from autograder.checks.messages import duration
from autograder.course.settings import Ruling
from autograder.report.exercise_result import ExerciseResult
from autograder.report.formats.foreign_text import MOST_OF_A_NAME, markdown
from autograder.report.formats.handed_in_file import NO_FILE, FileOf, HandedInFile, of_no_file
from autograder.report.formats.screen import Screen, counted
from autograder.report.report import Report, Status

MOST_BYTES_OF_ONE, MOST_BYTES = 60_000, 1_000_000
_MOST_MESSAGE_CHARACTERS = 600
_MOST_COLUMNS = 30  # of exercises
_MOST_REPAIRS = 10


def one(report: Report, screen: Screen, file: HandedInFile = NO_FILE) -> str:
    """One submission: a table of its exercises, with points and messages."""
    points = page_words.POINTS.format(given=f"{report.score:g}", possible=f"{report.max_score:g}")
    lines = [f"### {_name(report.student)}: {points}", ""]
    if report.message:
        lines += [markdown(report.message), ""]
    if report.status is not Status.UNREADABLE:
        lines += ["| | exercise | points | what to know |", "|---|---|---:|---|"]
        lines += [_row(each, "" if each.message == report.message else each.message) for each in report.exercises]
        lines.append("")
    if report.late_penalty:
        taken = f"{report.raw_score:g} less {report.late_penalty:g} is {report.score:g}"
        lines += [f"Late by {duration(report.late_seconds)}: {taken}.", ""]
    if report.is_our_fault:
        lines += [page_words.NOT_ALL_JUDGED, ""]
    if report.waiting_points:
        lines += [page_words.NOT_ALL_MARKED.format(points=f"{report.waiting_points:g}"), ""]
    lines += [f"- {markdown(each)}" for each in report.repairs[:_MOST_REPAIRS]]
    return "\n".join(_fitting(lines, MOST_BYTES_OF_ONE)).rstrip("\n") + "\n"


def _row(exercise: ExerciseResult, message: str) -> str:
    from autograder.report.student_page.verdict_words import look_of  # needs torch, which help does without

    look = look_of(exercise)
    points = "–" if exercise.ruling is Ruling.DROPPED else f"{exercise.points:g} / {exercise.max_points:g}"
    cells = (f"{look.sign} {look.words}", _name(exercise.name), points, markdown(message, _MOST_MESSAGE_CHARACTERS))
    return f"| {' | '.join(cells)} |"


def _fitting(lines: Sequence[str], most_bytes: int) -> Iterator[str]:
    """The lines that fit, and whether that is all."""
    for number, each in enumerate(lines):
        most_bytes -= len(each.encode()) + 1
        if most_bytes < 0:
            yield f"\n… and {counted(len(lines) - number, 'more line')}, which do not fit here."
            return
        yield each


@dataclass
class Document:
    """A class: a row a student, with the points of each exercise; who needs a look comes first.

    Students are told by their ids alone. Each assignment has a table of its own.
    """

    file_of: FileOf = of_no_file
    _tables: dict[str, _Table] = field(default_factory=dict)

    def add(self, report: Report) -> str:
        self._tables.setdefault(report.assignment, _Table(report)).add(report)
        return ""

    def end(self) -> str:
        return "\n".join(each.text() for each in self._tables.values()) or "No submissions.\n"


@dataclass
class _Table:
    """One assignment's; `example` is one of its reports."""

    example: Report
    _first: list[str] = field(default_factory=list)
    _rows: list[str] = field(default_factory=list)
    _bytes: int = 0
    _count: int = 0
    _looks: int = 0
    _score: float = 0.0

    def add(self, report: Report) -> str:
        self._count += 1
        self._looks += report.needs_a_look
        self._score += report.score
        row = _class_row(report)
        if self._bytes + len(row.encode()) < MOST_BYTES:
            self._bytes += len(row.encode()) + 1
            (self._first if report.needs_a_look else self._rows).append(row)
        return ""

    def text(self) -> str:
        names = [_name(each.name) for each in self.example.exercises[:_MOST_COLUMNS]]
        mean = f"mean {self._score / self._count:.1f} of {self.example.max_score:g}"
        looks = f", {self._looks} to look at" if self._looks else ""
        columns = ["student", "score", *(f"{number}" for number in range(1, len(names) + 1)), "note"]
        lines = [
            f"## {_name(self.example.assignment)}: {counted(self._count, 'submission')}, {mean}{looks}",
            "",
            f"| {' | '.join(columns)} |",
            f"|---|{'---:|' * (len(names) + 1)}---|",
            *self._first,
            *self._rows,
            "",
            f"Columns: {', '.join(f'{number} {name}' for number, name in enumerate(names, 1))}.",
        ]
        if more := self._count - len(self._first) - len(self._rows):
            lines += ["", f"… and {more} more: they do not fit here."]
        return "\n".join(lines) + "\n"


def _class_row(report: Report) -> str:
    cells = [_name(report.student), f"{report.score:g}", *map(_points, report.exercises[:_MOST_COLUMNS])]
    return f"| {' | '.join(cells)} | {_note(report)} |"


def _points(exercise: ExerciseResult) -> str:
    if exercise.ruling is Ruling.DROPPED:
        return "–"
    return "?" if exercise.is_waiting else f"{exercise.points:g}"


def _note(report: Report) -> str:
    """A few words, none of which a student wrote."""
    words = []
    if report.status is Status.UNREADABLE:
        words.append("can't be read")
    elif report.is_our_fault:
        words.append("a fault of ours")
    elif report.needs_a_look:
        words.append("needs a look")
    if report.late_seconds:
        words.append(f"late by {duration(report.late_seconds)}")
    if report.waiting_points:
        words.append(f"{report.waiting_points:g} points to be marked by hand")
    return ", ".join(words)


def _name(text: str) -> str:
    return markdown(text, MOST_OF_A_NAME)
