"""Checks are loaded by their path: names of assignments are in nobody's way."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.checks.catalogue import load_alternatives, load_misconceptions
from autograder.checks.loading import is_checks_folder, load_check_module
from autograder.course.assignment import Assignment
from autograder.course.errors import CourseError


def make_checks(course: Path, name: str = "json", answer: str = "1", package: bool = True) -> Path:
    folder = course / "tests" / "hidden" / name
    (course / "source" / name).mkdir(parents=True)
    folder.mkdir(parents=True)
    if package:
        (folder / "__init__.py").write_text("ABOUT = 'checks'\n")
    (folder / "reference.py").write_text(f"ANSWER = {answer}\n")
    (folder / "test_it.py").write_text("from . import reference\n\nfound = reference.ANSWER\n")
    return folder


def test_two_folders_of_one_name_are_two_packages(tmp_path: Path) -> None:
    path = list(sys.path)
    for course, answer in (("one", "1"), ("two", "2")):
        assert load_check_module(make_checks(tmp_path / course, answer=answer), "test_it").found == int(answer)
    assert sys.path == path
    assert not hasattr(sys.modules["json"], "reference")


@pytest.mark.parametrize("name", ["json", "a-b c", "torch", "été"])
def test_any_name_will_do_with_and_without_an_init(tmp_path: Path, name: str) -> None:
    assert load_check_module(make_checks(tmp_path / "with", name), "test_it").found == 1
    assert load_check_module(make_checks(tmp_path / "without", name, package=False), "test_it").found == 1


def test_a_package_that_fails_is_tried_anew(tmp_path: Path) -> None:
    folder = make_checks(tmp_path)
    (folder / "__init__.py").write_text("raise ValueError('not yet')\n")
    with pytest.raises(ValueError, match=r"not yet"):
        load_check_module(folder, "test_it")
    (folder / "__init__.py").write_text("")
    assert load_check_module(folder, "test_it").found == 1


def test_only_hidden_checks_of_an_assignment_that_is_there_are_such_a_folder(tmp_path: Path) -> None:
    folder = make_checks(tmp_path)
    assert is_checks_folder(folder)
    assert not is_checks_folder(folder.parent)
    assert not is_checks_folder(tmp_path / "source" / "json")
    (tmp_path / "source" / "json").rmdir()
    assert not is_checks_folder(folder)


def test_a_catalogue_that_is_not_there_is_empty_and_a_broken_one_is_one_sentence(
    tiny: Assignment, tmp_path: Path
) -> None:
    folder = make_checks(tmp_path)
    assignment = replace(tiny, checks_folder=folder)
    assert load_misconceptions(assignment) == ()
    (folder / "misconceptions.py").write_text("import nothing_of_that_name\n")
    with pytest.raises(CourseError, match=r"misconceptions can't be used: ModuleNotFoundError: No module named"):
        load_misconceptions(assignment)
    (folder / "alternatives.py").write_text("ALTERNATIVES = ('words',)\n")
    with pytest.raises(CourseError, match=r"ALTERNATIVES in .* may hold Alternative entries only"):
        load_alternatives(assignment)
