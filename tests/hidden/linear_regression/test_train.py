"""Hidden checks of the exercise `train`: a linear layer as a class, and gradient descent on a given model.

`train` gets models that are not the student's, so that a wrong class costs nothing there. Each check asks one thing.
"""

import math
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor

from autograder.checks import (
    Data,
    Module,
    Notebook,
    expect,
    expect_close,
    expect_epochs,
    expect_floats,
    expect_linear,
    expect_tensor,
    fail,
    fresh_weights,
    hidden_inputs,
    load_linear,
    made_there,
    make_module,
    plain_numbers,
    run_hint,
    state_by_size,
    step_of_length,
    step_ratio,
)

from . import reference

_LOOP = "In each epoch: the cost of model(x), noted, old gradients cleared, backward, one step."


@pytest.mark.exercise("train", weight=4, public=True)
def test_model_parameters(student: Notebook) -> None:
    """`LinearModel` has one weight for each feature and one bias, which start at random and can be trained."""
    for d in (2, 3):
        parameters = make_module(student, "LinearModel", d).parameters()
        expect_linear(parameters, d, f"LinearModel({d})")
        expect(
            all(each.requires_grad for each in parameters.values()),
            f"LinearModel({d})",
            "has parameters that don't ask for gradients",
            "An optimizer can only train parameters with requires_grad.",
            "Leave `requires_grad` of the layer as it is.",
        )


@pytest.mark.exercise("train", weight=5)
def test_model_output(student: Notebook) -> None:
    """What `LinearModel` says is x times its own weights plus its bias, one number a row."""
    for seed, m, d in ((61, 6, 2), (62, 1, 4)):
        model, x, (W, b) = make_module(student, "LinearModel", d), reference.fresh(seed, m, d).x, fresh_weights(seed, d)
        load_linear(model, W, b, f"LinearModel({d})")
        if len(model.parameters()) == 1:
            b = torch.zeros(1)  # a missing bias is another check's matter
        expect_close(
            expect_tensor(model(x), (m, 1), "model(x)", "Return what the layer gives, as it is."),
            reference.hypothesis(x, W, b),
            "model(x)",
            "It should be the weighted sums, with the weights that the model holds at that time.",
            "Does `forward` send x through the layer from `__init__`, and through nothing else?",
        )


@dataclass(frozen=True)
class _Run:
    """One training of a linear layer: what was noted, and where its weights (d + 1,) started and ended."""

    costs: list[float]
    start: Tensor
    end: Tensor

    @property
    def step(self) -> Tensor:
        return self.end - self.start


def _model(student: Notebook, W: Tensor, b: Tensor) -> Module:
    """A linear layer in the guest that is not the student's."""
    model: Module = made_there(student, f"torch.nn.Linear({len(W)}, 1)")
    model.load(state_by_size(model.parameters(), W, b))
    return model


def _epochs_more(student: Notebook) -> int:
    """How many epochs there are beyond nb_epochs: one more or one less is for `test_costs_are_noted` to find."""
    data, nb_epochs = reference.eight_days(), 3
    value = student.train(_model(student, *_zeros()), data.x, data.y, lr=0.1, nb_epochs=nb_epochs)
    more = len(plain_numbers(value)) - nb_epochs
    return more if abs(more) == 1 else 0


def _run(student: Notebook, data: Data, W: Tensor, b: Tensor, lr: float, nb_epochs: int, more: int) -> _Run:
    """Trains a new model for so many epochs; `more`: see `_epochs_more`.

    Raises:
        CheckFailed: its weights are no numbers any more.
    """
    model = _model(student, W, b)
    value = student.train(model, data.x, data.y, lr=lr, nb_epochs=nb_epochs - more)
    end = torch.cat([each.detach().double().flatten() for each in model.parameters().values()])
    if end.numel() != len(W) + 1 or not bool(torch.isfinite(end).all()):
        came_back = "left NaN, infinity or other parameters than before in the model"
        raise fail(_called(lr, nb_epochs), came_back, "Its own weights and its bias should be trained.", _LOOP)
    return _Run(plain_numbers(value), torch.cat([W.flatten(), b]).double(), end)


def _called(lr: float, nb_epochs: int) -> str:
    return f"train(model, x_train, y_train, lr={lr:g}, nb_epochs={nb_epochs})"


def _zeros() -> tuple[Tensor, Tensor]:
    return torch.zeros(2, 1), torch.zeros(1)


def _right(data: Data, W: Tensor, b: Tensor, lr: float, nb_epochs: int) -> _Run:
    trained = reference.descend(data, W, b, lr=lr, nb_epochs=nb_epochs)
    return _Run(trained.costs, torch.cat([W.flatten(), b]).double(), trained.weights)


