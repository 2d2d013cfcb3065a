"""An assignment and submissions as plain data that can travel to a machine that has no files of ours.

This module and `autograder.remote` import no torch: a Dask scheduler and its workers import them, and stay small.
"""

from __future__ import annotations

import os
import platform
import stat
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from autograder.course.assignment import Assignment
from autograder.course.course import Course
from autograder.report.report import versions
from autograder.sandbox.limits import Limits
from autograder.submission.files import candidates, extra_files, regular_files
from autograder.submission.reading import MAX_NOTEBOOK_BYTES
from autograder.submission.submission import read_submission


@dataclass(frozen=True)
class PackedFile:
    """A file in transit.

    Attributes:
        name: its path below the packed folder.
        content: None if there is nothing to be read: it is no ordinary file.
        size_bytes: of one that is too large to be read this is all that travels.
        linked: whether it has other names too, and so is no file for a guest.
    """

    name: str
    content: bytes | None
    size_bytes: int = 0
    linked: bool = False


@dataclass(frozen=True)
class PackedSubmission:
    """What a student handed in, as far as grading looks at it: at most 80 MB."""

    student: str
    files: tuple[PackedFile, ...]


@dataclass(frozen=True, eq=False)
class PackedAssignment:
    """All that a worker needs to grade.

    Attributes:
        name: the assignment's.
        files: by their path in the course.
        limits, isolation, show_cells: the course's settings.
        versions: what the worker must have itself.
    """

    name: str
    files: tuple[PackedFile, ...]
    limits: Limits
    isolation: str
    show_cells: bool
    versions: dict[str, str]


def versions_here() -> dict[str, str]:
    """What must be the same on each machine: what marks depend on, and what pickled values do."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python, "distributed": version("distributed"), **versions()}


def pack_assignment(course: Course, assignment: Assignment) -> PackedAssignment:
    """Packs the notebook and its data, the hidden checks, and the settings."""
    notebook = assignment.source_folder / f"{assignment.notebook_name}.ipynb"
    source, hidden = (
        Path("source", assignment.name),
        Path("tests", "hidden", assignment.name),
    )  # a worker's are the usual
    paths = {source / path.relative_to(assignment.source_folder): path for path in (notebook, *assignment.data_files)}
    paths |= {
        hidden / path.relative_to(assignment.checks_folder): path for path in regular_files(assignment.checks_folder)
    }
    return PackedAssignment(
        name=assignment.name,
        files=tuple(PackedFile(str(name), path.read_bytes()) for name, path in paths.items()),
        limits=course.limits,
        isolation=course.isolation,
        show_cells=course.show_cells,
        versions=versions_here(),
    )


def pack_submission(folder: Path, assignment: Assignment, student: str) -> PackedSubmission:
    """Packs what `read_submission` will look at in a student's folder, and nothing else."""
    looked_at = candidates(folder, assignment)
    if len({path.parent for path in looked_at}) > 1:  # only reading them tells beside which one the others belong
        extras = read_submission(folder, assignment, student).extra_files
    else:
        extras = extra_files(folder, looked_at[0], assignment) if looked_at else ()
    paths = dict.fromkeys([*looked_at, *(path for _, path in extras)])
    return PackedSubmission(student, tuple(_pack(path, str(path.relative_to(folder))) for path in paths))


def _pack(path: Path, name: str) -> PackedFile:
    try:
        status = path.lstat()
        if not stat.S_ISREG(status.st_mode):
            return PackedFile(name, None)
        content = path.read_bytes() if status.st_size <= MAX_NOTEBOOK_BYTES else b""
    except OSError:
        return PackedFile(name, None)
    return PackedFile(name, content, status.st_size, linked=status.st_nlink > 1)


def unpack(files: tuple[PackedFile, ...], folder: Path) -> None:
    """Writes packed files below a new `folder`, which only we can enter."""
    folder.mkdir(mode=0o700, parents=True)
    for number, each in enumerate(files):
        target = folder / each.name
        target.parent.mkdir(parents=True, exist_ok=True)
        if each.content is None:
            target.mkdir(exist_ok=True)
            continue
        target.write_bytes(each.content)
        os.truncate(target, max(each.size_bytes, len(each.content)))
        if each.linked:
            os.link(target, folder / f".{number}")  # hidden, so that nobody takes it for a file that was handed in
