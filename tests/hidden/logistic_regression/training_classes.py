"""What a student's `train_classifier` shows of its training: what it notes, and what it leaves in the model it got.

Each check asks one thing and takes the rest as it is; see `training`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from autograder.checks import (
    Data,
    Module,
    Notebook,
    fail,
    fresh_weights,
    made_there,
    plain_numbers,
    step_ratio,
)

from . import reference
from .support import load, make_classifier

_OWN_EPOCHS = 5


@dataclass(frozen=True)
class Setting:
    """A model to train, and the data to train it on.

    Attributes:
        make: gives a new model in the guest, which starts with `weights`. Old gradients stay in a model, so each
            call gets one of its own.
        weights: (d + 1,) float64, its weights and then its bias.
        shown: the arguments as a student would write them.
    """

    make: Callable[[], Module]
    data: Data
    weights: Tensor
    shown: str

    def called(self, lr: float, nb_epochs: int) -> str:
        """The call as a student would write it."""
        return f"train_classifier({self.shown}, lr={lr}, nb_epochs={nb_epochs})"

    def descend(self, lr: float, nb_epochs: int) -> reference.Trained:
        """The right training."""
        W, b = self.weights[:-1, None], self.weights[-1:]
        return reference.descend(self.data, W, b, lr=lr, nb_epochs=nb_epochs)

    def right_step(self, lr: float) -> Tensor:
        """(d + 1,) float64, what the right first update adds to the weights."""
        return weights_of(self.descend(lr, 0)) - self.weights


def weights_of(trained: reference.Trained) -> Tensor:
    """(d + 1,) float64, W and then b."""
    return torch.cat([trained.W.flatten(), trained.b])


def lecture(student: Notebook, rows: int = 759) -> Setting:
    """The start of the lecture's last run, on all rows of the diabetes data or on the first ones."""
    W, b = reference.lecture_classifier()

    def make() -> Module:
        model = make_classifier(student)
        load(model, W, b)
        return model

    data, some = reference.diabetes(), "" if rows == 759 else f"[:{rows}]"
    shown = f"model, x_diabetes{some}, y_diabetes{some}"
    return Setting(make, Data(data.x[:rows], data.y[:rows]), torch.cat([W.flatten(), b]).double(), shown)


def easy(student: Notebook) -> Setting:
    """A model that is not the student's, and that is nearly sure of its two rows from the start."""

    def make() -> Module:
        model: Module = made_there(student, "torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Sigmoid())")
        model.load({"0.weight": torch.tensor([[2.5, 0.0]]), "0.bias": torch.zeros(1)})
        return model

    return Setting(make, reference.easy(), torch.tensor([2.5, 0.0, 0.0]).double(), "model, x, y")


def three_features(student: Notebook, seed: int, scale: float = 1.0) -> Setting:
    """A model that is not the student's, on 13 rows that no student has."""
    W, b = fresh_weights(seed, 3)

    def make() -> Module:
        model: Module = made_there(student, "torch.nn.Sequential(torch.nn.Linear(3, 1), torch.nn.Sigmoid())")
        model.load({"0.weight": W.T, "0.bias": b})
        return model

    weights = torch.cat([W.flatten(), b]).double()
    return Setting(make, reference.fresh(seed, 13, 3, scale), weights, "model, x, y")


@dataclass(frozen=True)
class Run:
    """One call of `train_classifier`, in whatever order and kinds its results came.

    Attributes:
        costs, accuracies: as plain numbers; empty where there are none.
        weights: (d + 1,) float64, those that the passed model was left with.
    """

    costs: list[float]
    accuracies: list[float]
    weights: Tensor


