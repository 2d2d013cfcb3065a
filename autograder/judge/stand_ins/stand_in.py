"""What stands for an object of the notebook: whatever is done with it is asked for in the guest.

Nothing of it is the student's: it is of one class of ours, and what it gives is plain data or another stand-in.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from autograder.judge.stand_ins.line import Line
from autograder.sandbox import values
from autograder.sandbox.operations import JUDGING
from autograder.sandbox.refs import Ref

T = TypeVar("T")

# What libraries look for in any object; a stand-in is not to be taken for an array or a file.
_NOT_ASKED = ("__array", "__torch", "__cuda", "__dlpack", "__reduce", "__getstate", "__fspath", "_ipython", "_repr_")
_SLOTS = ("_autograder_line", "_autograder_ref", "_autograder_generation", "_autograder_called", "_autograder_is_name")


class StandIn(values.Live):
    __slots__ = _SLOTS
    _autograder_line: Line
    _autograder_ref: Ref
    _autograder_called: str
    _autograder_is_name: bool

    def __init__(self, line: Line, ref: Ref) -> None:
        called = ref.class_name or ref.type_name
        for name, value in zip(_SLOTS, (line, ref, line.run.generation, called, False), strict=True):
            object.__setattr__(self, name, value)

    def live_data(self) -> Any:
        self._autograder_line.must_live(self._autograder_generation, self._autograder_called)
        if self._autograder_ref.id < 0:
            raise TypeError(self._autograder_ref.type_name)
        return {"t": "ref", "id": self._autograder_ref.id, "type": self._autograder_ref.type_name, "module": False}

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return _nearest_class(self._autograder_ref) or StandIn

    @property
    def __signature__(self) -> inspect.Signature:
        if not self._autograder_ref.callable:
            raise AttributeError("__signature__")
        return _signature(_ask(self, "signature", self))

    def __getattr__(self, name: str) -> Any:
        if name.startswith(_NOT_ASKED):
            raise AttributeError(name)
        found = _ask(self, "getattr", self, name)
        if isinstance(found, StandIn):
            of_module = self._autograder_ref.type_name == "module"
            called = name if of_module else f"{self._autograder_called}.{name}"
            object.__setattr__(found, "_autograder_called", called)
            if of_module:
                object.__setattr__(found, "_autograder_is_name", True)
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        _ask(self, "setattr", self, name, value)

    def __delattr__(self, name: str) -> None:
        _ask(self, "delattr", self, name)

    def __dir__(self) -> Any:
        return _text_list(_ask(self, "dir", self))

    def __eq__(self, other: object) -> Any:
        if not isinstance(other, values.Live):
            return False  # only values that crossed can be equal to plain ones
        return _ask(self, "eq", self, other) if _permits(self, "eq") else self is other

    def __ne__(self, other: object) -> Any:
        if not isinstance(other, values.Live):
            return True
        return _ask(self, "ne", self, other) if _permits(self, "ne") else self is not other

    def __hash__(self) -> int:
        return _of_type(self, int, "hash", self)

    def __bool__(self) -> bool:
        return _of_type(self, bool, "bool", self)

    def __len__(self) -> int:
        return _of_type(self, int, "len", self)

    def __int__(self) -> int:
        return _of_type(self, int, "int", self)

    def __index__(self) -> int:
        return _of_type(self, int, "index", self)

    def __float__(self) -> float:
        return _of_type(self, float, "float", self)

    def __complex__(self) -> complex:
        return _of_type(self, complex, "complex", self)

    def __bytes__(self) -> bytes:
        return _of_type(self, bytes, "bytes", self)

    def __repr__(self) -> str:
        return _of_type(self, str, "repr", self)

    def __str__(self) -> str:
        return _of_type(self, str, "str", self)

    def __format__(self, spec: str) -> str:
        return _of_type(self, str, "format", self, spec)

    def __iter__(self) -> Iterator[Any]:
        return _Iterator(_ask(self, "iter", self))

    def __next__(self) -> Any:
        return _ask(self, "next", self)

    def __contains__(self, item: object) -> bool:
        if _permits(self, "contains"):
            return _of_type(self, bool, "contains", self, item)
        return any(each is item or each == item for each in self)

    def __enter__(self) -> Any:
        _require(self, "enter")
        return _ask(self, "call", _ask(self, "getattr", self, "__enter__"))

    def __exit__(self, kind: Any, error: Any, trace: Any) -> Any:
        _require(self, "exit")
        return _ask(self, "call", _ask(self, "getattr", self, "__exit__"), None, None, None)

    def __instancecheck__(self, value: Any) -> bool:
        return _of_type(self, bool, "isinstance", value, self)

    def __subclasscheck__(self, cls: Any) -> bool:
        return _of_type(self, bool, "issubclass", cls, self)

    def __deepcopy__(self, memo: Any) -> Any:
        return _ask(self, "deepcopy", self)


class CallableStandIn(StandIn):
    __slots__ = ()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self._autograder_is_name:
            _require(self, "call")
        called = f"{self._autograder_called}({', '.join(map(_shown, args[:3]))}{', …' if len(args) > 3 else ''})"
        return self._autograder_line.call(self, args, kwargs, called)


def make(line: Line, ref: Ref) -> StandIn:
    """A stand-in for what the guest says of an object."""
    return CallableStandIn(line, ref) if ref.callable else StandIn(line, ref)


def as_name(value: Any, name: str) -> Any:
    """A value that the notebook has under a name: if it can be called, it may be, as the tests are about it."""
    if isinstance(value, StandIn):
        object.__setattr__(value, "_autograder_called", name)
        object.__setattr__(value, "_autograder_is_name", True)
    return value


class _Iterator:
    """An iterator of the guest's, for which an end is one."""

    def __init__(self, there: Any) -> None:
        self._there = there

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        return next(self._there)


