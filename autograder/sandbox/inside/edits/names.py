"""Edits of names: another variable, a misspelling, what comes from outside instead of an argument, `self`."""

from __future__ import annotations

import ast
import builtins
import difflib
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from autograder.sandbox.inside.edits.tree import Edit, Spot, load, local_names, parameters

_ALIKE = 0.6
_METHODS = ("__init__", "forward", "__call__")


def edits(spot: Spot) -> Iterator[Edit]:
    """Edits of one node."""
    node = spot.node
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield from _name(spot)
    elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        yield from _attribute(spot)
    elif isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield from _definition(spot)


def _name(spot: Spot) -> Iterator[Edit]:
    node, function = spot.node, spot.function
    known = {each.arg: each for each in parameters(function)}
    places = {**local_names(function), **known}
    is_called = isinstance(spot.parent, ast.Call) and spot.parent.func is node
    group = f"name:{node.id}>"
    if not _exists(spot, node.id, places):
        every = [*places, *spot.scene.namespace, *spot.scene.wanted, *dir(builtins)]
        for other in difflib.get_close_matches(node.id, every, n=3, cutoff=_ALIKE):
            yield Edit("misspelt", 8, (node,), spot.becomes(load(other)), places.get(other), group + other)
        if "self" in {each.arg for each in (function.args.args if function else ())}:
            owned = ast.Attribute(load("self"), node.id, ast.Load())
            yield Edit("self-missing", 8, (node,), spot.becomes(owned), group="self." + node.id)
    outside = function is not None and node.id not in places and node.id in spot.scene.namespace
    for other in places:
        if other == node.id or (is_called and other not in known):
            continue
        kind = "global-for-name" if outside and other in known else "wrong-name"
        size = 9 if kind == "global-for-name" else 13 if other in known else 14
        mine, theirs = spot.kind(node.id), spot.kind(other)
        size += 4 if mine and theirs and mine != theirs else 0
        yield Edit(kind, size, (node,), spot.becomes(load(other)), places[other], group + other)
    if function is not None and not outside and node.id in known and not is_called:
        for other in spot.scene.wanted:
            if other != node.id and other not in places:
                yield Edit("wrong-name", 20, (node,), spot.becomes(load(other)), group=group + other)
    if is_called:
        for other in spot.scene.wanted:
            if other != node.id and other != (function.name if function else ""):
                yield Edit("wrong-function", 14, (node,), spot.becomes(load(other)), group=group + other)


def _exists(spot: Spot, name: str, places: dict[str, Any]) -> bool:
    if name in places or name in spot.scene.namespace or hasattr(builtins, name):
        return True
    around = [each for each in spot.parents if isinstance(each, ast.FunctionDef | ast.Lambda | ast.comprehension)]
    bound = {arg.arg for each in around if not isinstance(each, ast.comprehension) for arg in each.args.args}
    stored = {each.id for each in ast.walk(spot.scene.tree) if isinstance(each, ast.Name) and _is_stored(each)}
    return name in bound or name in stored


def _is_stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _attribute(spot: Spot) -> Iterator[Edit]:
    node = spot.node
    if isinstance(node.value, ast.Name) and node.value.id == "self":
        for other in _own_attributes(spot):
            if other != node.attr:
                close = difflib.SequenceMatcher(None, other, node.attr).ratio() > _ALIKE
                kind, size = ("misspelt", 9) if close else ("wrong-name", 14)
                yield Edit(kind, size, (node,), (((node, "attr"), other),), group=f"self.{node.attr}>{other}")
        yield Edit("self-extra", 13, (node,), spot.becomes(load(node.attr)), group="self-" + node.attr)
        return
    owner = _module(spot, node.value)
    if owner is not None and not hasattr(owner, node.attr):
        for other in difflib.get_close_matches(node.attr, dir(owner), n=3, cutoff=_ALIKE):
            yield Edit("misspelt", 8, (node,), (((node, "attr"), other),), group=f"{node.attr}>{other}")
    elif owner is None:
        methods = [each for each in _TENSOR_METHODS if each != node.attr]
        for other in difflib.get_close_matches(node.attr, methods, n=2, cutoff=0.75):
            yield Edit("misspelt", 9, (node,), (((node, "attr"), other),), group=f"{node.attr}>{other}")


_TENSOR_METHODS = (
    *("backward", "detach", "squeeze", "unsqueeze", "reshape", "matmul", "append", "parameters"),
    *("zero_grad", "requires_grad", "requires_grad_", "zero_", "float", "item", "mean", "sum", "shape"),
)


def _module(spot: Spot, node: ast.expr) -> Any:
    """The module that an expression such as `torch.nn` stands for, or None."""
    if isinstance(node, ast.Name):
        found = spot.scene.namespace.get(node.id)
    elif isinstance(node, ast.Attribute):
        owner = _module(spot, node.value)
        found = vars(owner).get(node.attr) if isinstance(owner, ModuleType) else None
    else:
        return None
    return found if isinstance(found, ModuleType) else None


def _own_attributes(spot: Spot) -> list[str]:
    """Attributes that the class around gives `self`."""
    around = spot.around_class
    found: dict[str, None] = {}
    for node in ast.walk(around) if around is not None else ():
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found[node.attr] = None
        elif isinstance(node, ast.FunctionDef) and node.name not in _METHODS:
            found[node.name] = None
    return list(found)


def _definition(spot: Spot) -> Iterator[Edit]:
    node = spot.node
    is_method = isinstance(spot.parent, ast.ClassDef)
    wanted = _METHODS if is_method else spot.scene.wanted if isinstance(spot.parent, ast.Module) else ()
    if node.name not in wanted:
        for other in difflib.get_close_matches(node.name, wanted, n=2, cutoff=_ALIKE):
            yield Edit("definition-misspelt", 8, (node,), (((node, "name"), other),))
    if is_method and isinstance(node, ast.FunctionDef):
        arguments = node.args
        if not arguments.args or arguments.args[0].arg != "self":
            more = [ast.arg("self"), *arguments.args]
            yield Edit("self-parameter-missing", 9, (node,), (((arguments, "args"), more),))
