"""The students' version of an instructor's notebook, by nbgrader's own preprocessors."""

from __future__ import annotations

import contextlib
import json
import logging
from pathlib import Path
from typing import Any

import nbformat

from autograder.course.errors import CourseError
from autograder.course.marked_cells import grade_id
from autograder.course.source import read_source

_STEPS = ("LockCells", "ClearSolutions", "ClearOutput", "ClearHiddenTests", "ClearMarkScheme")
_AUTOTEST = "AUTOTEST"


def with_automatic_tests(source: Any, path: Path, course_folder: Path, settings: str = "") -> Any:
    """An instructor's notebook with tests in place of `### AUTOTEST` lines.

    nbgrader runs the notebook in a kernel for them, which takes seconds; they come out the same each time.

    Args:
        path: of the notebook.
        course_folder: where nbgrader looks for `autotests.yml`, if it is not beside the notebook.
        settings: as for `make_release`.
    Raises:
        Exception: whatever nbgrader finds wrong.
    """
    if not any(cell.cell_type == "code" and _AUTOTEST in cell.source for cell in source.cells):
        return source
    from nbgrader.preprocessors import InstantiateTests
    from traitlets.config import Config

    step = InstantiateTests(config=Config(json.loads(settings)) if settings else None)
    with contextlib.chdir(course_folder):
        made, _ = step.preprocess(
            nbformat.from_dict(source), {"metadata": {"path": str(path.parent), "name": path.stem}}
        )
    return made


def make_release(source: Any, resources: dict[str, Any] | None = None, save: Any = None, settings: str = "") -> Any:
    """What students get of `source`, which is not changed.

    Args:
        source: the instructor's notebook.
        resources: nbgrader's resources, needed with `save`.
        save: a step that records the assignment's cells, nbgrader's `SaveCells` or one like it.
        settings: the course's own for these steps, from `release_settings`.
    """
    # Each from its own module, which imports less than all together: see `startup.nbgrader_in_parts`.
    from nbgrader.preprocessors.checkcellmetadata import CheckCellMetadata
    from nbgrader.preprocessors.clearhiddentests import ClearHiddenTests
    from nbgrader.preprocessors.clearmarkingscheme import ClearMarkScheme
    from nbgrader.preprocessors.clearoutput import ClearOutput
    from nbgrader.preprocessors.clearsolutions import ClearSolutions
    from nbgrader.preprocessors.computechecksums import ComputeChecksums
    from nbgrader.preprocessors.lockcells import LockCells
    from traitlets.config import Config

    chosen = [LockCells, ClearSolutions, ClearOutput, CheckCellMetadata, ComputeChecksums]
    chosen += [*([save] if save else []), ClearHiddenTests, ClearMarkScheme, ComputeChecksums, CheckCellMetadata]
    config = Config(json.loads(settings)) if settings else None
    notebook = nbformat.from_dict(source)
    resources = resources if resources is not None else {}
    quiet = logging.Logger("release")  # what is wrong is raised as well, and told in a sentence
    quiet.addHandler(logging.NullHandler())
    for step in chosen:
        notebook, resources = step(config=config, log=quiet).preprocess(notebook, resources)
    return without_unused_attachments(notebook)


def release_settings(config: Any, root: Path | None = None) -> str:
    """A course's settings for nbgrader's steps, such as its own words for `### BEGIN SOLUTION`; empty for none.

    Args:
        config: all settings, as traitlets has them.
        root: what the paths in `c.IncludeHeaderFooter` start from; without it, these notebooks are not read.
    Raises:
        CourseError: one of them can't be read.
    """
    sections = (name for name in (*_STEPS, "InstantiateTests") if name in config)
    own: dict[str, Any] = {
        name: {key: each for key, each in config[name].items() if _is_plain(each)} for name in sections
    }
    around = {
        place: read_source(root / str(config.IncludeHeaderFooter[place])).cells
        for place in ("header", "footer")
        if root is not None and config.IncludeHeaderFooter.get(place)
    }
    own = {name: each for name, each in {**own, "around": around}.items() if each}
    return json.dumps(own, sort_keys=True) if own else ""


def _is_plain(value: Any) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


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
    from nbgrader.preprocessors.clearsolutions import ClearSolutions
    from traitlets.config import Config

    step = ClearSolutions(config=Config(json.loads(settings)) if settings else None)
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
