"""What `hypothesis_exp` and `hypothesis` have in common: the same five checks, each with its own words."""

from __future__ import annotations

import torch
from torch import Tensor

from autograder.checks import (
    Data,
    Function,
    expect,
    expect_close,
    expect_tensor,
    fresh_weights,
    gradient_of,
    hidden_inputs,
    rows_of,
)

from . import reference


def check_weights(function: Function, name: str, try_this: str) -> None:
    """Without a bias, a hypothesis is the formula of x times W: on the notebook's data, and on others of that size."""

    def check(data: Data, W: Tensor, called: str, try_this: str) -> None:
        b = torch.zeros(1)
        expect_close(
            rows_of(function(data.x, W, b), 6, called, "There should be one probability for each row."),
            reference.hypothesis(data.x, W, b),
            called,
            "Each row should give 1 / (1 + e^-z), where z is its own weighted sum.",
            try_this,
        )

    # With zeros each row gives 0.5, which many wrong formulas do too: their numbers say more with other weights.
    for W in ([1.0, -1.0], [0.0, 0.0]):
        called = f"{name}(x_train, W=[[{W[0]:g}], [{W[1]:g}]], b=[0])"
        check(reference.six_students(), torch.tensor(W).reshape(2, 1), called, try_this)
    with hidden_inputs():
        try_this = "It was right for x_train: does the code use its own x and W?"
        check(reference.fresh(13, 6, 2), fresh_weights(13, 2)[0], f"{name}(x, W, b)", try_this)


def check_bias(function: Function, name: str) -> None:
    """Where all weights are zero, a hypothesis is the formula of its bias."""
    for number in (0.5, -2.0):
        b, W = torch.tensor([number]), torch.zeros(2, 1)
        called = f"{name}(x_train, W=[[0], [0]], b=[{number:g}])"
        value = function(reference.six_students().x, W, b)
        expect_close(
            rows_of(value, 6, called, "There should be one probability for each row."),
            reference.hypothesis(reference.six_students().x, W, b),
            called,
            "Every weighted sum is just b then, and each row should give 1 / (1 + e^-b).",
            "Is b added to the weighted sum, inside the formula, with the same sign?",
        )


def check_on_other_data(function: Function, name: str) -> None:
    """A hypothesis takes any number of rows and features, and uses them all, each row by itself.

    Whatever the formula: rows with one weighted sum get one answer, and those with others get others.
    """
    called, answers = f"{name}(x, W, b)", []
    for W, x in (
        ([0.5, -1.0, 0.75, 2.0], [[1.0, 1.0, 2.0, 0.5], [2.0, 0.0, 0.0, 0.5], [1.0, 1.0, 2.0, -0.5]]),
        ([1.0, -0.5, 0.5], [[2.0, 0.0, 0.0], [1.0, 0.0, 2.0], [0.0, 2.0, 0.0], [1.0, 1.0, 1.0]]),
        ([1.0, -0.5, 0.5], [[2.0, 0.0, 0.0]]),
    ):
        m, d = len(x), len(x[0])
        try_this = f"x had {m} row{'s' * (m > 1)} of {d} features here: does the code use all of x, W and b?"
        value = function(torch.tensor(x), torch.tensor(W).reshape(d, 1), torch.tensor([0.25]))
        rows = rows_of(value, m, called, try_this, floating=False).double().flatten()
        sums = torch.tensor(x).double() @ torch.tensor(W).double()
        same, apart = sums[:, None] == sums, (rows[:, None] - rows).abs()
        answers.append(rows[0])
        expect(
            bool((apart[same] < 1e-5).all()) and bool((apart[~same] > 1e-3).all()),
            called,
            "returned numbers that don't follow from each row's own weighted sum",
            "Rows with the same weighted sum should get the same probability, and others another one.",
            try_this,
        )
    expect(
        abs(float(answers[1] - answers[2])) < 1e-5,
        called,
        "returned something else for a row that stands alone",
        "Each row should be judged by itself.",
        "Leave the number of rows out of the formula.",
    )


def check_form(function: Function, name: str) -> None:
    """A hypothesis gives a column, one row for each row of x, and leaves its arguments as they are."""
    W, b, called = torch.tensor([[0.5], [-1.0]]), torch.tensor([0.25]), f"{name}(x_train, W=[[0.5], [-1]], b=[0.25])"
    result = function.differentiate(reference.six_students().x, W, b)
    expect_tensor(result.value, (6, 1), called, "x.matmul(W) has this shape already: leave it as it is.")
    expect(
        not result.changed,
        called,
        "changed its own arguments in place",
        "x, W and b should be the same after the call.",
        "Make new tensors: `x + 1` rather than `x += 1` or `x.add_(1)`.",
    )


def check_gradients(function: Function, name: str) -> None:
    """Gradients flow from a hypothesis back to W and b."""
    W, b = torch.tensor([[0.5], [-1.0]], requires_grad=True), torch.tensor([0.25], requires_grad=True)
    called = f"{name}(x_train, W=[[0.5], [-1]], b=[0.25])"
    result = function.differentiate(reference.six_students().x, W, b)
    for position, of, like in ((1, "W", W), (2, "b", b)):
        gradient = gradient_of(result, position, like, called, of)
        expect(
            bool(gradient.any()),
            called,
            f"gives a gradient of 0 with respect to {of}",
            f"When {of} changes, the probabilities should change as well.",
            "Does the result depend on it smoothly, without a comparison or rounding?",
        )
