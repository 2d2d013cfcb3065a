"""Time and memory for code of the instructor's that works in the grader with what a student's code gives."""

from __future__ import annotations

import contextlib
import ctypes
import resource
import threading
from collections.abc import Iterator
from pathlib import Path

_AGAIN_SECONDS = 1.0
_MAX_BYTES = 1 << 30  # what tests may add to the grader's memory


class OutOfTimeError(BaseException):
    """Not an Exception: tests would catch it."""


@contextlib.contextmanager
def at_most(wall_seconds: float) -> Iterator[None]:
    """Ends Python code of this thread that takes longer: tests that loop over what a student's code gives may."""
    thread, done = threading.get_ident(), threading.Event()

    def watch() -> None:
        late = done.wait(wall_seconds)
        while not late:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(OutOfTimeError))
            late = done.wait(_AGAIN_SECONDS)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


@contextlib.contextmanager
def within_memory() -> Iterator[None]:
    """Tests that make as much of something as a student's code says get a MemoryError in time."""
    pages = int(Path("/proc/self/statm").read_text().split()[5])
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = pages * resource.getpagesize() + _MAX_BYTES
    resource.setrlimit(resource.RLIMIT_DATA, (most if soft < 0 else min(most, soft), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
