"""What an instructor's notebook says of names: which it shares with tests, what it imports, which helpers it gives."""

from __future__ import annotations

import ast
import builtins
import symtable
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import CodeType
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

from autograder.course.assignment import Assignment
from autograder.course.marked_cells import bound_names, grade_id, is_editable, is_test, used_names


@dataclass(frozen=True)
class Sources:
    """See `sources_of`.

    Attributes:
        shared: global names that the notebook's code binds or uses, but for its imports.
        bound: those that it binds at its top level.
        written: those that its functions bind, by `global`.
        imports: the statement that imports each name.
        helpers: the code that defines each function of locked cells, and what else in them is for tests alone.
        helper_cells: what those cells are called in tracebacks.
        bound_before: the names that cells bind between a cell of tests and that before it, by its `grade_id`.
        student_modules: modules beside the notebook in which students write.
    """

    shared: frozenset[str]
    bound: frozenset[str]
    written: frozenset[str]
    imports: Mapping[str, str]
    helpers: Mapping[str, CodeType]
    helper_cells: frozenset[str]
    bound_before: Mapping[str, frozenset[str]]
    student_modules: frozenset[str]


def sources_of(assignment: Assignment) -> Sources:
    """Reads the cells of an instructor's notebook that are no tests."""
    shared: set[str] = set()
    imports: dict[str, str] = {}
    helpers: dict[str, CodeType] = {}
    helper_cells: set[str] = set()
    bound_before: dict[str, frozenset[str]] = {}
    bound: set[str] = set()
    codes = [cell for cell in assignment.source.cells if cell.cell_type == "code"]
    others = [cell for cell in codes if not is_test(cell) and parsed(cell.source) is not None]
    for cell in others:
        shared |= set(_global_names(cell.source))
        for node in ast.walk(parsed(cell.source) or ast.Module([], [])):
            if isinstance(node, ast.Import | ast.ImportFrom):
                imports |= dict(_imports(node))
    students: set[str] = set().union(*(used_names(each.source) for each in others if is_editable(each)))
    once = {name for name, count in Counter(n for c in others for n in bound_names(c.source)).items() if count == 1}
    for number, cell in enumerate(codes, 1):
        if is_test(cell):
            bound_before[grade_id(cell) or ""], bound = frozenset(bound), set()
            continue
        bound |= bound_names(cell.source)
        tree = parsed(cell.source)
        label = f"<given {grade_id(cell) or number}>"
        for each in tree.body if tree is not None and not is_editable(cell) else ():
            known = helpers.keys() | imports.keys() | vars(builtins).keys()
            for name in _helps(each, known, once - students):
                helpers[name] = compile(ast.Module([each], []), label, "exec")
                helper_cells.add(label)
    return Sources(
        shared=frozenset(shared - set(imports)),
        bound=frozenset().union(*(bound_names(each.source) for each in others)),
        written=frozenset(name for each in others for name in _written(each.source)),
        imports=imports,
        helpers=helpers,
        helper_cells=frozenset(helper_cells),
        bound_before=bound_before,
        student_modules=frozenset(name.partition("/")[0].removesuffix(".py") for name, _ in assignment.student_modules),
    )


@lru_cache(maxsize=1_000)
def parsed(source: str) -> ast.Module | None:
    """A cell's code, with IPython's own syntax as Python has it; None if it is no code."""
    for text in (source, TransformerManager().transform_cell(source)):
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError):
            continue
    return None


def _helps(statement: ast.stmt, known: set[str], for_tests: set[str]) -> list[str]:
    """The names that a statement of a locked cell defines, if the grader can run it instead of asking the guest.

    That is so for functions; and for classes and values that student code does not use, if they are made of nothing
    but what the grader has.
    """
    if isinstance(statement, ast.FunctionDef):
        return [statement.name]
    used = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    if isinstance(statement, ast.ClassDef):
        bases = {each.id for each in statement.bases if isinstance(each, ast.Name)}
        return [statement.name] if statement.name in for_tests and bases <= known else []
    if isinstance(statement, ast.Assign) and all(isinstance(each, ast.Name) for each in statement.targets):
        names = [each.id for each in statement.targets if isinstance(each, ast.Name)]
        return names if set(names) <= for_tests and used <= known else []
    return []


def _imports(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    for alias in node.names:
        one: Any = ast.Import([alias])
        if isinstance(node, ast.ImportFrom):
            one = ast.ImportFrom(node.module, [alias], node.level)
        if alias.name != "*" and not (isinstance(node, ast.ImportFrom) and node.level):
            yield (alias.asname or alias.name).partition(".")[0], ast.unparse(one)


def _global_names(source: str) -> Iterator[str]:
    """The names that code binds or uses as global ones, whether at its top level or in a function."""
    for table in _tables(source):
        is_top = table.get_type() == "module"
        yield from (each.get_name() for each in table.get_symbols() if is_top or each.is_global())


def _written(source: str) -> Iterator[str]:
    """The global names that functions bind."""
    for table in _tables(source):
        yield from (each.get_name() for each in table.get_symbols() if each.is_declared_global())


def _tables(source: str) -> Iterator[symtable.SymbolTable]:
    try:
        waiting = [symtable.symtable(source, "cell", "exec")]
    except (SyntaxError, ValueError):
        return
    while waiting:
        table = waiting.pop()
        waiting += table.get_children()
        yield table
