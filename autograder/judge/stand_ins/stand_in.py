"""What stands for an object of the notebook: whatever is done with it is asked for in the guest.

Nothing of it is the student's: it is of a class of ours, and what it gives is plain data or another stand-in.
"""

from __future__ import annotations

import inspect
import sys
import types
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import torch

from autograder.judge.stand_ins import methods
from autograder.judge.stand_ins.line import Line
from autograder.judge.stand_ins.methods import ask, permits
from autograder.sandbox import values
from autograder.sandbox.refs import Ref

# What libraries look for in any object; a stand-in is not to be taken for an array or a file.
_NOT_ASKED = ("__array", "__torch", "__cuda", "__dlpack", "__reduce", "__getstate", "__fspath", "_ipython", "_repr_")
# What is of these crosses as a copy. What only says so may be made to please what libraries do with their own.
_NOT_CLAIMED = ("__main__", "numpy", "pandas", "autograder", "unittest")
_PLAIN = (list, dict, set, frozenset, tuple, str, int, float, bytes)
# What Python's own types are called, where `builtins` does not have them.
_TYPES: Mapping[str, type] = {
    "function": types.FunctionType,
    "method": types.MethodType,
    "builtin_function_or_method": types.BuiltinFunctionType,
    "generator": types.GeneratorType,
    "coroutine": types.CoroutineType,
    "module": types.ModuleType,
}


class StandIn(values.Live):
    """See above. What the object's class has of special methods, the stand-in's class has, too: see `make`.

    Attributes:
        _autograder_line: to the notebook.
        _autograder_ref: what the guest says of the object.
        _autograder_called: what messages call it.
        _autograder_is_name: whether the notebook has it under a name, so that it may be called.
        _autograder_generation: of the guest.
    """

    __slots__ = (
        "__weakref__",
        "_autograder_called",
        "_autograder_generation",
        "_autograder_is_name",
        "_autograder_line",
        "_autograder_ref",
    )

    def __init__(self, line: Line, ref: Ref) -> None:
        called = ref.class_name or ref.type_name
        found = {"line": line, "ref": ref, "generation": line.run.generation, "called": called, "is_name": False}
        for name, value in found.items():
            object.__setattr__(self, f"_autograder_{name}", value)

    def live_data(self) -> Any:
        self._autograder_line.must_live(self._autograder_generation, self._autograder_called)
        if self._autograder_ref.id < 0:
            raise TypeError(self._autograder_ref.type_name)
        return {"t": "ref", "id": self._autograder_ref.id, "type": self._autograder_ref.type_name, "module": False}

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_autograder_") or name == "live_data":
            return object.__getattribute__(self, name)
        if name == "__class__":  # Python asks for it in `isinstance`; tests that want it are given `type(…)`
            return _nearest_class(self._autograder_ref) or StandIn
        if name == "__signature__" and self._autograder_ref.callable:
            return _signature(ask(self, "signature", self))
        if name == "__deepcopy__":
            return lambda _: ask(self, "deepcopy", self)
        if name.startswith(_NOT_ASKED):
            raise AttributeError(name)
        if _is_made_of_plain(self) and not permits(self, f"own {name}"):
            plain = ask(self, "plain", self)  # its class says nothing here, and what it holds is as good
            if not isinstance(plain, StandIn) and hasattr(type(plain), name):
                return getattr(plain, name)
        found = ask(self, "getattr", self, name)
        if isinstance(found, StandIn):
            of_module = self._autograder_ref.type_name == "module"
            called = name if of_module else f"{self._autograder_called}.{name}"
            object.__setattr__(found, "_autograder_called", called)
            if of_module:
                object.__setattr__(found, "_autograder_is_name", True)
        return found

    def __setattr__(self, name: str, value: Any) -> None:
        ask(self, "setattr", self, name, value)

    def __delattr__(self, name: str) -> None:
        ask(self, "delattr", self, name)

    def __dir__(self) -> Any:
        found = ask(self, "dir", self)
        return [each for each in found if isinstance(each, str)] if isinstance(found, list) else []

    def __eq__(self, other: object) -> Any:
        if not isinstance(other, values.Live):  # only values that crossed can be equal to plain ones
            return _is_made_of_plain(self) and bool(ask(self, "plain", self) == other)
        if isinstance(other, StandIn) and _is_made_of_plain(self) and _is_made_of_plain(other):
            return bool(ask(self, "plain", self) == ask(other, "plain", other))
        return ask(self, "eq", self, other) if permits(self, "eq") else self is other

    def __ne__(self, other: object) -> Any:
        if not isinstance(other, values.Live) or (isinstance(other, StandIn) and _is_made_of_plain(self)):
            return not self == other
        return ask(self, "ne", self, other) if permits(self, "ne") else self is not other

    __hash__ = methods.of_type(int, "hash")
    __bool__ = methods.of_type(bool, "bool")
    __repr__ = methods.of_type(str, "repr")
    __str__ = methods.of_type(str, "str")
    __format__ = methods.of_type(str, "format")
    __copy__ = methods.plain("copy")

    def __instancecheck__(self, value: Any) -> bool:
        return bool(ask(self, "isinstance", value, self))

    def __subclasscheck__(self, cls: Any) -> bool:
        return bool(ask(self, "issubclass", cls, self))


