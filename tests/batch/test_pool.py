"""A batch goes on when a worker dies, and only one batch works in a course at a time."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import pytest
from helpers import RIGHT, TINY_COURSE, hand_in, notebook_of, run

from autograder.batch import batch, local, pool, saving
from autograder.cli.main import _TOLD_TO_END, _leave
from autograder.course.assignment import Assignment
from autograder.course.course import Course, load_course
from autograder.course.loading import load_assignment
from autograder.judge.unjudged import fault
from autograder.report.report import Status
from autograder.sandbox.forked import ForkSandbox

STUDENTS = [f"student-{number:03}" for number in range(1, 9)]


@pytest.fixture
def handed_in(course: Path) -> tuple[Course, Assignment]:
    assignment = load_assignment(TINY_COURSE, "tiny")
    for student in STUDENTS:
        hand_in(course, student, notebook_of(assignment, RIGHT))
    return load_course(course), assignment


@pytest.fixture(autouse=True)
def each_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each submission is saved as soon as it is graded, so that there are moments between them to disturb."""
    monkeypatch.setattr(saving, "SAVED_WITHIN_SECONDS", 0.0)


def kill_a_worker() -> threading.Thread:
    def kill() -> None:
        for child in multiprocessing.active_children()[:1]:
            os.kill(child.pid or 0, signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def test_a_worker_that_is_killed_costs_nobody_a_mark(
    handed_in: tuple[Course, Assignment], sandbox: ForkSandbox
) -> None:
    course, assignment = handed_in
    rows = []
    thread = None
    open_pool = partial(local.local_pool, replace(course, workers=2), assignment, sandbox)
    for row in batch.grade_batch(course, assignment, STUDENTS, open_pool):
        thread = thread or kill_a_worker()
        rows.append(row)
    assert thread is not None
    thread.join()
    assert sorted(row.student for row in rows) == STUDENTS
    assert {(row.student, row.score, row.message) for row in rows} == {(each, 20.0, "") for each in STUDENTS}


def test_a_submission_whose_worker_dies_each_time_is_given_up_as_our_fault_and_the_others_are_graded(
    handed_in: tuple[Course, Assignment], sandbox: ForkSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    course, assignment = handed_in
    grade_one: Callable[..., Any] = local.grade_one

    def die_for_one(student: str, *more: Any) -> Any:
        if student == "student-003":
            os._exit(1)
        return grade_one(student, *more)

    die_for_one.__qualname__ = "grade_one"  # pickled by name; the workers are forks and find the patch
    monkeypatch.setattr(local, "grade_one", die_for_one)
    die_for_one.__module__ = local.__name__
    open_pool = partial(local.local_pool, course, assignment, sandbox)
    rows = {row.student: row for row in batch.grade_batch(course, assignment, STUDENTS, open_pool)}
    assert sorted(rows) == STUDENTS
    assert rows["student-003"].status == Status.GRADER_ERROR
    assert rows["student-003"].needs_a_look
    assert all(row.score == 20 for name, row in rows.items() if name != "student-003")


def test_a_submission_that_a_pool_gives_up_is_our_fault_and_the_others_are_graded(
    handed_in: tuple[Course, Assignment],
) -> None:
    course, assignment = handed_in
    right = pool.result_of(fault(assignment, "student-001", ""))

    def submit(student: str) -> Future[pool.Result]:
        future: Future[pool.Result] = Future()
        if student == "student-003":
            future.set_exception(pool.GradingFailed("its worker died 4 times"))
        else:
            future.set_result(replace(right, report=replace(right.report, student=student, status=Status.GRADED)))
        return future

    open_pool = lambda _: nullcontext(pool.Pool(submit, lambda: 2))  # noqa: E731
    rows = {row.student: row for row in batch.grade_batch(course, assignment, STUDENTS, open_pool)}
    assert {student for student, row in rows.items() if row.status == Status.GRADER_ERROR} == {"student-003"}
    assert rows["student-003"].needs_a_look
    assert "its worker died 4 times" in (course.autograded("student-003", "tiny") / "report.json").read_text()


def test_after_a_death_those_in_work_are_tried_alone_and_the_rest_side_by_side(
    handed_in: tuple[Course, Assignment],
) -> None:
    _, assignment = handed_in
    right = pool.result_of(fault(assignment, "student-001", ""))
    together: list[tuple[str, int]] = []
    students = [f"student-{number:03}" for number in range(1, 20)]

    @contextmanager
    def open_pool(_: int) -> Iterator[pool.Pool]:
        running: list[Future[pool.Result]] = []

        def submit(student: str) -> Future[pool.Result]:
            future: Future[pool.Result] = Future()
            running.append(future)
            together.append((student, sum(not each.done() for each in running)))

            def end() -> None:
                if student == "student-002":
                    future.set_exception(BrokenProcessPool())
                else:
                    future.set_result(replace(right, report=replace(right.report, student=student)))

            threading.Timer(0.02, end).start()
            return future

        yield pool.Pool(submit, lambda: 1)

    found = [each for each in pool.grade_each(assignment, students, open_pool, lambda _: None) if each is not None]
    assert sorted(each.report.student for each in found) == students
    assert any(count > 1 for student, count in together if student == "student-019")


@pytest.mark.slow
def test_a_second_grader_in_the_same_course_says_so_and_exits_with_1(course: Path) -> None:
    hand_in(course, "student-001", notebook_of(load_assignment(course, "tiny"), RIGHT))
    with (course / ".autograder.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = run("autograder", "grade", "tiny", cwd=course)
    assert done.returncode == 1
    assert "Another grader is at work" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (course / "autograded").exists()


@pytest.mark.slow
def test_checks_that_can_not_be_collected_are_said_in_one_sentence_and_nobody_is_blamed(course: Path) -> None:
    hand_in(course, "student-001", notebook_of(load_assignment(TINY_COURSE, "tiny"), RIGHT))
    (course / "tests/hidden/tiny/test_double.py").write_text("import nothing_of_this_name")
    done = run("autograder", "grade", "tiny", cwd=course)
    assert done.returncode == 1, done.stderr
    assert done.stderr.strip().splitlines()[-1].startswith("Error: The hidden checks in ")
    assert "Traceback" not in done.stderr
    assert list((course / "autograded").iterdir()) == []


@pytest.mark.slow
def test_where_there_is_a_worker_for_each_processor_a_guest_stays_on_one(
    handed_in: tuple[Course, Assignment], sandbox: ForkSandbox
) -> None:
    course, assignment = handed_in
    asks = "import os; print(os.sched_getaffinity(0))"
    tries = f"{asks}\ntry: os.sched_setaffinity(0, range(64))\nexcept OSError: print('no')"
    for student in STUDENTS:
        hand_in(course.folder, student, notebook_of(assignment, RIGHT, extra={"setup": tries}))
    processors = os.sched_getaffinity(0)
    for count, sets in ((len(processors), [{each} for each in processors]), (1, [processors])):
        open_pool = partial(local.local_pool, replace(course, workers=count), assignment, sandbox)
        rows = list(batch.grade_batch(course, assignment, STUDENTS, open_pool, force=True))
        assert {row.score for row in rows} == {20}
        cells = []
        for student in STUDENTS:
            cells += nbformat.read(course.autograded(student, "tiny") / "tiny.ipynb", 4).cells
        said = {cell.outputs[0].text for cell in cells if cell.source == tries}
        assert said
        assert said <= {f"{each}\nno\n" for each in sets}


class Dropped:
    """Whatever is raised while it is cleared away is lost."""

    def __del__(self) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.1)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_being_told_to_end_is_not_lost_where_python_drops_exceptions(
    handed_in: tuple[Course, Assignment], sandbox: ForkSandbox
) -> None:
    course, assignment = handed_in
    before = {each: signal.signal(each, _leave) for each in _TOLD_TO_END}
    open_pool = partial(local.local_pool, replace(course, workers=2), assignment, sandbox)
    rows = batch.grade_batch(course, assignment, STUDENTS, open_pool)
    try:
        next(rows)
        Dropped()
        with pytest.raises(SystemExit) as left:
            list(rows)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        pool.asked_to_leave.clear()
    assert left.value.code == 128 + signal.SIGINT
    assert multiprocessing.active_children() == []
