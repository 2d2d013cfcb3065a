"""How answers differ from right ones, whatever a guest puts into them."""

from __future__ import annotations

import math
import re
import time
from typing import Any

import numpy
import pytest
import torch

from autograder.checks.mended import KINDS
from autograder.checks.notebook import Call
from autograder.judge import likeness
from autograder.judge.check_runs import CheckRun
from autograder.judge.likeness import answers_of, first_kinds, is_near
from autograder.judge.rehearsal import Frame
from autograder.report.exercise_result import CheckResult, Verdict
from autograder.sandbox import values


def answer(value: Any, gradients: Any = None) -> Frame:
    """A reply as a guest sends it."""
    encoder = values.Encoder(values.Refs())
    return {"value": encoder.encode(value), "gradients": encoder.encode(gradients)}, encoder.tensors


ONES = torch.ones(3)
NEAR = [
    (1.0, 1.0005),
    (1.0, ONES[0]),
    (ONES, ONES.tolist()),
    (ONES, ONES.reshape(3, 1)),
    (ONES, ONES.double()),
    (ONES, ONES.numpy()),
    (ONES, ONES.bool()),
    ((1.0, ONES), [[1.0, 1.0], (1.0, 1)]),
    ({"a": 1.0}, 1.0),
    (math.nan, math.nan),
    (math.inf, math.inf),
    (None, "text"),
    ([], ()),
]
FAR = [
    (1.0, 1.01),
    (1.0, None),
    (ONES, ONES[:2]),
    (ONES, -ONES),
    (1.0, math.nan),
    (1.0, math.inf),
    (-math.inf, math.inf),
    (torch.zeros(0), 1.0),
]


@pytest.mark.parametrize(("one", "other", "near"), [(*each, True) for each in NEAR] + [(*each, False) for each in FAR])
def test_answers_are_near_if_they_hold_the_same_numbers(one: Any, other: Any, near: bool) -> None:
    for mine, theirs in ((one, other), (other, one)):
        assert is_near([answer(mine)], [answer(theirs)]) is near


def test_all_answers_and_gradients_have_to_be_near() -> None:
    assert is_near([answer(1.0), answer(2.0)], [answer(1.0), answer(2.0)])
    assert not is_near([answer(1.0), answer(2.0)], [answer(1.0), answer(3.0)])
    assert not is_near([answer(1.0)], [answer(1.0), answer(2.0)])
    assert not is_near([answer(1.0, [ONES])], [answer(1.0, [2 * ONES])])
    assert not is_near([answer(1.0, [ONES])], [answer(1.0, [None])])


CAUSES = [
    # what came back, what is right, a kind of edit that is tried first
    (None, 1.0, "return-missing"),
    (ONES, 1.0, "method-missing:item"),
    ([ONES], [1.0], "method-missing:item"),
    (ONES.bool(), ONES, "function-missing:float"),
    ("text", 1.0, "print-for-return"),
    (ONES, ONES.reshape(3, 1), "shape:column"),
    (ONES, ONES.mean(), "method-missing:mean"),
    ([1.0], [1.0, 2.0], "round-missing"),
    (ONES, torch.ones(3, requires_grad=True), "no-grad-extra"),
]


@pytest.mark.parametrize(("found", "expected", "kind"), CAUSES, ids=[each[2] for each in CAUSES])
def test_the_kinds_of_edits_that_an_answer_speaks_for_are_tried_first(found: Any, expected: Any, kind: str) -> None:
    beginnings = first_kinds([answer(found)], [answer(expected)])
    assert kind.startswith(beginnings)
    assert kind in KINDS
    assert not "operator:add>sub".startswith(beginnings)


def test_gradients_that_are_missing_speak_for_some_kinds() -> None:
    beginnings = first_kinds([answer(1.0, [None])], [answer(1.0, [ONES])])
    assert "method-extra".startswith(beginnings)


