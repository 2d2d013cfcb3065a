"""A cell of asserts, written out as a hidden pytest check: a start that somebody reads and goes on from."""

from __future__ import annotations

import ast
import builtins
import importlib.util
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from autograder.course.assignment import Assignment, Exercise
from autograder.course.marked_cells import bound_names, grade_id
from autograder.judge.stand_ins.sources import parsed

_ASKS = ("ask", "guest", "ask_there")  # names in the check, of each of which one is free
_VALUES = ("value", "answer", "what_came_back")
_SHOWN_CHARACTERS = 60
_LINE_CHARACTERS = 100
_HELPERS = ("describe", "expect", "holds", "rich", "value_of")
_BUILTINS = frozenset(dir(builtins))
_OTHERS = "It should be right for other arguments than those in the notebook, too."


class NotSimpleError(Exception):
    """Why tests are not turned, in a few words."""


@dataclass(frozen=True)
class Notebook:
    """What a notebook's names are: those that its cells give a value, and the lines that import the others."""

    names: frozenset[str]
    imports: Mapping[str, str]


def notebook_of(assignment: Assignment) -> Notebook:
    """The names of an instructor's notebook, without those of its test cells."""
    tests = {each.graded_cell for each in assignment.exercises if not each.is_by_hand}
    code = [each.source for each in assignment.source.cells if each.cell_type == "code" and grade_id(each) not in tests]
    imports: dict[str, str] = {}
    for source in code:
        imports |= dict(_imports(source))
    return Notebook(frozenset().union(*map(bound_names, code)) - imports.keys(), imports)


def _imports(source: str) -> Iterator[tuple[str, str]]:
    tree = parsed(source)  # magics may stand beside imports
    for node in ast.walk(tree) if tree is not None else ():
        for alias in node.names if isinstance(node, ast.Import | ast.ImportFrom) else ():
            name = alias.asname or alias.name.split(".")[0]
            start = f"from {node.module} import" if isinstance(node, ast.ImportFrom) else "import"
            yield name, f"{start} {alias.name}{f' as {alias.asname}' if alias.asname else ''}"


def turned(exercise: Exercise, notebook: Notebook, title: str, is_public: bool) -> str:
    """The text of a file with one check.

    Args:
        title: what the check asks for, for students.
        is_public: whether students have all of the tests, so that messages may hold what they say.
    Raises:
        NotSimpleError: they hold more than asserts and what leads to them.
    """
    try:
        body = ast.parse(exercise.tests).body
    except SyntaxError as error:
        raise NotSimpleError("the tests are not plain Python") from error
    if body and _is_text(body[0]):
        del body[0]
    if body and isinstance(body[-1], ast.Expr) and not _is_assertion(body[-1]) and not _is_print(body[-1]):
        raise NotSimpleError("a last line whose value is the points")
    writer = _Writer(notebook, frozenset(_own_names(body)), is_public)
    lines = [line for statement in body for line in writer.statement(statement)]
    if not writer.expected:
        raise NotSimpleError("no assert")
    asks = [f"{writer.ask} = rich(student)"] if writer.uses_calls else []
    used = {each.id for each in ast.walk(ast.parse("\n".join([*asks, *lines]))) if isinstance(each, ast.Name)}
    helpers = ["Notebook", *(each for each in _HELPERS if each in used)]
    imports = sorted({"import pytest", *(line for name, line in writer.imports.items() if name in used)}, key=_order)
    mark = f"@pytest.mark.exercise({exercise.name!r}{', public=True' if is_public else ''})".replace("'", '"')
    name = "".join(each if each.isalnum() else "_" for each in exercise.name.removeprefix("test_"))
    parts = [
        f'"""Hidden checks of `{_plain(exercise.name)}`: its test cell, as a start. Say it in your own words."""',
        "",
        *imports,
        "",
        f"from autograder.checks import {', '.join(helpers)}",
        *("", "", mark, f"def test_{name}(student: Notebook) -> None:"),
        f'    """{_plain(title)}"""',
        *(f"    {line}" for line in (*asks, *lines)),
    ]
    return "\n".join(parts) + "\n"


def _order(line: str) -> tuple[bool, str]:
    return line.startswith("from"), line


def _plain(text: str) -> str:
    """In one line, and with nothing that would end a docstring."""
    return " ".join(text.replace("\\", "/").replace('"', "'").split())


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _called_name(node: ast.stmt) -> str:
    is_call = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    return ast.unparse(node.value.func).rpartition(".")[2] if is_call else ""  # type: ignore[attr-defined]


def _is_assertion(node: ast.stmt) -> bool:
    """Whether it is a call such as `np.testing.assert_allclose(…)`."""
    return _called_name(node).startswith("assert_")


def _is_print(node: ast.stmt) -> bool:
    return _called_name(node) == "print"


def _own_names(body: Iterable[ast.stmt]) -> Iterator[str]:
    for node in (each for statement in body for each in ast.walk(statement)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name).split(".")[0] for alias in node.names)


