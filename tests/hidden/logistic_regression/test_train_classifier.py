"""Hidden checks of the exercise `train_classifier`: gradient descent on the parameters of a given model."""

from typing import Any

import pytest
import torch

from autograder.checks import (
    Module,
    Notebook,
    expect,
    expect_close,
    expect_floats,
    expect_tuple,
    hidden_inputs,
    made_there,
)

from . import reference
from .reference import Data
from .support import expect_epochs, load, load_lecture_state, make_classifier, numbers_of

_START = "The first cost should be that of the model as it was passed in, before any update."
_LOOP = "In each epoch: model(x), cost and accuracy noted, old gradients cleared, backward, one step."

_EACH_EPOCH = "The epochs are 0, 1, …, nb_epochs: note one number in each, one more than nb_epochs."


def _train(student: Notebook, model: Module, data: Data, called: str, **keywords: Any) -> tuple[Any, Any]:
    pair = student.train_classifier(model, data.x, data.y, **keywords)
    costs, accuracies = expect_tuple(pair, 2, called, "costs, accuracies")
    return costs, accuracies


@pytest.mark.exercise("train_classifier", weight=3, public=True)
def test_lecture_run(student: Notebook) -> None:
    """With lr and nb_epochs left out, the run on the diabetes data has 101 costs, those of the lecture."""
    called, model = "train_classifier(model, x_diabetes, y_diabetes)", make_classifier(student)
    load_lecture_state(model)
    costs, accuracies = _train(student, model, reference.diabetes(), called)
    costs = expect_floats(costs, 101, called, "`costs`", "Note one float in each epoch, with `.item()`.")
    expect_floats(accuracies, 101, called, "`accuracies`", "Note one float in each epoch.")
    expect_epochs(costs, reference.lecture_classifier_run().costs, called, "cost", _START, _LOOP)
    for epoch, printed in reference.CLASSIFIER_COSTS.items():
        # The lecture prints six decimals; float32 adds about 1e-6 to their rounding.
        expect_close(costs[epoch], printed, called, f"Epoch {epoch} should be the lecture's.", _LOOP, atol=5e-6)


@pytest.mark.exercise("train_classifier", weight=3)
def test_lr_epochs_and_data(student: Notebook) -> None:
    """`train_classifier` honours lr and nb_epochs, and trains any model on the data that it is given."""
    called = "train_classifier(model, x, y, lr=0.3, nb_epochs=6)"
    model = made_there(student, "torch.nn.Sequential(torch.nn.Linear(3, 1), torch.nn.Sigmoid())")
    data, (W, b) = reference.fresh(71, 13, 3), reference.fresh_weights(71, 3)
    model.load({"0.weight": W.T, "0.bias": b})
    costs, _ = _train(student, model, data, called, lr=0.3, nb_epochs=6)
    try_this = (
        "The model was nn.Sequential(nn.Linear(3, 1), nn.Sigmoid()) here, with 13 rows. "
        "Do the steps use `model`, `lr`, `nb_epochs`, x and y as they were passed in?"
    )
    found = numbers_of(costs, 7, called, "`costs`", try_this)
    expect_epochs(found, reference.descend(data, W, b, lr=0.3, nb_epochs=6).costs, called, "cost", _START, try_this)


@pytest.mark.exercise("train_classifier", weight=2, public=True)
def test_accuracies(student: Notebook) -> None:
    """`accuracies` are fractions from 0 to 1, each taken before its epoch's update."""
    called, model = "train_classifier(model, x_diabetes, y_diabetes, lr=1.0, nb_epochs=12)", make_classifier(student)
    load_lecture_state(model)
    _, accuracies = _train(student, model, reference.diabetes(), called, lr=1.0, nb_epochs=12)
    try_this = "Take the accuracy of the same model(x) that gives the cost, as a fraction, not in percent."
    expect_epochs(
        numbers_of(accuracies, 13, called, "`accuracies`", _EACH_EPOCH),
        reference.lecture_classifier_run().accuracies[:13],
        called,
        "accuracy",
        "It should be the fraction of right predictions, from 0 to 1, of the model as it was passed in.",
        try_this,
        # One of the 759 rows may fall to the other side of 0.5 by rounding; an update moves far more of them.
        rtol=0,
        atol=1.5 / 759,
    )
    with hidden_inputs():
        data, (W, b) = reference.fresh(72, 11, 8), reference.fresh_weights(72, 8)
        load(model, W, b)
        called = "train_classifier(model, x, y, nb_epochs=0)"
        _, accuracies = _train(student, model, data, called, nb_epochs=0)
        first = numbers_of(accuracies, 1, called, "`accuracies`", _EACH_EPOCH)[0]
        h = reference.hypothesis(data.x, W, b)
        expect(
            abs(first - reference.accuracy(reference.predict(h), data.y)) < 0.01,
            called,
            "notes an accuracy that is not the fraction of right predictions",
            "It should be that fraction for any number of rows.",
            "Use `accuracy` from before, and divide by the number of rows of y.",
        )


@pytest.mark.exercise("train_classifier", weight=2, public=True)
def test_passed_model_is_trained(student: Notebook) -> None:
    """The model that was passed in holds the parameters after the last update."""
    called, model = "train_classifier(model, x_diabetes, y_diabetes, lr=1.0, nb_epochs=3)", make_classifier(student)
    data, (W, b) = reference.diabetes(), load_lecture_state(model)
    student.train_classifier(model, data.x, data.y, lr=1.0, nb_epochs=3)
    trained = reference.descend(data, W, b, nb_epochs=3)
    parameters = {value.numel(): value.detach().double().flatten() for value in model.parameters().values()}
    expected = {8: trained.W.flatten(), 1: trained.b}
    expect(
        all(
            # 1e-4: float32 is right to about 1e-6 after four updates, and the last one moves them by 1e-3 and more.
            number in parameters and torch.allclose(parameters[number], expected[number], rtol=0, atol=1e-4)
            for number in (8, 1)
        ),
        called,
        "left other parameters in the model than four updates make of those it came with",
        "This very model should be trained, with one step of lr times the gradient in each epoch, the last included.",
        "Give model.parameters() to the optimizer; no new or copied model, and nothing that ends the loop early.",
    )
