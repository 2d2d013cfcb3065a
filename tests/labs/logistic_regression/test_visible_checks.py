"""The notebook's checks and the hidden ones agree: what loses points is found in the notebook."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from helpers import ROOT
from test_numbers import by_grade_id, read, run_cells

from autograder.checks.catalogue import load_alternatives, load_misconceptions
from autograder.course.assignment import Assignment
from autograder.course.loading import load_assignment

# Of those known mistakes that lose points, how many the notebook's own checks may let pass.
PASSED_AT_MOST = 0.02


@pytest.fixture(scope="module")
def lab() -> Assignment:
    return load_assignment(ROOT, "logistic_regression")


@pytest.fixture(scope="module")
def states(lab: Assignment, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the visible check of its exercise says of each entry of the catalogue, right ones included."""
    cells = {name: cell.source for name, cell in by_grade_id(read()).items()}
    given = [(name, cells[name]) for name in ("imports", "data_six_students")]
    given += [(each.name, each.reference) for each in lab.exercises]
    entries = [("misconception", each) for each in load_misconceptions(lab)]
    entries += [("alternative", each) for each in load_alternatives(lab)]  # type: ignore[misc]
    runs = {
        f"{kind} {each.exercise}/{each.id}": [*given, ("answer", each.code), ("check", cells[f"test_{each.exercise}"])]
        for kind, each in entries
    }
    reports = run_cells(runs, tmp_path_factory.mktemp("visible"))
    return {name: report["check"]["state"] for name, report in reports.items()}


@pytest.mark.slow
def test_the_notebook_finds_what_the_hidden_checks_find(states: dict[str, str]) -> None:
    wrong = {name: state for name, state in states.items() if name.startswith("misconception")}
    passed = [name for name, state in wrong.items() if state == "right"]
    assert len(wrong) >= 190
    assert len(passed) <= PASSED_AT_MOST * len(wrong), passed


@pytest.mark.slow
def test_the_notebook_lets_right_answers_in_other_styles_pass(states: dict[str, str]) -> None:
    right = {name: state for name, state in states.items() if name.startswith("alternative")}
    assert len(right) >= 70
    assert {name: state for name, state in right.items() if state != "right"} == {}


def test_the_text_says_where_gradients_are_needed() -> None:
    for exercise in ("hypothesis_exp", "hypothesis", "element_loss", "batch_losses", "bce"):
        assert "gradients flow from it back to" in by_grade_id(read())[exercise].source
    texts = "".join(cell.source for cell in read().cells if cell.cell_type == "markdown")
    assert texts.count("with gradients, so") >= 4


def test_students_get_the_same_checks(lab: Assignment) -> None:
    path: Path = ROOT / "release" / "logistic_regression" / "logistic_regression.ipynb"
    released = by_grade_id(nbformat.read(path, as_version=4))
    for each in lab.exercises:
        assert released[f"test_{each.name}"].source == by_grade_id(read())[f"test_{each.name}"].source
