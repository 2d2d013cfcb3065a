"""Time and memory for code of the instructor's that works in the grader with what a student's code gives."""

from __future__ import annotations

import contextlib
import ctypes
import math
import resource
import threading
import time
from collections.abc import Iterator

_AGAIN_SECONDS = 1.0
_MAX_BYTES = 1 << 30  # what tests may add to the grader's memory
_MAX_FILE_BYTES = 1 << 30  # of a file that they write


class OutOfTimeError(BaseException):
    """Not an Exception: tests would catch it."""


class TimeLimit:
    """Ends Python code of this thread that takes too long: tests that loop over what a student's code gives may.

    One watches over all tests of a notebook, as to start a thread takes longer than most of them. Close it.

    Args:
        wall_seconds: how long the code inside `kept` may take, each time.
    """

    def __init__(self, wall_seconds: float) -> None:
        self.wall_seconds = wall_seconds
        self._watched = ctypes.c_ulong(threading.get_ident())
        self._until = math.inf
        self._turn = threading.Lock()
        self._closed = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Raises OutOfTimeError inside, wherever the code is, again and again until it gives up."""
        self._until = time.monotonic() + self.wall_seconds
        try:
            yield
        finally:
            while self._until < math.inf:  # it may be raised even here
                try:
                    with self._turn:
                        self._until = math.inf
                except OutOfTimeError:
                    continue

    def close(self) -> None:
        """Ends the watch."""
        self._closed.set()
        self._watcher.join()

    def _watch(self) -> None:
        seconds = self.wall_seconds  # no limit that begins meanwhile ends before these are over
        while not self._closed.wait(seconds):
            with self._turn:
                left = self._until - time.monotonic()
                if left <= 0:
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(self._watched, ctypes.py_object(OutOfTimeError))
            seconds = _AGAIN_SECONDS if left <= 0 else min(left, self.wall_seconds)


@contextlib.contextmanager
def within_bounds() -> Iterator[None]:
    """Tests that make as much of something as a student's code says get a MemoryError in time; of files, an OSError."""
    with open("/proc/self/statm", "rb", buffering=0) as file:  # `Path` takes as long as short tests
        pages = int(file.read().split()[5])
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = pages * resource.getpagesize() + _MAX_BYTES
    file_soft, file_hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_DATA, (most if soft < 0 else min(most, soft), hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MAX_FILE_BYTES if file_soft < 0 else file_soft, file_hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_soft, file_hard))
