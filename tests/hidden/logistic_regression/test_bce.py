"""Hidden checks of the exercise `bce`: the cost with F.binary_cross_entropy."""

import pytest
import torch

from autograder.expect import expect_close
from autograder.student import Student

from . import reference
from .support import expect_direction, gradient_of, one_number


@pytest.mark.exercise("bce", weight=3, public=True)
def test_mean_loss(student: Student) -> None:
    """`bce_cost` is the mean of the losses, the same number as `cost`."""
    for m in (6, 4):
        h, y = torch.linspace(0.1, 0.9, m).reshape(m, 1), reference.six_students().y[:m]
        rows = "y_train" if m == 6 else f"y_train[:{m}]"
        called = f"bce_cost(torch.linspace(0.1, 0.9, {m}).reshape({m}, 1), {rows})"
        value = one_number(student.bce_cost(h, y), called, "Return what F.binary_cross_entropy gives.")
        expect_close(
            value,
            reference.cost(h, y),
            called,
            f"It should be the mean of the {m} losses, one number.",
            "Give F.binary_cross_entropy the probabilities first and the labels second, and keep its defaults.",
        )


@pytest.mark.exercise("bce", weight=1, public=True)
def test_perfect_answers(student: Student) -> None:
    """`bce_cost` is 0 for perfect answers, where a formula with log alone gives NaN."""
    perfect = torch.tensor([[1.0], [0.0]])
    called = "bce_cost(tensor([[1.], [0.]]), tensor([[1.], [0.]]))"
    try_this = "F.binary_cross_entropy takes care of log(0); a formula of your own has to do it itself."
    value = one_number(student.bce_cost(perfect, perfect), called, try_this)
    # 1e-4 lets a formula pass that keeps clear of log(0) by a small number of its own.
    expect_close(value, 0.0, called, "Perfect answers should cost nothing.", try_this, atol=1e-4)


@pytest.mark.exercise("bce", weight=1)
def test_gradient_flows(student: Student) -> None:
    """A gradient flows from `bce_cost` back to each probability."""
    h, y = reference.fresh_probabilities(31, 8).requires_grad_(), reference.fresh(31, 8, 1).y
    gradient = gradient_of(student.bce_cost.differentiate(h, y), 0, h, "bce_cost(h, y)", "h")
    expect_direction(gradient, reference.loss_slopes(h, y), "bce_cost(h, y)", "h")
