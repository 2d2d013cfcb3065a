"""Whether an assignment's own tests can judge, and from outside, cell by cell, before anybody hands in."""

from __future__ import annotations

from dataclasses import dataclass

from autograder.audit.row import Problem, Row
from autograder.course.assignment import Assignment
from autograder.course.marked_cells import grade_id
from autograder.judge.grader import Grader
from autograder.judge.inside_tests import run_inside
from autograder.judge.runs import own_run
from autograder.judge.test_cell import credit
from autograder.judge.test_cells import TestCells
from autograder.sandbox.sandbox import Sandbox
from autograder.submission.submission import reference_submission

MEND_TESTS = "Mend the tests or the solution; what they import has to be installed for the grader, too."
ALLOW = (
    "Rewrite the line, or allow these tests beside student code, where they can be forged: c.Grading.inside = "
    "{{{assignment!r}: {cells!r}}}."
)


@dataclass(frozen=True)
class Refused:
    """Tests that the instructor's own notebook does not pass when they run in the grader, and why.

    Attributes:
        is_wrong: whether it does not pass them in its own process either.
    """

    cell: str
    why: str
    is_wrong: bool


def refused_tests(assignment: Assignment, tests: TestCells, sandbox: Sandbox) -> list[Refused]:
    """Those of one notebook that can't judge as they are; those that may run beside student code, and can, are left
    out."""
    if not tests.cells:
        return []
    notebook = reference_submission(assignment).notebook
    positions = {grade_id(each): position for position, each in enumerate(notebook.cells)}
    found = []
    for cell in (each for each in tests.cells if each.name in tests.faults):
        before = tests.cells[: tests.cells.index(cell)]
        with own_run(assignment, sandbox) as run:
            is_wrong = credit(run_inside(run, before, cell, positions), cell.points) != 1.0
        if is_wrong or not tests.is_inside(cell):
            found.append(Refused(cell.name, tests.faults[cell.name], is_wrong))
    return found


def test_cells_row(grader: Grader) -> Row:
    """The tests that can't judge, or not from outside, and why."""
    problems: list[Problem] = []
    total = 0
    for judge in grader.judges:
        tests, name = judge.test_cells, grader.assignment.name
        total += len(tests.cells)
        problems += [_problem(each, name) for each in refused_tests(judge.assignment, tests, grader.sandbox)]
    return Row("cells of tests judged from outside", f"{total - len(problems)}/{total}", tuple(problems))


def _problem(refused: Refused, assignment: str) -> Problem:
    where = f"tests in {refused.cell}"
    if refused.is_wrong:
        return Problem(where, f"don't hold for the notebook's own solution: {refused.why}", MEND_TESTS)
    return Problem(
        where, f"can't run outside: {refused.why}", ALLOW.format(assignment=assignment, cells=[refused.cell])
    )
