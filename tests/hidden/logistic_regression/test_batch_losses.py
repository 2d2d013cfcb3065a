"""Hidden checks of the exercise `batch_losses`: one loss a row, and the cost, their mean."""

import pytest
import torch

from autograder.checks import Notebook, expect_close, expect_tensor

from . import reference
from .support import expect_direction, expect_values, gradient_of, one_number, rows_of


@pytest.mark.exercise("batch_losses", weight=4, public=True)
def test_one_loss_a_row(student: Notebook) -> None:
    """`batch_losses` gives one loss for each of the six students, in the shape (6, 1)."""
    called = "batch_losses(torch.linspace(0.1, 0.9, 6).reshape(6, 1), y_train)"
    h, y = torch.linspace(0.1, 0.9, 6).reshape(6, 1), reference.six_students().y
    try_this = "Write the formula of `element_loss` for whole tensors; the mean comes later, in `cost`."
    losses = expect_tensor(student.batch_losses(h, y), (6, 1), called, try_this)
    expect_close(
        losses,
        reference.losses(h, y),
        called,
        "Each row's loss should be -log(h) where its label is 1, and -log(1 - h) where it is 0.",
        try_this,
    )


@pytest.mark.exercise("batch_losses", weight=4)
def test_losses_of_any_batch(student: Notebook) -> None:
    """`batch_losses` follows the formula for any number of rows and any probabilities, with gradients."""
    for seed, m in ((21, 7), (22, 1)):
        h, y = reference.fresh_probabilities(seed, m).requires_grad_(), reference.fresh(seed, m, 1).y
        with torch.no_grad():
            h[0] = 0.003  # very sure
        called = "batch_losses(h, y)"
        result = student.batch_losses.differentiate(h, y)
        expect_values(
            rows_of(result.value, m, called, "There should be one loss for each row."),
            reference.losses(h, y),
            called,
            "Each row's loss should follow from that row's h and y alone, however many rows there are.",
            "Does the code use its own arguments? Is there a fixed number of rows, or a wide clamp, in it?",
            # Wide enough for a log(h + 1e-6) against log 0: that is off by 3e-4 of a loss at h = 0.003.
            rtol=1e-3,
            atol=1e-5,
        )
        gradient_of(result, 0, h, called, "h")


@pytest.mark.exercise("batch_losses", weight=4, public=True)
def test_cost_is_the_mean(student: Notebook) -> None:
    """`cost` is the mean of the losses, whatever the number of rows."""
    for m in (6, 4):
        h, y = torch.linspace(0.1, 0.9, m).reshape(m, 1), reference.six_students().y[:m]
        rows = "y_train" if m == 6 else f"y_train[:{m}]"
        called = f"cost(torch.linspace(0.1, 0.9, {m}).reshape({m}, 1), {rows})"
        value = one_number(student.cost(h, y), called, "Take `.mean()` of the losses.")
        mean = reference.cost(h, y)
        try_this = "`cost` should put h and y through the losses and take `.mean()` of them."
        if torch.isclose(value.double(), torch.tensor(mean * m).double(), rtol=1e-3):
            try_this = f"It is {m} times the mean: did you sum the losses instead of averaging them?"
        elif m == 4:
            try_this = "For 6 rows it was right. Is a number of rows written into the code?"
        expect_close(value, mean, called, f"The cost should be the mean of the {m} losses.", try_this)


@pytest.mark.exercise("batch_losses", weight=3)
def test_gradient_flows(student: Notebook) -> None:
    """A gradient flows from the `cost` back to each probability."""
    h, y = reference.fresh_probabilities(23, 9).requires_grad_(), reference.fresh(23, 9, 1).y
    gradient = gradient_of(student.cost.differentiate(h, y), 0, h, "cost(h, y)", "h")
    expect_direction(gradient, reference.loss_slopes(h, y), "cost(h, y)", "h")
