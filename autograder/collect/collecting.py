"""Puts hand-ins where they are graded: `submitted/<student>/<assignment>/`, each whole or not at all.

Where they come from is another module's: `inbound.py` (nbgrader's exchange), `downloads.py` (a learning platform's) and
`git_source.py` make `HandIn`s. Another source is one more such module, and a function in `collect_from.py`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from filelock import FileLock, Timeout

from autograder.collect.copying import ChangingError, LeftOut
from autograder.course.course import TIMESTAMP_FILE
from autograder.course.errors import CourseError
from autograder.course.settings import is_student_id
from autograder.gradebook.plain_files import NotPlainError
from autograder.gradebook.timestamps import read_timestamp

_SCRATCH = ".collecting"  # in submitted/, so that a folder is moved from there in one step
_OLD = "old."
_GROUP_FOLDER, _GROUP_FILE = 0o2770, 0o660
_TRIES = 3
_GRACE = timedelta(minutes=10)  # for a slow copy, and clocks that differ


@dataclass(frozen=True)
class Filled:
    """What was put into a folder.

    Attributes:
        timestamp: the text that says when it was handed in; empty if nothing does.
        at: the same in UTC, without a zone.
        left_out: files that were not taken.
        doubts: what staff should look at, as sentences without an end: of times, which one counts.
        changed_at: when a file of it was changed last, in UTC; None if that says nothing.
    """

    timestamp: str = ""
    at: datetime | None = None
    left_out: tuple[LeftOut, ...] = ()
    doubts: tuple[str, ...] = ()
    changed_at: datetime | None = None


@dataclass(frozen=True)
class HandIn:
    """One student's, to be collected.

    Attributes:
        student: an id, not checked.
        at: when it was handed in, in UTC without a zone; None if that is not known.
        fill: puts its files into an empty folder. Raises NotPlainError if there is nothing to take, ChangingError if it
            was changed meanwhile, OSError if the folder can't be written.
        changed_at: when what it is in was changed last, in UTC; None if that says nothing.
        known: it is what was collected before, of which this is known; None if it may be something else.
    """

    student: str
    at: datetime | None
    fill: Callable[[Path], Filled]
    changed_at: datetime | None = None
    known: Filled | None = None


@dataclass(frozen=True)
class Found:
    """What a source has. Of one that is asked only while it is collected, the rows grow until the end.

    Attributes:
        hand_ins: one a student, if they are known before.
        left_out: what is none: whose (or empty), what, and why, as the end of a sentence.
        notes: sentences on the source as a whole.
        unread: archives that could not be read to their end, and students whose repositories could not be reached.
        asked: how many students are asked while they are collected.
    """

    hand_ins: tuple[HandIn, ...]
    left_out: Sequence[tuple[str, str, str]] = ()
    notes: Sequence[str] = ()
    unread: Sequence[str] = ()
    asked: int = 0


class Became(StrEnum):
    """What became of a hand-in."""

    NEW = "new"
    UPDATED = "updated"
    KEPT = "kept"  # what was collected before stays
    LEFT_OUT = "left out"


@dataclass(frozen=True)
class Collected:
    """What became of one student's hand-in, and if it was left out, `why`, as the end of a sentence.

    `filled` is what is there now; of what was kept, only what there is to say of it.
    """

    student: str
    became: Became
    at: datetime | None = None
    why: str = ""
    filled: Filled = Filled()


@dataclass(frozen=True)
class Target:
    """Where hand-ins go, and what becomes of those that are there.

    Attributes:
        submitted: the folder of all students'.
        assignment: its name.
        timezone: of times that name none.
        replaces: whether a hand-in (its time) takes the place of one that was collected (its time); None is not known.
        group_shared: whether all of the staff's group may change it.
    """

    submitted: Path
    assignment: str
    timezone: str = "UTC"
    replaces: Callable[[datetime | None, datetime | None], bool] = lambda new, old: False
    group_shared: bool = False


def contradicted(collected: Sequence[Collected]) -> tuple[Collected, ...]:
    """Hand-ins that were changed long after they say that they were handed in, by the kernel's clock."""
    return tuple(each for each in collected if _late_change(each))


def _late_change(each: Collected) -> bool:
    changed = each.filled.changed_at
    return changed is not None and each.at is not None and changed - each.at > _GRACE


def newer(new: datetime | None, old: datetime | None) -> bool:
    """Whether one that is handed in at `new` counts instead of one of `old`; if that is not known, it does."""
    return new is None or old is None or new > old


