"""An ordinary nbgrader course, written as texts: each cell under a line that says what it is, with wrong answers beside
the right ones.

    %% answer squares           a solution cell; `%% wrong squares` is another answer
    %% tests squares_values 2   tests with their points; of an answer's name they are `test_` of it
    %% given imports            a locked cell
    %% plain scratch            a cell that nbgrader knows nothing of
"""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat
from helpers import ROOT, run

from autograder.course.marked_cells import grade_id
from autograder.judge.grader import Grader

FOLDER = ROOT / "tests" / "fixtures" / "ordinary"
NAME = "ordinary"
_NOTEBOOKS = {"language": ("functions", "classes", "places"), "data": ("data",)}
STOCK_CONFIG = 'c = get_config()\nc.CourseDirectory.root = "."\nc.CourseDirectory.course_id = "stock"\n'
_HEAD = re.compile(r"^%% (\w+) (.+)$", re.MULTILINE)
_MARKERS = re.compile(r"^### (BEGIN|END) SOLUTION\n", re.MULTILINE)

# Runs both of nbgrader's steps in one process: each takes a second to start.
_STOCK = """
import sys
from nbgrader.apps import NbGraderApp
for step in ("generate_assignment", "autograde"):
    NbGraderApp.launch_instance([step, sys.argv[1]])
    NbGraderApp.clear_instance()
"""

# Tests that are not judged from outside, with what staff are told of each.
REFUSED = {
    # An object must not claim to be equal to a plain value: what it is equal to, its own code says.
    "temperature_equal": "assert Temperature(20) == 20",
    "temperature_less": "not supported between instances",
    # Parsing what a student wrote is not for the grader; hidden checks look at code in the guest.
    "ast_of_source": "parses and runs no text that is not the tests' own",
    # A tensor comes as a copy, without the graph that leads back to the student's parameters.
    "tensor_module_train": "assert not torch.equal",
    # What tests draw is not for student code to decide, so that it does not move their generators either.
    "normal_seed": "assert b == np.random.normal()",
    # A shell command, which would run in the grader.
    "syntax-of-ipython": "needs the notebook's kernel",
}


def reasons(grader: Grader) -> dict[str, str]:
    """Why cells of tests can't be judged from outside, by their names."""
    return {name: why for judge in grader.judges for name, why in judge.test_cells.faults.items()}


@dataclass(frozen=True)
class Theme:
    """A notebook: the instructor's, and other answers by cell, the first for the first wrong submission."""

    name: str
    source: Any
    wrong: Mapping[str, list[str]]

    def submission(self, number: int) -> Any:
        """What is handed in: all right for 0, else with the wrong answers of that number where there are such."""
        notebook = nbformat.from_dict(self.source)
        for cell in notebook.cells:
            others = self.wrong.get(grade_id(cell) or "", [])
            cell.source = others[number - 1] if 0 < number <= len(others) else _MARKERS.sub("", cell.source)
        return notebook


def themes() -> Iterator[Theme]:
    """All notebooks of the course: few, as nbgrader takes seconds to start a kernel for each."""
    for name, files in _NOTEBOOKS.items():
        yield theme_of(name, "\n".join((FOLDER / f"{each}.txt").read_text(encoding="utf-8") for each in files))


def theme_of(name: str, text: str) -> Theme:
    """A notebook from its text."""
    cells, wrong = [], defaultdict(list)
    parts = _HEAD.split(text)[1:]
    answers = {told for kind, told in zip(parts[::3], parts[1::3], strict=True) if kind == "answer"}
    for kind, told, code in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        if kind == "wrong":
            wrong[told].append(code.strip())
            continue
        title, _, points = told.rpartition(" ") if kind == "tests" else (told, "", 0)
        title = f"test_{title}" if kind == "tests" and title in answers else title
        source = f"### BEGIN SOLUTION\n{code.strip()}\n### END SOLUTION" if kind == "answer" else code.strip()
        marks = {
            "schema_version": 3,
            "grade_id": title,
            "task": False,
            "grade": kind == "tests",
            "solution": kind == "answer",
            "locked": kind in ("tests", "given"),
        }
        marks |= {"points": float(points)} if kind == "tests" else {}
        metadata = {} if kind == "plain" else {"nbgrader": marks}
        cells.append(nbformat.v4.new_code_cell(source, metadata=metadata))
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return Theme(name, nbformat.v4.new_notebook(cells=cells, metadata=kernel), wrong)


def without(theme: Theme, names: Collection[str]) -> Theme:
    """The notebook without the cells of these names."""
    cells = [cell for cell in theme.source.cells if grade_id(cell) not in names]
    return replace(theme, source=nbformat.from_dict({**theme.source, "cells": cells}))


def write_course(folder: Path, notebooks: list[Theme], submissions: int) -> Path:
    """A course for stock nbgrader and for ours, with submissions `student-000` and on."""
    source = folder / "source" / NAME
    source.mkdir(parents=True)
    shutil.copyfile(FOLDER / "numbers.csv", source / "numbers.csv")
    for each in notebooks:
        nbformat.write(each.source, source / f"{each.name}.ipynb")
        for number in range(submissions):
            path = folder / "submitted" / f"student-{number:03}" / NAME / f"{each.name}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(FOLDER / "numbers.csv", path.parent / "numbers.csv")
            nbformat.write(each.submission(number), path)
    (folder / "nbgrader_config.py").write_text(STOCK_CONFIG)
    return folder


def stock_marks(folder: Path) -> dict[tuple[str, str, str], float]:
    """What nbgrader's own autograder gives, by student, notebook and cell."""
    from nbgrader.api import Gradebook

    (folder / "stock.py").write_text(_STOCK)
    done = run("python", "stock.py", NAME, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    with Gradebook(f"sqlite:///{folder}/gradebook.db", "stock") as gradebook:
        return {
            (handed_in.student_id, notebook.name, grade.name): grade.auto_score
            for handed_in in gradebook.assignment_submissions(NAME)
            for notebook in handed_in.notebooks
            for grade in notebook.grades
        }
