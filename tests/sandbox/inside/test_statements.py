"""Statements of a cell: parted where they can be, and what each of them gives a value."""

from __future__ import annotations

import ast

import pytest

from autograder.sandbox.inside import statements


@pytest.mark.parametrize(
    ("code", "apart"),
    [
        ("import a, b.c as d", ["import a", "import b.c as d"]),
        ("from . import a, b as c", ["from . import a", "from . import b as c"]),
        ("from a import *", ["from a import *"]),
        ("x = 1; import a", ["x = 1", "import a"]),
    ],
)
def test_an_import_of_several_is_several(code: str, apart: list[str]) -> None:
    nodes = statements.parted(ast.parse(code).body)
    assert [ast.unparse(node) for node in nodes] == apart
    compile(ast.Module(nodes, []), "cell", "exec")


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("import a.b, c as d", ["a", "d"]),
        ("from a import b as c, d", ["c", "d"]),
        ("@wrap\ndef f(x):\n    y = 1", ["f"]),
        ("class A:\n    x = 1", ["A"]),
        ("a, (b, *c) = d = 1", ["a", "b", "c", "d"]),
        ("a.b = c[0] = 1", []),
        ("for i in x:\n    if y:\n        def g(): pass", ["i", "g"]),
        ("with open(x) as f:\n    data = f.read()", ["f", "data"]),
        ("try:\n    import a\nexcept E as e:\n    a = None", ["a", "e"]),
        ("total: int = sum(k for k in x)", ["total"]),
        ("print(n := 3)", ["n"]),
        ("f(lambda: (q := 1))", []),
    ],
)
def test_names_are_those_of_the_cell_not_of_its_functions(code: str, names: list[str]) -> None:
    assert statements.bound_names(ast.parse(code).body[0]) == names


def test_there_are_never_too_many_names() -> None:
    code = ",".join(f"a{number}" for number in range(1000)) + " = x"
    assert len(statements.bound_names(ast.parse(code).body[0])) == statements.MAX_NAMES


def test_a_statement_begins_with_its_decorators() -> None:
    source = "x = 1\n@first\n@second\ndef f(): pass"
    node = ast.parse(source).body[1]
    assert (statements.first_line(node), statements.text_of(node, source)) == (2, "@first …")
