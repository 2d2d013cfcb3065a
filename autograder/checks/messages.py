"""All that students are told: what came back, what was expected, and why student code gave no value.

A message says what was called, what came back, what was expected as a property, and what to try. It never holds an
expected value. What came back is told by its values only where the inputs are the notebook's own; on hidden inputs
it is told by kind and shape, so that no message carries hidden data.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import torch

from autograder.wire import Array, Ref

# Whether the running check uses only inputs that the student has in the notebook; set for each check.
public_inputs: ContextVar[bool] = ContextVar("public_inputs", default=False)

_SHOWN_ITEMS = 3
_SHOWN_CHARACTERS = 200
_SHOWN_DIMENSIONS = 8
_PYTHONS_OWN_ERRORS = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
)


@contextmanager
def hidden_inputs() -> Iterator[None]:
    """The part of a public check inside uses inputs that students don't have: no values, no texts of theirs."""
    token = public_inputs.set(False)
    try:
        yield
    finally:
        public_inputs.reset(token)


class CheckFailed(AssertionError):
    """The student's work lacks the property that a check is about; the text is for the student.

    Attributes:
        not_written: whether it failed only because a stub is still there.
        stopped: whether the guest had to be stopped, so that asking again would cost as much again.
    """

    def __init__(self, message: str, *, not_written: bool = False, stopped: bool = False) -> None:
        super().__init__(message)
        self.not_written = not_written
        self.stopped = stopped


def fail(called: str, came_back: str, expected: str, try_this: str = "") -> CheckFailed:
    """The one form of all messages. `came_back` starts with a verb, the others are whole sentences."""
    parts = [f"`{called}` {came_back}." if called else came_back, expected, try_this]
    return CheckFailed(" ".join(part for part in parts if part))


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


# What is said when student code does not come back with a value.


def not_written(name: str) -> CheckFailed:
    return CheckFailed(
        f"`{name}` is not written yet: its cell still holds the `raise NotImplementedError()` it was given with.",
        not_written=True,
    )


def needs_unwritten(called: str, other: str) -> CheckFailed:
    return CheckFailed(f"`{called}` needs `{other}`, which is not written yet.")


def undefined(name: str, cell_error: str | None) -> CheckFailed:
    if cell_error:
        return CheckFailed(f"`{name}` does not exist, because its cell {cell_error}.")
    return CheckFailed(
        f"There is no `{name}` in your notebook. Keep the name that the notebook gives, and run the cell that "
        "defines it.",
    )


def not_callable(name: str, type_name: Any) -> CheckFailed:
    kind = type_name if type_name in ("int", "float", "str", "list", "tuple", "Tensor", "bool") else "value"
    return CheckFailed(
        f"`{name}` is a {kind} at the end of your notebook, not something that can be called. "
        "Is another variable called the same?",
    )


def stopped(called: str, outcome: str, detail: str) -> CheckFailed:
    if outcome == "timed_out":
        words = f"was stopped: {detail}. Is there a loop that never ends?"
    elif outcome == "out_of_memory":
        words = "ran out of memory. Does something grow in a loop, or is a tensor far too big?"
    else:
        words = f"did not come back: {detail}."
    return CheckFailed(f"`{called}` {words}", stopped=True)


def raised(called: str, told: Mapping[str, Any]) -> CheckFailed:
    """`told` is what the guest says of the exception: all of it is the student's, and bounded here."""
    words = raised_words(told)
    return CheckFailed(f"`{called}` {words}" if words.endswith("?") else f"`{called}` {words}.")


def raised_words(told: Mapping[str, Any], public: bool | None = None) -> str:
    """ "raised ValueError on line 3 of ...": the text only where it can't hold hidden inputs."""
    public = public_inputs.get() if public is None else public
    # An exception of the student's own may be called like hidden inputs, and say that it is Python's.
    kind = _short(told.get("type"))
    if not public and not (told.get("builtin") is True and kind in _PYTHONS_OWN_ERRORS):
        kind = "an error of its own kind"
    words = f"raised {kind or 'an error'}"
    if isinstance(told.get("line"), int) and told["line"] > 0 and public:
        words += f" on line {told['line']} of the cell {_short(told.get('cell'))}"
    text = _short(told.get("text"))
    if not public:
        return f"{words} for other data than the notebook's: is a size or a name of the notebook's data in the code?"
    return f"{words}: {text.rstrip('.')}" if text else words


def _short(text: Any) -> str:
    """The beginning of a student's own words."""
    return one_line(text[: 10 * _SHOWN_CHARACTERS])[:_SHOWN_CHARACTERS] if isinstance(text, str) else ""


def one_line(text: str) -> str:
    """Words on one line, without control characters: they end up in terminals and web pages."""
    return "".join(each if each.isprintable() else " " for each in " ".join(text.split()))
