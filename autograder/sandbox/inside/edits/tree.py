"""What an edit is: slots of a syntax tree that get another value, and the part of the text that it is about."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

_MAX_NODES, _MAX_DEPTH = 4_000, 80
_LARGE = 1 << 63

# Where a node hangs: an attribute of a node, or an item of a list.
Slot = tuple[Any, Any]


@dataclass(frozen=True)
class Edit:
    """A small change that would take one mistake back.

    Attributes:
        kind: of the mistake; `checks.mended` has the words for each.
        size: how far the code is from what it would become; smaller edits are tried, and told, first.
        about: the nodes of the student's text that the mistake is in.
        other: one more node that the words may quote, such as the parameter that is not used.
        changes: slots and their new values.
        group: edits of the same group are the same mistake made in several places.
    """

    kind: str
    size: int
    about: tuple[ast.AST, ...]
    changes: tuple[tuple[Slot, Any], ...]
    other: ast.AST | None = None
    group: str = ""


@dataclass(frozen=True)
class Spot:
    """A node, where it hangs, and what surrounds it.

    Attributes:
        node: any node of the tree.
        slot: where it hangs.
        parents: from the nearest outwards.
        function: the innermost function around it, or None.
        scene: of the whole cell.
    """

    node: Any
    slot: Slot
    parents: tuple[Any, ...]
    function: ast.FunctionDef | None
    scene: Scene

    @property
    def parent(self) -> Any:
        return self.parents[0]

    @property
    def around_class(self) -> ast.ClassDef | None:
        """The innermost class around it."""
        return next((each for each in self.parents if isinstance(each, ast.ClassDef)), None)

    def kind(self, name: str) -> str:
        """What a variable was seen to hold here; empty if nobody knows."""
        around = self.function.name if self.function is not None else ""
        return self.scene.kinds.get(around, {}).get(name, "")

    def becomes(self, new: ast.AST) -> tuple[tuple[Slot, Any], ...]:
        """The change that puts another node here."""
        return ((self.slot, located(new, self.node)),)


@dataclass(frozen=True)
class Scene:
    """A cell's tree and the names around it.

    Attributes:
        tree: the cell.
        wanted: names that are called from outside.
        namespace: the notebook's variables, once it has run.
        kinds: of the values that each function's variables were seen to hold, as `kind_of` says.
    """

    tree: ast.Module
    wanted: tuple[str, ...]
    namespace: Mapping[str, Any]
    kinds: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def spots(self) -> Iterator[Spot]:
        """Every node inside of a definition or a plain assignment, in the order of the text."""
        for index, statement in enumerate(self.tree.body):
            is_of_interest = isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign)
            if is_of_interest and _is_small(statement):
                yield from self._below(statement, (self.tree.body, index), (self.tree,), None)

    def _below(
        self, node: ast.AST, slot: Slot, parents: tuple[Any, ...], function: ast.FunctionDef | None
    ) -> Iterator[Spot]:
        yield Spot(node, slot, parents, function, self)
        function = node if isinstance(node, ast.FunctionDef) else function
        around = (node, *parents)
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "ctx", "decorator_list"):
                continue
            if isinstance(value, ast.AST):
                yield from self._below(value, (node, name), around, function)
            elif isinstance(value, list):
                for index, item in enumerate(value):
                    if isinstance(item, ast.AST) and not _is_docstring(item, index, name):
                        yield from self._below(item, (value, index), around, function)


def _is_docstring(item: ast.AST, index: int, field: str) -> bool:
    return (
        index == 0
        and field == "body"
        and isinstance(item, ast.Expr)
        and isinstance(item.value, ast.Constant)
        and isinstance(item.value.value, str)
    )


def _is_small(statement: ast.stmt) -> bool:
    """Whether it is short and flat enough to be edited, as what people write is, and holds no endless number."""
    level: list[ast.AST] = [statement]
    count = depth = 0
    while level and count <= _MAX_NODES and depth <= _MAX_DEPTH:
        count, depth = count + len(level), depth + 1
        if any(isinstance(value, int) and abs(value) >= _LARGE for node in level for value in vars(node).values()):
            return False
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    return not level


Node = TypeVar("Node")


def located(new: Node, like: ast.AST) -> Node:
    """`new`, whose parts that come from nowhere get the place of `like`; what is no node is let be."""
    for node in _new_nodes(new):
        if isinstance(like, ast.expr | ast.stmt | ast.keyword | ast.arg | ast.alias):
            ast.copy_location(node, like)
        else:
            node.lineno, node.col_offset = 1, 0
        node.cell = getattr(like, "cell", 0)
    return new


def _new_nodes(node: Any) -> Iterator[Any]:
    """Nodes without a place, down to those of the student's text, whose parts all have one."""
    if isinstance(node, ast.AST) and not hasattr(node, "cell"):
        if isinstance(node, ast.expr | ast.stmt | ast.keyword | ast.arg | ast.alias) and not hasattr(node, "lineno"):
            yield node
        for child in ast.iter_child_nodes(node):
            yield from _new_nodes(child)


