"""Edits are tried on as few requests as it takes to tell that they don't mend."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from helpers import listen, make_variant

from autograder.course.assignment import Assignment
from autograder.course.loading import load_assignment
from autograder.judge.mending import mend
from autograder.judge.rehearsal import rehearse
from autograder.judge.runs import notebook_run, reference_run
from autograder.judge.session import CheckSession
from autograder.judge.tries import Budget, Patient, Way
from autograder.report.exercise_result import Verdict
from autograder.sandbox.cell_run import RunCell
from autograder.sandbox.forked import ForkSandbox

REFERENCE = "def f(x):\n    y = x * x + 3\n    return y / 2"
CHECKS = '''
import pytest
from autograder.checks import Notebook, expect_close

@pytest.mark.exercise("f")
def test_f(student: Notebook) -> None:
    """`f` gives half of the square and 3."""
    inputs = (0.0, 1.0, 5.0, 8.0)
    for x, value in zip(inputs, [student.f(x) for x in inputs], strict=True):
        expect_close(value, (x * x + 3) / 2, "f(x)", "It should be half of the square and 3.")
'''
Mended = Callable[[str, int], tuple[tuple[Way, ...], list[Mapping[str, Any]]]]


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    folder: Path = tmp_path_factory.mktemp("variant")
    return load_assignment(*make_variant(folder, CHECKS, REFERENCE))


@pytest.fixture
def mended(assignment: Assignment, sandbox: ForkSandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mended]:
    """Looks for one mistake or two in some code: what mends it, and what was asked for that."""
    with CheckSession(assignment) as session, reference_run(assignment, sandbox) as reference:
        right = cache(lambda check: rehearse(session, reference, check))

        def mended(source: str, mistakes: int) -> tuple[tuple[Way, ...], list[Mapping[str, Any]]]:
            with notebook_run(sandbox, assignment, [RunCell("f", source, "f", 0)]) as run:
                (found,) = session.run(run, frozenset({"f"}))
                assert found.result.verdict is Verdict.FAILED
                checks = (found.result.id,)
                heard = listen(monkeypatch)
                patient = Patient(
                    run, session, right, (source,), ("f",), checks, frozenset(checks), Budget(8), mistakes
                )
                return mend(patient), [each for each in heard.requests if each.get("do") == "try"]

        yield mended


@pytest.mark.parametrize(
    ("wrong", "telling"),
    [("+ 3", 1), ("x * x", 2), ("x * x + 3\n", 3)],
    ids=["the first input tells", "the second tells", "the third tells"],
)
def test_most_edits_are_asked_no_more_than_what_goes_wrong_first(mended: Mended, wrong: str, telling: int) -> None:
    instead = {"+ 3": "+ 4", "x * x": "x + x", "x * x + 3\n": "x * x + 3 if x < 2 else x * x - 3\n"}[wrong]
    ways, tried = mended(REFERENCE.replace(wrong, instead), 1)
    assert ways
    first, *again = tried[-2:]
    assert first["requests"] == telling
    assert [each["requests"] for each in again] == [None]
    assert 0 < len(again[0]["tries"]) < len(first["tries"]) / 2


def test_what_mends_the_first_answer_alone_is_no_way_to_mend(mended: Mended) -> None:
    # Without `4 * (x < 3)` it is right from 3 on, and `+ 0` for `+ 4` would be right for 0 and 1 alone.
    ways, _ = mended("def f(x):\n    y = x * x + 3 + 4 * (x < 3) + (x > 3)\n    return y / 2", 1)
    assert ways == ()


def test_where_two_mistakes_are_looked_for_each_edit_is_asked_everything(mended: Mended) -> None:
    ways, tried = mended(REFERENCE.replace("+ 3", "+ 4"), 2)
    assert ways
    assert {each["requests"] for each in tried} == {None}