def _ask(stand_in: StandIn, do: str, *args: Any) -> Any:
    return stand_in._autograder_line.ask(do, *args, called=stand_in._autograder_called)


def _of_type(stand_in: StandIn, wanted: type[T], do: str, *args: Any) -> T:
    """An answer that Python wants to be of a type."""
    value = _ask(stand_in, do, *args)
    if wanted is bool and do in ("isinstance", "issubclass", "contains"):
        value = bool(value)
    if type(value) is not wanted:
        raise TypeError(f"{do} should give {wanted.__name__}")
    return value


def _permits(stand_in: StandIn, do: str) -> bool:
    return stand_in._autograder_line.guard.permits(do)


def _require(stand_in: StandIn, do: str) -> None:
    if not _permits(stand_in, do):
        verb = "is not callable" if do == "call" else f"does not support {do}"
        raise TypeError(f"{stand_in._autograder_ref.type_name!r} object {verb}")


def _operator(do: str, swapped: bool = False) -> Callable[[Any, Any], Any]:
    compares = do in ("lt", "le", "gt", "ge")

    def operate(self: StandIn, other: Any) -> Any:
        if compares and not isinstance(other, values.Live):
            return NotImplemented
        if do in JUDGING:
            _require(self, do)
        return _ask(self, do, *((other, self) if swapped else (self, other)))

    return operate


def _unary(do: str) -> Callable[..., Any]:
    return lambda self, *args: _ask(self, do, self, *args)


def _nearest_class(ref: Ref) -> type | None:
    """The first of an object's classes that is a library's or Python's, and there."""
    if ref.is_class:
        return type
    for module, name in ref.mro:
        found = getattr(sys.modules.get(module), name, None) if module != "__main__" and name.isidentifier() else None
        if isinstance(found, type) and found is not object:
            return found
    return None


def _signature(listed: Any) -> inspect.Signature:
    kinds = list(inspect._ParameterKind)
    found = [
        inspect.Parameter(name, kinds[kind], default=default if has_default else inspect.Parameter.empty)
        for name, kind, has_default, default in listed
    ]
    return inspect.Signature(found)


def _text_list(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _shown(value: Any) -> str:
    if isinstance(value, values.Live):
        return "…"
    text = repr(value) if isinstance(value, int | float | str | bool | list | tuple | dict | set) else "…"
    return text if len(text) <= 40 else "…"


_BINARY = "add sub mul truediv floordiv mod pow matmul lshift rshift and_ or_ xor divmod"
for _name in _BINARY.split():
    setattr(StandIn, f"__{_name.strip('_')}__", _operator(_name))
    setattr(StandIn, f"__r{_name.strip('_')}__", _operator(_name, swapped=True))
    if _name != "divmod":
        setattr(StandIn, f"__i{_name.strip('_')}__", _operator(f"i{_name.strip('_')}"))
for _name in ("lt", "le", "gt", "ge"):
    setattr(StandIn, f"__{_name}__", _operator(_name))
_UNARY = "neg pos invert abs round floor ceil trunc reversed getitem setitem delitem copy"
for _name in _UNARY.split():
    setattr(StandIn, f"__{_name}__", _unary(_name))
StandIn.__doc__ = property(lambda self: _ask(self, "getattr", self, "__doc__"))  # type: ignore[assignment]
