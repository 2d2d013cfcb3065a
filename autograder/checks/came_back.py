"""What came back, in words: with its numbers if the inputs are the notebook's own, else by kind and shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from autograder.checks.closed_words import MAX_COUNT, is_told_shape, told_sizes
from autograder.checks.inputs import public_inputs
from autograder.checks.messages import one_line
from autograder.sandbox.values import Array, Ref

_OTHER = "an object that is not a tensor or a number"
# By the name that the guest says; other names may be a student's own words.
_KINDS = {
    **dict.fromkeys(("function", "method", "builtin_function_or_method"), "a function instead of its result"),
    "generator": "a generator, as if there were a `yield` in place of `return`",
    "coroutine": "a coroutine, as if there were an `async` before `def`",
    "type": "a class instead of an object",
    **dict.fromkeys(
        ("set", "map", "filter", "zip", "range", "Size", "DataFrame", "Series"), "a collection, not a tensor"
    ),
}
# Rich values, by the class that they have in the grader.
_RICH_KINDS = {
    **{each: f"a {each}" for each in ("set", "frozenset", "range", "deque", "DataFrame", "Series", "date")},
    **{"ndarray": "a NumPy array", "bytes": "bytes", "bytearray": "bytes", "complex": "a complex number"},
    **{"datetime": "a date with a time", "timedelta": "a length of time", "Fraction": "a Fraction"},
    **{"Decimal": "a Decimal", "ExceptionRecord": "an exception that is not raised", "AxesShown": "axes of a figure"},
    **{"FigureShown": "a figure", "Index": "an Index"},
}
_SHOWN_CHARACTERS = 80
_SHOWN_ITEMS = 3
_SHOWN_DIMENSIONS = 8


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
        items = f"{len(value)} item{'s' * (len(value) != 1)}"
        return f"{kind} of {items}" if public or len(value) <= MAX_COUNT or len(value) in told_sizes.get() else kind
    if isinstance(value, Mapping):
        return "a dict"
    if isinstance(value, Array):
        return "a NumPy array instead of a tensor"
    if type(value).__name__ in _RICH_KINDS:
        return _RICH_KINDS[type(value).__name__]
    ref = getattr(value, "ref", value)  # a `student.Module` holds its own
    if isinstance(ref, Ref):
        return "an nn.Module" if ref.is_module else _KINDS.get(ref.type_name, _OTHER)
    return _OTHER


def describe_text(text: str) -> str:
    """The beginning of what was printed, in quotation marks and on one line, if the inputs are public."""
    if not text.strip():
        return "nothing"
    if not public_inputs.get():
        return "another text"
    line = one_line(text)
    return f"“{line[:_SHOWN_CHARACTERS]}{'…' * (len(line) > _SHOWN_CHARACTERS)}”"


def describe_wrong(value: Any, mine: torch.Tensor, right: torch.Tensor) -> str:
    """Numbers of which some are not `right`: the first of those, where values may be told."""
    wrong = (~right).nonzero()
    if mine.numel() == 1:
        return describe(value) if public_inputs.get() else "a number that is not right"
    if not public_inputs.get():  # of the shape that is expected
        return f"{describe_shape(value, mine.shape)} with numbers in it that are not right"
    kind = describe_shape(value) if isinstance(value, torch.Tensor) else f"{len(value)} numbers"
    place = wrong[0].tolist()
    where = f"[{', '.join(map(str, place))}]"
    number = f"{mine[tuple(place)].item():.4g}"
    if len(wrong) == mine.numel():
        return f"{kind} in which no number is right; the first is {number}"
    count = f"{len(wrong)} of {mine.numel()} numbers"
    return f"{kind} in which {count} are not right; the first of those is {number}, at {where}"


def describe_kind(value: Any) -> str:
    """`describe`, except that a tensor is called one: its number alone would read as if it were right."""
    return describe_shape(value) if isinstance(value, torch.Tensor) else describe(value)


def describe_count(count: int, expected: int, what: str) -> str:
    """How many of something there are, "11 costs"; on hidden inputs, how many compared with what is `expected`.

    Args:
        what: in the plural.
    """
    if public_inputs.get():
        return f"{count} {what if count != 1 else what.removesuffix('s')}"
    if count == 0:
        return f"no {what}"
    if abs(count - expected) == 1:
        return f"one of its {what} too {'few' if count < expected else 'many'}"
    return f"too {'few' if count < expected else 'many'} {what}"


def describe_shape(value: Any, known: Sequence[int] = ()) -> str:
    """A tensor by its shape. On hidden inputs, sizes are told that are those of the inputs, or 1: others could carry
    hidden data.

    Args:
        known: more sizes that may be told, as those of the expected shape.
    """
    if not isinstance(value, torch.Tensor):
        return describe(value)
    if not public_inputs.get() and not is_told_shape(value.shape, known):
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
