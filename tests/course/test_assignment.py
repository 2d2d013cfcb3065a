"""An assignment read from its instructor's notebook, or one sentence on why it can't be graded."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from helpers import ROOT, TINY_COURSE, make_course, make_variant

from autograder.course.assignment import Assignment
from autograder.course.errors import CourseError
from autograder.course.loading import assignment_names, load_assignment


def test_exercises_points_and_names_come_from_the_notebook(tiny: Assignment) -> None:
    assert [(each.name, each.points) for each in tiny.exercises] == [("double", 4), ("mean_of", 6), ("double_mean", 10)]
    assert tiny.max_score == 20
    assert tiny.homes == {"double": "double", "mean_of": "mean_of", "double_mean": "double_mean"}
    assert set(tiny.files) == {"numbers.csv"}
    assert "BEGIN SOLUTION" not in tiny.exercise("double").stub


def test_a_course_may_be_named_from_here_and_is_the_same_from_elsewhere(
    tiny: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(TINY_COURSE)
    assert load_assignment(Path(), "tiny") == tiny


def test_modules_are_those_that_the_notebook_imports() -> None:
    lab = load_assignment(ROOT, "logistic_regression")
    assert {"torch", "nn", "F", "optim", "plt"} <= lab.module_names
    assert "math" not in lab.module_names


def test_names_that_everybody_has_are_those_that_given_cells_define() -> None:
    names = load_assignment(ROOT, "logistic_regression").names
    assert {"torch", "F", "x_train", "y_diabetes", "cost", "train", "model", "lab", "check"} <= names
    assert not {"y", "loss", "optimizer", "result", "total", "e", "the"} & names


def test_cells_with_magic_do_not_hide_the_imports_of_others(tmp_path: Path) -> None:
    folder, name = make_variant(tmp_path, "")
    path = folder / "source" / name / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[:0] = [
        nbformat.v4.new_code_cell("%matplotlib inline\nimport numpy"),
        nbformat.v4.new_code_cell("import os.path, torch.nn as nn\nfrom math import pi as tau"),
    ]
    nbformat.write(notebook, path)
    assert load_assignment(folder, name).module_names == {"os", "nn", "tau"}


def test_the_first_exercise_that_defines_a_name_is_its_home(tmp_path: Path) -> None:
    folder, name = make_variant(tmp_path, "", "def f():\n    return 1\n\n\nclass Model:\n    pass")
    assert load_assignment(folder, name).homes == {"f": "f", "Model": "f"}


def test_an_assignment_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    assert assignment_names(course) == ["tiny"]
    with pytest.raises(CourseError, match=r"There is no assignment 'big' in .*source. Assignments here: tiny\."):
        load_assignment(course, "big")


def test_one_without_a_notebook_is_one_sentence(tmp_path: Path) -> None:
    folder, name = make_variant(tmp_path, "")
    (folder / "source" / name / f"{name}.ipynb").unlink()
    with pytest.raises(CourseError, match=r"holds no notebook\. Put the instructor's notebook there"):
        load_assignment(folder, name)
