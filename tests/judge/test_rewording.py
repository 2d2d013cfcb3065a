"""Words get their values from a guest that knows no hidden inputs, where they are to be read."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from helpers import RIGHT, TINY_COURSE, notebook_of, write_notebook

from autograder.course.assignment import Assignment
from autograder.course.loading import load_assignment
from autograder.judge import rewording
from autograder.judge.check_runs import CheckRun
from autograder.judge.grader import Grader
from autograder.judge.rewording import Rewording
from autograder.judge.runs import in_new_guests
from autograder.judge.session import CheckSession
from autograder.judge.unjudged import Graded
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.limits import Limits
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.server import ForkServer

PUBLIC = "test_notebook_values"
# All public checks tell guests of hidden inputs, so that words of those after the first are guarded.
TELLING = '''

@pytest.mark.exercise("double", weight=1, public=True)
def test_all(student: Notebook) -> None:
    """`double` gives twice each number."""
    with hidden_inputs():
        student.double(torch.tensor([98765.0]))

'''
TAIL = """
    with hidden_inputs():
        student.{}(torch.tensor([98765.0]))
"""
# What it asks depends on an answer, so that it is in no script.
TWICE = """
    again = expect_tensor(student.double(value), (3,), "double(double(values))")
    expect_close(again, [4.0, 8.0, 24.0], "double(double(values))", "Each number should be twice as large.")
"""
SOMETIMES = "def double(x):\n    return 2 * x if x.max() < 7 else 3 * x"
TRIPLE = "def double(x):\n    return 3 * x"


def add_telling_checks(folder: Path, tails: bool) -> None:
    """Adds the check that tells; and to the other public ones, if `tails`, that they tell in the end, too."""
    for name in ("double", "double_mean"):
        path = folder / f"test_{name}.py"
        head, mark, rest = path.read_text().partition("\n\n@pytest.mark.exercise(")
        public, following, others = rest.partition("\n\n\n")
        head = head.replace("expect_close,", "expect_close, hidden_inputs,")
        first = TELLING if name == "double" else ""
        tail = TWICE * (name == "double") + TAIL.format(name) if tails else ""
        path.write_text(head + first + mark + public + tail + following + others)


@pytest.fixture(scope="module")
def telling(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    folder = tmp_path_factory.mktemp("telling")
    shutil.copytree(TINY_COURSE, folder, dirs_exist_ok=True)
    add_telling_checks(folder / "tests" / "hidden" / "tiny", tails=True)
    return load_assignment(folder, "tiny")


@dataclass(frozen=True)
class Judged:
    """What came of some code, and which checks were asked together."""

    graded: Graded
    asked: list[frozenset[str]]

    def words(self, exercise: str) -> str:
        """Of the public check of an exercise."""
        return next(each.message for each in self.graded.report.exercise(exercise).checks if PUBLIC in each.id)


Judge = Callable[[Mapping[str, str]], Judged]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[frozenset[str]]:
    """The checks that are asked together, as it happens."""
    asked: list[frozenset[str]] = []
    run_checks = CheckSession.run_checks

    def noted(session: CheckSession, run: NotebookRun, checks: frozenset[str]) -> list[CheckRun]:
        asked.append(checks)
        return run_checks(session, run, checks)

    monkeypatch.setattr(CheckSession, "run_checks", noted)
    return asked


@pytest.fixture
def reworded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Has an item for each new guest that words come from."""
    found: list[int] = []

    def noted(*args: Any) -> Any:
        found.append(1)
        return in_new_guests(*args)

    monkeypatch.setattr(rewording, "in_new_guests", noted)
    return found


@pytest.fixture
def judge(telling: Assignment, sandbox: ForkSandbox, tmp_path: Path, asked: list[frozenset[str]]) -> Judge:
    """Grades code in a grader that has graded nothing yet."""

    def judge(code: Mapping[str, str]) -> Judged:
        with Grader(telling, sandbox) as grader:
            path = write_notebook(tmp_path / "handed-in.ipynb", notebook_of(telling, {**RIGHT, **code}))
            return Judged(grader.grade(path, "student-001"), asked)

    return judge


