"""Edits of brackets: the same parts, put together in another way."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograder.sandbox.inside.edits.tree import Edit, Spot, load


def edits(spot: Spot) -> Iterator[Edit]:
    """Edits of one node."""
    node = spot.node
    if isinstance(node, ast.BinOp):
        yield from _brackets(spot)
    elif isinstance(node, ast.UnaryOp):
        yield from _minus_over_too_much(spot)


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
                longer = ast.BinOp(node.left.left, node.left.op, ast.Call(call.func, [inside], []))
                yield Edit("call-covers-too-little", 13, (node,), spot.becomes(longer), call)
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


def _binds_tighter(op: ast.operator) -> bool:
    return not isinstance(op, ast.Add | ast.Sub)


def _without_minus(node: ast.expr) -> ast.expr:
    """The product whose first factor has a minus, without it."""
    if isinstance(node, ast.BinOp):
        return ast.copy_location(ast.BinOp(_without_minus(node.left), node.op, node.right), node)
    assert isinstance(node, ast.UnaryOp)
    return node.operand