class _Writer(ast.NodeTransformer):
    """Writes statements, with the notebook's names asked for in the guest."""

    def __init__(self, notebook: Notebook, own: frozenset[str], is_public: bool) -> None:
        self._notebook, self._own, self._is_public = notebook, own, is_public
        self._came_back: dict[str, str] = {}  # by names of the tests, what was asked for what they hold
        taken = own | notebook.names | notebook.imports.keys()
        self.ask, self._value = (next((one for one in each if one not in taken), "") for each in (_ASKS, _VALUES))
        if not self.ask or not self._value:
            raise NotSimpleError(f"names such as `{_ASKS[-1]}` and `{_VALUES[-1]}`")
        self.imports: dict[str, str] = {}
        self.uses_calls = False
        self.expected = 0

    def statement(self, node: ast.stmt) -> list[str]:
        """Its lines. Raises NotSimpleError if it is none that can be written."""
        if isinstance(node, ast.Assert):
            return self._expect(node.test, node.msg, "")
        if isinstance(node, ast.Expr) and _is_assertion(node):
            return self._expect(node.value, None, " is None")
        if _is_print(node):
            return []
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if self._is_asked(node.value):
                if not self._is_question(node.value):
                    raise NotSimpleError(f"`{ast.unparse(node)}`, which not every answer allows")
                self._came_back[name] = ast.unparse(node.value)
            return [f"{name} = {self._written(node.value)}"]
        if isinstance(node, ast.For) and not node.orelse and not self._is_asked(node.iter):
            inner = [line for each in node.body for line in self.statement(each)]
            head = f"for {ast.unparse(node.target)} in {self._written(node.iter)}:"
            return [head, *(f"    {line}" for line in inner or ["pass"])]
        if isinstance(node, ast.Import | ast.ImportFrom):
            self.imports |= dict(_imports(ast.unparse(node)))
            return []
        if isinstance(node, ast.Expr) and self._is_question(node.value):
            return [self._written(node.value)]
        if isinstance(node, ast.Assign | ast.AugAssign | ast.Expr) and not self._is_asked(node):
            return self._written(node).splitlines()
        raise NotSimpleError(f"`{ast.unparse(node).splitlines()[0]}`")

    def _expect(self, test: ast.expr, message: ast.expr | None, after: str) -> list[str]:
        """Lines that demand it. What is asked first gets a name, so that the message can say what came back."""
        self.expected += 1
        lines, came_back = [], _quoted("does not give what is asked for")
        called = next((each for each in ast.walk(test) if self._is_question(each)), None)
        shown = ast.unparse(called) if isinstance(called, ast.expr) else ""
        condition = f"{self._written(test)}{after}"
        if isinstance(test, ast.Compare) and len(test.ops) == 1 and self._is_question(test.left):
            lines.append(f"{self._value} = {self._written(test.left)}")
            test = ast.Compare(ast.Name(self._value, ast.Load()), test.ops, test.comparators)
            verb = "returned" if isinstance(called, ast.Call) else "is"
            condition, came_back = self._written(test), f'f"{verb} {{describe({self._value})}}"'
        elif isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id in self._came_back:
            shown, came_back = self._came_back[test.left.id], f'f"returned {{describe({test.left.id})}}"'
        if len(shown) > _SHOWN_CHARACTERS or (not self._is_public and "(" in shown):
            shown = f"{shown.partition('(')[0]}(…)"
        arguments = [f"holds(lambda: {condition})", _quoted(shown), came_back, _quoted(self._wanted(test, message))]
        line = f"expect({', '.join(arguments)})"
        if len(line) > _LINE_CHARACTERS:
            return [*lines, "expect(", *(f"    {each}," for each in arguments), ")"]
        return [*lines, line]

    def _wanted(self, test: ast.expr, message: ast.expr | None) -> str:
        if not self._is_public:
            return _OTHERS
        if isinstance(message, ast.Constant) and isinstance(message.value, str) and message.value.strip():
            text = _plain(message.value)
            return text if text.endswith((".", "!", "?")) else f"{text}."
        is_equal = isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.Eq) and len(test.ops) == 1
        right = ast.unparse(test.comparators[0]) if isinstance(test, ast.Compare) and is_equal else ""
        if right and len(right) <= _SHOWN_CHARACTERS:
            return f"It should be {right}."
        return "It should be as the test below your cell asks."

    def _is_asked(self, node: ast.AST) -> bool:
        """Whether what it gives depends on an answer."""
        names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
        return bool(names & (self._came_back.keys() | (self._notebook.names - self._own)))

    def _is_question(self, node: ast.AST) -> bool:
        """Whether it is one of the notebook's names, or a call of one, and no more."""
        if isinstance(node, ast.Call):
            return isinstance(node.func, ast.Name) and node.func.id in self._notebook.names - self._own
        return isinstance(node, ast.Name) and node.id in self._notebook.names - self._own

    def _written(self, node: ast.AST) -> str:
        copy = ast.parse(ast.unparse(node), mode="eval" if isinstance(node, ast.expr) else "exec")
        return ast.unparse(ast.fix_missing_locations(self.visit(copy)))

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if self._is_question(node):
            assert isinstance(node.func, ast.Name)
            self.uses_calls = True
            function = ast.Attribute(ast.Name(self.ask, ast.Load()), node.func.id, ast.Load())
            arguments = [self.visit(each) for each in node.args]
            return ast.Call(function, arguments, [self.visit(each) for each in node.keywords])
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if self._is_question(node) and isinstance(node.ctx, ast.Load):
            return ast.Call(
                ast.Name("value_of", ast.Load()), [ast.Name("student", ast.Load()), ast.Constant(node.id)], []
            )
        if node.id in self._notebook.imports and node.id not in self._own:
            line = self._notebook.imports[node.id]
            if importlib.util.find_spec(line.split()[1].split(".")[0]) is None:
                raise NotSimpleError(f"`{node.id}`, a module beside the notebook")
            self.imports[node.id] = line
        elif node.id not in self._own | _BUILTINS | {self._value}:
            raise NotSimpleError(f"the name `{node.id}`")
        return node


def _quoted(text: str) -> str:
    return f'"{text}"' if '"' not in text and "\\" not in text else repr(text)
