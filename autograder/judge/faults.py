"""What is wrong with an assignment's hidden checks, in words for instructors, with file and line."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from autograder.checks.loading import blame, load_check_module, mend, place_of

if TYPE_CHECKING:
    from autograder.course.assignment import Assignment

_MARK = "the mark is exercise(name, weight=1, public=False), with the exercise's name as a text"
_NEEDS = "a check needs a weight above 0 and a docstring, the line students read"
_FROM_PYTEST = ("request",)  # fixtures that no definition stands for


class Faults:
    """A pytest plugin that notes, one sentence each, why checks can't be collected."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.found: list[str] = []

    def pytest_exception_interact(self, node: object, call: pytest.CallInfo[object]) -> None:
        if not isinstance(node, pytest.Collector) or call.excinfo is None:
            return
        error = call.excinfo.value
        if cause := error.__cause__:  # of a file that can't be imported
            self.found.append(f"{blame(cause, self.folder, node.path)}. {mend(cause)}")
        else:
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            self.found.append(f"{reason.rstrip('.')} ({place_of(node.path, None, self.folder)})")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None]:
        try:
            yield
        except pytest.UsageError as error:  # pytest would print it, and say no more than that there was one
            self.found.append(str(error))
            items.clear()


def conftest_fault(folder: Path) -> str | None:
    """What is wrong with a `conftest.py`; pytest prints a page about it, and ends before any plugin hears of it."""
    if (folder / "conftest.py").is_file():
        try:
            load_check_module(folder, "conftest")
        except (Exception, SystemExit) as error:
            return f"{blame(error, folder, folder / 'conftest.py')}. {mend(error)}"
    return None


def unexplained(code: int, folder: Path) -> str:
    """What to say if pytest ended early and no plugin heard why."""
    return f"pytest says {pytest.ExitCode(code).name}. Run `pytest {folder}` to see why"


def mark_fault(item: pytest.Item, mark: pytest.Mark, title: str) -> str | None:
    """What is wrong with a check's mark or docstring."""
    name, weight = mark.args[0] if len(mark.args) == 1 else None, mark.kwargs.get("weight", 1)
    if not isinstance(name, str) or not set(mark.kwargs) <= {"weight", "public"}:
        return at(item, _MARK)
    if not isinstance(weight, int | float) or isinstance(weight, bool) or not (math.isfinite(weight) and weight > 0):
        return at(item, f"{_NEEDS}; its weight is {weight!r}")
    return None if title else at(item, f"{_NEEDS}; it has no docstring")


def misfits(checks: Sequence[tuple[pytest.Item, str]], assignment: Assignment) -> Iterator[str]:
    """What keeps checks that were collected, each with its exercise, from judging the assignment."""
    if not checks:
        yield f"{assignment.checks_folder} holds no check: a function test_... with the mark `exercise`"
    names = [each.name for each in assignment.exercises]
    for item, exercise in checks:
        if exercise not in names:
            known = f"does not have: {exercise}. Its exercises: {', '.join(names)}"
            yield at(item, f"Hidden checks name exercises that the notebook {known}")
        elif assignment.exercise(exercise).is_by_hand:
            yield at(
                item,
                f"the exercise {exercise!r} is marked by hand. Take the check out, or let nbgrader grade the cell",
            )
        for fixture in missing_fixtures(item):
            yield at(item, f"there is no fixture {fixture!r}. Did you mean `student`?")
    for name, count in Counter(id_of(item) for item, _ in checks).items():
        if count > 1:
            yield f"{count} checks are called {name}. Rename all but one"


def missing_fixtures(item: pytest.Item) -> list[str]:
    """Arguments of a check that nothing gives a value."""
    info = getattr(item, "_fixtureinfo", None)
    given = {*_FROM_PYTEST, *getattr(getattr(item, "callspec", None), "params", ())}
    return [] if info is None else [each for each in info.names_closure if each not in {*info.name2fixturedefs, *given}]


def at(item: pytest.Item, what: str) -> str:
    """A fault of one check, and where the check stands."""
    line = item.location[1]
    place = place_of(item.path, None if line is None else line + 1, item.path.parent)
    return f"{id_of(item)} ({place}): {what}"


def id_of(item: pytest.Item) -> str:
    """A check's id: "bce::test_mean_loss"."""
    return f"{item.path.stem.removeprefix('test_')}::{item.name}"
