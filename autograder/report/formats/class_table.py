"""Reports of a class as a table for a terminal: what does not fit is cut with a sign, or left out and told below."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.checks.messages import duration
from autograder.course.settings import Ruling
from autograder.report.exercise_result import ExerciseResult
from autograder.report.formats.look_lines import look_lines
from autograder.report.formats.screen import (
    Screen,
    counted,
    drawn,
    one_way,
    plain_name,
    printable,
    without_controls,
    without_end,
    without_middle,
)
from autograder.report.formats.table import MAX_ROWS
from autograder.report.report import Report

Names = Callable[[], Mapping[str, str]]
"""Gives students' names by their ids."""

_BY_HAND = "*"
_WAITING = "?"
_INSIDE = "°"
_ID_WIDTH, _NAME_WIDTH = 12, 8  # the least for them, in characters
_STYLES = {"look": "magenta", "same": "dim"}
# What may be left out of a table that is too wide: the last one first.
_NEVER, _LATENESS, _NAMES, _POINTS = range(4)
_LEFT_OUT = {_LATENESS: "lateness", _NAMES: "names", _POINTS: "the points of each exercise"}


@dataclass(frozen=True)
class _Row:
    """The few facts of a report that the class table needs."""

    student: str
    raw_score: float
    late_penalty: float
    late_seconds: float
    score: float
    marks: str
    points: tuple[str, ...]
    looks: tuple[str, ...]
    unchanged: bool


@dataclass(frozen=True)
class _Column:
    """A column of texts.

    Attributes:
        mean: of the whole class.
        cells: those of the rows.
        kind: when it is left out.
        least: to how many characters its cells may be cut; 0: not at all.
        is_text: it stands to the left.
    """

    title: str
    mean: str
    cells: tuple[str, ...]
    kind: int = _NEVER
    least: int = 0
    is_text: bool = False

    @property
    def needed(self) -> int:
        """How many characters it has uncut."""
        return max(map(cell_len, (self.title, self.mean, *self.cells)))

    @property
    def narrowest(self) -> int:
        return min(self.needed, self.least or self.needed)


def many(reports: Iterable[Report], screen: Screen, names: Names = dict) -> Iterator[str]:
    """The class: a row a student (the first ones of a large class), a column an exercise, means below.

    Args:
        names: asked when all reports have come.
    """
    rows: list[_Row] = []
    sums: list[float] = []
    assignment, exercises = "", tuple[ExerciseResult, ...]()
    for report in reports:
        rows.append(_row(report))
        assignment, exercises = report.assignment, report.exercises
        sums = [a + b.points for a, b in zip(sums or [0.0] * len(exercises), exercises, strict=True)]
    known = names() if rows else {}
    yield drawn(lambda console: _draw(rows, sums, assignment, exercises, known, console), screen)


def _row(report: Report) -> _Row:
    looks = report.all_looks
    if report.needs_a_look and not looks:
        looks = (report.message or next((each.message for each in report.exercises if each.message), ""),)
    by_hand = any(each.by_hand for each in report.exercises)
    return _Row(
        student=report.student,
        raw_score=report.raw_score,
        late_penalty=report.late_penalty,
        late_seconds=report.late_seconds,
        score=report.score,
        marks=_BY_HAND * by_hand + _WAITING * any(each.is_waiting for each in report.exercises),
        points=tuple("–" if each.ruling is Ruling.DROPPED else _points(each) for each in report.exercises),
        looks=looks,
        unchanged=report.unchanged,
    )


def _points(exercise: ExerciseResult) -> str:
    marks = _BY_HAND * exercise.by_hand + _INSIDE * exercise.is_inside
    return _WAITING if exercise.is_waiting else f"{exercise.points:g}{marks}"


def _draw(
    rows: Sequence[_Row],
    sums: Sequence[float],
    assignment: str,
    exercises: Sequence[ExerciseResult],
    names: Mapping[str, str],
    console: Console,
) -> None:
    def say(words: str) -> None:
        console.print(words, highlight=False, soft_wrap=True)

    shown = sorted(rows, key=lambda each: (not each.looks, each.student))[:MAX_ROWS]
    columns = list(_columns(rows, shown, sums, names))
    chosen, padding = _fitting(columns, console.width)
    kinds = {each.kind for each in chosen}
    title = f"{printable(assignment)}: {counted(len(rows), 'submission')}"
    table = Table(title=title, show_footer=len(rows) > 1, box=box.SIMPLE_HEAD, padding=(0, padding, 0, 0))
    for each in chosen:
        justify = "left" if each.is_text else "right"
        table.add_column(each.title, Text(each.mean), justify=justify, no_wrap=True)  # type: ignore[arg-type]
    for cells in zip(*(_texts(each) for each in _cut(chosen, padding, console.width)), strict=True):
        table.add_row(*cells)
    console.print(table)
    if more := len(rows) - len(shown):
        say(f"… and {more} more: who needs a look comes first, then by id. `--format json` tells all; of a class,")
        say("`nbgrader export` writes all to grades.csv.")
    _print_legend(rows, exercises, _POINTS in kinds, say)
    if missing := [words for kind, words in _LEFT_OUT.items() if kind in {each.kind for each in columns} - kinds]:
        missing = [", ".join(missing[:-1]), missing[-1]] if len(missing) > 1 else missing
        say(f"A terminal of {_width(columns, 0)} columns has room for {' and '.join(missing)} as well.")
    late = [row for row in rows if row.late_seconds] if _LATENESS not in kinds else []
    for row in late[:MAX_ROWS]:
        words = f"{row.raw_score:g} less {row.late_penalty:g} is {row.score:g}" if row.late_penalty else "no points off"
        say(f"late {printable(row.student)}: {duration(row.late_seconds)}, {words}")
    if len(late) > MAX_ROWS:
        say(f"… and {len(late) - MAX_ROWS} more: late.")
    looking = sorted((row for row in rows if row.looks), key=lambda each: each.student)
    for line in look_lines(((row.student, row.looks) for row in looking), MAX_ROWS):
        say(line)


