"""Which cell of the release each submitted cell is: by its marks, its id, its text, and what it defines."""

from __future__ import annotations

import ast
import re
import textwrap
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograder.checks import handed_in
from autograder.course.assignment import Assignment, Solution
from autograder.course.marked_cells import grade_id
from autograder.submission.submitted_cell import SubmittedCell

# So that no submission keeps the grader busy with looking at its code.
_MAX_CODE_CHARACTERS = 10_000
_MAX_TRIES = 20
_SETTINGS = ("grade", "locked", "points", "solution", "task")


@dataclass(frozen=True)
class Matched:
    """Submitted cells, and the cell of the release that each of them is, both by index.

    Cells without a home are the student's own. A solution cell that was split is one cell again.
    """

    found: Sequence[SubmittedCell]
    homes: Mapping[int, int]
    notes: tuple[str, ...]


def match(assignment: Assignment, found: Sequence[SubmittedCell]) -> Matched:
    """Finds the home of each submitted cell in the release."""
    frame = assignment.release.cells
    solutions = solution_homes(assignment)
    homes = _by_marks(frame, found)
    notes = []
    for index, home in _misplaced(found, homes, solutions).items():
        name = grade_id(frame[homes[index]])
        notes.append(handed_in.HOLDS_ANOTHER.format(cell=name, exercise=solutions[home].name))
        homes[index] = home
    homes |= _by_content(found, homes, solutions)
    return _rejoin(found, homes, solutions, _notes_on_marks(frame, found, homes) + notes)


def solution_homes(assignment: Assignment) -> dict[int, Solution]:
    """The solution of each solution cell of the release, by the cell's index."""
    by_name = {each.name: each for each in assignment.solutions}
    names = [grade_id(cell) for cell in assignment.release.cells]
    return {index: by_name[name] for index, name in enumerate(names) if name in by_name}


def is_unwritten(solution: Solution, source: str) -> bool:
    """Whether a solution cell is empty, or still as it was given."""
    return not source.strip() or source.split() == solution.stub.split()


def defines(source: str, names: Iterable[str]) -> bool:
    """Whether `source` defines, assigns or imports one of `names` at its top level."""
    return any(
        name in source  # nearly all are not, and to look for more takes twenty times as long
        and re.search(
            rf"^(?:(?:async[ \t]+)?def|class)[ \t]+{name}\b|^{name}[ \t]*(?::[^=\n]+)?=(?!=)"
            rf"|^from[ \t]+\S+[ \t]+import\b[^#\n]*\b{name}\b",
            source,
            re.MULTILINE,
        )
        for name in names
    )


def makes(source: str, names: Iterable[str]) -> bool:
    """Whether `source` makes one of `names` something to call, as far as can be seen, and not a mere variable."""
    return any(
        re.search(
            rf"^(?:(?:async[ \t]+)?def|class)[ \t]+{name}\b"
            rf"|^{name}[ \t]*(?::[^=\n]+)?=[ \t]*(?:lambda\b|[\w.]*partial\()"
            rf"|^from[ \t]+\S+[ \t]+import\b[^#\n]*\b{name}\b",
            source,
            re.MULTILINE,
        )
        for name in names
    )


def _by_marks(frame: Sequence[Any], found: Sequence[SubmittedCell]) -> dict[int, int]:
    """The homes of cells that have a grade id, an id or the very text of one."""
    by_grade_id = {name: index for index, cell in enumerate(frame) if (name := grade_id(cell))}
    by_cell_id = {cell.get("id"): index for index, cell in enumerate(frame)}
    by_text = {cell.source.strip(): index for index, cell in enumerate(frame) if grade_id(cell)}
    counts = Counter(each.cell_id for each in found)
    homes = {}
    for index, each in enumerate(found):
        home = by_grade_id.get(each.grade_id or "")
        if home is None and counts[each.cell_id] == 1:
            home = by_cell_id.get(each.cell_id)
            # A text that was turned into code is a cell of its own.
            if home is not None and grade_id(frame[home]) is None and each.kind != frame[home].cell_type:
                home = None
        if home is None and each.source.strip():
            home = by_text.get(each.source.strip())
        if home is not None:
            homes[index] = home
    return homes


