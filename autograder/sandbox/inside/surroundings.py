"""What stands around an exception: a name that was probably meant, and what the failing expression is about.

Nothing here calls student code: attributes are looked up where PyTorch and Python keep them.
"""

from __future__ import annotations

import builtins
import difflib
import itertools
import linecache
import re
from collections.abc import Iterable
from types import CodeType, FrameType, ModuleType, TracebackType
from typing import Any

import numpy
import torch

_MAX_VALUES = 4
_MAX_LINES = 5
_MAX_DIMENSIONS = 6
_MAX_NAME_CHARACTERS = 40
_MAX_CANDIDATES = 5_000
_MAX_LETTERS_MORE = 2
_CLOSE = 0.72  # "simgoid" and "sigmoid" are at 0.86, "loss" and "cost" at 0.5
# A name, with attributes; not where it is called or indexed.
_NAME = re.compile(r"(?<![\w.'\"])[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\b(?!\s*[\[(.])")
_MODULES = {
    "torch": torch,
    "nn": torch.nn,
    "F": torch.nn.functional,
    "torch.optim": torch.optim,
}
# Other words, mostly NumPy's, for what a tensor has.
_SAME = {
    **{"astype": "to", "copy": "clone", "average": "mean", "avg": "mean", "ln": "log", "power": "pow"},
    **{"array": "tensor", "length": "numel", "zero_grads": "zero_grad", "tranpose": "t", "arange_like": "arange"},
}
_OF_TENSORS = ("grad", "T", "data")


def place(error: BaseException, is_cell: Any) -> TracebackType | None:
    """The innermost step of the traceback whose file `is_cell` takes for a cell."""
    found = None
    step = error.__traceback__
    while step is not None:
        if is_cell(step.tb_frame.f_code.co_filename):
            found = step
        step = step.tb_next
    return found


def near_name(error: BaseException, step: TracebackType | None) -> str | None:
    """The name that is probably meant, for a NameError or an AttributeError: "sigmoid", "torch.exp", ".mean"."""
    name = getattr(error, "name", None)
    if type(name) is not str or not 1 < len(name) <= _MAX_NAME_CHARACTERS:
        return None
    if isinstance(error, AttributeError):
        return _near_attribute(name, error.obj)
    if isinstance(error, UnboundLocalError) or not isinstance(error, NameError) or step is None:
        return None
    frame = step.tb_frame
    owner = frame.f_locals.get("self")
    if isinstance(owner, torch.nn.Module) and name in _attributes(owner):
        return f"self.{name}"
    scope = itertools.chain(frame.f_locals, frame.f_globals, vars(builtins))
    line = linecache.getline(frame.f_code.co_filename, step.tb_lineno)
    if not re.search(rf"\b{re.escape(name)}\s*\(", line):
        return _closest(name, scope)
    found = _elsewhere(name) or _closest(name, scope)
    if found is None and (found := _closest(name, vars(torch))) is not None:
        found = f"torch.{found}"
    return found


def _near_attribute(name: str, owner: Any) -> str | None:
    if not isinstance(owner, ModuleType):
        found = _closest(name, _attributes(owner))
        return f".{found}" if found is not None else None
    prefix = next((short for short, module in _MODULES.items() if module is owner), "")
    if prefix and callable(vars(torch).get(name)):
        return f"torch.{name}"  # `nn.sigmoid`: not the class `nn.Sigmoid`
    found = _closest(name, vars(owner), 1.0)
    if found is None and prefix and (other := _elsewhere(name)) is not None:
        return other
    found = found or _closest(name, vars(owner))
    return f"{prefix or owner.__name__}.{found}" if found is not None else None


def _elsewhere(name: str) -> str | None:
    """A function or class of PyTorch with just this name."""
    return next((f"{short}.{name}" for short, module in _MODULES.items() if callable(vars(module).get(name))), None)


