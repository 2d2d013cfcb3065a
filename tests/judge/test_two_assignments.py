"""A course with two assignments: each is judged by its own checks, and their names are in nobody's way."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from helpers import SECOND_COURSE, TINY_COURSE, make_course, make_variant, notebook_of, run, write_notebook

from autograder.checks import Misconception
from autograder.checks.catalogue import load_misconceptions
from autograder.course.assignment import Assignment
from autograder.course.loading import load_assignment
from autograder.judge import grade
from autograder.report.exercise_result import Verdict
from autograder.sandbox.forked import ForkSandbox


@pytest.fixture(scope="module")
def statistics() -> Assignment:
    return load_assignment(SECOND_COURSE, "statistics")


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with both assignments."""
    course = make_course(tmp_path_factory.mktemp("both") / "course")
    for part in ("source", "tests"):
        shutil.copytree(SECOND_COURSE / part, course / part, dirs_exist_ok=True)
    return course


@pytest.mark.slow
def test_all_hidden_checks_of_a_course_pass_together(both: Path) -> None:
    done = run("pytest", "tests/hidden", "-q", "-p", "no:cacheprovider", cwd=both)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "13 passed" in done.stdout


@pytest.mark.slow
def test_a_submission_is_of_one_assignment(both: Path) -> None:
    done = run("pytest", "tests/hidden", "--submission", "source/tiny/tiny.ipynb", "-p", "no:cacheprovider", cwd=both)
    assert done.returncode == 4
    assert "--submission is of one assignment: name its folder, such as " in done.stderr
    done = run(
        *("pytest", "tests/hidden/statistics", "-q", "-p", "no:cacheprovider"),
        *("--submission", "source/statistics/statistics.ipynb"),
        cwd=both,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("100.0% of its points") == 3


def test_both_are_graded_by_one_process(tiny: Assignment, statistics: Assignment, sandbox: ForkSandbox) -> None:
    for assignment in (statistics, tiny, statistics):
        notebook = assignment.source_folder / f"{assignment.notebook_name}.ipynb"
        assert grade(notebook, assignment, sandbox).score == assignment.max_score


def test_python_s_own_module_of_that_name_is_still_there(statistics: Assignment) -> None:
    import statistics as pythons

    assert len(load_misconceptions(statistics)) == 3
    assert pythons.fmean([1, 2]) == 1.5
    assert str(TINY_COURSE) not in pythons.__file__


@pytest.mark.slow
def test_a_notebook_s_assignment_must_be_named_where_there_are_two(both: Path, tmp_path: Path) -> None:
    path = shutil.copyfile(both / "source" / "tiny" / "tiny.ipynb", tmp_path / "mine.ipynb")
    done = run("autograder", "grade", "--notebook", path, cwd=both)
    assert done.returncode == 1
    assert done.stderr == ("Error: Which assignment is mine.ipynb? Say --assignment with one of: statistics, tiny.\n")
    assert run("autograder", "grade", "--notebook", path, "--assignment", "tiny", cwd=both).returncode == 0


@pytest.mark.parametrize(
    "misconception", load_misconceptions(load_assignment(SECOND_COURSE, "statistics")), ids=lambda m: m.id
)
def test_mistakes_of_the_second_are_named(
    statistics: Assignment, sandbox: ForkSandbox, tmp_path: Path, misconception: Misconception
) -> None:
    answers = {each.name: each.reference for each in statistics.exercises}
    answers[misconception.exercise] = misconception.code
    path = write_notebook(tmp_path / "mine.ipynb", notebook_of(statistics, answers))
    report = grade(path, statistics, sandbox)
    assert report.exercise(misconception.exercise).misconceptions == (misconception.id,)
    lost = {each.name for each in report.exercises if each.points < each.max_points}
    assert lost == {misconception.exercise}


CHECKS = """
import numpy
import pytest
from autograder.checks import expect

@pytest.mark.exercise("f")
def test_it(student):
    '''`f` says what it was given.'''
    told = student.f({argument})
    expect(told == {wanted}, "f(x)", f"returned {{told}}", "It should name its argument.")
"""


@pytest.mark.parametrize(
    ("argument", "wanted"),
    [
        ("numpy.arange(3.0)", "'ndarray float64 (3,)'"),
        ("numpy.ones((2, 1), dtype='float32')", "'ndarray float32 (2, 1)'"),
        ("numpy.array([True])", "'ndarray bool (1,)'"),
        ("numpy.float32(1.5)", "'float32 float32 ()'"),
        ("[numpy.int64(4)]", "'list'"),
        ("numpy.float64(1.5)", "'float'"),
    ],
)
def test_arrays_reach_the_student_as_arrays(sandbox: ForkSandbox, tmp_path: Path, argument: str, wanted: str) -> None:
    told = "return type(x).__name__ + (f' {x.dtype} {x.shape}' if hasattr(x, 'dtype') else '')"
    folder, name = make_variant(tmp_path, CHECKS.format(argument=argument, wanted=wanted), f"def f(x):\n    {told}")
    assignment = load_assignment(folder, name)
    report = grade(assignment.source_folder / f"{name}.ipynb", assignment, sandbox)
    assert report.score == assignment.max_score, report


@pytest.mark.parametrize("argument", ["object()", "numpy.array(['a'])", "[{1, 2}]", "1j"])
def test_what_cannot_be_sent_is_the_check_s_fault_and_costs_nobody(
    sandbox: ForkSandbox, tmp_path: Path, argument: str
) -> None:
    folder, name = make_variant(tmp_path, CHECKS.format(argument=argument, wanted="1"), "def f(x):\n    return 1")
    assignment = load_assignment(folder, name)
    report = grade(assignment.source_folder / f"{name}.ipynb", assignment, sandbox)
    assert report.exercises[0].verdict is Verdict.ERROR
    assert "can't be sent to student code" in report.staff[0]
    assert "can't be sent" not in report.exercises[0].message


def test_an_array_that_came_back_can_be_passed_on(sandbox: ForkSandbox, tmp_path: Path) -> None:
    checks = CHECKS.format(argument="student.f(numpy.zeros(2))", wanted="numpy.zeros(1)")
    checks = checks.replace("told == numpy.zeros(1)", "type(told).__name__ == 'Array' and len(told.tensor) == 4")
    solution = "def f(x):\n    import numpy\n    return numpy.concatenate([x, numpy.zeros(1)])"
    folder, name = make_variant(tmp_path, checks, solution)
    assignment = load_assignment(folder, name)
    report = grade(assignment.source_folder / f"{name}.ipynb", assignment, sandbox)
    assert report.score == assignment.max_score, report
