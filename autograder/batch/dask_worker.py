"""What runs in a Dask worker: it hands each submission to a process of its own that grades, and passes on the result.

Such a grader is forked from a warm process that knows no course, and lives as long as Dask keeps the packed assignment
on this worker, which is until the run is over, however it ends. Then nothing of the course stays here.
"""

from __future__ import annotations

import multiprocessing
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import Any
from weakref import WeakKeyDictionary

import distributed

from autograder.batch.packed import GradingFailed, PackedAssignment, PackedSubmission, Result, versions_here
from autograder.course.errors import CourseError
from autograder.report.report import Status
from autograder.sandbox.outcome import IsolationError, ServerGone
from autograder.sandbox.retries import REMOTE_TRIES


def grade_packed(assignment: PackedAssignment, submission: PackedSubmission) -> Result:
    """Grades one submission.

    Raises:
        CourseError: this worker is not fit to grade the assignment.
        GradingFailed: the process that graded died, time after time.
    """
    worker = f"The worker {distributed.get_worker().address}"
    require_same(worker, versions_here(), assignment.versions)
    for tries_left in reversed(range(REMOTE_TRIES)):
        try:
            with _grader(assignment) as grader:
                result: Result = grader.ask(submission)
                if tries_left and result.report.status is Status.GRADER_ERROR:
                    raise GradingFailed("\n".join(result.report.staff))
                return result
        except (CourseError, IsolationError) as error:
            raise CourseError(f"{worker} can't grade: {error}") from error
        except NotStarted as error:
            if not tries_left:
                raise CourseError(f"{worker} can't grade: {str(error).strip().splitlines()[-1]}") from error
        except GradingFailed:
            if not tries_left:
                raise
    raise AssertionError("it returns or raises")


def require_same(who: str, found: dict[str, str], wanted: dict[str, str]) -> None:
    """Raises CourseError if a machine has other versions than those `wanted`."""
    different = [name for name in wanted if found.get(name) != wanted[name]]
    if different:
        theirs = ", ".join(f"{name} {found.get(name, 'missing')}" for name in different)
        ours = ", ".join(f"{name} {wanted[name]}" for name in different)
        raise CourseError(f"{who} has {theirs}; this machine has {ours}. Install the same on both.")


class NotStarted(GradingFailed):
    """A grader did not start, which is no submission's doing."""


class WarmProcess:
    """An `autograder.batch.dask_grader`. It ends with this process."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            # Not a multiprocessing.Process: a worker under Dask's nanny may have none.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "autograder.batch.dask_grader", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def alive(self) -> bool:
        return self._control.fileno() >= 0 and self._process.poll() is None

    def fork(self) -> Connection:
        """The line to a new grader. Raises OSError if this process has died."""
        ours, theirs = multiprocessing.Pipe()
        with theirs:
            socket.send_fds(self._control, [b"."], [theirs.fileno()])
        return ours

    def end(self) -> None:
        """Ends it and its graders."""
        self._control.close()
        self._process.wait()


class RemoteGrader:
    """The line to a process that grades submissions of one assignment; it ends when this object is gone.

    Raises:
        CourseError: the assignment can't be graded.
        NotStarted: anything else.
    """

    def __init__(self, assignment: PackedAssignment) -> None:
        self._warm = _warm_process()
        try:
            self._connection = self._warm.fork()
            self.ask(assignment)
        except (OSError, GradingFailed) as error:
            raise NotStarted(str(error)) from error

    def ask(self, message: object) -> Any:
        """Sends a message and waits for the answer. Raises what the process raised, or GradingFailed if it died."""
        try:
            self._connection.send(message)
            answer = self._connection.recv()
        except (EOFError, OSError) as error:
            raise GradingFailed("The process that graded this submission died.") from error
        if isinstance(answer, ServerGone):
            self._warm.end()
            raise GradingFailed(str(answer))
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        """Lets it go: it ends by itself as soon as it finds nobody at the other end."""
        self._connection.close()


_warm: WarmProcess | None = None
_idle: WeakKeyDictionary[PackedAssignment, list[RemoteGrader]] = WeakKeyDictionary()
_lock = threading.Lock()


def _warm_process() -> WarmProcess:
    global _warm
    with _lock:
        if _warm is None or not _warm.alive():
            _warm = WarmProcess()
        return _warm


@contextmanager
def _grader(assignment: PackedAssignment) -> Iterator[RemoteGrader]:
    """A grader for this thread alone; it is kept for the next submission, unless something was wrong with it."""
    with _lock:
        idle = _idle.setdefault(assignment, [])
        grader = idle.pop() if idle else None
    grader = grader or RemoteGrader(assignment)
    try:
        yield grader
    except BaseException:
        grader.close()
        raise
    with _lock:
        idle.append(grader)
