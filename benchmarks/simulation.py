"""Grades a made-up class of any size on workers that run no student code: what the one coordinating process can take.

A few submissions are graded in earnest. Then workers give those results back for everybody, each after a drawn time,
and all else is the real thing: what has changed, scheduling, packing, files, the gradebook (SQLite), reports.

    python -m benchmarks.simulation [--submissions N] [--workers N] [--seconds-each S] [--pool here|dask] [--json FILE]

With `here` results come from a thread of the coordinator, as plain bytes; with `dask` from a Dask scheduler and its
workers, which are processes on this machine and take processors away from the coordinator.
"""

from __future__ import annotations

import argparse
import json
import pickle
import shutil
import tempfile
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack, chdir
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import psutil

from autograder.batch.batch import grade_batch
from autograder.batch.dask_pool import cluster_pool
from autograder.batch.local import local_pool
from autograder.batch.packed import Result
from autograder.batch.pool import OpenPool, Pool, grade_each
from autograder.course.course import Course, load_course
from autograder.course.loading import load_assignment
from autograder.report.timings import Timings
from autograder.sandbox.forked import open_sandbox
from benchmarks import machine
from benchmarks.cluster import Cluster, cluster
from benchmarks.course import NAME, make_course, student
from benchmarks.made_up_worker import Drawn, made_up_pool

SAMPLES = 16
LIMIT_SECONDS_EACH = 0.008
"""Of the coordinator's processor time, a submission: so that one feeds 48 cores at 0.4 s a submission."""
_THREADS = 8  # of a Dask worker
_COLUMNS = "{:>12}{:>9.1f}{:>10.0f}{:>13.2f}{:>13.0f}{:>11.2f}{:>15.0f}"
TITLES = "{:>12}{:>9}{:>10}{:>13}{:>13}{:>11}{:>15}".format(
    "submissions", "wall s", "a second", "coordinator", "its MiB", "scheduler", "its MiB"
)


@dataclass(frozen=True)
class Stretch:
    """From one count of submissions to the next.

    Attributes:
        done: submissions at its end.
        submissions: of this stretch alone, like the seconds.
        wall_seconds, coordinator_seconds, scheduler_seconds: on the wall, and of processor time.
        coordinator_bytes, scheduler_bytes: memory at its end (PSS).
    """

    done: int
    submissions: int
    wall_seconds: float
    coordinator_seconds: float
    coordinator_bytes: int
    scheduler_seconds: float = 0.0
    scheduler_bytes: int = 0

    def row(self, what: str = "") -> str:
        coordinator, scheduler = (
            1000 * each / self.submissions for each in (self.coordinator_seconds, self.scheduler_seconds)
        )
        mib = (each / 2**20 for each in (self.coordinator_bytes, self.scheduler_bytes))
        rate = self.submissions / self.wall_seconds
        return _COLUMNS.format(what or self.done, self.wall_seconds, rate, coordinator, next(mib), scheduler, next(mib))


@dataclass(frozen=True)
class Found:
    """What was measured.

    Attributes:
        first: until the first submission was saved.
        stretches: from there to the last one.
        again: another run, in which nothing has changed.
        stages: wall seconds of the coordinator, by what it did.
    """

    first: Stretch
    stretches: tuple[Stretch, ...]
    again: Stretch
    stages: dict[str, float]

    @property
    def coordinator_seconds_each(self) -> float:
        """Processor time of the coordinator, a submission: all of the first run."""
        return sum(each.coordinator_seconds for each in (self.first, *self.stretches)) / self.stretches[-1].done


class _Clock:
    """Cuts a run into stretches."""

    def __init__(self, dask: Cluster | None) -> None:
        self._coordinator, self._scheduler = psutil.Process(), dask.scheduler if dask else None
        self._done, self._last = 0, self._now()

    def _now(self) -> tuple[float, float, float]:
        scheduler = sum(self._scheduler.cpu_times()[:2]) if self._scheduler else 0.0
        return time.perf_counter(), time.process_time(), scheduler

    def stretch(self, done: int) -> Stretch:
        """The one that ends now, with so many submissions."""
        now = self._now()
        wall, coordinator, scheduler = (new - old for new, old in zip(now, self._last, strict=True))
        found = Stretch(
            done, done - self._done, wall, coordinator, own_bytes(self._coordinator), scheduler,
            own_bytes(self._scheduler) if self._scheduler else 0,
        )  # fmt: skip
        self._done, self._last = done, self._now()
        return found


def own_bytes(process: psutil.Process) -> int:
    """The memory of a process, without what it shares with others."""
    return int(process.memory_full_info().pss)


