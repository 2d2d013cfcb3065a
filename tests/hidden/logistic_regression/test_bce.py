"""Hidden checks of the exercise `bce`: the cost with F.binary_cross_entropy."""

import pytest
import torch
from torch import Tensor

from autograder.checks import (
    Notebook,
    expect_close,
    expect_direction,
    fresh_probabilities,
    gradient_of,
    hidden_inputs,
    one_number,
)

from . import reference
from .support import CHECK_THE_FORMULA


@pytest.mark.exercise("bce", weight=3, public=True)
def test_mean_loss(student: Notebook) -> None:
    """`bce_cost` is the mean of the losses, the same number as `cost`, for any rows."""

    def check(h: Tensor, y: Tensor, called: str, try_this: str) -> None:
        value = one_number(student.bce_cost(h, y), called, "Return what F.binary_cross_entropy gives.")
        property_ = f"It should be the mean of the {len(h)} losses, one number."
        expect_close(value, reference.cost(h, y), called, property_, try_this, rows=len(h))

    try_this = "Give F.binary_cross_entropy the probabilities first and the labels second, and keep its defaults."
    for m in (6, 4):
        h, y = torch.linspace(0.1, 0.9, m).reshape(m, 1), reference.six_students().y[:m]
        rows = "y_train" if m == 6 else f"y_train[:{m}]"
        check(h, y, f"bce_cost(torch.linspace(0.1, 0.9, {m}).reshape({m}, 1), {rows})", try_this)
    with hidden_inputs():
        try_this = "It was right for the data above: is the cost made from h and y alone?"
        check(fresh_probabilities(32, 9), reference.fresh(32, 9, 1).y, "bce_cost(h, y)", try_this)


@pytest.mark.exercise("bce", weight=1, public=True)
def test_perfect_answers(student: Notebook) -> None:
    """Perfect answers, h = 1 for label 1 and h = 0 for label 0, cost nothing."""
    called = "bce_cost(tensor([[1.], [0.]]), tensor([[1.], [0.]]))"
    perfect = torch.tensor([[1.0], [0.0]])
    value = student.bce_cost(perfect, perfect.clone())
    # 2e-4, as in the notebook: a clamp or an epsilon that keeps NaN away may leave a little.
    expect_close(
        torch.tensor([one_number(value, called)]),
        torch.zeros(1),
        called,
        "It should be 0, though log 0 is infinite and 0 times infinity is NaN.",
        "Let F.binary_cross_entropy take care of that, with h and y as they are.",
        atol=2e-4,
    )


@pytest.mark.exercise("bce", weight=1)
def test_gradient_flows(student: Notebook) -> None:
    """A gradient flows from `bce_cost` back to each probability."""
    h, y = fresh_probabilities(31, 8).requires_grad_(), reference.fresh(31, 8, 1).y
    gradient = gradient_of(student.bce_cost.differentiate(h, y), 0, h, "bce_cost(h, y)", "h")
    expect_direction(gradient, reference.loss_slopes(h, y), "bce_cost(h, y)", "h", CHECK_THE_FORMULA)
