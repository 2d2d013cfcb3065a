"""Sketches of code: what changes them and what does not."""

from __future__ import annotations

import time
from typing import Any

import pytest

from autograder.course.assignment import Assignment
from autograder.judge.sketch import Sketcher, pieces, sketch_of
from autograder.report.class_report.sketches import MOST_HASHES

CODE = """def train(x, y, lr=1.0):
    W = torch.zeros(8, 1)
    for epoch in range(100):
        h = torch.sigmoid(x @ W)
        grad = x.t() @ (h - y) / len(x)
        W = W - lr * grad
    return W


def helper(a, b):
    total = 0
    for each in a:
        total += each * b
    return total / len(a)
"""
FIRST, SECOND = CODE.split("\n\n\n")
KNOWN = ("torch", "train")
SAME = {
    "names": CODE.replace("grad", "slope").replace("W", "weights").replace("epoch", "i"),
    "comments": CODE.replace("\n", "  # of my own\n"),
    "layout": CODE.replace("    ", "\t").replace(" @ ", "@"),
    "docstrings": CODE.replace("):\n", '):\n    """All my own work."""\n'),
}


@pytest.mark.parametrize("change", SAME)
def test_names_comments_and_layout_don_t_count(change: str) -> None:
    assert SAME[change] != CODE
    assert pieces([SAME[change]], KNOWN) == pieces([CODE], KNOWN)


@pytest.mark.parametrize(
    "changed",
    [f"{SECOND}\n\n{FIRST}", CODE.replace("    W = torch", "    unused = 0\n    W = torch"), f"a = b = 1\n{CODE}"],
    ids=["order", "a line in between", "names before it"],
)
def test_most_stays_where_things_are_moved_or_put_in(changed: str) -> None:
    mine, theirs = pieces([CODE], KNOWN), pieces([changed], KNOWN)
    assert len(mine & theirs) / len(mine | theirs) > 0.75


def test_in_which_cells_it_stands_does_not_count() -> None:
    mine, theirs = pieces([CODE], KNOWN), pieces([SECOND, FIRST], KNOWN)
    assert len(mine & theirs) / len(mine) > 0.85


def test_other_code_has_another_sketch() -> None:
    assert not pieces([FIRST], KNOWN) & pieces([SECOND], KNOWN)


def test_what_is_nobody_s_own_is_taken_away() -> None:
    assert sketch_of([CODE], KNOWN, frozenset(pieces([CODE], KNOWN))) == ""
    assert sketch_of([], KNOWN) == sketch_of([""], KNOWN) == ""


def test_a_sketch_is_short_and_the_same_each_time() -> None:
    found = sketch_of([CODE], KNOWN)
    assert found == sketch_of([CODE], KNOWN)
    assert set(found) <= set("0123456789abcdef")
    assert len(found) == 8 * MOST_HASHES


@pytest.mark.parametrize(
    "text", ["(" * 2_000_000, "'" * 1_000_000, '"""' + "x" * 1_000_000, "a+b*c(" * 300_000, "\\\n" * 500_000]
)
def test_however_long_a_cell_is_it_does_not_take_long(text: str) -> None:
    started = time.process_time()
    assert len(sketch_of([text] * 5, KNOWN)) <= 8 * MOST_HASHES
    assert time.process_time() - started < 1.0


def test_text_that_is_no_unicode_is_read() -> None:
    assert sketch_of(["x = '\ud800'"], KNOWN)


def test_stub_and_reference_leave_nothing_and_own_code_does(tiny: Assignment) -> None:
    sketcher = Sketcher(tiny)
    for each in tiny.exercises:
        assert sketcher.sketch(each, [each.stub]) == sketcher.sketch(each, [each.reference]) == ""
        assert sketcher.sketch(each, [f"{each.stub}\n{CODE}"])


def test_reports_have_sketches(grade: Any, tiny: Assignment) -> None:
    name = tiny.exercises[0].name
    report = grade({name: f"{tiny.exercises[0].reference}\n{CODE}"}).report
    assert report.exercise(name).sketch
    assert None not in [each.sketch for each in report.exercises]


def test_many_large_cells_take_no_longer_than_one() -> None:
    large = "\n".join(f"x{number} = {number}" for number in range(3_000))
    assert pieces([large] * 2_000, ()) == pieces([large], ())
