"""What tests in the grader hand to student code, as it is here: functions to call back, iterators, objects."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from autograder.sandbox.operations import OBJECT_METHODS

Ask = Callable[..., Any]


def made_of(data: Mapping[str, Any], ask: Ask) -> Any:
    """A function, an iterator or an object that has `ask` answer for it, or a pattern."""
    if data["t"] == "pattern":
        return re.compile(data["v"], data["flags"])
    if data["t"] == "iterator":
        return _iterated(ask)
    if data["t"] == "object":
        own = {name: _method(name) for name in data["methods"] if name in OBJECT_METHODS}
        made = type(data["name"], (_OfTests,), own)()
        object.__setattr__(made, "_ask", ask)
        return made

    def function(*args: Any, **kwargs: Any) -> Any:
        return ask(*args, **kwargs)

    function.__name__ = function.__qualname__ = data["name"]
    return function


def _iterated(ask: Ask) -> Iterator[Any]:
    while found := ask():
        yield from found


class _OfTests:
    """An object of the tests': what it has, they are asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
        return object.__getattribute__(self, "_ask")("get", name)

    def __setattr__(self, name: str, value: Any) -> None:
        object.__getattribute__(self, "_ask")("set", name, value)


def _method(name: str) -> Callable[..., Any]:
    return lambda self, *args, **kwargs: object.__getattribute__(self, "_ask")(name, *args, **kwargs)
