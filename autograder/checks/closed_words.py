"""What may be told of a call on hidden inputs: one of few things, so that it carries next to nothing of them.

A guest chooses what it answers, and knows the inputs. So no number or name that it gives is told as it is: sizes are
those of the inputs, counts are small, errors are the usual ones. `tests/checks/test_closed_words.py` counts them.

This module imports no torch, as `messages` does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

# Sizes of the running check's last inputs, which a shape may have; set with each call.
told_sizes: ContextVar[frozenset[int]] = ContextVar("told_sizes", default=frozenset())

MAX_DIMENSIONS = 3
MAX_COUNT = 4
_MAX_SIZES = 4
_MAX_NUMBERS = 2
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:[.,]\d+)*(?:e[-+]?\d+)?(?!\w)|\d+(?:\.\d+)?", re.IGNORECASE)
# What students' code raises; of others, also Python's own, it is only told that there was one.
_ERRORS = frozenset(
    [
        "AssertionError",
        "AttributeError",
        "FileNotFoundError",
        "ImportError",
        "IndexError",
        "KeyError",
        "ModuleNotFoundError",
        "NameError",
        "NotImplementedError",
        "OverflowError",
        "RecursionError",
        "RuntimeError",
        "StopIteration",
        "SyntaxError",
        "TypeError",
        "UnboundLocalError",
        "ValueError",
        "ZeroDivisionError",
    ]
)


def usual_error(kind: Any) -> bool:
    """Whether an exception of this name may be named."""
    return isinstance(kind, str) and kind in _ERRORS


def sizes_of(arguments: Iterable[Any]) -> frozenset[int]:
    """The sizes of tensors, arrays and lists, at most 4 of them."""
    found = sorted({size for each in arguments for size in _sizes(each)})
    return frozenset(found[:_MAX_SIZES])


def _sizes(value: Any) -> Iterator[int]:
    shape = getattr(getattr(value, "tensor", value), "shape", None)
    if isinstance(value, list | tuple | Mapping):
        yield len(value)
    elif isinstance(shape, Sequence):
        yield from (int(each) for each in shape)


def is_told_shape(shape: Sequence[int], known: Iterable[int] = ()) -> bool:
    """Whether a shape may be told: of few dimensions, each as large as something in the inputs, or 1.

    Args:
        known: other sizes that may be told, as those of the shape that is expected.
    """
    return len(shape) <= MAX_DIMENSIONS and set(shape) <= {1, *told_sizes.get(), *known}


def own_numbers(came_back: str, *own: str) -> str:
    """What came back, without numbers that a guest could have chosen freely.

    Args:
        own: the check's own words, whose numbers stay.
    """
    known = {each for text in own for each in _NUMBER.findall(text)} | set(map(str, told_sizes.get()))
    left = _MAX_NUMBERS

    def told(match: re.Match[str]) -> str:
        nonlocal left
        if match[0] in known:
            return match[0]
        left -= 1
        return match[0] if re.fullmatch(r"\d", match[0]) and left >= 0 else "…"

    return _NUMBER.sub(told, came_back)
