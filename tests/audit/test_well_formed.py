"""What can be said of an assignment without running it."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from helpers import make_course

from autograder.audit.files import catalogue_row, static_rows
from autograder.audit.row import Row
from autograder.course.assignment import Assignment, load_assignment


def problems_of(rows: list[Row]) -> str:
    return "\n".join(f"{each.where} {each.what} | {each.mend}" for row in rows for each in row.problems)


def with_catalogue(folder: Path, misconceptions: str) -> Assignment:
    """The tiny assignment with another catalogue."""
    make_course(folder)
    (folder / "tests" / "hidden" / "tiny" / "misconceptions.py").write_text(
        "from autograder.checks import Misconception as M\nMISCONCEPTIONS = (" + misconceptions + ",)\n"
    )
    return load_assignment(folder, "tiny")


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ("M('double', 'a', 'Say.', 'def double(x')", "Misconception double/a does not parse (line 1)"),
        ("M('triple', 'a', 'Say.', 'pass')", "Misconception triple/a is for no exercise of this assignment"),
        ("M('double', 'a', ' ', 'pass')", "Misconception double/a has no sentence"),
        ("M('double', 'a', 'A.', 'pass'), M('double', 'a', 'B.', 'x')", "Misconception double/a is there 2 times"),
    ],
)
def test_an_entry_that_is_not_well_formed_is_an_error(tmp_path: Path, entries: str, expected: str) -> None:
    assignment = with_catalogue(tmp_path, entries)
    assert expected in problems_of([catalogue_row(assignment)])


def test_a_release_that_is_missing_stale_or_leaking_is_an_error(tmp_path: Path) -> None:
    course = make_course(tmp_path)
    assignment = load_assignment(course, "tiny")
    release = course / "release" / "tiny"
    assert "release/tiny.ipynb is missing" in problems_of(static_rows(assignment, release))
    shutil.copytree(course / "source" / "tiny", release)
    text = problems_of(static_rows(assignment, release))
    assert "release/tiny.ipynb is not what source/ makes | Run `make release` and commit it." in text
    assert "release/tiny.ipynb holds 'BEGIN SOLUTION'" in text
    (release / "grades.csv").write_text("a,b\n")
    assert "release/grades.csv is a stray file" in problems_of(static_rows(assignment, release))


def test_an_exercise_without_points_checks_or_hints_is_an_error(tmp_path: Path) -> None:
    course = make_course(tmp_path)
    path = course / "source" / "tiny" / "tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace("<details>", "")
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "test_double":
            cell.metadata.nbgrader.points = 0
            cell.source = "print(double)"
    nbformat.write(notebook, path)
    load_assignment.cache_clear()
    text = problems_of(static_rows(load_assignment(course, "tiny"), course / "release"))
    assert "double has no points" in text
    assert "double has no visible check" in text
    assert "double has no hints" in text
