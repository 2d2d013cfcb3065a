"""An instructor's notebook: read, and what is wrong with it said in a sentence that names the cell."""

from __future__ import annotations

import ast
import json
import math
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.course.errors import CourseError

TEST_PREFIX = "test_"


@dataclass(frozen=True)
class Solution:
    """A solution cell: its `grade_id`, the points of its test cell, and its code."""

    name: str
    points: float
    code: str


def read_source(path: Path) -> Any:
    """The notebook, in nbformat's version 4.

    Raises:
        CourseError: it is none.
    """
    import nbformat  # slow to import, and settings, which are read first, need what is below

    try:
        text = path.read_text(encoding="utf-8")
        json.loads(text)  # says where it goes wrong, as nbformat does not
        with warnings.catch_warnings(action="ignore"):  # of cells that are there twice; they are refused below
            notebook = nbformat.reads(text, as_version=4)
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    except Exception as error:  # of any kind: it may be anything
        raise _unreadable(path, str(error)) from error
    cells = notebook.get("cells")
    if not isinstance(cells, list) or not all(_is_cell(each) for each in cells):
        raise _unreadable(path, "it holds no list of cells")
    return notebook


def _is_cell(cell: Any) -> bool:
    return isinstance(cell, dict) and all(
        isinstance(cell.get(key), kind) for key, kind in (("cell_type", str), ("source", str), ("metadata", dict))
    )


def _unreadable(path: Path, reason: str) -> CourseError:
    first = next(iter(reason.strip().splitlines()), "it is no notebook").rstrip(".")
    return CourseError(
        f"The instructor's notebook {path} can't be read: {first}. Save it anew in Jupyter, or take an earlier version."
    )


def grade_id(cell: Any) -> str | None:
    """The cell's nbgrader id, or None."""
    found = marks_of(cell).get("grade_id")
    return found if isinstance(found, str) else None


def marks_of(cell: Any) -> dict[str, Any]:
    """What nbgrader noted in the cell; empty if nothing."""
    marks = cell.get("metadata", {}).get("nbgrader", {})
    return marks if isinstance(marks, dict) else {}


def read_solutions(path: Path, source: Any) -> tuple[Solution, ...]:
    """The solution cells, each with the points of its test cell.

    Raises:
        CourseError: a cell's marks do not make an exercise, or a solution is no Python.
    """
    for twice, count in Counter(filter(None, map(grade_id, source.cells))).items():
        if count > 1:
            raise CourseError(f"{path} has {count} cells with the grade_id {twice!r}. Give all but one another.")
    solutions: dict[str, str] = {}
    points: dict[str, float] = {}
    for number, cell in enumerate(source.cells, 1):
        marks, name = marks_of(cell), grade_id(cell)
        if (marks.get("grade") or marks.get("solution")) and not name:
            raise CourseError(
                f"Cell {number} of {path} is marked as a solution or a test, and has no grade_id. Give it one."
            )
        if marks.get("grade"):
            worth = _points(path, str(name), marks.get("points"))
            points |= {} if marks.get("solution") else {str(name): worth}
        if marks.get("solution") and cell.cell_type == "code":
            solutions[str(name)] = cell.source
    if not solutions:
        raise CourseError(f"{path} has no solution cells, so there is nothing to grade.")
    for name in points:
        if name.removeprefix(TEST_PREFIX) not in solutions or not name.startswith(TEST_PREFIX):
            known = ", ".join(TEST_PREFIX + each for each in solutions) or "none"
            raise CourseError(
                f"The test cell {name!r} in {path} has no solution cell. A test cell is called after its solution "
                f"cell; here that can be: {known}."
            )
    for name, code in solutions.items():
        if TEST_PREFIX + name not in points:
            raise CourseError(
                f"The exercise {name!r} in {path} has no graded test cell; add one with grade_id "
                f"{TEST_PREFIX + name!r}."
            )
        if fault := _syntax_fault(code):
            raise CourseError(f"The solution cell {name!r} in {path} is no Python: {fault}. Mend the cell.")
    return tuple(Solution(name, points[TEST_PREFIX + name], code) for name, code in solutions.items())


def _points(path: Path, name: str, points: Any) -> float:
    number = isinstance(points, int | float) and not isinstance(points, bool)
    if not number or not math.isfinite(points) or points < 0:
        has = "no points" if points is None else f"the points {points!r}"
        raise CourseError(f"The test cell {name!r} in {path} has {has}; they must be a number, 0 or more.")
    return float(points)


def _syntax_fault(code: str) -> str | None:
    """What Python says of a cell that it can't read, unless IPython can."""
    try:
        ast.parse(code)
    except (SyntaxError, ValueError):
        from IPython.core.inputtransformer2 import TransformerManager  # slow to import, and seldom needed

        try:
            ast.parse(TransformerManager().transform_cell(code))
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None)
            return f"{getattr(error, 'msg', error)}{f' (its line {line})' if line else ''}"
    return None
