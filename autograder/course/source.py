"""An instructor's notebook: read, and what is wrong with it said in a sentence that names the cell."""

from __future__ import annotations

import ast
import json
import math
import re
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.course.errors import CourseError
from autograder.course.marked_cells import (
    TEST_PREFIX,
    bound_names,
    grade_id,
    is_by_hand,
    is_solution,
    is_test,
    marks_of,
    used_names,
)

_ID = re.compile(r"[\w-]+", re.ASCII)
SCHEMA_VERSION = 3  # of nbgrader's marks


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
    if (language := _language(notebook)) not in ("", "python", "ipython", "python3"):
        raise CourseError(
            f"{path} is a notebook in {language}, and the grader judges Python. Grade it with nbgrader alone."
        )
    return notebook


def _language(notebook: Any) -> str:
    """What a notebook is written in, in small letters; empty if it does not say."""
    about = notebook.get("metadata", {})
    for part, key in (("kernelspec", "language"), ("language_info", "name")):
        told = about.get(part, {}) if isinstance(about, dict) else {}
        if isinstance(told, dict) and isinstance(told.get(key), str):
            return str(told[key]).lower()
    return ""


def _is_cell(cell: Any) -> bool:
    return isinstance(cell, dict) and all(
        isinstance(cell.get(key), kind) for key, kind in (("cell_type", str), ("source", str), ("metadata", dict))
    )


def _unreadable(path: Path, reason: str) -> CourseError:
    first = next(iter(reason.strip().splitlines()), "it is no notebook").rstrip(".")
    return CourseError(
        f"The instructor's notebook {path} can't be read: {first}. Save it anew in Jupyter, or take an earlier version."
    )


@dataclass(frozen=True)
class SolutionCell:
    """Where students write: its `grade_id`, the instructor's own answer, and "code" or "markdown".

    `builds_on`: names of the earlier ones that it may build on, if the cell's metadata say so.
    """

    name: str
    source: str
    kind: str
    builds_on: tuple[str, ...] | None = None


@dataclass(frozen=True)
class GradedCell:
    """A cell that gives points: tests, an answer that staff mark, or a task.

    Attributes:
        name: its `grade_id`.
        solution: that of the solution cell that it judges; its own, if it is one; empty if there is none.
        is_by_hand: whether staff mark it.
    """

    name: str
    points: float
    solution: str
    is_by_hand: bool


def read_marked_cells(path: Path, source: Any) -> tuple[tuple[SolutionCell, ...], tuple[GradedCell, ...]]:
    """The cells of an instructor's notebook that nbgrader knows, in its order.

    Tests judge the solution cell that stands last before them of those whose names they use, or else the last one.

    Raises:
        CourseError: a cell's marks don't make sense, or a solution is no Python.
    """
    for twice, count in Counter(filter(None, map(grade_id, source.cells))).items():
        if count > 1:
            raise CourseError(f"{path} has {count} cells with the grade_id {twice!r}. Give all but one another.")
    solutions: list[SolutionCell] = []
    graded: list[GradedCell] = []
    for number, cell in enumerate(source.cells, 1):
        _check_marks(path, number, cell)
        name = grade_id(cell) or ""
        if is_solution(cell):
            if cell.cell_type == "code" and (fault := syntax_fault(cell.source)):
                raise CourseError(f"The solution cell {name!r} in {path} is no Python: {fault}. Mend the cell.")
            builds_on = _builds_on(path, cell, [each.name for each in solutions])
            solutions.append(SolutionCell(name, cell.source, cell.cell_type, builds_on))
        if is_by_hand(cell):
            answer = name if is_solution(cell) else ""
            graded.append(GradedCell(name, _points(path, cell), answer, True))
        elif is_test(cell):
            if fault := syntax_fault(cell.source):
                raise CourseError(f"The test cell {name!r} in {path} is no Python: {fault}. Mend the cell.")
            graded.append(GradedCell(name, _points(path, cell), _judged(cell, solutions), False))
    return tuple(solutions), tuple(graded)


