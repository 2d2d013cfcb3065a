"""A session of checks: crashes are for staff, what reports twice counts as nothing, misfits are refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers import make_variant, notebook_of, words, write_notebook

from autograder.course.assignment import Assignment
from autograder.course.errors import CourseError
from autograder.course.loading import load_assignment
from autograder.judge.grader import Grader
from autograder.judge.unjudged import fault
from autograder.report.exercise_result import Verdict
from autograder.report.report import Status
from autograder.sandbox.forked import ForkSandbox

CRASH = '''
import pytest
from autograder.checks import Notebook

@pytest.mark.exercise("f")
def test_right(student: Notebook) -> None:
    """`f` can be called."""
    student.f()

@pytest.mark.exercise("f")
def test_crash(student: Notebook) -> None:
    """This check is broken."""
    raise KeyError("the secret word is xylophone")
'''


def test_a_crash_in_a_check_is_an_error_for_staff_and_neutral_for_the_student(
    sandbox: ForkSandbox, tmp_path: Any
) -> None:
    folder, name = make_variant(tmp_path, CRASH)
    assignment = load_assignment(folder, name)
    with Grader(assignment, sandbox) as grader:
        path = write_notebook(tmp_path / "f.ipynb", notebook_of(assignment, {"f": "def f():\n    return 1"}))
        graded = grader.grade(path, "student-001")
    report = graded.report
    result = report.exercise("f")
    assert report.needs_a_look
    assert result.verdict is Verdict.ERROR
    assert result.points == 5
    assert [check.verdict for check in result.checks] == ["passed", "error"]
    assert report.looks == ("check `f::test_crash` raised KeyError (test_f.py, line 13); traceback in report.json",)
    assert "KeyError" in report.staff[0]
    assert "test_f.py" in report.staff[0]
    assert result.message.startswith("Something went wrong on our side")
    assert "xylophone" not in words(report)
    assert "xylophone" not in json.dumps(graded.notebook)
    assert "KeyError" not in json.dumps(graded.notebook)


def test_tests_of_the_folder_where_a_grader_is_started_are_no_concern_of_its_checks(
    sandbox: ForkSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "here"
    for folder in (here, here / "tests"):
        folder.mkdir()
        (folder / "conftest.py").write_text("raise RuntimeError('of somebody else')")
    monkeypatch.chdir(here)
    with Grader(load_assignment(*make_variant(tmp_path, CRASH)), sandbox) as grader:
        assert grader.session.checks == {"f": ["f::test_right", "f::test_crash"]}
    assert Path.cwd() == here


REPORTING = '''
import pytest
from autograder.checks import Notebook

@pytest.fixture
def breaks_later():
    yield
    raise RuntimeError("in the teardown")

@pytest.mark.exercise("f")
def test_passes_then_breaks(student: Notebook, breaks_later: None) -> None:
    """It passes, and then its teardown fails."""

@pytest.mark.exercise("f")
def test_skips_itself(student: Notebook) -> None:
    """It skips itself."""
    pytest.skip("not today")

@pytest.mark.exercise("f")
@pytest.mark.parametrize("number", [1, 2])
def test_each(student: Notebook, number: int) -> None:
    """`f` gives 1."""
    assert student.f() == number
'''


def test_a_check_counts_only_if_it_reported_passed_exactly_once(sandbox: ForkSandbox, tmp_path: Any) -> None:
    folder, name = make_variant(tmp_path, REPORTING)
    assignment = load_assignment(folder, name)
    with Grader(assignment, sandbox) as grader:
        path = write_notebook(tmp_path / "f.ipynb", notebook_of(assignment, {"f": "def f():\n    return 1"}))
        report = grader.grade(path, "student-001").report
    checks = {check.id.partition("::")[2]: check.verdict for check in report.exercise("f").checks}
    assert checks == {
        "test_passes_then_breaks": "error",
        "test_skips_itself": "skipped",
        "test_each[1]": "passed",
        "test_each[2]": "error",  # a bare assert says nothing to a student: it is a fault of the check
    }
    assert report.exercise("f").points == 2.5
    assert report.looks == (
        "check `f::test_passes_then_breaks` raised RuntimeError (test_f.py, line 8); traceback in report.json",
        "check `f::test_each[2]` raised AssertionError (test_f.py, line 23); traceback in report.json",
    )


@pytest.mark.parametrize(
    ("checks", "said"),
    [
        ("def broken(:", "can't be collected"),
        ("raise RuntimeError", "can't be collected"),
        ("def test_unmarked():\n    pass", "can't be collected"),
        ('import pytest\n@pytest.mark.exercise("f")\ndef test_x(student): pass', "can't be collected"),
        ('import pytest\n@pytest.mark.exercise()\ndef test_x(student):\n    """x"""', "can't be collected"),
        (
            'import pytest\n@pytest.mark.exercise("f", weight=0)\ndef test_x(student):\n    """x"""',
            "can't be collected",
        ),
        ('import pytest\n@pytest.mark.exercise("g")\ndef test_x(student):\n    """x"""', "does not have: g"),
    ],
)
def test_checks_that_can_not_be_used_are_refused_at_once(
    tmp_path: Any, sandbox: ForkSandbox, checks: str, said: str
) -> None:
    folder, name = make_variant(tmp_path, checks)
    with pytest.raises(CourseError, match=said):
        Grader(load_assignment(folder, name), sandbox)


def test_a_check_of_an_exercise_that_staff_mark_is_refused(tiny: Assignment, sandbox: ForkSandbox) -> None:
    first, *others = tiny.exercises
    essay = replace(tiny, exercises=(replace(first, is_by_hand=True), *others))
    with pytest.raises(CourseError, match=r"the exercise .double. is marked by hand\. Take the check out"):
        Grader(essay, sandbox)


HELPED = """
def half(x):
    return x / 0
