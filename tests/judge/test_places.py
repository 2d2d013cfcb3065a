"""Where a mistake stands: in the student's own cell, whatever the guest says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers import ROOT, notebook_of, write_notebook

from autograder.checks.mended import Place
from autograder.checks.notebook import Call
from autograder.course.assignment import Assignment
from autograder.course.loading import load_assignment
from autograder.judge.check_runs import CheckRun
from autograder.judge.diagnosis import Diagnosis
from autograder.judge.grader import Grader
from autograder.judge.places import MAX_PLACES, with_name, with_place
from autograder.judge.unjudged import Graded
from autograder.report.exercise_result import CheckResult, CodePlace, ExerciseResult, Verdict
from autograder.report.report import Report
from autograder.sandbox.cell_run import CellRun, RunCell
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.limits import Limits
from autograder.sandbox.server import ForkServer

FAILED = ExerciseResult("double", 0.0, 4.0, Verdict.FAILED, "It raised.")
CELLS = (
    RunCell("cell 1", "import torch", None, 0),
    RunCell("double", "def double(x):\n    return x", "double", 5),
    RunCell("cell 9", "a = 1\nb = 2\ndouble = lambda x: x", None, 8),
)


class Ran:
    """A notebook run of which only what became of its cells is asked."""

    def __init__(self, runs: dict[int, CellRun] | None = None) -> None:
        self.runs = runs or {}


def lines(graded: Graded, exercise: str) -> list[str]:
    """The lines that are marked, as they stand in the graded notebook."""
    cells = [each for each in graded.notebook.cells if each.id != "about-this-submission"]
    places = graded.report.exercise(exercise).places
    assert graded.report == Report.from_dict(graded.report.to_dict())
    return [cells[each.cell].source.split("\n")[each.line - 1].strip() for each in places]


@pytest.mark.parametrize(
    ("code", "marked"),
    [
        ("def mean_of(x):\n    y = x\n    return y.sum().item()", ["return y.sum().item()"]),
        ("def mean_of(x):\n    y = x\n    return y.mean().items()", ["return y.mean().items()"]),
        ("y = 1\nmean = nowhere\ndef mean_of(x):\n    return mean", ["mean = nowhere"]),
        ("def mean_of(x):\n    if True:\n        raise ValueError('no')", ["raise ValueError('no')"]),
        ("def mean_of(x):\n    return x.mean().item()", []),
    ],
)
def test_the_line_with_the_mistake_is_known(grade: Callable[..., Graded], code: str, marked: list[str]) -> None:
    graded = grade({"mean_of": code})
    assert lines(graded, "mean_of") == marked
    # A cell about the submission stands first where something was mended; places don't count it.
    graded = grade({"mean_of": code}, extra={"double": "1 +"})
    assert lines(graded, "mean_of") == marked


def test_places_of_a_name_are_lines_of_the_exercise_s_own_cells() -> None:
    places = (
        Place(0, 2, 0, 2, 4),
        Place(1, 3, 0, 3, 4),
        Place(0, 2, 5, 2, 6),
        Place(2, 1, 0, 1, 1),
        Place(0, 3, 0, 9, 0),
    )
    named = with_name(FAILED, Diagnosis(("sum",), "A sum.", (), places), CELLS[1:])
    assert named.places == (CodePlace(5, 2, 2), CodePlace(8, 3, 3))
    many = tuple(Place(1, 1, column, 1 + column % 3, 9) for column in range(99))
    assert len(with_name(FAILED, Diagnosis((), "", (), many), CELLS[1:]).places) <= MAX_PLACES


@pytest.mark.parametrize(
    "at",
    [
        ("double", 0),
        ("double", -1),
        ("double", 3),
        ("double", 10**30),
        ("double", True),
        ("cell 1", 1),
        ("other", 1),
        None,
    ],
)
def test_a_guest_can_point_at_no_line_but_one_of_the_exercise_s_cells(tiny: Assignment, at: Any) -> None:
    one = CheckRun("double", CheckResult("c", "", Verdict.FAILED, 1.0, "It raised."), "", (Call("raised", None, at),))
    assert with_place(tiny.exercise("double"), FAILED, [one], Ran(), CELLS).places == ()  # type: ignore[arg-type]
    good = replace(one, calls=(Call("raised", None, ("double", 2)),))
    found = with_place(tiny.exercise("double"), FAILED, [good], Ran(), CELLS)  # type: ignore[arg-type]
    assert found.places == (CodePlace(5, 2, 2),)


@pytest.mark.parametrize("line", ["2", None, 2.0, True, 99, 0, [], {}])
def test_a_line_of_a_cell_that_failed_is_checked_too(tiny: Assignment, line: Any) -> None:
    ran = Ran({5: CellRun(raised={"type": "NameError", "line": line})})
    assert with_place(tiny.exercise("double"), FAILED, [], ran, CELLS).places == ()  # type: ignore[arg-type]


def test_what_did_not_fail_or_has_a_place_keeps_what_it_has(tiny: Assignment) -> None:
    ran = Ran({5: CellRun(raised={"line": 1})})
    placed = replace(FAILED, places=(CodePlace(8, 1, 1),))
    for result in (replace(FAILED, verdict=Verdict.PASSED), placed, replace(FAILED, points=1.0)):
        assert with_place(tiny.exercise("double"), result, [], ran, CELLS) == result  # type: ignore[arg-type]


def test_a_line_that_hidden_inputs_led_to_is_not_told(grade: Callable[..., Graded]) -> None:
    code = "def double(x):\n    if x.dim() > 1:\n        raise ValueError\n    return 2 * x"
    graded = grade({"double": code})
    assert graded.report.exercise("double").verdict is Verdict.FAILED
    assert "raise ValueError" not in lines(graded, "double")


@pytest.mark.slow
def test_a_line_is_known_where_a_check_was_asked_again_for_its_words(server: ForkServer, tmp_path: Path) -> None:
    lab = load_assignment(ROOT, "logistic_regression")
    code = "def hypothesis(x, W, b):\n    z = x @ W + b\n    print(undefined)\n    return torch.sigmoid(z)"
    answers = {**{each.name: each.reference for each in lab.exercises}, "hypothesis": code}
    path = write_notebook(tmp_path / "lab.ipynb", notebook_of(lab, answers))
    with Grader(lab, ForkSandbox(server, Limits(mend_cpu_seconds=0)), show_cells=False) as grader:
        graded = grader.grade(path, "student-001")
    assert lines(graded, "hypothesis") == ["print(undefined)"]
