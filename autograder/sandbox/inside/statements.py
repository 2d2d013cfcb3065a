"""The statements of a cell: what each of them binds, and which of them can be parted."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from copy import deepcopy

MAX_NAMES = 50


def parted(nodes: Iterable[ast.stmt]) -> list[ast.stmt]:
    """The same statements, with `import a, b` as two: the one may be there where the other is not."""
    apart: list[ast.stmt] = []
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom) and len(node.names) > 1:
            for name in node.names:
                one = ast.Import([name]) if isinstance(node, ast.Import) else _one_from(node, name)
                apart.append(ast.copy_location(one, node))
        else:
            apart.append(node)
    return apart


def _one_from(node: ast.ImportFrom, name: ast.alias) -> ast.ImportFrom:
    return ast.ImportFrom(node.module, [name], node.level)


def first_line(node: ast.stmt) -> int:
    """Where a statement begins, from 1; its decorators are part of it."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(each.lineno for each in decorators)])


def bound_names(node: ast.stmt) -> list[str]:
    """Names that a statement gives a value at the top level of its cell."""
    return list(dict.fromkeys(_bound(node)))[:MAX_NAMES]


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name.partition(".")[0]
    elif isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        return
    else:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name
        for child in ast.iter_child_nodes(node):
            yield from _bound(child)


def without_hints(node: ast.stmt) -> ast.stmt | None:
    """A definition without type hints, or None if it has none, or is no definition."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return None
    bare = ast.fix_missing_locations(_WithoutHints().visit(deepcopy(node)))
    return bare if ast.dump(bare) != ast.dump(node) else None


class _WithoutHints(ast.NodeTransformer):
    """Takes hints away where Python reads them when it makes a function or class."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.returns = None
        every = node.args
        for each in (*every.posonlyargs, *every.args, *every.kwonlyargs, every.vararg, every.kwarg):
            if each is not None:
                each.annotation = None
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        self.visit_FunctionDef(node)  # type: ignore[arg-type]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        new = ast.Pass() if node.value is None else ast.Assign([node.target], node.value)
        return ast.copy_location(new, node)


def text_of(node: ast.stmt, source: str) -> str:
    """A statement's first line; of an import that was parted, its own part."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        return ast.unparse(node)
    lines = source.splitlines()
    number = first_line(node)
    if number > len(lines):
        return ""
    more = " …" if (node.end_lineno or number) > number else ""
    return lines[number - 1].strip() + more


def is_definition(statement: ast.stmt) -> bool:
    """Whether all that a statement does is to define a function or a class."""
    value = getattr(statement, "value", None)
    return isinstance(statement, ast.FunctionDef | ast.ClassDef) or isinstance(value, ast.Lambda)
