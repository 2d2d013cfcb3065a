"""Hidden checks of the exercise `hypothesis`: the same with torch.sigmoid."""

import pytest

from autograder.checks import Notebook

from .hypothesis_checks import check_gradients, check_on_other_data, check_on_six_students


@pytest.mark.exercise("hypothesis", weight=4, public=True)
def test_one_probability_a_row(student: Notebook) -> None:
    """`hypothesis` gives each of the six students the sigmoid of its weighted sum, in the shape (6, 1)."""
    try_this = "Compare with torch.sigmoid(z): is z the whole sum, x times W plus b?"
    check_on_six_students(student.hypothesis, "hypothesis", try_this)


@pytest.mark.exercise("hypothesis", weight=3)
def test_any_data(student: Notebook) -> None:
    """`hypothesis` works for any number of rows and features, and uses its own arguments."""
    check_on_other_data(student.hypothesis, "hypothesis")


@pytest.mark.exercise("hypothesis", weight=3, public=True)
def test_gradient_flows(student: Notebook) -> None:
    """Gradients flow from the result of `hypothesis` back to W and b, so that it can be trained."""
    check_gradients(student.hypothesis, "hypothesis")
