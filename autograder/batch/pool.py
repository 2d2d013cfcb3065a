"""Where submissions are graded, as `batch` sees it: the same for processes on this machine and for a cluster."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager
from dataclasses import dataclass
from queue import Empty, SimpleQueue

import nbformat

from autograder.batch.packed import GradingFailed, Result
from autograder.course.assignment import Assignment
from autograder.judge.merged import merged
from autograder.judge.unjudged import Graded, fault
from autograder.sandbox.retries import WORKER_TRIES

_WAITING_PER_WORKER = 4
_HEARTBEAT_SECONDS = 1.0
_SLOW_SECONDS = 5.0


@dataclass(frozen=True)
class Pool:
    """Workers that are ready.

    Attributes:
        submit: starts grading a student's submission, through a `concurrent.futures.Executor`.
        workers: says how many submissions are graded at the same time.
        given_up: exceptions of a future that has been tried again and again.
    """

    submit: Callable[[str], Future[Result]]
    workers: Callable[[], int]
    given_up: tuple[type[Exception], ...] = (GradingFailed,)


# Exit codes of signals that told this process to end. Each raised SystemExit too; but Python drops an exception that is
# raised while it clears an object away, and Dask has many of those.
asked_to_leave: list[int] = []

OpenPool = Callable[[int], AbstractContextManager[Pool]]


def grade_each(
    assignment: Assignment, students: Sequence[str], open_pool: OpenPool, tell_slow: Callable[[Sequence[str]], None]
) -> Generator[Result | None, None, None]:
    """Results in the order in which they end, and None now and then, at least once a second while none comes.

    A submission whose worker died is tried once more, then given up.

    Raises:
        SystemExit: this process was told to end.
    """
    waiting = deque(students)
    broken: Counter[str] = Counter()
    suspects: set[str] = set()
    while waiting:
        running: dict[Future[Result], str] = {}
        ended: SimpleQueue[Future[Result]] = SimpleQueue()  # to wait for all of them would look at each, each time
        try:
            with open_pool(len(waiting)) as pool:
                heartbeat, since = time.monotonic(), dict[str, float]()
                while waiting or running:
                    if asked_to_leave:
                        raise SystemExit(asked_to_leave[0])
                    # After a death those that were in work are tried again first, one at a time, so that only the
                    # submission that brings it about is given up; the others need not wait for one another.
                    while waiting and len(running) < (1 if suspects else pool.workers() * _WAITING_PER_WORKER):
                        begun = pool.submit(waiting[0])
                        running[begun] = waiting.popleft()
                        begun.add_done_callback(ended.put)
                    if (future := _first(ended)) is not None:
                        student = running[future]
                        try:
                            result = future.result()
                        except pool.given_up as error:
                            result = _given_up(assignment, student, str(error))
                        del running[future]
                        suspects.discard(student)
                        yield result
                    now = time.monotonic()
                    if now - heartbeat >= _HEARTBEAT_SECONDS:
                        heartbeat = now
                        # Workers take submissions in order, so the first ones are in work.
                        in_work = list(running.values())[: pool.workers()]
                        since = {each: since.get(each, now) for each in in_work}
                        tell_slow([each for each, began in since.items() if now - began > _SLOW_SECONDS])
                        yield None
        except BrokenProcessPool:
            broken.update(running.values())
            for student in running.values():
                if broken[student] < WORKER_TRIES:
                    waiting.appendleft(student)
                    suspects.add(student)
                else:
                    suspects.discard(student)
                    yield _given_up(assignment, student, "The process that graded this submission died twice.")


def _first(ended: SimpleQueue[Future[Result]]) -> Future[Result] | None:
    """The first of the futures that have ended, or None if none does for a while."""
    try:
        return ended.get(timeout=_HEARTBEAT_SECONDS)
    except Empty:
        return None


def result_of(graded: Graded) -> Result:
    """What is kept of a graded submission."""
    from autograder.judge.recorded_answers import pack_answers  # needs PyTorch, as grading does

    # Not `nbformat.writes`, which looks first whether the schema is kept to, and tells a log if it is not.
    texts = {name: nbformat.v4.writes(each) + "\n" for name, each in graded.notebooks.items()}
    return Result(graded.report, texts, graded.seconds, b"" if graded.answers is None else pack_answers(graded.answers))


def _given_up(assignment: Assignment, student: str, reason: str) -> Result:
    """The result for a submission that could not be graded, try after try."""
    return result_of(merged([fault(each, student, reason) for each in assignment.notebooks]))
