"""An ordinary nbgrader course gets the same marks from nbgrader's own autograder and from ours, cell by cell."""

from __future__ import annotations

from typing import Any

import pytest
from ordinary import NAME, REFUSED, reasons, stock_marks, themes, write_course

from autograder.course.loading import load_assignment
from autograder.judge.grader import Grader
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.server import ForkServer

pytestmark = pytest.mark.slow
SUBMISSIONS = 3  # all right, and twice with other mistakes


@pytest.fixture(scope="module")
def marks(tmp_path_factory: pytest.TempPathFactory, server: ForkServer) -> dict[str, Any]:
    """Points by student, notebook and cell: nbgrader's and ours, and ours of what can't be judged."""
    folder = write_course(tmp_path_factory.mktemp("ordinary") / "course", list(themes()), SUBMISSIONS)
    assignment = load_assignment(folder, NAME)
    ours: dict[tuple[str, str, str], float] = {}
    with Grader(assignment, ForkSandbox(server)) as grader:
        faults = reasons(grader)
        for number in range(SUBMISSIONS):
            student = f"student-{number:03}"
            report = grader.grade(folder / "submitted" / student / NAME, student).report
            ours |= {(student, each.notebook, each.graded_cell): each.points for each in report.exercises}
    return {"stock": stock_marks(folder), "ours": ours, "faults": faults}


def test_every_cell_gets_the_points_that_nbgrader_gives(marks: dict[str, Any]) -> None:
    assert marks["stock"].keys() == marks["ours"].keys()
    stock = {key: points for key, points in marks["stock"].items() if key[2] not in REFUSED}
    different = {key: (points, marks["ours"][key]) for key, points in stock.items() if points != marks["ours"][key]}
    assert not different


def test_the_submissions_are_worth_comparing(marks: dict[str, Any]) -> None:
    right = {key[1:]: points for key, points in marks["stock"].items() if key[0] == "student-000"}
    wrong = {key[1:]: points for key, points in marks["stock"].items() if key[0] == "student-001"}
    assert len(right) > 180
    assert sum(wrong.values()) < 0.3 * sum(right.values())


def test_what_is_not_judged_is_said_of_the_instructor_s_own_notebook_with_the_reason(marks: dict[str, Any]) -> None:
    assert marks["faults"].keys() == REFUSED.keys()
    for name, words in REFUSED.items():
        assert words in marks["faults"][name], name
