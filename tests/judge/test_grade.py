"""`grade`, the function in the middle: any sandbox will do, and what was killed is tried again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from fakes import FakeSandbox
from helpers import hand_in, make_course, write_notebook

from autograder.course.assignment import Assignment
from autograder.judge import grade
from autograder.report.report import Status
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.outcome import Cause, GuestStopped, IsolationError, Outcome, ServerGone, Stop

KILLED = GuestStopped(Stop(Outcome.DIED, Cause.CUT_OFF), killed=True)


class Fails:
    """Raises `error` at each call of the function `name`, the first so many times."""

    def __init__(self, name: str, error: Exception, times: int) -> None:
        self.name, self.error, self.times = name, error, times

    def __call__(self, message: Mapping[str, Any]) -> None:
        if message.get("name") == self.name and self.times:
            self.times -= 1
            raise self.error


@pytest.fixture
def notebook(make_notebook: Callable[..., Any], tmp_path: Path) -> Path:
    return write_notebook(tmp_path / "mine.ipynb", make_notebook())


def test_a_notebook_or_a_folder_is_graded_in_any_sandbox(
    tiny: Assignment, notebook: Path, tmp_path: Path, make_notebook: Callable[..., Any]
) -> None:
    fake = FakeSandbox()
    assert grade(notebook, tiny, fake).score == tiny.max_score
    folder = hand_in(make_course(tmp_path / "course"), "student-001", make_notebook()).parent
    report = grade(folder, tiny, fake, "student-001")
    assert (report.student, report.score) == ("student-001", tiny.max_score)
    assert fake.guests
    assert all(guest.closed for guest in fake.guests)
    assert all(set(guest.files) == {"numbers.csv"} for guest in fake.guests)


def test_the_fake_and_the_real_sandbox_give_the_same_report(
    tiny: Assignment, make_notebook: Callable[..., Any], tmp_path: Path, sandbox: ForkSandbox
) -> None:
    wrong = make_notebook(
        {"double": "def double(x):\n    return x ** 2", "mean_of": "def mean_of(x):\n    return x.nope"}
    )
    path = write_notebook(tmp_path / "wrong.ipynb", wrong)
    fake, real = (grade(path, tiny, each) for each in (FakeSandbox(), sandbox))
    assert real.score < tiny.max_score
    assert fake.exercises == real.exercises


def test_a_guest_that_is_killed_once_costs_nothing(tiny: Assignment, notebook: Path) -> None:
    fake = FakeSandbox(before=Fails("double", KILLED, times=1))
    report = grade(notebook, tiny, fake)
    assert report.score == tiny.max_score
    assert len(fake.guests) > 1


def test_a_guest_that_is_killed_each_time_costs_its_own_exercise(tiny: Assignment, notebook: Path) -> None:
    report = grade(notebook, tiny, FakeSandbox(before=Fails("mean_of", KILLED, times=10**6)))
    assert report.exercise("mean_of").points == 0
    assert report.exercise("double").points == report.exercise("double").max_points
    assert "did not come back: it cut itself off from the grader" in report.exercise("mean_of").message


def test_a_fault_of_the_sandbox_is_told_as_ours(tiny: Assignment, notebook: Path) -> None:
    report = grade(notebook, tiny, FakeSandbox(before=Fails("double", RuntimeError("broken"), times=10**6)))
    assert report.exercise("double").verdict == "error"
    assert "RuntimeError: broken" in report.staff[0]
    assert report.needs_a_look


@pytest.mark.parametrize("error", [ServerGone("gone"), IsolationError("no layers")])
def test_where_nothing_can_be_graded_it_raises(tiny: Assignment, notebook: Path, error: Exception) -> None:
    class Refusing(FakeSandbox):
        def start(self, files: Mapping[str, Path], data: Mapping[str, Path] | None = None) -> Any:
            raise error

    with pytest.raises(type(error)):
        grade(notebook, tiny, Refusing())


def test_what_is_no_notebook_is_reported(tiny: Assignment, tmp_path: Path) -> None:
    path = tmp_path / "essay.ipynb"
    path.write_text("not a notebook")
    report = grade(path, tiny, FakeSandbox())
    assert report.status is Status.UNREADABLE
    assert report.student == "essay"