def run(student: Notebook, setting: Setting, lr: float, nb_epochs: int) -> Run:
    """Trains a new model, and finds the two lists in what came back."""
    model = setting.make()
    value = student.train_classifier(model, setting.data.x, setting.data.y, lr=lr, nb_epochs=nb_epochs)
    items = list(value) if isinstance(value, list | tuple) else [value]
    lists = [numbers for each in items if (numbers := plain_numbers(each))] + [[], []]
    if are_swapped(lists[0], lists[1], setting):
        lists[:2] = lists[1], lists[0]
    parameters = sorted(model.parameters().values(), key=lambda each: -each.numel())
    weights = torch.cat([each.detach().double().flatten() for each in parameters])
    if weights.shape != setting.weights.shape or not bool(torch.isfinite(weights).all()):
        came_back = "left NaN, infinity or other parameters than before in the model"
        expected = "Its own weights and its bias should be trained, and stay finite."
        raise fail(setting.called(lr, nb_epochs), came_back, expected)
    return Run(lists[0], lists[1], weights)


def weights_near(found: Run, right: reference.Trained) -> bool:
    """Whether the model was left as the right training leaves it.

    1e-4: float32 is right to about 1e-6 after these updates, and the last one moves them by 1e-3 and more.
    """
    return torch.allclose(found.weights, weights_of(right), rtol=1e-4, atol=1e-4)


def are_swapped(costs: list[float], accuracies: list[float], setting: Setting) -> bool:
    """Whether the two lists came the other way round: the first of each shows it."""
    right = setting.descend(1.0, 0)
    if not costs or not accuracies:
        return False
    return abs(costs[0] - right.accuracies[0]) < 2e-3 and abs(accuracies[0] - right.costs[0]) < 1e-4


def noted(numbers: list[float], what: str, called: str) -> list[float]:
    """What was noted; a failed check if nothing was."""
    if not numbers:
        raise fail(called, f"returned no {what}", "It should return two lists: `return costs, accuracies`.")
    return numbers


@dataclass(frozen=True)
class FirstUpdate:
    """The first update of the passed model at one learning rate.

    Attributes:
        step: (d + 1,) float64, what it added; None if neither of two epochs moved the model.
        right: (d + 1,) float64, what it should have added.
        costs_fit: whether the model moved and the second cost is that after the right step: the epochs may be more.
    """

    step: Tensor | None
    right: Tensor
    costs_fit: bool

    @property
    def is_right(self) -> bool:
        """1e-3 of the step is far above float32's rounding of the weights."""
        near = 1e-3 * float(self.right.norm()) + 1e-6
        exact = self.step is not None and torch.allclose(self.step, self.right, rtol=0, atol=near)
        return exact or self.costs_fit

    @property
    def ratio(self) -> float:
        """How many times as long as the right one the step is, if it goes the same way; else 0."""
        return max(0.0, step_ratio(self.step, self.right))


def first_update(student: Notebook, setting: Setting, lr: float) -> FirstUpdate:
    """Asks for epoch 0 alone, and for one more if that is not right: how many epochs there are is another's matter."""
    right = setting.right_step(lr)
    alone = FirstUpdate(_step(run(student, setting, lr, 0), setting), right, costs_fit=False)
    if alone.is_right:
        return alone
    longer, second = run(student, setting, lr, 1), setting.descend(lr, 1).costs[1]
    step = alone.step if alone.step is not None else _step(longer, setting)
    noted = len(longer.costs) > 1 and abs(longer.costs[1] - second) < 1e-5 + 1e-4 * second
    return FirstUpdate(step, right, costs_fit=step is not None and noted)


def _step(found: Run, setting: Setting) -> Tensor | None:
    step = found.weights - setting.weights
    return step if float(step.abs().max()) > 1e-7 else None


def own_run(student: Notebook, setting: Setting, lr: float, count: int) -> tuple[list[float], list[float]]:
    """Right costs and accuracies of the models that the student's own updates make, before each of `count` epochs.

    Wrong steps are paid for elsewhere. Empty if the model does not move. It takes a run for each epoch, so it ends
    early: where the whole training left the right weights, the right costs are the student's own.
    """
    count = min(count, _OWN_EPOCHS)
    passed = [setting.weights]
    passed += [run(student, setting, lr, nb_epochs).weights for nb_epochs in range(count - 1)]
    if count < 2 or torch.equal(passed[0], passed[-1]):
        return [], []
    hs = [reference.hypothesis(setting.data.x, each[:-1, None], each[-1:]) for each in passed]
    y = setting.data.y
    return [reference.cost(h, y) for h in hs], [reference.accuracy(reference.predict(h), y) for h in hs]