def make(line: Line, ref: Ref) -> StandIn:
    """A stand-in for what the guest says of an object."""
    return _class_with(ref.methods)(line, ref)


def as_name(value: Any, name: str) -> Any:
    """A value that the notebook has under a name: if it can be called, it may be, as the tests are about it."""
    if isinstance(value, StandIn):
        object.__setattr__(value, "_autograder_called", name)
        object.__setattr__(value, "_autograder_is_name", True)
    return value


def is_subclass(line: Line, cls: Any, bases: Any) -> bool:
    """`issubclass`, for which a stand-in may be a class: Python's own asks each abstract class for itself."""
    if not isinstance(cls, StandIn):
        return issubclass(cls, bases)
    if isinstance(bases, tuple):
        return any(is_subclass(line, cls, each) for each in bases)
    try:
        return bool(line.ask("issubclass", cls, bases, called="issubclass"))
    except values.Unsendable:  # a class of a library's
        return any(issubclass(each, bases) for each in _known_classes(cls._autograder_ref))


@lru_cache(maxsize=256)
def _class_with(found: frozenset[str]) -> type[StandIn]:
    """A class of stand-ins with some special methods: libraries look at classes to see what an object can do."""
    own = {name: method for name, method in methods.METHODS.items() if name in found}
    return type("StandIn", (StandIn,), {"__slots__": (), **own})


def _is_made_of_plain(stand_in: StandIn) -> bool:
    """Whether its class is one of the notebook's own that is made of a plain one, such as a list with more methods."""
    return not stand_in._autograder_ref.is_class and any(
        each in _PLAIN for each in _known_classes(stand_in._autograder_ref)
    )


def _known_classes(ref: Ref) -> list[type]:
    """Those of an object's classes that are Python's or a library's, and there; the nearest first."""
    found = []
    for module, name in ref.mro:
        home = sys.modules.get(module) if module.partition(".")[0] not in _NOT_CLAIMED else None
        each = vars(home).get(name) if home is not None else None
        each = _TYPES.get(name) if each is None and module == "builtins" else each
        if isinstance(each, type) and each not in (object, torch.Tensor):
            found.append(each)
    return found


def _nearest_class(ref: Ref) -> type | None:
    return type if ref.is_class else next(iter(_known_classes(ref)), None)


def _signature(listed: Any) -> inspect.Signature:
    kinds = list(inspect._ParameterKind)
    found = [
        inspect.Parameter(name, kinds[kind], default=default if has_default else inspect.Parameter.empty)
        for name, kind, has_default, default in listed
    ]
    return inspect.Signature(found)
