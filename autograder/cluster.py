"""Grading on a Dask cluster, through the interface that the local pool has too.

The assignment and each submission travel with the task, so that workers need this package and nothing else: no
shared folder, no gradebook. A worker grades in a process of its own, with a fork server and full isolation.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import platform
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import distributed

from autograder.assignment import Assignment, CourseError, load_assignment
from autograder.course import Course
from autograder.fingerprint import assignment_digest, versions
from autograder.forkserver import ForkServer
from autograder.grading import Grader
from autograder.limits import Limits
from autograder.reading import MAX_NOTEBOOK_BYTES
from autograder.submission import MAX_EXTRA_FILE_BYTES, regular_files
from autograder.workers import Pool, Result, result_of

CONNECT_SECONDS = 10.0
_COUNT_WORKERS_EVERY_SECONDS = 5.0
_MAX_FILES = 200


@dataclass(frozen=True)
class PackedFile:
    """A file in transit: its path below the packed folder. Of one over the limits only its size is sent."""

    name: str
    content: bytes
    size_bytes: int


@dataclass(frozen=True)
class PackedAssignment:
    """All that a worker needs to grade: files by their path in the course, settings, and what it must have itself."""

    name: str
    digest: str
    files: tuple[PackedFile, ...]
    limits: Limits
    isolation: str
    show_cells: bool
    versions: dict[str, str]


@contextmanager
def cluster_pool(course: Course, assignment: Assignment, address: str) -> Iterator[Pool]:
    """The workers of the scheduler at `address`, such as tcp://HOST:8786.

    Raises:
        CourseError: no scheduler there, no workers, or workers that can't do the same as this machine.
    """
    try:
        client = distributed.Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise CourseError(
            f"No Dask scheduler answers at {address}: {str(error).splitlines()[0]}. "
            "Start one with `dask scheduler`, and name it as tcp://HOST:8786."
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError as error:
            raise CourseError(
                f"The scheduler {address} has no workers. Start some with `dask worker {address} --nthreads 1`."
            ) from error
        _check_versions(client)
        packed = client.scatter(pack_assignment(course, assignment), broadcast=True, hash=False)
        with client.get_executor(pure=False) as executor:
            yield Pool(
                lambda student: executor.submit(
                    grade_packed, packed, student, pack(course.submitted(student, assignment.name))
                ),
                _worker_count(client),
                (distributed.KilledWorker,),
            )


def _worker_count(client: distributed.Client) -> Callable[[], int]:
    counted_at, count = -_COUNT_WORKERS_EVERY_SECONDS, 1

    def workers() -> int:
        nonlocal counted_at, count
        if time.monotonic() - counted_at >= _COUNT_WORKERS_EVERY_SECONDS:
            counted_at, count = time.monotonic(), max(1, sum(client.nthreads().values()))
        return count

    return workers


def _check_versions(client: distributed.Client) -> None:
    here = _versions()
    try:
        there = client.run(_versions)
    except Exception as error:
        raise CourseError(
            f"A worker can't run the autograder: {str(error).splitlines()[0]}. Install it there, with the extras "
            "grader and cluster, in the version that is here."
        ) from error
    for worker, found in sorted(there.items()):
        _require_same(worker, found, here)


def _require_same(worker: str, found: dict[str, str], wanted: dict[str, str]) -> None:
    different = [name for name in wanted if found.get(name) != wanted[name]]
    if different:
        theirs = ", ".join(f"{name} {found.get(name, 'missing')}" for name in different)
        ours = ", ".join(f"{name} {wanted[name]}" for name in different)
        raise CourseError(f"The worker {worker} has {theirs}; this machine has {ours}. Install the same on both.")


def _versions() -> dict[str, str]:
    """What must be the same on each machine: what marks depend on, and Python, as values cross pickled."""
    return {"python": ".".join(platform.python_version_tuple()[:2]), **versions()}


def pack_assignment(course: Course, assignment: Assignment) -> PackedAssignment:
    """Packs `source/<name>/`, `tests/hidden/<name>/` and the settings."""
    folders = (assignment.source_folder, assignment.checks_folder)
    files = [
        PackedFile(str(path.relative_to(course.folder)), path.read_bytes(), 0)
        for folder in folders
        for path in regular_files(folder)
    ]
    return PackedAssignment(
        name=assignment.name,
        digest=assignment_digest(assignment, course.limits, course.show_cells),
        files=tuple(files),
        limits=course.limits,
        isolation=course.isolation,
        show_cells=course.show_cells,
        versions=_versions(),
    )


def pack(folder: Path) -> tuple[PackedFile, ...]:
    """Packs what a student handed in: ordinary files only, notebooks first, like `submission.read_submission` reads."""
    found = sorted(regular_files(folder), key=lambda path: (path.suffix.lower() != ".ipynb", path))[:_MAX_FILES]
    return tuple(_pack_file(folder, path) for path in found)


def _pack_file(folder: Path, path: Path) -> PackedFile:
    size_bytes = path.lstat().st_size
    limit = MAX_NOTEBOOK_BYTES if path.suffix.lower() == ".ipynb" else MAX_EXTRA_FILE_BYTES
    name = str(path.relative_to(folder))
    return PackedFile(name, path.read_bytes() if size_bytes <= limit else b"", size_bytes)


def unpack(files: tuple[PackedFile, ...], folder: Path) -> None:
    """Writes packed files below `folder`, which only we can enter."""
    folder.mkdir(mode=0o700, parents=True)
    for each in files:
        target = folder / each.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(each.content)
        os.truncate(target, max(each.size_bytes, len(each.content)))


_processes: dict[str, ProcessPoolExecutor] = {}
_lock = threading.Lock()


def grade_packed(assignment: PackedAssignment, student: str, files: tuple[PackedFile, ...]) -> Result:
    """Grades one submission; runs in a Dask worker.

    Raises:
        CourseError: this worker has other versions than the coordinator.
        BrokenProcessPool: the process that graded died.
    """
    _require_same(platform.node(), _versions(), assignment.versions)
    with _lock:
        if assignment.digest not in _processes:
            for digest in list(_processes):  # of an assignment as it was before, whose checks Python still remembers
                _processes.pop(digest).shutdown(wait=False)
            _processes[assignment.digest] = ProcessPoolExecutor(
                max_workers=distributed.get_worker().state.nthreads,
                mp_context=multiprocessing.get_context("spawn"),  # a Dask worker has threads: no fork
                initializer=_start_process,
                initargs=(assignment,),
            )
        process = _processes[assignment.digest]
    try:
        return process.submit(_grade_here, student, files).result()
    except BrokenProcessPool:
        with _lock:
            if _processes.get(assignment.digest) is process:
                del _processes[assignment.digest]
        raise


_server: ForkServer | None = None
_grader: Grader | None = None


def _start_process(packed: PackedAssignment) -> None:
    global _server, _grader
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _server = ForkServer(packed.isolation)
    course_folder = _server.folder / "course"
    unpack(packed.files, course_folder)
    _grader = Grader(load_assignment(course_folder, packed.name), _server, packed.limits, packed.show_cells)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    multiprocessing.connection.wait([parent.sentinel])
    os._exit(1)  # the fork server notices, ends its guests and clears away


def _grade_here(student: str, files: tuple[PackedFile, ...]) -> Result:
    assert _server is not None
    assert _grader is not None
    folder = Path(tempfile.mkdtemp(prefix="submitted-", dir=_server.folder))
    try:
        unpack(files, folder / "handed-in")
        return result_of(_grader.grade(folder / "handed-in", student))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
