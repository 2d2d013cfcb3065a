"""What a run and a dry run say of marks that changed: who, why, what it comes to; no text of students steers it."""

from __future__ import annotations

import io

from rich.console import Console

from autograder.cli.changed import Changed, changed, print_changed, print_what_if
from autograder.report.formats.table import MAX_ROWS
from autograder.report.report import Change, Reason, Report, Status

REASON = Reason("`test_sum` fails now", "`f(x)` returned [bold]3[/].\x1b[2J")
CHANGE = Change("f", 4.0, 1.5, (REASON, Reason("it has 8 points, not 4")))


def printed(found: list[Changed], scores: list[float] | None = None, width: int = 120) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False, soft_wrap=True)
    if scores is None:
        print_changed(found, console)
    else:
        print_what_if(found, scores, console)
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_a_mark_has_changed_only_if_it_is_another_one() -> None:
    report = Report("tiny", "s", 3.0, 4.0, Status.GRADED, (), previous_score=4.0, changes=(CHANGE,))
    assert changed(report) == Changed("s", 4.0, 3.0, (CHANGE,))
    for same in (3.0, None):
        assert changed(Report("tiny", "s", 3.0, 4.0, Status.GRADED, (), previous_score=same)) is None


def test_a_run_says_who() -> None:
    found = [Changed("b", 4.0, 1.5, (CHANGE,)), Changed("a\x1b[1m", 0.0, 20.0)]
    assert printed(found) == "Marks that changed: 2 students.\n  a�[1m: 0 → 20\n  b: 4 → 1.5\n"
    assert printed([]) == ""


def test_a_dry_run_says_why_and_what_it_comes_to() -> None:
    found = [Changed("b", 4.0, 1.5, (CHANGE,)), Changed("a", 0.0, 20.0, (Change("", 0.0, 20.0),))]
    said = printed(found, [20.0, 1.5, 8.5])
    assert said.startswith("Marks that would change: 2 students of 3; 1 up, 1 down. Mean 4.2 → 10.0.\n")
    assert "a 0 20 in all 0 → 20" in [" ".join(line.split()) for line in said.splitlines()]
    assert "f 4 → 1.5: `test_sum` fails now: `f(x)` returned [bold]3[/].�[2J; it has 8 points, not 4" in " ".join(
        said.split()
    )
    assert "By reason:\n  1 student: f: `test_sum` fails now\n  1 student: f: it has 8 points, not 4\n" in said
    assert "\x1b" not in said
    assert printed([], [4.0]) == "No mark would change.\n"


def test_a_large_class_stays_short() -> None:
    found = [
        Changed(f"student-{n:03}", 4.0, 1.5, (Change("f", 4.0, 1.5, (Reason(f"reason {n % 40}"),)),))
        for n in range(900)
    ]
    for width in (60, 160):
        said = printed(found, [1.5] * 1000, width)
        assert said.count("student-") == MAX_ROWS
        assert f"… and {900 - MAX_ROWS} more; --format json says" in said
        assert "… and 25 more reasons" in said
        assert all(len(line) <= width for line in said.splitlines() if "student-" in line)


def test_long_ids_keep_their_ends_and_short_ones_stay_whole() -> None:
    why = (Change("f", 4.0, 1.5, (Reason("a check fails now"),)),)
    found = [Changed("student-with-a-very-long-id-of-many-parts-" + end, 4.0, 1.5, why) for end in ("one", "two")]
    said = printed([*found, Changed("student-026", 4.0, 1.5, why)], [1.5], 40)
    rows = [line.split() for line in said.splitlines() if "student" in line and "4" in line]
    assert [row[0] for row in rows if row[0] != "Marks"] == ["student-026", "student-…one", "student-…two"]
