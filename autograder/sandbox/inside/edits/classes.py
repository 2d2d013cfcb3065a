"""Edits of classes: `super().__init__()`, the base class, attributes that are only local, what isn't registered."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from autograder.sandbox.inside.edits.tree import Edit, Slot, Spot, load, located, read_names, together


def edits(spot: Spot) -> Iterator[Edit]:
    """Edits of one node."""
    node = spot.node
    if isinstance(node, ast.ClassDef):
        if not node.bases and "nn" in spot.scene.namespace:
            base = located(ast.Attribute(load("nn"), "Module", ast.Load()), node)
            yield Edit("base-missing", 8, (node,), (((node, "bases"), [base]),))
    elif isinstance(node, ast.FunctionDef) and node.name == "__init__" and "super" not in read_names(node):
        call = located(ast.parse("super().__init__()").body[0], node.body[0])
        first = together(call, node.body[0])
        yield Edit("super-missing", 7, (node,), (((node.body, 0), first),))
    elif isinstance(node, ast.Call) and spot.function is not None and spot.function.name != "__init__":
        yield from _made_anew(spot)
    if isinstance(node, ast.FunctionDef):
        for index, decorator in enumerate(node.decorator_list):
            rest = [*node.decorator_list[:index], *node.decorator_list[index + 1 :]]
            kind = "no-grad-extra" if "no_grad" in ast.unparse(decorator) else "decorator-extra"
            yield Edit(kind, 9, (decorator,), (((node, "decorator_list"), rest),))
    if isinstance(node, ast.Assign) and isinstance(spot.parent, ast.FunctionDef):
        around = spot.around_class
        if around is not None:
            yield from _kept(spot, around)


def _made_anew(spot: Spot) -> Iterator[Edit]:
    """A layer that a method makes although `self` has one."""
    around = spot.around_class
    name = ast.unparse(spot.node.func)
    for each in ast.walk(around) if around is not None and name.rpartition(".")[2][:1].isupper() else ():
        if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store):
            owned = ast.Attribute(load("self"), each.attr, ast.Load())
            yield Edit("made-anew", 11, (spot.node,), spot.becomes(owned), each)


def _kept(spot: Spot, around: ast.ClassDef) -> Iterator[Edit]:
    """What an assignment in a method keeps, and how."""
    node = spot.node
    target = node.targets[0]
    if isinstance(target, ast.Name):
        owned = located(ast.Attribute(load("self"), target.id, ast.Store()), target)
        yield Edit("self-missing", 9, (target,), (((node, "targets"), [owned]),))
        reads: list[tuple[Slot, Any]] = [((node, "targets"), [owned])]
        for each in ast.walk(around):
            for name, value in ast.iter_fields(each):
                if isinstance(value, ast.Name) and value.id == target.id and isinstance(value.ctx, ast.Load):
                    reads.append(((each, name), _owned(value)))
                elif isinstance(value, list):
                    reads += [
                        ((value, index), _owned(item))
                        for index, item in enumerate(value)
                        if isinstance(item, ast.Name) and item.id == target.id and isinstance(item.ctx, ast.Load)
                    ]
        yield Edit("self-missing", 10, (target,), tuple(reads))
    elif isinstance(target, ast.Attribute) and "nn" in spot.scene.namespace:
        wrapper = "ModuleList" if isinstance(node.value, ast.List) else "Parameter"
        kind = "plain-list" if wrapper == "ModuleList" else "not-a-parameter"
        wrapped = ast.Call(ast.Attribute(load("nn"), wrapper, ast.Load()), [node.value], [])
        yield Edit(kind, 11, (node,), (((node, "value"), located(wrapped, node)),), group=kind)


def _owned(name: ast.Name) -> ast.AST:
    return located(ast.Attribute(load("self"), name.id, ast.Load()), name)
