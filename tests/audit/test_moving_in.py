"""What `autograder import` finds in an nbgrader assignment: who judges what, what leaks, what is odd."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from helpers import TINY_COURSE
from marked import KERNEL, PIXEL, answer, cell, essay, judged_by, make_assignment, task
from traitlets.config import Config

from autograder.audit.moving_in import (
    BY_HAND,
    CHECKS,
    INSIDE,
    NOT_OUTSIDE,
    OUTSIDE,
    WRONG,
    look_at,
    odd_settings,
)
from autograder.audit.outside import test_cells_row as row_of_test_cells
from autograder.course.course import load_course
from autograder.course.loading import load_assignment
from autograder.judge.grader import Grader
from autograder.sandbox.forked import ForkSandbox

SQUARES = [answer("squares", "def squares(n):\n    return [i * i for i in range(1, n + 1)]")]
VECTOR = """class Vector:
    def __init__(self, x):
        self.x = x

    def __eq__(self, other):
        return self.x == other.x"""


def test_each_cell_with_points_has_somebody_who_judges_it(tmp_path: Path, sandbox: ForkSandbox) -> None:
    needs_the_kernel = judged_by("in_kernel", "assert get_ipython().user_ns['squares'](1) == [1]", 1)
    cells = [
        *SQUARES,
        judged_by("right", "assert squares(2) == [1, 4]", 2),
        judged_by("wrong", "assert squares(1) == [2], 'no'", 1),
        needs_the_kernel,
        essay("why", 3),
        task("draw", 4, "Draw."),
    ]
    assignment = make_assignment(tmp_path, "ps1", {"one": cells})
    found = look_at(assignment, sandbox)
    how = {each.name: each.how for each in found.cells}
    assert how == {
        "right": OUTSIDE,
        "wrong": WRONG,
        "in_kernel": NOT_OUTSIDE,
        "why": BY_HAND,
        "draw": BY_HAND,
    }
    wrong = next(each for each in found.cells if each.name == "wrong")
    assert (wrong.notebook, wrong.points) == ("one", 1)
    assert "at `assert squares(1) == [2], 'no'`" in wrong.why_not
    assert not found.is_ready
    with Grader(assignment, sandbox) as grader:
        problems = {each.where: each.what for each in row_of_test_cells(grader).problems}
    assert problems["tests in wrong"].startswith("don't hold for the notebook's own solution: AssertionError")
    assert problems["tests in in_kernel"].startswith("can't run outside: ")
    assert "tests in right" not in problems


def test_hidden_checks_judge_where_there_are_any(tiny: Any, sandbox: ForkSandbox) -> None:
    found = look_at(load_assignment(TINY_COURSE, "tiny"), sandbox)
    assert {each.how for each in found.cells} == {CHECKS}
    assert found.is_ready


def test_what_can_be_forged_is_said(tmp_path: Path, sandbox: ForkSandbox) -> None:
    cells = [
        *SQUARES,
        judged_by("allowed", "assert get_ipython().user_ns['squares'](1) == [1]", 2),
        answer("vector", VECTOR),
        judged_by("equal", "v = Vector(1)\nassert v == Vector(1)", 2),
    ]
    make_assignment(tmp_path, "ps1", {"one": cells})
    with (tmp_path / "course_config.py").open("a") as file:
        file.write("c.Grading.inside = {'ps1': ['allowed']}\n")
    found = look_at(load_course(tmp_path).assignment("ps1"), sandbox)
    assert [each.how for each in found.cells] == [INSIDE, OUTSIDE]
    assert found.forgeable[0] == "allowed: its 2 points, by c.Grading.inside"
    assert any(each.startswith("equal, line 2 asks an object") and "`==`" in each for each in found.forgeable[1:])
    assert found.is_ready


def test_what_students_would_see_of_solutions_is_named(tmp_path: Path, sandbox: ForkSandbox) -> None:
    told = cell("markdown", "Do it so: `return [i * i for i in range(1, n + 1)]`")
    cells = [told, *SQUARES, judged_by("right", "assert squares(2) == [1, 4]", 2)]
    found = look_at(
        make_assignment(tmp_path, "ps1", {"one": cells}, solutions_txt="none", notes_md="BEGIN SOLUTION"), sandbox
    )
    leaks = {each.where: each.what for each in found.leaks}
    assert leaks["release/one.ipynb"] == "holds 'return [i * i for i in range(1, n + 1)]'"
    assert leaks["release/solutions.txt"] == "would go to students, and is called 'solution'"
    assert leaks["release/notes.md"] == "holds 'BEGIN SOLUTION'"
    assert not found.is_ready


def test_a_line_of_a_solution_is_named_once_however_many_tests_it_has(tmp_path: Path, sandbox: ForkSandbox) -> None:
    shown = cell("code", "double = [i * i for i in range(1, 3)]\nprint(double)", "shown", locked=True)
    solution = answer("squares", "double = [i * i for i in range(1, 3)]\nprint(double)")
    tests = [judged_by(f"right_{number}", "assert double == [1, 4]", 1) for number in range(3)]
    found = look_at(make_assignment(tmp_path, "ps1", {"one": [shown, solution, *tests]}), sandbox)
    assert [each.what for each in found.leaks] == ["holds 'double = [i * i for i in range(1, 3)]'"]


def test_the_head_of_a_function_in_visible_tests_tells_nothing(tmp_path: Path, sandbox: ForkSandbox) -> None:
    account = "class Account:\n    def deposit(self, amount):\n        self.balance = amount"
    loud = (
        "import random\nrandom.seed(12345678)\nclass Loud(Account):\n    def deposit(self, amount):\n        return 1\n"
    )
    solution = answer("account", f"import random\nrandom.seed(12345678)\n{account}")
    tests = judged_by("loud", f"{loud}assert Loud().deposit(1) == 1", 1)
    found = look_at(make_assignment(tmp_path, "ps1", {"one": [solution, tests]}), sandbox)
    assert not found.leaks
    assert found.is_ready


def test_tests_that_need_the_kernel_are_not_called_wrong_for_cells_that_come_later(
    tmp_path: Path, sandbox: ForkSandbox
) -> None:
    needs_the_kernel = "assert get_ipython().user_ns['total']([1]) == 1 and Square(2).side == 2"
    later = "class Square:\n    def __init__(self, side):\n        self.side = side\ndef total(x):\n    return sum(x)"
    cells = [
        *(judged_by(f"above_{number}", "assert True", 1) for number in range(3)),
        *SQUARES,
        judged_by("own", "class Square:\n    pass\nassert Square() and squares(1) == [1]", 1),
        answer("later", later),
        judged_by("kernel", needs_the_kernel, 1),
    ]
    found = look_at(make_assignment(tmp_path, "ps1", {"one": cells}), sandbox)
    assert {each.name: each.how for each in found.cells}["kernel"] == NOT_OUTSIDE


def test_lines_that_any_code_has_tell_nothing_of_a_solution(tmp_path: Path, sandbox: ForkSandbox) -> None:
    usual = "from fractions import Fraction\nfor each in range(3):\n    "
    solution = f"def squares(n):\n    {usual.replace(chr(10), chr(10) + '    ')}    pass\n    return [1, 4][:n]"
    told = cell("markdown", "A common misconception: squares are doubles.")
    tests = judged_by("right", f"{usual}assert squares(2) == [1, 4]", 2)
    found = look_at(make_assignment(tmp_path, "ps1", {"one": [told, answer("squares", solution), tests]}), sandbox)
    assert (found.leaks, found.is_ready) == ((), True)


def test_an_assignment_without_fault_has_nothing_to_say(tmp_path: Path, sandbox: ForkSandbox) -> None:
    cells = [*SQUARES, judged_by("right", "assert squares(2) == [1, 4]", 2)]
    found = look_at(make_assignment(tmp_path, "ps1", {"one": cells}, data_csv="1,2"), sandbox)
    assert (found.leaks, found.odd, found.forgeable, found.is_ready) == ((), (), (), True)


def test_several_kernels_are_odd(tmp_path: Path, sandbox: ForkSandbox) -> None:
    cells = [*SQUARES, judged_by("right", "assert squares(2) == [1, 4]", 2)]
    make_assignment(tmp_path, "ps1", {"one": cells, "two": [essay("why", 1)]})
    path = tmp_path / "source" / "ps1" / "two.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.kernelspec = {**KERNEL["kernelspec"], "name": "conda-3"}
    nbformat.write(notebook, path)
    load_assignment.cache_clear()
    (line,) = look_at(load_assignment(tmp_path, "ps1"), sandbox).odd
    assert "(one python3, two conda-3)" in line


def test_tests_that_nbgrader_makes_anew_each_time_are_odd(tmp_path: Path, sandbox: ForkSandbox) -> None:
    cells = [*SQUARES, judged_by("right", "assert squares(2) == [1, 4]", 2)]
    assignment = make_assignment(tmp_path, "ps1", {"one": cells})
    path = tmp_path / "source" / "ps1" / "one.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].source = "### HASHED AUTOTEST squares(3)"  # read already, so that no kernel has to start
    nbformat.write(notebook, path)
    (line,) = look_at(assignment, sandbox).odd
    assert line.startswith("nbgrader makes tests of AUTOTEST directives")
    assert ": right. " in line


def test_a_picture_in_a_solution_is_said_as_nbgrader_would_hand_it_out(tmp_path: Path, sandbox: ForkSandbox) -> None:
    drawn = essay("drawn", 1, "See ![it](attachment:a.png)")
    drawn["attachments"] = {"a.png": PIXEL}
    asked = cell("markdown", "Of ![this](attachment:b.png)?", "asked", locked=True)
    asked["attachments"] = {"b.png": PIXEL}
    (line,) = look_at(make_assignment(tmp_path, "ps1", {"one": [asked, drawn]}), sandbox).odd
    assert line.startswith("drawn has a picture that nbgrader's own release would keep")


def test_settings_that_mean_something_else_here_are_named() -> None:
    config = Config()
    config.IncludeHeaderFooter.header = "source/header.ipynb"
    config.ExecutePreprocessor.timeout = 60
    config.ClearSolutions.begin_solution_delimeter = "# ANSWER"
    header, timeout = odd_settings(config)
    assert "source/header.ipynb before each notebook" in header
    assert timeout.startswith("c.ExecutePreprocessor.timeout has no effect here")
    assert "c.Limits.cell_wall_seconds" in timeout
