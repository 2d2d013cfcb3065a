"""A check run against answers that are there already: what it asked, and whether other answers please it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from helpers import RIGHT

from autograder.course.assignment import Assignment
from autograder.judge.grader import Grader
from autograder.judge.rehearsal import Frame, Rehearsal, goes_on, rehearse
from autograder.judge.runs import notebook_run
from autograder.report.exercise_result import Verdict
from autograder.sandbox import values
from autograder.sandbox.cell_run import RunCell
from autograder.sandbox.notebook_run import NotebookRun

CHECK = "double::test_notebook_values"


@pytest.fixture
def run(tiny: Assignment, grader: Grader) -> Iterator[NotebookRun]:
    with notebook_run(grader.sandbox, tiny, cells_of(RIGHT["double"])) as run:
        yield run


def cells_of(double: str) -> list[RunCell]:
    return [RunCell("setup", "import torch", None, 0), RunCell("double", double, "double", 1)]


def check_of(grader: Grader, name: str, exercise: str = "double") -> str:
    return next(each for each in grader.session.checks[exercise] if each.endswith(name))


def answer(value: Any) -> Frame:
    encoder = values.Encoder(values.Refs())
    return {"value": encoder.encode(value), "changed": [], "notes": []}, encoder.tensors


def rehearsed(grader: Grader, run: NotebookRun, name: str) -> Rehearsal:
    return rehearse(grader.session, run, check_of(grader, name))


def test_what_a_check_asks_and_gets_is_kept(grader: Grader, run: NotebookRun) -> None:
    found = rehearsed(grader, run, "notebook_values")
    assert found.result.result.verdict is Verdict.PASSED
    ((message, tensors),) = found.requests
    assert message["name"] == "double"
    assert [each.tolist() for each in tensors.values()] == [[1.0, 2.0, 6.0]]
    ((_, replied),) = found.replies
    assert [each.tolist() for each in replied.values()] == [[2.0, 4.0, 12.0]]


def test_a_request_is_kept_as_it_was_whatever_becomes_of_its_tensors(grader: Grader, tiny: Assignment) -> None:
    changing = cells_of("def double(x):\n    return x.mul_(2)")
    with notebook_run(grader.sandbox, tiny, changing) as run:
        found = rehearsed(grader, run, "notebook_values")
    assert [each.tolist() for each in found.requests[0][1].values()] == [[1.0, 2.0, 6.0]]


def test_a_guest_that_is_stopped_leaves_its_last_answer_out(grader: Grader, tiny: Assignment) -> None:
    with notebook_run(grader.sandbox, tiny, cells_of("def double(x):\n    import os; os._exit(1)")) as run:
        found = rehearsed(grader, run, "notebook_values")
    assert (len(found.requests), len(found.replies)) == (1, 0)
    assert found.result.result.verdict is Verdict.FAILED


def test_a_check_goes_on_with_answers_that_it_accepts_or_wants_more_after(grader: Grader, run: NotebookRun) -> None:
    found = rehearsed(grader, run, "notebook_values")
    session = grader.session
    assert goes_on(session, found, [answer(torch.tensor([2.0, 4.0, 12.0]))], run)
    assert not goes_on(session, found, [answer(torch.tensor([1.0, 4.0, 12.0]))], run)
    assert not goes_on(session, found, [answer(torch.tensor([2.0]))], run)
    assert not goes_on(session, found, [answer(None)], run)
    assert goes_on(session, found, [], run), "it asked for an answer that is not there"


ODD = [({}, {}), ({"value": {"t": "odd"}}, {}), ({"value": [1]}, {}), ({"raised": 3}, {}), ({"missing": []}, {})]
ODD += [({"raised": {"type": [], "text": {}, "line": "x", "function": 5}}, {}), ({"value": 1.0, "changed": 7}, {})]


@pytest.mark.parametrize("reply", ODD, ids=[repr(each[0]) for each in ODD])
def test_an_answer_of_no_form_pleases_no_check(grader: Grader, run: NotebookRun, reply: Frame) -> None:
    assert not goes_on(grader.session, rehearsed(grader, run, "notebook_values"), [reply], run)


def test_rehearsing_leaves_the_notebook_alone(grader: Grader, run: NotebookRun) -> None:
    guest = run.guest()
    found = rehearsed(grader, run, "other_shapes")
    goes_on(grader.session, found, [answer(torch.ones(2))], run)
    assert run.guest() is guest
    assert (run.stops, run.lost_seconds, run.killed) == ([], 0.0, False)
