"""What `hypothesis_exp` and `hypothesis` have in common: the same three checks, each with its own words."""

from __future__ import annotations

import torch

from autograder.checks import Function, expect, expect_close, expect_tensor

from . import reference
from .support import expect_values, gradient_of, rows_of


def check_on_six_students(function: Function, name: str, try_this: str) -> None:
    """A hypothesis gives one probability a row, on data that a student can try by hand."""
    data = reference.six_students()
    # With zeros each row gives 0.5, which many wrong formulas do too; the other weights part them.
    for W, b in (([0.0, 0.0], 0.0), ([1.0, -1.0], 0.5)):
        weights, bias = torch.tensor(W).reshape(2, 1), torch.tensor([b])
        called = f"{name}(x_train, W=[[{W[0]:g}], [{W[1]:g}]], b=[{b:g}])"
        value = function(data.x, weights, bias)
        expect_close(
            expect_tensor(value, (6, 1), called, "x.matmul(W) has this shape already: leave it as it is."),
            reference.hypothesis(data.x, weights, bias),
            called,
            "Each row should give 1 / (1 + e^-z), where z is its own weighted sum plus the bias.",
            try_this,
        )


def check_on_other_data(function: Function, name: str) -> None:
    """A hypothesis uses its own arguments, whatever the number of rows and features."""
    for seed, m, d in ((11, 5, 2), (12, 1, 4)):
        data = reference.fresh(seed, m, d)
        W, b = reference.fresh_weights(seed, d)
        called = f"{name}(x, W, b)"
        try_this = f"x had {m} row{'s' * (m > 1)} of {d} features here. Does the code use all of x, W and b?"
        expect_values(
            rows_of(function(data.x, W, b), m, called, try_this),
            reference.hypothesis(data.x, W, b),
            called,
            "It should follow from x, W and b alone, for any number of rows and features.",
            try_this,
        )


def check_gradients(function: Function, name: str) -> None:
    """Gradients flow from a hypothesis back to W and b, and its arguments stay as they are."""
    data = reference.six_students()
    W, b = torch.tensor([[0.5], [-1.0]], requires_grad=True), torch.tensor([0.25], requires_grad=True)
    called = f"{name}(x_train, W=[[0.5], [-1]], b=[0.25])"
    result = function.differentiate(data.x, W, b)
    expect(
        not result.changed,
        called,
        "changed its own arguments in place",
        "x, W and b should be the same after the call.",
        "Make new tensors: `x + 1` rather than `x += 1` or `x.add_(1)`.",
    )
    h = reference.hypothesis(data.x, W, b)
    slope = h * (1 - h)
    for position, of, expected in ((1, "W", data.x.double().T @ slope), (2, "b", slope.sum(dim=0))):
        gradient = gradient_of(result, position, expected, called, of)
        expect(
            bool(torch.allclose(gradient, expected, rtol=1e-4)),
            called,
            f"gives another gradient with respect to {of} than the formula",
            "When the weighted sum grows, the probability should grow, as steeply as the sigmoid does.",
            "Check the sign before the sum, and that it holds both x times W and b.",
        )
