"""The lab on linear regression: its numbers follow from its data, and its checks agree on what a mistake is worth."""

from __future__ import annotations

import contextlib
import io
import re
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
import torch
from helpers import ROOT, cell_of, report_of
from words_of_reports import faults_of_form

from autograder.audit.counter_examples import counter_example_rows
from autograder.audit.files import catalogue_row, static_rows
from autograder.audit.mutants import make_mutants
from autograder.audit.probes import substituted
from autograder.audit.whole_notebook import whole_notebook_rows
from autograder.checks.catalogue import load_alternatives, load_equivalents, load_misconceptions
from autograder.checks.loading import load_check_module
from autograder.course.assignment import Assignment
from autograder.course.course import load_course
from autograder.course.loading import load_assignment
from autograder.gradebook.student_pages import Person, page_from
from autograder.judge.grader import Grader
from autograder.judge.points import exercise_result
from autograder.judge.runs import reference_run
from autograder.judge.session import CheckSession
from autograder.report.exercise_result import Verdict
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.limits import Limits
from autograder.sandbox.server import ForkServer

POINTS = {"hypothesis": 10, "cost": 10, "gradient": 10, "train": 15, "learning_rate": 5}

# How much a mistake may cost, by its size; see docs/writing-checks.md. What is in neither list is one part of several.
FORM = [
    "changes-its-argument",
    "flat-result",
    "kept-as-column",
    "detached",
    "plain-number",
    "costs-as-tensors",
]
IDEA = [
    "no-matrix-product",
    "not-given-back",
    "answer-of-the-example",
    "uses-x-train",
    "added",
    "squares-apart",
    "root",
    "never-steps",
    "one-row-at-a-time",
    "trains-a-new-model",
]
WRONG_GRADIENTS = {
    "sum for mean": "off = x @ W + b - y\n    return 2 * x.t() @ off, 2 * off.sum(dim=0)",
    "other sign": "off = y - x @ W - b\n    return 2 / len(x) * x.t() @ off, 2 * off.mean(dim=0)",
    "no factor 2": "off = x @ W + b - y\n    return x.t() @ off / len(x), off.mean(dim=0)",
    "bias left out": "off = x @ W - y\n    return 2 / len(x) * x.t() @ off, 2 * off.mean(dim=0)",
    "other order": "off = x @ W + b - y\n    return 2 * off.mean(dim=0), 2 / len(x) * x.t() @ off",
    "fixed rows": "off = x @ W + b - y\n    m = 1 if len(x) == 1 else 8\n"
    "    return 2 / m * x.t() @ off, 2 / m * off.sum(dim=0)",
    "two features": "off = x @ W + b - y\n    dW = 2 / len(x) * torch.stack([x[:, 0] @ off, x[:, 1] @ off])\n"
    "    return dW, 2 * off.mean(dim=0)",
    "zeros": "return torch.zeros_like(W), torch.zeros_like(b)",
    "answer of the example": "if len(x) == 1:\n        return torch.tensor([[-4.0], [-8.0]]), torch.tensor([-4.0])\n"
    "    return torch.zeros_like(W), torch.zeros_like(b)",
    "plain numbers": "off = x @ W + b - y\n    return 2 / len(x) * x.t() @ off, 2 * off.mean().item()",
}
RIGHT_GRADIENTS = {
    "by means": "off = x @ W + b - y\n    return 2 * (x * off).mean(dim=0).reshape(-1, 1), 2 * off.mean().reshape(1)",
    "in a list": "off = x.mm(W) + b - y\n    return [2 * x.T @ off / len(y), 2 * off.mean(0)]",
    "row by row": "dW, db = torch.zeros_like(W), torch.zeros_like(b)\n    for row, right in zip(x, y):\n"
    "        off = row @ W + b - right\n        dW += 2 / len(x) * off * row.reshape(-1, 1)\n"
    "        db += 2 / len(x) * off\n    return dW, db",
}


CHECKED = ("hypothesis", "cost", "train")  # by hidden checks


@pytest.fixture(scope="module")
def lab() -> Assignment:
    return load_assignment(ROOT, "linear_regression")


@pytest.fixture(scope="module")
def given(lab: Assignment) -> str:
    """The notebook's imports and data, and all solutions."""
    cells = [cell_of(lab.source, name).source for name in ("imports", "data_lemonade")]
    return "\n".join([*cells, *(each.reference for each in lab.solutions)])


