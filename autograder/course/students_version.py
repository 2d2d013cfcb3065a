"""The students' version of an instructor's notebook, by nbgrader's own preprocessors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat

from autograder.course.errors import CourseError
from autograder.course.marked_cells import grade_id
from autograder.course.source import read_source

_STEPS = ("LockCells", "ClearSolutions", "ClearOutput", "ClearHiddenTests", "ClearMarkScheme")


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


def release_settings(config: Any, root: Path | None = None) -> str:
    """A course's settings for nbgrader's steps, such as its own words for `### BEGIN SOLUTION`; empty for none.

    Args:
        config: all settings, as traitlets has them.
        root: what the paths in `c.IncludeHeaderFooter` start from; without it, these notebooks are not read.
    Raises:
        CourseError: one of them can't be read.
    """
    own: dict[str, Any] = {name: {key: config[name][key] for key in config[name]} for name in _STEPS if name in config}
    around = {
        place: read_source(root / str(config.IncludeHeaderFooter[place])).cells
        for place in ("header", "footer")
        if root is not None and config.IncludeHeaderFooter.get(place)
    }
    own.update({"around": around} if around else {})
    return json.dumps(own, sort_keys=True, default=str) if own else ""


def with_header_and_footer(source: Any, settings: str) -> Any:
    """The notebook with what `c.IncludeHeaderFooter` puts around each one."""
    around = json.loads(settings).get("around", {}) if settings else {}
    cells = [*around.get("header", []), *source.cells, *around.get("footer", [])]
    return nbformat.from_dict({**source, "cells": cells}) if around else source


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
