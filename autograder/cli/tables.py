"""What the command line shows besides reports: where the time went, the machine, the audit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from autograder.audit.row import Left, Row
from autograder.report.formats.screen import BAD, GOOD, counted, printable, without_controls
from autograder.report.timings import Timings
from autograder.sandbox.doctor import Diagnosis

if TYPE_CHECKING:
    from autograder.audit.groups import Group

# Of a group in a list, and of one alone.
_SHOWN_STUDENTS, _MOST_STUDENTS = 5, 1_000
_SHOWN_LINES, _MOST_LINES = 12, 200
_MAX_CHARACTERS, _MAX_LINE_CHARACTERS = 500, 200


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
    if found.can_grade and any(each.good is False and each.title.startswith("layer ") for each in found.findings):
        console.print("Student code can be isolated here, and grading goes on, but the layers above are missing.")
        console.print("What that leaves open is told in docs/security.md, 'If a layer is missing'.")
    elif found.can_grade:
        console.print("Student code can be isolated fully here.")
    else:
        console.print("Student code can't be isolated fully here: grading refuses, unless with --isolation partial.")


def print_group(number: int | None, group: Group, code: str, console: Console) -> None:
    """One group: how many, what they lose and are told, and how the first of them wrote it.

    Args:
        number: in a list, where less of each group is shown; None where it stands alone.
    """
    least, most = group.points
    points = f"{least:g}" if least == most else f"{least:g} to {most:g}"
    lead = "" if number is None else f"{number}. "
    how_many = counted(len(group.students), "student")
    console.print(
        f"{lead}[bold]{printable(group.id)}[/bold]  {how_many}, {points} of {group.max_points:g} points",
        highlight=False,
    )
    shown = group.students[: _SHOWN_STUDENTS if number is not None else _MOST_STUDENTS]
    more = f" … and {len(group.students) - len(shown)} more" if len(shown) < len(group.students) else ""
    names = ", ".join(group.names) or "no name"
    lines = [f"{', '.join(shown)}{more}", f"Mistake: {names}", f"They read: {_cut(group.message)}"]
    lines += [f"Comment: {_cut(group.comment)}"] if group.comment else []
    for each in lines:
        console.print(Padding(Text(without_controls(each)), (0, 0, 0, 3), expand=False))
    for each in _few_lines(code, _SHOWN_LINES if number is not None else _MOST_LINES):
        console.print(Padding(Text(without_controls(each), "dim"), (0, 0, 0, 5), expand=False))
    console.print()


def _cut(text: str) -> str:
    """Words on one line, and not too many."""
    line = " ".join(text.split())
    return line if len(line) <= _MAX_CHARACTERS else f"{line[: _MAX_CHARACTERS - 1]}…"


def _few_lines(code: str, most: int) -> list[str]:
    lines = [each.expandtabs(4) for each in code.rstrip().splitlines()] or ["(no answer of theirs to show)"]
    cut = [each if len(each) <= _MAX_LINE_CHARACTERS else f"{each[: _MAX_LINE_CHARACTERS - 1]}…" for each in lines]
    return cut if len(cut) <= most else [*cut[: most - 1], f"… {counted(len(cut) - most + 1, 'more line')}"]


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
