"""Assignments made of cells with nbgrader's marks, written into a course's folder."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from helpers import ROOT, write_notebook

from autograder.course.assignment import Assignment
from autograder.course.loading import load_assignment
from autograder.course.marked_cells import grade_id

KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
PIXEL = {
    "image/png": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
}


def cell(kind: str, source: str, name: str = "", **marks: Any) -> Any:
    """A cell of `kind` "code" or "markdown"; without a name it has no marks."""
    made: Any = nbformat.v4.new_code_cell(source) if kind == "code" else nbformat.v4.new_markdown_cell(source)
    if name:
        usual = {"grade": False, "solution": False, "locked": False, "task": False, "schema_version": 3}
        made.metadata["nbgrader"] = {**usual, "grade_id": name, **marks}
    return made


def answer(name: str, source: str) -> Any:
    """A solution cell that tests grade; its last lines are the solution."""
    return cell("code", f"### BEGIN SOLUTION\n{source}\n### END SOLUTION", name, solution=True)


def judged_by(name: str, source: str, points: float) -> Any:
    return cell("code", source, name, grade=True, locked=True, points=points)


def essay(name: str, points: float, source: str = "The instructor's words.") -> Any:
    return cell("markdown", source, name, grade=True, solution=True, points=points)


def task(name: str, points: float, source: str) -> Any:
    return cell("markdown", source, name, task=True, locked=True, points=points)


def make_assignment(course: Path, name: str, notebooks: Mapping[str, Sequence[Any]], **files: str) -> Assignment:
    """Writes `source/<name>/` and the real settings into a folder. `files` are others, by name, with _ for a dot."""
    course.mkdir(parents=True, exist_ok=True)
    for settings in ("course_config.py", "nbgrader_config.py"):
        shutil.copyfile(ROOT / settings, course / settings)
    for notebook, cells in notebooks.items():
        made = nbformat.v4.new_notebook(cells=list(cells), metadata=KERNEL)
        write_notebook(course / "source" / name / f"{notebook}.ipynb", made)
    for file, text in files.items():
        (course / "source" / name / file.replace("_", ".")).write_text(text)
    load_assignment.cache_clear()
    return load_assignment(course, name)


def write_checks(course: Path, name: str, checks: str) -> None:
    """Writes an assignment's hidden checks, all in one module; before it is loaded."""
    hidden = course / "tests" / "hidden" / name
    hidden.mkdir(parents=True)
    (hidden / "__init__.py").touch()
    (hidden / "test_all.py").write_text(checks)


def hand_in(course: Path, student: str, part: Assignment, answers: Mapping[str, str] | None = None) -> Any:
    """Hands in one notebook: the release with these answers, by grade id; returns it, to be changed and saved again."""
    notebook = nbformat.from_dict(part.release)
    for each in notebook.cells:
        each.source = (answers or {}).get(grade_id(each) or "", each.source)
    path = course / "submitted" / student / part.name / f"{part.notebook_name}.ipynb"
    write_notebook(path, notebook)
    return notebook
