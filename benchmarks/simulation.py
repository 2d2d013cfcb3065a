"""Grades a made-up class of any size on workers that run no student code: what the one coordinating process can take.

A few submissions are graded in earnest. Then workers give those results back for everybody, each after a drawn time,
and all else is the real thing: what has changed, scheduling, packing, files, the gradebook (SQLite), reports.

    python -m benchmarks.simulation [--submissions N] [--workers N] [--seconds-each S] [--pool here|dask] [--json FILE]

With `here` results come from a thread of the coordinator, as plain bytes; with `dask` from a Dask scheduler and its
workers, which are processes on this machine and take processors away from the coordinator.
"""

from __future__ import annotations

import argparse
import heapq
import json
import os
import pickle
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

import psutil

from autograder.batch.batch import grade_batch
from autograder.batch.dask_pool import cluster_pool
from autograder.batch.local import local_pool
from autograder.batch.pool import OpenPool, Pool, Result, grade_each
from autograder.course.course import Course, load_course
from autograder.course.loading import load_assignment
from autograder.report.timings import Timings
from autograder.sandbox.forked import open_sandbox
from benchmarks import machine
from benchmarks.cluster import Cluster, cluster, memory_bytes
from benchmarks.course import NAME, make_course, student

SAMPLES = 16
LIMIT_SECONDS_EACH = 0.008
"""Of the coordinator's processor time, a submission: so that one feeds 48 cores at 0.4 s a submission."""
_THREADS = 8  # of a Dask worker
_COLUMNS = "{:>12}{:>9.1f}{:>10.0f}{:>13.2f}{:>13.0f}{:>11.2f}{:>15.0f}"
_TITLES = ("submissions", "s", "a second", "coordinator", "MiB", "scheduler", "MiB")


@dataclass(frozen=True)
class Stretch:
    """From one count of submissions to the next.

    Attributes:
        done: submissions at its end.
        wall_seconds, coordinator_seconds, scheduler_seconds: on the wall, and of processor time; of this stretch alone.
        coordinator_bytes, scheduler_bytes: memory at its end (PSS).
    """

    done: int
    submissions: int
    wall_seconds: float
    coordinator_seconds: float
    coordinator_bytes: int
    scheduler_seconds: float = 0.0
    scheduler_bytes: int = 0

    def row(self) -> str:
        each = (1000 * self.coordinator_seconds / self.submissions, 1000 * self.scheduler_seconds / self.submissions)
        rate, here, there = self.submissions / self.wall_seconds, self.coordinator_bytes, self.scheduler_bytes
        return _COLUMNS.format(self.done, self.wall_seconds, rate, each[0], here / 2**20, each[1], there / 2**20)


@dataclass(frozen=True)
class Found:
    """What was measured: seconds until the first result, stretches, a run again with nothing changed, and the
    coordinator's wall seconds by stage."""

    first_seconds: float
    first_coordinator_seconds: float
    stretches: tuple[Stretch, ...]
    again: Stretch
    stages: dict[str, float]

    @property
    def coordinator_seconds_each(self) -> float:
        """A submission, all of the first run."""
        spent = self.first_coordinator_seconds + sum(each.coordinator_seconds for each in self.stretches)
        return spent / self.stretches[-1].done


class Drawn:
    """What workers answer, and after how long. A worker is a process or a thread, so each draws for itself."""

    def __init__(self, path: Path, seconds_each: float) -> None:
        self._results: list[bytes] = pickle.loads(path.read_bytes())
        self._seconds_each = seconds_each
        self._chance = random.Random(os.getpid())

    def result(self, student: str) -> Result:
        """Somebody's result, as one that has just come from another process."""
        result: Result = pickle.loads(self._results[hash(student) % len(self._results)])
        return replace(result, report=replace(result.report, student=student))

    def seconds(self) -> float:
        """Half of the time that a submission takes on average, or more: a few take several times as long."""
        return self._seconds_each * (0.5 + self._chance.expovariate(2.0))


@contextmanager
def made_up_pool(drawn: Drawn, workers: int, _: int = 0) -> Iterator[Pool]:
    """So many workers, which are a list of when each will be done."""
    free_at = [time.monotonic()] * workers
    results: list[tuple[float, int, str, Future[Result]]] = []
    count, news, over = 0, threading.Condition(), False

    def submit(student: str) -> Future[Result]:
        nonlocal count
        future: Future[Result] = Future()
        with news:
            done_at = max(heapq.heappop(free_at), time.monotonic()) + drawn.seconds()
            heapq.heappush(free_at, done_at)
            count += 1
            heapq.heappush(results, (done_at, count, student, future))
            news.notify()
        return future

    def answer() -> None:
        while not over:
            with news:
                wait = results[0][0] - time.monotonic() if results else 1.0
                if wait > 0:
                    news.wait(wait)
                    continue
                _, _, student, future = heapq.heappop(results)
            future.set_result(drawn.result(student))

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield Pool(submit, lambda: workers)
    finally:
        over = True
        thread.join()


def grade_samples(folder: Path) -> list[Result]:
    """Results of real submissions."""
    make_course(folder, SAMPLES)
    course, assignment = load_course(folder), load_assignment(folder, NAME)
    with open_sandbox(course.limits, course.isolation) as sandbox:
        open_pool = partial(local_pool, course, assignment, sandbox)
        results = grade_each(assignment, course.students(NAME), open_pool, lambda _: None)
        return [each for each in results if each is not None]


def hand_in(folder: Path, submissions: int) -> Course:
    """A course where so many have handed in."""
    make_course(folder, min(SAMPLES, submissions))
    for number in range(SAMPLES, submissions):
        origin = folder / "submitted" / student(number % SAMPLES) / NAME
        shutil.copytree(origin, folder / "submitted" / student(number) / NAME)
    return load_course(folder)


def run(course: Course, open_pool: OpenPool, dask: Cluster | None = None) -> Found:
    """Grades all, and then again."""
    assignment, timings = load_assignment(course.folder, NAME), Timings()
    students = course.students(NAME)
    graded = grade_batch(course, assignment, students, open_pool, timings=timings)
    started, clock = time.perf_counter(), _Clock(dask)
    next(graded)
    first, stretches = clock.stretch(1), []
    marks = _marks(len(students))
    for done, _ in enumerate(graded, 2):
        if done in marks:
            stretches.append(clock.stretch(done))
            print(stretches[-1].row(), flush=True)
    del started
    again = list(grade_batch(course, assignment, students, _refuse))
    if len(again) != len(students) or not all(each.unchanged for each in again):
        raise RuntimeError("Submissions were graded again though nothing had changed.")
    stages = {name: timings.seconds[name] for name in ("what changed", "marks", "files", "gradebook")}
    return Found(
        first.wall_seconds, first.coordinator_seconds, tuple(stretches), clock.stretch(2 * len(students)), stages
    )
