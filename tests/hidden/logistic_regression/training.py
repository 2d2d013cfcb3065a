"""What a student's `train` shows of its gradient descent: the costs that it notes, and W and b after its updates.

Each check of `train` asks one thing and takes the rest as it is: the order of what came back, an own start, an own
learning rate, an epoch more or less. So each slip is paid for once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from autograder.checks import (
    Array,
    Data,
    Notebook,
    fail,
    plain_numbers,
)

from . import reference

_TINY_LR = 1e-9
# float32 is right to about 1e-6 after some updates; one update moves W and b by 1e-2 and more.
_NEAR = 1e-4


@dataclass(frozen=True)
class Run:
    """One call of `train`, in whatever order and kinds its results came.

    Attributes:
        weights: (d + 1,) float64, W and then b, as they were returned; None if one is missing.
        costs: as plain numbers.
    """

    weights: Tensor | None
    costs: list[float]


def run(student: Notebook, data: Data, *, lr: float, nb_epochs: int) -> Run:
    """Calls `train`, and finds W, b and costs in what came back."""
    return parts(student.train(data.x, data.y, lr=lr, nb_epochs=nb_epochs), data.x.shape[1])


def parts(value: Any, d: int) -> Run:
    """W (d elements), b (one) and the costs, wherever they stand in `value`; costs are sooner a list than a tensor."""
    items = list(value) if isinstance(value, list | tuple) and not plain_numbers(value) else [value]
    costs = next((found for each in items if isinstance(each, list | tuple) and (found := plain_numbers(each))), None)
    tensors = [each.tensor if isinstance(each, Array) else each for each in items]
    tensors = [each.detach().double() for each in tensors if isinstance(each, Tensor)]
    tensors.sort(key=lambda each: each.dim() < 2)  # W has two dimensions, and costs may be as many as its rows
    W = next((tensors.pop(i) for i, each in enumerate(tensors) if each.numel() == d), None)
    b = next((tensors.pop(i) for i, each in enumerate(tensors) if each.numel() == 1), None)
    if costs is None:
        costs = tensors[0].flatten().tolist() if tensors else []
    weights = None if W is None or b is None else torch.cat([W.flatten(), b.flatten()])
    if (weights is not None and not bool(torch.isfinite(weights).all())) or not all(map(math.isfinite, costs)):
        expected = "All of them should stay finite."
        raise fail(
            "train(x, y)", "returned NaN or infinity in W, b or costs", expected, "Is there a log of 0 in the cost?"
        )
    return Run(weights, costs)


def noted_costs(found: Run, called: str) -> list[float]:
    """The costs of a run; without any, a failed check."""
    if not found.costs:
        raise fail(called, "returned no costs", "It should return all three: `return W, b, costs`.")
    return found.costs


@dataclass(frozen=True)
class FirstUpdate:
    """The first update of a training at one learning rate.

    Attributes:
        start: (d + 1,) float64, W and b before it.
        step: (d + 1,) float64, what it added to them; None if W and b did not come back or never moved.
        slope: (d + 1,) float64, the gradient of the cost at the start.
        costs: of that run, at least two if the student noted them.
    """

    start: Tensor
    step: Tensor | None
    slope: Tensor
    costs: list[float]

    @property
    def own_lr(self) -> float:
        """The step's length along the way downhill, in gradients: the learning rate, if the step is right."""
        return 0.0 if self.step is None else float(-self.step @ self.slope / (self.slope @ self.slope))

    @property
    def is_straight(self) -> bool:
        """Whether the step goes along the gradient, up or down, or there is none; however long it is."""
        if self.step is None:
            return True
        near = 1e-3 * float(self.step.norm())
        return torch.allclose(self.step, -self.own_lr * self.slope, rtol=1e-3, atol=near)

    @property
    def goes_downhill(self) -> bool:
        """Whether the step goes against the gradient, however long it is."""
        return self.is_straight and self.own_lr > 0

    def costs_fit(self, data: Data, lr: float) -> bool:
        """Whether the second cost noted is that after a step of lr times the gradient."""
        expected = descend(data, self.start, lr=lr, nb_epochs=1).costs
        return len(self.costs) > 1 and math.isclose(self.costs[1], expected[1], rel_tol=1e-4, abs_tol=1e-5)


