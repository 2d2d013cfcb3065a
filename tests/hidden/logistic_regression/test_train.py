"""Hidden checks of the exercise `train`: gradient descent by hand, from zeros, on all rows."""

from typing import Any

import pytest

from autograder.checks import Notebook, expect, expect_close, expect_floats, expect_scalar, expect_tensor, expect_tuple

from . import reference
from .reference import Data
from .support import expect_epochs, numbers_of

_START = "The first cost should be taken before the first update, while W and b are zeros."
_LOOP = "In each of the nb_epochs + 1 epochs: hypothesis, cost, note it, clear the old gradients, backward, one step."

_EPOCHS = "The epochs are 0, 1, …, nb_epochs: one more than nb_epochs."


def _train(student: Notebook, data: Data, called: str, **keywords: Any) -> tuple[Any, Any, Any]:
    W, b, costs = expect_tuple(student.train(data.x, data.y, **keywords), 3, called, "W, b, costs")
    return W, b, costs


@pytest.mark.exercise("train", weight=5, public=True)
def test_lecture_run(student: Notebook) -> None:
    """The costs of the six students go down as in the lecture, up to epoch 100."""
    called, data = "train(x_train, y_train, nb_epochs=100)", reference.six_students()
    *_, costs = _train(student, data, called, nb_epochs=100)
    found = numbers_of(costs, 101, called, "`costs`", _LOOP)
    expect_epochs(found, reference.six_students_run().costs, called, "cost", _START, _LOOP)
    for epoch, printed in reference.SIX_STUDENTS_COSTS.items():
        # The lecture prints six decimals; float32 adds about 1e-6 to their rounding.
        expect_close(found[epoch], printed, called, f"Epoch {epoch} should be the lecture's.", _LOOP, atol=5e-6)


@pytest.mark.exercise("train", weight=5, public=True)
def test_lr_and_epochs(student: Notebook) -> None:
    """`train` honours lr and nb_epochs: each update is lr times the gradient, and there are nb_epochs + 1."""
    called, data = "train(x_train, y_train, lr=0.1, nb_epochs=7)", reference.six_students()
    *_, costs = _train(student, data, called, lr=0.1, nb_epochs=7)
    found = numbers_of(costs, 8, called, "`costs`", _EPOCHS)
    try_this = "Does the learning rate come from `lr`, and the number of epochs from `nb_epochs`?"
    defaults = student.train.defaults()
    expect(
        defaults.get("lr", 1.0) == 1.0 and defaults.get("nb_epochs", 1000) == 1000,
        "train(x, y)",
        "has other defaults than the notebook gave it",
        "Left out, lr should be 1.0 and nb_epochs 1000.",
    )
    expected = reference.descend(data, lr=0.1, nb_epochs=7).costs
    expect_epochs(found, expected, called, "cost", _START, try_this, at_first=_LOOP)


@pytest.mark.exercise("train", weight=4)
def test_any_data(student: Notebook) -> None:
    """`train` works for other data, with another number of rows and features."""
    data = reference.fresh(41, 9, 4)
    called = "train(x, y, lr=1.0, nb_epochs=9)"
    *_, costs = _train(student, data, called, lr=1.0, nb_epochs=9)
    try_this = "x had 9 rows of 4 features here. Is W made with x.shape[1] rows? Does the code use its own x and y?"
    found = numbers_of(costs, 10, called, "`costs`", _EPOCHS)
    expect_epochs(found, reference.descend(data, nb_epochs=9).costs, called, "cost", _START, try_this)


@pytest.mark.exercise("train", weight=4, public=True)
def test_returned_weights(student: Notebook) -> None:
    """The W and b that `train` returns are those after the last update."""
    called, data = "train(x_train, y_train, lr=1.0, nb_epochs=3)", reference.six_students()
    W, b, _ = _train(student, data, called, lr=1.0, nb_epochs=3)
    trained = reference.descend(data, nb_epochs=3)
    try_this = "Return W and b themselves when the loop is over, and let the last epoch have its step too."
    W = expect_tensor(W, (2, 1), f"{called}[0]", try_this)
    b = expect_scalar(b, f"{called}[1]", try_this)
    # 1e-4: float32 is right to about 1e-6 after four updates, and one update moves W and b by 1e-2 and more.
    expect_close(W, trained.W, f"{called}[0]", "It should be W after four updates from zero.", try_this, atol=1e-4)
    expect_close(
        b, trained.b.reshape(()), f"{called}[1]", "It should be b after four updates from zero.", try_this, atol=1e-4
    )


@pytest.mark.exercise("train", weight=2, public=True)
def test_costs_are_floats(student: Notebook) -> None:
    """`costs` is a list of plain floats, one for each epoch."""
    called = "train(x_train, y_train, lr=0.1, nb_epochs=2)"
    *_, costs = _train(student, reference.six_students(), called, lr=0.1, nb_epochs=2)
    expect_floats(costs, 3, called, "`costs`", "Note each cost with `.item()`, in every epoch.")
