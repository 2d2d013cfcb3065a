"""Reads what a class report needs of many report.json files: fast, and whatever is in them.

Of each file only the fields below are made into objects. A file that another program damaged, one that says what can't
be, or a report of an older schema, is told apart and left out.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import msgspec

from autograder.report.class_report.possible import (
    GradedBy,
    MaxPoints,
    NotNegative,
    Points,
    Ruling,
    Score,
    Seconds,
    Share,
    Status,
    Verdict,
    are_earned,
    in_words,
    is_moment,
    odd_ones,
)
from autograder.report.report import SCHEMA_VERSION

_MAX_BYTES = 32 << 20


class ReadCheck(msgspec.Struct, frozen=True, gc=False):
    """A check, as in `docs/report.md`."""

    id: str
    verdict: Verdict
    share: Share | None = None


class ReadExercise(msgspec.Struct, frozen=True, gc=False):
    """An exercise, as in `docs/report.md`."""

    name: str
    points: Points
    max_points: MaxPoints
    verdict: Verdict
    misconceptions: tuple[str, ...] = ()
    checks: tuple[ReadCheck, ...] = ()
    ruling: Ruling = ""
    auto_points: Points | None = None
    answers: str = ""
    graded_by: GradedBy = "checks"
    sketch: str | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether staff are yet to mark it."""
        return self.verdict == "by_hand" and self.auto_points is None and not self.ruling

    @property
    def is_untried(self) -> bool:
        """Whether nothing was written, so that nothing was judged."""
        return self.verdict == "skipped" and not self.checks


class ReadReport(msgspec.Struct, frozen=True, gc=False):
    """A report, as in `docs/report.md`."""

    schema_version: int
    student: str
    score: Score
    max_score: NotNegative
    status: Status
    exercises: Annotated[tuple[ReadExercise, ...], msgspec.Meta(min_length=1)]
    outcome: str = "ok"
    seconds: Seconds = 0.0
    looks: tuple[str, ...] = ()
    mark_looks: tuple[str, ...] = ()
    handed_in: str = ""
    late_penalty: NotNegative = 0.0
    late_seconds: Seconds = 0.0


class ReadTitle(msgspec.Struct, frozen=True, gc=False):
    """The words of a check."""

    id: str
    title: str = ""


class ReadAnswer(msgspec.Struct, frozen=True, gc=False):
    """Where an answer stands, and what the student reads of it."""

    name: str
    message: str = ""
    notebook: str = ""
    solution_cell: str = ""
    checks: tuple[ReadTitle, ...] = ()


class ReadWords(msgspec.Struct, frozen=True, gc=False):
    """The words of a report, which are read of a few students only."""

    exercises: tuple[ReadAnswer, ...] = ()

    def answer(self, exercise: str) -> ReadAnswer | None:
        """That of an exercise."""
        return next((each for each in self.exercises if each.name == exercise), None)


class _Version(msgspec.Struct):
    schema_version: int = 0


@dataclass
class ReadClass:
    """The reports of a class.

    Attributes:
        reports: by student, in the order of their ids.
        older: whose report is of another schema.
        damaged: whose report can't be read, or says what can't be.
        missing: who has none.
        impossible: of some who are damaged, what can't be in their report, in words.
    """

    reports: dict[str, ReadReport] = field(default_factory=dict)
    older: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    impossible: dict[str, str] = field(default_factory=dict)

    def leave_out(self, student: str, why: str) -> None:
        """Counts a student as damaged; `why` says what can't be, if something can't."""
        self.reports.pop(student, None)
        self.damaged.append(student)
        self.impossible |= {student: why} if why else {}


_decode: Callable[[bytes], ReadReport] = msgspec.json.Decoder(ReadReport).decode
_decode_words: Callable[[bytes], ReadWords] = msgspec.json.Decoder(ReadWords).decode
_decode_version: Callable[[bytes], _Version] = msgspec.json.Decoder(_Version).decode


def decode(data: bytes) -> ReadReport:
    """A report from JSON. Raises msgspec.MsgspecError: it is none, or says what can't be."""
    report = _decode(data)
    for each in report.exercises:
        is_by_hand = each.auto_points is not None or each.verdict == "by_hand"
        if not is_by_hand and not are_earned(each.points, each.max_points):
            words = f"{each.points:g} of {each.max_points:g} points that nobody gave by hand"
            raise msgspec.ValidationError(f"{words} - at `{each.name}`")
    if report.handed_in and not is_moment(report.handed_in):
        raise msgspec.ValidationError(f"no time at which work is handed in: {report.handed_in[:40]!r} - at `handed_in`")
    return report


def read_class(files: Iterable[tuple[str, Path | str]]) -> ReadClass:
    """Reads the report of each student, from pairs of an id and a path. Nothing in the files raises.

    A report counts as that of the student in whose folder it lies, whatever it says itself.
    """
    found = ReadClass()
    for student, path in files:
        data = _read(path)
        if data is None:
            found.missing.append(student)
            continue
        try:
            report = decode(data)
            why = "" if report.schema_version == SCHEMA_VERSION else "another schema"
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            report, why = None, in_words(error)
        if report is not None and not why:
            found.reports[student] = report
        elif _is_older(data):
            found.older.append(student)
        else:
            found.leave_out(student, why)
    names = {student: tuple([one.name for one in report.exercises]) for student, report in found.reports.items()}
    if odd := odd_ones(names):
        for student, why in odd.items():
            found.leave_out(student, why)
        found.damaged.sort()
    return found


def read_words(path: Path | str) -> ReadWords:
    """The words of one report; none if it can't be read."""
    try:
        return _decode_words(_read(path) or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ReadWords()


def _read(path: Path | str) -> bytes | None:
    """What is in a file, None if there is none; empty if it can't be read. A pipe is not waited for."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return b""
    try:
        size = os.fstat(handle).st_size
        return os.read(handle, size) if size <= _MAX_BYTES else b""
    except OSError:
        return b""
    finally:
        os.close(handle)


def _is_older(data: bytes) -> bool:
    try:
        return _decode_version(data).schema_version != SCHEMA_VERSION
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
