"""Functions of libraries that look into an object, while tests run: for a stand-in they are asked of its object."""

from __future__ import annotations

import functools
import importlib
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from autograder.judge.stand_ins.line import Line
from autograder.judge.stand_ins.stand_in import StandIn
from autograder.sandbox.operations import LIBRARY

_SEEDS = [
    "random.seed",
    "random.setstate",
    "numpy.random.seed",
    "numpy.random.set_state",
    "torch.manual_seed",
    "torch.set_rng_state",
]


@contextmanager
def asking(line: Line, names: Any) -> Iterator[None]:
    """Inside, the functions of `operations.LIBRARY` ask the line, and `__main__` is the module of the tests' names."""
    with ExitStack() as stack:
        for each in LIBRARY:
            module, _, name = each.rpartition(".")
            home = importlib.import_module(module)
            stack.enter_context(patch.object(home, name, _asking(line, each, getattr(home, name))))
        for each in _SEEDS:
            module, _, name = each.rpartition(".")
            home = importlib.import_module(module)
            stack.enter_context(patch.object(home, name, _seeding(line, getattr(home, name))))
        stack.callback(sys.modules.__setitem__, "__main__", sys.modules["__main__"])
        sys.modules["__main__"] = _Main(names)
        yield


def _seeding(line: Line, own: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(own)
    def function(*args: Any, **kwargs: Any) -> Any:
        line.surroundings.seeded()
        return own(*args, **kwargs)

    return function


def _asking(line: Line, do: str, own: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(own)
    def function(*args: Any, **kwargs: Any) -> Any:
        if args and isinstance(args[0], StandIn):
            return line.ask(do, *args, called=do.rpartition(".")[2], **kwargs)
        return own(*args, **kwargs)

    return function


class _Main(types.ModuleType):
    """The module that notebook and tests are, for what asks for it by name."""

    def __init__(self, names: Any) -> None:
        super().__init__("__main__")
        object.__setattr__(self, "_names", names)

    def __getattr__(self, name: str) -> Any:
        try:
            return object.__getattribute__(self, "_names")[name]
        except (KeyError, NameError):
            raise AttributeError(name) from None

    def __setattr__(self, name: str, value: Any) -> None:
        object.__getattribute__(self, "_names")[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del object.__getattribute__(self, "_names")[name]
        except (KeyError, NameError):
            raise AttributeError(name) from None

    def __dir__(self) -> list[str]:
        return list(object.__getattribute__(self, "_names").keys())