def _columns(
    rows: Sequence[_Row], shown: Sequence[_Row], sums: Sequence[float], names: Mapping[str, str]
) -> Iterator[_Column]:
    """All columns that have something to say."""
    count = max(len(rows), 1)

    def mean(values: Iterable[float]) -> str:
        return f"{sum(values) / count:.1f}"

    def of_late(values: Iterable[float]) -> tuple[str, ...]:
        return tuple(f"{value:g}" if row.late_seconds else "" for row, value in zip(shown, values, strict=True))

    ids = tuple(one_way(without_controls(row.student)) for row in shown)
    yield _Column("student", "mean", ids, least=_ID_WIDTH, is_text=True)
    called = tuple(one_way(plain_name(names.get(row.student, ""))) for row in shown)
    if any(called):
        yield _Column("name", "", called, _NAMES, _NAME_WIDTH, is_text=True)
    scores = tuple(f"{row.score:g}{row.marks}" for row in shown)
    yield _Column("score", mean(row.score for row in rows), scores)
    if any(row.late_seconds for row in rows):
        raw = of_late(row.raw_score for row in shown)
        yield _Column("raw", mean(row.raw_score for row in rows), raw, _LATENESS)
        penalties = of_late(row.late_penalty for row in shown)
        yield _Column("penalty", mean(row.late_penalty for row in rows), penalties, _LATENESS)
        yield _Column("late", "", tuple(_lateness(row.late_seconds) for row in shown), _LATENESS, is_text=True)
    for index, total in enumerate(sums):
        yield _Column(f"{index + 1}", f"{total / count:.1f}", tuple(row.points[index] for row in shown), _POINTS)
    notes = tuple("look" if row.looks else "same" if row.unchanged else "" for row in shown)
    if any(notes):
        yield _Column("note", "", notes, is_text=True)


def _lateness(seconds: float) -> str:
    """By how much, in few characters: "2 d 3 h"."""
    return re.sub(r" days?", " d", duration(seconds)) if seconds else ""


def _fitting(columns: Sequence[_Column], width: int) -> tuple[list[_Column], int]:
    """The columns to show in so many characters, and the room between them."""
    choices = [
        ([each for each in columns if each.kind <= most], padding)
        for most in (_POINTS, _NAMES, _LATENESS, _NEVER)
        for padding in (1, 0)
    ]
    return next((each for each in choices if _width(*each) <= width), choices[-1])


def _width(columns: Sequence[_Column], padding: int) -> int:
    """How many characters a table of these columns takes at least."""
    return sum(each.narrowest for each in columns) + len(columns) * (1 + padding) + 1


def _cut(columns: Sequence[_Column], padding: int, width: int) -> Iterator[_Column]:
    """The columns with cells that fit; those that are cut share the room that is left."""
    room, sharing = max(0, width - _width(columns, padding)), sum(each.least > 0 for each in columns)
    for each in columns:
        more = min(room // max(sharing, 1), each.needed - each.narrowest)
        room, sharing = room - more, sharing - (each.least > 0)
        cut = without_end if each.kind == _NAMES else without_middle
        yield replace(each, cells=tuple(cut(cell, each.narrowest + more) for cell in each.cells))


def _texts(column: _Column) -> Iterator[Text]:
    style = _STYLES if column.title == "note" else {}
    return (Text(each, style.get(each, "")) for each in column.cells)


def _print_legend(
    rows: Sequence[_Row], exercises: Sequence[ExerciseResult], has_points: bool, say: Callable[[str], None]
) -> None:
    named = [
        f"{f'{number} ' if has_points else ''}{printable(each.name)}{f' ({each.ruling})' if each.ruling else ''}"
        for number, each in enumerate(exercises, 1)
        if has_points or each.ruling
    ]
    lead = "Columns: " if has_points else ""
    parts = [f"{lead}{', '.join(named)}."] if named else []
    parts += [f"{_BY_HAND} by hand."] if any(_BY_HAND in row.marks for row in rows) else []
    parts += [f"{_WAITING} still to be marked by hand."] if any(_WAITING in row.marks for row in rows) else []
    parts += [f"{_INSIDE} checked inside: could be forged."] if any(each.is_inside for each in exercises) else []
    if parts:
        say(" ".join(parts))
