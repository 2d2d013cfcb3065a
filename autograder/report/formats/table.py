"""Reports as tables for a terminal: one submission's exercises, or the class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table

from autograder.checks.messages import duration
from autograder.report.formats.screen import LOOK, STYLES, Screen, counted, drawn, printable
from autograder.report.report import ExerciseResult, Report

MAX_ROWS = 60
_MAX_LOOKS = 3  # of one submission
_BY_HAND = "*"


def one(report: Report, screen: Screen) -> str:
    """One submission: a row an exercise, the first message of each, and the total."""

    def draw(console: Console) -> None:
        table = Table(title=f"{printable(report.student)}: {report.score:g} of {report.max_score:g} points")
        table.add_column("exercise", no_wrap=True)
        table.add_column("points", justify="right", no_wrap=True)
        table.add_column("verdict")
        table.add_column("what to know", overflow="fold")
        for each in report.exercises:
            verdict = f"[{STYLES[each.verdict]}]{each.verdict}[/]"
            points = f"{each.points:g} / {each.max_points:g}"
            words = [f"({each.ruling})"] if each.ruling else []
            words += ["(by hand)"] if each.by_hand else []
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
        points=tuple(f"{each.points:g}{_BY_HAND * each.by_hand}" for each in report.exercises),
        looks=looks,
        unchanged=report.unchanged,
    )


def _draw(
    rows: Sequence[_Row], sums: Sequence[float], assignment: str, exercises: Sequence[ExerciseResult], console: Console
) -> None:
    title = f"{printable(assignment)}: {counted(len(rows), 'submission')}"
    table = Table(title=title, show_footer=True, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    count = max(len(rows), 1)
    late = any(row.late_seconds for row in rows)
    table.add_column("student", "mean", overflow="fold")
    table.add_column("score", f"{sum(row.score for row in rows) / count:.1f}", justify="right", no_wrap=True)
    if late:
        table.add_column("raw", f"{sum(row.raw_score for row in rows) / count:.1f}", justify="right", no_wrap=True)
        table.add_column("penalty", f"{sum(row.late_penalty for row in rows) / count:.1f}", justify="right")
        table.add_column("late", no_wrap=True)
    for index, total in enumerate(sums):
        table.add_column(f"{index + 1}", f"{total / count:.1f}", justify="right", no_wrap=True)
    table.add_column("note", no_wrap=True)
    for row in sorted(rows, key=lambda each: (not each.looks, each.student))[:MAX_ROWS]:
        note = LOOK.format("look") if row.looks else "[dim]same[/]" if row.unchanged else ""
        lateness = (
            [f"{row.raw_score:g}", f"{row.late_penalty:g}", duration(row.late_seconds)]
            if row.late_seconds
            else [""] * 3
        )
        cells = [f"{row.score:g}", *(lateness if late else []), *row.points, note]
        table.add_row(printable(row.student), *cells)
    console.print(table)
    rulings = [f" ({each.ruling})" if each.ruling else "" for each in exercises]
    names = (f"{number} {printable(each.name)}" for number, each in enumerate(exercises, 1))
    legend = ", ".join(f"{name}{ruling}" for name, ruling in zip(names, rulings, strict=True))
    by_hand = f" {_BY_HAND} by hand." if any(_BY_HAND in each for row in rows for each in row.points) else ""
    console.print(f"Columns: {legend}.{by_hand}", highlight=False, soft_wrap=True)
    if len(rows) > MAX_ROWS:
        console.print(f"… and {len(rows) - MAX_ROWS} more; `nbgrader export` writes them all to grades.csv.")
    looking = sorted((row for row in rows if row.looks), key=lambda each: each.student)
    for row in looking[:MAX_ROWS]:
        for look in row.looks[:_MAX_LOOKS]:
            line = f"{LOOK.format('needs a look')} {printable(row.student)}: {printable(look)}"
            console.print(line, highlight=False, soft_wrap=True)
