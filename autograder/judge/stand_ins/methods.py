"""The special methods of stand-ins: what operators and built-in functions do with an object, asked for in the guest."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any, TypeVar

from autograder.checks import test_words
from autograder.sandbox import operations, values
from autograder.sandbox.operations import JUDGING

T = TypeVar("T")


class OtherKindError(TypeError):
    """An object's own answer is wanted where the instructor's solution gives a plain value: it does not count."""


def ask(stand_in: Any, do: str, *args: Any) -> Any:
    """Has something done with an object: see `Line.ask`."""
    return stand_in._autograder_line.ask(do, *args, called=stand_in._autograder_called)


def permits(stand_in: Any, do: str) -> bool:
    """Whether the object's own answer counts here: see `Guard`."""
    return bool(stand_in._autograder_line.guard.permits(do))


def require(stand_in: Any, do: str) -> None:
    """Raises TypeError where the object's own answer does not count."""
    if not permits(stand_in, do):
        words = test_words.NOT_CALLABLE if do == "call" else test_words.DOES_NOT_SUPPORT
        raise OtherKindError(words.format(kind=stand_in._autograder_ref.type_name, what=do))


def of_type(wanted: type[T], do: str) -> Callable[..., T]:
    """A method whose answer Python wants to be of a type."""

    def method(self: Any, *args: Any) -> T:
        value = ask(self, do, self, *args)
        if type(value) is not wanted:
            raise TypeError(f"{do} should give {wanted.__name__}")
        return value

    return method


def plain(do: str) -> Callable[..., Any]:
    """A method that takes what comes."""
    return lambda self, *args: ask(self, do, self, *args)


def _operator(do: str, swapped: bool = False) -> Callable[[Any, Any], Any]:
    compares = do in ("lt", "le", "gt", "ge")

    def operate(self: Any, other: Any) -> Any:
        if compares and not isinstance(other, values.Live):
            return NotImplemented
        if do in JUDGING:
            require(self, do)
        return ask(self, do, *((other, self) if swapped else (self, other)))

    return operate


def _contains(self: Any, item: object) -> bool:
    if permits(self, "contains"):
        return bool(ask(self, "contains", self, item))
    return any(each is item or each == item for each in self)


def _enter(self: Any) -> Any:
    require(self, "enter")
    return ask(self, "enter", self)


def _exit(self: Any, kind: Any, error: Any, trace: Any) -> bool:
    """An exception of the tests' stays one, unless the instructor's own solution takes it there."""
    require(self, "exit")
    return bool(ask(self, "exit", self, error)) and permits(self, "swallow")


def _call(self: Any, *args: Any, **kwargs: Any) -> Any:
    if not self._autograder_is_name:
        require(self, "call")
    called = f"{self._autograder_called}({', '.join(map(_shown, args[:3]))}{', …' if len(args) > 3 else ''})"
    try:
        return self._autograder_line.ask("call", self, *args, called=called, **kwargs)
    except StopIteration as error:  # it would end a loop of the tests' before they have looked at anything
        if permits(self, "stop"):
            raise
        raise RuntimeError(test_words.RAISED_STOP) from error


def _await(self: Any) -> Generator[None, None, Any]:
    return ask(self, "await", self)
    yield  # what makes it one


def _shown(value: Any) -> str:
    if isinstance(value, values.Live):
        return "…"
    text = repr(value) if isinstance(value, int | float | str | bool | list | tuple | dict | set) else "…"
    return text if len(text) <= 40 else "…"


def _methods() -> Mapping[str, Callable[..., Any]]:
    found: dict[str, Callable[..., Any]] = {}
    for name in operations.METHODS:
        do = name.strip("_")
        do = f"{do}_" if f"{do}_" in operations.OPERATORS else do
        reflected = do.removeprefix("r")
        reflected = f"{reflected}_" if f"{reflected}_" in operations.OPERATORS else reflected
        if do in operations.TWO_SIDED:
            found[name] = _operator(do)
        elif do not in operations.OPERATORS and reflected in operations.OPERATORS:
            found[name] = _operator(reflected, swapped=True)
        elif do in operations.OPERATORS:
            found[name] = plain(do)
    found |= {f"__{each.__name__}__": of_type(each, each.__name__) for each in (int, float, complex, bytes)}
    found |= {"__len__": of_type(int, "len"), "__index__": of_type(int, "index"), "__contains__": _contains}
    found |= {"__enter__": _enter, "__exit__": _exit, "__call__": _call, "__await__": _await}
    return {name: each for name, each in found.items() if name not in ("__eq__", "__ne__")}


METHODS = _methods()