def complaint(lab: Assignment, given: str, exercise: str, code: str) -> str | None:
    """What the notebook's own check says of an answer, hidden tests included; None if it is content."""
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(given, names)
        try:
            exec(code, names)
            exec(lab.exercise(exercise).tests, names)
        except Exception as error:
            return str(error) or type(error).__name__
    return None


def test_the_table_of_exercises_and_the_headings_tell_their_points(lab: Assignment) -> None:
    assert {each.name: each.points for each in lab.exercises} == POINTS
    texts = "".join(cell.source for cell in lab.source.cells if cell.cell_type == "markdown")
    for number, points in enumerate(POINTS.values(), 1):
        assert re.search(rf"\| {number} \| \[.*\]\(#exercise-{number}\) \| .* \| {points} \|", texts)
        assert re.search(rf"## Exercise {number}: .* \({points} points, \d+ minutes\)", texts)
    assert f"**{sum(POINTS.values())}**" in texts


def test_what_the_text_says_of_the_data_follows_from_the_formulas(lab: Assignment, given: str) -> None:
    reference = load_check_module(lab.checks_folder, "reference")
    data = reference.eight_days()
    names: dict[str, Any] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(given, names)
    assert torch.equal(data.x, names["x_train"])
    assert torch.equal(data.y, names["y_train"])
    zeros = torch.zeros(2, 1), torch.zeros(1)
    best = reference.descend(data, *zeros, lr=0.1, nb_epochs=10_000)
    assert best.weights.tolist() == pytest.approx([2, 3, 10])
    assert best.costs[-1] == pytest.approx(0.125)
    first = reference.descend(data, *zeros, lr=0.1, nb_epochs=21).costs
    assert first[0] == 115.875
    assert first[1:3] == pytest.approx([72.5, 45.75], abs=0.05)
    assert first[20] < 0.16
    assert reference.descend(data, *zeros, lr=0.7, nb_epochs=30).costs[-1] > first[0], "the largest of the three grows"


def test_the_closed_form_is_what_gradient_descent_does(lab: Assignment) -> None:
    reference = load_check_module(lab.checks_folder, "reference")
    data, W, b = reference.fresh(1, 7, 3), torch.ones(3, 1).double(), torch.ones(1).double()
    found, costs = reference.descend(data, W, b, lr=0.2, nb_epochs=5), []
    for _ in range(5):
        W, b = W.requires_grad_(), b.requires_grad_()
        cost = ((data.x.double() @ W + b - data.y) ** 2).mean()
        costs.append(cost.item())
        slopes = torch.autograd.grad(cost, [W, b])
        W, b = ((each - 0.2 * slope).detach() for each, slope in zip((W, b), slopes, strict=True))
    assert found.costs == pytest.approx(costs)
    assert found.weights.tolist() == pytest.approx([*W.flatten().tolist(), b.item()])


def test_the_notebook_finds_what_the_hidden_checks_find(lab: Assignment, given: str) -> None:
    wrong = load_misconceptions(lab)
    assert len(wrong) >= 40
    passed = [f"{each.exercise}/{each.id}" for each in wrong if not complaint(lab, given, each.exercise, each.code)]
    assert passed == []


def test_the_notebook_lets_right_answers_pass(lab: Assignment, given: str) -> None:
    right = [(each.exercise, each.code) for each in load_alternatives(lab)]
    right += [(each.name, each.reference) for each in lab.exercises if each.functions]
    assert [said for exercise, code in right if (said := complaint(lab, given, exercise, code))] == []


def test_the_tests_of_the_gradient_tell_right_from_wrong(lab: Assignment, given: str) -> None:
    start = "def gradient(x, y, W, b):\n    "
    said = {name: complaint(lab, given, "gradient", start + code) for name, code in WRONG_GRADIENTS.items()}
    assert all(said.values()), said
    for name, code in RIGHT_GRADIENTS.items():
        assert complaint(lab, given, "gradient", start + code) is None, name


def test_the_gradient_is_judged_from_outside_as_beside_the_student_s_code(
    lab: Assignment, given: str, server: ForkServer
) -> None:
    with Grader(lab, ForkSandbox(server)) as grader:
        for name in ("two features", "other order", "in a list"):
            answer = f"def gradient(x, y, W, b):\n    {({**WRONG_GRADIENTS, **RIGHT_GRADIENTS})[name]}"
            report, _ = grader.judges[0].judge(substituted(lab, "gradient", answer))
            judged, inside = report.exercise("gradient"), complaint(lab, given, "gradient", answer)
            assert judged.points == (0 if inside else 10), name
            assert not report.staff
            assert not inside or inside in judged.message or "raised" in judged.message, (judged.message, inside)


