"""Mistakes are found by mending the student's own code: one, two in a function, one in each of two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

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
from autograder.sandbox.limits import Limits
from autograder.sandbox.server import ForkServer

REFERENCE = """
def g(x, y):
    h = x + 1
    return h * y

def f(x, y):
    total = g(x, y) - 2
    return total / (y + 3)
"""
CHECKS = '''
import pytest
import torch
from autograder.checks import Notebook, expect_close

@pytest.mark.exercise("f")
def test_g(student: Notebook) -> None:
    """`g` gives the product."""
    expect_close(student.g(2.75, 4.5), 16.875, "g(x, y)", "It should be the product.")

@pytest.mark.exercise("f")
def test_f(student: Notebook) -> None:
    """`f` gives the quotient."""
    expect_close(student.f(2.75, 4.5), 14.875 / 7.5, "f(x, y)", "It should be the quotient.")

@pytest.mark.exercise("f")
def test_f_of_other_numbers(student: Notebook) -> None:
    """`f` gives the quotient of any numbers."""
    for x, y in ((0.5, 7.0), (-3.0, 11.0)):
        expect_close(student.f(x, y), ((x + 1) * y - 2) / (y + 3), "f(x, y)", "It should be the quotient.")

@pytest.mark.exercise("f")
def test_g_of_zero(student: Notebook) -> None:
    """`g` of 0 is 0."""
    expect_close(student.g(-1.0, 5.0), 0.0, "g(-1, y)", "It should be 0.")
'''


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    folder: Path = tmp_path_factory.mktemp("variant")
    return load_assignment(*make_variant(folder, CHECKS, REFERENCE.strip()))


@pytest.fixture(scope="module")
def session(assignment: Assignment) -> Iterator[CheckSession]:
    with CheckSession(assignment) as session:
        yield session


Mended = Callable[..., tuple[Way, ...]]


@pytest.fixture(scope="module")
def mended(assignment: Assignment, session: CheckSession, server: ForkServer) -> Iterator[Mended]:
    """Mends code that stands in the place of the reference."""
    sandbox = ForkSandbox(server, Limits(call_wall_seconds=0.7))
    reference = reference_run(assignment, sandbox)
    right = cache(lambda check: rehearse(session, reference, check))

    def mended(*sources: str, cpu_seconds: float = 8.0) -> tuple[Way, ...]:
        cells = [RunCell(f"cell {index}", each, "f", index) for index, each in enumerate(sources)]
        with notebook_run(sandbox, assignment, cells) as run:
            found = session.run(run, frozenset({"f"}))
            checks = tuple(one.result.id for one in found)
            failed = frozenset(one.result.id for one in found if one.result.verdict is Verdict.FAILED)
            budget = Budget(cpu_seconds)
            return mend(Patient(run, session, right, sources, ("g", "f"), checks, failed, budget))

    with reference:
        yield mended


def wrong(*changes: tuple[str, str]) -> str:
    """The reference with some parts changed."""
    code = REFERENCE.strip()
    for part, instead in changes:
        assert code.count(part) == 1
        code = code.replace(part, instead)
    return code


def kinds(ways: tuple[Way, ...]) -> set[tuple[tuple[str, int], ...]]:
    """Of each way, the kind and the line of each of its edits."""
    return {tuple(sorted((each.kind, each.places[0].line) for each in way)) for way in ways}


def test_one_mistake_is_found_at_its_place(mended: Mended) -> None:
    ways = mended(wrong(("- 2", "+ 2")))
    assert kinds(ways) == {(("operator:add>sub", 6),)}
    assert ways[0][0].places[0].text([wrong(("- 2", "+ 2"))]) == "g(x, y) + 2"


def test_two_mistakes_in_one_function_are_both_found(mended: Mended) -> None:
    ways = mended(wrong(("- 2", "+ 2"), ("y + 3", "y * 3")))
    assert (("operator:add>sub", 6), ("operator:mult>add", 7)) in kinds(ways)
    assert all(len(way) == 2 for way in ways)


def test_a_mistake_in_each_of_two_functions_is_found_in_both(mended: Mended) -> None:
    ways = mended(wrong(("x + 1", "x - 1"), ("y + 3", "y - 3")))
    assert kinds(ways) == {(("operator:sub>add", 2), ("operator:sub>add", 7))}


def test_a_mistake_in_one_of_two_cells_is_told_with_its_cell(mended: Mended) -> None:
    g, f = wrong(("y + 3", "y - 3")).split("\n\n")
    (way,) = mended(g, f)
    assert [(each.kind, each.places[0].cell, each.places[0].line) for each in way] == [("operator:sub>add", 1, 3)]


def test_a_helper_beside_the_functions_is_mended_too(mended: Mended) -> None:
    code = wrong(("h * y", "times(h, y)")) + "\n\ndef times(a, b):\n    return a / b"
    assert kinds(mended(code)) == {(("operator:div>mult", 10),)}


def test_a_loop_that_never_ends_is_mended_in_a_new_guest(mended: Mended) -> None:
    code = wrong(("h = x + 1", "h = x\n    while h < x + 1:\n        h -= 1"))
    ways = mended(code)
    assert (("operator:sub>add", 4),) in kinds(ways)
    assert all(len(way) == 1 for way in ways)


NOTHING_MENDS = {
    "another idea": "def g(x, y):\n    return [x, y]\ndef f(x, y):\n    return {y: x}",
    "no code": "def g(x, y:\n    return",
    "one function is missing": "def g(x, y):\n    h = x - 1\n    return h * y",
    "three far mistakes": wrong(("x + 1", "x ** 5 + 17"), ("h * y", "h % 3"), ("y + 3", "len('abc') ** 2")),
}


@pytest.mark.parametrize("name", NOTHING_MENDS)
def test_where_nothing_mends_nothing_is_found(mended: Mended, name: str) -> None:
    assert mended(NOTHING_MENDS[name], cpu_seconds=2.0) == ()


def test_what_mends_one_check_and_breaks_another_is_no_way_to_mend(mended: Mended) -> None:
    # `h == 0` for `h != 0` mends all that fails, and spoils what `g` of -1 is.
    ways = mended(wrong(("return h * y", "return h * y + (h != 0) * 3")))
    assert ways
    assert "compare:opposite" not in {each.kind for way in ways for each in way}


def test_without_a_budget_nothing_is_tried(mended: Mended, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = listen(monkeypatch)
    assert mended(wrong(("- 2", "+ 2")), cpu_seconds=0.0) == ()
    assert not [each for each in heard.requests if each.get("do") in ("try", "set")]
    assert mended(wrong(("- 2", "+ 2")))
    assert [each for each in heard.requests if each.get("do") == "try"]


def test_a_budget_is_of_processor_time_and_can_be_spent_by_others() -> None:
    budget = Budget(5.0)
    assert 4.5 < budget.cpu_seconds_left <= 5.0
    budget.spend(6.0)
    assert budget.cpu_seconds_left < 0


ENDS_THE_GUEST = {
    "in a line that an edit reaches": wrong(("h * y", "h / y if x < 9 else __import__('os')._exit(1)")),
    "while it is tried": wrong(("- 2", "+ 2"))
    + "\nimport sys\nif any('mending' in each for each in sys.modules):\n    import threading, os, time"
    "\n    threading.Thread(target=lambda: (time.sleep(0.05), os._exit(3)), daemon=True).start()",
}


@pytest.mark.parametrize("name", ENDS_THE_GUEST)
def test_code_that_ends_its_guest_is_just_not_mended_or_mended_all_the_same(mended: Mended, name: str) -> None:
    for way in mended(ENDS_THE_GUEST[name], cpu_seconds=2.0):
        assert len(way) == 1
