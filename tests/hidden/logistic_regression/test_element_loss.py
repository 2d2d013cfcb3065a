"""Hidden checks of the exercise `element_loss`: the loss of one example."""

import pytest
import torch

from autograder.checks import Notebook, expect_close, hidden_inputs

from . import reference
from .support import expect_direction, gradient_of, one_number

# The lecture's h, the notebook's, and two very sure ones.
_PROBABILITIES = (0.5, 0.9, 0.003, 0.997)


def _check_label(student: Notebook, label: int, property_: str, try_this: str) -> None:
    for h in _PROBABILITIES:
        called = f"element_loss(tensor([{h}]), tensor([{label}.]))"
        h_i, y_i = torch.tensor([h]), torch.tensor([float(label)])
        if h == 0.003:
            try_this = "It was right for 0.5 and 0.9. Is h_i clamped, or is a number added inside a log?"
        expect_close(
            one_number(student.element_loss(h_i, y_i), called),
            reference.cost(h_i, y_i),
            called,
            property_,
            try_this,
            # Wide enough for a log(h + 1e-6) against log 0: that is off by 3e-4 of log 0.003.
            rtol=1e-3,
            atol=1e-5,
        )
    with hidden_inputs():
        for h_i in reference.fresh_probabilities(26 + label, 3):
            called = "element_loss(h_i, y_i)"
            value = one_number(student.element_loss(h_i, torch.tensor([float(label)])), called)
            try_this = "It was right for the numbers above. Is the loss made from h_i and y_i alone?"
            expect_close(value, reference.cost(h_i, torch.tensor([float(label)])), called, property_, try_this)


@pytest.mark.exercise("element_loss", weight=4, public=True)
def test_label_1(student: Notebook) -> None:
    """With label 1, `element_loss` is -log(h): small if h is near 1."""
    property_ = "With label 1 the loss should be -log(h), with the natural logarithm: near 0 if h is near 1."
    _check_label(student, 1, property_, "Only the term with y_i counts then. Does the minus stand before both terms?")


@pytest.mark.exercise("element_loss", weight=4, public=True)
def test_label_0(student: Notebook) -> None:
    """With label 0, `element_loss` is -log(1 - h): large if h is near 1."""
    property_ = "With label 0 the loss should be -log(1 - h), with the natural logarithm: large if h is near 1."
    _check_label(student, 0, property_, "Only the term with 1 - y_i counts then. Is it times the log of 1 - h_i?")


@pytest.mark.exercise("element_loss", weight=2)
def test_gradient_flows(student: Notebook) -> None:
    """A gradient flows from the loss of one example back to its probability, whatever the label."""
    h, y = reference.fresh_probabilities(25, 4), reference.fresh(25, 4, 1).y
    for h_i, y_i in zip(h, y, strict=True):
        h_i.requires_grad_()
        gradient = gradient_of(student.element_loss.differentiate(h_i, y_i), 0, h_i, "element_loss(h_i, y_i)", "h_i")
        expect_direction(gradient, reference.loss_slopes(h_i, y_i), "element_loss(h_i, y_i)", "h_i")
