"""Edits of arithmetic: operators, signs, brackets, operands that are too many or missing, comparisons."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograder.sandbox.inside.edits.tree import (
    Edit,
    Spot,
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
        yield from _brackets(spot)
        yield from _operands(spot)
    elif isinstance(node, ast.AugAssign):
        for kind in _INSTEAD.get(type(node.op), ()):
            what = f"{_NAMES[type(node.op)]}>{_NAMES[kind]}"
            yield Edit(f"operator:{what}", 10, (node,), (((node, "op"), kind()),), group=what + "=")
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not | ast.Invert):
        kind = "minus-extra" if isinstance(node.op, ast.USub) else "not-extra"
        yield Edit(kind, 10, (node,), spot.becomes(node.operand), group=kind)
        yield from _minus_over_too_much(spot)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        for other, what in _COMPARISONS.get(type(node.ops[0]), ()):
            size = 12 if what == "turned-border" else 10
            yield Edit(f"compare:{what}", size, (node,), (((node, "ops"), [other()]),), group=f"compare:{what}")
        if _is_threshold(node):
            yield Edit("threshold-extra", 12, (node,), spot.becomes(node.left))
    elif isinstance(node, ast.BoolOp):
        flipped = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        yield Edit("and-or", 10, (node,), (((node, "op"), flipped),))
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


def _is_threshold(node: ast.AST) -> bool:
    return isinstance(node, ast.Compare) and len(node.ops) == 1


def _operator(spot: Spot) -> Iterator[Edit]:
    node = spot.node
    for kind in _INSTEAD.get(type(node.op), ()):
        what = f"{_NAMES[type(node.op)]}>{_NAMES[kind]}"
        yield Edit(f"operator:{what}", 10, (node,), (((node, "op"), kind()),), group=what)
    if isinstance(node.op, ast.Sub | ast.Div | ast.MatMult | ast.Pow | ast.FloorDiv):
        swap = (((node, "left"), node.right), ((node, "right"), node.left))
        yield Edit("sides-swapped", 11, (node,), swap)


def _brackets(spot: Spot) -> Iterator[Edit]:
    """Other brackets around the same parts."""
    node = spot.node
    left, right = node.left, node.right
    if isinstance(left, ast.UnaryOp) and isinstance(left.op, ast.USub) and not _binds_tighter(node.op):
        whole = ast.UnaryOp(ast.USub(), ast.BinOp(left.operand, node.op, right))
        yield Edit("minus-covers-first", 9, (node,), spot.becomes(whole), left)
    leaf = left
    while isinstance(leaf, ast.BinOp) and _binds_tighter(leaf.op):
        leaf = leaf.left
    if leaf is not left and isinstance(leaf, ast.UnaryOp) and isinstance(leaf.op, ast.USub):
        whole = ast.UnaryOp(ast.USub(), ast.BinOp(_without_minus(left), node.op, right))
        yield Edit("minus-covers-first", 9, (node,), spot.becomes(whole), left)
    if isinstance(left, ast.BinOp):
        inner = ast.BinOp(left.right, node.op, right)
        yield Edit("brackets", 13, (node,), spot.becomes(ast.BinOp(left.left, left.op, inner)), left)
        deeper = left
        if isinstance(deeper.left, ast.BinOp):
            far = ast.BinOp(ast.BinOp(deeper.left.right, deeper.op, deeper.right), node.op, right)
            whole_far = ast.BinOp(deeper.left.left, deeper.left.op, far)
            yield Edit("brackets", 14, (node,), spot.becomes(whole_far), deeper.left)
    if isinstance(right, ast.BinOp):
        inner = ast.BinOp(left, node.op, right.left)
        yield Edit("brackets", 13, (node,), spot.becomes(ast.BinOp(inner, right.op, right.right)), right)
    yield from _call_brackets(spot)


def _call_brackets(spot: Spot) -> Iterator[Edit]:
    """A part that stands inside of a call's brackets and belongs outside, or the other way round."""
    node = spot.node
    for side, rest in (("left", node.right), ("right", node.left)):
        call = getattr(node, side)
        if isinstance(call, ast.Call) and len(call.args) == 1 and not call.keywords:
            inner = ast.BinOp(rest, node.op, call.args[0])
            for each in _with_rest(call.args[0], node.op, rest) if side == "left" else [inner]:
                moved = ast.Call(call.func, [each], [])
                yield Edit("call-covers-too-little", 13, (node,), spot.becomes(moved), call)
    leaf, path = node.right, [node]
    while isinstance(leaf, ast.BinOp):
        path.append(leaf)
        leaf = leaf.right
    if isinstance(leaf, ast.Call) and isinstance(leaf.func, ast.Attribute) and not leaf.args:
        rebuilt: ast.expr = leaf.func.value
        for each in reversed(path):
            rebuilt = ast.BinOp(each.left, each.op, rebuilt)
        whole = ast.Call(ast.Attribute(rebuilt, leaf.func.attr, ast.Load()), [], leaf.keywords)
        yield Edit("method-covers-too-little", 12, (node,), spot.becomes(whole), leaf)
    if isinstance(node.left, ast.BinOp):
        call = node.left.right
        if isinstance(call, ast.Call) and len(call.args) == 1 and not call.keywords:
            for inside in _with_rest(call.args[0], node.op, node.right):
                whole = ast.BinOp(node.left.left, node.left.op, ast.Call(call.func, [inside], []))
                yield Edit("call-covers-too-little", 13, (node,), spot.becomes(whole), call)
    parent = spot.parent
    if isinstance(parent, ast.Call) and node in parent.args and len(parent.args) == 1 and len(spot.parents) > 1:
        outside = ast.BinOp(ast.Call(parent.func, [node.left], []), node.op, node.right)
        changes = (((parent, "func"), _identity()), ((parent, "args"), [outside]))
        yield Edit("call-covers-too-much", 13, (parent,), changes, node.right)