def test_words_have_their_values_though_the_guest_knew_hidden_inputs(judge: Judge, reworded: list[int]) -> None:
    judged = judge({"double": TRIPLE})
    assert "the first is 3" in judged.words("double")
    assert reworded == [1]


def test_what_tells_guests_nothing_is_asked_before_they_know_anything(
    sandbox: ForkSandbox, tmp_path: Path, reworded: list[int]
) -> None:
    shutil.copytree(TINY_COURSE, tmp_path / "course")
    add_telling_checks(tmp_path / "course" / "tests" / "hidden" / "tiny", tails=False)
    assignment = load_assignment(tmp_path / "course", "tiny")
    path = write_notebook(tmp_path / "handed-in.ipynb", notebook_of(assignment, {**RIGHT, "double": TRIPLE}))
    with Grader(assignment, sandbox) as grader:
        judged = Judged(grader.grade(path, "student-001"), [])
    assert "the first is 3" in judged.words("double")
    assert reworded == []


def test_what_goes_wrong_on_hidden_inputs_is_not_asked_for_values(judge: Judge, reworded: list[int]) -> None:
    judged = judge({"double": "def double(x):\n    return 2 * x if len(x) > 1 else [][0]"})
    messages = [each.message for each in judged.graded.report.exercise("double").checks]
    assert messages[:2] == [messages[0], "For the same reason."]
    assert messages[0].startswith("`double` raised IndexError")
    assert reworded == []


def test_a_check_that_was_accepted_after_others_had_told_leaves_the_next_guest_as_it_is(
    telling: Assignment, sandbox: ForkSandbox, tmp_path: Path
) -> None:
    """What it asks after its script is asked ahead in the guest that words come from: it knows no more for that."""
    with Grader(telling, sandbox) as grader:
        grader.get_ready(4)
        for answers in ({}, {}, {"double": SOMETIMES}):
            path = write_notebook(tmp_path / "handed-in.ipynb", notebook_of(telling, {**RIGHT, **answers}))
            judged = Judged(grader.grade(path, "student-001"), [])
    assert "the first is 6" in judged.words("double")


def test_nobody_is_asked_for_words_of_an_exercise_that_is_right_beside_reference_code(judge: Judge) -> None:
    judged = judge({"double": TRIPLE})
    result = judged.graded.report.exercise("double_mean")
    assert (result.follow_through, result.points) == (True, result.max_points)
    beside, alone = "double_mean::test_other_values", f"double_mean::{PUBLIC}"
    assert any(alone in each for each in judged.asked)
    assert all(beside in each for each in judged.asked if alone in each)


def test_an_exercise_with_a_mistake_of_its_own_gets_its_values_too(judge: Judge) -> None:
    judged = judge({"double": TRIPLE, "double_mean": "def double_mean(x):\n    return [mean_of(x)]"})
    assert "the first is 3" in judged.words("double")
    assert judged.words("double_mean").startswith("`double_mean(values)` returned a list of 1 item")


def test_what_never_ends_this_time_leaves_the_words_as_they_were(
    telling: Assignment, server: ForkServer, tmp_path: Path
) -> None:
    waits = "seen = []\ndef double(x):\n    while len(x) == 3 and not seen: pass\n    seen.append(1)\n    return 3 * x"
    path = write_notebook(tmp_path / "handed-in.ipynb", notebook_of(telling, {**RIGHT, "double": waits}))
    sandbox = ForkSandbox(server, Limits(call_wall_seconds=0.5, patience_wall_seconds=0.3))
    with Grader(telling, sandbox) as grader:
        judged = Judged(grader.grade(path, "student-001"), [])
    assert judged.words("double").startswith("`double(values)` returned")
    assert "stopped" not in judged.words("double")


def test_for_verdicts_alone_nobody_is_asked_for_words(
    telling: Assignment, sandbox: ForkSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_notebook(tmp_path / "handed-in.ipynb", notebook_of(telling, {**RIGHT, "double": TRIPLE}))
    monkeypatch.setattr(Rewording, "reworded", None)
    with Grader(telling, sandbox, verdicts_only=True) as grader:
        report = grader.grade(path, "student-001").report
    assert report.exercise("double").points < report.exercise("double").max_points
