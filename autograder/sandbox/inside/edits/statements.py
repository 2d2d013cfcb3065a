"""Edits of statements: too many, at the wrong place, in or out of a loop, under a condition too many."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from autograder.sandbox.inside.edits.tree import Edit, Slot, Spot, together

_MAX_STATEMENTS = 14
_MAX_RUN = 4
_LOOPS = (ast.For, ast.While)


def edits(spot: Spot) -> Iterator[Edit]:
    """Edits of one compound statement."""
    node = spot.node
    if isinstance(node, ast.Module | ast.ClassDef):
        return
    for field in ("body", "orelse"):
        block = getattr(node, field, None)
        if isinstance(block, list) and 0 < len(block) <= _MAX_STATEMENTS:
            yield from _of_block(node, block)
    if isinstance(node, ast.If):
        always = (((node, "test"), ast.copy_location(ast.Constant(True), node.test)),)
        yield Edit("if-extra", 9, (node.test,), always)
        if node.orelse:
            swap = (((node, "body"), node.orelse), ((node, "orelse"), node.body))
            yield Edit("branches-swapped", 11, (node.test,), swap)
    elif isinstance(node, ast.With):
        kind = "no-grad-extra" if "no_grad" in ast.unparse(node.items[0]) else "with-extra"
        yield Edit(kind, 11, (node.items[0].context_expr,), ((spot.slot, together(*node.body)),))
    elif isinstance(node, _LOOPS) and spot.function is not None:
        yield from _around_loop(spot)


def _of_block(node: ast.AST, block: list[ast.stmt]) -> Iterator[Edit]:
    is_loop = isinstance(node, _LOOPS)
    for index, statement in enumerate(block):
        for length in range(1, _MAX_RUN):
            run = block[index : index + length]
            if len(run) == length and not any(isinstance(each, ast.Return) for each in run) and len(run) < len(block):
                yield Edit("statement-extra", 11 + 2 * length, _shown(run), tuple(_gone(block, index, length)))
        if isinstance(statement, ast.Return) and index < len(block) - 1:
            yield Edit("return-early", 10, (statement,), tuple(_gone(block, index, 1)))
        elif isinstance(statement, ast.Return) and is_loop:
            yield Edit("return-early", 11, (statement,), tuple(_gone(block, index, 1)))
        for target, other in enumerate(block):
            if target == index or isinstance(statement, ast.Return) or isinstance(other, ast.Return):
                continue
            kind, pair = ("too-late", (statement, other)) if target < index else ("too-early", (other, statement))
            size = 11 + abs(target - index)
            moved = (*_gone(block, index, 1), ((block, target), together(*pair)))
            yield Edit(kind, size, _shown([statement]), moved, other)


def _around_loop(spot: Spot) -> Iterator[Edit]:
    """Statements that move between a loop and the block around it."""
    loop, (outer, place) = spot.node, spot.slot
    if not isinstance(outer, list):
        return
    body = loop.body
    for length in range(1, _MAX_RUN + 1):
        after = outer[place + 1 : place + 1 + length]
        if len(after) == length and not any(isinstance(each, ast.Return) for each in after):
            last = len(body) - 1
            changes = (*_gone(outer, place + 1, length), ((body, last), together(body[last], *after)))
            yield Edit("into-loop", 9 + length, _shown(after), changes, loop)
        if length >= len(body):
            continue
        tail = body[-length:]
        out = ((outer, place), together(loop, *tail))
        yield Edit("out-of-loop-after", 9 + length, _shown(tail), (*_gone(body, len(body) - length, length), out), loop)
        head = body[:length]
        out = ((outer, place), together(*head, loop))
        yield Edit("out-of-loop-before", 9 + length, _shown(head), (*_gone(body, 0, length), out), loop)
    for index in range(place):
        if isinstance(outer[index], ast.Assign | ast.Expr | ast.AugAssign):
            start = ((body, 0), together(outer[index], body[0]))
            yield Edit("into-loop", 12, _shown([outer[index]]), (*_gone(outer, index, 1), start), loop)
    for index, statement in enumerate(body[1:-1], 1):
        out = ((outer, place), together(statement, loop))
        yield Edit("out-of-loop-before", 12, _shown([statement]), (*_gone(body, index, 1), out), loop)
        if isinstance(statement, ast.Return):
            out = ((outer, place), together(loop, statement))
            yield Edit("out-of-loop-after", 11, _shown([statement]), (*_gone(body, index, 1), out), loop)


def _gone(block: list[ast.stmt], index: int, length: int) -> Iterator[tuple[Slot, ast.stmt]]:
    for each in range(index, index + length):
        yield (block, each), ast.copy_location(ast.Pass(), block[each])


def _shown(run: list[ast.stmt]) -> tuple[ast.AST, ...]:
    """Statements as the words show them: of a compound one its head alone."""
    heads: list[ast.AST] = []
    for each in run[:4]:
        head = getattr(each, "test", None) or getattr(each, "iter", None)
        heads.append(head or (each.items[0].context_expr if isinstance(each, ast.With) else each))
    return tuple(heads)
