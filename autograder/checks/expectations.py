"""What a check may demand of a value; each failed demand is worded for the student.

`try_this` is the advice of the check's author for what this demand is about, such as a shape. Where something else is
found, such as NaN or nothing at all, that advice would mislead: then there is advice of our own, or none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from autograder.checks.messages import fail, public_inputs
from autograder.sandbox.values import Array, Ref

_NOT_FINITE = "Is there a log of 0 or a division by 0?"
_SHOWN_ITEMS = 3
_SHOWN_DIMENSIONS = 8


def expect(condition: bool, called: str, came_back: str, expected: str, try_this: str = "") -> None:
    """Demands any property at all; the expect_* functions below word the common ones."""
    if not condition:
        raise fail(called, came_back, expected, try_this)


def expect_tensor(
    value: Any, shape: Sequence[int], called: str, try_this: str = "", floating: bool = True
) -> torch.Tensor:
    """Demands a tensor of `shape`, of a floating point dtype unless `floating` is False, without NaN.

    `try_this` is for another shape.
    """
    expected = f"It should be a tensor of shape {shape_text(shape)}."
    if not isinstance(value, torch.Tensor):
        raise fail(called, f"returned {describe(value)}", expected, _how_to_make_a_tensor(value))
    if tuple(value.shape) != tuple(shape):
        raise fail(called, f"returned {describe_shape(value)}", expected, try_this)
    if floating and not value.is_floating_point():
        whole = f"returned whole numbers ({str(value.dtype).removeprefix('torch.')})"
        raise fail(called, whole, "It should hold real numbers (float32).")
    if not bool(torch.isfinite(value.double()).all()):
        raise fail(called, "returned NaN or infinity", "Every value should be a finite number.", _NOT_FINITE)
    return value


def expect_scalar(value: Any, called: str, try_this: str = "") -> torch.Tensor:
    """Demands one finite number in a tensor: shape () or a single element. Returns it with shape ().

    `try_this` is for a tensor of more numbers, or none.
    """
    if isinstance(value, torch.Tensor) and value.numel() == 1 and value.dim() > 0:
        value = value.reshape(())
    if not isinstance(value, torch.Tensor):
        expected = "It should be a tensor with one number."
        raise fail(called, f"returned {describe(value)}", expected, _how_to_make_a_tensor(value))
    return expect_tensor(value, (), called, try_this)


def expect_float(value: Any, called: str, try_this: str = "Does `.item()` help?") -> float:
    """Demands a finite Python number, not a tensor. `try_this` is for a tensor of one number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        came_back = f"returned {describe_kind(value)}"
        advice = try_this if _is_one_number(value) else ""
        raise fail(called, came_back, "It should be a plain Python number (a float).", advice)
    if not math.isfinite(value):
        raise fail(called, "returned NaN or infinity", "It should be a finite number.", _NOT_FINITE)
    return float(value)


def expect_floats(value: Any, length: int, called: str, what: str, try_this: str = "") -> list[float]:
    """Demands a list (or tuple) of `length` finite Python numbers. `what` names it: "`costs`".

    `try_this` is for another length, and for what is no list.
    """
    expected = f"{what} should be a list of {length} floats."
    if not isinstance(value, list | tuple):
        raise fail(called, f"gave {describe(value)} as {what}", expected, "" if value is None else try_this)
    if len(value) != length:
        raise fail(called, f"gave {len(value)} item{'s' * (len(value) != 1)} in {what}", expected, try_this)
    for item in value:
        if isinstance(item, bool) or not isinstance(item, int | float):
            advice = "Does `.item()` help?" if _is_one_number(item) else ""
            raise fail(called, f"put {describe_kind(item)} into {what}", expected, advice)
        if not math.isfinite(item):
            raise fail(called, f"put NaN or infinity into {what}", "Every item should be finite.", _NOT_FINITE)
    return [float(item) for item in value]


def expect_tuple(value: Any, length: int, called: str, names: str) -> tuple[Any, ...]:
    """Demands `length` values at once. `names` says which: "(W, b, costs)"."""
    if not isinstance(value, list | tuple) or len(value) != length:
        raise fail(called, f"returned {describe(value)}", f"It should return {length} values: `return {names}`.")
    return tuple(value)


