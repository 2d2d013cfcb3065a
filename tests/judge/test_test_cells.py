"""nbgrader's tests judged from outside: what students and staff are told, and what tests may not do in the grader."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from ordinary import NAME, reasons, theme_of, write_course

from autograder.course.loading import load_assignment
from autograder.judge.grader import Grader
from autograder.judge.stand_ins.line import Line
from autograder.report.report import Report
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.limits import Limits
from autograder.sandbox.server import ForkServer

GradeText = Callable[..., tuple[Report, dict[str, str]]]
SHORT = Limits(cell_wall_seconds=1.5, call_wall_seconds=1.5)


@pytest.fixture
def grade_text(server: ForkServer, tmp_path: Path) -> Iterator[GradeText]:
    """Grades the first wrong answers of a notebook's text; gives what staff are told of its tests, too."""

    def grade(text: str, submission: int = 1) -> tuple[Report, dict[str, str]]:
        theme = theme_of("one", text)
        folder = write_course(tmp_path / str(len(list(tmp_path.iterdir()))), [theme], 0)
        handed_in = folder / "handed-in"
        handed_in.mkdir()
        nbformat.write(theme.submission(submission), handed_in / "one.ipynb")
        with Grader(load_assignment(folder, NAME), ForkSandbox(server, SHORT)) as grader:
            return grader.grade(handed_in, "student-001").report, reasons(grader)

    return grade


F = "%% answer f\ndef f(x):\n    return 2 * x\n%% wrong f\n{wrong}\n%% tests tests_of_f 4\n{tests}"


def message(found: tuple[Report, dict[str, str]]) -> str:
    return found[0].exercises[0].message


def test_a_visible_test_that_fails_is_quoted_and_its_own_words_come_first(grade_text: GradeText) -> None:
    quoted = grade_text(F.format(wrong="def f(x):\n    return x", tests="assert f(2) == 4"))
    assert "assert f(2) == 4" in message(quoted)
    said = grade_text(F.format(wrong="def f(x):\n    return x", tests="assert f(2) == 4, 'Twice, please.'"))
    assert message(said) == "Twice, please."


def test_what_tests_raise_themselves_is_told_as_an_assertion_s_words(grade_text: GradeText) -> None:
    tests = "try:\n    f(0)\nexcept ValueError:\n    pass\nelse:\n    raise AssertionError('Zero is none.')"
    hidden = "\n### BEGIN HIDDEN TESTS\nassert f(7) == 14\n### END HIDDEN TESTS"
    right = F.replace("return 2 * x", "if not x:\n        raise ValueError\n    return 2 * x")
    found = grade_text(right.format(wrong="def f(x):\n    return 2 * x", tests=tests + hidden))
    assert message(found) == "Zero is none."


def test_where_visible_tests_stopped_is_told_beside_hidden_ones_without_what_came_back(grade_text: GradeText) -> None:
    tests = "assert f(1)[0] == 2\n### BEGIN HIDDEN TESTS\nassert f(7) == [14]\n### END HIDDEN TESTS"
    right = F.replace("return 2 * x", "return [2 * x]")
    said = message(grade_text(right.format(wrong="def f(x):\n    return 77", tests=tests)))
    assert "TypeError" in said
    assert "`assert f(1)[0] == 2`" in said
    assert "hidden" not in said
    assert "not subscriptable" not in said


def test_no_partial_credit_is_told_as_that(grade_text: GradeText) -> None:
    found = grade_text(F.format(wrong="def f(x):\n    return x", tests="4 * (f(1) == 2)"))
    assert (found[0].score, message(found)) == (0, "The tests give 0 of 4 points for this.")


def test_a_global_name_that_tests_set_and_a_function_writes_is_what_the_function_made_of_it(
    grade_text: GradeText,
) -> None:
    text = (
        "%% answer f\ntotal = 0\nlimit = 3\ndef f(k):\n    global total\n    total += k\n    return limit\n"
        "%% wrong f\ntotal = 0\nlimit = 3\ndef f(k):\n    global total, limit\n    limit = total = 15\n    return 8\n"
        "%% tests writes 1\ntotal = 10\nf(5)\nassert total == 15\n"
        "%% tests no_other 1\nlimit = 8\nassert f(1) == limit\nassert limit == 8"
    )
    assert [each.points for each in grade_text(text, 0)[0].exercises] == [1, 1]
    assert [each.points for each in grade_text(text, 1)[0].exercises] == [1, 1]  # `limit` is the tests' own


def test_a_hidden_test_is_not_quoted(grade_text: GradeText) -> None:
    tests = "assert f(0) == 0\n### BEGIN HIDDEN TESTS\nassert f(777) == 1554\n### END HIDDEN TESTS"
    found = grade_text(F.format(wrong="def f(x):\n    return x", tests=tests))
    assert found[0].score == 0
    assert "777" not in found[0].to_json()
    assert "1554" not in found[0].to_json()


@pytest.mark.parametrize(
    ("tests", "share"), [("f(1)", 0.25), ("f(1) * 0", 0), ("'good'", 1), ("f(1);", 1), ("-f(1)", 1), ("f(4)", 1)]
)
def test_a_last_expression_gives_partial_credit(tests: str, share: float, grade_text: GradeText) -> None:
    text = F.replace("return 2 * x", "return x").format(wrong="def f(x):\n    return x", tests=tests)
    found = grade_text(text.replace("return x\n%% wrong", "return 4 if x else 0\n%% wrong"))
    if tests == "f(1) * 0":
        assert "they gave 0" in found[1]["tests_of_f"]
    else:
        assert found[0].score == 4 * share


