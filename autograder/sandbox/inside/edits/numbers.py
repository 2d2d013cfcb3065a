"""Edits of numbers, flags and parts: a wrong constant, a constant that should be an argument, an index too many."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograder.sandbox.inside.edits.tree import Edit, Spot, is_range, is_read, load, parameters

_COMMON = (0, 1, 0.5, 2, -1)
_MAX_KNOWN = 12


def edits(spot: Spot) -> Iterator[Edit]:
    """Edits of one node."""
    node = spot.node
    if isinstance(node, ast.Constant) and is_read(node) and not isinstance(spot.parent, ast.FormattedValue):
        yield from _constant(spot)
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield Edit("part-only", 13, (node,), spot.becomes(node.value), node.value, "part" + ast.unparse(node.slice))
    elif isinstance(node, ast.Slice):
        for end in ("lower", "upper", "step"):
            if getattr(node, end) is not None:
                yield Edit("part-only", 12, (spot.parent,), (((node, end), None),))


def _constant(spot: Spot) -> Iterator[Edit]:
    node, value = spot.node, spot.node.value
    if isinstance(value, bool):
        group = f"flag:{_keyword(spot)}{value}"
        yield Edit("flag", 10, (_shown(spot),), (((node, "value"), not value),), group=group)
    elif is_range(spot.parent) and len(spot.parent.args) > 1 and node is spot.parent.args[0]:
        for start in (0, 1):
            kind = "round-missing" if start < value else "round-extra"
            if start != value:
                yield Edit(kind, 10, (spot.parent,), (((node, "value"), start),))
    elif isinstance(value, int | float):
        index = isinstance(spot.parent, ast.Subscript) or _is_axis(spot)
        kind = "axis" if _is_axis(spot) else "index" if index else "number"
        for size, other in _numbers(spot, value, index):
            group = f"number:{value!r}>{other!r}"
            yield Edit(kind, size, (_shown(spot),), (((node, "value"), other),), group=group)
        if not index:
            yield from _names_instead(spot, f"literal:{value!r}")
    elif isinstance(value, str) and _keyword(spot) == "reduction":
        for word in ("mean", "sum", "none"):
            if word != value:
                yield Edit("keyword-value", 10, (spot.parent,), (((node, "value"), word),))


def _numbers(spot: Spot, value: float, index: bool) -> Iterator[tuple[int, float]]:
    """Other numbers for `value`, each with a size."""
    seen = {value, *_dropped(spot)}
    tries: list[tuple[int, float]] = []
    if isinstance(value, int):
        tries += [(11, value + 1), (11, value - 1)]
    tries += [(12, each) for each in _COMMON]
    if not index:
        tries += [(13, each) for each in (-value, value * 2, value / 2, value * 10, value / 10, 1 - value)]
        tries += [(13, 1 / value)] if value else []
        tries += [(14, each) for each in _known_numbers(spot)]
    more = 2 if _keyword(spot) else 0
    for size, other in tries:
        if other not in seen and not (index and not isinstance(other, int)):
            seen.add(other)
            yield size + more, other


def _dropped(spot: Spot) -> tuple[int, ...]:
    """What is no other number but one operand less: `* 1` and `+ 0`."""
    parent = spot.parent
    if not isinstance(parent, ast.BinOp) or parent.right is not spot.node:
        return ()
    return (0,) if isinstance(parent.op, ast.Add | ast.Sub) else (1,)


def _known_numbers(spot: Spot) -> list[float]:
    """Numbers that the notebook knows: the sizes of its tensors, and its own variables."""
    known: dict[float, None] = {}
    for value in list(spot.scene.namespace.values()):
        shape = getattr(value, "shape", ())
        sizes = [each for each in shape if isinstance(each, int)] if isinstance(shape, tuple) else []
        plain = [value] if isinstance(value, int | float) and not isinstance(value, bool) else []
        known.update(dict.fromkeys([*sizes[1:], *plain]))
    return [each for each in known if abs(each) < 1_000_000][:_MAX_KNOWN]


def _names_instead(spot: Spot, group: str) -> Iterator[Edit]:
    beside = {each.id for each in ast.iter_child_nodes(spot.parent) if isinstance(each, ast.Name)}
    for parameter in parameters(spot.function):
        given = load(parameter.arg)
        step = 16 if spot.node.value in _COMMON and spot.kind(parameter.arg) == "tensor" else 10
        if parameter.arg not in beside or not isinstance(spot.parent, ast.Compare | ast.BinOp):  # not `x == x`, `x / x`
            yield Edit("literal-for-name", step, (_shown(spot),), spot.becomes(given), parameter, group + parameter.arg)
        for size in (
            ast.Call(load("len"), [given], []),
            ast.Subscript(ast.Attribute(given, "shape", ast.Load()), ast.Constant(1), ast.Load()),
        ):
            named = f"{group}{ast.unparse(size)}"
            yield Edit("literal-for-size", 13, (_shown(spot),), spot.becomes(size), parameter, named)
    if spot.node.value == 1:
        for parameter in parameters(spot.function):
            taken = ast.BinOp(ast.Constant(1), ast.Sub(), load(parameter.arg))
            yield Edit("operand-missing", 19, (_shown(spot),), spot.becomes(taken), parameter)
    if spot.function is not None and isinstance(spot.node.value, int):
        for parameter in parameters(spot.function):
            more = ast.BinOp(load(parameter.arg), ast.Add(), ast.Constant(1))
            yield Edit("literal-for-name", 14, (_shown(spot),), spot.becomes(more), parameter)


def _keyword(spot: Spot) -> str:
    return (spot.parent.arg or "") if isinstance(spot.parent, ast.keyword) else ""


def _is_axis(spot: Spot) -> bool:
    """Whether it is the number of a dimension."""
    return _keyword(spot) in ("dim", "axis")


def _shown(spot: Spot) -> ast.AST:
    """What the words show: `bias=False` rather than `False`, and never a bare index."""
    parent = spot.parent
    return parent if isinstance(parent, ast.keyword | ast.Subscript) else spot.node
