"""What goes to the guest by a number: functions of the tests to call back, exceptions that they raised, what it has."""

from __future__ import annotations

import types
from collections.abc import Callable, Sequence
from typing import Any

import numpy

from autograder.sandbox import values, wire

_PLAIN = (str, int, float, bool)
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodType, numpy.ufunc)
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
        self._functions: list[Callable[..., Any]] = []
        self._raised: list[BaseException] = []

    def data_of(self, value: Any) -> dict[str, Any] | None:
        """JSON-ready data of a function or an exception; None if it is neither."""
        if isinstance(value, BaseException):
            return {"t": "error", **self.told_of(value)}
        if not isinstance(value, _FUNCTIONS) and (not callable(value) or isinstance(value, type)):
            return None
        number = next((number for number, each in enumerate(self._functions) if each is value), len(self._functions))
        if number == len(self._functions):
            self._functions.append(value)
        name = str(getattr(value, "__name__", "function"))[:_MAX_NAME_CHARACTERS]
        return {"t": "callback", "id": number, "name": name if name.isidentifier() else "f"}

    def told_of(self, error: BaseException) -> dict[str, Any]:
        """What the guest is told of an exception, so that the notebook's code can catch it."""
        self._raised.append(error)
        classes = [[each.__module__, each.__qualname__] for each in type(error).__mro__]
        args = [each for each in error.args if type(each) in _PLAIN]
        text = str(error)[:_MAX_TEXT_CHARACTERS]
        return {"own": len(self._raised) - 1, "mro": classes, "text": text, "args": args}

    def function(self, number: Any) -> Callable[..., Any]:
        """The function of that number. Raises WireError if there is none."""
        return self._functions[index(number, self._functions)]

    def error(self, number: Any) -> BaseException:
        """The exception of that number. Raises WireError if there is none."""
        return self._raised[index(number, self._raised)]


def index(number: Any, kept: Sequence[Any]) -> int:
    """A number of something that is there. Raises WireError if it is none."""
    if type(number) is int and 0 <= number < len(kept):
        return number
    raise wire.WireError("a number of something that is not there")
