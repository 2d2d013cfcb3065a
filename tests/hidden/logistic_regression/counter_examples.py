"""Where to look for inputs on which a wrong answer shows, small enough to be worked out by hand.

What stands first in a list of values is what a search goes back to. No probability is 0 or 1, whose loss is infinite.
"""

from __future__ import annotations

from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

from autograder.checks import (
    CounterExample,
    Data,
    Notebook,
    made_there,
)

from . import reference
from .support import load, make_classifier

_PROBABILITIES = (0.5, 0.9, 0.2, 0.1, 0.8, 0.6, 0.4, 0.99, 0.01, 0.005)
_WHOLE = (1.0, 0.0, 2.0, -1.0, 3.0, -2.0)
_SMALL = (1.0, 0.0, -1.0, 2.0)  # with larger ones float32 can't tell a sure wrong answer from 1
_MOSTLY_ZERO = (0.0, 1.0, 2.0, -1.0)
_LABELS = (1.0, 0.0)
_LR = (1.0, 0.5, 0.1)

_FEATURES = st.sampled_from((2, 3))
_ROWS = st.sampled_from((1, 2, 3))
_NB_EPOCHS = st.sampled_from((0, 1, 2))


def _tensor(draw: st.DrawFn, values: tuple[float, ...], *shape: int) -> Tensor:
    """A tensor of numbers from `values`."""
    count = int(torch.Size(shape).numel())
    return torch.tensor(draw(st.lists(st.sampled_from(values), min_size=count, max_size=count))).reshape(shape)


@st.composite
def _of_a_hypothesis(draw: st.DrawFn) -> dict[str, Any]:
    m, d = draw(_ROWS), draw(_FEATURES)
    return {"x": _tensor(draw, _WHOLE, m, d), "W": _tensor(draw, _WHOLE, d, 1), "b": _tensor(draw, _WHOLE, 1)}


@st.composite
def _of_an_element(draw: st.DrawFn) -> dict[str, Any]:
    return {"h_i": _tensor(draw, _PROBABILITIES, 1), "y_i": _tensor(draw, _LABELS, 1)}


@st.composite
def _of_a_cost(draw: st.DrawFn) -> dict[str, Any]:
    m = draw(_ROWS)
    return {"h": _tensor(draw, _PROBABILITIES, m, 1), "y": _tensor(draw, _LABELS, m, 1)}


@st.composite
def _of_predict(draw: st.DrawFn) -> dict[str, Any]:
    return {"h": _tensor(draw, _PROBABILITIES, draw(_ROWS), 1)}


@st.composite
def _of_accuracy(draw: st.DrawFn) -> dict[str, Any]:
    m = draw(_ROWS)
    return {"prediction": _tensor(draw, _LABELS, m, 1), "y": _tensor(draw, _LABELS, m, 1)}


@st.composite
def _of_train(draw: st.DrawFn) -> dict[str, Any]:
    m, d = draw(_ROWS), draw(_FEATURES)
    data = {"x": _tensor(draw, _SMALL, m, d), "y": _tensor(draw, _LABELS, m, 1)}
    return {**data, "lr": draw(st.sampled_from(_LR)), "nb_epochs": draw(_NB_EPOCHS)}


@st.composite
def _of_a_model(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "x": _tensor(draw, _MOSTLY_ZERO, 1, 8),
        "W": _tensor(draw, _MOSTLY_ZERO, 8, 1),
        "b": _tensor(draw, _MOSTLY_ZERO, 1),
    }


@st.composite
def _of_train_classifier(draw: st.DrawFn) -> dict[str, Any]:
    data = draw(_of_train())
    return {**data, "W": _tensor(draw, _SMALL, data["x"].shape[1], 1), "b": _tensor(draw, _SMALL, 1)}


def _train(student: Notebook, x: Tensor, y: Tensor, lr: float, nb_epochs: int) -> Any:
    return _item(student.train(x, y, lr=lr, nb_epochs=nb_epochs), 2)


def _costs(x: Tensor, y: Tensor, lr: float, nb_epochs: int, W: Tensor | None = None, b: Tensor | None = None) -> Any:
    return reference.descend(Data(x, y), W, b, lr=lr, nb_epochs=nb_epochs).costs


def _classify(student: Notebook, x: Tensor, W: Tensor, b: Tensor) -> Any:
    model = make_classifier(student)
    load(model, W, b)
    return model(x)


def _train_classifier(student: Notebook, x: Tensor, y: Tensor, lr: float, nb_epochs: int, W: Tensor, b: Tensor) -> Any:
    model = made_there(student, f"torch.nn.Sequential(torch.nn.Linear({len(W)}, 1), torch.nn.Sigmoid())")
    model.load({"0.weight": W.T, "0.bias": b})
    return _item(student.train_classifier(model, x, y, lr=lr, nb_epochs=nb_epochs), 0)


def _item(answer: Any, position: int) -> Any:
    return answer[position] if isinstance(answer, list | tuple) and len(answer) > position else None


COUNTER_EXAMPLES = (
    CounterExample("hypothesis_exp", "hypothesis_exp", _of_a_hypothesis(), reference.hypothesis),
    CounterExample("hypothesis", "hypothesis", _of_a_hypothesis(), reference.hypothesis),
    CounterExample("element_loss", "element_loss", _of_an_element(), lambda h_i, y_i: reference.cost(h_i, y_i)),
    CounterExample("batch_losses", "batch_losses", _of_a_cost(), reference.losses),
    CounterExample("batch_losses", "cost", _of_a_cost(), reference.cost),
    CounterExample("bce", "bce_cost", _of_a_cost(), reference.cost),
    CounterExample("train", "train", _of_train(), _costs, _train, "the costs"),
    CounterExample("accuracy", "predict", _of_predict(), reference.predict),
    CounterExample("accuracy", "accuracy", _of_accuracy(), reference.accuracy),
    CounterExample("binary_classifier", "BinaryClassifier()", _of_a_model(), reference.hypothesis, _classify),
    CounterExample(
        "train_classifier", "train_classifier", _of_train_classifier(), _costs, _train_classifier, "the costs"
    ),
)