@pytest.mark.exercise("train", weight=3, public=True)
def test_costs_are_noted(student: Notebook) -> None:
    """`train` returns a list of nb_epochs plain numbers, one for each epoch."""
    data = reference.eight_days()
    for nb_epochs in (5, 1, 12):
        value = student.train(_model(student, *_zeros()), data.x, data.y, lr=0.1, nb_epochs=nb_epochs)
        expect_floats(value, nb_epochs, _called(0.1, nb_epochs), "`costs`", "Note one in each epoch, with `.item()`.")
    defaults = student.train.defaults()
    expect(
        defaults.get("lr", 0.1) == 0.1 and defaults.get("nb_epochs", 100) == 100,
        "train(model, x, y)",
        "has other defaults than the notebook gave it",
        "Left out, lr should be 0.1 and nb_epochs 100.",
    )


@pytest.mark.exercise("train", weight=8, public=True)
def test_first_step(student: Notebook) -> None:
    """The first step is lr times the gradient of the cost, downhill, for any lr."""
    data, more, ratios = reference.eight_days(), _epochs_more(student), []
    for lr in (0.1, 0.02):
        run = _run(student, data, *_zeros(), lr, 1, more)
        ratios.append(step_ratio(run.step, _right(data, *_zeros(), lr, 1).step))
        if not bool(run.step.any()):
            property_ = "Each epoch should move them by one step."
            raise fail(_called(lr, 1), "left the model's parameters as they were", property_, _LOOP)
    lr, ratio = (0.1, ratios[0]) if not math.isclose(ratios[0], 1, rel_tol=1e-3) else (0.02, ratios[1])
    came_back, try_this = step_of_length(ratio), "Use `lr` as it was passed in, on the gradient of `cost`."
    if ratio == 0:
        came_back = "takes a first step that does not go along the gradient of the cost"
        try_this = "Plain `optim.SGD(model.parameters(), lr=lr)` does so, with the cost of all rows."
    elif ratio < 0:
        came_back, try_this = "takes its first step uphill", "Is there a minus too many?"
    property_ = "The step should be lr times the gradient of the cost, against it."
    expect(math.isclose(ratio, 1, rel_tol=1e-3), _called(lr, 1), came_back, property_, try_this)


@pytest.mark.exercise("train", weight=5, public=True)
def test_later_steps(student: Notebook) -> None:
    """Each later epoch takes a step like the first one, with the gradient at that place alone."""

    def check(data: Data, W: Tensor, b: Tensor, called: str, nb_epochs: int) -> None:
        first = step_ratio(_run(student, data, W, b, 0.1, 1, more).step, _right(data, W, b, 0.1, 1).step)
        lr = 0.1 * first if first > 0 else 0.1  # another length of all steps is another check's matter
        run = _run(student, data, W, b, 0.1, nb_epochs, more)
        right = _right(data, W, b, lr, nb_epochs)
        # float32 is right to about 1e-6 here, and a step left out moves the weights by 1e-2 and more.
        if bool(run.step.any()) and torch.allclose(run.end, right.end, rtol=1e-3, atol=1e-3):
            return
        came_back, try_this = "left other parameters in the model than so many steps make", _LOOP
        if len(run.costs) == nb_epochs and (hint := run_hint(run.costs, right.costs, rows=len(data.y))):
            came_back, try_this = "notes the costs of other steps than it should take", hint
        raise fail(called, came_back, "Each epoch should do what the first one does.", try_this)

    more = _epochs_more(student)
    check(reference.eight_days(), *_zeros(), _called(0.1, 6), 6)
    with hidden_inputs():
        check(reference.fresh(71, 9, 3), *fresh_weights(72, 3), "train(model, x, y, lr=0.1, nb_epochs=12)", 12)


@pytest.mark.exercise("train", weight=5, public=True)
def test_costs_fit_the_model(student: Notebook) -> None:
    """Each cost is that of the model before the step of its epoch."""
    data, more, called = reference.eight_days(), _epochs_more(student), _called(0.1, 5)
    found = _run(student, data, *_zeros(), 0.1, 5, more).costs[:5]
    expect(bool(found), called, "returned no list of costs", "There should be one for each epoch.", "`return costs`.")
    # The costs of the models that the student's own runs leave: wrong steps are another check's matter.
    passed = [torch.zeros(3).double(), *(_run(student, data, *_zeros(), 0.1, n, more).end for n in range(1, 5))]
    property_ = "Its own weights and its bias should be trained."
    expect(bool(passed[-1].any()), called, "left the model's parameters as they were", property_, _LOOP)
    passed = passed[: len(found)]
    own = [reference.cost(reference.hypothesis(data.x, each[:-1, None], each[-1:]), data.y) for each in passed]
    first = "It should be that of the model as it was passed in, before the first step."
    expect_epochs(found, own, called, "cost", first, run_hint(found, own, rows=8) or _LOOP, rtol=1e-3, atol=1e-3)
