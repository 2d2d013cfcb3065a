"""Hidden checks of the exercise `batch_losses`: one loss a row, and the cost, their mean."""

import math

import pytest
import torch
from torch import Tensor

from autograder.checks import (
    Array,
    Notebook,
    expect,
    expect_close,
    expect_direction,
    expect_same_ratios,
    expect_tensor,
    fresh_probabilities,
    gradient_of,
    hidden_inputs,
    one_number,
    ratio_hint,
    rows_of,
)

from . import reference
from .support import CHECK_THE_FORMULA, loss_hint

_EACH_ROW = "There should be one loss for each row."
_FORMULA = "Write the formula of `element_loss` for whole tensors; the mean comes later, in `cost`."


def _six() -> tuple[Tensor, Tensor, str]:
    """h and y of six students, and how a student would write them."""
    return (
        torch.linspace(0.1, 0.9, 6).reshape(6, 1),
        reference.six_students().y,
        ("torch.linspace(0.1, 0.9, 6).reshape(6, 1), y_train"),
    )


@pytest.mark.exercise("batch_losses", weight=3, public=True)
def test_one_loss_a_row(student: Notebook) -> None:
    """`batch_losses` gives each of six rows the loss of its own h and y."""

    def check(h: Tensor, y: Tensor, called: str, try_this: str) -> None:
        losses = rows_of(student.batch_losses(h, y), 6, called, _EACH_ROW)
        property_ = "Each row's loss should be -log(h) where its label is 1, and -log(1 - h) where it is 0."
        expect_same_ratios(losses, reference.losses(h, y), called, property_, try_this)

    h, y, shown = _six()
    check(h, y, f"batch_losses({shown})", _FORMULA)
    with hidden_inputs():
        h, y = fresh_probabilities(24, 6), reference.fresh(24, 6, 1).y
        check(h, y, "batch_losses(h, y)", "It was right for y_train: does the code use its own h and y?")
        h[:2] = 0.003  # very sure
        try_this = "It was right for other h: is h clamped, or is a number added inside a log?"
        check(h, torch.tensor([[0.0], [1.0]] * 3), "batch_losses(h, y)", try_this)


@pytest.mark.exercise("batch_losses", weight=2, public=True)
def test_natural_logarithm(student: Notebook) -> None:
    """No loss is negative, and the logarithm is the natural one."""
    h, y, shown = _six()
    called = f"batch_losses({shown})"
    losses = rows_of(student.batch_losses(h, y), 6, called, _EACH_ROW)
    property_ = "Each loss should be minus the natural logarithm of its label's probability, which is 0 or more."
    right = reference.losses(h, y)
    expect_close(losses, right, called, property_, loss_hint(losses, right))


@pytest.mark.exercise("batch_losses", weight=2)
def test_any_number_of_rows(student: Notebook) -> None:
    """`batch_losses` takes any number of rows, and gives each the loss that it has by itself."""
    h, y = fresh_probabilities(21, 7), reference.fresh(21, 7, 1).y
    answer = student.batch_losses.differentiate(h, y)
    losses = rows_of(answer.value, 7, "batch_losses(h, y)", _EACH_ROW)
    expect(
        not answer.changed,
        "batch_losses(h, y)",
        "changes h or y themselves",
        "Both should be the same after the call.",
        "Make new tensors instead of writing into these.",
    )
    for i in range(3):
        alone = rows_of(student.batch_losses(h[i : i + 1], y[i : i + 1]), 1, "batch_losses(h, y)", _EACH_ROW)
        expect_close(
            losses[i : i + 1].detach(),
            alone.detach(),
            "batch_losses(h, y)",
            "A row should have the same loss alone as among others.",
            "Does the code use its own h and y, without a fixed number of rows?",
        )


@pytest.mark.exercise("batch_losses", weight=4, public=True)
def test_cost_is_the_mean(student: Notebook) -> None:
    """`cost` is the mean of the losses, whatever the number of rows."""

    def check(h: Tensor, y: Tensor, shown: str, try_this: str) -> None:
        called, m = f"cost({shown})", len(h)
        value = one_number(student.cost(h, y), called, "Take `.mean()` of the losses.")
        mean = reference.cost(h, y)
        if math.isclose(value, mean, rel_tol=1e-4, abs_tol=1e-5):
            return
        own = _own_mean(student.batch_losses(h, y), m)
        if own is not None and math.isclose(value, own, rel_tol=1e-4, abs_tol=1e-5):
            return  # what is wrong with the losses themselves is the business of other checks
        if own is not None:
            try_this = ratio_hint(value, own, m) or try_this
        expect_close(value, mean, called, f"The cost should be the mean of the {m} losses.", try_this, rows=m)

    try_this = "Put h and y through the losses and take `.mean()` of them."
    h, y, shown = _six()
    check(h, y, shown, try_this)
    with hidden_inputs():
        for m in (4, 9):
            try_this = f"There were {m} rows here: is a number of rows written into the code?"
            check(fresh_probabilities(27, m), reference.fresh(27, m, 1).y, "h, y", try_this)


def _own_mean(losses: object, m: int) -> float | None:
    """The mean of the student's own losses, if they are one for each row and tell the rows apart."""
    tensor = losses.tensor if isinstance(losses, Array) else losses
    if not isinstance(tensor, Tensor) or tensor.numel() != m or torch.isclose(tensor.min(), tensor.max()):
        return None
    return float(tensor.detach().double().mean())


@pytest.mark.exercise("batch_losses", weight=2, public=True)
def test_form(student: Notebook) -> None:
    """`batch_losses` gives a tensor of the shape (m, 1)."""
    h, y, shown = _six()
    expect_tensor(student.batch_losses(h, y), (6, 1), f"batch_losses({shown})", "Keep the shape that h and y have.")


@pytest.mark.exercise("batch_losses", weight=2)
def test_gradient_flows(student: Notebook) -> None:
    """A gradient flows from the losses, and from the `cost`, back to each probability."""
    h, y = fresh_probabilities(23, 9).requires_grad_(), reference.fresh(23, 9, 1).y
    gradient_of(student.batch_losses.differentiate(h, y), 0, h, "batch_losses(h, y)", "h")
    gradient = gradient_of(student.cost.differentiate(h, y), 0, h, "cost(h, y)", "h")
    expect_direction(gradient, reference.loss_slopes(h, y), "cost(h, y)", "h", CHECK_THE_FORMULA)
