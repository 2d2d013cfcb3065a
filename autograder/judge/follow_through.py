"""Judging an exercise again where earlier ones are wrong: its own code, with reference code for what it builds on.

Such a guest holds reference code, so nothing that it prints, returns or raises is shown or kept: only whether each
check passed, and of what kind its failure is (`points.better`). No exercise is judged where its own reference is: a
guest holds those of earlier exercises alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from autograder.course.assignment import Assignment, Exercise, Solution
from autograder.course.marked_cells import used_names
from autograder.sandbox.cell_run import RunCell
from autograder.submission.matching import defines


def with_references(
    cells: Iterable[RunCell], assignment: Assignment, replaced: frozenset[str] = frozenset()
) -> tuple[RunCell, ...]:
    """Cells with the reference code of the exercises `replaced`, without those that only show things.

    A replaced solution cell gives way to the reference; where it also defines something of another exercise, the
    reference follows it instead. The references run once more at the end, over definitions in other cells.
    """
    wanted = {
        each.solution.name: each.solution for each in assignment.exercises if each.solution and each.name in replaced
    }
    others = [name for each in assignment.solutions if each.name not in wanted for name in each.functions]
    chosen: list[RunCell] = []
    for cell in cells:
        solution = wanted.get(cell.solution or "")
        if not cell.show and (solution is None or defines(cell.source, others)):
            chosen.append(cell)
        if solution is not None:
            chosen.append(_reference(solution))
    chosen += [_reference(each) for each in wanted.values()]
    return tuple(replace(cell, position=position) for position, cell in enumerate(chosen))


def _reference(solution: Solution) -> RunCell:
    return RunCell(solution.name, solution.reference, solution.name, 0)


def may_build_on(assignment: Assignment, exercise: Exercise) -> frozenset[str]:
    """The names of the earlier exercises that an exercise may build on: all, or those it declares.

    What the reference code of a declared one uses comes with it.
    """
    before = assignment.exercises[: [each.name for each in assignment.exercises].index(exercise.name)]
    others = [each for each in before if each.solution_cell not in ("", exercise.solution_cell)]
    declared = exercise.solution.builds_on if exercise.solution else None
    if declared is None:
        return frozenset(each.name for each in others)
    cells, left = set[str](), list(declared)
    while left:
        if (name := left.pop()) not in cells:
            cells.add(name)
            left += _used_by(assignment, name)
    return frozenset(each.name for each in others if each.solution_cell in cells)


def _used_by(assignment: Assignment, cell: str) -> Sequence[str]:
    """The solution cells whose functions the reference code of one uses."""
    solution = next(each for each in assignment.solutions if each.name == cell)
    homes = assignment.homes
    return [homes[name] for name in sorted(used_names(solution.reference)) if name in homes]