def first_update(student: Notebook, data: Data, *, lr: float) -> FirstUpdate:
    """Asks for epoch 0 alone, and for one more if that is not right: how many epochs there are is another's matter."""
    alone = run(student, data, lr=lr, nb_epochs=0)
    if alone.costs:
        start = _start(student, data, alone.costs[0])
        update = FirstUpdate(start, _step(alone, start), _slope(data, start), alone.costs)
        if update.goes_downhill and math.isclose(update.own_lr, lr, rel_tol=1e-3):
            return update
    longer = run(student, data, lr=lr, nb_epochs=1)
    start = _start(student, data, longer.costs[0] if longer.costs else math.nan)
    step = _step(alone, start)
    step = step if step is not None else _step(longer, start)
    return FirstUpdate(start, step, _slope(data, start), longer.costs)


def _step(found: Run, start: Tensor) -> Tensor | None:
    """What a run added to W and b; None if they did not come back, or did not move."""
    if found.weights is None or torch.allclose(found.weights, start, rtol=0, atol=1e-7):
        return None
    return found.weights - start


def _slope(data: Data, start: Tensor) -> Tensor:
    """The gradient of the cost: X^T (h - y) / m for W, and the mean of h - y for b."""
    error = reference.hypothesis(data.x, start[:-1, None], start[-1:]) - data.y.double()
    return torch.cat([(data.x.double().T @ error / len(error)).flatten(), error.mean(dim=0)])


def _start(student: Notebook, data: Data, first_cost: float) -> Tensor:
    """Where a training starts: zeros if its first cost says so, else where a run that hardly moves ends."""
    zeros = torch.zeros(data.x.shape[1] + 1, dtype=torch.float64)
    if math.isclose(first_cost, math.log(2), rel_tol=1e-4):
        return zeros
    still = run(student, data, lr=_TINY_LR, nb_epochs=0).weights
    return zeros if still is None or torch.allclose(still, zeros, rtol=0, atol=1e-6) else still


def descend(data: Data, start: Tensor, *, lr: float, nb_epochs: int) -> reference.Trained:
    """`reference.descend` from W and b in one tensor (d + 1,)."""
    return reference.descend(data, start[:-1, None], start[-1:], lr=lr, nb_epochs=nb_epochs)


def weights_near(found: Run, expected: reference.Trained) -> bool:
    """Whether W and b came back and are those expected."""
    theirs = torch.cat([expected.W.flatten(), expected.b])
    return found.weights is not None and torch.allclose(found.weights, theirs, rtol=1e-4, atol=_NEAR)


def own_costs(student: Notebook, data: Data, *, lr: float, count: int) -> list[float]:
    """The costs of the W and b that the student's own runs of 0, 1, … epochs return, the start before them.

    Wrong steps are for other checks to find. NaN where they went so far that float32 calls a probability 0 or 1: such a
    cost says nothing. Empty if W and b never move.
    """
    first = run(student, data, lr=lr, nb_epochs=0)
    passed = [_start(student, data, first.costs[0] if first.costs else math.nan), first.weights]
    passed += [run(student, data, lr=lr, nb_epochs=each).weights for each in range(1, count - 1)]
    weights = [each for each in passed if each is not None]
    if len(weights) < 2 or torch.allclose(weights[0], weights[-1], rtol=0, atol=1e-7):
        return []
    hs = [reference.hypothesis(data.x, each[:-1, None], each[-1:]) for each in weights]
    sure = [bool(((h < 1e-5) | (h > 1 - 1e-5)).any()) for h in hs]
    return [math.nan if far else reference.cost(h, data.y) for h, far in zip(hs, sure, strict=True)]