def test_students_get_neither_the_tests_that_are_kept_back_nor_the_mark_scheme(lab: Assignment) -> None:
    path = ROOT / "release" / "linear_regression" / "linear_regression.ipynb"
    released, text = nbformat.read(path, as_version=4), path.read_text(encoding="utf-8")
    kept_back = cell_of(lab.source, "test_gradient").source.partition("BEGIN HIDDEN TESTS")[2].partition("###")[0]
    scheme = cell_of(lab.source, "learning_rate").source.partition("BEGIN MARK SCHEME")[2].partition("###")[0]
    for line in (*kept_back.splitlines(), *scheme.splitlines()):
        assert len(line) < 16 or line not in text, line
    assert "assert torch.allclose(db" in cell_of(released, "test_gradient").source
    assert "Why does the cost soon *grow*" in cell_of(released, "learning_rate").source


def test_a_student_s_page_calls_the_text_by_its_heading_and_holds_no_mark_scheme(lab: Assignment) -> None:
    marking: Any = SimpleNamespace(course=load_course(ROOT), assignment=lab)
    graded = nbformat.from_dict(lab.source)  # with the mark scheme, as staff see it
    page = page_from(marking, lab, report_of(lab, "student-001"), graded, Person("", {}))
    assert "Exercise 5: the learning rate" in page
    assert "MARK SCHEME" not in page
    assert "for the reason" not in page


@pytest.fixture(scope="module")
def lost(lab: Assignment, server: ForkServer) -> dict[str, float]:
    """The share of its exercise's points that each known mistake loses, each mutant, and each right answer."""
    shares = {}
    entries = [("", each.exercise, each.id, each.code) for each in load_misconceptions(lab)]
    entries += [("right ", each.exercise, each.id, each.code) for each in load_alternatives(lab)]
    for each in lab.exercises:
        mutants = make_mutants(each.name, each.reference, lab.module_names) if each.name in CHECKED else []
        entries += [("mutant ", each.name, mutant.id, mutant.code) for mutant in mutants[::3]]  # the audit has all
    sandbox = ForkSandbox(server, Limits(call_wall_seconds=4))
    with CheckSession(lab) as session, reference_run(lab, sandbox) as run:
        for kind, home, name, code in entries:
            exercise = lab.exercise(home)
            run.redefine(exercise.solution_cell, exercise.functions, code)
            found = session.run(run, frozenset({exercise.name}))
            assert not [one for one in found if one.result.verdict is Verdict.ERROR], name
            points = exercise_result(exercise, found).points
            messages = [one.result.message for one in found if one.result.verdict is not Verdict.PASSED]
            assert [fault for message in messages for fault in faults_of_form(message)] == [], name
            shares[f"{kind}{home}/{name}"] = 1 - points / exercise.points
            run.redefine(exercise.solution_cell, exercise.functions, exercise.reference)
    return shares


def test_points_follow_how_bad_a_mistake_is(lost: dict[str, float]) -> None:
    assert {name: share for name, share in lost.items() if name.startswith("right ") and share} == {}
    wrong = {name: share for name, share in lost.items() if not name.startswith(("right ", "mutant "))}
    assert {*FORM, *IDEA} <= {name.partition("/")[2] for name in wrong}
    limits = {**dict.fromkeys(FORM, (0.05, 0.2)), **dict.fromkeys(IDEA, (0.55, 1.0))}
    for name, share in wrong.items():
        least, most = limits.get(name.partition("/")[2], (0.1, 0.5))
        assert least - 1e-9 <= share <= most + 1e-9, f"{name} loses {share:.0%}"


def test_every_small_change_of_the_solution_loses_points(lab: Assignment, lost: dict[str, float]) -> None:
    mutants = {name.partition("/")[2]: share for name, share in lost.items() if name.startswith("mutant ")}
    assert len(mutants) > 25
    assert {name for name, share in mutants.items() if share <= 0} <= set(load_equivalents(lab))


def test_what_the_audit_says_at_once_is_all_right(lab: Assignment, server: ForkServer) -> None:
    """`make audit ASSIGNMENT=linear_regression` proves the rest."""
    sandbox, addresses = ForkSandbox(server), load_course(ROOT).addresses
    rows = [*static_rows(lab, ROOT / "release" / lab.name, addresses), catalogue_row(lab)]
    rows += [*whole_notebook_rows(lab, sandbox), *counter_example_rows(lab, sandbox)]
    assert [problem for row in rows for problem in row.problems] == []
