"""The numbers in what came back, whatever they are wrapped in.

Most exercises have one check that is strict about shapes and types. The others read values by these functions, which
look past both, so that one slip is paid for once.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from autograder.checks.came_back import describe_shape
from autograder.checks.expectations import expect_float, expect_scalar, expect_tensor
from autograder.checks.messages import fail
from autograder.sandbox.values import Array


def rows_of(value: Any, m: int, called: str, try_this: str = "", floating: bool = True) -> Tensor:
    """The m numbers in a tensor or array of any shape, as (m, 1). Raises CheckFailed, like `expect_tensor`."""
    value = value.tensor if isinstance(value, Array) and value.tensor.numel() == m else value
    if isinstance(value, Tensor) and value.numel() == m:
        value = value.reshape(m, 1)
    return expect_tensor(value, (m, 1), called, try_this, floating)


def tensor_of(value: Any, called: str) -> Tensor:
    """A finite tensor of whatever shape. Raises CheckFailed: it is none."""
    return expect_tensor(value, value.shape if isinstance(value, Tensor) else (), called)


def one_number(value: Any, called: str, try_this: str = "") -> float:
    """The one finite number in a tensor, an array or by itself: that it should be a tensor is left to another check.

    Raises:
        CheckFailed: there are more numbers, or none; `try_this` is for that.
    """
    if isinstance(value, Tensor) and value.numel() != 1:
        raise fail(called, f"returned {describe_shape(value)}", "It should be one number for all rows.", try_this)
    number = number_of(value)
    if isinstance(number, int | float) and not isinstance(number, bool):
        return expect_float(number, called)
    return float(expect_scalar(value, called, try_this))


def number_of(value: Any) -> Any:
    """A one-element tensor or NumPy number as a float, and anything else as it is."""
    tensor = value.tensor if isinstance(value, Array) else value
    return float(tensor) if isinstance(tensor, Tensor) and tensor.numel() == 1 else value


def plain_numbers(value: Any) -> list[float]:
    """The numbers of a list or tuple, or of an array or tensor of one dimension; [] for anything else.

    One-element tensors and NumPy numbers in a list count as numbers; finite or not.
    """
    value = value.tensor if isinstance(value, Array) else value
    if isinstance(value, Tensor):
        return [float(each) for each in value.detach().tolist()] if value.dim() == 1 else []
    numbers = [number_of(each) for each in value] if isinstance(value, list | tuple) else []
    plain = all(isinstance(each, int | float) and not isinstance(each, bool) for each in numbers)
    return [float(each) for each in numbers] if plain else []
