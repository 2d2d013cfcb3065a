"""Edits that add what is missing: a return, a step of training, the same line for another variable, `no_grad`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from copy import deepcopy
from itertools import permutations
from typing import Any

from autograder.sandbox.inside.edits.tree import (
    Edit,
    Slot,
    Spot,
    load,
    local_names,
    located,
    parameters,
    together,
)

_MAX_RETURNS = 60
_LOOPS = (ast.For, ast.While)


def edits(spot: Spot) -> Iterator[Edit]:
    """Edits of one function, loop, return or statement."""
    node = spot.node
    if isinstance(node, ast.FunctionDef) and node.name != "__init__":
        yield from _missing_return(node)
    elif isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
        yield from _returned(node, node.value, local_names(spot.function))
    elif isinstance(node, ast.Return) and node.value is not None:
        for name, place in local_names(spot.function).items():
            for pair in ([node.value, load(name)], [load(name), node.value]):
                both = ast.Tuple(pair, ast.Load())
                yield Edit("return-part-missing", 16, (node,), (((node, "value"), located(both, node)),), place)
    elif isinstance(node, _LOOPS) and spot.function is not None:
        yield from _steps(spot)
        if isinstance(node, ast.For) and not isinstance(node.iter, ast.Call):
            counted = ast.Call(load("range"), [node.iter], [])
            yield Edit("range-missing", 9, (node.iter,), (((node, "iter"), counted),))
    if isinstance(node, ast.Expr | ast.Assign | ast.AugAssign) and isinstance(spot.slot[0], list) and spot.function:
        yield from _for_another(spot)
        yield from _update(spot)
    if isinstance(node, ast.List) and isinstance(node.ctx, ast.Load) and node.elts:
        yield from _elements(spot)


def _missing_return(node: ast.FunctionDef) -> Iterator[Edit]:
    last = node.body[-1]
    slot: Slot = (node.body, len(node.body) - 1)
    if any(isinstance(each, ast.Return) and each.value is not None for each in ast.walk(node)):
        bare = [each for each in ast.walk(node) if isinstance(each, ast.Return)]
        if isinstance(last, ast.Return) or len(bare) > 1:
            return
    if isinstance(last, ast.Expr) and not isinstance(last.value, ast.Constant):
        given: ast.expr = last.value
        kind = "return-missing"
        if isinstance(given, ast.Call) and isinstance(given.func, ast.Name) and given.func.id == "print":
            kind = "print-for-return"
            given = ast.Tuple(given.args, ast.Load()) if len(given.args) > 1 else (given.args or [given])[0]
            for each in last.value.args if isinstance(last.value, ast.Call) else ():
                yield _ends_with(kind, 8, node, slot, each, last)
        yield _ends_with(kind, 7, node, slot, given, last)
    names = list(reversed(local_names(node)))
    for name in names:
        more = together(last, located(ast.Return(load(name)), last))
        yield Edit("return-missing", 8, (last,), ((slot, more),))
    tries = 0
    for count in (2, 3):
        for chosen in permutations(reversed(names), count):
            if (tries := tries + 1) > _MAX_RETURNS:
                return
            all_of_them = ast.Return(ast.Tuple([load(each) for each in chosen], ast.Load()))
            more = together(last, located(all_of_them, last))
            yield Edit("return-missing", 9, (last,), ((slot, more),))


def _ends_with(kind: str, size: int, node: ast.FunctionDef, slot: Slot, value: ast.expr, last: ast.stmt) -> Edit:
    return Edit(kind, size, (last,), ((slot, located(ast.Return(value), last)),))


def _returned(node: ast.Return, value: ast.Tuple, places: dict[str, ast.AST]) -> Iterator[Edit]:
    elements = value.elts
    if len(elements) <= 4:
        for order in permutations(elements):
            if list(order) != elements:
                yield Edit("return-order", 9, (value,), (((value, "elts"), list(order)),))
    for index, element in enumerate(elements):
        rest = [*elements[:index], *elements[index + 1 :]]
        less: tuple[Slot, Any] = ((node, "value"), rest[0]) if len(rest) == 1 else ((value, "elts"), rest)
        yield Edit("return-part-extra", 11, (value,), (less,), element)
    given = {each.id for each in elements if isinstance(each, ast.Name)}
    for name, place in places.items():
        if name not in given:
            for index in range(len(elements) + 1):
                more = [*elements[:index], ast.copy_location(load(name), value), *elements[index:]]
                yield Edit("return-part-missing", 12, (value,), (((value, "elts"), more),), place)


def _steps(spot: Spot) -> Iterator[Edit]:
    """What a round of training may lack."""
    loop, function = spot.node, spot.function
    assert function is not None
    text = ast.unparse(function)
    body = loop.body
    optimizers, lists = [], []
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            made = ast.unparse(node.value)
            if "optim." in made or made.partition("(")[0] in ("SGD", "Adam"):
                optimizers.append(node.targets[0].id)
            if made in ("[]", "list()"):
                lists.append(node.targets[0].id)
    losses = [name for each in body if isinstance(each, ast.Assign) for name in local_names_of(each)]
    wanted: list[tuple[str, int, str]] = []
    for name in optimizers:
        wanted += [("zero-grad-missing", 10, f"{name}.zero_grad()"), ("step-missing", 10, f"{name}.step()")]
    wanted += [("zero-grad-missing", 11, f"{each.arg}.zero_grad()") for each in parameters(function)
               if f"{each.arg}.parameters()" in text]  # fmt: skip
    wanted += [("backward-missing", 11, f"{name}.backward()") for name in losses]
    for kind, size, code in wanted:
        for index in range(len(body)):
            yield _inserted(kind, size, loop, body, index, code)
        yield _inserted(kind, size, loop, body, len(body), code)
    for name in lists:
        for loss in losses:
            for index in range(1, len(body) + 1):
                for value, size in ((f"{loss}.item()", 13), (loss, 14)):
                    yield _inserted("append-missing", size, loop, body, index, f"{name}.append({value})")
    cleared = [each for each in local_names(function) if f"{each}.grad" in text]
    for name in cleared:
        yield _inserted("grad-not-cleared", 10, loop, body, len(body), f"{name}.grad.zero_()")
    if len(cleared) > 1:
        every = "; ".join(f"{each}.grad.zero_()" for each in cleared)
        yield _inserted("grad-not-cleared", 10, loop, body, len(body), every)


def local_names_of(statement: ast.Assign) -> list[str]:
    return [each.id for each in statement.targets if isinstance(each, ast.Name)]


def _inserted(kind: str, size: int, loop: ast.AST, body: list[ast.stmt], index: int, code: str) -> Edit:
    """A statement put into a block, before the one at `index`; at the end, behind the last."""
    neighbour = body[min(index, len(body) - 1)]
    new = [located(each, neighbour) for each in ast.parse(code).body]
    order = (neighbour, *new) if index == len(body) else (*new, neighbour)
    changes = (((body, min(index, len(body) - 1)), together(*order)),)
    return Edit(kind, size, (loop,), changes)


def _for_another(spot: Spot) -> Iterator[Edit]:
    """The same statement once more, for another variable."""
    node, (block, index) = spot.node, spot.slot
    places = {**local_names(spot.function), **{each.arg: each for each in parameters(spot.function)}}
    name = _changed_by(node)
    named = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    for other in places if name in places else ():
        if other in named:
            continue
        twin = deepcopy(node)
        for each in ast.walk(twin):
            if isinstance(each, ast.Name) and each.id == name:
                each.id = other
        yield Edit("twin-missing", 12, (node,), (((block, index), together(node, twin)),), places[other])


def _changed_by(node: ast.stmt) -> str:
    """The variable that a statement changes, if that is all it does: `W` in `W -= …` and `W.grad.zero_()`."""
    target: Any = None
    if isinstance(node, ast.AugAssign):
        target = node.target
    elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
        target = node.targets[0]
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and not isinstance(node.value.func, ast.Name):
        target = node.value.func
    while isinstance(target, ast.Attribute | ast.Call | ast.Subscript):
        target = target.func if isinstance(target, ast.Call) else target.value
    return target.id if isinstance(target, ast.Name) else ""


def _update(spot: Spot) -> Iterator[Edit]:
    """An update that makes a new tensor, or is recorded for gradients, or never adds up."""
    node, (block, index) = spot.node, spot.slot
    if isinstance(node, ast.AugAssign) or (isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)):
        for length in (1, 2, 3):
            run = block[index : index + length]
            if len(run) == length and all(isinstance(each, ast.AugAssign | ast.Assign) for each in run):
                under = ast.parse("with torch.no_grad(): pass").body[0]
                assert isinstance(under, ast.With)
                under.body = list(run)
                gone = [((block, index + each), ast.copy_location(ast.Pass(), node)) for each in range(1, length)]
                changes = (((block, index), located(under, node)), *gone)
                yield Edit("no-grad-missing", 11 + length, tuple(run), changes)
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        target, value = node.targets[0], node.value
        if isinstance(value, ast.BinOp) and isinstance(value.left, ast.Name) and value.left.id == target.id:
            in_place = ast.AugAssign(ast.Name(target.id, ast.Store()), value.op, value.right)
            yield Edit("rebinds", 11, (node,), spot.becomes(in_place), group="rebinds")
        for op, kind in ((ast.Sub(), "assign-for-subtract"), (ast.Add(), "assign-for-add")):
            changed = ast.AugAssign(ast.Name(target.id, ast.Store()), op, value)
            yield Edit(kind, 13, (node,), spot.becomes(changed), group=kind)
    elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        plain = ast.Assign([ast.Name(node.target.id, ast.Store())], node.value)
        yield Edit("adds-up", 12, (node,), spot.becomes(plain), group="adds-up")


def _elements(spot: Spot) -> Iterator[Edit]:
    """A list of variables with one too few or too many."""
    node = spot.node
    names = {each.id for each in node.elts if isinstance(each, ast.Name)}
    if len(names) != len(node.elts):
        return
    for name, place in local_names(spot.function).items():
        if name not in names:
            more = [*node.elts, ast.copy_location(load(name), node)]
            yield Edit("element-missing", 11, (node,), (((node, "elts"), more),), place)
    for index, element in enumerate(node.elts if len(node.elts) > 1 else ()):
        rest = [*node.elts[:index], *node.elts[index + 1 :]]
        yield Edit("element-extra", 12, (node,), (((node, "elts"), rest),), element)
