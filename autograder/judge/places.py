"""Where a mistake stands in the student's notebook, for the mark on their page.

A guest tells lines of errors. It may tell any: no more comes of that than a mark in one of its own cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from autograder.course.assignment import Exercise
from autograder.judge.check_runs import CheckRun
from autograder.judge.diagnosis import Diagnosis, homes
from autograder.report.exercise_result import CodePlace, ExerciseResult, Verdict
from autograder.sandbox.cell_run import RunCell
from autograder.sandbox.notebook_run import NotebookRun

MAX_PLACES = 5


def with_name(result: ExerciseResult, found: Diagnosis, own: Sequence[RunCell]) -> ExerciseResult:
    """The result with what its mistake is called, and where it is; places count by `own`, the exercise's cells."""
    sources = [each.source for each in own]
    places = (CodePlace(own[at.cell].position, at.line, at.last_line) for at in found.places if at.fits(sources))
    told = tuple(dict.fromkeys(places))[:MAX_PLACES]
    return replace(result, misconceptions=found.ids, message=found.message, places=told)


def with_place(
    exercise: Exercise,
    result: ExerciseResult,
    check_runs: Sequence[CheckRun],
    run: NotebookRun,
    cells: Sequence[RunCell],
) -> ExerciseResult:
    """The result with the line that raised what it speaks of, if it has no place and that is one of its own cells'.

    Args:
        check_runs: in the student's own notebook `run`, not beside reference code.
        cells: the student's.
    """
    if result.verdict is not Verdict.FAILED or result.places:
        return result
    return replace(result, places=_of_errors(result, check_runs, run, homes(exercise, cells))[:1])


def _of_errors(
    result: ExerciseResult, check_runs: Sequence[CheckRun], run: NotebookRun, own: Sequence[RunCell]
) -> tuple[CodePlace, ...]:
    missing = ((cell, line) for cell in own for line in _left_out(run, cell, result.message))
    said = (one.calls[-1].raised_at for one in check_runs if one.calls and one.result.message == result.message)
    raised = ((cell, at[1]) for at in said if at for cell in own if cell.label == at[0])
    # What a cell raised by itself is not why where points were given.
    alone = ((cell, line) for cell in own for line in _raised(run, cell)) if not result.points else ()
    return tuple(CodePlace(cell.position, line, line) for cell, line in (*missing, *raised, *alone) if _has(cell, line))


def _left_out(run: NotebookRun, cell: RunCell, message: str) -> Iterator[Any]:
    """The lines of statements that failed, and without which there is no name that the message speaks of."""
    ran = run.runs.get(cell.position)
    for each in ran.failed if ran is not None else ():
        if any(f"`{name}`" in message for name in each.names):
            yield each.line


def _raised(run: NotebookRun, cell: RunCell) -> Iterator[Any]:
    """The lines that failed when the cell ran, as the guest tells them."""
    ran = run.runs.get(cell.position)
    if ran is not None:
        yield from (each.raised.get("line", each.line) for each in ran.failed)
        yield ran.raised.get("line") if ran.raised else None


def _has(cell: RunCell, line: Any) -> bool:
    return type(line) is int and 1 <= line <= cell.source.count("\n") + 1
