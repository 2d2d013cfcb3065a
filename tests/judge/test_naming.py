"""A mistake is named by the values that it gives, whoever wrote it, and right code is never accused."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch

from autograder.checks.catalogue import load_misconceptions
from autograder.checks.notebook import Call
from autograder.course.assignment import Assignment
from autograder.judge.grader import Grader
from autograder.judge.naming import same_calls
from autograder.judge.unjudged import Graded
from autograder.sandbox import values
from autograder.sandbox.limits import Limits


def test_each_known_mistake_is_named_when_its_very_code_is_handed_in(
    grade: Callable[..., Graded], tiny: Assignment
) -> None:
    entries = load_misconceptions(tiny)
    assert len(entries) >= 3
    for each in entries:
        result = grade({each.exercise: each.code}).report.exercise(each.exercise)
        assert result.misconceptions == (each.id,)
        assert result.message == f"In line 2 of your cell: {each.sentence}"


def test_a_mistake_is_named_from_values_when_its_code_looks_otherwise_and_nothing_is_mended(
    grade: Callable[..., Graded], grader: Grader, tiny: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grader.judges[0].diagnoser, "_limits", Limits(mend_cpu_seconds=0))
    written_otherwise = (
        "def mean_of(numbers):\n    total = 0.0\n    for one in numbers:\n        total += one.item()\n    return total"
    )
    result = grade({"mean_of": written_otherwise}).report.exercise("mean_of")
    named = {each.id: each for each in load_misconceptions(tiny) if each.exercise == "mean_of"}
    assert len(result.misconceptions) == 1
    assert "sum" in named[result.misconceptions[0]].sentence
    assert result.message == named[result.misconceptions[0]].sentence


def test_an_unknown_mistake_gets_no_name(grade: Callable[..., Graded]) -> None:
    code = "def mean_of(x):\n    return len(str(x)) ** 0.5 + 0.125 % 0.1"
    result = grade({"mean_of": code}).report.exercise("mean_of")
    assert result.points < result.max_points
    assert result.misconceptions == ()


def test_right_code_is_never_named(grade: Callable[..., Graded]) -> None:
    report = grade({"mean_of": "def mean_of(x):\n    return float(sum(x) / len(x))"}).report
    assert all(each.misconceptions == () for each in report.exercises)
    assert report.score == report.max_score


def test_calls_are_the_same_when_numbers_agree_up_to_rounding_and_all_else_exactly() -> None:
    tensor = torch.tensor([1.0, math.nan])

    def value(it: object) -> list[Call]:
        return [Call("value", it)]

    assert same_calls(value(tensor), value(tensor + 1e-7))
    assert same_calls(value({"a": tensor}), value({"b": tensor}))
    assert same_calls(value([1.0, (2, None)]), value([1.0 + 1e-9, (2, None)]))
    assert not same_calls(value(tensor), value(tensor.reshape(2, 1)))
    assert not same_calls(value(1.0), value(1))
    assert not same_calls(value(1.0), value(1.01))
    assert not same_calls(value(values.Array(tensor)), value(tensor))
    assert not same_calls(value(1.0), [Call("raised", ("ValueError", True))])
    assert not same_calls([Call("raised", ("ValueError", True))], [Call("raised", ("TypeError", True))])
    assert not same_calls([], value(1.0))
