"""Verdicts and marks in a notebook: under each exercise, and in a first cell about the whole submission."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from typing import Any

import nbformat

from autograder.checks import messages
from autograder.course.marked_cells import grade_id
from autograder.report.exercise_result import ExerciseResult
from autograder.report.report import Report

FIRST_CELL = "about-this-submission"


def show_marks(notebook: Any, report: Report) -> Any:
    """Puts the report's verdicts and marks into a notebook, in place of any that are in it, and returns it.

    Each test cell gets the exercise's verdict and exactly one finite number as its result, which is how nbgrader
    reads a score; whatever the test cell itself printed or raised makes room for that.
    """
    exercises = {each.graded_cell: each for each in report.exercises if each.graded_cell}
    for cell in notebook.cells:
        exercise = exercises.get(grade_id(cell) or "")
        if exercise is None:
            continue
        cell.metadata.nbgrader["points"] = exercise.max_points
        if exercise.graded_by == "checks":
            # What is said of the whole submission stands above, once.
            said = replace(exercise, message="") if exercise.message == report.message else exercise
            cell.outputs = _verdict_outputs(said)
    if notebook.cells and notebook.cells[0].get("id") == FIRST_CELL:
        del notebook.cells[0]
    if words := _about(report):
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell(words, id=FIRST_CELL))
    return notebook


def _verdict_outputs(exercise: ExerciseResult) -> list[Any]:
    said = {"text/html": verdict_html(exercise), "text/plain": verdict_text(exercise)}
    score = {"text/plain": repr(float(exercise.points))}
    # As `nbformat.v4.new_output` makes them, without its check against the schema, a millisecond each.
    words = {"output_type": "display_data", "metadata": {}, "data": said}
    result = {"output_type": "execute_result", "metadata": {}, "data": score, "execution_count": None}
    return [nbformat.from_dict(each) for each in (words, result)]


def _of_the_whole(exercise: ExerciseResult) -> list[str]:
    """What is said of the exercise besides what its checks say."""
    said = [messages.RULINGS[exercise.ruling]] if exercise.ruling else []
    said += [messages.BY_HAND] if exercise.by_hand else []
    said += [messages.INSIDE] if exercise.is_inside else []
    if exercise.message and exercise.message not in {check.message for check in exercise.checks}:
        said.append(exercise.message)
    return said


def _points(exercise: ExerciseResult) -> str:
    return messages.POINTS.format(given=exercise.points, possible=exercise.max_points)


def verdict_text(exercise: ExerciseResult) -> str:
    """The verdict as plain text, a line a check."""
    lines = [f"{exercise.name}: {_points(exercise)} ({exercise.verdict})", *_of_the_whole(exercise)]
    for check in exercise.checks:
        lines.append(f"  {check.verdict.sign} {check.title}")
        if check.message:
            lines.append(f"      {check.message}")
    return "\n".join(lines)


def verdict_html(exercise: ExerciseResult) -> str:
    """The verdict as a small block of HTML: everything in it is escaped, and it holds no tag that nbconvert's
    sanitizer would not let through."""
    parts = [f"<div><strong>{_points(exercise)}</strong> ({exercise.verdict})</div>"]
    parts += [f"<div>{words_html(each)}</div>" for each in _of_the_whole(exercise)]
    if exercise.checks:
        parts.append("<ul>")
        for check in exercise.checks:
            said = f"<div><em>{words_html(check.message)}</em></div>" if check.message else ""
            parts.append(f"<li>{check.verdict.sign} {words_html(check.title)}{said}</li>")
        parts.append("</ul>")
    return "\n".join(parts)


def words_html(text: str) -> str:
    """Escaped, with `code` in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text))


def _about(report: Report) -> str:
    """What staff and student should know of the whole submission, or nothing.

    It is HTML, in which no name of a file is taken for markdown.
    """
    said = [report.message]
    if report.late_seconds:
        said.append(messages.lateness(report.late_seconds, report.raw_score, report.late_penalty, report.score))
    parts = [f"<p>{words_html(each)}</p>" for each in said if each]
    if report.repairs:
        mended = "".join(f"<li>{words_html(each)}</li>" for each in report.repairs)
        parts.append(f"<div>{messages.MENDED}<ul>{mended}</ul></div>")
    return "\n".join(parts)