def _with_rest(argument: ast.expr, op: ast.operator, rest: ast.expr) -> Iterator[ast.expr]:
    """`argument op rest`, and the same under the argument's minus."""
    yield ast.BinOp(argument, op, rest)
    if isinstance(argument, ast.UnaryOp):
        yield ast.UnaryOp(argument.op, ast.BinOp(argument.operand, op, rest))


def _identity() -> ast.expr:
    """`(lambda value: value)`: what stands for a call that has gone, in its own slot."""
    arguments = ast.arguments([], [ast.arg("value")], None, [], [], None, [])
    return ast.Lambda(arguments, load("value"))


def _minus_over_too_much(spot: Spot) -> Iterator[Edit]:
    node = spot.node
    inner = node.operand
    if isinstance(node.op, ast.USub) and isinstance(inner, ast.BinOp) and not _binds_tighter(inner.op):
        first = ast.BinOp(ast.UnaryOp(ast.USub(), inner.left), inner.op, inner.right)
        yield Edit("minus-covers-too-much", 11, (node,), spot.becomes(first), inner.right)


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
    yield _changed("one-minus-missing", spot, ast.BinOp(one, ast.Sub(), node))
    for step, op in (("plus-one-missing", ast.Add()), ("minus-one-missing", ast.Sub())):
        kind, size = step, 16
        if isinstance(spot.parent, ast.Call) and ast.unparse(spot.parent.func) == "range":
            kind, size = ("round-missing", 11) if isinstance(op, ast.Add) else ("round-extra", 11)
        yield _changed(kind, spot, ast.BinOp(node, op, one), size)
    if is_result(spot):
        yield _changed("twice", spot, ast.BinOp(node, ast.Div(), ast.Constant(2)))
        yield _changed("half", spot, ast.BinOp(node, ast.Mult(), ast.Constant(2)))
        yield _changed("hundredfold", spot, ast.BinOp(node, ast.Div(), ast.Constant(100)))
    if is_result(spot) or isinstance(spot.parent, ast.BinOp):
        yield _changed("inverse-missing", spot, ast.BinOp(one, ast.Div(), node))
    if spot.function is not None:
        yield from _missing_names(spot)


def _changed(kind: str, spot: Spot, new: ast.expr, size: int = 16) -> Edit:
    return Edit(kind, size, (spot.node,), spot.becomes(new), group=kind)


def _missing_names(spot: Spot) -> Iterator[Edit]:
    node, used, here = spot.node, read_names(spot.function), read_names(spot.node)
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
            size = 15 if name not in used else 13 if spot.kind(name) == "number" else 17
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


def _binds_tighter(op: ast.operator) -> bool:
    return not isinstance(op, ast.Add | ast.Sub)


def _without_minus(node: ast.expr) -> ast.expr:
    """The product whose first factor has a minus, without it."""
    if isinstance(node, ast.BinOp):
        return ast.copy_location(ast.BinOp(_without_minus(node.left), node.op, node.right), node)
    assert isinstance(node, ast.UnaryOp)
    return node.operand