def test_nothing_speaks_for_a_kind_where_only_numbers_differ_or_nothing_is_known() -> None:
    assert first_kinds([answer(1.0)], [answer(2.0)]) == ()
    assert first_kinds([answer(1.0)], None) == ()
    assert first_kinds([], [answer(1.0)]) == ()
    assert first_kinds([({"raised": {"type": "ValueError"}}, {})], [answer(1.0)]) == ()


def test_the_first_answer_that_differs_speaks() -> None:
    right = [answer(1.0), answer(2.0)]
    assert "return-missing".startswith(first_kinds([answer(1.0), answer(None)], right))
    assert first_kinds([answer(3.0), answer(None)], right) == ()


def test_each_beginning_is_that_of_a_kind() -> None:
    for beginnings in (likeness._TYPE, likeness._SHAPE, likeness._GRADIENT, likeness._MISSING):
        assert not [each for each in beginnings if not any(kind.startswith(each) for kind in KINDS)]


def deep(levels: int) -> Any:
    value: Any = {"t": "list", "v": []}
    for _ in range(levels):
        value = {"t": "list", "v": [value, 1.0]}
    return value


ODD: dict[str, Frame] = {
    "nothing": ({}, {}),
    "no tensor": ({"value": {"t": "tensor", "k": "0", "grad": False}}, {}),
    "no tag": ({"value": {"t": "odd"}}, {}),
    "a list": ({"value": [1, 2]}, {}),
    "a large number": ({"value": 10**400}, {}),
    "gradients of no form": ({"value": 1.0, "gradients": 3}, {}),
    "gradients of text": ({"value": 1.0, "gradients": "abc"}, {}),
    "gradients of an odd form": ({"value": 1.0, "gradients": [1]}, {}),
    "deep": ({"value": deep(17)}, {}),
    "too deep": ({"value": deep(400)}, {}),
    "odd keys": ({"value": {"t": "dict", "v": [[{"t": "list", "v": []}, 1.0]]}}, {}),
    "a reference": ({"value": {"t": "ref", "id": -5, "type": "x", "module": True}}, {}),
    "many": ({"value": {"t": "list", "v": [1.0] * 150_000}}, {}),
    "large": answer(torch.ones(1_000_000)),
    "half numbers": answer(torch.ones(3, dtype=torch.bfloat16)),
    "empty": answer(torch.zeros(0, 5)),
}


@pytest.mark.parametrize("name", ODD)
def test_whatever_a_guest_answers_is_compared_at_once_and_is_not_near(name: str) -> None:
    odd, right = [ODD[name]], [answer(torch.tensor([0.5, 7.0]))]
    started = time.process_time()
    for one, other in ((odd, right), (right, odd)):
        assert not is_near(one, other)
    assert isinstance(first_kinds(odd, right), tuple)
    assert time.process_time() - started < 1.0


def check_run(name: str, *calls: Any, verdict: Verdict = Verdict.FAILED) -> CheckRun:
    return CheckRun("f", CheckResult(name, "It works.", verdict, 1.0), "", calls)


def test_what_checks_came_to_is_told_apart_by_verdicts_kinds_and_numbers() -> None:
    one = check_run("one", Call("value", 1.0))
    told = answers_of([one])
    assert told == answers_of([check_run("one", Call("value", 1.00001))])
    assert told != answers_of([check_run("one", Call("value", 1.01))])
    assert told != answers_of([check_run("one", Call("value", 1.0), verdict=Verdict.PASSED)])
    assert told != answers_of([check_run("one", Call("raised", ("ValueError", True)))])
    assert told != answers_of([check_run("one", Call("value", 1.0), Call("value", 1.0))])
    assert told != answers_of([check_run("two", Call("value", 1.0))])
    right = [check_run("two", Call("value", each), verdict=Verdict.PASSED) for each in (1.0, 2.0)]
    assert answers_of([one, right[0]]) == answers_of([one, right[1]]) != told
    two = check_run("two", Call("value", {"a": [ONES, None, "x", values.Ref(1, "x", False)]}))
    assert answers_of([one, two]) == answers_of([two, one])
    assert len(answers_of([check_run("one", Call("value", [torch.ones(100_000)] * 3))])) < 2_000


