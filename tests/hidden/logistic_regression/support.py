"""Demands that several checks share, in the words of `autograder.expect`.

Most exercises have one check that is strict about shapes and types; the others look past them, so that one slip
is paid for once.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from autograder.expect import (
    describe,
    describe_shape,
    expect,
    expect_close,
    expect_floats,
    expect_tensor,
    fail,
)
from autograder.student import Differentiated, Function, Module, Student
from autograder.wire import Array

from . import reference

_KEEP_THE_GRAPH = "Compute with tensors all the way: no `.item()`, `.detach()`, `.numpy()` or `no_grad()`."


def rows_of(value: Any, m: int, called: str, try_this: str = "", floating: bool = True) -> Tensor:
    """The m numbers in a tensor of any shape, as (m, 1)."""
    if isinstance(value, Tensor) and value.numel() == m:
        value = value.reshape(m, 1)
    return expect_tensor(value, (m, 1), called, try_this, floating)


def numbers_of(value: Any, length: int, called: str, what: str, try_this: str = "") -> list[float]:
    """`length` numbers in a list or tuple; one-element tensors and NumPy numbers count as numbers."""
    if isinstance(value, list | tuple) and len(value) == length:
        value = [_number(item) for item in value]
    return expect_floats(value, length, called, what, try_this)


def number_of(value: Any) -> Any:
    """A one-element tensor or NumPy number as a float, and anything else as it is."""
    return _number(value)


def _number(value: Any) -> Any:
    tensor = value.tensor if isinstance(value, Array) else value
    return float(tensor) if isinstance(tensor, Tensor) and tensor.numel() == 1 else value


def gradient_of(result: Differentiated, position: int, like: Tensor, called: str, of: str) -> Tensor:
    """The gradient that flowed back to one argument, of `like`'s shape, float64."""
    gradient = result.gradients[position]
    if not isinstance(gradient, Tensor) or gradient.numel() != like.numel():
        raise fail(
            called,
            f"gives a result from which no gradient flows back to {of}",
            "Training needs that gradient.",
            _KEEP_THE_GRAPH,
        )
    expect(
        bool(torch.isfinite(gradient).all()),
        called,
        f"gives a gradient with respect to {of} that is NaN or infinite",
        "It should be finite, like the result itself.",
    )
    return gradient.detach().double().reshape(like.shape)


def expect_direction(gradient: Tensor, expected: Tensor, called: str, of: str, try_this: str = "") -> None:
    """Demands a gradient that points where the formula's does; a factor, as between sum and mean, is let pass.

    Unit vectors are compared: 1e-3 is far above float32's rounding, and any other formula turns them further.
    """
    unit = gradient / gradient.norm().clamp(min=1e-12)
    expect(
        bool(torch.allclose(unit, expected / expected.norm(), rtol=0, atol=1e-3)),
        called,
        f"gives a gradient with respect to {of} that points another way than the formula's",
        "A small step against the gradient should make the losses smaller.",
        try_this or "Check the formula first: signs, brackets, and which of h and y stands where.",
    )


def check_on_six_students(function: Function, name: str, try_this: str) -> None:
    """A hypothesis gives one probability a row, on data that a student can try by hand."""
    data = reference.six_students()
    # With zeros each row gives 0.5, which many wrong formulas do too; the other weights part them.
    for W, b in (([0.0, 0.0], 0.0), ([1.0, -1.0], 0.5)):
        weights, bias = torch.tensor(W).reshape(2, 1), torch.tensor([b])
        called = f"{name}(x_train, W=[[{W[0]:g}], [{W[1]:g}]], b=[{b:g}])"
        value = expect_tensor(function(data.x, weights, bias), (6, 1), called, try_this)
        expect_close(
            value,
            reference.hypothesis(data.x, weights, bias),
            called,
            "Each row should give 1 / (1 + e^-z), where z is its own weighted sum plus the bias.",
            try_this,
        )


def check_on_other_data(function: Function, name: str) -> None:
    """A hypothesis uses its own arguments, whatever the number of rows and features."""
    for seed, m, d in ((11, 5, 3), (12, 1, 4)):
        data = reference.fresh(seed, m, d)
        W, b = reference.fresh_weights(seed, d)
        called = f"{name}(x, W, b)"
        try_this = f"x had {m} row{'s' * (m > 1)} of {d} features here. Does the code use all of x, W and b?"
        expect_close(
            rows_of(function(data.x, W, b), m, called, try_this),
            reference.hypothesis(data.x, W, b),
            called,
            "It should follow from x, W and b alone, for any number of rows and features.",
            try_this,
        )


