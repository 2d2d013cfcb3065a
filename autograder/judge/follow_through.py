"""Judging an exercise again where earlier ones are wrong: its own code, with reference code for what it builds on.

Such a guest holds reference code, so nothing that it prints, returns or raises is shown or kept: only whether each
check passed, and of what kind its failure is (`points.better`). No exercise is judged where its own reference is: a
guest holds those of earlier exercises alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from autograder.course.assignment import Assignment, Exercise
from autograder.sandbox.notebook_run import RunCell
from autograder.submission.matching import defines


def with_references(
    cells: Iterable[RunCell], assignment: Assignment, replaced: frozenset[str] = frozenset()
) -> tuple[RunCell, ...]:
    """Cells with the reference code of the exercises `replaced`, without those that only show things.

    A replaced solution cell gives way to the reference; where it also defines something of another exercise, the
    reference follows it instead. The references run once more at the end, over definitions in other cells.
    """
    exercises = {each.name: each for each in assignment.exercises if each.name in replaced}
    others = [name for each in assignment.exercises if each.name not in replaced for name in each.functions]
    chosen: list[RunCell] = []
    for cell in cells:
        exercise = exercises.get(cell.exercise or "")
        if not cell.show and (exercise is None or defines(cell.source, others)):
            chosen.append(cell)
        if exercise is not None:
            chosen.append(_reference(exercise))
    chosen += [_reference(each) for each in exercises.values()]
    return tuple(replace(cell, position=position) for position, cell in enumerate(chosen))


def _reference(exercise: Exercise) -> RunCell:
    return RunCell(exercise.name, exercise.reference, exercise.name, 0)