FORBIDDEN = {
    "import pickle\nassert pickle.loads(f(None)) == 1": "unpickles nothing",
    "import ast\nast.parse(f('x'))": "parses and runs no text",
    "eval(f('x'))": "parses and runs no text",
    "exec(f('x'))": "parses and runs no text",
    "compile(f('x'), 'x', 'exec')": "parses and runs no text",
    "import os\nos.system('true')": "start no programs",
    "import subprocess\nsubprocess.run(['true'])": "start no programs",
}


@pytest.mark.parametrize("tests", FORBIDDEN)
def test_tests_that_would_run_what_students_made_are_refused_with_the_reason(tests: str, grade_text: GradeText) -> None:
    pickled = "import pickle, collections\ndef f(x):\n    return 'xx' if x else pickle.dumps(collections.Counter())"
    text = F.format(wrong=pickled, tests=tests).replace("def f(x):\n    return 2 * x", pickled)
    found = grade_text(text)
    assert FORBIDDEN[tests] in found[1]["tests_of_f"]
    assert found[0].exercises[0].verdict.value == "error"


def test_text_of_the_tests_own_may_be_run(grade_text: GradeText) -> None:
    tests = "assert eval('f(2)') == 4\nexec('y = f(3)')\nassert y == 6"
    found = grade_text(F.format(wrong="def f(x):\n    return 2 * x", tests=tests))
    assert (found[0].score, found[1]) == (4, {})


def test_each_test_cell_sees_the_notebook_as_it_was_at_its_place(grade_text: GradeText) -> None:
    text = (
        "%% answer a\nx = 1\n%% tests first 1\nassert x == 1\nx = 5\n%% answer b\nx = x + 1\n"
        "%% tests second 1\nassert x == 6\n%% answer c\nx = 0\n%% tests third 1\nassert x == 0"
    )
    found = grade_text(text, 0)
    assert (found[0].score, found[1]) == (3, {})


def test_a_name_is_asked_for_again_only_once_a_cell_may_have_changed_it(
    grade_text: GradeText, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    ask = Line.ask

    def noting(self: Line, do: str, *args: Any, **more: Any) -> Any:
        asked.extend(args if do == "name" else [])
        return ask(self, do, *args, **more)

    monkeypatch.setattr(Line, "ask", noting)
    text = (
        "%% answer a\ndef f():\n    return 1\nn = 1\n"
        "%% tests first 1\nassert f() == n == 1\n%% tests second 1\nassert n == f() == 1\n"
        "%% answer b\ndef f():\n    global n\n    n += 1\n    return 2\nn = 2\n"
        "%% tests third 1\nassert n == f() == 2 and n == 3\n"
    )
    found = grade_text(text, 0)
    assert (found[0].score, found[1]) == (3, {})
    twice = ["f", "n", "n", "f", "n"]  # on the instructor's own notebook, and on what was handed in
    assert asked == [*twice, *twice]


def test_tests_that_never_end_are_stopped(grade_text: GradeText) -> None:
    tests = "n = 0\nwhile n < f(1):\n    n += 0 if f(1) > 2 else 1\nassert n"
    found = grade_text(F.format(wrong="def f(x):\n    return 3", tests=tests))
    assert found[0].score == 0
    assert found[0].exercises[0].verdict.value == "failed"


def test_what_a_student_s_code_makes_of_memory_in_a_test_is_an_error_of_the_test(grade_text: GradeText) -> None:
    found = grade_text(F.format(wrong="def f(x):\n    return 10**12", tests="assert len('a' * f(2)) == 4"))
    assert "MemoryError" in message(found)


WORDS = F.replace("return 2 * x", "return {right}")


@pytest.mark.parametrize(
    ("right", "own", "tests"),
    [
        ("x[::-1]", "class Own(str):\n    pass\ndef f(x):\n    return Own(x[::-1])", "assert f('ab').upper() == 'BA'"),
        (
            "dict(a=x)",
            "class Own(dict):\n    pass\ndef f(x):\n    return Own(a=x)",
            "assert f(1).get('b') is None\nassert list(f(1).items()) == [('a', 1)]",
        ),
    ],
    ids=["a text", "a dict"],
)
def test_methods_of_a_plain_value_are_those_of_what_it_holds_whatever_its_class(
    grade_text: GradeText, right: str, own: str, tests: str
) -> None:
    report, _ = grade_text(WORDS.format(right=right, wrong=own, tests=tests))
    assert (report.score, report.looks) == (4, ())
    lying = own.replace(
        "    pass\n", "    def upper(self):\n        return 'BA'\n    def get(self, _):\n        return None\n"
    )
    wrong = lying.replace("x[::-1]", "'no'").replace("a=x", "b=5")
    assert grade_text(WORDS.format(right=right, wrong=wrong, tests=tests))[0].score == 0


def test_an_object_where_a_plain_value_is_wanted_is_told_to_student_and_staff(grade_text: GradeText) -> None:
    own = "from collections import ChainMap\ndef f(x):\n    return ChainMap({'a': x})"
    report, _ = grade_text(WORDS.format(right="dict(a=x)", wrong=own, tests="assert f(1).get('b') is None"))
    assert report.score == 0
    assert report.exercises[0].message.startswith("The tests want a plain value here")
    assert report.exercises[0].message.endswith("They were at `assert f(1).get('b') is None`.")
    assert len(report.looks) == 1
    assert report.looks[0].startswith("the tests in `tests_of_f` came upon an object of a class")