def _attributes(owner: Any) -> list[str]:
    """Names that an object has, without asking a `__dir__` or `__getattr__` of the student's."""
    names = list(getattr(owner, "__dict__", ()))
    if isinstance(owner, torch.nn.Module):
        kept = vars(owner)
        names += [each for part in ("_modules", "_parameters", "_buffers") for each in kept.get(part, ())]
    return names + [each for kind in type.mro(type(owner)) for each in vars(kind)]


def _closest(name: str, candidates: Iterable[Any], close: float = _CLOSE) -> str | None:
    """The candidate that is spelt most alike; one that differs in capitals alone comes first, and in any case."""
    private = name.startswith("_")
    listed = [
        each
        for each in itertools.islice(candidates, _MAX_CANDIDATES)
        if type(each) is str and each != name and len(each) <= _MAX_NAME_CHARACTERS and each.startswith("_") == private
    ]
    if (same := _SAME.get(name)) in listed:
        return same
    for each in listed:
        if each.lower() == name.lower():
            return each
    if close < 1 and (swapped := [each for each in listed if len(each) > 2 and sorted(each) == sorted(name)]):
        return swapped[0]
    about_as_long = [each for each in listed if abs(len(each) - len(name)) <= _MAX_LETTERS_MORE]
    return next(iter(difflib.get_close_matches(name, about_as_long, 1, close)), None)


def values_at(step: TracebackType) -> list[list[Any]]:
    """The named tensors, numbers, arrays and Nones of the failing expression: name, kind, shape, dtype of each."""
    frame = step.tb_frame
    found: dict[str, list[Any]] = {}
    for name in dict.fromkeys(_NAME.findall(_expression(frame.f_code, step))):
        if len(found) < _MAX_VALUES and len(name) <= _MAX_NAME_CHARACTERS and (told := _told(name, frame)) is not None:
            found[told[0]] = list(told)
    return list(found.values())


def _told(name: str, frame: FrameType) -> tuple[str, str, list[int] | None, str | None] | None:
    first, *parts = name.split(".")
    if first not in frame.f_locals and first not in frame.f_globals:
        return None
    value = frame.f_locals.get(first, frame.f_globals.get(first))
    for count, part in enumerate(parts, 1):
        if value is None:
            return ".".join([first, *parts[: count - 1]]), "none", None, None
        if isinstance(value, torch.Tensor):
            if part not in _OF_TENSORS:
                return None
            value = getattr(torch.Tensor, part).__get__(value)
        elif isinstance(value, torch.nn.Module):
            kept = vars(value)
            homes = (kept, *(kept.get(each, {}) for each in ("_parameters", "_buffers", "_modules")))
            home = next((each for each in homes if part in each), None)
            if home is None:
                return None
            value = home[part]
        else:
            return None
    if value is None:
        return name, "none", None, None
    if isinstance(value, torch.Tensor):
        shape = [int(size) for size in torch.Tensor.size(value)[:_MAX_DIMENSIONS]]
        return name, "tensor", shape, str(value.dtype).removeprefix("torch.")
    if type(value) is numpy.ndarray:
        return name, "array", [int(size) for size in value.shape[:_MAX_DIMENSIONS]], str(value.dtype)
    return (name, "number", None, type(value).__name__) if type(value) in (int, float, bool) else None


def _expression(code: CodeType, step: TracebackType) -> str:
    """The part of the code that failed; the whole line where Python does not know more."""
    at = step.tb_lasti // 2
    first, last, begin, end = next(itertools.islice(code.co_positions(), at, at + 1), (None,) * 4)
    first, last = first or step.tb_lineno, min(last or step.tb_lineno, (first or step.tb_lineno) + _MAX_LINES)
    lines = [linecache.getline(code.co_filename, number).encode() for number in range(first, last + 1)]
    if begin is not None and end is not None and lines:
        lines[-1] = lines[-1][:end]
        lines[0] = lines[0][begin:]
    return b"\n".join(lines).decode(errors="replace")
