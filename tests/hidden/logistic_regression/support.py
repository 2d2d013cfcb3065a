"""Demands that several checks share, in the words of `autograder.checks`.

Most exercises have one check that is strict about shapes and types; the others look past them, so that one slip
is paid for once.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from autograder.checks import (
    Array,
    Differentiated,
    Module,
    Notebook,
    describe,
    describe_shape,
    expect,
    expect_float,
    expect_floats,
    expect_scalar,
    expect_tensor,
    fail,
    public_inputs,
    ratio_hint,
    seeded,
)

from . import reference

_KEEP_THE_GRAPH = "Compute with tensors all the way: no `.item()`, `.detach()`, `.numpy()` or `no_grad()`."
_CHECK_THE_FORMULA = "Check the formula first: signs, brackets, and which of h and y stands where."


def rows_of(value: Any, m: int, called: str, try_this: str = "", floating: bool = True) -> Tensor:
    """The m numbers in a tensor or array of any shape, as (m, 1)."""
    value = value.tensor if isinstance(value, Array) and value.tensor.numel() == m else value
    if isinstance(value, Tensor) and value.numel() == m:
        value = value.reshape(m, 1)
    return expect_tensor(value, (m, 1), called, try_this, floating)


def tensor_of(value: Any, called: str) -> Tensor:
    """A finite tensor of whatever shape."""
    return expect_tensor(value, value.shape if isinstance(value, Tensor) else (), called)


def numbers_of(value: Any, length: int, called: str, what: str, try_this: str = "") -> list[float]:
    """`length` numbers in a list or tuple; one-element tensors and NumPy numbers count as numbers."""
    if isinstance(value, list | tuple) and len(value) == length:
        value = [number_of(item) for item in value]
    return expect_floats(value, length, called, what, try_this)


def one_number(value: Any, called: str, try_this: str = "") -> float:
    """The one finite number in a tensor, an array or by itself: that it should be a tensor is left to another check."""
    if isinstance(value, Tensor) and value.numel() != 1:
        raise fail(called, f"returned {describe_shape(value)}", "It should be one number for all rows.", try_this)
    number = number_of(value)
    if isinstance(number, int | float) and not isinstance(number, bool):
        return expect_float(number, called)
    return float(expect_scalar(value, called, try_this))


def expect_same_ratios(
    value: Tensor, expected: Tensor, called: str, property_: str, try_this: str, *, returned: Any = None
) -> None:
    """Demands the expected numbers up to one factor, which may be negative: the logarithm's base is no matter here.

    1e-3 is wide enough for a log(h + 1e-6) against log 0: that is off by 3e-4 of a loss at h = 0.003.

    Args:
        returned: what the call returned, if `value` holds the numbers of several calls.
    """
    mine, theirs = value.detach().double().flatten(), expected.double().flatten()
    factor = float(mine @ theirs / (theirs @ theirs))
    if abs(factor) < 1e-3 or not torch.allclose(mine / factor, theirs, rtol=1e-3, atol=1e-4):
        returned = value if returned is None else returned
        came_back = f"returned {describe(returned)}" if public_inputs.get() else "returned what is not right"
        raise fail(called, came_back, property_, try_this)


def loss_hint(value: Tensor | float, expected: Tensor | float) -> str:
    """What to try for losses with another logarithm, with another sign, or without one of the terms."""
    mine, theirs = (torch.as_tensor(each).detach().double().flatten() for each in (value, expected))
    factor = abs(float(mine @ theirs / (theirs @ theirs)))
    if any(math.isclose(factor, 1 / math.log(base), rel_tol=1e-4) for base in (2, 10)):
        return "Is it `torch.log`, not log10 or log2?"
    if bool((mine < 0).any()):
        return "Does the minus stand before both terms?"
    return "Are both terms there, each with a log of its own?"


def number_of(value: Any) -> Any:
    """A one-element tensor or NumPy number as a float, and anything else as it is."""
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
        "Is there a log of 0, or a division by 0?",
    )
    return gradient.detach().double().reshape(like.shape)


def expect_direction(gradient: Tensor, expected: Tensor, called: str, of: str) -> None:
    """Demands a gradient that points where the formula's does; a factor, as between sum and mean, is let pass.

    Unit vectors are compared: 1e-3 is far above float32's rounding, and any other formula turns them further.
    """
    unit = gradient / gradient.norm().clamp(min=1e-12)
    expect(
        bool(torch.allclose(unit, expected / expected.norm(), rtol=0, atol=1e-3)),
        called,
        f"gives a gradient with respect to {of} that points another way than the formula's",
        "A small step against the gradient should make the losses smaller.",
        ratio_hint(unit, expected / expected.norm(), subject="The gradient") or _CHECK_THE_FORMULA,
    )


def make_classifier(student: Notebook, seed: int = 1) -> Module:
    """The student's `BinaryClassifier()`, made with all random generators seeded by `seed`."""
    model = seeded(student, seed).BinaryClassifier()
    if not isinstance(model, Module):
        raise fail(
            "BinaryClassifier()",
            "gives something that is no `nn.Module`",
            "It should be one, with its layer registered as a parameter to train.",
            "Does the class start with `class BinaryClassifier(nn.Module):`?",
        )
    # Calls start from another seed than the making did, so that weights made anew in `forward` are other ones.
    return seeded(model, 0)


