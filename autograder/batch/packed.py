"""What travels between machines: an assignment and submissions as plain data, and what comes of each.

A Dask scheduler and its workers import this module, and so nothing that imports torch or nbformat, which take seconds,
and memory.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from autograder.report.report import Report, versions
from autograder.sandbox.limits import Limits


@dataclass(frozen=True)
class PackedFile:
    """A file in transit.

    Attributes:
        name: its path below the packed folder.
        content: None if there is nothing to be read: it is no ordinary file. A notebook's is without its outputs.
        size_bytes: of one that is too large to be read this is all that travels.
        linked: whether it has other names too, and so is no file for a guest.
    """

    name: str
    content: bytes | None
    size_bytes: int = 0
    linked: bool = False


@dataclass(frozen=True)
class PackedSubmission:
    """What a student handed in, as far as grading looks at it, and what is said of files that it does not look at."""

    student: str
    files: tuple[PackedFile, ...]
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class PackedAssignment:
    """All that a worker needs to grade.

    Attributes:
        name: the assignment's.
        files: by their path in the course.
        limits, isolation, show_cells, keep_answers, release_settings, inside: the course's settings.
        versions: what the worker must have itself.
    """

    name: str
    files: tuple[PackedFile, ...]
    limits: Limits
    isolation: str
    show_cells: bool
    keep_answers: bool
    release_settings: str
    inside: frozenset[str]
    versions: dict[str, str]


def versions_here() -> dict[str, str]:
    """What must be the same on each machine: what marks depend on, and what pickled values do."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python, "distributed": version("distributed"), **versions()}


@dataclass(frozen=True)
class Result:
    """What a worker sends back: plain data, so that it may be any process on any machine.

    Attributes:
        report: of one submission.
        notebook_texts: the graded notebooks, as files hold them, by their names.
        seconds: how long each stage took.
        answers: what guests answered, packed; empty if it was not kept.
    """

    report: Report
    notebook_texts: dict[str, str]
    seconds: Mapping[str, float] = field(default_factory=dict)
    answers: bytes = b""


class GradingFailed(Exception):
    """A submission could not be graded, through no fault of the student's; the text is for staff."""


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
