"""Hidden checks of the exercise `train`: gradient descent by hand, from zeros, on all rows. Each asks one thing."""

import math

import pytest
import torch

from autograder.checks import Notebook, describe_shape, expect, expect_floats, expect_scalar, expect_tensor, expect_tuple
from autograder.checks import hidden_inputs

from . import reference
from .reference import Data
from .support import expect_epochs
from .training import cost_of, descend, first_update, noted_costs, parts, run, weights_near

_LOOP = "In each epoch: hypothesis, cost, note it, clear the old gradients, backward, one step."


@pytest.mark.exercise("train", weight=2, public=True)
def test_what_comes_back(student: Notebook) -> None:
    """`train` takes lr and nb_epochs as they were given, and returns W, b and costs, a list of plain floats."""
    called, data = "train(x_train, y_train, lr=0.1, nb_epochs=2)", reference.six_students()
    value = student.train(data.x, data.y, lr=0.1, nb_epochs=2)
    W, b, costs = expect_tuple(value, 3, called, "W, b, costs")
    found = parts(value, 2)
    in_order = parts((W, b), 2).weights is not None and not isinstance(costs, torch.Tensor)
    expect(
        in_order or found.weights is None or not found.costs,
        called,
        "returned W, b and costs in another order",
        "They should come as W, b, costs.",
    )
    expect_tensor(W, (2, 1), f"{called}[0]", "Return W itself, one row for each feature.")
    expect_scalar(b, f"{called}[1]", "Return b itself.")
    length = len(costs) if isinstance(costs, list | tuple) else 3
    expect_floats(costs, length, called, "`costs`", "Note each cost with `.item()`, in every epoch.")
    defaults = student.train.defaults()
    expect(
        defaults.get("lr", 1.0) == 1.0 and defaults.get("nb_epochs", 1000) == 1000,
        "train(x, y)",
        "has other defaults than the notebook gave it",
        "Left out, lr should be 1.0 and nb_epochs 1000.",
    )


@pytest.mark.exercise("train", weight=3, public=True)
def test_number_of_costs(student: Notebook) -> None:
    """There is one cost for each of the epochs 0, 1, …, nb_epochs: nb_epochs + 1 of them."""
    for nb_epochs in (5, 0, 12):
        called = f"train(x_train, y_train, lr=0.1, nb_epochs={nb_epochs})"
        value = student.train(reference.six_students().x, reference.six_students().y, lr=0.1, nb_epochs=nb_epochs)
        count = len(parts(value, 2).costs)
        expect(
            count == nb_epochs + 1,
            called,
            f"noted {count} cost{'s' * (count != 1)}",
            f"The epochs are 0, 1, …, nb_epochs, both ends included: that makes {nb_epochs + 1}.",
            "Look at the range of the loop, and note a cost in every epoch.",
        )


@pytest.mark.exercise("train", weight=2, public=True)
def test_start(student: Notebook) -> None:
    """The first cost is that of W and b at zero, before any update, however many features there are."""

    def check(data: Data, called: str, try_this: str) -> None:
        first = noted_costs(run(student, data, lr=0.1, nb_epochs=2), called)[0]
        expect(
            math.isclose(first, math.log(2), rel_tol=1e-4),
            called,
            "noted another first cost than that of a model that knows nothing, log 2",
            "It should be the mean loss while W and b are zeros, before the first update.",
            try_this,
        )

    try_this = "Do W and b start as torch.zeros, and is the cost noted before the step?"
    check(reference.six_students(), "train(x_train, y_train, lr=0.1, nb_epochs=2)", try_this)
    with hidden_inputs():
        try_this = "x had 8 rows of 3 features here. Is W made with x.shape[1] rows, and does the code use its own x and y?"
        check(reference.fresh(40, 8, 3), "train(x, y, lr=0.1, nb_epochs=2)", try_this)


@pytest.mark.exercise("train", weight=3, public=True)
def test_first_step(student: Notebook) -> None:
    """The first update goes straight downhill, against the gradient of the cost, for W and for b."""

    def check(data: Data, called: str) -> None:
        update = first_update(student, data, lr=0.1)
        if update.goes_downhill or update.costs_fit(data, 0.1):
            return
        step, try_this = update.step, "Is it the gradient of the cost that the step subtracts, for both W and b?"
        came_back = "takes a first step that does not go along the gradient of the cost"
        if step is None:
            came_back = "leaves W and b where they start"
            try_this = "Each epoch needs backward and then a step, and the optimizer has to own both W and b."
        elif torch.allclose(step / step.norm(), update.slope / update.slope.norm(), atol=1e-3):
            came_back, try_this = "goes uphill with its first step", "Subtract lr times the gradient."
        elif step[-1] == 0 and update.slope[-1].abs() > 1e-6:
            came_back, try_this = "leaves b where it starts", "Update b as well as W: the optimizer has to own both."
        raise_unless = "The first step should be W - lr times its gradient, and b - lr times its own."
        expect(False, called, came_back, raise_unless, try_this)

    check(reference.six_students(), "train(x_train, y_train, lr=0.1, nb_epochs=0)")
    with hidden_inputs():
        check(reference.fresh(42, 7, 2), "train(x, y, lr=0.1, nb_epochs=0)")


