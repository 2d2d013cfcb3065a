"""How tests run on the instructor's own notebook is found once a class, and kept for the runs to come."""

from __future__ import annotations

import json
import shutil
import threading
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from helpers import ROOT
from ordinary import NAME, theme_of, write_course

from autograder.batch import batch, local
from autograder.course.course import Course, load_course
from autograder.judge.own_notebook import OwnNotebook, OwnNotebooks
from autograder.judge.test_cells import TestCells
from autograder.sandbox.forked import ForkSandbox

OWN = OwnNotebook({"test_f": "they gave 0"}, frozenset({("<tests test_f>", 3, "eq"), ("<given g>", 1, "call")}), True)
TEXT = """
%% answer Twice
class Twice:
    def __init__(self, x):
        self.x = x
    def __eq__(self, other):
        return self.x == other.x
%% wrong Twice
class Twice:
    def __init__(self, x):
        self.x = x
%% tests Twice 4
assert Twice(1) == Twice(1)
"""
STUDENTS = [f"student-{number:03}" for number in range(4)]


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """Of one notebook with its tests; every other answer is right."""
    folder = write_course(tmp_path / "course", [theme_of("one", TEXT)], len(STUDENTS))
    shutil.copyfile(ROOT / "course_config.py", folder / "course_config.py")
    return replace(load_course(folder), workers=2)


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with a line for each time that tests ran on the instructor's notebook, in whatever worker."""
    path, run_on_own = tmp_path / "asked", TestCells._run_on_own
    path.touch()

    def noting(self: TestCells, helpers_here: bool) -> OwnNotebook:
        with path.open("a") as file:
            file.write("asked\n")
        time.sleep(0.3)  # so that another worker comes meanwhile
        return run_on_own(self, helpers_here)

    monkeypatch.setattr(TestCells, "_run_on_own", noting)
    return path


def marks(course: Course, sandbox: ForkSandbox) -> dict[str, float]:
    assignment = course.assignment(NAME)
    open_pool = partial(local.local_pool, course, assignment, sandbox)
    return {each.student: each.score for each in batch.grade_batch(course, assignment, STUDENTS, open_pool, force=True)}


def test_the_instructor_s_notebook_is_run_once_for_a_class_of_two_workers_and_not_again_in_the_next_run(
    course: Course, asked: Path, sandbox: ForkSandbox
) -> None:
    first = marks(course, sandbox)
    assert sorted(first.values()) == [0, 4, 4, 4]
    assert asked.read_text() == "asked\n"
    assert marks(course, sandbox) == first
    assert asked.read_text() == "asked\n"
    (kept,) = (course.folders.autograded / f".own.{NAME}").glob("*.json")
    kept.write_text(kept.read_text()[:-5])
    assert marks(course, sandbox) == first
    assert asked.read_text() == "asked\n" * 2


def test_what_was_kept_comes_back_as_it_was(tmp_path: Path) -> None:
    file = OwnNotebooks(tmp_path / "own", "1").of("one", {"test_f": 2.0})
    assert file.read() is None
    assert file.read_or_make(lambda: OWN) == OWN
    assert file.read_or_make(lambda: pytest.fail("it is kept")) == OWN


@pytest.mark.parametrize(("version", "points"), [("2", 2.0), ("1", 3.0)])
def test_what_was_kept_of_another_assignment_is_not_used(version: str, points: float, tmp_path: Path) -> None:
    OwnNotebooks(tmp_path, "1").of("one", {"test_f": 2.0}).read_or_make(lambda: OWN)
    assert OwnNotebooks(tmp_path, version).of("one", {"test_f": points}).read() is None


@pytest.mark.parametrize(
    "changes",
    [
        {"faults": []},
        {"faults": {"test_f": 1}},
        {"needed": [["<tests test_f>", "3", "eq"]]},
        {"needed": [["<tests test_f>", 3]]},
        {"needed": 7},
        {"helpers_here": 1},
    ],
)
def test_a_file_of_another_form_is_as_good_as_none(changes: dict[str, Any], tmp_path: Path) -> None:
    file = OwnNotebooks(tmp_path, "1").of("one", {})
    file.read_or_make(lambda: OWN)
    file.path.write_text(json.dumps({**json.loads(file.path.read_text()), **changes}))
    assert file.read() is None
    assert file.read_or_make(lambda: OWN) == OWN
    assert file.read() == OWN


@pytest.mark.parametrize("text", ["", "[]", "{}", "nothing", "[" * 100_000, "\0"])
def test_a_damaged_file_is_as_good_as_none(text: str, tmp_path: Path) -> None:
    file = OwnNotebooks(tmp_path, "1").of("one", {})
    file.path.write_text(text)
    assert file.read() is None


def test_what_took_too_long_is_not_kept(tmp_path: Path) -> None:
    file = OwnNotebooks(tmp_path, "1").of("one", {})
    assert file.read_or_make(lambda: replace(OWN, lasts=False)) == replace(OWN, lasts=False)
    assert file.read() is None


def test_without_a_place_to_write_in_it_is_made_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert OwnNotebooks(tmp_path / "file", "1").of("one", {}).read_or_make(lambda: OWN) == OWN


def test_whoever_does_not_wait_leaves_it_to_the_other(tmp_path: Path) -> None:
    file = OwnNotebooks(tmp_path, "1").of("one", {})
    began, may_end = threading.Event(), threading.Event()

    def make() -> OwnNotebook:
        began.set()
        may_end.wait(20)
        return OWN

    other = threading.Thread(target=file.read_or_make, args=(make,))
    other.start()
    began.wait(20)
    assert file.read_or_make(lambda: pytest.fail("another one is at it"), wait=False) is None
    may_end.set()
    other.join()
    assert file.read() == OWN
