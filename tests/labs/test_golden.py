"""Golden submissions: folders of realistic work with the report that each deserves.

A case is a folder `tests/labs/<assignment>/golden/<case>/`. It holds `case.json` (what it is about, and the base:
"reference", "untouched" or "file" for the notebook in the folder), an `<exercise>.py.txt` for each solution cell that
differs from the base, and `expected.json`. After a change that is meant, `pytest tests/labs/test_golden.py
--update-golden` writes the expected reports anew: read the difference before committing it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from helpers import ROOT, course_of, notebook_of, write_notebook
from words_of_reports import faults

from autograder.course.loading import load_assignment
from autograder.judge.grader import Grader
from autograder.report.report import Report
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.limits import Limits
from autograder.sandbox.server import ForkServer

CASES = sorted(path.parent for path in Path(__file__).parent.glob("*/golden/*/case.json"))


@pytest.fixture(scope="module")
def grader_of(server: ForkServer) -> Iterator[Callable[[str], Grader]]:
    """One grader for each assignment, made when it is first asked for."""
    limits = Limits(cell_wall_seconds=8, call_wall_seconds=4, lost_wall_seconds=4, patience_wall_seconds=0.5)
    sandbox = ForkSandbox(server, limits)
    with ExitStack() as stack:

        @cache
        def grader_of(name: str) -> Grader:
            return stack.enter_context(Grader(load_assignment(course_of(name), name), sandbox))

        yield grader_of


def assignment_of(case: Path) -> str:
    return case.parents[1].name


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


def test_there_are_golden_submissions_of_every_lab() -> None:
    assert len([case for case in CASES if assignment_of(case) == "logistic_regression"]) >= 10
    labs = {path.name for path in (ROOT / "source").iterdir() if path.is_dir()}
    assert labs <= {assignment_of(case) for case in CASES}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{assignment_of(case)}-{case.name}")
def test_a_golden_submission_gets_the_report_that_it_deserves(
    grader_of: Callable[[str], Grader], case: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    grader = grader_of(assignment_of(case))
    assignment = grader.assignment
    base = json.loads((case / "case.json").read_text())["base"]
    answers = {path.name.removesuffix(".py.txt"): path.read_text() for path in case.glob("*.py.txt")}
    assert set(answers) <= {each.name for each in assignment.solutions}
    if base == "reference":
        answers = {each.name: each.reference for each in assignment.solutions} | answers
    path = case / f"{assignment.notebook_name}.ipynb"
    if base != "file":
        path = write_notebook(tmp_path / path.name, notebook_of(assignment, answers))
    report = grader.grade(path, "golden").report
    assert not report.needs_a_look, report.staff
    assert faults(report) == []
    found = json.loads(json.dumps(expectation(report)))
    if request.config.getoption("--update-golden"):
        (case / "expected.json").write_text(json.dumps(found, indent=1) + "\n")
    assert found == json.loads((case / "expected.json").read_text())