@pytest.mark.exercise("train", weight=4, public=True)
def test_learning_rate(student: Notebook) -> None:
    """A step is lr times the gradient, for any lr."""
    data, longer = reference.six_students(), {}
    for lr in (0.4, 0.05):
        called = f"train(x_train, y_train, lr={lr}, nb_epochs=0)"
        update = first_update(student, data, lr=lr)
        # 1e-3 is far above float32's rounding; an lr that counts for something else changes the step by much more.
        if math.isclose(update.own_lr, lr, rel_tol=1e-3) or update.costs_fit(data, lr):
            longer[lr] = lr
            continue
        longer[lr] = update.own_lr
        came_back, try_this = "takes a first step of another length", "Use `lr` as it was passed in, and the mean loss."
        if update.step is None:
            came_back, try_this = "takes no step at all", "Each epoch needs backward and then a step."
        elif len(longer) == 2 and math.isclose(longer[0.4], longer[0.05], rel_tol=1e-3):
            came_back = "takes the same first step as with lr=0.4"
        expect(False, called, came_back, "The step should be lr times the gradient of the cost.", try_this)


@pytest.mark.exercise("train", weight=3, public=True)
def test_later_steps(student: Notebook) -> None:
    """Each later epoch does what the first one did, with the gradient of its own cost alone, to the end."""

    def check(data: Data, called: str, lr: float, nb_epochs: int) -> None:
        update = first_update(student, data, lr=lr)
        own_lr = lr if update.own_lr <= 0 or update.costs_fit(data, lr) else update.own_lr
        found = run(student, data, lr=lr, nb_epochs=nb_epochs)
        # An epoch more or less is another check's matter.
        shorter, trained, longer = (
            descend(data, update.start, lr=own_lr, nb_epochs=nb_epochs + more) for more in (-1, 0, 1)
        )
        if update.step is not None and any(weights_near(found, each) for each in (shorter, trained, longer)):
            return
        count = min(len(noted_costs(found, called)), len(trained.costs))
        expect(count > 2, called, f"noted {count} of its costs", "There should be one of each epoch.", _LOOP)
        first = "The first cost should be that of the start."
        expect_epochs(found.costs[:count], trained.costs[:count], called, "cost", first, _LOOP)

    check(reference.six_students(), "train(x_train, y_train, lr=0.1, nb_epochs=40)", 0.1, 40)
    with hidden_inputs():
        x = reference.fresh(46, 9, 2, scale=3.0).x
        easy = Data(x, (x[:, :1] > 0).float())  # the cost falls to almost nothing here, and the loop should go on
        check(easy, "train(x, y, lr=0.5, nb_epochs=20)", 0.5, 20)


@pytest.mark.exercise("train", weight=1, public=True)
def test_returned_weights(student: Notebook) -> None:
    """The W and b that `train` returns are those after the last update."""
    called, data = "train(x_train, y_train, lr=0.1, nb_epochs=3)", reference.six_students()
    found = run(student, data, lr=0.1, nb_epochs=3)
    one_more = run(student, data, lr=0.1, nb_epochs=4)
    expected = "W and b should be those after the last update, with which one more epoch would begin."
    expect(found.weights is not None, called, "returned no W and b with its costs", expected, "Return W, b, costs.")
    assert found.weights is not None
    moved = one_more.weights is not None and not torch.allclose(found.weights, one_more.weights, rtol=0, atol=1e-7)
    expect(
        moved, called, "returned the same W and b as with one epoch more", expected, "Does each epoch change W and b?"
    )
    expect(
        math.isclose(cost_of(data, found.weights), noted_costs(one_more, called)[-1], rel_tol=1e-4),
        called,
        "returned a W and b that don't fit the costs: the cost of the next epoch is not theirs",
        expected,
        "Return W and b themselves when the loop is over, and let the last epoch have its step too.",
    )


@pytest.mark.exercise("train", weight=2)
def test_any_data(student: Notebook) -> None:
    """All of `train` holds for other data, with another number of rows and features, and another lr."""
    # With this lr the costs go up and down, so that a list of the best so far is another one.
    data, called = reference.fresh(41, 9, 4, scale=3.0), "train(x, y, lr=1.7, nb_epochs=9)"
    found = run(student, data, lr=1.7, nb_epochs=9)
    costs = noted_costs(found, called)[:10]
    trained = reference.descend(data, lr=1.7, nb_epochs=9)
    try_this = "x had 9 rows of 4 features here. Is W made with x.shape[1] rows? Does the code use its own x and y?"
    first = "The first cost should be taken before the first update, while W and b are zeros."
    expect_epochs(costs, trained.costs[: len(costs)], called, "cost", first, try_this)
    expect(
        weights_near(found, reference.descend(data, lr=1.7, nb_epochs=len(found.costs) - 1)),
        called,
        "returned another W or b than that after the last update",
        "There should be an update in each epoch, the last one too.",
        try_this,
    )
