"""Worker processes that end with the process that started them, however that ends."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import pickle
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue
from typing import Any, TypeVar

from autograder.course.startup import collect_as_usual
from autograder.sandbox.limits import Limits

_PR_SET_PDEATHSIG = 1
_MARGIN_SECONDS = 60.0
_LOOKS_AGAIN_SECONDS = 0.001

T = TypeVar("T")
_Seat = tuple[int, list[int]]  # the file that a worker has for its results, and the processors that it may use

_file = -1


@contextmanager
def worker_processes(
    count: int, initializer: Callable[..., None], arguments: tuple[Any, ...]
) -> Iterator[ProcessPoolExecutor]:
    """Forks of this process, which share what it has in memory. However it is left, none of them stays.

    Args:
        count: how many. Where there is one for each processor, each keeps to its own.
        initializer: called in each of them first, with `arguments`.
    """
    context = multiprocessing.get_context("fork")
    seats: SimpleQueue[_Seat] = context.SimpleQueue()
    here = sorted(os.sched_getaffinity(0))
    files = [os.memfd_create("results") for _ in range(count)]
    for number, file in enumerate(files):
        seats.put((file, [here[number]] if count == len(here) else here))
    gc.freeze()  # what is here stays; to look it through for garbage would copy all of it, in each of them
    gc.collect()  # takes no time, as nothing else is left; and Python waits for a quarter of what the last one found
    collect_as_usual()
    executor = _Workers(
        max_workers=count,
        mp_context=context,
        initializer=_start,
        initargs=(os.getpid(), seats, initializer, arguments),
    )
    try:
        yield executor
    except BaseException:
        for child in multiprocessing.active_children():
            child.kill()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
        for file in files:
            os.close(file)


class _Workers(ProcessPoolExecutor):
    """Processes whose results come in files; what they send is a word that one is there.

    A long result is sent in pieces, and whoever has read the first waits for the others: for ever, if the worker was
    killed meanwhile. So short a word comes whole or not at all (PIPE_BUF, pipe(7)).
    """

    def submit(self, function: Callable[..., T], /, *arguments: Any, **named: Any) -> Future[T]:
        return super().submit(_in_file, function, *arguments, **named)  # type: ignore[arg-type]


def _in_file(function: Callable[..., T], *arguments: Any, **named: Any) -> _InFile:
    return _InFile(function(*arguments, **named))


@dataclass(frozen=True)
class _InFile:
    """A result that is the result itself at the other end."""

    result: Any

    def __reduce__(self) -> tuple[Callable[[int], Any], tuple[int]]:
        packed = memoryview(pickle.dumps(self.result))
        while os.fstat(_file).st_size:  # the one before has not been read
            time.sleep(_LOOKS_AGAIN_SECONDS)
        written = 0
        while written < len(packed):
            written += os.pwrite(_file, packed[written:], written)
        return _from_file, (_file,)


def _from_file(file: int) -> Any:
    """In the parent, which has the same file by the same number: it was open before the fork."""
    packed = os.pread(file, os.fstat(file).st_size, 0)
    os.ftruncate(file, 0)
    return pickle.loads(packed)


@contextmanager
def processor_time(seconds: float) -> Iterator[None]:
    """Has the kernel end this process if what is in here takes more of its processor time than that.

    Whatever step of the grader's a submission keeps busy, and even one within a library, it ends; who waits for this
    process tries again, and then gives up that submission alone.
    """
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def most_seconds(limits: Limits, notebooks: int) -> float:
    """Processor time that a grader may take for a submission of so many notebooks; an honest one takes a few."""
    return notebooks * (limits.submission_wall_seconds + limits.mend_submission_cpu_seconds) + _MARGIN_SECONDS


def end_with_parent(parent: int) -> None:
    """Has the kernel kill this process as soon as `parent`, which forked it, has ended."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before we could ask to be told
        os._exit(1)


def _start(
    parent: int, seats: SimpleQueue[_Seat], initializer: Callable[..., None], arguments: tuple[Any, ...]
) -> None:
    """Makes this process a worker. Ctrl-C is for the parent alone."""
    global _file
    end_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_DFL)
    _file, processors = seats.get()
    os.sched_setaffinity(0, processors)
    import torch  # not by who has nothing to grade

    # One that has used threads before a fork waits for them for ever after it; and each worker has one processor.
    torch.set_num_threads(1)
    initializer(*arguments)