def load(model: Module, W: Tensor, b: Tensor) -> None:
    """Puts W (8, 1) and b (1,) into the classifier's own parameters, whatever they are called."""
    parameters = model.parameters()
    state: dict[str, Tensor] = {}
    for name, value in parameters.items():
        if value.numel() not in (8, 1) or value.numel() in (each.numel() for each in state.values()):
            state = {}
            break
        state[name] = (W if value.numel() == 8 else b).reshape(value.shape)
    if not any(value.numel() == 8 for value in state.values()):
        raise fail(
            "BinaryClassifier()",
            f"has {described_parameters(parameters)}",
            "It should have 8 weights, one for each feature, and one bias.",
            advice_on_parameters(parameters),
        )
    model.load(state)


def load_if_it_fits(model: Module, W: Tensor, b: Tensor) -> None:
    """`load` where the classifier has 8 weights and a bias; any other stays as it is, for another check to find."""
    if sorted(value.numel() for value in model.parameters().values()) == [1, 8]:
        load(model, W, b)


def described_parameters(parameters: dict[str, Tensor]) -> str:
    """ "2 parameters: a tensor of shape (1, 8), a tensor of shape (1,)", or that there are none."""
    if not parameters:
        return "no parameters at all"
    shown = ", ".join(describe_shape(value) for value in list(parameters.values())[:4])
    return f"{len(parameters)} parameter{'s' * (len(parameters) > 1)}: {shown}"


def advice_on_parameters(parameters: dict[str, Tensor]) -> str:
    """What to try if there are other parameters than 8 weights and a bias."""
    if not parameters:
        return (
            "Make the layer in `__init__` and keep it as `self.linear`; elsewhere, or in a list, it isn't registered."
        )
    if [value.numel() for value in parameters.values()] == [8]:
        return "The bias is missing: `nn.Linear` has one unless it is told otherwise."
    return "Make one `nn.Linear` with 8 inputs and 1 output in `__init__`."


def load_lecture_state(model: Module) -> tuple[Tensor, Tensor]:
    """Gives the classifier the parameters that the lecture's run starts with, and returns them."""
    W, b = reference.lecture_classifier()
    load(model, W, b)
    return W, b


def step_of_length(ratio: float) -> str:
    """What came back: a first step that is `ratio` times as long as the right one; told where values may be."""
    if not public_inputs.get():
        return "takes a first step of another length than it should"
    return f"takes a first step that is {ratio:.3g} times as long as it should be"


def expect_epochs(
    found: list[float],
    expected: list[float],
    called: str,
    what: str,
    first: str,
    try_this: str,
    *,
    rtol: float = 1e-4,
    atol: float = 1e-5,
) -> None:
    """Demands one number for each epoch of gradient descent, and says in which epoch they go wrong.

    Args:
        what: "cost" or "accuracy".
        first: a sentence on what the number of epoch 0 should be.
        rtol, atol: the defaults suit costs. float32 drifts from the float64 reference by about 1e-6 in 100 updates;
            a wrong learning rate, a missing update or a shift by one epoch changes the costs by 1e-3 and more.
    """
    for epoch, (mine, theirs) in enumerate(zip(found, expected, strict=True)):
        if abs(mine - theirs) <= atol + rtol * abs(theirs):
            continue
        shown = f" ({mine:.4f})" if public_inputs.get() else ""
        if epoch == 0:
            property_ = first
        elif epoch == 1:
            property_ = "Epoch 0 is right; epoch 1 should have that after one step of lr times the gradient."
        else:
            property_ = "Up to there all is right: each epoch should do the same, with the gradient of its own cost."
        raise fail(called, f"notes another {what} than it should in epoch {epoch}{shown}", property_, try_this)
