"""Hidden checks of the exercise `element_loss`: the loss of one example."""

import pytest
import torch

from autograder.checks import (
    Notebook,
    expect_close,
    expect_direction,
    expect_same_ratios,
    fresh_probabilities,
    gradient_of,
    hidden_inputs,
    one_number,
)

from . import reference
from .support import CHECK_THE_FORMULA, loss_hint

_AS_BEFORE = "It was right for the numbers above: is the loss made from h_i and y_i alone?"


def _check_label(student: Notebook, label: int, property_: str, try_this: str) -> None:
    """Demands the right losses up to one factor: the logarithm's base and the sign are a check of their own."""
    y_i = torch.tensor([float(label)])

    def loss(h_i: torch.Tensor, called: str) -> float:
        return one_number(student.element_loss(h_i, y_i), called)

    half = torch.tensor([0.5])
    at_half = loss(half, f"element_loss(tensor([0.5]), tensor([{label}.]))")

    def check(h_i: torch.Tensor, called: str, try_this: str) -> None:
        both = torch.cat([half, h_i])
        value = loss(h_i, called)
        losses, right = torch.tensor([at_half, value]), reference.losses(both, y_i)
        expect_same_ratios(losses, right, called, property_, try_this, returned=value)

    # The notebook's h, and two very sure ones.
    for h in (0.9, 0.003, 0.997):
        if h == 0.003:
            try_this = "It was right for 0.5 and 0.9: is h_i clamped, or is a number added inside a log?"
        check(torch.tensor([h]), f"element_loss(tensor([{h}]), tensor([{label}.]))", try_this)
    with hidden_inputs():
        for h_i in fresh_probabilities(26 + label, 3):
            check(h_i, "element_loss(h_i, y_i)", _AS_BEFORE)


@pytest.mark.exercise("element_loss", weight=3, public=True)
def test_label_1(student: Notebook) -> None:
    """With label 1, `element_loss` follows log(h): small if h is near 1."""
    property_ = "With label 1 the loss should be -log(h): near 0 if h is near 1, and high if h is near 0."
    _check_label(student, 1, property_, "Only the term with y_i counts then: is it times the log of h_i?")


@pytest.mark.exercise("element_loss", weight=3, public=True)
def test_label_0(student: Notebook) -> None:
    """With label 0, `element_loss` follows log(1 - h): large if h is near 1."""
    property_ = "With label 0 the loss should be -log(1 - h): near 0 if h is near 0, and high if h is near 1."
    _check_label(student, 0, property_, "Only the term with 1 - y_i counts then: is it times the log of 1 - h_i?")


@pytest.mark.exercise("element_loss", weight=2, public=True)
def test_natural_logarithm(student: Notebook) -> None:
    """The loss is never negative, and its logarithm is the natural one."""
    for h, label in ((0.5, 1), (0.5, 0), (0.8, 1), (0.8, 0)):
        called = f"element_loss(tensor([{h}]), tensor([{label}.]))"
        h_i, y_i = torch.tensor([h]), torch.tensor([float(label)])
        value = one_number(student.element_loss(h_i, y_i), called)
        property_ = "It should be minus the natural logarithm of the probability of the label, which is 0 or more."
        right = reference.cost(h_i, y_i)
        expect_close(value, right, called, property_, loss_hint(value, right))


@pytest.mark.exercise("element_loss", weight=2)
def test_gradient_flows(student: Notebook) -> None:
    """A gradient flows from the loss of one example back to its probability, whatever the label."""
    h, y = fresh_probabilities(25, 4), reference.fresh(25, 4, 1).y
    for h_i, y_i in zip(h, y, strict=True):
        h_i.requires_grad_()
        gradient = gradient_of(student.element_loss.differentiate(h_i, y_i), 0, h_i, "element_loss(h_i, y_i)", "h_i")
        expect_direction(gradient, reference.loss_slopes(h_i, y_i), "element_loss(h_i, y_i)", "h_i", CHECK_THE_FORMULA)
