"""The students' version of an instructor's notebook, by nbgrader's own preprocessors."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import nbformat

from autograder.course.errors import CourseError
from autograder.course.marked_cells import grade_id

_STEPS = ("LockCells", "ClearSolutions", "ClearOutput", "ClearHiddenTests", "ClearMarkScheme")
_FIRST_STEPS = ("IncludeHeaderFooter", "InstantiateTests")
_AUTOTEST = "AUTOTEST"


def expanded(source: Any, path: Path, course_folder: Path, settings: str = "") -> Any:
    """An instructor's notebook with the course's header and footer, and with tests in place of `### AUTOTEST` lines.

    For those nbgrader runs the notebook in a kernel, which takes seconds; they come out the same each time.

    Args:
        path: of the notebook.
        course_folder: where nbgrader looks for `autotests.yml` and the header.
        settings: as for `make_release`.
    Raises:
        Exception: whatever nbgrader finds wrong.
    """
    from nbgrader import preprocessors as steps
    from traitlets.config import Config

    config = Config(json.loads(settings)) if settings else Config()
    has_tests = any(cell.cell_type == "code" and _AUTOTEST in cell.source for cell in source.cells)
    if not has_tests and not config.IncludeHeaderFooter:
        return source
    resources = {"metadata": {"path": str(path.parent), "name": path.stem}}
    with contextlib.chdir(course_folder):
        for step in (steps.IncludeHeaderFooter, *((steps.InstantiateTests,) if has_tests else ())):
            source, _ = step(config=config).preprocess(nbformat.from_dict(source), resources)
    return source


def make_release(source: Any, resources: dict[str, Any] | None = None, save: Any = None, settings: str = "") -> Any:
    """What students get of `source`, which is not changed.

    Args:
        source: the instructor's notebook.
        resources: nbgrader's resources, needed with `save`.
        save: a step that records the assignment's cells, nbgrader's `SaveCells` or one like it.
        settings: the course's own for these steps, from `release_settings`.
    """
    from nbgrader import preprocessors as steps
    from traitlets.config import Config

    chosen = [steps.LockCells, steps.ClearSolutions, steps.ClearOutput, steps.CheckCellMetadata]
    chosen += [steps.ComputeChecksums, *([save] if save else []), steps.ClearHiddenTests]
    chosen += [steps.ClearMarkScheme, steps.ComputeChecksums, steps.CheckCellMetadata]
    config = Config(json.loads(settings)) if settings else None
    notebook = nbformat.from_dict(source)
    resources = resources if resources is not None else {}
    for step in chosen:
        notebook, resources = step(config=config).preprocess(notebook, resources)
    return without_unused_attachments(notebook)


def release_settings(config: Any) -> str:
    """A course's settings for nbgrader's steps, such as its own words for `### BEGIN SOLUTION`; empty for none.

    Args:
        config: all settings, as traitlets has them.
    """
    sections = (name for name in (*_FIRST_STEPS, *_STEPS) if name in config)
    own = {name: {key: each for key, each in config[name].items() if _is_plain(each)} for name in sections}
    own = {name: each for name, each in own.items() if each}
    return json.dumps(own, sort_keys=True) if own else ""


def _is_plain(value: Any) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


def cell_that_fails(source: Any, settings: str = "") -> str:
    """Of a notebook of which `make_release` makes nothing, the first cell that it fails on by itself; or empty."""
    for number, cell in enumerate(source.cells, 1):
        try:
            make_release(nbformat.from_dict({**source, "cells": [cell]}), settings=settings)
        except Exception:
            return f"the cell {grade_id(cell)!r}" if grade_id(cell) else f"its cell {number}"
    return ""


def module_stub(path: Path, settings: str = "") -> str | None:
    """What students get of a Python module in which they write, or None if there is no solution in it.

    Raises:
        CourseError: it can't be read, or nbgrader finds no end of a solution.
    """
    from nbgrader import preprocessors as steps
    from traitlets.config import Config

    step = steps.ClearSolutions(config=Config(json.loads(settings)) if settings else None)
    try:
        text = path.read_text(encoding="utf-8")
        if step.begin_solution_delimeter not in text:
            return None
        cell = nbformat.v4.new_code_cell(text, metadata={"nbgrader": {"solution": True, "grade_id": path.stem}})
        cleared, _ = step.preprocess_cell(cell, {"language": "python"}, 0)
    except (OSError, UnicodeDecodeError, RuntimeError) as error:
        raise CourseError(f"The module {path} can't be given to students: {error}. Mend it.") from error
    return f"{cleared.source.rstrip()}\n"


def without_unused_attachments(notebook: Any) -> Any:
    """The notebook without pictures that no text of their cell shows any more: they were part of a solution."""
    for cell in notebook.cells:
        attached = cell.get("attachments")
        if attached:
            kept = {name: each for name, each in attached.items() if f"attachment:{name}" in cell.source}
            if kept:
                cell["attachments"] = kept
            else:
                del cell["attachments"]
    return notebook
