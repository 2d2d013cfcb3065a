"""What has to be judged beside the same right code is asked in one guest, as long as that changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pytest
from helpers import notebook_of, write_notebook
from marked import answer, judged_by, make_assignment, write_checks

from autograder.course.assignment import Assignment
from autograder.judge.grader import Grader
from autograder.judge.replaying import NoSandbox
from autograder.report.report import Report
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.limits import Limits
from autograder.sandbox.sandbox import Guest

SOLUTIONS = {
    "base": "calls = []\n\n\ndef base(x):\n    return x + 1",
    "first": "def first(x):\n    return 2 * base(x)",
    "second": "def second(x):\n    return base(x) - 3 * x",
    "third": "def third(x):\n    return base(base(x)) ** 2",
}
RIGHT = {"base": "x + 1", "first": "2 * x + 2", "second": "1 - 2 * x", "third": "(x + 2) ** 2"}
CHECK = '''
@pytest.mark.exercise("{name}")
def test_{name}(student):
    """It gives the right number."""
    for x in (2, 5):
        expect(student.{name}(x) == {right}, "{name}(x)", "gave another number", "It should be {right}.")
'''
WRONG_BASE = "calls = []\n\n\ndef base(x):\n    return x - 1"
NOT_WRITTEN = "def second(x):\n    raise NotImplementedError()"
REMEMBERS = "def first(x):\n    calls.append(x)\n    return 2 * base(x)"


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    folder = tmp_path_factory.mktemp("built")
    cells = [
        cell
        for name, solution in SOLUTIONS.items()
        for cell in (answer(name, solution), judged_by(f"test_{name}", "assert True", 4))
    ]
    checks = "".join(CHECK.format(name=name, right=right) for name, right in RIGHT.items())
    write_checks(folder, "built", f"import pytest\nfrom autograder.checks import expect\n{checks}")
    return make_assignment(folder, "built", {"built": cells})


@pytest.fixture
def impatient(sandbox: ForkSandbox) -> ForkSandbox:
    return ForkSandbox(sandbox.server, Limits(call_wall_seconds=0.5))


@dataclass(frozen=True)
class Judged:
    """A report, how many guests it took, and the report of what is judged again on its answers, without any."""

    report: Report
    guests: int
    again: Report | None

    @property
    def points(self) -> list[float]:
        return [each.points for each in self.report.exercises]


def judged(
    assignment: Assignment, sandbox: ForkSandbox, folder: Path, answers: Mapping[str, str], keep_answers: bool = True
) -> Judged:
    path = write_notebook(folder / "built.ipynb", notebook_of(assignment, {**SOLUTIONS, **answers}))
    start, started = ForkSandbox.start, list[Guest]()

    def count(*args: object, **kwargs: object) -> Guest:
        started.append(start(*args, **kwargs))  # type: ignore[arg-type]
        return started[-1]

    with Grader(assignment, sandbox, verdicts_only=True, keep_answers=keep_answers) as grader:
        for exercise in assignment.exercises[1:]:
            grader.judges[0].beside_references.delegating.won(exercise, "base")  # its own guests are no student's
        with mock.patch.object(ForkSandbox, "start", count):
            graded = grader.grade(path, "student-001")
    again = None
    if graded.answers is not None:
        with Grader(assignment, NoSandbox(sandbox.limits), verdicts_only=True) as grader:
            again = grader.grade(path, "student-001", known=graded.answers).report
    return Judged(graded.report, len(started), again)


def test_later_exercises_share_the_guest_of_one_that_is_right_there(
    assignment: Assignment, sandbox: ForkSandbox, tmp_path: Path
) -> None:
    found = judged(assignment, sandbox, tmp_path, {"base": WRONG_BASE})
    assert found.points == [0, 4, 4, 4]
    assert [each.follow_through for each in found.report.exercises] == [False, True, True, True]
    assert found.guests == 2
    assert found.again is not None
    assert found.again.exercises == found.report.exercises


@pytest.mark.parametrize(
    ("wrong", "points", "guests"),
    [
        pytest.param({"first": "def first(x):\n    return 3 * base(x)"}, [0, 0, 4, 4], 3, id="the first of them"),
        pytest.param({"second": "def second(x):\n    return base(x)"}, [0, 4, 0, 4], 4, id="a later one"),
        pytest.param({"third": "def third(x):\n    return base(x)"}, [0, 4, 4, 0], 3, id="the last one"),
        pytest.param({"second": NOT_WRITTEN}, [0, 4, 0, 4], 4, id="one that is not written"),
    ],
)
def test_one_that_is_wrong_there_too_is_judged_in_a_guest_of_its_own(
    assignment: Assignment,
    sandbox: ForkSandbox,
    tmp_path: Path,
    wrong: Mapping[str, str],
    points: list[float],
    guests: int,
) -> None:
    found = judged(assignment, sandbox, tmp_path, {"base": WRONG_BASE, **wrong})
    assert found.points == points
    assert found.guests == guests
    assert found.again is not None
    assert found.again.exercises == found.report.exercises


def test_a_notebook_that_remembers_its_calls_is_asked_in_a_guest_for_each(
    assignment: Assignment, sandbox: ForkSandbox, tmp_path: Path
) -> None:
    found = judged(assignment, sandbox, tmp_path, {"base": WRONG_BASE, "first": REMEMBERS})
    assert found.points == [0, 4, 4, 4]
    assert found.guests == 3  # `second` and `third` share one


def test_what_an_exercise_leaves_behind_does_nothing_to_the_next(
    assignment: Assignment, sandbox: ForkSandbox, tmp_path: Path
) -> None:
    second = "def second(x):\n    return base(x) - 3 * x if len(calls) < 3 else None"
    found = judged(assignment, sandbox, tmp_path, {"base": WRONG_BASE, "first": REMEMBERS, "second": second})
    assert found.points == [0, 4, 4, 4]


def test_one_that_had_to_be_stopped_does_not_take_its_time_from_the_others(
    assignment: Assignment, impatient: ForkSandbox, tmp_path: Path
) -> None:
    second = "def second(x):\n    while base(x) < x: pass\n    return base(x) - 3 * x"
    found = judged(assignment, impatient, tmp_path, {"base": WRONG_BASE, "second": second})
    assert found.points == [0, 4, 4, 4]


@pytest.mark.parametrize("answers", [{}, {"first": REMEMBERS}, {"second": "def second(x):\n    return base(x)"}])
def test_points_are_the_same_where_no_answers_are_kept(
    assignment: Assignment, sandbox: ForkSandbox, tmp_path: Path, answers: Mapping[str, str]
) -> None:
    every = {"base": WRONG_BASE, **answers}
    kept = judged(assignment, sandbox, tmp_path, every)
    assert judged(assignment, sandbox, tmp_path, every, keep_answers=False).points == kept.points
