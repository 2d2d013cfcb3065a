"""Which public checks tell guests inputs that students don't have, too: read from their code.

It has to be known before any of them runs, and be the same for all submissions: it decides in which order checks are
asked, and so what comes after one that ends its guest.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from autograder.checks.inputs import hidden_inputs


def tells_hidden_inputs(check: object, folder: Path) -> bool:
    """Whether a check, or a function below `folder` that it names, names `hidden_inputs`."""
    seen: set[object] = set()
    left: list[object] = [check]
    while left:
        each = left.pop()
        if each is hidden_inputs:
            return True
        if isinstance(each, FunctionType) and each not in seen and _file(each).is_relative_to(folder):
            seen.add(each)
            left += _named(each)
    return False


def _file(function: FunctionType) -> Path:
    return Path(function.__code__.co_filename)


def _named(function: FunctionType) -> Iterator[Any]:
    """What a function's code names of its module's, and of modules that are there."""
    names = list(_names(function.__code__))
    found = [function.__globals__[name] for name in names if name in function.__globals__]
    yield from found
    for module in found:
        if isinstance(module, ModuleType):
            yield from (vars(module)[name] for name in names if name in vars(module))


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _names(each)
