"""Processes that grade: each has a warm `Grader` and takes one submission after another."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.queues import SimpleQueue
from pathlib import Path

import nbformat

from autograder.assignment import Assignment
from autograder.course import Course
from autograder.forkserver import ForkServer
from autograder.grading import Graded, Grader, fault
from autograder.pool import Pool, Result

_PR_SET_PDEATHSIG = 1


_grader: Grader | None = None
_failure: Exception | None = None


@contextmanager
def local_pool(course: Course, assignment: Assignment, server: ForkServer, submissions: int) -> Iterator[Pool]:
    """Worker processes on this machine. However it is left, none of them stays, and none goes on grading."""
    workers = min(course.workers, submissions)
    server.wait_until_ready()
    # A fork shares the assignment and torch with this process, and the guests' server with the other workers.
    context = multiprocessing.get_context("fork")
    processors: SimpleQueue[int] = context.SimpleQueue()
    if workers == len(os.sched_getaffinity(0)):
        for each in os.sched_getaffinity(0):
            processors.put(each)
    executor = ProcessPoolExecutor(
        max_workers=workers,
        mp_context=context,
        initializer=_start_worker,
        initargs=(assignment, server, course, os.getpid(), processors),
    )
    try:
        yield Pool(
            lambda student: executor.submit(grade_one, student, course.submitted(student, assignment.name)),
            lambda: workers,
        )
    except BaseException:
        for child in multiprocessing.active_children():
            child.kill()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


def _start_worker(
    assignment: Assignment, server: ForkServer, course: Course, parent: int, processors: SimpleQueue[int]
) -> None:
    """Makes this process ready to grade. It ends with its parent; Ctrl-C is for the parent alone.

    Where there is a worker for each processor, each keeps to its own, and its guests with it: it waits while they work.
    """
    global _grader, _failure
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before we could ask to be told
        os._exit(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_DFL)
    if not processors.empty():
        os.sched_setaffinity(0, {processors.get()})
    try:
        _grader = Grader(assignment, server, course.limits, course.show_cells)
    except Exception as error:  # told with the first submission: a pool can't say why a worker did not start
        _failure = error


def grade_one(student: str, folder: Path) -> Result:
    """Grades one submission in a worker. Raises what kept the worker from starting, if something did."""
    if _failure is not None:
        raise _failure
    assert _grader is not None, "_start_worker() comes first"
    return result_of(_grader.grade(folder, student))


def result_of(graded: Graded) -> Result:
    """What is kept of a graded submission."""
    return Result(graded.report, nbformat.writes(graded.notebook) + "\n", graded.seconds)


def given_up(assignment: Assignment, student: str, reason: str) -> Result:
    """The result for a submission that could not be graded, try after try."""
    return result_of(fault(assignment, student, reason))
