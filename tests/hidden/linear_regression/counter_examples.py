"""Where to look for inputs on which a wrong answer shows, small enough to be worked out by hand.

What stands first in a list of values is what a search goes back to.
"""

from __future__ import annotations

from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

from autograder.checks import CounterExample, Data, Notebook, made_there

from . import reference

_WHOLE = (1.0, 0.0, 2.0, -1.0, 3.0, -2.0)
_ROWS = st.sampled_from((1, 2, 3))


def _tensor(draw: st.DrawFn, *shape: int) -> Tensor:
    count = int(torch.Size(shape).numel())
    return torch.tensor(draw(st.lists(st.sampled_from(_WHOLE), min_size=count, max_size=count))).reshape(shape)


@st.composite
def _of_a_hypothesis(draw: st.DrawFn) -> dict[str, Any]:
    m, d = draw(_ROWS), draw(_ROWS)
    return {"x": _tensor(draw, m, d), "W": _tensor(draw, d, 1), "b": _tensor(draw, 1)}


@st.composite
def _of_a_cost(draw: st.DrawFn) -> dict[str, Any]:
    m = draw(_ROWS)
    return {"h": _tensor(draw, m, 1), "y": _tensor(draw, m, 1)}


@st.composite
def _of_a_training(draw: st.DrawFn) -> dict[str, Any]:
    m = draw(_ROWS)
    data = {"x": _tensor(draw, m, 1), "y": _tensor(draw, m, 1)}
    return {**data, "lr": draw(st.sampled_from((0.1, 0.5))), "nb_epochs": draw(st.sampled_from((1, 2)))}


def _train(student: Notebook, x: Tensor, y: Tensor, lr: float, nb_epochs: int) -> Any:
    """The costs of a model that is not the student's, from zeros."""
    model = made_there(student, "torch.nn.Linear(1, 1)")
    model.load({"weight": torch.zeros(1, 1), "bias": torch.zeros(1)})
    return student.train(model, x, y, lr=lr, nb_epochs=nb_epochs)


def _costs(x: Tensor, y: Tensor, lr: float, nb_epochs: int) -> list[float]:
    return reference.descend(Data(x, y), torch.zeros(1, 1), torch.zeros(1), lr=lr, nb_epochs=nb_epochs).costs


COUNTER_EXAMPLES = (
    CounterExample("hypothesis", "hypothesis", _of_a_hypothesis(), reference.hypothesis),
    CounterExample("cost", "cost", _of_a_cost(), reference.cost),
    CounterExample("train", "train", _of_a_training(), _costs, _train, "from zeros the costs"),
)
