"""Hidden checks of the exercise `cost`: the mean of the squared differences."""

import math

import pytest
import torch
from torch import Tensor

from autograder.checks import (
    Notebook,
    expect,
    expect_close,
    expect_same_ratios,
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
    """What single rows cost grows as the squares of their differences do."""

    def check(h: Tensor, y: Tensor, shown: str) -> None:
        called = f"cost({shown})"
        values = [one_number(student.cost(h[i : i + 1], y[i : i + 1]), called) for i in range(len(h))]
        right, wrong = reference.squares(h, y), torch.tensor(values)[:, None]
        property_ = "A row that is twice as far off should cost four times as much, too low or too high alike."
        try_this = "Is the difference taken first, and then squared?"
        expect_same_ratios(wrong, right, called, property_, try_this, returned=values[-1])

    h, y = torch.tensor([[1.0], [4.0], [0.0]]), torch.tensor([[3.0], [3.0], [4.0]])
    check(h, y, "tensor([[0.]]), tensor([[4.]])")
    with hidden_inputs():
        check(fresh_features(33, 4, 1), fresh_features(34, 4, 1), "h, y")


@pytest.mark.exercise("cost", weight=2, public=True)
def test_whole_square(student: Notebook) -> None:
    """A single row that is off by 1 costs 1."""
    called = "cost(tensor([[4.]]), tensor([[3.]]))"
    value = one_number(student.cost(torch.tensor([[4.0]]), torch.tensor([[3.0]])), called)
    property_ = "The mean over one row is its square itself."
    try_this = "Is there a factor that the formula doesn't have, or a fixed number of rows?"
    expect_close(value, 1.0, called, property_, try_this)


@pytest.mark.exercise("cost", weight=2, public=True)
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


@pytest.mark.exercise("cost", weight=1)
def test_gradient_flows(student: Notebook) -> None:
    """A gradient flows from the cost back to what the model says, and tells for each row which way is less."""
    h, y = fresh_features(31, 6, 1).requires_grad_(), fresh_features(32, 6, 1)
    gradient = gradient_of(student.cost.differentiate(h, y), 0, h, "cost(h, y)", "h")
    expect(
        torch.equal(gradient.sign(), (h - y).detach().double().sign()),
        "cost(h, y)",
        "gives a gradient that points the wrong way for some of the rows",
        "Where the model says too much, it should be positive, and where it says too little, negative.",
        "Check the formula first: the difference of h and y, squared.",
    )