def _builds_on(path: Path, cell: Any, earlier: Sequence[str]) -> tuple[str, ...] | None:
    marks = cell.metadata.get("autograder", {})
    listed = marks.get("builds_on") if isinstance(marks, dict) else None
    if listed is None:
        return None
    where = f"The solution cell {grade_id(cell)!r} in {path}"
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise CourseError(f'{where} has a `builds_on` that is no list. Write the grade_ids of others, as ["cost"].')
    if unknown := [each for each in listed if each not in earlier]:
        known = ", ".join(earlier) or "none"
        raise CourseError(f"{where} builds on {unknown[0]!r}, which is no solution cell before it. These are: {known}.")
    return tuple(listed)


def _judged(tests: Any, solutions: Sequence[SolutionCell]) -> str:
    code = [each for each in solutions if each.kind == "code"]
    called = [each for each in code if TEST_PREFIX + each.name == grade_id(tests)]
    used = used_names(tests.source)
    users = [each for each in code if used & bound_names(each.source)]
    return next((each.name for part in (called, users, code) for each in reversed(part)), "")


def _check_marks(path: Path, number: int, cell: Any) -> None:
    marks, name = marks_of(cell), grade_id(cell)
    if not marks:
        return
    version = marks.get("schema_version", 0)
    if not isinstance(version, int) or version < SCHEMA_VERSION:
        raise CourseError(
            f"{path} was made by an older nbgrader (schema {version!r} in its cell {number}). Bring it up to date: "
            f"`nbgrader update {path.parent}`."
        )
    if version > SCHEMA_VERSION:
        raise CourseError(
            f"{path} was made by a newer nbgrader (schema {version} in its cell {number}; {SCHEMA_VERSION} is known "
            "here). Install that nbgrader, or make the cell anew in its Create Assignment view."
        )
    kinds = [each for each in ("grade", "solution", "task") if marks.get(each)]
    if kinds and not name:
        raise CourseError(
            f"Cell {number} of {path} is marked as a {' and '.join(kinds)} cell, and has no grade_id. Give it one."
        )
    if kinds and not _ID.fullmatch(str(name)):
        raise CourseError(
            f"Cell {number} of {path} has the grade_id {name!r}, which nbgrader does not take: letters, digits, _ and "
            "- only. Rename it."
        )
    if "task" in kinds and len(kinds) > 1:
        raise CourseError(
            f"The task {name!r} in {path} is marked as a {kinds[0]} cell as well. Choose one in Create Assignment."
        )
    wanted = {"task": "markdown"}.get(kinds[0], "") if len(kinds) == 1 else ""
    wanted = "code" if kinds in (["grade"], ["solution"]) else wanted
    if kinds and (cell.cell_type != wanted if wanted else cell.cell_type not in ("code", "markdown")):
        what = {"grade": "test cell", "task": "task"}.get(kinds[0] if len(kinds) == 1 else "", "answer")
        mend = f"Turn it into a {wanted} cell" if wanted else "Turn it into a code or markdown cell"
        raise CourseError(
            f"The {what} {name!r} in {path} is a {cell.cell_type} cell. {mend}, or choose its type anew in "
            "Create Assignment."
        )


def _points(path: Path, cell: Any) -> float:
    points, name = marks_of(cell).get("points"), grade_id(cell)
    if not isinstance(points, int | float) or isinstance(points, bool) or not math.isfinite(points) or points < 0:
        has = "no points" if points is None else f"the points {points!r}"
        what = "test cell" if is_test(cell) else "task" if marks_of(cell).get("task") else "answer"
        raise CourseError(f"The {what} {name!r} in {path} has {has}; they must be a number, 0 or more.")
    return float(points)


def syntax_fault(code: str) -> str | None:
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
