"""The students' version of an instructor's notebook, by nbgrader's own preprocessors."""

from __future__ import annotations

import json
from typing import Any

import nbformat

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


def release_settings(config: Any) -> str:
    """A course's settings for nbgrader's steps, such as its own words for `### BEGIN SOLUTION`; empty for none.

    Args:
        config: all settings, as traitlets has them.
    """
    own = {name: {key: config[name][key] for key in config[name]} for name in _STEPS if name in config}
    return json.dumps(own, sort_keys=True, default=str) if own else ""


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
