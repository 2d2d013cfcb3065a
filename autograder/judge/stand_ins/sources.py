"""What an instructor's notebook says of names: which it shares with tests, what it imports, which helpers it gives."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import CodeType
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

from autograder.course.assignment import Assignment
from autograder.course.marked_cells import grade_id, is_editable, is_test


@dataclass(frozen=True)
class Sources:
    """See `sources_of`.

    Attributes:
        shared: global names that the notebook's code binds or uses, but for its imports.
        imports: the statement that imports each name.
        helpers: the code that defines each function of locked cells.
        helper_cells: what those cells are called in tracebacks.
        student_modules: modules beside the notebook in which students write.
    """

    shared: frozenset[str]
    imports: Mapping[str, str]
    helpers: Mapping[str, CodeType]
    helper_cells: frozenset[str]
    student_modules: frozenset[str]


def sources_of(assignment: Assignment) -> Sources:
    """Reads the cells of an instructor's notebook that are no tests."""
    shared: set[str] = set()
    imports: dict[str, str] = {}
    helpers: dict[str, CodeType] = {}
    helper_cells: set[str] = set()
    for number, cell in enumerate(assignment.source.cells, 1):
        if cell.cell_type != "code" or is_test(cell):
            continue
        tree = parsed(cell.source)
        if tree is None:
            continue
        shared |= set(_global_names(cell.source))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                imports |= dict(_imports(node))
        label = f"<given {grade_id(cell) or number}>"
        for each in tree.body if not is_editable(cell) else ():
            if isinstance(each, ast.FunctionDef):
                helpers[each.name] = compile(ast.Module([each], []), label, "exec")
                helper_cells.add(label)
    return Sources(
        shared=frozenset(shared - set(imports)),
        imports=imports,
        helpers=helpers,
        helper_cells=frozenset(helper_cells),
        student_modules=frozenset(),
    )


def parsed(source: str) -> ast.Module | None:
    """A cell's code, with IPython's own syntax as Python has it; None if it is no code."""
    for text in (source, TransformerManager().transform_cell(source)):
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError):
            continue
    return None


def _imports(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    for alias in node.names:
        one: Any = ast.Import([alias])
        if isinstance(node, ast.ImportFrom):
            one = ast.ImportFrom(node.module, [alias], node.level)
        if alias.name != "*" and not (isinstance(node, ast.ImportFrom) and node.level):
            yield (alias.asname or alias.name).partition(".")[0], ast.unparse(one)


def _global_names(source: str) -> Iterator[str]:
    """The names that code binds or uses as global ones, whether at its top level or in a function."""
    try:
        waiting = [symtable.symtable(source, "cell", "exec")]
    except (SyntaxError, ValueError):
        return
    while waiting:
        table = waiting.pop()
        is_top = table.get_type() == "module"
        waiting += table.get_children()
        yield from (each.get_name() for each in table.get_symbols() if is_top or each.is_global())
