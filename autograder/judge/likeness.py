"""How an answer differs from the right one: whether its numbers are near, and which kinds of edits that speaks for."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

import numpy
import torch

from autograder.judge.check_runs import CheckRun
from autograder.judge.rehearsal import Frame
from autograder.report.exercise_result import Verdict
from autograder.sandbox import values, wire

_RTOL, _ATOL = 1e-3, 1e-5
_MAX_NUMBERS = 200_000
_TOLD_NUMBERS = 16
_TOLD_CHARACTERS = 200
_TOLD_DEPTH = 4
_NOTHING = 1e-6
_HASH_CHARACTERS = 12

# What words say of a student's own line, and what an error's text holds of names, numbers and places.
_OWN_LINE = re.compile(r" on line \d+(?: of (?:the )?cell \S+| of \S+\.py)?(?: \(`[^`]*`\))?")
_OWN_WORDS = re.compile(r"`[^`]*`|'[^']*'|\"[^\"]*\"|0x[0-9a-f]+|\d+(?:\.\d+)?")

# Kinds of edits, by their beginnings, that can be behind an answer of another type, of another shape or length, from
# which no gradient flows, or that is missing.
_TYPE = (
    *("method-missing:", "method-extra", "function-missing", "call-extra", "return", "print", "compare", "numpy"),
    *("constructor", "append", "threshold", "not-called", "statement-extra"),
)
_SHAPE = (
    *("method-", "shape", "keyword", "axis", "part", "literal", "return", "sum", "mean", "number", "index", "call"),
    *("round-", "append", "into-loop", "out-of-loop", "if-extra", "element", "per-row"),
)
_GRADIENT = (*("method-extra", "no-grad", "constructor", "numpy", "call-extra", "keyword", "flag", "not-a-parameter"),)
_MISSING = ("return", "print", "definition")


def first_kinds(found: Sequence[Frame], expected: Sequence[Frame] | None) -> tuple[str, ...]:
    """The beginnings of the kinds of edits that are to be tried first; empty if nothing speaks for some."""
    for mine, theirs in zip(found, expected or (), strict=False):
        if (kinds := _kinds(mine, theirs)) is not None:
            return kinds
    return ()


def _kinds(found: Frame, expected: Frame) -> tuple[str, ...] | None:
    """The same of one answer; None if it differs in nothing."""
    if "value" not in found[0]:
        return ()
    try:
        (mine, flowed), (theirs, flowed_theirs) = _decoded(found), _decoded(expected)
    except wire.WireError:
        return ()
    if mine is None and theirs is not None:
        return _MISSING
    if _types(mine) != _types(theirs):
        return _TYPE
    if _shapes(mine) != _shapes(theirs):
        return _SHAPE
    if _asked(flowed) != _asked(flowed_theirs) or _asks(mine) != _asks(theirs):
        return _GRADIENT
    return None if is_near([found], [expected]) else ()


def is_near(found: Sequence[Frame], expected: Sequence[Frame]) -> bool:
    """Whether answers hold the same numbers in the same order, whatever they are wrapped in."""
    try:
        return len(found) >= len(expected) and all(
            _close(_numbers(mine), _numbers(theirs))
            for pair in zip(found, expected, strict=False)
            for mine, theirs in zip(*map(_decoded, pair), strict=True)
        )
    except wire.WireError:
        return False


def answers_of(check_runs: Sequence[CheckRun]) -> str:
    """A short hash of what an exercise's checks came to: the same mistake, however written, gives the same one.

    Told apart are verdicts, and where a check did not pass, kinds, types and shapes, a few numbers of each answer to
    three digits, and errors; of a test cell, which notes no calls, its message. Not told apart are names, places and
    rounding.
    """
    told: list[object] = []
    for one in sorted(check_runs, key=lambda each: each.result.id):
        told.append((one.result.id, str(one.result.verdict), one.result.share))
        if one.result.verdict is Verdict.PASSED:
            continue  # right answers may differ
        for call in one.calls:
            told.append((call.kind, _error(call.value) if call.kind == "raised" else _told(call.value)))
        words = _OWN_LINE.sub("", one.result.message)
        if any(call.kind == "missing" for call in one.calls):
            told.append(_OWN_WORDS.sub("#", words))  # why it is not there
        elif not one.calls:
            told.append(words)
    return hashlib.sha256(repr(told).encode("utf-8", "replace")).hexdigest()[:_HASH_CHARACTERS]


def _error(value: Any) -> object:
    """An exception's type, and its text without what differs from student to student."""
    kind, text, *more = value if isinstance(value, list | tuple) and len(value) > 1 else (value, "")
    words = _OWN_WORDS.sub("#", text[:_TOLD_CHARACTERS]) if isinstance(text, str) else ""
    return str(kind)[:_TOLD_CHARACTERS], words, [each is True for each in more]


