"""Hidden checks as ordinary pytest: what instructors run while they write them."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import RIGHT, make_course, notebook_of, run, write_notebook

from autograder.course.assignment import Assignment
from autograder.judge.session import _quiet_arguments

WRONG = {**RIGHT, "double": "def double(x):\n    return 2 * x if x.dim() == 1 else x"}


@pytest.mark.slow
def test_without_a_submission_the_instructors_own_solution_is_judged(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    done = run("pytest", "tests/hidden/tiny", "-q", "-p", "no:cacheprovider", cwd=course, fresh=True)
    assert done.returncode == 0, done.stdout
    assert "8 passed" in done.stdout


@pytest.mark.slow
def test_a_file_is_judged_and_summed_up(tiny: Assignment, tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    path = write_notebook(tmp_path / "mine.ipynb", notebook_of(tiny, WRONG))
    done = run("pytest", "tests/hidden/tiny", "--submission", path, "-p", "no:cacheprovider", cwd=course)
    assert done.returncode == 1
    assert "1 failed, 7 passed" in done.stdout
    assert (
        "with numbers in it that are not right. Each number should be twice as large. That is half of what it should be"
        in done.stdout
    )
    lines = {line.split()[0]: line.split()[1] for line in done.stdout.splitlines() if line.endswith("of its points")}
    assert lines == {"double": "50.0%", "mean_of": "100.0%", "double_mean": "100.0%"}


@pytest.mark.parametrize(
    ("mark", "body", "said"),
    [
        ('exercise("double")', "pass", "a check needs a weight above 0 and a docstring"),
        ("exercise()", '"""A line."""', "the mark is exercise(name, weight=1, public=False)"),
        ('exercise("double", wait=2)', '"""A line."""', "the mark is exercise(name, weight=1, public=False)"),
        ('exercise("double", weight=0)', '"""A line."""', "a check needs a weight above 0"),
    ],
)
def test_a_mark_used_wrongly_is_explained(pytester: pytest.Pytester, mark: str, body: str, said: str) -> None:
    pytester.makepyfile(f"import pytest\n\n@pytest.mark.{mark}\ndef test_x(student):\n    {body}\n")
    done = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert said in "\n".join([*done.outlines, *done.errlines])


def test_the_fixture_without_the_mark_is_explained(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_x(student):\n    pass\n")
    done = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    assert done.ret != 0
    assert "uses `student` and needs the mark `exercise`" in done.stdout.str()


def test_ordinary_tests_are_left_alone(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_x():\n    assert True\n")
    done = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    done.assert_outcomes(passed=1)
    assert "exercises" not in done.stdout.str()


def test_the_grader_reads_no_conftest_or_settings_from_around_the_checks(tmp_path: Path) -> None:
    arguments = _quiet_arguments(tmp_path)
    assert arguments[arguments.index("-c") + 1] == "/dev/null"
    assert arguments[arguments.index("--rootdir") + 1] == str(tmp_path)
    assert arguments[arguments.index("--confcutdir") + 1] == str(tmp_path)
