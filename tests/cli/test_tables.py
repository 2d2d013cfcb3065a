"""What the command line shows besides reports."""

from __future__ import annotations

import io

from rich.console import Console

from autograder.audit.row import Left, Problem, Row
from autograder.cli.tables import print_audit, print_points, print_timings
from autograder.report.timings import Timings


def shown(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_problems_of_an_audit_are_sentences_with_one_full_stop() -> None:
    console = Console(file=io.StringIO(), width=120)
    problems = (
        Problem("reference, double", "Multiply by 2.", "Mend it."),
        Problem("tiny", "is missing", "Put it back."),
    )
    print_audit([Row("right answers pass", "0/2", problems)], "tiny", console)
    lines = [line.rstrip() for line in shown(console).splitlines()]
    assert lines[-4:] == [
        "✗ reference, double Multiply by 2.",
        "  → Mend it.",
        "✗ tiny is missing.",
        "  → Put it back.",
    ]


def test_a_student_s_words_in_an_audit_are_no_markup() -> None:
    console = Console(file=io.StringIO(), width=120, force_terminal=True, color_system="standard")
    print_audit([Row("a", "0/1", (Problem("[red]x\x1b[2J", "is [bold]odd", "Mend."),))], "tiny", console)
    assert "[red]x�[2J is [bold]odd" in shown(console)


def test_timings_are_told_for_each_stage_and_submission() -> None:
    console = Console(file=io.StringIO(), width=80)
    timings = Timings()
    timings.add({"cells": 1.5})
    timings.add({"cells": 0.5, "checks": 1.0})
    print_timings(timings, 4, 2.0, console)
    rows = [line.split() for line in shown(console).splitlines()]
    assert ["cells", "2.00", "500.0"] in rows
    assert ["checks", "1.00", "250.0"] in rows


def test_what_a_mistake_leaves_is_told_with_the_checks_that_took_the_rest() -> None:
    console = Console(file=io.StringIO(), width=100)
    left = [
        Left("double", "no-double", 0.0, 1.0, ("double::test_a", "double::test_b")),
        Left("mean_of", "sum-for-mean", 1.5, 2.0, ("mean_of::test_mean",)),
    ]
    print_points(left, "tiny", console)
    rows = [line.split() for line in shown(console).splitlines()]
    assert ["double/no-double", "0", "of", "1", "100%", "a,", "b"] in rows
    assert ["mean_of/sum-for-mean", "1.5", "of", "2", "25%", "mean"] in rows
