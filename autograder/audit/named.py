"""Proves names by mutants: what is named in changed code must be what was changed."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle
from typing import TypeVar

from autograder.audit.mutants import Change, Mutant, can_change, changed_places, make_mutants, without_docstrings
from autograder.checks.catalogue import load_alternatives
from autograder.checks.mended import Mend, Place
from autograder.course.assignment import Assignment, Exercise

OF_ALTERNATIVES, OF_PAIRS = 200, 120

Each = TypeVar("Each")


def mutants_of_alternatives(
    assignment: Assignment, checked: Sequence[Exercise], count: int = OF_ALTERNATIVES
) -> list[Mutant]:
    """Some changes of right answers in other styles, as many of one as of the other, always the same ones.

    `checked` are the exercises that have hidden checks.
    """
    made = [
        [replace(each, id=f"{other.id}, {each.id}") for each in _mutants(assignment, other.exercise, other.code)]
        for other in load_alternatives(assignment)
        if other.exercise in {each.name for each in checked}
    ]
    return _some(made, count)


def pairs_of_mutants(assignment: Assignment, checked: Sequence[Exercise], count: int = OF_PAIRS) -> list[Mutant]:
    """Some references with two changes at different places, always the same ones."""
    modules = assignment.module_names
    first = [
        [
            (number, one)
            for number, one in enumerate(_mutants(assignment, exercise.name, exercise.reference))
            if can_change(one.code, modules)
        ]
        for exercise in checked
    ]
    pairs = [_pair(assignment, number, one) for number, one in _some(first, count)]
    return [each for each in pairs if each is not None]


def _pair(assignment: Assignment, number: int, one: Mutant) -> Mutant | None:
    """A mutant with one more change; None if there is nothing left to change."""
    second = _mutants(assignment, one.exercise, one.code)
    if not second:
        return None
    other = second[(7 * number + len(second) // 2) % len(second)]
    both = f"{one.id}; {other.id.partition(': ')[2]}"
    reference = _plain(assignment.exercise(one.exercise).reference)
    return Mutant(one.exercise, both, other.code, changed_places(reference, other.code))


def _plain(code: str) -> str:
    return ast.unparse(without_docstrings(ast.parse(code)))


def _mutants(assignment: Assignment, name: str, code: str) -> list[Mutant]:
    return make_mutants(name, code, assignment.module_names)


def _some(made: Sequence[Sequence[Each]], count: int) -> list[Each]:
    """So many of all, the same number of each list as far as it reaches, spread over its length."""
    chosen: list[Each] = []
    queues = [list(each) for each in made if each]
    steps = [max(1, len(each) * len(queues) // count) for each in queues]
    heads = [each[::step] for each, step in zip(queues, steps, strict=True)]
    for queue in cycle(heads):
        if len(chosen) >= count or not any(heads):
            return chosen
        if queue:
            chosen.append(queue.pop(0))
    return chosen


def touches(ways: Sequence[Sequence[Mend]], changes: Sequence[Change]) -> bool:
    """Whether in one of the ways each edit is at a change, or right beside it."""
    return any(
        all(any(_touch(place, each) for place in mend.places for each in changes) for mend in way) for way in ways
    )


def _touch(place: Place, change: Change) -> bool:
    line, first, last = change
    if not place.line <= line <= place.last_line:
        return abs(place.line - line) == 1  # where a statement is missing, its neighbour is told
    starts = place.column if place.line == line else 0
    ends = place.last_column if place.last_line == line else 1_000_000
    return starts <= last + 1 and first <= ends + 1
