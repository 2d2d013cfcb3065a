"""What a check may demand of a value; each failed demand is worded for the student.

`try_this` is the advice of the check's author for what this demand is about, such as a shape. Where something else is
found, such as NaN or nothing at all, that advice would mislead: then there is advice of our own, or none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch

from autograder.checks.came_back import (
    describe,
    describe_count,
    describe_kind,
    describe_shape,
    describe_wrong,
    shape_text,
)
from autograder.checks.hints import ratio_hint
from autograder.checks.inputs import public_inputs
from autograder.checks.messages import NOT_FINITE, CheckFailed, fail
from autograder.sandbox.values import Array


def expect(condition: bool, called: str, came_back: str, expected: str, try_this: str = "") -> None:
    """Demands any property at all; the expect_* functions below word the common ones."""
    if not condition:
        raise fail(called, came_back, expected, try_this)


def holds(condition: Callable[[], Any]) -> bool:
    """Whether a condition is true: False where it raises, as what came back may be of any type.

    For `expect(holds(lambda: len(value) == 3), …)`. What a student's code raises is told as always.
    """
    try:
        return bool(condition())
    except CheckFailed:
        raise
    except Exception:
        return False


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
        raise fail(called, f"returned {describe_shape(value, shape)}", expected, try_this)
    if floating and not value.is_floating_point():
        dtype = f" ({str(value.dtype).removeprefix('torch.')})" if public_inputs.get() else ""
        whole = f"returned whole numbers{dtype}"
        raise fail(called, whole, "It should hold real numbers (float32).")
    if not bool(torch.isfinite(value.double()).all()):
        raise fail(called, "returned NaN or infinity", "Every value should be a finite number.", NOT_FINITE)
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
        raise fail(called, "returned NaN or infinity", "It should be a finite number.", NOT_FINITE)
    return float(value)


def expect_floats(value: Any, length: int, called: str, what: str, try_this: str = "") -> list[float]:
    """Demands a list (or tuple) of `length` finite Python numbers. `what` names it: "`costs`".

    `try_this` is for another length, and for what is no list.
    """
    expected = f"{what} should be a list of {length} floats."
    if not isinstance(value, list | tuple):
        raise fail(called, f"gave {describe(value)} as {what}", expected, "" if value is None else try_this)
    if len(value) != length:
        items = describe_count(len(value), length, "items")
        raise fail(called, f"gave {items} in {what}", expected, try_this)
    for item in value:
        if isinstance(item, bool) or not isinstance(item, int | float):
            advice = "Does `.item()` help?" if _is_one_number(item) else ""
            raise fail(called, f"put {describe_kind(item)} into {what}", expected, advice)
        if not math.isfinite(item):
            raise fail(called, f"put NaN or infinity into {what}", "Every item should be finite.", NOT_FINITE)
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
    rows: int | None = None,
) -> None:
    """Demands that numbers agree. Shapes must have been checked before.

    Args:
        property_: a sentence that says what should be true, without the expected value.
        try_this: for wrong numbers; NaN and infinity have their own, and so have simple factors (`ratio_hint`).
        rtol, atol: the defaults leave room for every float32 way to compute a formula (errors of 1e-6) and none
            for a wrong one.
        rows: how many rows went in, if a sum for a mean is possible.
    """
    _demand_close(value, expected, called, "returned", property_, try_this, rtol, atol, rows)


def expect_same_ratios(
    value: torch.Tensor,
    expected: torch.Tensor,
    called: str,
    property_: str,
    try_this: str = "",
    *,
    returned: Any = None,
) -> None:
    """Demands the expected numbers up to one factor, which may be negative: what the factor is, another check asks.

    1e-3 leaves room for float32, and for a small number that is added against NaN.

    Args:
        returned: what the call returned, if `value` holds the numbers of several calls.
    """
    mine, theirs = value.detach().double().flatten(), expected.double().flatten()
    factor = float(mine @ theirs / (theirs @ theirs))
    if abs(factor) < 1e-3 or not torch.allclose(mine / factor, theirs, rtol=1e-3, atol=1e-4):
        returned = value if returned is None else returned
        came_back = f"returned {describe(returned)}" if public_inputs.get() else "returned what is not right"
        raise fail(called, came_back, property_, try_this)


def expect_gradient(
    gradient: Any, expected: torch.Tensor, called: str, of: str, try_this: str = "", *, rows: int | None = None
) -> None:
    """Demands that the gradient flowed back to the argument named `of`, and is right.

    Args:
        gradient: what came back, None if nothing flowed.
        expected: the same shape as the argument, float.
        rows: as for `expect_close`.
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
        raise fail(called, came_back, "It should be finite, like the result itself.", NOT_FINITE)
    gradient = gradient.reshape(expected.shape) if gradient.numel() == expected.numel() else gradient
    verb = f"gives as gradient with respect to {of}"
    _demand_close(gradient, expected, called, verb, "It should be that of the formula.", try_this, 1e-3, 1e-5, rows)


def _demand_close(
    value: Any,
    expected: Any,
    called: str,
    verb: str,
    property_: str,
    try_this: str,
    rtol: float,
    atol: float,
    rows: int | None,
) -> None:
    # as_tensor keeps a list's dtype float32 by default, so both go to float64
    mine = torch.as_tensor(value, dtype=torch.float64).detach()
    theirs = torch.as_tensor(expected, dtype=torch.float64).detach()
    if mine.shape != theirs.shape:
        raise fail(called, f"{verb} {describe(value)}", property_, try_this)
    right = torch.isclose(mine, theirs, rtol=rtol, atol=atol)
    if bool(right.all()):
        return
    if not bool(torch.isfinite(mine).all()):
        raise fail(called, f"{verb} NaN or infinity", property_, NOT_FINITE)
    came_back = f"{verb} {describe_wrong(value, mine, right)}"
    raise fail(called, came_back, property_, ratio_hint(mine, theirs, rows) or try_this)


def _is_one_number(value: Any) -> bool:
    """Whether `.item()` would make a Python number of it."""
    tensor = value.tensor if isinstance(value, Array) else value
    return isinstance(tensor, torch.Tensor) and tensor.numel() == 1


def _how_to_make_a_tensor(value: Any) -> str:
    """Advice for somebody who returned something else than a tensor."""
    if isinstance(value, int | float):
        return "Is there an `.item()` or `float()` too much?"
    if isinstance(value, list | tuple):
        return "Is there a loop, or a comma, where one operation on the whole tensor would do?"
    return "Is there a `.numpy()` too much, or a function of NumPy?" if isinstance(value, Array) else ""
