"""Worker processes end when they should."""

from __future__ import annotations

import gc
import os
import signal
import weakref

import torch

from autograder.batch.processes import most_seconds, processor_time, worker_processes
from autograder.course.startup import collect_seldom
from autograder.sandbox.limits import Limits


def test_what_takes_too_much_processor_time_is_ended_even_within_one_call() -> None:
    child = os.fork()
    if child == 0:
        with processor_time(0.2):
            sum(range(10**12))  # no signal handler of Python's would run before it is done
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGPROF


def test_what_is_done_in_time_goes_on_afterwards() -> None:
    with processor_time(100):
        assert signal.getitimer(signal.ITIMER_PROF)[0] > 0
    assert signal.getitimer(signal.ITIMER_PROF)[0] == 0


def test_an_honest_submission_has_time_for_all_that_it_may_use() -> None:
    limits = Limits()
    assert most_seconds(limits, 2) > 2 * (limits.submission_wall_seconds + limits.mend_submission_cpu_seconds)


def _sum_of_many() -> float:
    return float((torch.arange(2_000_000) % 7).double().sum())


def test_workers_compute_though_their_parent_has_used_threads() -> None:
    before, threads = _sum_of_many(), torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        assert _sum_of_many() == before
        with worker_processes(1, print, ()) as pool:
            assert pool.submit(_sum_of_many).result(timeout=30) == before
    finally:
        torch.set_num_threads(threads)


class _Loop:
    """Garbage that only the collector finds."""

    def __init__(self) -> None:
        self.itself = self


def _keeps_garbage() -> bool:
    """Whether garbage is still there after a few hundred submissions' worth of objects."""
    one = _Loop()
    gone = weakref.ref(one)
    gc.collect(1)  # it has been there for a while, as what a submission came to
    del one
    kept = [[each] for each in range(100_000)]
    return gone() is not None and len(kept) > 0


def test_garbage_does_not_pile_up_in_workers_however_much_their_parent_has_imported() -> None:
    imported = [[each] for each in range(500_000)]
    gc.collect()
    usual = gc.get_threshold()
    collect_seldom()  # as the command does
    try:
        with worker_processes(1, print, ()) as pool:
            assert not pool.submit(_keeps_garbage).result(timeout=60)
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()
    assert len(imported) == 500_000
