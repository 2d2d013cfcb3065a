"""What nbgrader's marks make of a cell: an answer, tests, a task, a text that is given."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

TEST_PREFIX = "test_"
_DEFINED_NAME = re.compile(r"^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)


def marks_of(cell: Any) -> dict[str, Any]:
    """What nbgrader noted in the cell; empty if nothing."""
    marks = cell.get("metadata", {}).get("nbgrader", {})
    return marks if isinstance(marks, dict) else {}


def grade_id(cell: Any) -> str | None:
    """The cell's nbgrader id, or None."""
    found = marks_of(cell).get("grade_id")
    return found if isinstance(found, str) else None


def is_solution(cell: Any) -> bool:
    """Whether students write in it: code or text, graded by tests or by hand."""
    return bool(marks_of(cell).get("solution"))


def is_test(cell: Any) -> bool:
    """Whether it holds tests that give points."""
    marks = marks_of(cell)
    return bool(marks.get("grade")) and not marks.get("solution")


def is_task(cell: Any) -> bool:
    """Whether it only says what to do in cells of one's own; staff mark that."""
    return bool(marks_of(cell).get("task"))


def is_by_hand(cell: Any) -> bool:
    """Whether staff mark it: an answer with points of its own, or a task."""
    return is_task(cell) or (bool(marks_of(cell).get("grade")) and is_solution(cell))


def is_editable(cell: Any) -> bool:
    """Whether what a student makes of it stays: an answer, a cell that is not locked, or one that nbgrader ignores."""
    marks = marks_of(cell)
    if is_solution(cell) or not grade_id(cell):
        return True
    return not (marks.get("grade") or marks.get("task") or marks.get("locked"))


def defined_names(code: str) -> tuple[str, ...]:
    """Functions and classes that code defines at its top level, in its order."""
    return tuple(_DEFINED_NAME.findall(code))


def bound_names(code: str) -> frozenset[str]:
    """All names that code gives a value at its top level; of code that is no plain Python, what can be seen."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError):
        return frozenset(defined_names(code))
    return frozenset(_bound(tree))


def imported_names(code: str) -> frozenset[str]:
    """Names that imports anywhere in code give a value."""
    try:
        imports = [each for each in ast.walk(ast.parse(code)) if isinstance(each, ast.Import | ast.ImportFrom)]
    except (SyntaxError, ValueError):
        return frozenset()
    return frozenset((alias.asname or alias.name).split(".")[0] for each in imports for alias in each.names)


def _bound(node: ast.AST) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield child.name
        elif isinstance(child, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).split(".")[0] for alias in child.names)
        elif isinstance(child, ast.Name) and isinstance(child.ctx, ast.Store):
            yield child.id
        elif not isinstance(child, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            yield from _bound(child)


def used_names(code: str) -> frozenset[str]:
    """All names that stand in code, hidden parts of it included."""
    try:
        return frozenset(node.id for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name))
    except (SyntaxError, ValueError):
        return frozenset(re.findall(r"(?<![.\w])[^\W\d]\w*", code))
