"""Reports as tables for a terminal: one submission's exercises, or the class."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table

from autograder.report.formats.screen import LOOK, STYLES, Screen, counted, drawn, printable
from autograder.report.report import Report

MAX_ROWS = 60


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
            table.add_row(printable(each.name), points, verdict, printable(each.message))
        console.print(table)
        for repair in report.repairs:
            console.print(f"Mended: {printable(repair)}", highlight=False, soft_wrap=True)
        for trace in report.staff:
            console.print(LOOK.format("For staff, a fault of the grader or of a check:"))
            console.print(printable(trace).replace("�", "\n"), highlight=False)

    return drawn(draw, screen)


@dataclass(frozen=True)
class _Row:
    """The few facts of a report that the class table needs."""

    student: str
    score: float
    points: tuple[float, ...]
    needs_a_look: bool
    message: str
    unchanged: bool


def many(reports: Iterable[Report], screen: Screen) -> Iterator[str]:
    """The class: a row a student (the first ones of a large class), a column an exercise, means below."""
    rows: list[_Row] = []
    assignment, exercises = "", tuple[str, ...]()
    for report in reports:
        message = report.message or next((each.message for each in report.exercises if each.message), "")
        points = tuple(each.points for each in report.exercises)
        rows.append(_Row(report.student, report.score, points, report.needs_a_look, message, report.unchanged))
        assignment, exercises = report.assignment, tuple(each.name for each in report.exercises)
    yield drawn(lambda console: _draw(rows, assignment, exercises, console), screen)


def _draw(rows: Sequence[_Row], assignment: str, exercises: Sequence[str], console: Console) -> None:
    title = f"{printable(assignment)}: {counted(len(rows), 'submission')}"
    table = Table(title=title, show_footer=True, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    count = max(len(rows), 1)
    table.add_column("student", "mean", no_wrap=True)
    mean = sum(row.score for row in rows) / count
    table.add_column("score", f"{mean:.1f}", justify="right", no_wrap=True)
    for index in range(len(exercises)):
        average = sum(row.points[index] for row in rows) / count
        table.add_column(f"{index + 1}", f"{average:.1f}", justify="right", no_wrap=True)
    table.add_column("note", no_wrap=True)
    for row in sorted(rows, key=lambda each: (not each.needs_a_look, each.student))[:MAX_ROWS]:
        note = LOOK.format("look") if row.needs_a_look else "[dim]same[/]" if row.unchanged else ""
        points = [f"{each:g}" for each in row.points]
        table.add_row(printable(row.student), f"{row.score:g}", *points, note)
    console.print(table)
    legend = ", ".join(f"{number} {printable(name)}" for number, name in enumerate(exercises, 1))
    console.print(f"Columns: {legend}.", highlight=False, soft_wrap=True)
    if len(rows) > MAX_ROWS:
        console.print(f"… and {len(rows) - MAX_ROWS} more; `nbgrader export` writes them all to grades.csv.")
    looks = [row for row in rows if row.needs_a_look]
    for row in sorted(looks, key=lambda each: each.student)[:MAX_ROWS]:
        line = f"{LOOK.format('needs a look')} {printable(row.student)}: {printable(row.message)}"
        console.print(line, highlight=False, soft_wrap=True)
