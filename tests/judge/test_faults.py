"""Faults in hidden checks and catalogues: one sentence with file and line, for `grade` and `audit` alike."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from helpers import hand_in, make_course, make_variant, run

from autograder.course.errors import CourseError
from autograder.course.loading import load_assignment
from autograder.judge.session import CheckSession

TOP = "import pytest\n\n"
GOOD = f'{TOP}@pytest.mark.exercise("f")\ndef test_x(student):\n    """A line."""\n'
COLLECT = """
from pathlib import Path
from autograder.course.loading import load_assignment
from autograder.judge.session import CheckSession
print(CheckSession(load_assignment(Path({folder!r}), {name!r})).checks)
"""


def said_of(folder: Path, name: str) -> str:
    with pytest.raises(CourseError) as refused:
        CheckSession(load_assignment(folder, name))
    return str(refused.value)


@pytest.mark.parametrize(
    ("checks", "reason", "line"),
    [
        ("import pytest\ndef broken(:", "SyntaxError: ", 2),
        ("x = 1\nif x:\nprint(x)", "IndentationError: expected an indented block", 3),
        ("\n\nimport no_such_package", "ModuleNotFoundError: No module named 'no_such_package'", 3),
        ("from autograder.checks import expect_clothes", "ImportError: cannot import name 'expect_clothes'", 1),
        ("x = 1\nx = x / 0", "ZeroDivisionError: division by zero", 2),
        ("import sys\nsys.exit('bye')", "SystemExit: bye", 2),
        ('raise ValueError("two\\nlines")', "ValueError: two (", 1),
        (f"{TOP}@pytest.mark.exercise()\ndef test_x(student):\n    pass", "the mark is exercise(name, weight=1", 3),
        (f"{TOP}@pytest.mark.exercise(3)\ndef test_x(student):\n    pass", "the mark is exercise(name, weight=1", 3),
        (f"{TOP}@pytest.mark.exercise('f', wait=2)\ndef test_x(student):\n    pass", "the mark is exercise(name", 3),
        (f"{TOP}@pytest.mark.exercise('f')\ndef test_x(student):\n    pass", "it has no docstring", 3),
        (f"{GOOD}\n@pytest.mark.exercise('g')\ndef test_y(student):\n    'A line.'", "does not have: g", 7),
        (GOOD.replace("(student)", "(studnet)"), "there is no fixture 'studnet'", 3),
        (f"{GOOD}\n@pytest.fixture\ndef a(b): ...\n\ndef test_y(a): ...".replace("(student)", "(a)"), "'b'", 3),
        (f"{TOP}@pytest.mark.parametrize('n', [1])\n" + GOOD.removeprefix(TOP), "uses no argument 'n'", None),
        *(
            (GOOD.replace('"f"', f'"f", weight={weight}'), f"its weight is {shown}", 3)
            for weight, shown in [
                ("'a lot'", "'a lot'"),
                ("None", "None"),
                ("True", "True"),
                ("-1", "-1"),
                ("0", "0"),
                ("float('nan')", "nan"),
                ("float('inf')", "inf"),
            ]
        ),
    ],
)
def test_a_fault_in_a_check_is_quoted_with_file_and_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], checks: str, reason: str, line: int | None
) -> None:
    said = said_of(*make_variant(tmp_path, checks))
    assert said.startswith("The hidden checks in ")
    assert " can't be collected: " in said
    assert reason in said
    assert f"tests/hidden/variant/test_f.py{'' if line is None else f', line {line})'}" in said
    assert "\n" not in said
    assert capfd.readouterr() == ("", "")


def test_a_fault_in_a_file_that_checks_import_is_where_it_stands(tmp_path: Path) -> None:
    folder, name = make_variant(tmp_path, f"from . import support\n{GOOD}")
    support = folder / "tests" / "hidden" / name / "support.py"
    support.write_text("import math\n\nhalf = math.sqrt(-1)\n")
    assert "math domain error (tests/hidden/variant/support.py, line 3)" in said_of(folder, name)
    support.write_text("a = = 1\n")
    assert "invalid syntax (tests/hidden/variant/support.py, line 1)" in said_of(folder, name)


@pytest.mark.parametrize("file", ["__init__.py", "conftest.py"])
def test_so_is_one_in_what_pytest_loads_first(tmp_path: Path, capfd: pytest.CaptureFixture[str], file: str) -> None:
    folder, name = make_variant(tmp_path, GOOD)
    (folder / "tests" / "hidden" / name / file).write_text("import pytest\nimport no_such_package\n")
    said = said_of(folder, name)
    assert f"No module named 'no_such_package' (tests/hidden/variant/{file}, line 2). Install that package" in said
    assert capfd.readouterr() == ("", "")


def test_a_folder_without_checks_and_two_of_one_name_are_refused(tmp_path: Path) -> None:
    folder, name = make_variant(tmp_path, "def test_unmarked(): ...\n")
    assert "holds no check" in said_of(folder, name)
    checks = folder / "tests" / "hidden" / name
    for part in ("one", "two"):
        (checks / part).mkdir()
        (checks / part / "__init__.py").touch()
        (checks / part / "test_same.py").write_text(GOOD)
    assert "2 checks are called same::test_x" in said_of(folder, name)


def test_fixtures_of_pytest_and_of_a_conftest_are_there(tmp_path: Path) -> None:
    checks = GOOD.replace("(student)", "(student, request, tmp_path, monkeypatch, own, n)")
    folder, name = make_variant(tmp_path, checks.replace(TOP, f"{TOP}@pytest.mark.parametrize('n', [1, 2])\n"))
    conftest = folder / "tests" / "hidden" / name / "conftest.py"
    conftest.write_text("import pytest\n\n@pytest.fixture\ndef own():\n    return 1\n")
    # In a process of its own, as pytest keeps a conftest by its bare name.
    done = run("python", "-c", COLLECT.format(folder=str(folder), name=name), cwd=tmp_path)
    assert done.stdout == "{'f': ['f::test_x[1]', 'f::test_x[2]']}\n", done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("command", ["grade", "audit"])
@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("test_double.py", "import pytest\nimport no_such_package\n", r"No module named 'no_such_package' \(tests/hid"),
        (
            "misconceptions.py",
            "MISCONCEPTIONS = 1 / 0\n",
            r"ZeroDivisionError: .* \(tests/.*misconceptions.py, line 1",
        ),
        ("misconceptions.py", "MISCONCEPTIONS = ('words',)\n", r"may hold Misconception entries only; its entry 1 is"),
    ],
)
def test_commands_say_it_in_one_line_and_end_with_1(
    tmp_path: Path, command: str, file: str, text: str, said: str
) -> None:
    course = make_course(tmp_path / "course")
    hand_in(course, "student-001", "{}")
    (course / "tests" / "hidden" / "tiny" / file).write_text(text)
    done = run("autograder", command, "tiny", cwd=course)
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(rf"^Error: .*{said}", done.stderr, re.MULTILINE), done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