def _told(value: Any, depth: int = 0) -> object:
    """Of a value what tells answers apart: its kind, its size, and numbers from all over it."""
    if isinstance(value, values.Array):
        return "array", _told(value.tensor)
    if isinstance(value, torch.Tensor):
        flat = value.detach().flatten()
        flat = torch.view_as_real(flat).flatten() if flat.is_complex() else flat
        few = _few(flat)
        numbers = [_rounded(each) for each in few.double().tolist()]
        return "tensor", tuple(value.shape), value.is_floating_point(), numbers
    if isinstance(value, numpy.ndarray):
        return "array", value.shape, [_told(each, depth + 1) for each in _few(value.reshape(-1)).tolist()]
    if isinstance(value, numpy.generic):
        plain = value.item()  # of a long double itself again
        return type(value).__name__, repr(value) if isinstance(plain, numpy.generic) else _told(plain)
    if isinstance(value, bool | int | float):
        return type(value).__name__, _rounded(value)
    if isinstance(value, str):
        return "str", value[:_TOLD_CHARACTERS]
    if isinstance(value, dict | list | tuple) and depth < _TOLD_DEPTH:
        held = list(value.values()) if isinstance(value, dict) else value
        return type(value).__name__, len(held), [_told(each, depth + 1) for each in _few(held)]
    if isinstance(value, set | frozenset):
        return "set", sorted(repr(_told(each, depth + 1)) for each in value)[:_TOLD_NUMBERS]
    return type(value).__name__


def _few(held: Any) -> Any:
    """Some of them, from all over."""
    return held[:: max(1, -(-len(held) // _TOLD_NUMBERS))]


def _rounded(number: float) -> str:
    """So coarse that the order of float32 operations hardly ever shows."""
    try:
        return "0" if abs(number) < _NOTHING else f"{float(number):.3g}"
    except OverflowError:  # an integer beyond floats
        return "inf"


def _decoded(frame: Frame) -> tuple[Any, Any]:
    """The value and the gradients of an answer. Raises WireError."""
    reply, tensors = frame
    return values.decode(reply.get("value"), tensors), values.decode(reply.get("gradients"), tensors)


def _close(mine: Sequence[float], theirs: Sequence[float]) -> bool:
    if len(mine) != len(theirs):
        return False
    if not mine:
        return True
    one, other = (torch.tensor(each, dtype=torch.float64) for each in (mine, theirs))
    return torch.allclose(one, other, rtol=_RTOL, atol=_ATOL, equal_nan=True)


def _numbers(value: Any) -> list[float]:
    if isinstance(value, values.Array):
        return _numbers(value.tensor)
    if isinstance(value, torch.Tensor):
        return value.detach().double().flatten()[:_MAX_NUMBERS].tolist()
    if isinstance(value, bool | int | float):
        return [float(value)]
    if isinstance(value, dict):
        return _numbers(list(value.values()))
    if isinstance(value, list | tuple):
        return [number for each in value[:_MAX_NUMBERS] for number in _numbers(each)]
    return []


def _types(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(sorted({str(_types(each)) for each in value}))
    if isinstance(value, torch.Tensor):
        return value.is_floating_point()
    return type(value).__name__


def _shapes(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return len(value), *(_shapes(each) for each in value[:4])
    return tuple(value.shape) if isinstance(value, torch.Tensor) else ()


def _asked(gradients: Any) -> list[bool]:
    return [each is not None for each in gradients] if isinstance(gradients, list) else []


def _asks(value: Any) -> list[bool]:
    every = value if isinstance(value, list | tuple) else [value]
    return [each.requires_grad for each in every if isinstance(each, torch.Tensor)]
