"""Copies a student's folder, as it is at one moment: what is a plain file in it, within bounds."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatch
from functools import partial
from pathlib import Path

from autograder.gradebook.plain_files import NotPlainError, kind_of, opened_beneath, opened_file, why_not

CHUNK_BYTES = 1 << 20
_MAX_NAME_BYTES = 1_000  # of a path beneath the folder
_MAX_PART_BYTES = 255  # of one name in it
_MAX_TOLD = 100

Parts = tuple[str, ...]
LeftOut = tuple[str, str]  # a path, and why: the end of a sentence


class ChangingError(Exception):
    """Something was changed while it was read."""


@dataclass(frozen=True)
class Bounds:
    """How much of one student's is collected, and which names: those that fit `wanted` and not `ignored`, which are
    patterns as `fnmatch` has them. `entries` are files and folders that are looked at."""

    file_bytes: int = 100_000_000
    all_bytes: int = 100_000_000
    files: int = 1_000
    depth: int = 20
    entries: int = 10_000
    ignored: tuple[str, ...] = ()
    wanted: tuple[str, ...] = ("*",)


@dataclass(frozen=True)
class Copied:
    """What became of a folder's files.

    Attributes:
        names: paths of those that were copied.
        left_out: those that were not: at most 100, and how many more.
        changed_at: when one of them was last changed, by the kernel's own clock, which no student sets; in UTC.
    """

    names: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    changed_at: datetime


def copy_folder(folder: int, target: Path, bounds: Bounds) -> Copied:
    """Copies the plain files beneath an open folder into `target`, which is empty; notebooks first, as room may end.

    Raises:
        ChangingError: the folder changed meanwhile.
        OSError: `target` can't be written.
    """
    before = os.fstat(folder)
    found, left_out = look_through(folder, bounds)
    copied: list[str] = []
    newest_ns, bytes_left = before.st_ctime_ns, bounds.all_bytes
    for parts in sorted(found, key=lambda each: (not each[-1].endswith(".ipynb"), each)):
        name, copy = os.sep.join(parts), target.joinpath(*parts)
        try:
            if len(copied) >= bounds.files:
                raise NotPlainError(f"is beyond the {bounds.files:,} files that are collected of one hand-in")
            with opened_file(folder, *parts) as file:
                status = os.fstat(file)
                refuse_size(status.st_size, bounds.file_bytes, bytes_left)  # before it is read
                read = partial(os.read, file, CHUNK_BYTES)
                bytes_left -= copy_bytes(read, copy, bounds.file_bytes, bytes_left)
                if (os.fstat(file).st_size, os.fstat(file).st_ctime_ns) != (status.st_size, status.st_ctime_ns):
                    raise ChangingError
        except NotPlainError as error:
            left_out.append((name, str(error)))
            continue
        with contextlib.suppress(OSError, OverflowError):  # a time that this file system can't hold
            os.utime(copy, ns=(status.st_mtime_ns, status.st_mtime_ns))
        copied.append(name)
        newest_ns = max(newest_ns, status.st_ctime_ns)
    if os.fstat(folder).st_ctime_ns != before.st_ctime_ns:
        raise ChangingError
    return Copied(tuple(copied), first_few(left_out), kernel_time(newest_ns / 10**9))


def kernel_time(seconds: float) -> datetime:
    """A time of the kernel's as the gradebook has it: in UTC, without a zone."""
    return datetime.fromtimestamp(int(seconds), UTC).replace(tzinfo=None)


def copy_bytes(read: Callable[[], bytes], target: Path, most: int, left: int) -> int:
    """Writes what `read` gives, until it gives nothing, into a new file, and returns how many bytes it has.

    Holes of a file with many of them take no room in the copy.

    Args:
        most: bytes that one file may have.
        left: bytes that it may have as others are there already.

    Raises:
        NotPlainError: there are more, or they can't be read; there is no such file then.
        OSError: `target` can't be written.
    """
    size = 0
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as copy:
        try:
            while chunk := _from(read):
                size += len(chunk)
                refuse_size(size, most, left)
                if chunk.count(0) == len(chunk):
                    copy.seek(size)
                else:
                    copy.write(chunk)
            copy.truncate(size)
        except NotPlainError:
            target.unlink()
            raise
    return size


def look_through(folder: int, bounds: Bounds) -> tuple[list[Parts], list[LeftOut]]:
    """Plain files beneath an open folder; what is none, and why. Raises ChangingError if it changes meanwhile."""
    found: list[Parts] = []
    left_out: list[LeftOut] = []
    entries = 0
    waiting: list[Parts] = [()]
    while waiting:
        parent = waiting.pop()
        try:
            with opened_beneath(folder, *parent) as here:
                for name in sorted(_names(here, bounds.entries - entries)):
                    entries += 1
                    parts = (*parent, name)
                    if any(fnmatch(name, each) for each in bounds.ignored):
                        continue
                    mode = os.stat(name, dir_fd=here, follow_symlinks=False).st_mode
                    if why := _why_left_out(parts, mode, bounds):
                        left_out.append((os.sep.join(parts), why))
                    elif stat.S_ISDIR(mode):
                        waiting.append(parts)
                    elif any(fnmatch(name, each) for each in bounds.wanted):
                        found.append(parts)
        except FileNotFoundError as error:
            raise ChangingError from error
        except NotPlainError as error:
            left_out.append((os.sep.join(parent), str(error)))
        except OSError as error:
            left_out.append((os.sep.join(parent) or "the folder", why_not(error)))
    if entries >= bounds.entries:
        left_out.append(("the rest", f"is beyond the {bounds.entries:,} files and folders that are looked at"))
    return found, left_out


def refuse_size(size: int, most: int, left: int) -> None:
    """Raises NotPlainError if a file has more bytes than one may have, or than are left of all together."""
    if size > most:
        raise NotPlainError(f"has more than {most / 1e6:,g} MB")
    if size > left:
        raise NotPlainError("is too large together with the other files")


def first_few(left_out: list[LeftOut]) -> tuple[LeftOut, ...]:
    """As many as anybody reads."""
    more = len(left_out) - _MAX_TOLD
    return (*left_out[:_MAX_TOLD], *([(f"{more:,} more", "for reasons like these")] if more > 0 else []))


def is_long(name: str) -> bool:
    """Whether a path is too long to be kept, or a name in it."""
    raw = os.fsencode(name)
    return len(raw) > _MAX_NAME_BYTES or any(len(each) > _MAX_PART_BYTES for each in raw.split(b"/"))


def _from(read: Callable[[], bytes]) -> bytes:
    try:
        return read()
    except NotPlainError:
        raise
    except OSError as error:
        raise NotPlainError(why_not(error)) from error


def _names(folder: int, most: int) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for _, entry in zip(range(most), entries, strict=False):
            yield entry.name


def _why_left_out(parts: Parts, mode: int, bounds: Bounds) -> str:
    if is_long(os.sep.join(parts)):
        return "has too long a name"
    if stat.S_ISDIR(mode):
        return f"is a folder more than {bounds.depth} folders deep" if len(parts) > bounds.depth else ""
    return "" if stat.S_ISREG(mode) else kind_of(mode)
