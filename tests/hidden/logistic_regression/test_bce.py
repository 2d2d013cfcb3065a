"""Hidden checks of the exercise `bce`: the cost with F.binary_cross_entropy."""

import pytest
import torch

from autograder.checks import Notebook, expect_close, hidden_inputs

from . import reference
from .support import expect_direction, gradient_of, one_number


@pytest.mark.exercise("bce", weight=3, public=True)
def test_mean_loss(student: Notebook) -> None:
    """`bce_cost` is the mean of the losses, the same number as `cost`, for any rows."""
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
    with hidden_inputs():
        h, y = reference.fresh_probabilities(32, 9), reference.fresh(32, 9, 1).y
        try_this = "It was right for the data above. Is the cost made from h and y alone?"
        value = one_number(student.bce_cost(h, y), "bce_cost(h, y)", try_this)
        expect_close(value, reference.cost(h, y), "bce_cost(h, y)", "It should be the mean of the losses.", try_this)


@pytest.mark.exercise("bce", weight=2)
def test_gradient_flows(student: Notebook) -> None:
    """A gradient flows from `bce_cost` back to each probability."""
    h, y = reference.fresh_probabilities(31, 8).requires_grad_(), reference.fresh(31, 8, 1).y
    gradient = gradient_of(student.bce_cost.differentiate(h, y), 0, h, "bce_cost(h, y)", "h")
    expect_direction(gradient, reference.loss_slopes(h, y), "bce_cost(h, y)", "h")