def check_gradients(function: Function, name: str) -> None:
    """Gradients flow from a hypothesis back to W and b, where the lecture starts: the six students and zeros."""
    data = reference.six_students()
    W, b = torch.zeros(2, 1, requires_grad=True), torch.zeros(1, requires_grad=True)
    called = f"{name}(x_train, W, b)"
    result = function.differentiate(data.x, W, b)
    # The slope of the sigmoid at 0 is 1/4.
    for position, of, expected in ((1, "W", data.x.sum(dim=0).reshape(2, 1) / 4), (2, "b", torch.tensor([1.5]))):
        gradient = gradient_of(result, position, expected, called, of)
        expect(
            bool(torch.allclose(gradient, expected.double(), rtol=1e-4)),
            called,
            f"gives another gradient with respect to {of} than the formula",
            "When the weighted sum grows, the probability should grow, as steeply as the sigmoid does.",
            "Check the sign before the sum, and that it holds both x times W and b.",
        )


def make_classifier(student: Student) -> Module:
    """The student's `BinaryClassifier()`."""
    model = student.seeded(1).BinaryClassifier()
    if not isinstance(model, Module):
        raise fail(
            "BinaryClassifier()",
            f"gives {describe(model)}",
            "It should give an `nn.Module`.",
            "Does the class start with `class BinaryClassifier(nn.Module):`?",
        )
    return model


def load(model: Module, W: Tensor, b: Tensor) -> None:
    """Puts W (8, 1) and b (1,) into the classifier's own parameters, whatever they are called."""
    parameters = model.parameters()
    state = {}
    for name, value in parameters.items():
        if value.numel() not in (8, 1) or value.numel() in (each.numel() for each in state.values()):
            state = {}
            break
        state[name] = (W if value.numel() == 8 else b).reshape(value.shape)
    if not any(value.numel() == 8 for value in state.values()):
        raise fail(
            "BinaryClassifier()",
            f"has {described_parameters(parameters)}",
            "It should have 8 weights, one for each feature, and a bias.",
            "Make one `nn.Linear` with 8 inputs and 1 output in `__init__`, and keep it as `self.linear`.",
        )
    model.load(state)


def described_parameters(parameters: dict[str, Tensor]) -> str:
    """ "2 parameters: a tensor of shape (1, 8), a tensor of shape (1,)", or that there are none."""
    if not parameters:
        return "no parameters at all"
    shown = ", ".join(describe_shape(value) for value in list(parameters.values())[:4])
    return f"{len(parameters)} parameter{'s' * (len(parameters) > 1)}: {shown}"


def load_lecture_state(model: Module) -> tuple[Tensor, Tensor]:
    """Gives the classifier the parameters that the lecture's run starts with, and returns them."""
    W, b = reference.lecture_classifier()
    load(model, W, b)
    return W, b


def expect_costs(found: list[float], expected: list[float], called: str, try_this: str, zeros: bool = True) -> None:
    """Demands the costs of gradient descent, and says where the first wrong one stands.

    float32 drifts from the float64 reference by about 1e-6 in 100 updates; a wrong learning rate, a missing
    update or a shift by one epoch changes the costs by 1e-3 and more.
    """
    wrong = [
        epoch
        for epoch, (mine, theirs) in enumerate(zip(found, expected, strict=True))
        if abs(mine - theirs) > 1e-5 + 1e-4 * abs(theirs)
    ]
    if not wrong:
        return
    if wrong[0] == 0:
        start = "W and b are zeros" if zeros else "the model is as it was passed in"
        property_ = f"The first cost should be taken before the first update, while {start}."
    elif wrong[0] == 1:
        property_ = "The first cost is right; the second should be that after one step of lr times the gradient."
    else:
        property_ = (
            f"The costs of the first {wrong[0]} epochs are right, and then they go another way. Each epoch should "
            "do the same: cost, gradient of this cost alone, one update."
        )
    raise fail(called, f"gives costs that go wrong in epoch {wrong[0]}", property_, try_this)
