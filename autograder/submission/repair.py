"""Puts what a student handed in back on the assignment's own frame, and says what was mended.

The frame is the release: its locked cells always run as released and in its order. Solution cells hold the
student's code; whatever else the student wrote runs too, after the cell that it followed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import nbformat

from autograder.checks import handed_in
from autograder.course.assignment import Assignment, Solution
from autograder.course.marked_cells import grade_id, is_editable, is_task
from autograder.sandbox.cell_run import RunCell
from autograder.submission.another_notebook import another, is_recognised
from autograder.submission.matching import Matched, defines, is_unwritten, match, solution_homes
from autograder.submission.submitted_cell import SubmittedCell

SHOW_TAG = "show"
# A line at the top level of a cell that gives a name a meaning.
_BINDS = re.compile(r"(?:async[ \t]+)?(?:def|class|import|from|@)|[\w, \t]+(?::[^=]+)?=(?!=)")


@dataclass(frozen=True)
class Repaired:
    """The repaired notebook and what was done.

    Attributes:
        recognised: whether any solution is there.
        missing: of the `untouched` solutions those whose cell is not there either.
        another: how many cells of the release are there, and of how many, if that is so few, among so many others,
            that it is probably another notebook; None if there is no doubt.
    """

    notebook: Any
    cells: tuple[RunCell, ...]
    repairs: tuple[str, ...]
    untouched: frozenset[str]
    recognised: bool
    missing: frozenset[str]
    another: tuple[int, int] | None


@dataclass
class _Parts:
    """What the repaired notebook is made of.

    Attributes:
        chosen: what the student made of each cell of the frame that may be changed, by its index.
        extras: the student's own cells, by the cell of the frame that they follow.
        restored: names of locked cells that were changed.
        notes: what else was mended.
    """

    chosen: dict[int, SubmittedCell] = field(default_factory=dict)
    extras: dict[int, list[SubmittedCell]] = field(default_factory=lambda: defaultdict(list))
    restored: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def repair(assignment: Assignment, found: Sequence[SubmittedCell]) -> Repaired:
    """Merges submitted cells into the release's frame."""
    frame = assignment.release.cells
    solutions = solution_homes(assignment)
    matched = match(assignment, found)
    parts = _sort_out(frame, solutions, matched)
    untouched = _untouched(solutions, parts)
    # A stub that was left alone must not hide the student's own definition in another cell.
    hidden = {
        home: solution.name
        for home, solution in solutions.items()
        if is_unwritten(solution, _chosen(parts, home, "")) and solution.name not in untouched
    }
    notebook = nbformat.from_dict({**assignment.release, "cells": []})
    cells: list[RunCell] = []
    schemes = {str(grade_id(cell)): cell.source for cell in assignment.source.cells if is_task(cell)}

    def add_extras(anchor: int) -> None:
        for each in parts.extras.get(anchor, ()):
            position = len(notebook.cells)
            notebook.cells.append(_new_cell(each, f"added-{position}"))
            if each.kind == "code":
                cells.append(RunCell(f"cell {position + 1}", each.source, None, position))

    add_extras(-1)
    for index, cell in enumerate(frame):
        name, solution = grade_id(cell), solutions.get(index)
        position = len(notebook.cells)
        copy = nbformat.from_dict(cell)
        if index in parts.chosen:
            copy.source = parts.chosen[index].source
            _attach(copy, parts.chosen[index])
        elif name is None:
            add_extras(index)
            continue  # an unlocked text that the student deleted stays deleted
        elif is_task(cell):
            copy.source = schemes[name]
        notebook.cells.append(copy)
        # A test cell is not run: what it would say makes room for the verdict.
        graded = cell.metadata.get("nbgrader", {}).get("grade", False)
        if copy.cell_type == "code" and copy.source.strip() and index not in hidden and not graded:
            label = name or f"cell {position + 1}"
            show = SHOW_TAG in cell.metadata.get("tags", ())
            cells.append(RunCell(label, copy.source, solution.name if solution else None, position, show))
        add_extras(index)
    repairs = (*matched.notes, *parts.notes, *handed_in.of_cells(handed_in.ELSEWHERE, list(hidden.values())))
    missing = frozenset(solution.name for home, solution in solutions.items() if home not in parts.chosen) & untouched
    return Repaired(
        notebook=notebook,
        cells=tuple(cells),
        repairs=repairs,
        untouched=untouched,
        recognised=is_recognised(assignment, matched),
        missing=missing,
        another=another(assignment, matched),
    )


def _new_cell(each: SubmittedCell, cell_id: str) -> Any:
    # nbformat's own functions validate each cell, which is slow for many.
    more: dict[str, Any] = {"outputs": [], "execution_count": None} if each.kind == "code" else {}
    made = {"cell_type": each.kind, "id": cell_id, "metadata": {}, "source": each.source, **more}
    return _attach(nbformat.from_dict(made), each)


def _attach(cell: Any, each: SubmittedCell) -> Any:
    """The cell with the pictures that the student pasted into it."""
    cell.pop("attachments", None)
    if each.attachments and cell.cell_type != "code":
        cell["attachments"] = nbformat.from_dict(each.attachments)
    return cell


