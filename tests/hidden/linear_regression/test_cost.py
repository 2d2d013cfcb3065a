"""Hidden checks of the exercise `cost`: the mean of the squared differences."""

import math

import pytest
import torch
from torch import Tensor

from autograder.checks import (
    Notebook,
    expect_close,
    expect_direction,
    expect_tensor,
    fresh_features,
    gradient_of,
    hidden_inputs,
    one_number,
    ratio_hint,
)

from . import reference


@pytest.mark.exercise("cost", weight=4, public=True)
def test_squares(student: Notebook) -> None:
    """The cost of a single row is the square of its difference."""

    def check(h: float, y: float, called: str) -> None:
        value = one_number(student.cost(torch.tensor([[h]]), torch.tensor([[y]])), called)
        property_ = "It should be the difference of the two numbers, squared."
        expect_close(value, (h - y) ** 2, called, property_, "Is the difference taken first, and then squared?")

    for h, y in ((1.0, 3.0), (4.0, 3.0)):
        check(h, y, f"cost(tensor([[{h:g}.]]), tensor([[{y:g}.]]))")
    with hidden_inputs():
        check(-0.75, 2.5, "cost(h, y)")


@pytest.mark.exercise("cost", weight=3, public=True)
def test_mean(student: Notebook) -> None:
    """The cost of several rows is the mean of what each costs by itself, however many there are."""

    def check(h: Tensor, y: Tensor, called: str, try_this: str) -> None:
        m = len(h)
        value = one_number(student.cost(h, y), called, "Take the `.mean()` of all squares.")
        if math.isclose(value, reference.cost(h, y), rel_tol=1e-4):
            return
        # The mean of the student's own: what a single row costs is another check's matter.
        own = [one_number(student.cost(h[i : i + 1], y[i : i + 1]), called) for i in range(m)]
        property_ = f"It should be the mean of what each of the {m} rows costs by itself."
        hint = ratio_hint(value, sum(own) / m, m) or try_this
        expect_close(value, sum(own) / m, called, property_, hint, rows=m)

    data = reference.eight_days()
    check(torch.zeros(8, 1), data.y, "cost(torch.zeros(8, 1), y_train)", "Square each difference, then take the mean.")
    with hidden_inputs():
        for m in (3, 11):
            h, y = fresh_features(20 + m, m, 1), fresh_features(40 + m, m, 1)
            check(h, y, "cost(h, y)", f"There were {m} rows here: is a number of rows written into the code?")


@pytest.mark.exercise("cost", weight=1, public=True)
def test_form(student: Notebook) -> None:
    """The cost is a tensor with one number, of the shape ()."""
    value = student.cost(torch.tensor([[1.0], [4.0]]), torch.tensor([[3.0], [3.0]]))
    expect_tensor(value, (), "cost(tensor([[1.], [4.]]), tensor([[3.], [3.]]))", "`.mean()` of all squares gives one.")


@pytest.mark.exercise("cost", weight=2)
def test_gradient_flows(student: Notebook) -> None:
    """A gradient flows from the cost back to what the model says, and points the right way."""
    h, y = fresh_features(31, 6, 1).requires_grad_(), fresh_features(32, 6, 1)
    gradient = gradient_of(student.cost.differentiate(h, y), 0, h, "cost(h, y)", "h")
    try_this = "Check the formula first: the difference of h and y, squared."
    expect_direction(gradient, reference.cost_slopes(h, y), "cost(h, y)", "h", try_this)
