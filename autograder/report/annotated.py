"""Puts what happened into the notebook: outputs of each cell, and points and words under each exercise."""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Mapping
from typing import Any

import nbformat

from autograder.checks import left_out, messages
from autograder.course.assignment import TEST_PREFIX, grade_id
from autograder.report.report import ExerciseResult, Report
from autograder.sandbox.notebook_run import CellRun

_TEXT_TYPES = ("text/plain", "text/html", "text/markdown", "text/latex")
_IMAGE_TYPES = ("image/png", "image/jpeg")


def annotate(notebook: Any, runs: Mapping[int, CellRun], report: Report) -> Any:
    """Fills in the outputs of `notebook`, in place, and returns it.

    Each test cell gets the exercise's verdict and exactly one finite number as its result, which is how nbgrader
    reads a score; whatever the test cell itself printed or raised makes room for that.
    """
    exercises = {TEST_PREFIX + each.name: each for each in report.exercises}
    for position, cell in enumerate(notebook.cells):
        if cell.cell_type != "code":
            continue
        run = runs.get(position)
        cell.execution_count = position + 1 if run else None
        exercise = exercises.get(grade_id(cell) or "")
        cell.outputs = _verdict_outputs(exercise) if exercise else _outputs(run, position + 1)
    if notes := _notes(report):
        first = nbformat.v4.new_markdown_cell(notes, id="about-this-submission")
        notebook.cells.insert(0, first)
    return notebook


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
        text = messages.CELL_STOPPED.format(why=messages.why_stopped(run.stop))
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
    # Lone surrogates can't be written to a file.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def _is_base64(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(base64.b64decode("".join(value.split()), validate=True))
    except (binascii.Error, ValueError):
        return False


def _verdict_outputs(exercise: ExerciseResult) -> list[Any]:
    words = nbformat.v4.new_output(
        "display_data", data={"text/html": verdict_html(exercise), "text/plain": verdict_text(exercise)}
    )
    score = nbformat.v4.new_output("execute_result", data={"text/plain": repr(float(exercise.points))})
    return [words, score]


def _speaks_for_itself(exercise: ExerciseResult) -> bool:
    """Whether the exercise's message says more than those of its checks."""
    return bool(exercise.message) and exercise.message not in {check.message for check in exercise.checks}


def _points(exercise: ExerciseResult) -> str:
    return messages.POINTS.format(given=exercise.points, possible=exercise.max_points)


def verdict_text(exercise: ExerciseResult) -> str:
    """The verdict as plain text, a line a check."""
    lines = [f"{exercise.name}: {_points(exercise)} ({exercise.verdict})"]
    if _speaks_for_itself(exercise):
        lines.append(exercise.message)
    for check in exercise.checks:
        lines.append(f"  {check.verdict.sign} {check.title}")
        if check.message:
            lines.append(f"      {check.message}")
    return "\n".join(lines)


def verdict_html(exercise: ExerciseResult) -> str:
    """The verdict as a small block of HTML: everything in it is escaped, and it holds no tag that nbconvert's
    sanitizer would not let through."""
    parts = [f"<div><strong>{_points(exercise)}</strong> ({exercise.verdict})</div>"]
    if _speaks_for_itself(exercise):
        parts.append(f"<div>{_words_html(exercise.message)}</div>")
    if exercise.checks:
        parts.append("<ul>")
        for check in exercise.checks:
            said = f"<div><em>{_words_html(check.message)}</em></div>" if check.message else ""
            parts.append(f"<li>{check.verdict.sign} {_words_html(check.title)}{said}</li>")
        parts.append("</ul>")
    return "\n".join(parts)


def _words_html(text: str) -> str:
    """Escaped, with `code` in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


def _notes(report: Report) -> str:
    """A first cell that says what staff and student should know of the whole submission, or nothing.

    It is HTML, in which no name of a file is taken for markdown.
    """
    parts = [f"<p>{_words_html(report.message)}</p>"] if report.message else []
    if report.repairs:
        notes = "".join(f"<li>{_words_html(note)}</li>" for note in report.repairs)
        parts.append(f"<div>{messages.MENDED}<ul>{notes}</ul></div>")
    return "\n".join(parts)
