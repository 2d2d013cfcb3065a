"""Mutants are small, parse, differ from the solution and from each other, and come out the same each time."""

from __future__ import annotations

import ast

from helpers import ROOT

from autograder.audit.mutants import make_mutants
from autograder.course.assignment import load_assignment


def codes(code: str, modules: frozenset[str] = frozenset()) -> set[str]:
    return {each.code for each in make_mutants("e", code, modules)}


def test_operators_constants_and_comparisons_change() -> None:
    made = codes("def f(x, y):\n    return x + 2 if x >= y else -x")
    for wanted in ("x - 2", "x * 2", "x + 3", "x + 1", "x > y", "x < y", "else x"):
        assert any(wanted in each for each in made), wanted


def test_statements_are_dropped_arguments_swapped_and_keywords_changed() -> None:
    made = codes("def f(x, y):\n    z = g(x, y, lr=x, deep=True)\n    z.step()\n    return z")
    assert any("pass\n    z.step()" in each for each in made)
    assert any("g(y, x, lr=x, deep=True)" in each for each in made)
    assert any("deep=False" in each for each in made)
    assert any("lr=x * 2" in each for each in made)
    assert any("g(x, y, deep=True)" in each for each in made)


def test_a_method_is_dropped_and_a_function_of_a_module_is_not() -> None:
    made = codes("def f(x):\n    return np.exp(x).sum()", frozenset({"np"}))
    assert "def f(x):\n    return np.exp(x)" in made
    assert not any("return np\n" in each or "return np.sum" in each for each in made)


def test_docstrings_are_left_alone() -> None:
    assert not any("docs" in each for each in codes('def f(x):\n    """docs 1 + 1"""\n    return x'))


def test_each_mutant_parses_is_new_and_has_an_id_of_its_own() -> None:
    assignment = load_assignment(ROOT, "logistic_regression")
    count = 0
    for each in assignment.exercises:
        mutants = make_mutants(each.name, each.reference, assignment.module_names)
        count += len(mutants)
        assert len({mutant.id for mutant in mutants}) == len(mutants)
        assert len({mutant.code for mutant in mutants}) == len(mutants)
        original = ast.unparse(ast.parse(each.reference))
        for mutant in mutants:
            ast.parse(mutant.code)
            assert mutant.code != original
        assert mutants == make_mutants(each.name, each.reference, assignment.module_names)
    assert count >= 250
