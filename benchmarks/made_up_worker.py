"""Workers that run no student code: they give results of others back, after a drawn time.

A Dask worker becomes one with `--preload made_up_worker.py RESULTS SECONDS`.
"""

from __future__ import annotations

import heapq
import os
import pickle
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from autograder.batch.packed import Result
from autograder.batch.pool import Pool


class Drawn:
    """What workers answer, and after how long.

    Args:
        path: pickled results, each pickled by itself.
        seconds_each: that a submission takes on average.
    """

    def __init__(self, path: Path, seconds_each: float) -> None:
        self._results: list[bytes] = pickle.loads(path.read_bytes())
        self._seconds_each = seconds_each
        self._chance = random.Random(os.getpid())

    def result(self, student: str) -> Result:
        """Somebody's result, as one that has just come from another process."""
        result: Result = pickle.loads(self._chance.choice(self._results))
        return replace(result, report=replace(result.report, student=student))

    def seconds(self) -> float:
        """At least half of the average; a few submissions take several times as long."""
        return self._seconds_each * (0.5 + self._chance.expovariate(2.0))


@contextmanager
def made_up_pool(drawn: Drawn, workers: int, _: int = 0) -> Iterator[Pool]:
    """So many workers, which are no more than a list of when each will be free."""
    free_at = [time.monotonic()] * workers
    ends: list[tuple[float, int, str, Future[Result]]] = []
    news, count, is_over = threading.Condition(), 0, False

    def submit(student: str) -> Future[Result]:
        nonlocal count
        future: Future[Result] = Future()
        with news:
            ends_at = max(free_at[0], time.monotonic()) + drawn.seconds()
            heapq.heapreplace(free_at, ends_at)
            count += 1
            heapq.heappush(ends, (ends_at, count, student, future))
            news.notify()
        return future

    def answer() -> None:
        while not is_over:
            with news:
                wait = ends[0][0] - time.monotonic() if ends else 1.0
                if wait > 0:
                    news.wait(wait)
                    continue
                _, _, student, future = heapq.heappop(ends)
            future.set_result(drawn.result(student))

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield Pool(submit, lambda: workers)
    finally:
        is_over = True
        with news:
            news.notify()
        thread.join()


@click.command()
@click.argument("path")
@click.argument("seconds_each")
def dask_setup(_: Any, path: str, seconds_each: str) -> None:
    """Dask calls this when a worker starts: from then on it grades nothing in earnest."""
    from autograder.batch import dask_worker

    drawn = Drawn(Path(path), float(seconds_each))

    def grade_packed(_: object, submission: Any) -> Result:
        time.sleep(drawn.seconds())
        return drawn.result(submission.student)

    dask_worker.grade_packed = grade_packed  # tasks name it, and find this one
