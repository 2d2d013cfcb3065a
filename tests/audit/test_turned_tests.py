"""Test cells written out as hidden checks: asserts become demands with words, and what is not simple is left."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from marked import answer, cell, judged_by, make_assignment

from autograder.audit.turned_tests import NotSimpleError, notebook_of, turned

GIVEN = [
    cell("code", "%matplotlib inline\nimport math\nimport numpy as np\nfrom lab_of_ours import helper"),
    answer("f", "def f(x, y=1):\n    return x * y\nlimit = 3"),
]


def written(folder: Path, tests: str, is_public: bool = True) -> str:
    assignment = make_assignment(folder, "ps1", {"one": [*GIVEN, judged_by("test_f", tests, 1)]})
    text = turned(assignment.exercises[0], notebook_of(assignment), 'It "works".', is_public)
    ast.parse(text)
    return text


def body_of(text: str) -> list[str]:
    """The statements of the check below its docstring."""
    function = next(each for each in ast.parse(text).body if isinstance(each, ast.FunctionDef))
    return [ast.unparse(each) for each in function.body[1:]]


@pytest.mark.parametrize(
    ("tests", "wanted"),
    [
        (
            "assert f(2) == 2",
            [
                "ask = rich(student)",
                "value = ask.f(2)",
                "expect(holds(lambda: value == 2), 'f(2)', f'returned {describe(value)}', 'It should be 2.')",
            ],
        ),
        (
            "assert len(f([1])) == 1, 'One item'",
            [
                "ask = rich(student)",
                "expect(holds(lambda: len(ask.f([1])) == 1), 'f([1])', 'does not give what is asked for', 'One item.')",
            ],
        ),
        (
            "assert limit == 3",
            [
                "value = value_of(student, 'limit')",
                "expect(holds(lambda: value == 3), 'limit', f'is {describe(value)}', 'It should be 3.')",
            ],
        ),
        (
            "result = f(2, y=limit)\nassert result > 5",
            [
                "ask = rich(student)",
                "result = ask.f(2, y=value_of(student, 'limit'))",
                "expect(holds(lambda: result > 5), 'f(2, y=limit)', f'returned {describe(result)}', "
                "'It should be as the test below your cell asks.')",
            ],
        ),
        (
            "np.testing.assert_allclose(f(2.0), 2)",
            [
                "ask = rich(student)",
                "expect(holds(lambda: np.testing.assert_allclose(ask.f(2.0), 2) is None), 'f(2.0)', "
                "'does not give what is asked for', 'It should be as the test below your cell asks.')",
            ],
        ),
        (
            "for x in range(3):\n    y = x + 1\n    assert f(x) == y\nprint('fine')",
            [
                "ask = rich(student)",
                "for x in range(3):\n    y = x + 1\n    value = ask.f(x)\n    expect(holds(lambda: value == y), "
                "'f(x)', f'returned {describe(value)}', 'It should be y.')",
            ],
        ),
        (
            "value = 3\nassert f(value) == value",
            [
                "ask = rich(student)",
                "value = 3",
                "answer = ask.f(value)",
                "expect(holds(lambda: answer == value), 'f(value)', f'returned {describe(answer)}', "
                "'It should be value.')",
            ],
        ),
    ],
)
def test_asserts_become_demands_with_words(tmp_path: Path, tests: str, wanted: list[str]) -> None:
    assert body_of(written(tmp_path, tests)) == wanted


def test_a_check_says_whose_it_is_and_imports_what_it_uses(tmp_path: Path) -> None:
    text = written(tmp_path, "assert f(math.pi) == np.pi")
    assert '@pytest.mark.exercise("f", public=True)' in text
    assert '    """It \'works\'."""\n' in text
    assert "import math\nimport numpy as np\nimport pytest\n" in text


def test_words_on_hidden_tests_tell_neither_inputs_nor_answers(tmp_path: Path) -> None:
    text = written(tmp_path, "assert f(77) == 77, 'not 77'\nassert f([5, 77])[1] == 77", is_public=False)
    assert "public" not in text
    for statement in body_of(text):
        if statement.startswith("expect("):
            _, _, told = statement.partition(", 'f(…)', ")
            assert told
            assert "77" not in told


@pytest.mark.parametrize(
    ("tests", "reason"),
    [
        ("try:\n    f(0)\nexcept ValueError:\n    pass", "`try:`"),
        ("with open('x') as file:\n    assert f(file)", "`with open"),
        ("x = f(1)[0]\nassert x == 1", "which not every answer allows"),
        ("for x in f(1):\n    assert x", "`for x in f(1):`"),
        ("del f\nassert True", "`del f`"),
        ("assert helper(f) == 1", "`helper`, a module beside the notebook"),
        ("assert unknown(f(1))", "the name `unknown`"),
        ("assert f(1)\n0.5", "a last line whose value is the points"),
        ("x = 3", "no assert"),
        ("ask = guest = ask_there = 1\nassert f(ask)", "names such as `ask_there`"),
        ("%time\nassert f(1)", "not plain Python"),
    ],
)
def test_what_is_not_simple_is_left_with_the_reason(tmp_path: Path, tests: str, reason: str) -> None:
    with pytest.raises(NotSimpleError, match=r".*") as left:
        written(tmp_path, tests)
    assert reason in str(left.value)


def test_a_name_that_the_notebook_has_too_gets_another_one(tmp_path: Path) -> None:
    cells = [answer("g", "def ask(x):\n    return x\nvalue = 1"), judged_by("test_g", "assert ask(2) == 2", 1)]
    assignment = make_assignment(tmp_path, "ps1", {"one": cells})
    lines = body_of(turned(assignment.exercises[0], notebook_of(assignment), "Works.", True))
    assert lines[:2] == ["guest = rich(student)", "answer = guest.ask(2)"]
