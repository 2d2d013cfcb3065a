"""Grading on a Dask cluster, through the interface that the local pool has too: see docs/scale.md.

The assignment and each submission travel with the task, so that workers need this package and nothing else: no
shared folder, no gradebook.
"""

from __future__ import annotations

import asyncio
import copy
import logging
import math
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import contextmanager

import dask
import distributed
from distributed.comm.core import connect
from distributed.versions import VersionMismatchWarning

from autograder.batch.dask_worker import grade_packed, require_same
from autograder.batch.packed import GradingFailed, Result, versions_here
from autograder.batch.packing import pack_assignment, pack_submission
from autograder.batch.pool import Pool
from autograder.course.assignment import Assignment
from autograder.course.course import Course
from autograder.course.errors import CourseError

CONNECT_SECONDS = 10.0
FIRST_WORKER_SECONDS = 10.0
NO_WORKERS_SECONDS = 60.0
_COUNT_EVERY_SECONDS = 5.0
_LOUD = ("distributed", "distributed.client", "tornado.application")  # we say in a sentence what they say in a page
_SETTINGS = {
    "distributed.admin.large-graph-warning-threshold": "1GB",
    "distributed.admin.low-level-log-length": 10,  # messages kept for Dask's developers, with the submissions in them
}
_KEPT = "What was finished is kept; the same command goes on from there."


@contextmanager
def cluster_pool(course: Course, assignment: Assignment, address: str) -> Iterator[Pool]:
    """The workers of the scheduler at `address`, such as tcp://HOST:8786. However it is left, nothing stays queued.

    Raises:
        CourseError: no scheduler there, or no more; no workers; or workers that can't do the same as this machine.
    """
    for name in _LOUD:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    warnings.simplefilter("ignore", VersionMismatchWarning)  # `_check_machines` refuses what matters
    with dask.config.set(_SETTINGS), _connect(address) as client:
        _check_machines(client, address)
        # A task rather than scattered data: it is done again if the worker that holds its result dies. Workers keep
        # their copies as long as this future lives, which ends with the client.
        packed = client.submit(copy.copy, pack_assignment(course, assignment), pure=False)
        executor = client.get_executor(pure=False)

        def submit(student: str) -> Future[Result]:
            folder = course.submitted(student, assignment.name)
            future: Future[Result] = executor.submit(grade_packed, packed, pack_submission(folder, assignment, student))
            return future

        try:
            yield Pool(submit, count_threads(client, address), (GradingFailed, distributed.KilledWorker))
        except CancelledError as error:
            raise _gone(address) from error
        finally:
            executor.shutdown(wait=False)


def _connect(address: str) -> distributed.Client:
    try:
        with ThreadPoolExecutor(1) as thread:  # in this one an event loop may be running, as in a notebook
            thread.submit(asyncio.run, asyncio.wait_for(_knock(address), 2 * CONNECT_SECONDS)).result()
        return distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except Exception as error:
        strange = isinstance(error, (TimeoutError, MemoryError, OverflowError))  # not words of Dask's
        reason = "something answers, but not as a scheduler would" if strange else _first_line(error)
        mend = "Start one with `dask scheduler`, and name it as tcp://HOST:8786, or tls://HOST:8786 if it speaks TLS."
        if address.startswith("tls:"):
            mend = "If one runs there, this machine's settings for TLS are not those of the cluster: see docs/scale.md."
        raise CourseError(f"No Dask scheduler answers at {address}: {reason}. {mend}") from error


async def _knock(address: str) -> None:
    """Connects once and hangs up: a Client that could not connect would take long to end."""
    arguments = distributed.Security().get_connection_args("client")
    comm = await connect(address, timeout=CONNECT_SECONDS, **arguments)
    await comm.close()


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def _gone(address: str) -> CourseError:
    return CourseError(f"The scheduler {address} is gone. {_KEPT}")


def _check_machines(client: distributed.Client, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=FIRST_WORKER_SECONDS)
    except TimeoutError as error:
        raise CourseError(
            f"The scheduler {address} has no workers. Start some with `dask worker {address} --nthreads 1`."
        ) from error
    here = versions_here()
    try:
        scheduler = client.run_on_scheduler(versions_here)
    except Exception as error:
        scheduler = error
    there = {f"The scheduler {address}": scheduler}
    there |= {f"The worker {each}": found for each, found in client.run(versions_here, on_error="return").items()}
    for who, found in sorted(there.items()):
        if isinstance(found, OSError):
            continue  # it does not answer: Dask will see whether it has died
        if isinstance(found, Exception):
            raise CourseError(
                f"{who} can't run the autograder: {_first_line(found)}. "
                "Install it on all machines, scheduler and workers, in the version that is here."
            ) from found
        require_same(who, found, here)


def count_threads(client: distributed.Client, address: str) -> Callable[[], int]:
    """Counts threads of workers, now and then. Raises CourseError if there have been none for long."""
    counted_at, seen_at, count = -math.inf, time.monotonic(), 0

    def workers() -> int:
        nonlocal counted_at, seen_at, count
        now = time.monotonic()
        if now - counted_at >= _COUNT_EVERY_SECONDS:
            try:
                count = sum(client.nthreads().values())
            except OSError as error:
                raise _gone(address) from error
            counted_at, seen_at = now, now if count else seen_at
            if now - seen_at > NO_WORKERS_SECONDS:
                raise CourseError(f"The scheduler {address} has lost its last worker. {_KEPT}")
        return max(1, count)

    return workers
