"""Hidden checks of the exercise `element_loss`: the loss of one example."""

import pytest
import torch

from autograder.expect import expect_close, expect_scalar
from autograder.student import Student

from . import reference
from .support import expect_direction, gradient_of


def _check_label(student: Student, label: int, property_: str, try_this: str) -> None:
    """The loss at the lecture's h = 0.5, and at a sure answer, as in the notebook."""
    for h in (0.5, 0.9):
        called = f"element_loss(tensor([{h}]), tensor([{label}.]))"
        h_i, y_i = torch.tensor([h]), torch.tensor([float(label)])
        value = expect_scalar(student.element_loss(h_i, y_i), called)
        expect_close(value, reference.cost(h_i, y_i), called, property_, try_this)


@pytest.mark.exercise("element_loss", weight=3, public=True)
def test_label_1(student: Student) -> None:
    """With label 1, `element_loss` is -log(h): small if h is near 1."""
    property_ = "With label 1 the loss should be -log(h), with the natural logarithm: positive, small for h near 1."
    _check_label(student, 1, property_, "Only the term with y_i should be left; is the minus before both terms?")


@pytest.mark.exercise("element_loss", weight=3, public=True)
def test_label_0(student: Student) -> None:
    """With label 0, `element_loss` is -log(1 - h): large if h is near 1."""
    property_ = "With label 0 the loss should be -log(1 - h), with the natural logarithm: large for h near 1."
    _check_label(student, 0, property_, "Only the term with 1 - y_i should be left; is there a log of 1 - h_i?")


@pytest.mark.exercise("element_loss", weight=2)
def test_any_probability(student: Student) -> None:
    """`element_loss` follows the formula for any probability, also for very sure ones."""
    for h, y in ((0.003, 1.0), (0.003, 0.0), (0.31, 1.0), (0.62, 0.0), (0.997, 0.0), (0.997, 1.0)):
        h_i, y_i = torch.tensor([h]), torch.tensor([y])
        expect_close(
            expect_scalar(student.element_loss(h_i, y_i), "element_loss(h_i, y_i)"),
            reference.cost(h_i, y_i),
            "element_loss(h_i, y_i)",
            "The formula should hold for every probability between 0 and 1, however near to them.",
            "Does something other than h_i and y_i decide the result, such as a fixed number or a wide clamp?",
            # Wide enough for a log(h + 1e-6) against log 0: that is off by 3e-4 of a loss at h = 0.003.
            rtol=1e-3,
            atol=1e-5,
        )


@pytest.mark.exercise("element_loss", weight=2, public=True)
def test_gradient_flows(student: Student) -> None:
    """A gradient flows from the loss of one example back to its probability."""
    for h, y in ((0.9, 1.0), (0.9, 0.0)):
        h_i, y_i = torch.tensor([h], requires_grad=True), torch.tensor([y])
        called = f"element_loss(tensor([{h}]), tensor([{y:g}.]))"
        gradient = gradient_of(student.element_loss.differentiate(h_i, y_i), 0, h_i, called, "h_i")
        expect_direction(gradient, reference.loss_slopes(h_i, y_i), called, "h_i")
