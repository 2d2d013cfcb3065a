"""Hidden checks of the exercise `hypothesis_exp`: the formula with torch.exp."""

import pytest

from autograder.checks import Notebook

from .hypothesis_checks import check_gradients, check_on_other_data, check_on_six_students


@pytest.mark.exercise("hypothesis_exp", weight=4, public=True)
def test_one_probability_a_row(student: Notebook) -> None:
    """`hypothesis_exp` gives each of the six students the probability of the formula, in the shape (6, 1)."""
    try_this = "Compare with 1 / (1 + torch.exp(-z)): the brackets, the minus sign, and b inside z."
    check_on_six_students(student.hypothesis_exp, "hypothesis_exp", try_this)


@pytest.mark.exercise("hypothesis_exp", weight=3)
def test_any_data(student: Notebook) -> None:
    """`hypothesis_exp` works for any number of rows and features, and uses its own arguments."""
    check_on_other_data(student.hypothesis_exp, "hypothesis_exp")


@pytest.mark.exercise("hypothesis_exp", weight=3, public=True)
def test_gradient_flows(student: Notebook) -> None:
    """Gradients flow from the result of `hypothesis_exp` back to W and b, so that it can be trained."""
    check_gradients(student.hypothesis_exp, "hypothesis_exp")
