"""A report as a table for a terminal: one submission's exercises."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from autograder.report.formats.handed_in_file import NO_FILE, HandedInFile
from autograder.report.formats.screen import LOOK, STYLES, Screen, drawn, printable
from autograder.report.report import Report

MAX_ROWS = 60


def one(report: Report, screen: Screen, file: HandedInFile = NO_FILE) -> str:
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
