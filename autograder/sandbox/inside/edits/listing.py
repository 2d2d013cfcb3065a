"""All edits of a cell. They know Python and PyTorch, and no assignment; they are made where student code runs."""

from __future__ import annotations

from autograder.sandbox.inside.edits import (
    brackets,
    calls,
    classes,
    insertions,
    names,
    numbers,
    operators,
    statements,
)
from autograder.sandbox.inside.edits.tree import Edit, Scene, located, same_everywhere

MAX_EDITS = 3_000


def all_edits(scene: Scene) -> list[Edit]:
    """The edits of a cell, the smallest first, at most `MAX_EDITS`."""
    found: list[Edit] = []
    of_function: dict[int, list[Edit]] = {}
    for spot in scene.spots():
        for module in (operators, brackets, numbers, names, calls, statements, insertions, classes):
            for edit in module.edits(spot):
                for _, new in edit.changes:
                    for node in new if isinstance(new, list) else [new]:
                        located(node, spot.node)
                found.append(edit)
                of_function.setdefault(id(spot.function), []).append(edit)
    for edits in of_function.values():
        found += same_everywhere(edits)
    if len(of_function) > 1:
        found += same_everywhere(found)
    return sorted(found, key=lambda each: each.size)[:MAX_EDITS]
