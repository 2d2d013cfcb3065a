"""Named files come back in the order in which they were named, whatever order they end in, and nothing is saved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers import RIGHT, notebook_of, report_of, write_notebook

from autograder.batch import local, named_files
from autograder.batch.named_files import NamedFile, grade_files
from autograder.batch.packed import Result
from autograder.batch.pool import Pool
from autograder.course.assignment import Assignment
from autograder.course.course import Course, load_course
from autograder.judge.memory import MemoryFile
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.server import ForkServer


@pytest.fixture
def loaded(course: Path) -> Course:
    return replace(load_course(course), workers=2)


def test_reports_come_in_order_and_one_that_takes_long_stops_no_other(
    loaded: Course, sandbox: ForkSandbox, tiny: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(tiny, name="other")
    submitted: list[str] = []
    waiting: dict[str, Future[Result]] = {}
    closed: list[str] = []

    @contextmanager
    def backwards(
        course: Course, assignment: Assignment, sandbox: ForkSandbox, paths: Mapping[str, Path], submissions: int
    ) -> Iterator[Pool]:
        """Of each assignment, who comes last ends first."""

        def submit(name: str) -> Future[Result]:
            submitted.append(name)
            future = waiting[name] = Future[Result]()
            mine = [each for each in paths if each in waiting]
            if len(mine) == len(paths):
                for each in reversed(mine):
                    waiting[each].set_result(Result(report_of(assignment, each), {}))
            return future

        try:
            yield Pool(submit, lambda: 1)
        finally:
            closed.append(assignment.name)

    monkeypatch.setattr(named_files, "files_pool", backwards)
    named = [NamedFile(Path(each), each, other if each in "bd" else tiny) for each in "abcd"]
    reports = grade_files(loaded, named, sandbox)
    first = next(reports)
    assert (first.student, first.assignment, submitted) == ("a", "tiny", ["a", "c"])
    assert [(each.student, each.assignment) for each in reports] == [("b", "other"), ("c", "tiny"), ("d", "other")]
    assert sorted(closed) == ["other", "tiny"]


def test_a_file_is_graded_wherever_it_lies_and_leaves_nothing_in_the_course(
    loaded: Course, sandbox: ForkSandbox, tiny: Assignment, tmp_path: Path
) -> None:
    path = write_notebook(tmp_path / "elsewhere" / "mine.ipynb", notebook_of(tiny, RIGHT))
    before = sorted(loaded.folder.rglob("*"))
    (report,) = grade_files(loaded, [NamedFile(path, "mine", tiny)], sandbox)
    assert (report.student, report.score) == ("mine", 20)
    after = [each for each in loaded.folder.rglob("*") if "__pycache__" not in each.parts]
    assert set(after) <= set(before)


def test_what_the_course_knows_of_mistakes_serves_named_files_too(
    loaded: Course, sandbox: ForkSandbox, tiny: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what they teach is known to the others, whichever worker has them."""
    memories: list[MemoryFile] = []
    graders = local._graders

    @contextmanager
    def note(workers: int, submissions: int, assignment: Assignment, *how: Any) -> Iterator[Executor]:
        memories.append(how[2])
        with graders(workers, submissions, assignment, *how) as executor:
            try:
                yield executor
            finally:
                texts.append(how[2].path.read_text())

    texts: list[str] = []
    monkeypatch.setattr(local, "_graders", note)
    loaded = replace(loaded, limits=replace(loaded.limits, mend_cpu_seconds=3.0))
    known = local.memory_file(loaded, tiny)
    known.path.parent.mkdir(parents=True)
    known.path.write_text("what the class has taught\n")
    wrong = notebook_of(tiny, {"double": "def double(x):\n    y = x\n    return -2 * y"})
    path = write_notebook(tmp_path / "mine.ipynb", wrong)
    with ForkServer() as server:
        (report,) = grade_files(loaded, [NamedFile(path, "mine", tiny)], ForkSandbox(server, loaded.limits))
    assert report.exercises[0].misconceptions == ("mended:minus-extra",)
    (memory,) = memories
    assert memory.version == known.version
    assert texts[0].startswith("what the class has taught\n")
    assert "minus-extra" in texts[0]
    assert known.path.read_text() == "what the class has taught\n"
    assert not memory.path.exists()
