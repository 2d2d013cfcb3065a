"""Which inputs the running check uses: the notebook's own, which messages may show, or others, which they may not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# Whether the running check uses only inputs that the student has in the notebook; set for each check.
public_inputs: ContextVar[bool] = ContextVar("public_inputs", default=False)
# Why it does not: it is in a part of its own on others, or others have told them to its guest.
_in_hidden_part: ContextVar[bool] = ContextVar("_in_hidden_part", default=False)
_is_guarded: ContextVar[bool] = ContextVar("_is_guarded", default=False)


@contextmanager
def hidden_inputs() -> Iterator[None]:
    """The part of a public check inside uses inputs that students don't have: no values, no texts of theirs."""
    token, outside = public_inputs.set(False), _in_hidden_part.set(True)
    try:
        yield
    finally:
        public_inputs.reset(token)
        _in_hidden_part.reset(outside)


@contextmanager
def of_check(public: bool) -> Iterator[None]:
    """A check runs inside, of the kind that its mark says."""
    token = public_inputs.set(public)
    _is_guarded.set(False)
    try:
        yield
    finally:
        public_inputs.reset(token)


def guard() -> None:
    """From now on the check's texts hold no values, as its guest knows more than the check has told it."""
    public_inputs.set(False)
    _is_guarded.set(True)


def sends_hidden_inputs() -> bool:
    """Whether what the check sends now is, by its own word, something that students don't have."""
    return not public_inputs.get() and (_in_hidden_part.get() or not _is_guarded.get())
