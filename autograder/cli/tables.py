"""What the command line shows: one submission's exercises, and the class table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.assignment import Assignment
from autograder.report import Report, Verdict
from autograder.stages import Stages

if TYPE_CHECKING:
    from autograder.batch import Outline
    from autograder.doctor import Diagnosis
    from autograder.lint import Row

MAX_ROWS = 60
_STYLES = {Verdict.PASSED: "green", Verdict.FAILED: "yellow", Verdict.SKIPPED: "dim", Verdict.ERROR: "magenta"}


def printable(text: str) -> str:
    """`text` without control characters or markup, so that a student's name or words can't steer a terminal."""
    return escape("".join(each if each.isprintable() else "�" for each in text))


def print_report(report: Report, console: Console) -> None:
    """One submission: a row an exercise, the first message of each, and the total."""
    table = Table(title=f"{printable(report.student)}: {report.score:g} of {report.max_score:g} points")
    table.add_column("exercise", no_wrap=True)
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("verdict")
    table.add_column("what to know", overflow="fold")
    for each in report.exercises:
        verdict = f"[{_STYLES[each.verdict]}]{each.verdict}[/]"
        points = f"{each.points:g} / {each.max_points:g}"
        table.add_row(printable(each.name), points, verdict, printable(each.message))
    console.print(table)
    for repair in report.repairs:
        console.print(f"Mended: {printable(repair)}", highlight=False, soft_wrap=True)
    for trace in report.staff:
        console.print("For staff, a fault of the grader or of a check:", style="magenta")
        console.print(printable(trace).replace("�", "\n"), highlight=False)


def print_class(rows: Sequence[Outline], assignment: Assignment, console: Console) -> None:
    """The class: a row a student (the first ones of a large class), a column an exercise, means below."""
    title = f"{assignment.name}: {len(rows)} submissions"
    table = Table(title=title, show_footer=True, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    count = max(len(rows), 1)
    table.add_column("student", "mean", no_wrap=True)
    mean = sum(row.score for row in rows) / count
    table.add_column("score", f"{mean:.1f}", justify="right", no_wrap=True)
    for index in range(len(assignment.exercises)):
        average = sum(row.points[index] for row in rows) / count
        table.add_column(f"{index + 1}", f"{average:.1f}", justify="right", no_wrap=True)
    table.add_column("note", no_wrap=True)
    for row in sorted(rows, key=lambda each: (not each.needs_a_look, each.student))[:MAX_ROWS]:
        note = "[magenta]look[/]" if row.needs_a_look else "" if row.fresh else "[dim]same[/]"
        points = [f"{each:g}" for each in row.points]
        table.add_row(printable(row.student), f"{row.score:g}", *points, note)
    console.print(table)
    legend = ", ".join(f"{number} {each.name}" for number, each in enumerate(assignment.exercises, 1))
    console.print(f"Columns: {legend}.", highlight=False, soft_wrap=True)
    if len(rows) > MAX_ROWS:
        console.print(f"… and {len(rows) - MAX_ROWS} more; `nbgrader export` writes them all to grades.csv.")
    looks = [row for row in rows if row.needs_a_look]
    for row in sorted(looks, key=lambda each: each.student)[:MAX_ROWS]:
        line = f"[magenta]needs a look[/] {printable(row.student)}: {printable(row.message)}"
        console.print(line, highlight=False, soft_wrap=True)


def print_stages(stages: Stages, submissions: int, wall_seconds: float, console: Console) -> None:
    """Where the time went. Workers work side by side, so that the stages may add up to more than the whole."""
    table = Table(title=f"{wall_seconds:.1f} s in all", box=box.SIMPLE_HEAD)
    table.add_column("stage")
    table.add_column("seconds", justify="right")
    table.add_column("ms a submission", justify="right")
    for name, seconds in stages.seconds.items():
        each = f"{1000 * seconds / submissions:.1f}" if submissions else ""
        table.add_row(name, f"{seconds:.2f}", each)
    console.print(table)


def print_diagnosis(found: Diagnosis, console: Console) -> None:
    """What this machine can do, then what to do about what it lacks."""
    table = Table(title="what this machine can do", box=box.SIMPLE_HEAD)
    table.add_column("")
    table.add_column("what", no_wrap=True)
    table.add_column("found", overflow="fold")
    signs = {True: "[green]✓[/]", False: "[yellow]✗[/]", None: ""}
    for each in found.findings:
        table.add_row(signs[each.good], escape(each.title), printable(each.value))
    console.print(table)
    for each in found.findings:
        if each.good is False:
            console.print(f"[yellow]✗[/] {escape(each.title)}: {printable(each.value)}", highlight=False)
            console.print(f"  → {escape(each.mend)}", highlight=False, style="dim")
    if found.can_grade:
        console.print("Student code can be isolated fully here.")
    else:
        console.print("Student code can't be isolated fully here: grading refuses, unless with --isolation partial.")


def print_audit(rows: Sequence[Row], name: str, console: Console) -> None:
    """What was proven, and below it each problem with how to mend it."""
    table = Table(title=f"audit of {name}", box=box.SIMPLE_HEAD)
    table.add_column("")
    table.add_column("proven")
    table.add_column("figure", justify="right", no_wrap=True)
    for row in rows:
        table.add_row("[yellow]✗[/]" if row.problems else "[green]✓[/]", row.title, row.figure)
    console.print(table)
    for row in rows:
        for each in row.problems:
            console.print(f"[yellow]✗[/] {printable(each.where)} {printable(each.what)}.", highlight=False)
            console.print(f"  → {printable(each.mend)}", highlight=False, style="dim")
