"""Whole commands, timed: start-up counts, and so does every process that they start."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

_SAMPLE_EVERY_SECONDS = 1.0
_FORK_SERVER = "autograder.sandbox.inside.server"


@dataclass(frozen=True)
class Measured:
    """One run of a grader.

    Attributes:
        grader: its name.
        submissions: how many it graded.
        wall_seconds, cpu_seconds: of all of them together.
        memory_bytes: the most private memory that the grader's processes had together, without those that run
            student code, while there were several; 0 if it was not looked at.
    """

    grader: str
    submissions: int
    wall_seconds: float
    cpu_seconds: float
    memory_bytes: int = 0

    @property
    def wall_seconds_each(self) -> float:
        """A submission."""
        return self.wall_seconds / self.submissions

    @property
    def cpu_seconds_each(self) -> float:
        """A submission."""
        return self.cpu_seconds / self.submissions


def run(folder: Path, *command: str, path: Path | None = None) -> None:
    """Runs a program in a folder: of this environment, or of another one whose `bin` folder is `path`.

    Raises:
        RuntimeError: it failed; with the end of what it said.
    """
    _finish(_start(folder, command, path), command)


def measure(grader: str, folder: Path, submissions: int, *command: str, look: bool = False) -> Measured:
    """Times a command that grades so many submissions; `look`: at its memory as well, once a second."""
    with Stopwatch() as watch:
        process = _start(folder, command, None)
        memory = _Memory(process.pid) if look else None
        _finish(process, command)
    return Measured(grader, submissions, watch.wall_seconds, watch.cpu_seconds, memory.stop() if memory else 0)


class Stopwatch:
    """Wall seconds, and processor seconds of the programs that ended meanwhile."""

    def __enter__(self) -> Stopwatch:
        self._wall, self._cpu = time.perf_counter(), _cpu_seconds()
        return self

    def __exit__(self, *_: object) -> None:
        self.wall_seconds, self.cpu_seconds = time.perf_counter() - self._wall, _cpu_seconds() - self._cpu


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _start(folder: Path, command: Sequence[str], path: Path | None) -> subprocess.Popen[str]:
    programs = path or Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    for name in ("GRADEBOOK_URL", "NBGRADER_EXCHANGE"):
        environment.pop(name, None)
    program = programs / command[0]
    return subprocess.Popen(
        [str(program) if program.exists() else command[0], *command[1:]],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


def _finish(process: subprocess.Popen[str], command: Sequence[str]) -> None:
    said, _ = process.communicate()
    if process.returncode != 0:
        raise RuntimeError(f"`{' '.join(command)}` failed with exit code {process.returncode}:\n{said[-2000:]}")


class _Memory:
    """Looks at a grader's memory while it runs.

    Its workers are forks, so what it has is shared, and nobody's own, from the first one's start to the last one's end.
    What it has alone before and after counts only if it never had a worker: else chance would have its say.
    """

    def __init__(self, pid: int) -> None:
        self._peak_bytes = {True: 0, False: 0}  # by whether there were workers
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, args=(psutil.Process(pid),))
        self._thread.start()

    def _look(self, grader: psutil.Process) -> None:
        while not self._done.wait(_SAMPLE_EVERY_SECONDS):
            with suppress(psutil.Error):
                workers = [each for each in grader.children() if _FORK_SERVER not in each.cmdline()]
                own = private_bytes(grader.pid)
                theirs = sum(private_bytes(each.pid) for each in workers)  # nothing is left of one that is about to end
                self._peak_bytes[theirs > 0] = max(self._peak_bytes[theirs > 0], own + theirs)

    def stop(self) -> int:
        self._done.set()
        self._thread.join()
        return self._peak_bytes[True] or self._peak_bytes[False]


def private_bytes(pid: int) -> int:
    """Memory that a process shares with no other; 0 if it is gone."""
    try:
        return int(psutil.Process(pid).memory_full_info().uss)
    except psutil.NoSuchProcess:
        return 0


def median_of(rows: Iterable[Measured]) -> Measured:
    """Of several runs of one grader, the one that each figure is the median of."""
    return _one_of(list(rows), statistics.median)


def mean_of(rows: Iterable[Measured]) -> Measured:
    """The same, with the mean of each figure."""
    return _one_of(list(rows), statistics.mean)


def _one_of(runs: Sequence[Measured], figure: Callable[[Iterable[float]], float]) -> Measured:
    return Measured(
        runs[0].grader,
        runs[0].submissions,
        figure(each.wall_seconds for each in runs),
        figure(each.cpu_seconds for each in runs),
        max(each.memory_bytes for each in runs),
    )