def _chosen(parts: _Parts, home: int, otherwise: str) -> str:
    return parts.chosen[home].source if home in parts.chosen else otherwise


def _sort_out(frame: Sequence[Any], solutions: Mapping[int, Solution], matched: Matched) -> _Parts:
    """Chooses one of the copies of each cell, and finds the place of everything else."""
    parts = _Parts()
    copies: dict[int, list[int]] = defaultdict(list)
    for index, home in matched.homes.items():
        copies[home].append(index)
    kept = {home: _keeper(frame[home], solutions.get(home), matched.found, each) for home, each in copies.items()}
    # Asked once of each that is kept: it may be large, and its copies many.
    whole = {
        home: defines(matched.found[index].source, solutions[home].functions) if home in solutions else True
        for home, index in kept.items()
        if len(copies[home]) > 1
    }
    anchor = -1
    seen: dict[int, None] = {}
    for index, each in enumerate(matched.found):
        home = matched.homes.get(index, -1)
        if home < 0:
            if each.source.strip():
                parts.extras[anchor].append(each)
            continue
        # What stood before the copy that is kept runs before it; a further copy takes nothing back to its home.
        here = home if index >= kept[home] else home - 1
        anchor = here if home not in seen else max(anchor, here)
        seen[home] = None
        if index == kept[home]:
            _place(frame[home], home, solutions.get(home), each, parts)
        elif _has_more(frame[home], solutions.get(home), each, whole[home]):
            parts.extras[anchor].append(replace(each, kind=frame[home].cell_type if home in solutions else each.kind))
    first = [home for home in seen if grade_id(frame[home])]
    for home, cell in enumerate(frame):
        if len(copies.get(home, ())) > 1:
            sentence = handed_in.COPIES_OF_SOLUTION if home in solutions else handed_in.COPIES
            parts.notes.append(sentence.format(cell=grade_id(cell), count=len(copies[home])))
    missing = [name for home, cell in enumerate(frame) if (name := grade_id(cell)) and home not in copies]
    locked = [home for home, cell in enumerate(frame) if not is_editable(cell)]
    if len(parts.restored) > len(locked) / 2:
        parts.notes.append(handed_in.OTHER_RELEASE)
        return parts
    parts.notes += handed_in.of_cells(handed_in.RESTORED, parts.restored)
    parts.notes += handed_in.of_cells(handed_in.PUT_BACK, missing)
    if first != sorted(first):
        parts.notes.append(handed_in.OTHER_ORDER)
    return parts


def _keeper(cell: Any, solution: Solution | None, found: Sequence[SubmittedCell], copies: Sequence[int]) -> int:
    """Which copy of a cell is the one: of a locked one the first as it was released, else the last with work in it."""
    if solution is None and not is_editable(cell):
        return min(copies, key=lambda index: (not _is_same(cell, found[index]), index))

    names = solution.functions if solution else ()

    def work(index: int) -> tuple[bool, bool, bool, int]:
        source = found[index].source
        written = not (_is_same(cell, found[index]) if solution is None else is_unwritten(solution, source))
        return written and defines(source, names), written, bool(source.strip()), index

    return max(copies, key=work)


def _has_more(cell: Any, solution: Solution | None, each: SubmittedCell, is_defined: bool) -> bool:
    """Whether a copy that is not kept holds anything that must not be lost; `is_defined`: the kept one defines all."""
    if solution is None:
        return bool(each.source.strip()) and not _is_same(cell, each)
    # A stub is of use where nothing else defines the name: then it says that it is not written yet.
    return not is_unwritten(solution, each.source) or (bool(each.source.strip()) and not is_defined)


def _place(cell: Any, home: int, solution: Solution | None, each: SubmittedCell, parts: _Parts) -> None:
    """Puts the copy of a cell that is kept in its place; of a locked one the student's additions run before it."""
    name = grade_id(cell)
    if each.kind != cell.cell_type:
        parts.notes.append(handed_in.OTHER_KIND.format(cell=name, kind=each.kind, wanted=cell.cell_type))
    if is_editable(cell):
        parts.chosen[home] = each
    elif not _is_same(cell, each):
        parts.restored.append(str(name))
        released = set(cell.source.splitlines())
        if any(_BINDS.match(line) for line in each.source.splitlines() if line not in released):
            parts.extras[home - 1].append(each)


def _is_same(cell: Any, each: SubmittedCell) -> bool:
    return bool(each.source.strip() == cell.source.strip())


def _untouched(solutions: Mapping[int, Solution], parts: _Parts) -> frozenset[str]:
    """Exercises that nobody wrote: the stub is as it was, or missing, and no other cell defines the names."""
    sources = {home: _chosen(parts, home, solution.stub) for home, solution in solutions.items()}
    others = [each.source for group in parts.extras.values() for each in group if each.kind == "code"]
    untouched = set()
    for home, solution in solutions.items():
        elsewhere = others + [source for other, source in sources.items() if other != home]
        if home in parts.chosen and parts.chosen[home].attachments:
            continue
        if is_unwritten(solution, sources[home]) and not any(defines(each, solution.functions) for each in elsewhere):
            untouched.add(solution.name)
    return frozenset(untouched)
