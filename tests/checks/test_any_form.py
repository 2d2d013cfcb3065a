"""Values are found whatever they are wrapped in, and what is no such value fails in words for the student."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from autograder.checks import Array, CheckFailed, number_of, one_number, plain_numbers, rows_of, tensor_of
from autograder.checks.closed_words import sizes_of, told_sizes

COLUMN = torch.tensor([[1.0], [2.0], [3.0]])


@pytest.mark.parametrize(
    "value", [COLUMN, COLUMN.flatten(), COLUMN.reshape(1, 3), Array(COLUMN), Array(COLUMN.flatten())]
)
def test_rows_are_found_in_any_shape(value: Any) -> None:
    assert torch.equal(rows_of(value, 3, "f(x)"), COLUMN)


@pytest.mark.parametrize("value", [torch.zeros(2), Array(torch.zeros(2)), None, 1.0, [1.0, 2.0, 3.0], COLUMN / 0])
def test_other_counts_of_rows_and_other_kinds_fail(value: Any) -> None:
    with pytest.raises(CheckFailed, match=r"`f\(x\)` returned"):
        rows_of(value, 3, "f(x)")


def test_whole_numbers_are_rows_only_where_that_is_allowed() -> None:
    assert rows_of(COLUMN.long(), 3, "f(x)", floating=False).dtype == torch.int64
    with pytest.raises(CheckFailed, match="whole numbers"):
        rows_of(COLUMN.long(), 3, "f(x)")


def test_a_tensor_may_have_any_shape_but_must_be_one_and_finite() -> None:
    assert tensor_of(COLUMN, "f(x)") is COLUMN
    for value in (3.0, None, COLUMN / 0 * 0):
        with pytest.raises(CheckFailed):
            tensor_of(value, "f(x)")


@pytest.mark.parametrize("value", [2.5, torch.tensor(2.5), torch.tensor([[2.5]]), Array(torch.tensor([2.5]))])
def test_one_number_is_found_by_itself_and_in_a_tensor(value: Any) -> None:
    assert one_number(value, "f(x)") == 2.5
    assert number_of(value) == 2.5


def test_more_than_one_number_is_told_with_the_advice_for_it_and_others_without() -> None:
    told_sizes.set(sizes_of([COLUMN]))  # as a call with it does
    with pytest.raises(CheckFailed, match=r"shape \(3, 1\).*one number for all rows. Take the mean"):
        one_number(COLUMN, "f(x)", "Take the mean.")
    for value in (True, None, "2", math.nan, [2.5]):
        with pytest.raises(CheckFailed) as failed:
            one_number(value, "f(x)", "Take the mean.")
        assert "Take the mean" not in str(failed.value)


def test_what_is_no_single_number_stays_as_it_is() -> None:
    assert number_of(COLUMN) is COLUMN
    assert number_of("2") == "2"


@pytest.mark.parametrize(
    "value",
    [
        [1.0, 2, 3],
        (torch.tensor(1.0), torch.tensor([2.0]), Array(torch.tensor(3.0))),
        COLUMN.flatten().requires_grad_(),
        Array(COLUMN.flatten()),
    ],
)
def test_plain_numbers_are_found_in_lists_tuples_and_flat_tensors(value: Any) -> None:
    assert plain_numbers(value) == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("value", [None, 3.0, "12", COLUMN, [1.0, "2"], [1.0, None], [True, False], [COLUMN], [], {}])
def test_there_are_no_plain_numbers_in_anything_else(value: Any) -> None:
    assert plain_numbers(value) == []
