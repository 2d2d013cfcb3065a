"""Golden submissions: folders of realistic work with the report that each deserves.

A case holds `case.json` (what it is about, and the base: "reference", "untouched" or "file" for the notebook in the
folder), an `<exercise>.py.txt` for each solution cell that differs from the base, and `expected.json`. After a change
that is meant, `pytest tests/test_golden.py --update-golden` writes the expected reports anew: read the difference
before committing it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers import ROOT, notebook_of, write_notebook

from autograder.course.assignment import load_assignment
from autograder.judge.grader import Grader
from autograder.report.report import Report
from autograder.sandbox.limits import Limits
from autograder.sandbox.server import ForkServer

GOLDEN = Path(__file__).resolve().parent / "golden"
CASES = sorted(path.parent for path in GOLDEN.glob("*/*/case.json"))


@pytest.fixture(scope="module")
def lab(server: ForkServer) -> Iterator[Grader]:
    assignment = load_assignment(ROOT, "logistic_regression")
    limits = Limits(cell_wall_seconds=8, call_wall_seconds=4)
    with Grader(assignment, server, limits) as grader:
        yield grader


def expectation(report: Report) -> dict[str, Any]:
    """What a golden report fixes: points, verdicts and names of mistakes, but no wording."""
    return {
        "score": report.score,
        "status": report.status,
        "outcome": report.outcome,
        "repairs": list(report.repairs),
        "exercises": {
            each.name: {
                "points": each.points,
                "verdict": each.verdict,
                "follow_through": each.follow_through,
                "misconceptions": list(each.misconceptions),
                "not_passed": {check.id: check.verdict for check in each.checks if check.verdict != "passed"},
            }
            for each in report.exercises
        },
    }


def test_there_are_golden_submissions() -> None:
    assert len(CASES) >= 10


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_golden_submission_gets_the_report_that_it_deserves(
    lab: Grader, case: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    base = json.loads((case / "case.json").read_text())["base"]
    answers = {path.name.removesuffix(".py.txt"): path.read_text() for path in case.glob("*.py.txt")}
    assert set(answers) <= {each.name for each in lab.assignment.exercises}
    if base == "reference":
        answers = {each.name: each.reference for each in lab.assignment.exercises} | answers
    path = case / "logistic_regression.ipynb"
    if base != "file":
        path = write_notebook(tmp_path / path.name, notebook_of(lab.assignment, answers))
    report = lab.grade(path, "golden").report
    assert not report.needs_a_look, report.staff
    found = json.loads(json.dumps(expectation(report)))
    if request.config.getoption("--update-golden"):
        (case / "expected.json").write_text(json.dumps(found, indent=1) + "\n")
    assert found == json.loads((case / "expected.json").read_text())
