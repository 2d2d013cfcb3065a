"""Worker processes end when they should."""

from __future__ import annotations

import gc
import os
import signal
import weakref
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing.connection import Connection

import pytest
import torch
from helpers import wait_until

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


LONG = bytes(1_000_000)


def _is_killed_while_it_sends() -> bytes:
    def begin(connection: Connection, packed: bytes) -> None:
        os.write(connection.fileno(), bytes(packed)[:4096])  # what is no longer is written as a whole
        os.kill(os.getpid(), signal.SIGKILL)

    Connection._send = begin  # type: ignore[attr-defined]
    return LONG


def test_a_worker_that_is_killed_while_it_sends_a_long_result_keeps_nobody_waiting() -> None:
    child = os.fork()
    if child == 0:
        with suppress(BrokenProcessPool), worker_processes(2, print, ()) as pool:
            os._exit(int(pool.submit(_is_killed_while_it_sends).result() != LONG))
        os._exit(2)
    try:
        assert wait_until(lambda: os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None, 30)
    finally:
        os.kill(child, signal.SIGKILL)
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert ended in (0, 2)  # it had come whole, or it was found that the worker had died


def _say(number: int) -> tuple[int, bytes]:
    return number, bytes([number % 256]) * (number * 100)


def test_long_and_short_results_come_as_they_were_sent() -> None:
    with worker_processes(2, print, ()) as pool:
        assert list(pool.map(_say, range(300))) == [_say(number) for number in range(300)]
        assert list(pool.map(_say, range(300), chunksize=7)) == [_say(number) for number in range(300)]


def _raise() -> None:
    raise KeyError("mine")


def test_what_a_worker_raises_is_raised_here() -> None:
    with worker_processes(1, print, ()) as pool, pytest.raises(KeyError, match="mine"):
        pool.submit(_raise).result(timeout=60)


def test_no_file_of_results_stays_open() -> None:
    with worker_processes(2, print, ()) as pool:
        pool.submit(_say, 1).result(timeout=60)
        assert len(files_of_results()) == 2
    assert files_of_results() == []


def files_of_results() -> list[str]:
    open_files = [os.path.realpath(f"/proc/self/fd/{each}") for each in os.listdir("/proc/self/fd")]
    return [each for each in open_files if "memfd:results" in each]
