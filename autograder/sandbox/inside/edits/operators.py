"""Edits of arithmetic: operators, signs, operands that are too many or missing, comparisons."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeGuard

from autograder.sandbox.inside.edits.tree import (
    Edit,
    Spot,
    is_range,
    is_read,
    is_result,
    load,
    local_names,
    parameters,
    read_names,
)

_NAMES: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mult",
    ast.Div: "div",
    ast.FloorDiv: "floordiv",
    ast.MatMult: "matmul",
    ast.Pow: "pow",
    ast.Mod: "mod",
}
_INSTEAD: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult, ast.Div),
    ast.Sub: (ast.Add, ast.Mult, ast.Div),
    ast.Mult: (ast.MatMult, ast.Div, ast.Add, ast.Sub),
    ast.Div: (ast.Mult, ast.Sub),
    ast.FloorDiv: (ast.Div, ast.Mult),
    ast.MatMult: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.Mod: (ast.Div, ast.FloorDiv),
}
_NEVER_NEGATED = (ast.UnaryOp, ast.Constant, ast.Tuple, ast.List, ast.Compare, ast.Lambda, ast.JoinedStr, ast.Dict)
_COMPARISONS: dict[type[ast.cmpop], tuple[tuple[type[ast.cmpop], str], ...]] = {
    ast.Gt: ((ast.GtE, "border"), (ast.Lt, "turned"), (ast.LtE, "turned-border")),
    ast.GtE: ((ast.Gt, "border"), (ast.LtE, "turned"), (ast.Lt, "turned-border")),
    ast.Lt: ((ast.LtE, "border"), (ast.Gt, "turned"), (ast.GtE, "turned-border")),
    ast.LtE: ((ast.Lt, "border"), (ast.GtE, "turned"), (ast.Gt, "turned-border")),
    ast.Eq: ((ast.NotEq, "opposite"),),
    ast.NotEq: ((ast.Eq, "opposite"),),
    ast.Is: ((ast.Eq, "identity"),),
}


def edits(spot: Spot) -> Iterator[Edit]:
    """Edits of one node."""
    node = spot.node
    if isinstance(node, ast.BinOp):
        yield from _operator(spot)
        yield from _operands(spot)
    elif isinstance(node, ast.AugAssign):
        for other in _INSTEAD.get(type(node.op), ()):
            what = f"{_NAMES[type(node.op)]}>{_NAMES[other]}"
            yield Edit(f"operator:{what}", 10, (node,), (((node, "op"), other()),), group=what + "=")
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not | ast.Invert):
        kind = "minus-extra" if isinstance(node.op, ast.USub) else "not-extra"
        yield Edit(kind, 10, (node,), spot.becomes(node.operand), group=kind)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for comparison, what in _COMPARISONS.get(type(node.ops[0]), ()):
            size = 12 if what == "turned-border" else 10
            yield Edit(f"compare:{what}", size, (node,), (((node, "ops"), [comparison()]),), group=f"compare:{what}")
        if _is_threshold(node):
            yield Edit("threshold-extra", 12, (node,), spot.becomes(node.left))
    elif isinstance(node, ast.BoolOp):
        flipped = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield Edit("and-or", 10, (node,), (((node, "op"), flipped),))
        for index, dropped in enumerate(node.values):
            rest = [*node.values[:index], *node.values[index + 1 :]]
            fewer = rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
            yield Edit("operand-extra", 9, (node,), spot.becomes(fewer), dropped)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_threshold(node.func.value):
        yield Edit("threshold-extra", 11, (node,), spot.becomes(node.func.value.left))
    elif isinstance(node, ast.IfExp):
        swap = (((node, "body"), node.orelse), ((node, "orelse"), node.body))
        yield Edit("branches-swapped", 11, (node,), swap)
    if is_read(node) and _is_whole(spot):
        if not isinstance(node, _NEVER_NEGATED) and not isinstance(spot.parent, ast.Compare | ast.For):
            missing = ast.UnaryOp(ast.USub(), node)
            yield Edit("minus-missing", 12, (node,), spot.becomes(missing), group="minus-missing")
        yield from _missing_operands(spot)


def _is_threshold(node: ast.AST) -> TypeGuard[ast.Compare]:
    return isinstance(node, ast.Compare) and len(node.ops) == 1


def _operator(spot: Spot) -> Iterator[Edit]:
    node = spot.node
    for kind in _INSTEAD.get(type(node.op), ()):
        what = f"{_NAMES[type(node.op)]}>{_NAMES[kind]}"
        yield Edit(f"operator:{what}", 10, (node,), (((node, "op"), kind()),), group=what)
    if isinstance(node.op, ast.Sub | ast.Div | ast.MatMult | ast.Pow | ast.FloorDiv):
        swap = (((node, "left"), node.right), ((node, "right"), node.left))
        yield Edit("sides-swapped", 11, (node,), swap)


def _operands(spot: Spot) -> Iterator[Edit]:
    node = spot.node
    for kept, dropped in ((node.left, node.right), (node.right, node.left)):
        if kept is node.left or not isinstance(node.op, ast.Div | ast.FloorDiv):
            group = f"operand-extra:{ast.unparse(dropped)}"
            size = 10 if isinstance(dropped, ast.Constant) else 14
            yield Edit("operand-extra", size, (node,), spot.becomes(kept), dropped, group)


def _missing_operands(spot: Spot) -> Iterator[Edit]:
    node = spot.node
    if isinstance(node, ast.Constant | ast.Tuple | ast.List | ast.Lambda | ast.Dict | ast.JoinedStr | ast.Compare):
        return
    one = ast.Constant(1)
    compared = isinstance(spot.parent, ast.Compare)
    yield _changed("one-minus-missing", spot, ast.BinOp(one, ast.Sub(), node), 22 if compared else 14)
    if compared and spot.node is not spot.parent.left:
        yield _changed("border", spot, ast.Constant(0.5), 14)
    for step, op in (("plus-one-missing", ast.Add()), ("minus-one-missing", ast.Sub())):
        kind, size = step, 16
        about = node
        if is_range(spot.parent):
            about, (kind, size) = spot.parent, ("round-missing", 11) if isinstance(op, ast.Add) else ("round-extra", 11)
        yield Edit(kind, size, (about,), spot.becomes(ast.BinOp(node, op, one)), group=kind)
    if is_result(spot):
        yield _changed("twice", spot, ast.BinOp(node, ast.Div(), ast.Constant(2)))
        yield _changed("half", spot, ast.BinOp(node, ast.Mult(), ast.Constant(2)))
        yield _changed("hundredfold", spot, ast.BinOp(node, ast.Div(), ast.Constant(100)))
    if is_result(spot) or isinstance(spot.parent, ast.BinOp):
        yield _changed("inverse-missing", spot, ast.BinOp(one, ast.Div(), node))
    if spot.function is not None:
        yield from _missing_names(spot, read_names(spot.function))


def _changed(kind: str, spot: Spot, new: ast.expr, size: int = 16) -> Edit:
    return Edit(kind, size, (spot.node,), spot.becomes(new), group=kind)


def _missing_names(spot: Spot, used: set[str]) -> Iterator[Edit]:
    node, here = spot.node, read_names(spot.node)
    for parameter in parameters(spot.function):
        name = parameter.arg
        ops: tuple[ast.operator, ...] = ()
        if name not in used:
            ops = (ast.Add(), ast.Sub(), ast.Mult(), ast.MatMult())
        elif name not in here and (is_result(spot) or isinstance(spot.parent, ast.BinOp)):
            ops = (ast.Mult(),) if not isinstance(getattr(spot.parent, "op", None), ast.Mult | ast.Div) else ()
            ops = (*ops, ast.MatMult()) if isinstance(node, ast.Name) else ops
        kinds = {spot.kind(name), spot.kind(node.id) if isinstance(node, ast.Name) else ""}
        if kinds & {"list", "callable"}:
            continue
        for op in ops:
            more = ast.BinOp(node, op, load(name))
            size = 14 if name not in used else 13 if spot.kind(name) == "number" else 17
            group = f"operand-missing:{type(op).__name__}{name}"
            yield Edit("operand-missing", size, (node,), spot.becomes(more), parameter, group)
        if is_result(spot) or isinstance(node, ast.Call):
            rows = ast.Call(load("len"), [load(name)], [])
            per_row = ast.BinOp(node, ast.Div(), rows)
            yield Edit("per-row-missing", 18, (node,), spot.becomes(per_row), parameter, "per-row" + name)
        if is_result(spot):
            times = ast.BinOp(node, ast.Mult(), rows)
            yield Edit("per-row-extra", 20, (node,), spot.becomes(times), parameter, "times-rows" + name)
    for name, place in local_names(spot.function).items():
        if name not in here and name not in used:
            more = ast.BinOp(node, ast.Add(), load(name))
            yield Edit("operand-missing", 17, (node,), spot.becomes(more), place)


def _is_whole(spot: Spot) -> bool:
    """Whether it is a value of its own: returned, assigned, an argument, a side of an operation, of a comparison."""
    parent = spot.parent
    if isinstance(parent, ast.Call):
        return spot.node is not parent.func
    if isinstance(parent, ast.Attribute):
        return isinstance(spot.node, ast.BinOp)
    return isinstance(
        parent, ast.Return | ast.Assign | ast.AugAssign | ast.BinOp | ast.UnaryOp | ast.Compare | ast.IfExp | ast.For
    )
