"""What the command line shows besides reports: where the time went, the machine, the audit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from autograder.audit.row import Left, Row
from autograder.report.formats.screen import BAD, GOOD, counted, printable
from autograder.report.timings import Timings
from autograder.sandbox.doctor import Diagnosis

if TYPE_CHECKING:
    from autograder.audit.unnamed import Group

_SHOWN_STUDENTS = 5


def print_timings(timings: Timings, submissions: int, wall_seconds: float, console: Console) -> None:
    """Where the time went. Workers work side by side, so that the stages may add up to more than the whole."""
    table = Table(title=f"{wall_seconds:.1f} s in all", box=box.SIMPLE_HEAD)
    table.add_column("stage")
    table.add_column("seconds", justify="right")
    table.add_column("ms a submission", justify="right")
    for name, seconds in timings.seconds.items():
        each = f"{1000 * seconds / submissions:.1f}" if submissions else ""
        table.add_row(name, f"{seconds:.2f}", each)
    console.print(table)


def print_lines(lines: Sequence[str], console: Console) -> None:
    """What the batch says of the whole class."""
    for line in lines:
        console.print(printable(line))


def print_diagnosis(found: Diagnosis, console: Console) -> None:
    """What this machine can do, then what to do about what it lacks."""
    table = Table(title="what this machine can do", box=box.SIMPLE_HEAD)
    table.add_column("")
    table.add_column("what", no_wrap=True)
    table.add_column("found", overflow="fold")
    signs = {True: GOOD, False: BAD, None: ""}
    for each in found.findings:
        table.add_row(signs[each.good], escape(each.title), printable(each.value))
    console.print(table)
    for each in found.findings:
        if each.good is False:
            console.print(f"{BAD} {escape(each.title)}: {printable(each.value)}", highlight=False)
            console.print(f"  → {escape(each.mend)}", highlight=False, style="dim")
    if found.can_grade:
        console.print("Student code can be isolated fully here.")
    else:
        console.print("Student code can't be isolated fully here: grading refuses, unless with --isolation partial.")


def print_group(number: int, group: Group, console: Console) -> None:
    """One mistake without a name: how many made it, what they are told, and how one of them wrote it."""
    who = f"{counted(len(group.students), 'student')}: {', '.join(group.students[:_SHOWN_STUDENTS])}"
    more = " …" if len(group.students) > _SHOWN_STUDENTS else ""
    console.print(f"[bold]{number}. {escape(group.exercise)}[/bold], {group.points:g} of {group.max_points:g} points")
    console.print(f"{printable(who)}{more}", highlight=False)
    console.print(f"They read: {printable(group.message)}", highlight=False)
    console.print(Padding(printable(group.code.rstrip()), (0, 0, 1, 4)), highlight=False)


def print_audit(rows: Sequence[Row], name: str, console: Console) -> None:
    """What was proven, and below it each problem with how to mend it."""
    table = Table(title=f"audit of {name}", box=box.SIMPLE_HEAD)
    table.add_column("")
    table.add_column("proven")
    table.add_column("figure", justify="right", no_wrap=True)
    for row in rows:
        table.add_row(BAD if row.problems else GOOD, row.title, row.figure)
    console.print(table)
    for row in rows:
        for each in row.problems:
            console.print(f"{BAD} {printable(each.where)} {printable(each.what.rstrip('.'))}.", highlight=False)
            console.print(f"  → {printable(each.mend)}", highlight=False, style="dim")


def print_points(left: Sequence[Left], name: str, console: Console) -> None:
    """What each known mistake leaves of its exercise's points, and the checks that it does not pass."""
    table = Table(title=f"what mistakes leave, {name}", box=box.SIMPLE_HEAD)
    table.add_column("mistake", no_wrap=True)
    table.add_column("left", justify="right", no_wrap=True)
    table.add_column("lost", justify="right", no_wrap=True)
    table.add_column("checks not passed", overflow="fold")
    for number, each in enumerate(left):
        if number and left[number - 1].exercise != each.exercise:
            table.add_section()
        lost = f"{1 - each.points / each.max_points:.0%}" if each.max_points else ""
        checks = ", ".join(check.rpartition("::")[2].removeprefix("test_") for check in each.failed_checks)
        mistake = escape(f"{each.exercise}/{each.id}")
        table.add_row(mistake, f"{each.points:g} of {each.max_points:g}", lost, escape(checks))
    console.print(table)
