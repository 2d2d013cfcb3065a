"""Hidden checks of the exercise `train`: gradient descent by hand, from zeros, on all rows. Each asks one thing."""

import math

import pytest

from autograder.checks import (
    Data,
    Notebook,
    describe_count,
    expect,
    expect_epochs,
    expect_floats,
    expect_scalar,
    expect_tensor,
    expect_tuple,
    fail,
    hidden_inputs,
    parts_hint,
    public_inputs,
    ratio_hint,
    run_hint,
    step_of_length,
)

from . import reference
from .training import descend, first_update, noted_costs, own_costs, parts, run, weights_near

_LOOP = "In each epoch: hypothesis, cost, note it, clear the old gradients, backward, one step."


@pytest.mark.exercise("train", weight=2, public=True)
def test_what_comes_back(student: Notebook) -> None:
    """`train` takes lr and nb_epochs as they were given, and returns W, b and costs, a list of plain floats."""
    called, data = "train(x_train, y_train, lr=0.1, nb_epochs=2)", reference.six_students()
    value = student.train(data.x, data.y, lr=0.1, nb_epochs=2)
    W, b, costs = expect_tuple(value, 3, called, "W, b, costs")
    found = parts(value, 2)
    expect(
        parts((W, b), 2).weights is not None or found.weights is None or not found.costs,
        called,
        "returned W, b and costs in another order",
        "They should come as `return W, b, costs`.",
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
        found = run(student, reference.six_students(), lr=0.1, nb_epochs=nb_epochs)
        count = len(noted_costs(found, called) if nb_epochs == 5 else found.costs)
        expect(
            count == nb_epochs + 1,
            called,
            f"notes {describe_count(count, nb_epochs + 1, 'costs')}",
            f"There should be {nb_epochs + 1}, as the epochs are 0, 1, …, nb_epochs, both ends included.",
            "Look at the range of the loop, and note a cost in every epoch.",
        )
    with hidden_inputs():
        count = len(run(student, reference.easy(), lr=1.0, nb_epochs=4).costs)
        expect(
            count == 5,
            "train(x, y, lr=1.0, nb_epochs=4)",
            "notes another number of costs than there are epochs",
            "There should be nb_epochs + 1 of them, however small the cost gets.",
            "Does the loop end early, or work for the notebook's data alone?",
        )


@pytest.mark.exercise("train", weight=2, public=True)
def test_start(student: Notebook) -> None:
    """The first cost is that of W and b at zero, before any update."""
    called, data = "train(x_train, y_train, lr=0.1, nb_epochs=2)", reference.six_students()
    first = noted_costs(run(student, data, lr=0.1, nb_epochs=2), called)[0]
    expect(
        math.isclose(first, math.log(2), rel_tol=1e-4),
        called,
        "notes another first cost" + (f" ({first:.4f})" if public_inputs.get() else "") + " than it should",
        "It should be log 2, the mean loss while W and b are zeros, before the first update.",
        ratio_hint(first, math.log(2), len(data.y), "The first cost")
        or "Do W and b start as torch.zeros, and is the cost noted before the step?",
    )


@pytest.mark.exercise("train", weight=6, public=True)
def test_first_step(student: Notebook) -> None:
    """The first update goes downhill: it is lr times the gradient of the cost, for any lr."""
    data, updates, ratios = reference.six_students(), [], []
    for lr in (0.4, 0.05):
        update = first_update(student, data, lr=lr)
        updates.append(update)
        right = update.costs_fit(data, lr) or (update.goes_downhill and math.isclose(update.own_lr, lr, rel_tol=1e-3))
        ratios.append(1.0 if right else update.own_lr / lr if update.is_straight else math.inf)
    if ratios == [1.0, 1.0]:
        return
    lr, ratio, update = (0.4, ratios[0], updates[0]) if ratios[0] != 1.0 else (0.05, ratios[1], updates[1])
    step, right_step = update.step, -lr * update.slope
    came_back = step_of_length(ratio)
    try_this = "Use `lr` as it was passed in, on the gradient of the mean loss."
    if step is None:
        came_back = "left W and b where they start"
        try_this = "Each epoch needs backward and then a step, and the optimizer has to own W and b."
    elif math.isinf(ratio):
        came_back = "takes a first step that does not go along the gradient of the cost"
        parts_of_step = {
            "The step of `W`": (step[:-1], right_step[:-1]),
            "The step of `b`": (step[-1:], right_step[-1:]),
        }
        hint = parts_hint(parts_of_step, len(data.y))
        try_this = hint or "Plain SGD does so, or `W - lr * W.grad`, with the cost of all rows."
    elif ratio < 0:
        came_back = "takes its first step uphill"
        try_this = "Is a minus missing before lr or in the cost, or is there one too many?"
    elif math.isclose(ratios[1], 8 * ratios[0], rel_tol=1e-3):
        lr, came_back, try_this = 0.05, "takes the same first step as with lr=0.4", "Use `lr` as it was passed in."
    elif hint := ratio_hint(step, right_step, len(data.y), "The step"):
        came_back, try_this = "moves W and b by another first step than it should", hint
    property_ = "The first step should take lr times the gradient of the cost off W."
    expect(False, f"train(x_train, y_train, lr={lr}, nb_epochs=0)", came_back, property_, try_this)


@pytest.mark.exercise("train", weight=5, public=True)
def test_later_steps(student: Notebook) -> None:
    """Each later epoch does what the first one did, with the gradient of its own cost alone, for W and for b."""

    def check(data: Data, called: str, lr: float, nb_epochs: int) -> None:
        update = first_update(student, data, lr=lr)
        own_lr = lr if update.own_lr <= 0 or update.costs_fit(data, lr) else update.own_lr
        found = run(student, data, lr=lr, nb_epochs=nb_epochs)
        counts = (nb_epochs, nb_epochs - 1, nb_epochs + 1)  # an epoch more or less is for another check to find
        runs = (descend(data, update.start, lr=own_lr, nb_epochs=each) for each in counts)
        if update.step is not None and any(weights_near(found, each) for each in runs):
            return
        trained = descend(data, update.start, lr=own_lr, nb_epochs=nb_epochs)
        count = min(len(noted_costs(found, called)), len(trained.costs))
        expect(count > 2, called, f"notes {count} of its costs", "There should be one of each epoch.", _LOOP)
        costs, right_costs = found.costs[:count], trained.costs[:count]
        try_this = run_hint(costs, right_costs, rows=len(data.y)) or _LOOP
        expect_epochs(
            costs, right_costs, called, "cost", "The first cost should be that of W and b as they start.", try_this
        )

    check(reference.six_students(), "train(x_train, y_train, lr=0.1, nb_epochs=20)", 0.1, 20)
    with hidden_inputs():
        x = reference.fresh(46, 9, 2, scale=3.0).x
        easy = Data(x, (x[:, :1] > 0).float())  # the cost falls to almost nothing here, and the loop should go on
        check(easy, "train(x, y, lr=0.2, nb_epochs=20)", 0.2, 20)


@pytest.mark.exercise("train", weight=2)
def test_costs_fit_the_weights(student: Notebook) -> None:
    """W, b and the costs belong together, for any data: each cost is that of W and b after the epochs before it."""
    # With this lr the costs go up and down, so that a list of the best so far is another one.
    data, called = reference.fresh(41, 9, 4, scale=3.0), "train(x, y, lr=1.7, nb_epochs=6)"
    found = run(student, data, lr=1.7, nb_epochs=6)
    property_ = "Each cost should be that of W and b before its update, and W and b those after the last one."
    expect(
        found.weights is not None,
        called,
        "returned no W and b for its 4 features",
        "They should come back as `return W, b, costs`.",
        "Does the code use its own x and y, and is W made with x.shape[1] rows?",
    )
    costs = noted_costs(found, called)[:7]
    right = reference.descend(data, lr=1.7, nb_epochs=6)
    expected = right.costs if weights_near(found, right) else own_costs(student, data, lr=1.7, count=len(costs))
    expect(bool(expected), called, "returned the W and b that it started with", property_, _LOOP)
    wrong = [
        e for e, (mine, own) in enumerate(zip(costs, expected, strict=False)) if abs(mine - own) > 1e-4 + 1e-3 * own
    ]
    if wrong:
        came_back = (
            f"notes for epoch {wrong[0]} another cost than that of the W and b which the epochs before it return"
        )
        raise fail(called, came_back, property_, _which_differ(costs, expected, right.costs, len(data.y)))


def _which_differ(costs: list[float], own: list[float], right: list[float], rows: int) -> str:
    """What to try where costs are not those of the W and b returned, which have the costs `own`."""
    if all(math.isclose(mine, theirs, rel_tol=1e-4) for mine, theirs in zip(costs, right, strict=False)):
        return "The costs are right: are W and b returned after the loop, with nb_epochs + 1 steps taken?"
    count = min(len(costs), len(own))
    hint = run_hint(costs[:count], own[:count], rows=rows) or ratio_hint(costs[0], own[0], rows, "The first cost")
    return hint or "Is each epoch's own cost noted, before its step is taken?"
