"""Puts what happened into the notebook: the outputs of each cell, and then verdicts and marks."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

import nbformat

from autograder.checks import left_out, messages
from autograder.checks.stop_words import why_stopped
from autograder.report.report import Report
from autograder.report.verdicts import show_marks
from autograder.sandbox.cell_run import CellRun

_TEXT_TYPES = ("text/plain", "text/html", "text/markdown", "text/latex")
_IMAGE_TYPES = ("image/png", "image/jpeg")
_OUR_PATH = re.compile(r"(?:/[^\s/:'\"]+)+/(?:site-packages|dist-packages|python3\.\d+)/(?=\w)")


def annotate(notebook: Any, runs: Mapping[int, CellRun], report: Report) -> Any:
    """Fills in the outputs of `notebook`, in place, verdicts and marks as `show_marks` has them, and returns it."""
    for position, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        run = runs.get(position)
        cell.execution_count = position + 1 if run else None
        cell.outputs = _outputs(run, position + 1)
    return show_marks(notebook, report)


def _outputs(run: CellRun | None, count: int) -> list[Any]:
    if run is None:
        return []
    outputs = [made for each in run.outputs if (made := _output(each, count)) is not None]
    outputs += [_said(each) for each in left_out.of_cell(run)]
    if run.left_out:
        outputs.append(_said(messages.LEFT_OUT))
    if run.not_run:
        outputs.append(_said(messages.NOT_RUN_AT_ALL))
    if run.stop is not None:
        text = messages.CELL_STOPPED.format(why=why_stopped(run.stop))
        outputs.append(nbformat.v4.new_output("error", ename=run.outcome, evalue=text, traceback=[text]))
    return _joined(outputs)


def _joined(outputs: list[Any]) -> list[Any]:
    """The same, with texts that follow each other on one stream as one."""
    joined: list[Any] = []
    for each in outputs:
        last = joined[-1] if joined else None
        if last is not None and last.output_type == each.output_type == "stream" and last.name == each.name:
            last.text += each.text
        else:
            joined.append(each)
    return joined


def _said(text: str, stream: str = "stdout") -> Any:
    return nbformat.v4.new_output("stream", name=stream, text=text)


def _output(told: Mapping[str, Any], count: int) -> Any | None:
    """An nbformat output from what the guest says is one, or None: only known kinds and types come through."""
    kind = told.get("output_type")
    if kind == "stream" and told.get("name") in ("stdout", "stderr"):
        return _said(_text(told.get("text")), told["name"])
    if kind == "not_run":
        return _said(messages.NOT_RUN.format(command=_text(told.get("command"))), "stderr")
    if kind == "cut_off":
        return _said(messages.CUT_OFF)
    if kind == "error":
        trace = told.get("traceback")
        lines = [_text(line) for line in trace] if isinstance(trace, list) else []
        return nbformat.v4.new_output(
            "error", ename=_text(told.get("ename")), evalue=_text(told.get("evalue")), traceback=lines
        )
    if kind in ("display_data", "execute_result"):
        data = told.get("data")
        kept = {mime: _text(data[mime]) for mime in _TEXT_TYPES if mime in data} if isinstance(data, dict) else {}
        for mime in _IMAGE_TYPES:
            if isinstance(data, dict) and _is_base64(data.get(mime)):
                kept[mime] = data[mime]
        if kept and kind == "execute_result":
            return nbformat.v4.new_output(kind, data=kept, execution_count=count)
        return nbformat.v4.new_output(kind, data=kept) if kept else None
    return None


def _text(value: Any) -> str:
    # Lone surrogates can't be written to a file. Where the grader's packages are is nothing to read for students.
    return _OUR_PATH.sub("", value.encode("utf-8", "replace").decode()) if isinstance(value, str) else ""


def _is_base64(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(base64.b64decode("".join(value.split()), validate=True))
    except (binascii.Error, ValueError):
        return False
