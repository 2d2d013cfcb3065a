"""Reports as tables for a terminal: one submission's exercises, or the class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rich import box
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.table import Table

from autograder.checks.messages import duration
from autograder.course.settings import Ruling
from autograder.report.exercise_result import ExerciseResult
from autograder.report.formats.screen import LOOK, STYLES, Screen, counted, drawn, printable
from autograder.report.report import Report

MAX_ROWS = 60
_MAX_LOOKS = 3  # of one submission
_BY_HAND = "*"
_WAITING = "?"
_INSIDE = "°"
_ID_WIDTH = 12  # the least for ids of students
_NOTES = {"look": LOOK.format("look"), "same": "[dim]same[/]"}


def one(report: Report, screen: Screen) -> str:
    """One submission: a row an exercise, the first message of each, and the total."""

    def draw(console: Console) -> None:
        waiting = f", {report.waiting_points:g} still to be marked by hand" if report.waiting_points else ""
        table = Table(title=f"{printable(report.student)}: {report.score:g} of {report.max_score:g} points{waiting}")
        table.add_column("exercise", no_wrap=True)
        table.add_column("points", justify="right", no_wrap=True)
        table.add_column("verdict")
        table.add_column("what to know", overflow="fold")
        for each in report.exercises:
            verdict = f"[{STYLES[each.verdict]}]{each.verdict}[/]"
            points = f"{each.points:g} / {each.max_points:g}"
            words = [f"({each.ruling})"] if each.ruling else []
            words += ["(by hand)"] if each.by_hand else []
            words += ["(checked inside: could be forged)"] if each.is_inside else []
            table.add_row(printable(each.name), points, verdict, printable(" ".join([*words, each.message])))
        console.print(table)
        for repair in report.repairs:
            console.print(f"Mended: {printable(repair)}", highlight=False, soft_wrap=True)
        for look in report.all_looks:
            console.print(f"{LOOK.format('needs a look:')} {printable(look)}", highlight=False, soft_wrap=True)
        for trace in report.staff:
            console.print(LOOK.format("For staff, a fault of the grader or of a check:"))
            console.print(printable(trace).replace("�", "\n"), highlight=False)

    return drawn(draw, screen)


@dataclass(frozen=True)
class _Row:
    """The few facts of a report that the class table needs."""

    student: str
    raw_score: float
    late_penalty: float
    late_seconds: float
    score: float
    points: tuple[str, ...]
    looks: tuple[str, ...]
    unchanged: bool


def many(reports: Iterable[Report], screen: Screen) -> Iterator[str]:
    """The class: a row a student (the first ones of a large class), a column an exercise, means below."""
    rows: list[_Row] = []
    sums: list[float] = []
    assignment, exercises = "", tuple[ExerciseResult, ...]()
    for report in reports:
        rows.append(_row(report))
        assignment, exercises = report.assignment, report.exercises
        sums = [a + b.points for a, b in zip(sums or [0.0] * len(exercises), exercises, strict=True)]
    yield drawn(lambda console: _draw(rows, sums, assignment, exercises, console), screen)


def _row(report: Report) -> _Row:
    looks = report.all_looks
    if report.needs_a_look and not looks:
        looks = (report.message or next((each.message for each in report.exercises if each.message), ""),)
    return _Row(
        student=report.student,
        raw_score=report.raw_score,
        late_penalty=report.late_penalty,
        late_seconds=report.late_seconds,
        score=report.score,
        points=tuple("–" if each.ruling is Ruling.DROPPED else _points(each) for each in report.exercises),
        looks=looks,
        unchanged=report.unchanged,
    )


def _points(exercise: ExerciseResult) -> str:
    marks = _BY_HAND * exercise.by_hand + _INSIDE * exercise.is_inside
    return _WAITING if exercise.is_waiting else f"{exercise.points:g}{marks}"


def _draw(
    rows: Sequence[_Row], sums: Sequence[float], assignment: str, exercises: Sequence[ExerciseResult], console: Console
) -> None:
    shown = sorted(rows, key=lambda each: (not each.looks, each.student))[:MAX_ROWS]
    count = max(len(rows), 1)
    columns = {
        "student": ["mean", *(row.student for row in shown)],
        "score": [f"{sum(row.score for row in rows) / count:.1f}", *(f"{row.score:g}" for row in shown)],
    }
    for index, total in enumerate(sums):
        columns[f"{index + 1}"] = [f"{total / count:.1f}", *(row.points[index] for row in shown)]
    columns["note"] = ["", *("look" if row.looks else "same" if row.unchanged else "" for row in shown)]
    late = [row for row in rows if row.late_seconds]
    with_lateness = _with_lateness(columns, rows, shown) if late else columns
    numbers = {name: cells for name, cells in columns.items() if name.isdigit()}
    without = {name: cells for name, cells in columns.items() if name not in numbers}
    # The widest of these that fits; the last one does anywhere.
    choices = ((with_lateness, 1), (columns, 1), (columns, 0), (without, 1))
    chosen, padding = next((each for each in choices if _width(*each) <= console.width), choices[-1])
    id_width = console.width - _width(chosen, padding) + _ID_WIDTH
    title = f"{printable(assignment)}: {counted(len(rows), 'submission')}"
    table = Table(title=title, show_footer=True, box=box.SIMPLE_HEAD, padding=(0, padding, 0, 0))
    for name, (mean, *_) in chosen.items():
        justify: Literal["left", "right"] = "left" if name in ("student", "late", "note") else "right"
        table.add_column(name, mean, justify=justify, no_wrap=True)
    for student, *plain, note in zip(*(each[1:] for each in chosen.values()), strict=True):
        table.add_row(printable(_shortened(student, id_width)), *map(printable, plain), _NOTES.get(note, note))
    console.print(table)
    _print_legend(rows, exercises, console)
    if len(rows) > MAX_ROWS:
        console.print(f"… and {len(rows) - MAX_ROWS} more; `nbgrader export` writes them all to grades.csv.")
    if chosen is without and numbers:
        columns_needed = _width(columns, 0)
        console.print(f"A terminal of {columns_needed} columns shows the points of each exercise.", highlight=False)
    for row in late[:MAX_ROWS] if chosen is not with_lateness else ():
        words = f"{row.raw_score:g} less {row.late_penalty:g} is {row.score:g}"
        line = f"late {printable(row.student)}: {duration(row.late_seconds)}, {words}"
        console.print(line, highlight=False, soft_wrap=True)
    looking = sorted((row for row in rows if row.looks), key=lambda each: each.student)
    for row in looking[:MAX_ROWS]:
        for look in row.looks[:_MAX_LOOKS]:
            line = f"{LOOK.format('needs a look')} {printable(row.student)}: {printable(look)}"
            console.print(line, highlight=False, soft_wrap=True)


def _with_lateness(columns: dict[str, list[str]], rows: Sequence[_Row], shown: Sequence[_Row]) -> dict[str, list[str]]:
    """The columns, with three about lateness: mean, then a cell a row."""
    raw = [f"{sum(row.raw_score for row in rows) / len(rows):.1f}"]
    penalty = [f"{sum(row.late_penalty for row in rows) / len(rows):.1f}"]
    late = [""]
    for row in shown:
        raw.append(f"{row.raw_score:g}" if row.late_seconds else "")
        penalty.append(f"{row.late_penalty:g}" if row.late_seconds else "")
        late.append(duration(row.late_seconds) if row.late_seconds else "")
    first = {name: columns[name] for name in ("student", "score")}
    return first | {"raw": raw, "penalty": penalty, "late": late} | columns


def _width(columns: Mapping[str, Sequence[str]], padding: int) -> int:
    """How many characters a table of these columns takes at least, with the ids of students cut short."""
    widths = {name: max(map(cell_len, (name, *cells))) for name, cells in columns.items()}
    widths["student"] = min(widths["student"], _ID_WIDTH)
    return sum(widths.values()) + len(widths) * (1 + padding) + 1


def _shortened(name: str, width: int) -> str:
    """A name of at most `width` characters: beginning and end of a longer one, as ids often differ at their end."""
    if cell_len(name) <= width:
        return name
    tail = (width - 1) // 3
    return f"{set_cell_size(name, width - 1 - tail).rstrip()}…{name[-tail:]}"


def _print_legend(rows: Sequence[_Row], exercises: Sequence[ExerciseResult], console: Console) -> None:
    rulings = [f" ({each.ruling})" if each.ruling else "" for each in exercises]
    names = (f"{number} {printable(each.name)}" for number, each in enumerate(exercises, 1))
    legend = ", ".join(f"{name}{ruling}" for name, ruling in zip(names, rulings, strict=True))
    by_hand = f" {_BY_HAND} by hand." if any(_BY_HAND in each for row in rows for each in row.points) else ""
    waiting = f" {_WAITING} still to be marked by hand." if any(_WAITING in row.points for row in rows) else ""
    inside = f" {_INSIDE} checked inside: could be forged." if any(each.is_inside for each in exercises) else ""
    console.print(f"Columns: {legend}.{by_hand}{waiting}{inside}", highlight=False, soft_wrap=True)
