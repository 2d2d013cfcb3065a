"""Courses to grade, made up: a class in which every other submission has one of the known mistakes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import nbformat

from autograder.checks.catalogue import load_misconceptions
from autograder.course.assignment import Assignment
from autograder.course.loading import load_assignment
from autograder.course.marked_cells import grade_id
from benchmarks.timing import run

ROOT = Path(__file__).resolve().parents[1]
NAME = "logistic_regression"
_FOUND = Path("autograded", ".mended", f"{NAME}.jsonl")
_PICTURES = "\nc.Grading.show_cells = True\n"
_STOCK_CONFIG = 'c = get_config()\nc.CourseDirectory.root = "."\nc.CourseDirectory.course_id = "stock"\n'


def the_assignment() -> Assignment:
    """The lab."""
    return load_assignment(ROOT, NAME)


def student(number: int) -> str:
    """The name of a made-up student, counted from 0."""
    return f"student-{number + 1:05}"


def notebook_of(assignment: Assignment, number: int) -> Any:
    """What student `number` hands in: the reference solution, or for odd numbers with one mistake or another."""
    notebook = nbformat.from_dict(assignment.source)
    mistakes = load_misconceptions(assignment)
    if number % 2:
        mistake = mistakes[number * 7 % len(mistakes)]
        for cell in notebook.cells:
            if grade_id(cell) == mistake.exercise:
                cell.source = mistake.code
    return notebook


def make_course(
    folder: Path, submissions: int, *, stock: bool = False, pictures: bool = False, found: Path | None = None
) -> Path:
    """A course with so many submissions, whose assignment has been released: its gradebook knows it.

    Args:
        stock: for nbgrader as it is when it is installed.
        pictures: cells that only show things run as well, as they do in other graders.
        found: what an audit of the same assignment has found of its known mistakes; see `audit`.
    """
    assignment = the_assignment()
    shutil.copytree(ROOT / "source", folder / "source")
    shutil.copytree(ROOT / "tests" / "hidden", folder / "tests" / "hidden")
    if stock:
        (folder / "nbgrader_config.py").write_text(_STOCK_CONFIG)
    else:
        config = (ROOT / "course_config.py").read_text(encoding="utf-8")
        (folder / "course_config.py").write_text(config + (_PICTURES if pictures else ""), encoding="utf-8")
        shutil.copyfile(ROOT / "nbgrader_config.py", folder / "nbgrader_config.py")
    for number in range(submissions):
        target = folder / "submitted" / student(number) / NAME
        target.mkdir(parents=True)
        nbformat.write(notebook_of(assignment, number), target / f"{NAME}.ipynb")
    run(folder, "nbgrader", "generate_assignment", NAME)
    if found is not None:
        (folder / _FOUND).parent.mkdir(parents=True)
        shutil.copyfile(found, folder / _FOUND)
    return folder


def audit(folder: Path) -> Path:
    """Has a course prove its known mistakes: the file with what was found of them."""
    run(folder, "autograder", "audit", NAME, "--points")
    return folder / _FOUND
