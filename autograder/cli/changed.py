"""Whose marks changed in a run, or would change: from what to what, and why."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table

from autograder.report.formats.screen import counted, printable, without_middle
from autograder.report.formats.table import MAX_ROWS
from autograder.report.report import Change, Report

_MAX_REASONS = 15
_LEAST_ID = 12  # characters


@dataclass(frozen=True)
class Changed:
    """One student's mark before and after, and what it comes of."""

    student: str
    before: float
    now: float
    changes: tuple[Change, ...] = ()


def changed(report: Report) -> Changed | None:
    """What a report says of that; None if the mark is the same, or the first one."""
    if report.previous_score is None or report.previous_score == report.score:
        return None
    return Changed(report.student, report.previous_score, report.score, report.changes)


def print_changed(found: Sequence[Changed], console: Console) -> None:
    """After a run: whose marks changed, from what to what."""
    if not found:
        return
    console.print(f"Marks that changed: {counted(len(found), 'student')}.")
    for each in sorted(found, key=lambda one: one.student)[:MAX_ROWS]:
        console.print(f"  {printable(each.student)}: {each.before:g} → {each.now:g}")
    _print_rest(len(found), console)


def print_what_if(found: Sequence[Changed], scores: Sequence[float], console: Console) -> None:
    """After a dry run: the same with the reasons of each, and what it comes to for the class.

    Args:
        scores: of the whole class, as they would be.
    """
    if not found:
        console.print("No mark would change.")
        return
    up = sum(each.now > each.before for each in found)
    mean = statistics.fmean(scores)
    then = mean - sum(each.now - each.before for each in found) / len(scores)
    console.print(
        f"Marks that would change: {counted(len(found), 'student')} of {len(scores)}; {up} up, {len(found) - up} down. "
        f"Mean {then:.1f} → {mean:.1f}."
    )
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("student", no_wrap=True)
    for title in ("from", "to"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("why", overflow="fold")
    for each in sorted(found, key=lambda one: one.student)[:MAX_ROWS]:
        why = "\n".join(printable(_line(one)) for one in each.changes)
        table.add_row(
            printable(without_middle(each.student, max(_LEAST_ID, console.width // 4))),
            f"{each.before:g}",
            f"{each.now:g}",
            why,
        )
    console.print(table)
    _print_rest(len(found), console)
    _print_reasons(found, console)


def _print_rest(count: int, console: Console) -> None:
    if count > MAX_ROWS:
        console.print(f"  … and {count - MAX_ROWS} more; --format json says `previous_score` and `changes` of each.")


def _line(change: Change) -> str:
    why = "; ".join(f"{each.what}{f': {each.message}' if each.message else ''}" for each in change.why)
    points = f"{change.points_before:g} → {change.points:g}"
    return f"{change.exercise or 'in all'} {points}" + (f": {why}" if why else "")


def _print_reasons(found: Sequence[Changed], console: Console) -> None:
    """What changes most marks, if that is more than one."""
    reasons = Counter(each for one in found for each in _reasons(one.changes))
    if len(found) < 2:
        return
    console.print("By reason:")
    ordered = sorted(reasons.items(), key=lambda each: (-each[1], each[0]))
    for (exercise, what), count in ordered[:_MAX_REASONS]:
        console.print(
            f"  {counted(count, 'student')}: {printable(exercise)}{': ' if exercise else ''}{printable(what)}"
        )
    if len(reasons) > _MAX_REASONS:
        console.print(f"  … and {counted(len(reasons) - _MAX_REASONS, 'more reason')}")


def _reasons(changes: Iterable[Change]) -> set[tuple[str, str]]:
    return {(each.exercise, why.what) for each in changes for why in each.why}
