"""Where exercises stand in the file that was handed in: what is told is so, and of the rest nothing is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from helpers import RIGHT, cell_of, report_of, write_notebook

from autograder.course.assignment import Assignment
from autograder.report.exercise_result import CodePlace
from autograder.report.find_lines import find_lines
from autograder.report.report import Report
from autograder.submission.submission import read_submission

MEAN = "def mean_of(x):\n    total = x.sum()\n    return total"


def with_place(report: Report, path: Path, assignment: Assignment, line: int) -> Report:
    """The report with a place in the cell that defines `mean_of`, as the graded notebook counts."""
    cells = read_submission(path, assignment, "x").notebook.cells
    position = next(index for index, cell in enumerate(cells) if "def mean_of" in cell.source)
    exercises = [
        replace(each, places=(CodePlace(position, line, line),)) if each.name == "mean_of" else each
        for each in report.exercises
    ]
    return replace(report, exercises=tuple(exercises))


@pytest.fixture
def notebook(make_notebook: Callable[[dict[str, str]], Any]) -> Any:
    return make_notebook({**RIGHT, "mean_of": MEAN})


def test_an_exercise_without_a_place_is_found_where_its_cell_begins(
    tiny: Assignment, notebook: Any, tmp_path: Path
) -> None:
    path = write_notebook(tmp_path / "mine.ipynb", notebook)
    lines = path.read_text().splitlines()
    found = find_lines(path, tiny, report_of(tiny, "x", mean_of=0))
    assert set(found) == set(RIGHT)
    assert all(f"def {name}(x)" in lines[line - 1] for name, line in found.items())


def test_a_place_is_found_on_its_own_line_also_in_cells_that_were_moved_or_are_the_student_s_own(
    tiny: Assignment, notebook: Any, tmp_path: Path
) -> None:
    cell_of(notebook, "mean_of").source = "# below"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(MEAN))
    notebook.cells.append(notebook.cells.pop(1))
    path = write_notebook(tmp_path / "mine.ipynb", notebook)
    report = with_place(report_of(tiny, "x", mean_of=0), path, tiny, 3)
    line = find_lines(path, tiny, report)["mean_of"]
    assert path.read_text().splitlines()[line - 1].strip() == '"    return total"'


def test_of_what_is_not_sure_nothing_is_told(tiny: Assignment, notebook: Any, tmp_path: Path) -> None:
    notebook.cells.append(nbformat.v4.new_code_cell(MEAN))  # twice the same: which of them counts?
    path = write_notebook(tmp_path / "mine.ipynb", notebook)
    report = report_of(tiny, "x", mean_of=0)
    assert set(find_lines(path, tiny, report)) == {"double", "double_mean"}
    outside = [
        replace(each, places=(CodePlace(place, 99, 99),))
        for place, each in zip((0, -3, 9999), report.exercises, strict=True)
    ]
    assert find_lines(path, tiny, replace(report, exercises=tuple(outside))) == {}
    elsewhere = [replace(each, notebook="another") for each in report.exercises]
    assert find_lines(path, tiny, replace(report, exercises=tuple(elsewhere))) == {}


def test_a_script_and_a_damaged_file_have_no_lines(tiny: Assignment, tmp_path: Path) -> None:
    for name, text in (("mine.py", MEAN), ("mine.ipynb", "{"), ("mine.ipynb", json.dumps({"cells": "none"}))):
        path = tmp_path / name
        path.write_text(text)
        assert find_lines(path, tiny, report_of(tiny, "x", mean_of=0)) == {}
