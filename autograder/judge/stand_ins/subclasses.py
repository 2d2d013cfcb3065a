"""Classes that tests derive from the notebook's: they are made in the guest, and their methods are called back."""

from __future__ import annotations

import builtins
import sys
import types
from collections.abc import Callable
from typing import Any

from autograder.judge.stand_ins.line import Line
from autograder.judge.stand_ins.stand_in import StandIn

_NOT_SENT = ("__classcell__", "__module__", "__qualname__")
# What stands around functions in a class: its kind, and the functions.
_AROUND: dict[type, Callable[[Any], tuple[Any, ...]]] = {
    property: lambda each: (each.fget, each.fset, each.fdel),
    classmethod: lambda each: (each.__func__,),
    staticmethod: lambda each: (each.__func__,),
}


def build_class(line: Line, names: dict[str, Any]) -> Callable[..., Any]:
    """What Python calls for a `class` statement of tests."""

    def build(body: types.FunctionType, name: str, *bases: Any, **kwargs: Any) -> Any:
        if not any(isinstance(each, StandIn) for each in bases):
            return builtins.__build_class__(body, name, *bases, **kwargs)
        found: dict[str, Any] = {}
        exec(body.__code__, names, found, closure=body.__closure__)
        cell = found.get("__classcell__")
        own = {key: value for key, value in found.items() if key not in _NOT_SENT}
        kinds = {key: type(each) for key, each in own.items() if type(each) in _AROUND}
        around = {key: [kind.__name__, *_AROUND[kind](own.pop(key))] for key, kind in kinds.items()}
        made = line.ask("class", name, list(bases), own, around, kwargs, called=name)
        if cell is not None:
            cell.cell_contents = made
        return made

    return build


def super_of(line: Line) -> Callable[..., Any]:
    """`super`, of an object of such a class, too."""

    def super_(*args: Any) -> Any:
        if not args:
            frame = sys._getframe(1)
            args = frame.f_locals["__class__"], frame.f_locals[frame.f_code.co_varnames[0]]
        if isinstance(args[0], StandIn):
            return line.ask("super", *args, called="super")
        return builtins.super(*args)

    return super_
