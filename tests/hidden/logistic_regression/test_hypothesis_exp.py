"""Hidden checks of the exercise `hypothesis_exp`: probabilities of label 1, with torch.exp."""

import pytest

from autograder.checks import Notebook

from .hypothesis_checks import check_bias, check_form, check_gradients, check_on_other_data, check_weights


@pytest.mark.exercise("hypothesis_exp", weight=4, public=True)
def test_weights(student: Notebook) -> None:
    """Without a bias, `hypothesis_exp` gives each row the probability of its weighted sum."""
    try_this = "Compare with 1 / (1 + torch.exp(-z)): the brackets, and the minus sign before z."
    check_weights(student.hypothesis_exp, "hypothesis_exp", try_this)


@pytest.mark.exercise("hypothesis_exp", weight=2, public=True)
def test_bias(student: Notebook) -> None:
    """The bias counts in `hypothesis_exp`: with weights of zero, it alone makes the probability."""
    check_bias(student.hypothesis_exp, "hypothesis_exp")


@pytest.mark.exercise("hypothesis_exp", weight=2)
def test_any_data(student: Notebook) -> None:
    """`hypothesis_exp` works for any number of rows and features, and judges each row by itself."""
    check_on_other_data(student.hypothesis_exp, "hypothesis_exp")


@pytest.mark.exercise("hypothesis_exp", weight=1, public=True)
def test_form(student: Notebook) -> None:
    """`hypothesis_exp` gives a tensor of the shape (m, 1), and leaves its arguments as they are."""
    check_form(student.hypothesis_exp, "hypothesis_exp")


@pytest.mark.exercise("hypothesis_exp", weight=1, public=True)
def test_gradient_flows(student: Notebook) -> None:
    """Gradients flow from the result of `hypothesis_exp` back to W and b, so that it can be trained."""
    check_gradients(student.hypothesis_exp, "hypothesis_exp")