"""
USES_HELP = """
import pytest
from . import support

@pytest.mark.exercise("f")
def test_half(student):
    \"\"\"`f` gives a number.\"\"\"
    support.half(student.f())
"""


def test_staff_are_told_where_in_the_checks_it_broke(sandbox: ForkSandbox, tmp_path: Any) -> None:
    folder, name = make_variant(tmp_path, USES_HELP)
    (folder / "tests" / "hidden" / name / "support.py").write_text(HELPED)
    assignment = load_assignment(folder, name)
    with Grader(assignment, sandbox) as grader:
        path = write_notebook(tmp_path / "f.ipynb", notebook_of(assignment, {"f": "def f():\n    return 1"}))
        report = grader.grade(path, "student-001").report
    said = "check `f::test_half` raised ZeroDivisionError (support.py, line 3); traceback in report.json"
    assert report.looks == (said,)


def test_staff_are_told_what_of_the_grader_broke_and_what_could_not_be_read(
    sandbox: ForkSandbox, tmp_path: Any, tiny: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise ValueError("no such thing.\nAnd more of it.")

    with Grader(tiny, sandbox) as grader:
        damaged = tmp_path / "damaged.ipynb"
        damaged.write_text("{")
        report = grader.grade(damaged, "student-001").report
        assert report.status is Status.UNREADABLE
        assert report.message.endswith("Open it in Jupyter, save it, hand it in again.")
        assert report.looks == ("damaged.ipynb is not a notebook, or is damaged or cut off",)
        path = write_notebook(tmp_path / "tiny.ipynb", notebook_of(tiny))
        assert grader.grade(path, "student-001").report.looks == ()
        monkeypatch.setattr(grader.judges[0], "judge", broken)
        report = grader.grade(path, "student-001").report
    assert report.status is Status.GRADER_ERROR
    assert report.looks == ("the grader failed: ValueError: no such thing; traceback in report.json",)
    given_up = fault(tiny, "student-001", "The process that graded this submission died twice.").report
    assert given_up.looks == (
        "the grader failed: The process that graded this submission died twice; traceback in report.json",
    )