def test_answers_are_told_apart_by_types_shapes_texts_and_errors_but_not_by_names_places_or_rounding() -> None:
    def told(*calls: Call) -> str:
        return answers_of([check_run("one", *calls)])

    numbers = torch.rand(1_000, generator=torch.Generator().manual_seed(3))
    apart = [
        Call("value", value)
        for value in (
            numbers,
            numbers.reshape(10, 100),
            numbers.tolist(),
            numbers.numpy(),
            2 * numbers.numpy(),
            1,
            1.0,
            True,
            None,
            "1",
        )
    ]
    apart += [Call("value", value) for value in ("one", "two", [1, 2], (1, 2), [1], {"a": 2}, {1, 2}, {1, 3})]
    apart += [
        Call("raised", value)
        for value in (("TypeError", "no", True), ("ValueError", "no", True), ("ValueError", "yes", True))
    ]
    apart += [Call("timed_out"), Call("missing")]
    assert len({told(each) for each in apart}) == len(apart)
    shaken = numbers * (1 + 1e-7 * torch.randn(1_000, generator=torch.Generator().manual_seed(4)))
    assert told(Call("value", numbers)) == told(Call("value", shaken))
    assert told(Call("value", [0.0, 1e-9, -3e-12])) == told(Call("value", [0.0, -1e-9, 0.0]))
    mine, theirs = "name 'total' at 0x7f12", "name 'summe' at 0x7a90"
    assert told(Call("raised", ("NameError", mine, True))) == told(Call("raised", ("NameError", theirs, True)))


@pytest.mark.parametrize(
    "value",
    [
        *(10**400, -(10**400), math.nan, "\ud800", torch.tensor([1 + 2j]), torch.zeros(0), [[[[[[1]]]]]], {}),
        *(("a", None), numpy.longdouble(1), numpy.clongdouble(1j), numpy.datetime64("2026-01-01"), numpy.void(b"1")),
    ],
)
def test_whatever_an_answer_holds_has_a_hash(value: Any) -> None:
    for call in (Call("value", (value, ())), Call("raised", value), Call("raised", (value, value, value))):
        assert re.fullmatch(r"[0-9a-f]{12}", answers_of([check_run("one", call)]))


def test_what_is_missing_is_told_apart_by_why_it_is_missing() -> None:
    def told(message: str) -> str:
        result = CheckResult("test_f", "It works.", Verdict.FAILED, 1.0, message)
        return answers_of([CheckRun("f", result, "", (Call("missing"),))])

    words = "`f` does not exist, because its cell raised SyntaxError on line {} of the cell f (`{}`): incomplete input."
    assert told(words.format(2, "x = (1,")) == told(words.format(14, "y = [")) != told("`f` is not defined.")
    assert told("`f` is not defined: is it `g`?") == told("`f` is not defined: is it `fe`?")


def test_a_test_cell_s_failures_are_told_apart_by_their_words_but_not_by_the_student_s_own_line() -> None:
    def told(message: str, share: float | None = None) -> str:
        return answers_of([CheckRun("f", CheckResult("test_f", "It works.", Verdict.FAILED, 1.0, message, share), "")])

    line = "This line of the tests does not hold: `assert {}`."
    assert told(line.format("f(1) == 2")) == told(line.format("f(1) == 2")) != told(line.format("f(2) == 4"))
    words = "`f(1)` raised ValueError on line {}: no such thing."
    here = told(words.format("2 of the cell f (`return g(x)`)"))
    assert here == told(words.format("14 of cell 7 (`y = h[x]: int`)")) == told(words.format("3 of mine.py"))
    assert here != told(words.format("2").replace("ValueError", "TypeError"))
    assert told("In part.", 0.25) != told("In part.", 0.5)
