"""Why a call gave no value, in words for the student: the name is missing, or what was called raised."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from autograder.checks import explained, left_out, messages
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import Cause, Outcome, Stop


def missing(run: NotebookRun, name: str, type_name: Any, home: str | None) -> messages.CheckFailed:
    """The name `name` is not there, or is nothing to call; `home`: the exercise that should define it."""
    if type_name != "NoneType":
        return messages.not_callable(name, type_name)
    if (failed := left_out.undefined(run, name)) is not None:
        return failed
    for cell in run.cells:
        ran = run.runs.get(cell.position)
        is_home = cell.solution is not None and cell.solution == home
        if is_home and ran is not None and (why := left_out.cell_error(run, ran)) is not None:
            return messages.undefined(name, why)
    return _lost(run, name)


def _lost(run: NotebookRun, name: str) -> messages.CheckFailed:
    """For a name that no cell's end explains: it may be written somewhere all the same."""
    quoted = re.escape(name)
    written = re.compile(
        rf"^[ \t]*(?:(?:(?:async[ \t]+)?def|class)[ \t]+{quoted}\b|{quoted}[ \t]*=(?!=))",
        re.MULTILINE,
    )
    for cell in run.cells:
        if written.search(cell.source):
            ran = run.runs.get(cell.position)
            return left_out.lost(name, cell.label, left_out.cell_error(run, ran) if ran is not None else None)
    return messages.undefined(name, None)


def raised(
    run: NotebookRun, exercise: str, called: str, name: str, told: Mapping[str, Any], own_inputs: bool
) -> messages.CheckFailed:
    """A call raised what `told` tells.

    `own_inputs`: whether the call's inputs are the notebook's own, even if the guest knows others by now.
    """
    text = told.get("text")
    if told.get("type") == "MemoryError" or (isinstance(text, str) and "can't allocate memory" in text):
        return messages.stopped(called, Stop(Outcome.OUT_OF_MEMORY, Cause.MEMORY))
    if told.get("type") == "NotImplementedError" and not text:
        return explained.unwritten(run, exercise, called, name, told)
    if (why := left_out.why_missing(run, told)) is not None:
        return left_out.needs_missing(called, why)
    if (package := left_out.missing_package(run, told)) is not None:
        return left_out.needs_package(called, package)
    place = (told.get("type"), told.get("cell"), told.get("line"))
    if all(each is None or isinstance(each, str | int) for each in place):  # it may say anything
        if own_inputs:
            run.raised_openly.add(place)
        elif place in run.raised_openly:
            return explained.raised_again(called)
    return explained.raised(run, called, told)
