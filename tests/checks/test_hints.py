"""A wrong number is told by what it has to do with the right one, and by nothing where that may be chance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch

from autograder.checks import CheckFailed, expect_close, expect_gradient, hidden_inputs, public_inputs
from autograder.checks.hints import parts_hint, ratio_hint, run_hint

RIGHT = torch.tensor([0.31, 0.02, 0.77, 0.5113])


@pytest.fixture(autouse=True)
def _public() -> Iterator[None]:
    token = public_inputs.set(True)
    yield
    public_inputs.reset(token)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (6 * RIGHT, "That is 6 times what it should be, and there are 6 rows: is it a sum where a mean should be?"),
        (RIGHT / 6, "That is 1/6 of what it should be, and there are 6 rows: is it divided by their number once too"),
        (-6 * RIGHT, "That is 6 times what it should be, with the other sign, and there are 6 rows"),
        (-RIGHT, "That has the other sign than it should have"),
        (2 * RIGHT, "That is twice what it should be: "),
        (RIGHT / 2, "That is half of what it should be: "),
        (100 * RIGHT, "That is 100 times what it should be: is it in percent?"),
        (0 * RIGHT, "That is 0, which it should not be"),
        (1 - RIGHT, "That is 1 minus what it should be"),
        (RIGHT + 0.7, "That is off by the same amount everywhere"),
    ],
)
def test_a_simple_relation_is_told(value: torch.Tensor, said: str) -> None:
    assert ratio_hint(value, RIGHT, rows=6).startswith(said)
    assert ratio_hint(value.tolist(), RIGHT.tolist(), 6) == ratio_hint(value, RIGHT, 6)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (RIGHT, RIGHT),
        (RIGHT * 1.00001, RIGHT),
        (RIGHT**2, RIGHT),
        (3.7 * RIGHT, RIGHT),
        (torch.tensor([2.0, 1.0, 0.0, 1.0]), torch.tensor([1.0, 1.0, 0.0, 1.0])),
        (RIGHT, torch.zeros(4)),
        (torch.full((4,), float("nan")), RIGHT),
        (torch.ones(3), RIGHT),
        (RIGHT / torch.log(torch.tensor(10.0)), RIGHT),
        (1.0, 0.5),
        (0.25, 0.75),
        (0.5, 0.25),
        (torch.full((4,), 0.3), torch.full((4,), 0.8)),
    ],
    ids=str,
)
def test_nothing_is_told_where_nothing_simple_holds_or_it_may_be_chance(value: Any, expected: Any) -> None:
    assert ratio_hint(value, expected, rows=6) == ""


def test_a_count_is_told_from_a_sum() -> None:
    assert ratio_hint(4.0, 4 / 6, rows=6).endswith("is it a count where a fraction should be?")
    assert ratio_hint(4.1588, 0.69313, rows=6).endswith("is it a sum where a mean should be?")


def test_the_number_of_hidden_rows_is_not_told() -> None:
    with hidden_inputs():
        said = [ratio_hint(9 * RIGHT, RIGHT, rows=9), ratio_hint(RIGHT / 9, RIGHT, rows=9)]
    assert said[0].startswith("That is as many times what it should be as there are rows")
    assert said[1].startswith("That is what it should be, divided by the number of rows")
    assert "9" not in "".join(said)


def test_the_part_that_is_not_right_is_named() -> None:
    b = torch.tensor([0.2])
    assert parts_hint({"`W`": (RIGHT, RIGHT), "`b`": (0 * b, b)}).startswith("`b` alone is 0")
    assert parts_hint({"`W`": (6 * RIGHT, RIGHT), "`b`": (b, b)}, 6).startswith("`W` alone is 6 times")
    assert parts_hint({"`W`": (-RIGHT, RIGHT), "`b`": (-b, b)}).startswith("That has the other sign")
    assert parts_hint({"`W`": (-RIGHT, RIGHT), "`b`": (2 * b, b)}) == ""
    assert parts_hint({"`W`": (RIGHT, RIGHT), "`b`": (b, b)}) == ""


DOWN = [0.69, 0.51, 0.42, 0.36]


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([0.69] * 4, "The cost never changes"),
        ([0.51, 0.42, 0.36, 0.32], "Each cost is that of the epoch after it"),
        ([0.69, 0.69, 0.51, 0.42], "Each cost is that of the epoch before it"),
        ([0.69, 0.9, 1.2, 1.6], "The cost goes up where it should go down"),
        ([4.14, 3.06, 2.52, 2.16], "Each cost is 6 times what it should be, and there are 6 rows"),
        (DOWN, ""),
        ([0.69, 0.55, 0.48, 0.41], ""),
        ([0.69], ""),
    ],
)
def test_a_run_that_goes_another_way_is_told(found: list[float], said: str) -> None:
    assert run_hint(found, DOWN, rows=6).startswith(said)
    assert bool(run_hint(found, DOWN, rows=6)) == bool(said)


def test_an_expectation_tells_the_relation_in_place_of_the_check_s_advice() -> None:
    with pytest.raises(CheckFailed) as caught:
        expect_close(6 * RIGHT, RIGHT, "f()", "It should be the mean.", "Try this.", rows=6)
    assert str(caught.value) == (
        "`f()` returned a tensor of shape (4,) in which no number is right; the first is 1.86. It should be the mean. "
        "That is 6 times what it should be, and there are 6 rows: is it a sum where a mean should be?"
    )
    with pytest.raises(CheckFailed, match=r"Try this\.$"):
        expect_close(RIGHT**2, RIGHT, "f()", "It should be the mean.", "Try this.", rows=6)
    with pytest.raises(CheckFailed, match=r"as gradient with respect to h a tensor .* half of what it should be"):
        expect_gradient(RIGHT / 2, RIGHT, "f()", "h")


def test_the_first_number_that_is_not_right_is_shown() -> None:
    value = RIGHT.reshape(2, 2).clone()
    value[1, 0] = 9.0
    with pytest.raises(
        CheckFailed, match=r"in which 1 of 4 numbers are not right; the first of those is 9, at \[1, 0\]\."
    ):
        expect_close(value, RIGHT.reshape(2, 2), "f()", "So.")
    with (
        hidden_inputs(),
        pytest.raises(CheckFailed, match=r"shape \(2, 2\) with numbers in it that are not right\. So\."),
    ):
        expect_close(value, RIGHT.reshape(2, 2), "f()", "So.")
