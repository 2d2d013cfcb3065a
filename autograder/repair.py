"""Puts what a student handed in back on the assignment's own frame, and says what was mended.

The frame is the release: its locked cells always run as released and in its order. Solution cells hold the
student's code; whatever else the student wrote runs too, after the cell that it followed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import nbformat

from autograder.assignment import Assignment, Exercise, grade_id

SHOW_TAG = "show"


@dataclass(frozen=True)
class Found:
    """A submitted cell, read from JSON: its kind (code, markdown or raw), source, and ids if it had any."""

    kind: str
    source: str
    grade_id: str | None = None
    cell_id: str | None = None


@dataclass(frozen=True)
class RunCell:
    """A code cell to run.

    Attributes:
        label: what error messages call it: its grade id, or "cell 7".
        source: its text.
        exercise: the exercise whose solution it is, or None.
        position: its index in the notebook.
        show: whether it only shows things (a cell of the frame's with the tag "show"), so that the others can do
            without it. It runs once, after the judging, for the feedback page.
    """

    label: str
    source: str
    exercise: str | None
    position: int
    show: bool = False


@dataclass(frozen=True)
class Repaired:
    """The repaired notebook and what was done; `recognised` is False if it is some other notebook."""

    notebook: Any
    cells: tuple[RunCell, ...]
    repairs: tuple[str, ...]
    untouched: frozenset[str]
    recognised: bool


def repair(assignment: Assignment, found: list[Found]) -> Repaired:
    """Merges submitted cells into the release's frame."""
    frame = list(assignment.release.cells)
    matches = _match(frame, found, assignment.exercises)
    recognised = any(
        found[index].grade_id or defines(found[index].source, assignment.functions) for index in matches
    ) or any(defines(each.source, assignment.functions) for each in found)
    repairs: list[str] = []
    chosen, extras = _choose(frame, found, matches, assignment, repairs)
    untouched = _untouched(assignment, chosen, extras)
    notebook = nbformat.from_dict({**assignment.release, "cells": []})
    cells: list[RunCell] = []

    def add_extras(anchor: int) -> None:
        for each in extras.get(anchor, ()):
            position = len(notebook.cells)
            new_cell: Any = nbformat.v4.new_code_cell if each.kind == "code" else nbformat.v4.new_markdown_cell
            notebook.cells.append(new_cell(each.source, id=f"added-{position}"))
            if each.kind == "code" and each.source.strip():
                cells.append(RunCell(f"cell {position + 1}", each.source, None, position))

    add_extras(-1)
    exercises = {each.name: each for each in assignment.exercises}
    for index, cell in enumerate(frame):
        name = grade_id(cell)
        exercise = exercises.get(name or "")
        position = len(notebook.cells)
        copy = nbformat.from_dict(cell)
        if index in chosen:
            copy.source = chosen[index]
        elif name is None:
            add_extras(index)
            continue  # an unlocked text that the student deleted stays deleted
        notebook.cells.append(copy)
        # A stub that was left alone must not hide the student's own definition in another cell.
        hidden = exercise is not None and _is_stub(exercise, copy.source) and exercise.name not in untouched
        # Nor is a test cell run: what it would say makes room for the verdict.
        graded = cell.metadata.get("nbgrader", {}).get("grade", False)
        if copy.cell_type == "code" and copy.source.strip() and not hidden and not graded:
            label = name or f"cell {position + 1}"
            show = SHOW_TAG in cell.metadata.get("tags", ())
            cells.append(RunCell(label, copy.source, exercise.name if exercise else None, position, show))
        add_extras(index)
    return Repaired(notebook, tuple(cells), tuple(repairs), untouched, recognised)


def _match(frame: list[Any], found: list[Found], exercises: Iterable[Exercise]) -> dict[int, int]:
    """Which cell of the frame each submitted cell is: by grade id, cell id, text, and what it defines."""
    by_grade_id = {grade_id(cell): index for index, cell in enumerate(frame) if grade_id(cell)}
    by_cell_id = {cell.get("id"): index for index, cell in enumerate(frame)}
    by_source = {
        cell.source.strip(): index for index, cell in enumerate(frame) if grade_id(cell) and cell.source.strip()
    }
    matches: dict[int, int] = {}
    for index, each in enumerate(found):
        if each.grade_id in by_grade_id:
            matches[index] = by_grade_id[each.grade_id]
        elif each.cell_id in by_cell_id and each.grade_id is None and _fits(each, frame[by_cell_id[each.cell_id]]):
            matches[index] = by_cell_id[each.cell_id]
        elif each.source.strip() in by_source:
            matches[index] = by_source[each.source.strip()]
    taken = set(matches.values())
    for exercise in exercises:
        home = by_grade_id[exercise.name]
        if home in taken:
            continue
        for index, each in enumerate(found):
            if index not in matches and each.kind == "code" and defines(each.source, exercise.functions):
                matches[index] = home
    return matches


def _fits(each: Found, cell: Any) -> bool:
    """Whether a cell may be the frame's `cell` by its id: a text that was turned into code is a cell of its own."""
    return bool(grade_id(cell)) or each.kind == cell.cell_type


def _choose(
    frame: list[Any],
    found: list[Found],
    matches: dict[int, int],
    assignment: Assignment,
    repairs: list[str],
) -> tuple[dict[int, str], dict[int, list[Found]]]:
    """The source for each matched cell of the frame, and the extra cells by the frame's cell before them."""
    exercises = {each.name: each for each in assignment.exercises}
    candidates: dict[int, list[int]] = defaultdict(list)
    for index, home in matches.items():
        candidates[home].append(index)
    keeper: dict[int, int] = {}
    for home, indexes in candidates.items():
        exercise = exercises.get(grade_id(frame[home]) or "")
        written = [index for index in indexes if not (exercise and _is_stub(exercise, found[index].source))]
        keeper[home] = (written or indexes)[-1]
        if len(indexes) > 1:
            repairs.append(f"The cell {_name(frame[home])} was there {len(indexes)} times.")
    chosen: dict[int, str] = {}
    extras: dict[int, list[Found]] = defaultdict(list)
    anchor = -1
    for index, each in enumerate(found):
        home = matches.get(index, -1)
        if home < 0:
            extras[anchor].append(each)
            continue
        # What stood before the copy that is kept runs before it.
        anchor = home if index >= keeper[home] else home - 1
        cell, name = frame[home], grade_id(frame[home])
        exercise = exercises.get(name or "")
        if keeper[home] != index:
            if exercise is None or not _is_stub(exercise, each.source):
                extras[anchor].append(replace(each, kind="code" if exercise else each.kind))
            continue
        if each.kind != cell.cell_type and name:
            repairs.append(f"The cell {name} was a {each.kind} cell; it is a {cell.cell_type} cell again.")
        if name is None or exercise is not None:
            chosen[home] = each.source
        elif each.source.strip() != cell.source.strip():
            repairs.append(f"The locked cell {name} was changed; it was restored.")
            if defines(each.source, assignment.functions):
                extras[home].append(each)
    for index, cell in enumerate(frame):
        if grade_id(cell) and index not in candidates:
            repairs.append(f"The cell {grade_id(cell)} was missing; it was put back.")
    named = [home for index, home in sorted(matches.items()) if keeper[home] == index and grade_id(frame[home])]
    if named != sorted(named):
        repairs.append("Cells were in another order; they were judged in the order of the notebook you were given.")
    return chosen, extras


def _untouched(assignment: Assignment, chosen: dict[int, str], extras: dict[int, list[Found]]) -> frozenset[str]:
    """Exercises that nobody wrote: the stub is as it was, or missing, and no other cell defines the names."""
    homes = {grade_id(cell): index for index, cell in enumerate(assignment.release.cells)}
    sources = {homes[each.name]: chosen.get(homes[each.name], each.stub) for each in assignment.exercises}
    others = [each.source for group in extras.values() for each in group if each.kind == "code"]
    untouched = set()
    for exercise in assignment.exercises:
        home = homes[exercise.name]
        elsewhere = others + [source for index, source in sources.items() if index != home]
        if _is_stub(exercise, sources[home]) and not any(defines(each, exercise.functions) for each in elsewhere):
            untouched.add(exercise.name)
    return frozenset(untouched)


def _is_stub(exercise: Exercise, source: str) -> bool:
    return source.split() == exercise.stub.split()


def defines(source: str, names: Iterable[str]) -> bool:
    """Whether `source` defines or assigns one of `names` at its top level."""
    return any(
        re.search(rf"^(?:(?:async[ \t]+)?def|class)[ \t]+{name}\b|^{name}[ \t]*(?::[^=\n]+)?=(?!=)", source, re.M)
        for name in names
    )


def _name(cell: Any) -> str:
    return grade_id(cell) or str(cell.get("id", "without a name"))
