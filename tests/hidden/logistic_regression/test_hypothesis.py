"""Hidden checks of the exercise `hypothesis`: probabilities of label 1, with the sigmoid."""

import pytest

from autograder.checks import Notebook

from .hypothesis_checks import check_bias, check_form, check_gradients, check_on_other_data, check_weights


@pytest.mark.exercise("hypothesis", weight=4, public=True)
def test_weights(student: Notebook) -> None:
    """Without a bias, `hypothesis` gives each row the probability of its weighted sum."""
    try_this = "Is torch.sigmoid applied once, to the whole weighted sum x.matmul(W) + b?"
    check_weights(student.hypothesis, "hypothesis", try_this)


@pytest.mark.exercise("hypothesis", weight=2, public=True)
def test_bias(student: Notebook) -> None:
    """The bias counts in `hypothesis`: with weights of zero, it alone makes the probability."""
    check_bias(student.hypothesis, "hypothesis")


@pytest.mark.exercise("hypothesis", weight=2)
def test_any_data(student: Notebook) -> None:
    """`hypothesis` works for any number of rows and features, and judges each row by itself."""
    check_on_other_data(student.hypothesis, "hypothesis")


@pytest.mark.exercise("hypothesis", weight=1, public=True)
def test_form(student: Notebook) -> None:
    """`hypothesis` gives a tensor of the shape (m, 1), and leaves its arguments as they are."""
    check_form(student.hypothesis, "hypothesis")


@pytest.mark.exercise("hypothesis", weight=1, public=True)
def test_gradient_flows(student: Notebook) -> None:
    """Gradients flow from the result of `hypothesis` back to W and b, so that it can be trained."""
    check_gradients(student.hypothesis, "hypothesis")
