"""All edits of a cell. They know Python and PyTorch, and no assignment; they are made where student code runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

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
from autograder.sandbox.inside.edits.tree import Edit, Scene, local_names, located, read_names

MAX_EDITS = 3_000
_MAX_PLACES = 4
_MAX_FOUND = 10_000  # a text so long that it has more is not looked at to its end


def all_edits(scene: Scene) -> list[Edit]:
    """The edits of a cell, the smallest first, at most `MAX_EDITS`."""
    local_names.cache_clear()  # the tree may have changed
    read_names.cache_clear()
    found: list[Edit] = []
    of_function: dict[int, list[Edit]] = {}
    for spot in scene.spots():
        if len(found) > _MAX_FOUND:
            break
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


def same_everywhere(edits: Sequence[Edit]) -> list[Edit]:
    """Edits of one group as one: the same slip was made in several places."""
    groups: dict[str, list[Edit]] = {}
    for each in edits:
        if each.group:
            groups.setdefault(each.group, []).append(each)
    merged = []
    for group in groups.values():
        slots = {(id(slot[0]), slot[1]) for each in group for slot, _ in each.changes}
        if len(group) > 1 and len(slots) == sum(len(each.changes) for each in group):
            merged.append(
                replace(
                    group[0],
                    size=group[0].size + 2,
                    about=tuple(node for each in group for node in each.about)[:_MAX_PLACES],
                    changes=tuple(change for each in group for change in each.changes),
                    group="",
                )
            )
    return merged
