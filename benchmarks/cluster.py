"""Grades the same submissions on this machine and on a Dask cluster on it: real processes, a scheduler and workers.

Start-up and the work after it are told apart: seconds a submission are from the first result to the last.

    python -m benchmarks.cluster [--submissions 60] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import distributed
import psutil

from autograder.batch.batch import grade_batch
from autograder.batch.dask_pool import cluster_pool
from autograder.batch.local import local_pool
from autograder.batch.packing import pack_assignment, pack_submission
from autograder.batch.pool import OpenPool
from autograder.course.assignment import Assignment
from autograder.course.course import Course, load_course
from autograder.course.loading import load_assignment
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.server import ForkServer
from benchmarks import machine
from benchmarks.course import NAME, make_course

START_SECONDS = 120.0
_ENVIRONMENT = {**os.environ, "DASK_DISTRIBUTED__ADMIN__LOW_LEVEL_LOG_LENGTH": "10"}  # as docs/scale.md advises
COLUMNS = "{:<24}{:>8}{:>9.1f}{:>9.1f}{:>13.1f}{:>11.1f}{:>9}"
TITLES = COLUMNS.replace(".1f", "").format("", "at once", "first s", "wall ms", "coordinator", "scheduler", "MiB")


@dataclass(frozen=True)
class Measured:
    """One run: seconds until the first result, then seconds a submission on the wall, and of processor time of the
    coordinator (which packs, saves and writes the gradebook) and of the scheduler.

    `worker_bytes` is the memory of all warm workers: their share where they share with others (PSS).
    """

    pool: str
    at_once: int
    first_seconds: float
    wall_seconds_each: float
    coordinator_seconds_each: float
    scheduler_seconds_each: float = 0.0
    worker_bytes: int = 0

    def row(self) -> str:
        *facts, wall, coordinator, scheduler, worker_bytes = asdict(self).values()
        return COLUMNS.format(*facts, 1000 * wall, 1000 * coordinator, 1000 * scheduler, worker_bytes >> 20)


class Cluster(NamedTuple):
    address: str
    scheduler: psutil.Process
    workers: list[psutil.Process]


@contextmanager
def cluster(processes: int, threads: int, folder: Path, preload: Sequence[str] = ()) -> Iterator[Cluster]:
    """A scheduler and workers on this machine; `preload`: a module that changes workers, and its arguments."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    address = f"tcp://127.0.0.1:{port}"
    dask = [sys.executable, "-m", "dask"]
    commands = [[*dask, "scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"]]
    changed = ["--no-nanny", "--preload", *preload] if preload else []
    commands += [[*dask, "worker", address, "--nthreads", str(threads), "--no-dashboard", *changed]] * processes
    with (folder / "dask.log").open("ab") as log:
        started = [subprocess.Popen(each, cwd=folder, stdout=log, stderr=log, env=_ENVIRONMENT) for each in commands]
    try:
        with distributed.Client(address, timeout=START_SECONDS, set_as_default=False) as client:
            client.wait_for_workers(processes, timeout=START_SECONDS)  # who comes later would still get work
        scheduler, *workers = [psutil.Process(each.pid) for each in started]
        yield Cluster(address, scheduler, workers)
    finally:
        for each in reversed(started):
            each.terminate()
            each.wait(30)


def memory_bytes(process: psutil.Process) -> int:
    found = 0
    for each in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):  # guests come and go
            found += each.memory_full_info().pss
    return found


def measure(name: str, at_once: int, course: Course, open_pool: OpenPool, dask: Cluster | None = None) -> Measured:
    """Grades all of a course; the first result ends the start-up."""

    def scheduler_seconds() -> float:
        return sum(dask.scheduler.cpu_times()[:2]) if dask else 0.0

    started = time.perf_counter()
    rows = grade_batch(course, load_assignment(course.folder, NAME), course.students(NAME), open_pool, force=True)
    next(rows)
    first, coordinator, scheduler = time.perf_counter(), time.process_time(), scheduler_seconds()
    count, worker_bytes = 0, 0
    for count, _ in enumerate(rows, 1):
        if dask and count == 10:
            worker_bytes = sum(map(memory_bytes, dask.workers))
    ended = (time.perf_counter() - first, time.process_time() - coordinator, scheduler_seconds() - scheduler)
    return Measured(name, at_once, first - started, *(seconds / count for seconds in ended), worker_bytes)


def sent_bytes(course: Course, assignment: Assignment, address: str) -> dict[str, float]:
    """What travels: once to each worker, and then to and from it for a submission."""
    students = course.students(NAME)[:10]
    with cluster_pool(course, assignment, address) as pool:
        results = [pool.submit(each).result() for each in students]
    packed = [pack_submission(course.submitted(each, NAME), assignment, each) for each in students]
    return {
        "assignment": len(pickle.dumps(pack_assignment(course, assignment))),
        "to a worker, a submission": sum(len(pickle.dumps(each)) for each in packed) / len(students),
        "from a worker, a submission": sum(len(pickle.dumps(each)) for each in results) / len(students),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=60)
    parser.add_argument(
        "--json", type=lambda name: Path(name).absolute(), help="write figures, machine and versions to this file"
    )
    options = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "course")
        make_course(folder, options.submissions)
        os.chdir(folder)  # as the command is run; elsewhere pytest would find the tests of this project
        course, assignment = load_course(folder), load_assignment(folder, NAME)
        for at_once in (1, 2):
            with ForkServer() as server:
                sandbox = ForkSandbox(server, course.limits, course.isolation)
                local = partial(local_pool, replace(course, workers=at_once), assignment, sandbox)
                found.append(measure("this machine", at_once, course, local))
        for processes, threads in ((1, 1), (2, 1), (1, 2)):
            with cluster(processes, threads, Path(scratch)) as dask:
                remote = partial(lambda address, _: cluster_pool(course, assignment, address), dask.address)
                for name in (f"cluster, {processes} x {threads}", f"cluster, {processes} x {threads}, again"):
                    found.append(measure(name, processes * threads, course, remote, dask))
                sent = sent_bytes(course, assignment, dask.address)
    print(TITLES, *(each.row() for each in found), sep="\n")
    print(*(f"{what}: {size / 1000:.1f} kB" for what, size in sent.items()), sep="\n")
    if options.json:
        figures = {"rows": [asdict(each) for each in found], "bytes": sent}
        figures |= {"machine": machine.describe(), "versions": machine.versions()}
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
