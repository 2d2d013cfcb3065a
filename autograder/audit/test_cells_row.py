"""Whether an assignment's own tests can judge from outside, cell by cell, before anybody hands in."""

from __future__ import annotations

from autograder.audit.moving_in import directive_problems
from autograder.audit.row import Problem, Row
from autograder.judge.grader import Grader
from autograder.judge.test_cells import TestCells, why_not

_MEND = (
    "Rewrite the line, or allow these tests beside student code, where they can be forged: c.Grading.inside = "
    "{{{assignment!r}: [{cell!r}]}}."
)


def test_cells_row(grader: Grader) -> Row:
    """The tests that the instructor's own notebook does not pass when they run in the grader, and why."""
    problems: list[Problem] = []
    total = 0
    for judge in grader.judges:
        total += len(judge.test_cells.cells)
        problems += _problems(judge.test_cells, grader.assignment.name)
        problems += directive_problems(judge.assignment, {each.name for each in judge.test_cells.cells})
    return Row("cells of tests judged from outside", f"{total - len(problems)}/{total}", tuple(problems))


def _problems(tests: TestCells, assignment: str) -> list[Problem]:
    return [
        Problem(
            f"tests in {cell.name}",
            f"can't run outside: {why_not(cell, ran)}",
            _MEND.format(assignment=assignment, cell=cell.name),
        )
        for cell, ran in (tests.faults().values() if tests.cells else ())
        if not tests.is_inside(cell)
    ]