def expect_close(
    value: torch.Tensor | float | Sequence[float],
    expected: torch.Tensor | float | Sequence[float],
    called: str,
    property_: str,
    try_this: str = "",
    *,
    rtol: float = 1e-4,
    atol: float = 1e-5,
) -> None:
    """Demands that numbers agree. Shapes must have been checked before.

    Args:
        property_: a sentence that says what should be true, without the expected value.
        try_this: for wrong numbers; NaN and infinity have their own.
        rtol, atol: the defaults leave room for every float32 way to compute a formula (errors of 1e-6) and none
            for a wrong one.
    """
    # as_tensor keeps a list's dtype float32 by default, so both go to float64
    mine = torch.as_tensor(value, dtype=torch.float64).detach()
    theirs = torch.as_tensor(expected, dtype=torch.float64).detach()
    if mine.shape != theirs.shape or not torch.allclose(mine, theirs, rtol=rtol, atol=atol):
        if not bool(torch.isfinite(mine).all()):
            raise fail(called, "returned NaN or infinity", property_, _NOT_FINITE)
        raise fail(called, f"returned {describe(value)}", property_, try_this)


def expect_gradient(gradient: Any, expected: torch.Tensor, called: str, of: str, try_this: str = "") -> None:
    """Demands that the gradient flowed back to the argument named `of`, and is right.

    Args:
        gradient: what came back, None if nothing flowed.
        expected: the same shape as the argument, float.
    """
    if not isinstance(gradient, torch.Tensor):
        raise fail(
            called,
            f"gives a result from which no gradient flows back to {of}",
            "Training needs that gradient.",
            try_this or "Compute with tensors all the way: no `.item()`, `.detach()`, `.numpy()` or `no_grad()`.",
        )
    if not bool(torch.isfinite(gradient.double()).all()):
        came_back = f"gives a gradient with respect to {of} that is NaN or infinite"
        raise fail(called, came_back, "It should be finite, like the result itself.", _NOT_FINITE)
    expect_close(
        gradient.reshape(expected.shape) if gradient.numel() == expected.numel() else gradient,
        expected,
        called,
        f"The gradient with respect to {of} is not that of the formula.",
        try_this,
        rtol=1e-3,
        atol=1e-5,
    )


def _is_one_number(value: Any) -> bool:
    """Whether `.item()` would make a Python number of it."""
    tensor = value.tensor if isinstance(value, Array) else value
    return isinstance(tensor, torch.Tensor) and tensor.numel() == 1


def _how_to_make_a_tensor(value: Any) -> str:
    """Advice for somebody who returned something else than a tensor."""
    if isinstance(value, int | float):
        return "Is there an `.item()` or `float()` too much?"
    return "Is there a `.numpy()` too much, or a function of NumPy?" if isinstance(value, Array) else ""


# What came back, in words.


def describe(value: Any) -> str:
    """What came back, for a student: with its numbers if the inputs are public, else by kind and shape."""
    public = public_inputs.get()
    if value is None:
        return "nothing (None), as if a `return` were missing"
    if isinstance(value, torch.Tensor):
        if public and value.numel() == 1:
            return f"{value.item():.4g}" if value.dim() == 0 else f"{value.item():.4g} in {describe_shape(value)}"
        numbers = f" that starts with {_first_numbers(value)}" if public and value.numel() else ""
        return describe_shape(value) + numbers
    if isinstance(value, bool):
        return f"{value}" if public else "a bool"
    if isinstance(value, int | float):
        return f"{value:.6g}" if public else "a Python number"
    if isinstance(value, str):
        return "text (a str)"
    if isinstance(value, list | tuple):
        kind = "a list" if isinstance(value, list) else "a tuple"
        return f"{kind} of {len(value)} items" if public or len(value) < 10_000 else kind
    if isinstance(value, Mapping):
        return "a dict"
    if isinstance(value, Array):
        return "a NumPy array instead of a tensor"
    ref = getattr(value, "ref", value)  # a `student.Module` holds its own
    if isinstance(ref, Ref):
        return "an nn.Module" if ref.is_module else "an object that is not a tensor or a number"
    return "an object that is not a tensor or a number"


def describe_kind(value: Any) -> str:
    """`describe`, except that a tensor is called one: its number alone would read as if it were right."""
    return describe_shape(value) if isinstance(value, torch.Tensor) else describe(value)


def describe_shape(value: torch.Tensor) -> str:
    """A tensor by its shape. Sizes of no meaning are not told: a number in one could carry hidden data."""
    if not public_inputs.get() and (value.dim() > 4 or any(size > 1000 for size in value.shape)):
        return "a tensor of quite another shape"
    if value.dim() > _SHOWN_DIMENSIONS:
        return f"a tensor with {value.dim()} dimensions"
    return f"a tensor of shape {shape_text(value.shape)}"


def _first_numbers(value: torch.Tensor) -> str:
    items = value.detach().flatten()[:_SHOWN_ITEMS].tolist()
    shown = ", ".join(f"{item:.4g}" if isinstance(item, float) else str(item) for item in items)
    return f"{shown}, …" if value.numel() > _SHOWN_ITEMS else shown


def shape_text(shape: Sequence[int]) -> str:
    return "(" + ", ".join(str(size) for size in shape) + ("," if len(shape) == 1 else "") + ")"
