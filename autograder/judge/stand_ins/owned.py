"""What goes to the guest by a number: functions, iterators, objects and exceptions of the tests, and what it has."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from autograder.judge.stand_ins.of_tests import FUNCTIONS, done, is_of_tests, special_methods
from autograder.sandbox import two_folders, values, wire

_PLAIN = (str, int, float, bool)
_MAX_NAME_CHARACTERS = 80
_MAX_TEXT_CHARACTERS = 200


class Lent(values.Live):
    """Stands for a value that the guest has already."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number

    def live_data(self) -> Any:
        return {"t": "ref", "id": self.number, "type": "", "module": False}


class Owned:
    """One for the tests of a notebook."""

    def __init__(self) -> None:
        self._kept: list[Any] = []
        self._called: list[Callable[..., Any]] = []
        self._raised: list[BaseException] = []

    def data_of(self, value: Any, here: str) -> dict[str, Any] | None:
        """JSON-ready data of what is not a plain value; None if it can't cross.

        Args:
            here: the folder that the tests work in, if they are about files.
        """
        if isinstance(value, BaseException):
            return {"t": "error", **self.told_of(value)}
        if (told := two_folders.path_data(value, here)) is not None:
            return {**told, "id": self._number(value, _nothing)}
        if type(value) is re.Pattern and isinstance(value.pattern, str):
            told = {"v": value.pattern, "flags": value.flags}
            return {"t": "pattern", "id": self._number(value, _nothing), **told}
        if isinstance(value, Iterator) and not is_of_tests(value):
            return {"t": "iterator", "id": self._number(value, partial(_next, value))}
        if not isinstance(value, FUNCTIONS):
            if is_of_tests(value):
                told = {"name": type(value).__name__[:_MAX_NAME_CHARACTERS], "methods": special_methods(value)}
                return {"t": "object", "id": self._number(value, partial(done, value)), **told}
            if not callable(value) or isinstance(value, type):
                return None
        name = str(getattr(value, "__name__", "function"))[:_MAX_NAME_CHARACTERS]
        return {"t": "callback", "id": self._number(value, value), "name": name if name.isidentifier() else "f"}

    def _number(self, value: Any, called: Callable[..., Any]) -> int:
        number = next((number for number, each in enumerate(self._kept) if each is value), len(self._kept))
        if number == len(self._kept):
            self._kept.append(value)
            self._called.append(called)
        return number

    def told_of(self, error: BaseException) -> dict[str, Any]:
        """What the guest is told of an exception, so that the notebook's code can catch it."""
        self._raised.append(error)
        classes = [[each.__module__, each.__qualname__] for each in type(error).__mro__]
        args = [each for each in error.args if type(each) in _PLAIN]
        text = str(error)[:_MAX_TEXT_CHARACTERS]
        return {"own": len(self._raised) - 1, "mro": classes, "text": text, "args": args}

    def function(self, number: Any) -> Callable[..., Any]:
        """What the guest calls by that number. Raises WireError if there is none."""
        return self._called[index(number, self._called)]

    def value(self, number: Any) -> Any:
        """What that number stands for. Raises WireError if there is nothing."""
        return self._kept[index(number, self._kept)]

    def error(self, number: Any) -> BaseException:
        """The exception of that number. Raises WireError if there is none."""
        return self._raised[index(number, self._raised)]


def _nothing(*_: Any, **__: Any) -> None:
    """What comes of calling what is no function."""


def _next(iterator: Iterator[Any]) -> list[Any]:
    """The next thing of it, in a list; an empty one if there is none."""
    for each in iterator:
        return [each]
    return []


def index(number: Any, kept: Sequence[Any]) -> int:
    """A number of something that is there. Raises WireError if it is none."""
    if type(number) is int and 0 <= number < len(kept):
        return number
    raise wire.WireError("a number of something that is not there")
