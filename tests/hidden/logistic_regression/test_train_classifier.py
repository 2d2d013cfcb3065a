"""Hidden checks of the exercise `train_classifier`: gradient descent on a given model. Each asks one thing."""

import pytest
import torch

from autograder.checks import (
    Notebook,
    describe_count,
    expect,
    expect_epochs,
    expect_floats,
    expect_tuple,
    hidden_inputs,
    parts_hint,
    ratio_hint,
    run_hint,
    step_of_length,
)

from .training_classes import (
    FirstUpdate,
    Setting,
    are_swapped,
    easy,
    first_update,
    lecture,
    noted,
    own_run,
    run,
    three_features,
    weights_near,
    weights_of,
)

_LOOP = "In each epoch: model(x), cost and accuracy noted, old gradients cleared, backward, one step."
_THE_MODEL = "Give model.parameters() to the optimizer, and train this very model, no new or copied one."


@pytest.mark.exercise("train_classifier", weight=1, public=True)
def test_what_comes_back(student: Notebook) -> None:
    """`train_classifier` takes lr and nb_epochs as they were given, and returns costs and accuracies, plain floats."""
    setting = lecture(student, 20)
    called, data = setting.called(0.5, 2), setting.data
    value = student.train_classifier(setting.make(), data.x, data.y, lr=0.5, nb_epochs=2)
    costs, accuracies = expect_tuple(value, 2, called, "costs, accuracies")
    for found, what in ((costs, "`costs`"), (accuracies, "`accuracies`")):
        length = len(found) if isinstance(found, list | tuple) else 3
        expect_floats(found, length, called, what, "Note one float in each epoch, with `.item()` where it is a tensor.")
    expect(
        not are_swapped(list(costs), list(accuracies), setting),
        called,
        "returned the two lists in another order",
        "They should come as `return costs, accuracies`.",
    )
    defaults = student.train_classifier.defaults()
    expect(
        defaults.get("lr", 1.0) == 1.0 and defaults.get("nb_epochs", 100) == 100,
        "train_classifier(model, x, y)",
        "has other defaults than the notebook gave it",
        "Left out, lr should be 1.0 and nb_epochs 100.",
    )


@pytest.mark.exercise("train_classifier", weight=1, public=True)
def test_number_of_epochs(student: Notebook) -> None:
    """There is one cost and one accuracy for each of the epochs 0, 1, …, nb_epochs: nb_epochs + 1 of each."""
    setting = lecture(student, 20)
    for nb_epochs in (4, 11):
        found, called = run(student, setting, 0.5, nb_epochs), setting.called(0.5, nb_epochs)
        for numbers, what in ((found.costs, "costs"), (found.accuracies, "accuracies")):
            expect(
                len(noted(numbers, what, called)) == nb_epochs + 1,
                called,
                f"notes {describe_count(len(numbers), nb_epochs + 1, 'numbers')} in `{what}`",
                f"There should be {nb_epochs + 1}, as the epochs are 0, 1, …, nb_epochs, both ends included.",
                "Look at the range of the loop, and note one number of each kind in every epoch.",
            )
    with hidden_inputs():
        setting = easy(student)
        found, called = run(student, setting, 1.0, 3), setting.called(1.0, 3)
        expect(
            len(noted(found.costs, "costs", called)) == 4,
            called,
            "notes another number of costs than there are epochs",
            "There should be nb_epochs + 1 of them, however small the cost gets.",
            "Does the loop end early?",
        )


@pytest.mark.exercise("train_classifier", weight=1, public=True)
def test_costs(student: Notebook) -> None:
    """Each cost is that of the model before the update of its epoch."""

    def check(setting: Setting, lr: float, nb_epochs: int, try_this: str) -> None:
        called, right = setting.called(lr, nb_epochs), setting.descend(lr, nb_epochs)
        ran = run(student, setting, lr, nb_epochs)
        found = noted(ran.costs, "costs", called)[: nb_epochs + 1]
        expected = right.costs[: len(found)]
        differ = any(abs(one - other) > 1e-3 for one, other in zip(found, expected, strict=True))
        if differ and not weights_near(ran, right):
            expected = own_run(student, setting, lr, len(found))[0] or expected[:1]
        first = "The first cost should be that of the model as it came, before the first update."
        found = found[: len(expected)]
        expect_epochs(found, expected, called, "cost", first, _run_hint(found, expected, "cost", setting) or try_this)

    check(lecture(student), 1.0, 4, "Take the cost of model(x) as it is, before the step.")
    with hidden_inputs():  # costs go up and down here, so that a list of the best so far is another one
        check(three_features(student, 73, scale=3.0), 2.0, 5, "Does the code use its own model, x and y?")


