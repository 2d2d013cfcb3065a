"""Worker processes that end with the process that started them, however that ends."""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing.queues import SimpleQueue
from typing import Any

from autograder.course.startup import collect_as_usual
from autograder.sandbox.limits import Limits

_PR_SET_PDEATHSIG = 1
_MARGIN_SECONDS = 60.0


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
    processors: SimpleQueue[int] = context.SimpleQueue()
    if count == len(os.sched_getaffinity(0)):
        for each in os.sched_getaffinity(0):
            processors.put(each)
    gc.freeze()  # what is here stays; to look it through for garbage would copy all of it, in each of them
    gc.collect()  # takes no time, as nothing else is left; and Python waits for a quarter of what the last one found
    collect_as_usual()
    executor = ProcessPoolExecutor(
        max_workers=count,
        mp_context=context,
        initializer=_start,
        initargs=(os.getpid(), processors, initializer, arguments),
    )
    try:
        yield executor
    except BaseException:
        for child in multiprocessing.active_children():
            child.kill()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


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
    parent: int, processors: SimpleQueue[int], initializer: Callable[..., None], arguments: tuple[Any, ...]
) -> None:
    """Makes this process a worker. Ctrl-C is for the parent alone."""
    end_with_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_DFL)
    if not processors.empty():
        os.sched_setaffinity(0, {processors.get()})
    import torch  # not by who has nothing to grade

    # One that has used threads before a fork waits for them for ever after it; and each worker has one processor.
    torch.set_num_threads(1)
    initializer(*arguments)
