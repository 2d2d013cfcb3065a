"""What checks demand of values: what passes, what does not, and what the student is told then."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

import autograder.checks
from autograder.checks import (
    Array,
    CheckFailed,
    describe,
    expect,
    expect_close,
    expect_float,
    expect_floats,
    expect_gradient,
    expect_scalar,
    expect_tensor,
    expect_tuple,
    hidden_inputs,
    holds,
    public_inputs,
)
from autograder.sandbox.values import Ref


@pytest.fixture(autouse=True)
def _public() -> Iterator[None]:
    token = public_inputs.set(True)
    yield
    public_inputs.reset(token)


def test_every_name_for_authors_can_be_imported_from_one_place() -> None:
    for name in autograder.checks.__all__:
        assert getattr(autograder.checks, name) is not None
    assert sorted(autograder.checks.__all__) == autograder.checks.__all__
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = autograder.checks.nothing


@pytest.mark.parametrize(
    "demand",
    [
        lambda: expect(True, "f()", "", ""),
        lambda: expect_tensor(torch.zeros(2, 1), (2, 1), "f()"),
        lambda: expect_tensor(torch.tensor([1]), (1,), "f()", floating=False),
        lambda: expect_scalar(torch.tensor([[2.0]]), "f()"),
        lambda: expect_float(3, "f()"),
        lambda: expect_floats((1, 2.0), 2, "f()", "`costs`"),
        lambda: expect_tuple([1, 2], 2, "f()", "(a, b)"),
        lambda: expect_close([1.0, 2.0], torch.tensor([1.0, 2.00001]), "f()", ""),
        lambda: expect_gradient(torch.ones(2), torch.ones(2, 1), "f()", "x"),
    ],
)
def test_what_is_right_passes(demand: Callable[[], Any]) -> None:
    demand()


@pytest.mark.parametrize(
    ("demand", "said"),
    [
        (
            lambda: expect(False, "f()", "does nothing", "It should.", "Try it."),
            "`f()` does nothing. It should. Try it.",
        ),
        (
            lambda: expect_tensor([1.0], (1,), "f()"),
            "`f()` returned a list of 1 item. It should be a tensor of shape (1,). "
            "Is there a loop, or a comma, where one operation on the whole tensor would do?",
        ),
        (
            lambda: expect_tensor(torch.zeros(3), (3, 1), "f()", "Reshape it."),
            "`f()` returned a tensor of shape (3,). It should be a tensor of shape (3, 1). Reshape it.",
        ),
        (
            lambda: expect_tensor(torch.tensor([1]), (1,), "f()"),
            "`f()` returned whole numbers (int64). It should hold real numbers (float32).",
        ),
        (
            lambda: expect_tensor(torch.tensor([math.nan]), (1,), "f()"),
            "`f()` returned NaN or infinity. Every value should be a finite number. "
            "Is there a log of 0 or a division by 0?",
        ),
        (
            lambda: expect_float(torch.tensor(2.0), "f()"),
            "`f()` returned a tensor of shape (). It should be a plain Python number (a float). Does `.item()` help?",
        ),
        (
            lambda: expect_floats([1.0], 2, "f()", "`costs`"),
            "`f()` gave 1 item in `costs`. `costs` should be a list of 2 floats.",
        ),
        (
            lambda: expect_tuple(None, 2, "f()", "(W, b)"),
            "`f()` returned nothing (None), as if a `return` were missing. It should return 2 values: `return (W, b)`.",
        ),
        (lambda: expect_close(2.0, 1.0, "f()", "It should be the half."), "`f()` returned 2. It should be the half."),
        (
            lambda: expect_gradient(None, torch.ones(1), "f()", "h"),
            "`f()` gives a result from which no gradient flows back to h. Training needs that gradient. "
            "Compute with tensors all the way: no `.item()`, `.detach()`, `.numpy()` or `no_grad()`.",
        ),
    ],
)
def test_what_is_not_right_is_told(demand: Callable[[], Any], said: str) -> None:
    with pytest.raises(CheckFailed) as caught:
        demand()
    assert str(caught.value) == said


OTHER = "an object that is not a tensor or a number"
KINDS = {
    "generator": "a generator, as if there were a `yield` in place of `return`",
    "coroutine": "a coroutine, as if there were an `async` before `def`",
    "builtin_function_or_method": "a function instead of its result",
    "type": "a class instead of an object",
    "range": "a collection, not a tensor",
}


@pytest.mark.parametrize(
    ("value", "public", "hidden"),
    [
        (
            torch.tensor([1.5, 2.0, 3.0, 4.0]),
            "a tensor of shape (4,) that starts with 1.5, 2, 3, …",
            "a tensor of quite another shape",
        ),
        (torch.tensor(4.25), "4.25", "a tensor of shape ()"),
        (0.125, "0.125", "a Python number"),
        (True, "True", "a bool"),
        ("secret", "text (a str)", "text (a str)"),
        ([0] * 20_000, "a list of 20000 items", "a list"),
        (
            torch.zeros(98_765),
            "a tensor of shape (98765,) that starts with 0, 0, 0, …",
            "a tensor of quite another shape",
        ),
        (Array(torch.ones(2)), "a NumPy array instead of a tensor", "a NumPy array instead of a tensor"),
        (Ref(0, "Linear", True), "an nn.Module", "an nn.Module"),
        (Ref(0, "Mine"), OTHER, OTHER),
        *((Ref(0, name), words, words) for name, words in KINDS.items()),
    ],
    ids=str,
)
def test_values_are_told_only_where_inputs_are_the_notebook_s(value: Any, public: str, hidden: str) -> None:
    assert describe(value) == public
    with hidden_inputs():
        assert describe(value) == hidden
    assert describe(value) == public


SHAPE = "Leave out the `squeeze`."
LOG_OF_0 = "Is there a log of 0 or a division by 0?"


@pytest.mark.parametrize(
    ("demand", "advice"),
    [
        (lambda: expect_tensor(torch.zeros(2), (2, 1), "f()", SHAPE), SHAPE),
        (lambda: expect_tensor(None, (2, 1), "f()", SHAPE), ""),
        (lambda: expect_tensor(1.5, (2, 1), "f()", SHAPE), "Is there an `.item()` or `float()` too much?"),
        (lambda: expect_tensor(torch.tensor([1]), (1,), "f()", SHAPE), ""),
        (
            lambda: expect_tensor(torch.tensor([math.inf]), (1,), "f()", SHAPE),
            LOG_OF_0,
        ),
        (lambda: expect_scalar(torch.tensor(math.nan), "f()", SHAPE), LOG_OF_0),
        (lambda: expect_scalar(torch.zeros(3), "f()", SHAPE), SHAPE),
        (lambda: expect_scalar(None, "f()", SHAPE), ""),
        (lambda: expect_float(torch.zeros(3), "f()"), ""),
        (lambda: expect_float(None, "f()"), ""),
        (lambda: expect_float("1", "f()", SHAPE), ""),
        (lambda: expect_float(Array(torch.tensor(1.0)), "f()"), "Does `.item()` help?"),
        (lambda: expect_floats([1.0], 2, "f()", "`costs`", SHAPE), SHAPE),
        (lambda: expect_floats([math.nan], 1, "f()", "`costs`", SHAPE), LOG_OF_0),
        (lambda: expect_floats([torch.zeros(2)], 1, "f()", "`costs`", SHAPE), ""),
        (lambda: expect_floats(None, 1, "f()", "`costs`", SHAPE), ""),
        (
            lambda: expect_close(math.nan, 1.0, "f()", "It should be 1.", SHAPE),
            LOG_OF_0,
        ),
        (lambda: expect_close(2.0, 1.0, "f()", "It should be 1.", SHAPE), SHAPE),
        (
            lambda: expect_gradient(torch.tensor([math.nan]), torch.ones(1), "f()", "h", SHAPE),
            LOG_OF_0,
        ),
    ],
)
def test_advice_is_about_what_was_found(demand: Callable[[], Any], advice: str) -> None:
    with pytest.raises(CheckFailed) as caught:
        demand()
    sentences = re.findall(r"[^ ].*?(?:[.?](?= |$))", str(caught.value))
    assert (sentences[-1] if advice else "") == advice
    assert advice == SHAPE or SHAPE not in str(caught.value)


def test_a_condition_that_raises_does_not_hold_unless_it_has_words_for_the_student() -> None:
    assert holds(lambda: len([1]) == 1)
    assert not holds(lambda: len([1]) == 2)
    assert not holds(lambda: len(None) == 1)  # type: ignore[arg-type]
    assert not holds(lambda: torch.zeros(2) == torch.zeros(2))  # neither true nor false

    def called() -> bool:
        expect(False, "f()", "came back", "It should not.")
        return True

    with pytest.raises(CheckFailed):
        holds(called)
