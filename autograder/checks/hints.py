"""What a wrong number has to do with the right one: a simple factor, the same offset, a run that goes the other way.

Each function gives one sentence, or "" where nothing so simple holds. It tells a relation, never an expected value.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from autograder.checks.inputs import public_inputs

# float32 agrees to 1e-6; two unrelated numbers are so near a given factor once in 5,000 cases.
_RTOL = 1e-4
_FEW_PARTS = 60  # a number that is so many parts of a whole may be twice another by chance
_RIGHT_RTOL, _RIGHT_ATOL = 1e-4, 1e-5


def ratio_hint(value: Any, expected: Any, rows: int | None = None, subject: str = "That") -> str:
    """How all numbers of `value` relate to those of `expected`, and what that usually comes from.

    Args:
        value, expected: numbers, lists or tensors of one shape.
        rows: how many rows went in: a factor of that size is told as a sum for a mean, or a count for a fraction.
        subject: what the sentence is about.
    """
    mine, theirs = (torch.as_tensor(each, dtype=torch.float64).detach().flatten() for each in (value, expected))
    if mine.shape != theirs.shape or not mine.numel() or not bool(torch.isfinite(mine).all()) or not theirs.any():
        return ""
    factor = float(mine @ theirs / (theirs @ theirs))
    if not _alike(mine, factor * theirs, float(theirs.abs().max())) or math.isclose(factor, 1, rel_tol=_RTOL):
        return _other_relation(mine, theirs, subject)
    sign = ", with the other sign" if factor < 0 else ""
    size = abs(factor)
    if rows is not None and rows > 1 and _is(size, rows):
        is_count = bool((theirs.abs() <= 1).all()) and bool((mine == mine.round()).all())
        question = "a count where a fraction should be" if is_count else "a sum where a mean should be"
        if public_inputs.get():
            return f"{subject} is {rows} times what it should be{sign}, and there are {rows} rows: is it {question}?"
        return f"{subject} is as many times what it should be{sign} as there are rows: is it {question}?"
    if rows is not None and rows > 1 and _is(size, 1 / rows):
        if public_inputs.get():
            part = f"1/{rows} of what it should be{sign}, and there are {rows} rows"
        else:
            part = f"what it should be, divided by the number of rows{sign}"
        return f"{subject} is {part}: is it divided by their number once too often?"
    if _is(size, 100):
        return f"{subject} is 100 times what it should be{sign}: is it in percent?"
    if size < 1e-9:
        return f"{subject} is 0, which it should not be: is it left out, or multiplied by 0?"
    if factor < 0 and _is(size, 1):
        return f"{subject} has the other sign than it should have: is a minus missing, or one too many?"
    if _may_be_chance(mine, theirs):
        return ""
    if _is(size, 2):
        return f"{subject} is twice what it should be{sign}: is something counted twice, or a factor of 2 too much?"
    if _is(size, 0.5):
        return f"{subject} is half of what it should be{sign}: is something left out, or divided by 2?"
    return ""


def parts_hint(parts: Mapping[str, tuple[Any, Any]], rows: int | None = None) -> str:
    """`ratio_hint` for the one part that is not right, such as "`b`" among the changes of "`W`" and "`b`".

    Args:
        parts: value and expected value of each part, by its name in a sentence.
    """
    found: list[tuple[str, torch.Tensor, torch.Tensor]] = []
    for name, pair in parts.items():
        mine, theirs = (torch.as_tensor(each, dtype=torch.float64).detach().flatten() for each in pair)
        if mine.shape != theirs.shape:
            return ""
        found.append((name, mine, theirs))
    wrong = [(name, mine, theirs) for name, mine, theirs in found if not _right(mine, theirs)]
    if len(wrong) == 1 and len(found) > 1:
        name, mine, theirs = wrong[0]
        return ratio_hint(mine, theirs, rows, f"{name} alone")
    mine, theirs = torch.cat([each for _, each, _ in found]), torch.cat([each for _, _, each in found])
    return ratio_hint(mine, theirs, rows) if wrong else ""


def run_hint(found: Sequence[float], expected: Sequence[float], what: str = "cost", rows: int | None = None) -> str:
    """How one number for each epoch goes another way than it should: never, up for down, an epoch early or late.

    Args:
        what: what is noted, "cost" or "accuracy".
    """
    mine, theirs = (torch.as_tensor(each, dtype=torch.float64) for each in (found, expected))
    if mine.shape != theirs.shape or mine.numel() < 3 or not bool(torch.isfinite(mine).all()):
        return ""
    if _right(mine, mine[0].expand_as(mine)) and not _right(theirs, theirs[0].expand_as(theirs)):
        return f"The {what} never changes: is a step made in every epoch, by a call with brackets if it is a function?"
    if _right(mine[:-1], theirs[1:]):
        return f"Each {what} is that of the epoch after it: is it noted before the update?"
    if _right(mine[1:], theirs[:-1]):
        return f"Each {what} is that of the epoch before it: is the first update left out?"
    step, right_step = float(mine[1] - mine[0]), float(theirs[1] - theirs[0])
    if _right(mine[:1], theirs[:1]) and step * right_step < 0 and abs(step) > _RIGHT_ATOL < abs(right_step):
        ways = ("up", "down") if step > 0 else ("down", "up")
        return f"The {what} goes {ways[0]} where it should go {ways[1]}: is the gradient taken with the wrong sign?"
    return ratio_hint(mine, theirs, rows, f"Each {what}")


def _other_relation(mine: torch.Tensor, theirs: torch.Tensor, subject: str) -> str:
    """1 minus the right one, or the same amount too much everywhere."""
    scale = float(theirs.abs().max())
    if _alike(mine, theirs, scale) or _may_be_chance(mine, theirs):
        return ""
    if bool(((theirs >= 0) & (theirs <= 1)).all()) and _alike(mine, 1 - theirs, 1.0):
        return f"{subject} is 1 minus what it should be: is a sign the other way round, or are 0 and 1 swapped?"
    off = mine - theirs
    if mine.numel() > 2 and _alike(off, off.mean().expand_as(off), scale) and not _alike(theirs, theirs.mean(), scale):
        return f"{subject} is off by the same amount everywhere: is something added that should not be, or left out?"
    return ""


def _may_be_chance(mine: torch.Tensor, theirs: torch.Tensor) -> bool:
    """Whether both are so round that one may be twice the other, or 1 minus it, by chance."""
    parts = torch.cat([mine, theirs]) * _FEW_PARTS
    return mine.numel() < 3 and bool(((parts - parts.round()).abs() < 1e-3).all())


def _alike(mine: torch.Tensor, theirs: torch.Tensor, scale: float) -> bool:
    return bool(((mine - theirs).abs() <= _RTOL * (theirs.abs() + 0.1 * scale)).all())


def _right(mine: torch.Tensor, theirs: torch.Tensor) -> bool:
    return torch.allclose(mine, theirs, rtol=_RIGHT_RTOL, atol=_RIGHT_ATOL)


def _is(size: float, factor: float) -> bool:
    return math.isclose(size, factor, rel_tol=_RTOL)