@pytest.mark.exercise("train_classifier", weight=3, public=True)
def test_first_step(student: Notebook) -> None:
    """The first update moves all parameters of the passed model by lr times the gradient of the cost."""
    setting = lecture(student)
    updates = {lr: first_update(student, setting, lr) for lr in (0.2, 1.0)}
    steps = [update.step for update in updates.values() if update.step is not None]
    for lr, update in updates.items():
        came_back, try_this = "moves the model another way with its first update", "Is it plain SGD, on the mean loss?"
        hint = _step_hint(update, len(setting.data.y))
        if update.step is None:
            came_back, try_this = "left the model that was passed in as it was", _THE_MODEL
        elif len(steps) == 2 and torch.allclose(*steps, rtol=1e-3, atol=1e-6):
            lr, came_back, try_this = 1.0, "takes the same first step as with lr=0.2", "Use `lr` as it was passed in."
        elif hint:
            came_back, try_this = "moves the model by another first step than it should", hint
        elif update.ratio:
            came_back = step_of_length(update.ratio)
            try_this = "Use `lr` as it was passed in, and the mean loss of all rows."
        property_ = "Each parameter should move by lr times its gradient."
        expect(update.is_right, setting.called(lr, 0), came_back, property_, try_this)


def _step_hint(update: FirstUpdate, rows: int) -> str:
    """What the first step has to do with the right one, or one part of it."""
    if update.step is None:
        return ""
    parts = {
        "The step of the weights": (update.step[:-1], update.right[:-1]),
        "The step of the bias": (update.step[-1:], update.right[-1:]),
    }
    return ratio_hint(update.step, update.right, rows, "The step") or parts_hint(parts, rows)


@pytest.mark.exercise("train_classifier", weight=2, public=True)
def test_trained_model(student: Notebook) -> None:
    """The passed model is left as all the updates make it: the later ones like the first, and the last included."""

    def check(setting: Setting, nb_epochs: int) -> None:
        found, update = run(student, setting, 1.0, nb_epochs), first_update(student, setting, 1.0)
        # The length of the student's own steps: a wrong learning rate is another check's matter, and so are epochs.
        lr = 1.0 if update.is_right or not update.ratio else update.ratio
        updates = len(found.costs) if len(found.costs) >= nb_epochs else nb_epochs + 1
        came_back, try_this = "left other parameters in the model than the updates of all epochs make", _LOOP
        if torch.equal(found.weights, setting.weights):
            came_back, try_this = "left the model that was passed in as it was", _THE_MODEL
        elif updates > 1 and torch.allclose(found.weights, weights_of(setting.descend(lr, updates - 2)), atol=1e-4):
            came_back, try_this = "left the model as it is before its last update", "Is that step in the loop as well?"
        expect(
            weights_near(found, setting.descend(lr, updates - 1)),
            setting.called(1.0, nb_epochs),
            came_back,
            "Its parameters should move by one step in each epoch, the last included.",
            try_this,
        )

    check(lecture(student), 6)
    with hidden_inputs():
        check(three_features(student, 74), 20)


@pytest.mark.exercise("train_classifier", weight=2, public=True)
def test_accuracies(student: Notebook) -> None:
    """`accuracies` are fractions from 0 to 1, each that of the model before its epoch's update."""

    def check(setting: Setting, nb_epochs: int, try_this: str) -> None:
        called, rows = setting.called(1.0, nb_epochs), len(setting.data.y)
        # One of many rows may fall to the other side of 0.5 by rounding; an update moves far more of them.
        near = 1.5 / rows if rows > 100 else 0.1 / rows
        ran, right = run(student, setting, 1.0, nb_epochs), setting.descend(1.0, nb_epochs)
        found = noted(ran.accuracies, "accuracies", called)[: nb_epochs + 1]
        expected = right.accuracies[: len(found)]
        differ = any(abs(one - other) > near for one, other in zip(found, expected, strict=True))
        if differ and not weights_near(ran, right):
            expected = own_run(student, setting, 1.0, len(found))[1] or expected
            found = found[: len(expected)]
        first = "It should be the fraction of right predictions, from 0 to 1, of the model as it was passed in."
        hint = _run_hint(found, expected, "accuracy", setting)
        expect_epochs(found, expected, called, "accuracy", first, hint or try_this, rtol=0, atol=near)

    try_this = "Take the accuracy of the same model(x) that gives the cost, as a fraction, not in percent."
    check(lecture(student), 12, try_this)
    with hidden_inputs():  # the accuracy goes up and down here
        try_this = "Use `accuracy` from before, in each epoch, with the number of rows of y."
        check(three_features(student, 72), 7, try_this)


def _run_hint(found: list[float], expected: list[float], what: str, setting: Setting) -> str:
    """How what was noted goes another way than the model, which may move although the same is noted each time."""
    if len(set(found)) == 1 < len(set(expected)):
        return f"The {what} never changes: is it computed in each epoch, from that epoch's model(x)?"
    rows = len(setting.data.y)
    hint = run_hint(found, expected, what, rows)
    # Two single accuracies are so round that one may be twice the other by chance.
    return hint if hint or what != "cost" else ratio_hint(found[:1], expected[:1], rows, "The first cost")