def marks(submissions: int) -> list[int]:
    """1,000, 2,000, 5,000, 10,000 and so on, and all of them."""
    steps = (each * 10**power for power in range(3, 9) for each in (1, 2, 5))
    return [each for each in steps if each < submissions] + [submissions]


def grade_samples(folder: Path) -> list[Result]:
    """Results of real submissions."""
    make_course(folder, SAMPLES)
    course, assignment = load_course(folder), load_assignment(folder, NAME)
    # Elsewhere pytest would take the tests of this project for the course's.
    with chdir(folder), open_sandbox(course.limits, course.isolation) as sandbox:
        open_pool = partial(local_pool, course, assignment, sandbox)
        results = grade_each(assignment, course.students(NAME), open_pool, lambda _: None)
        return [each for each in results if each is not None]


def hand_in(folder: Path, submissions: int) -> Course:
    """A course where so many have handed in."""
    make_course(folder, min(SAMPLES, submissions))
    for number in range(SAMPLES, submissions):
        target = folder / "submitted" / student(number) / NAME
        target.mkdir(parents=True)
        shutil.copyfile(
            folder / "submitted" / student(number % SAMPLES) / NAME / f"{NAME}.ipynb", target / f"{NAME}.ipynb"
        )
    return load_course(folder)


def run(course: Course, open_pool: OpenPool, dask: Cluster | None = None) -> Found:
    """Grades all, and then again, when nothing has changed.

    Raises:
        RuntimeError: somebody was graded twice, or not at all.
    """
    assignment, timings = load_assignment(course.folder, NAME), Timings()
    students = course.students(NAME)
    clock, ends = _Clock(dask), set(marks(len(students)))
    graded = grade_batch(course, assignment, students, open_pool, timings=timings)
    next(graded)
    first, stretches = clock.stretch(1), list[Stretch]()
    print(TITLES, first.row(), sep="\n", flush=True)
    for done, _ in enumerate(graded, 2):
        if done in ends:
            stretches.append(clock.stretch(done))
            print(stretches[-1].row(), flush=True)
    clock = _Clock(dask)
    unchanged = sum(each.unchanged for each in grade_batch(course, assignment, students, _refuse))
    again = clock.stretch(len(students))
    print(again.row("again"), flush=True)
    if unchanged != len(students):
        raise RuntimeError(f"{len(students) - unchanged} of {len(students)} were graded again.")
    stages = {name: timings.seconds.get(name, 0.0) for name in ("what changed", "marks", "files", "gradebook")}
    return Found(first, tuple(stretches), again, stages)


def _refuse(_: int) -> AbstractContextManager[Pool]:
    raise RuntimeError("Submissions were to be graded again though nothing had changed.")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.simulation", description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=64, help="how many submissions are graded at once")
    parser.add_argument("--seconds-each", type=float, default=0.4, help="that grading one takes, on average")
    parser.add_argument("--pool", choices=("here", "dask"), default="here")
    parser.add_argument("--json", type=Path, help="write figures, machine and versions to this file")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        folder = Path(scratch)
        samples = folder / "samples.pickle"
        samples.write_bytes(pickle.dumps([pickle.dumps(each) for each in grade_samples(folder / "graded")]))
        course = hand_in(folder / "course", options.submissions)
        dask = None
        open_pool: OpenPool = partial(made_up_pool, Drawn(samples, options.seconds_each), options.workers)
        if options.pool == "dask":
            threads = min(_THREADS, options.workers)
            answer = (str(Path(__file__).with_name("made_up_worker.py")), str(samples), str(options.seconds_each))
            dask = stack.enter_context(cluster(options.workers // threads, threads, folder, answer))
            open_pool = partial(_cluster_pool, course, dask.address)
        found = run(course, open_pool, dask)
    each = found.coordinator_seconds_each
    held = "met" if each <= LIMIT_SECONDS_EACH else "not met"
    print(f"The coordinator took {1000 * each:.1f} ms a submission (at most {1000 * LIMIT_SECONDS_EACH:.0f}: {held}).")
    print(
        *(f"{name}: {1000 * seconds / options.submissions:.1f} ms" for name, seconds in found.stages.items()), sep=", "
    )
    if options.json:
        record = {"machine": machine.describe(), "versions": machine.versions(), "pool": options.pool}
        record |= {name: getattr(options, name) for name in ("submissions", "workers", "seconds_each")}
        options.json.write_text(json.dumps({**record, "found": asdict(found)}, indent=1) + "\n", encoding="utf-8")


def _cluster_pool(course: Course, address: str, _: int) -> AbstractContextManager[Pool]:
    return cluster_pool(course, load_assignment(course.folder, NAME), address)


if __name__ == "__main__":
    main()
