"""What each word of `operations` means for the notebook's names and objects."""

from __future__ import annotations

import asyncio
import builtins
import copy
import dataclasses
import importlib
import inspect
import math
import operator
import typing
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from autograder.sandbox.inside.cells import NotebookShell
from autograder.sandbox.operations import LIBRARY, OPERATORS

_MODULES: tuple[ModuleType, ...] = (copy, math, builtins, operator, inspect, dataclasses, typing, asyncio)
_AROUND: Mapping[str, Any] = {"property": property, "classmethod": classmethod, "staticmethod": staticmethod}
_HOMES: Mapping[str, ModuleType] = {each.__name__: each for each in _MODULES}


def done(shell: NotebookShell, do: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """Does what the word says, and returns what comes of it. Raises whatever the notebook's code raises."""
    names = shell.user_ns
    if do == "name":
        return _of_name(names, args[0])
    if do == "set":
        names[args[0]] = args[1]
    elif do == "delete":
        del names[args[0]]
    elif do == "names":
        return [each for each in names if each[0] != "_" and each not in shell.user_ns_hidden]
    elif do == "call":
        return args[0](*args[1:], **kwargs)
    elif do == "plain":
        return args[0]
    elif do == "import_module":
        return importlib.import_module(args[0])
    elif do == "construct":
        raise args[0](*args[1:], **kwargs)
    elif do == "class":
        name, bases, own, around, more = args
        own |= {key: _AROUND[kind](*functions) for key, (kind, *functions) in around.items()}
        return type(name, tuple(bases), {"__module__": "__main__", **own}, **more)
    elif do == "super":
        return super(*args)
    elif do == "enter":
        return type(args[0]).__enter__(args[0])
    elif do == "exit":
        return type(args[0]).__exit__(args[0], None if args[1] is None else type(args[1]), args[1], None)
    elif do == "await":
        return asyncio.run(_awaited(args[0]))
    elif do == "signature":
        return [_parameter(each) for each in inspect.signature(args[0]).parameters.values()]
    else:
        home, _, name = (do if do in LIBRARY else OPERATORS[do]).rpartition(".")
        return getattr(_HOMES[home], name)(*args, **kwargs)
    return None


def _of_name(names: dict[str, Any], name: str) -> Any:
    """The value of a global name, or of one of Python's own. Raises NameError."""
    if name in names:
        return names[name]
    try:
        return vars(builtins)[name]
    except KeyError:
        raise NameError(f"name {name!r} is not defined", name=name) from None


async def _awaited(value: Any) -> Any:
    return await value


def _parameter(each: inspect.Parameter) -> list[Any]:
    has_default = each.default is not inspect.Parameter.empty
    return [each.name, int(each.kind), has_default, each.default if has_default else None]