def get(slot: Slot) -> Any:
    """What hangs there."""
    container, key = slot
    return container[key] if isinstance(container, list) else getattr(container, key)


def put(slot: Slot, value: Any) -> None:
    """Hangs something there."""
    container, key = slot
    if isinstance(container, list):
        container[key] = value
    else:
        setattr(container, key, value)


def together(*statements: ast.stmt) -> ast.stmt:
    """Several statements where one stood."""
    block = ast.If(ast.Constant(True), list(statements), [])
    return ast.copy_location(block, statements[0])


def parsed(source: str, cell: int) -> list[ast.stmt]:
    """The statements of a cell, whose nodes know which cell they come from. Raises SyntaxError and the like."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        node.cell = cell  # type: ignore[attr-defined]
    return tree.body


def parameters(function: ast.FunctionDef | None) -> list[ast.arg]:
    """A function's parameters, without `self`."""
    if function is None:
        return []
    every = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return [each for each in every if each.arg not in ("self", "cls")]


@lru_cache(maxsize=64)
def local_names(function: ast.FunctionDef | None) -> dict[str, ast.AST]:
    """Names that a function gives a value, each with the place where it does so first."""
    found: dict[str, ast.AST] = {}
    for node in ast.walk(function) if function is not None else ():
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.setdefault(node.id, node)
    return found


@lru_cache(maxsize=64)
def read_names(node: ast.AST) -> set[str]:
    """Names that are read in `node`."""
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}


def load(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())


def is_read(node: ast.AST) -> bool:
    """Whether it is an expression that gives a value, and no target of an assignment."""
    return isinstance(node, ast.expr) and not isinstance(getattr(node, "ctx", None), ast.Store | ast.Del)


def is_range(node: ast.AST) -> bool:
    """Whether it is a call of `range`."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range"


def is_result(spot: Spot) -> bool:
    """Whether a value is returned, kept in a variable or noted in a list."""
    parent = spot.parent
    if isinstance(parent, ast.Call):
        return spot.node in parent.args and ast.unparse(parent.func).endswith(".append")
    return isinstance(parent, ast.Return | ast.Assign | ast.AugAssign)


def kind_of(value: Any) -> str:
    """ "tensor", "number", "list", "callable", or "" for anything else."""
    if isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, list | tuple):
        return "list"
    if hasattr(value, "requires_grad") and hasattr(value, "shape"):
        return "tensor"
    return "callable" if callable(value) else ""


def can_be_tensor(spot: Spot) -> bool:
    """Whether an expression may be a tensor, as far as is known."""
    node = spot.node
    if isinstance(node, ast.Name):
        return spot.kind(node.id) in ("", "tensor")
    return not isinstance(node, ast.JoinedStr | ast.Dict)


def place_of(node: ast.AST) -> list[int]:
    """Where a node stands: its cell, line, column (bytes), last line, last column."""
    ends = (getattr(node, name, 0) or 0 for name in ("lineno", "col_offset", "end_lineno", "end_col_offset"))
    return [getattr(node, "cell", 0), *ends]