def _notes_on_marks(frame: Sequence[Any], found: Sequence[SubmittedCell], homes: Mapping[int, int]) -> list[str]:
    """What is said of cells whose nbgrader metadata are lost or not as they were released."""
    released = {name: cell.metadata.nbgrader for cell in frame if (name := grade_id(cell))}
    marked, named, changed = set(), set(), set()
    for index, home in homes.items():
        each, name = found[index], grade_id(frame[home])
        if name:
            named.add(name)
        if name and each.grade_id in released:
            marked.add(name)
            wanted = released[each.grade_id]
            if any(each.settings.get(key, wanted[key]) != wanted[key] for key in _SETTINGS if key in wanted):
                changed.add(name)
    notes = []
    if changed:
        names = ", ".join(name for name in released if name in changed)
        notes.append(handed_in.MARKS_CHANGED.format(cells=names))
    if lost := named - marked:
        notes.append(handed_in.MARKS_LOST.format(count=len(lost)))
    return notes


def _misplaced(
    found: Sequence[SubmittedCell], homes: Mapping[int, int], solutions: Mapping[int, Solution]
) -> dict[int, int]:
    """New homes of cells that are marked as one solution, but hold another one, which is nowhere else."""
    held = {
        index: [home for home, solution in solutions.items() if defines(found[index].source, solution.functions)]
        for index, home in homes.items()
        if home in solutions
    }
    at_home = {home for index, home in homes.items() if home in held.get(index, ())}
    return {
        index: holds[0]
        for index, holds in held.items()
        if len(holds) == 1 and solutions[homes[index]].functions and holds[0] not in at_home
    }


def _by_content(
    found: Sequence[SubmittedCell], homes: Mapping[int, int], solutions: Mapping[int, Solution]
) -> dict[int, int]:
    """Homes of cells that define what a solution cell should that is missing; of texts only if they are code."""
    taken = set(homes.values())
    more: dict[int, int] = {}
    for home, solution in solutions.items():
        if home in taken:
            continue
        mine = [
            index
            for index, each in enumerate(found)
            if index not in homes and index not in more and defines(each.source, solution.functions)
        ]
        code = [index for index in mine if found[index].kind == "code"]
        more |= dict.fromkeys(code or [index for index in mine[-_MAX_TRIES:] if _runs(found[index].source)], home)
    return more


def _rejoin(
    found: Sequence[SubmittedCell], homes: Mapping[int, int], solutions: Mapping[int, Solution], notes: list[str]
) -> Matched:
    """Puts the parts of a solution cell that was split back together, where they can't run apart."""
    kept: list[SubmittedCell] = []
    kept_homes: dict[int, int] = {}
    tries = 0
    for index, each in enumerate(found):
        around = {one for one in (kept_homes.get(len(kept) - 1), homes.get(index)) if one is not None}
        solution = solutions.get(min(around)) if len(around) == 1 else None
        if solution and kept and each.kind == kept[-1].kind == "code" and tries < _MAX_TRIES:
            tries += 1
            whole = _join(kept[-1].source, each.source)
            if whole is not None:
                kept[-1], kept_homes[len(kept) - 1] = replace(kept[-1], source=whole), min(around)
                notes.append(handed_in.SPLIT.format(exercise=solution.name))
                continue
        if index in homes:
            kept_homes[len(kept)] = homes[index]
        kept.append(each)
    return Matched(kept, kept_homes, tuple(dict.fromkeys(notes)))


def _join(first: str, second: str) -> str | None:
    """Two parts of one cell as that cell, or None if each of them can run by itself, or both together can't."""
    if _runs(first) and _runs(second):
        return None
    return next((whole for glue in ("\n", "") if _runs(whole := first + glue + second)), None)


def _runs(source: str) -> bool:
    """Whether a text is whole Python code, as far as that can be told without running it."""
    if len(source) > _MAX_CODE_CHARACTERS:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(textwrap.dedent(source), "cell", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
        return False
    return True