@contextmanager
def opened_scratch(submitted: Path, lock_file: Path) -> Iterator[Path]:
    """A folder of our own in `submitted/`, of one collector at a time; what an interrupted one left is cleared up.

    Raises CourseError if somebody else collects, or there can't be written.
    """
    scratch = submitted / _SCRATCH
    try:
        with FileLock(lock_file, blocking=False):
            scratch.mkdir(parents=True, exist_ok=True)
            _clear(scratch, submitted)
            try:
                yield scratch
            finally:
                _clear(scratch, submitted)
                with suppress(OSError):
                    scratch.rmdir()
    except Timeout as error:
        raise CourseError(f"Somebody else is collecting into {submitted}. Wait until it is done.") from error
    except OSError as error:
        raise CourseError(
            f"Can't write in {submitted}: {error.strerror or error}. What was collected is kept; mend it, and the same "
            "command goes on from there."
        ) from error


def collect(hand_ins: Iterable[HandIn], target: Target, scratch: Path) -> Iterator[Collected]:
    """Collects one after the other, by way of `scratch`. Whatever is wrong with one, the others are collected.

    Raises:
        OSError: `submitted/` can't be written.
    """
    for each in hand_ins:
        yield _collect(each, target, scratch)


def _collect(hand_in: HandIn, target: Target, scratch: Path) -> Collected:
    student = hand_in.student
    if not is_student_id(student) or len(os.fsencode(student)) > os.pathconf(scratch, "PC_NAME_MAX") or "/" in student:
        return Collected(student, Became.LEFT_OUT, why="can't be a student's id")
    place = target.submitted / student / target.assignment
    for each in (place.parent, place):
        if each.is_symlink() or (each.exists() and not each.is_dir()):
            return Collected(student, Became.LEFT_OUT, why=f"there is a link or a file at {each}: move it away")
    is_there = place.exists()
    old_at = read_timestamp(place, target.timezone).at if is_there else None
    if is_there and hand_in.known is not None:
        return Collected(student, Became.KEPT, old_at, filled=hand_in.known)
    if is_there and not target.replaces(hand_in.at, old_at):
        same = hand_in.at is not None and old_at is not None and hand_in.at <= old_at
        return Collected(student, Became.KEPT, old_at, filled=Filled(changed_at=hand_in.changed_at if same else None))
    try:
        new, filled = _filled(hand_in, scratch)
    except (NotPlainError, ChangingError) as error:
        why = str(error) or "is being changed right now: collect again"
        return Collected(student, Became.LEFT_OUT, hand_in.at, why)
    _write_timestamp(new / TIMESTAMP_FILE, filled.timestamp)
    if target.group_shared:
        _share(new)
    place.parent.mkdir(parents=True, exist_ok=True)
    old = scratch / f"{_OLD}{student}" / target.assignment
    if is_there:
        old.parent.mkdir()
        place.rename(old)
    new.rename(place)
    if is_there:
        shutil.rmtree(old.parent)
    return Collected(student, Became.UPDATED if is_there else Became.NEW, filled.at, "", filled)


def _write_timestamp(path: Path, text: str) -> None:
    """Writes it, whatever has its name; a student's own says nothing unless it is the same."""
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    if text:
        path.write_text(text)


def _filled(hand_in: HandIn, scratch: Path) -> tuple[Path, Filled]:
    """A folder with the hand-in's files. Raises as `fill` does; what changes is read again, a few times."""
    new = scratch / "new"
    for tries_left in reversed(range(_TRIES)):
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        try:
            return new, hand_in.fill(new)
        except ChangingError:
            if not tries_left:
                raise
    raise AssertionError("unreachable")


def _clear(scratch: Path, submitted: Path) -> None:
    """Puts back what was moved away and not replaced, and removes the rest."""
    for each in scratch.iterdir():
        if each.name.startswith(_OLD):
            for old in each.iterdir():
                place = submitted / each.name.removeprefix(_OLD) / old.name
                if not place.exists():
                    old.rename(place)
        shutil.rmtree(each, ignore_errors=True)


def _share(folder: Path) -> None:
    folder.chmod(_GROUP_FOLDER)
    for parent, folders, files in os.walk(folder):
        for name in folders:
            Path(parent, name).chmod(_GROUP_FOLDER)
        for name in files:
            Path(parent, name).chmod(_GROUP_FILE)
