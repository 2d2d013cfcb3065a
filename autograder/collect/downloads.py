"""What a learning platform gave: a folder of its zips and of files, or one of them.

Whose each file is, its path says (`whose`, which is `lms_files.py` unless the course has a pattern or a class of its
own). Its bytes go into a folder of ours under a number; only when all are there do they get the names that students
chose.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from autograder.collect.archives import ArchiveError, is_plain_name, members
from autograder.collect.collecting import Filled, Found, HandIn
from autograder.collect.copying import (
    CHUNK_BYTES,
    Bounds,
    Parts,
    copy_bytes,
    first_few,
    is_long,
    look_through,
    refuse_size,
)
from autograder.course.errors import CourseError
from autograder.gradebook.plain_files import NotPlainError, opened_file, opened_root

_PLACE = Bounds(entries=200_000)
_READ_TIMES = 2
_FORMAT = "%Y-%m-%d %H:%M:%S UTC"


@dataclass(frozen=True)
class Named:
    """What a path says: whose file it is, its name for the grader, and when it was handed in, if it says so."""

    student: str
    name: str
    at: datetime | None = None


Whose = Callable[[str], Named | str]  # of a path; a text is why it is nobody's, as the end of a sentence


def find_downloads(place: Path, whose: Whose, scratch: Path, bounds: Bounds, endings: Sequence[str]) -> Found:
    """Reads all that a platform gave, and says whose it is.

    Args:
        place: a folder, or one file.
        scratch: an empty folder, which must stay while they are collected.
        endings: of files that are opened as archives.

    Raises:
        CourseError: there is nothing at `place`.
        OSError: `scratch` can't be written.
    """
    if not place.exists():
        raise CourseError(
            f"There is nothing at {place}. Put what the learning platform gave there, or name another place."
        )
    reading = _Reading(whose, scratch, bounds)
    with opened_root(place if place.is_dir() else place.parent) as root:
        paths: list[Parts] = [(place.name,)]
        if place.is_dir():
            paths, odd = look_through(root, _PLACE)
            reading.left_out += [("", *each) for each in odd]
        for parts in sorted(paths):
            path = "/".join(parts)
            try:
                with opened_file(root, *parts) as file:
                    if os.path.splitext(path)[1].lower() in endings:
                        reading.take_archive(path, file)
                    else:
                        reading.take(path, partial(os.read, file, CHUNK_BYTES))
            except NotPlainError as error:
                reading.left_out.append(("", path, str(error)))
            except ArchiveError as error:
                reading.left_out.append(("", path, str(error)))
                reading.unread.append(path)
    return reading.found()


@dataclass
class _Files:
    """One student's, by name: where the bytes are, and the time of each; how much is still taken, and read to see."""

    bytes_left: int
    read_left: int
    kept: dict[str, tuple[Path, datetime | None]] = field(default_factory=dict)
    left_out: list[tuple[str, str]] = field(default_factory=list)

    def counting(self, read: Callable[[], bytes]) -> Callable[[], bytes]:
        """Reads as `read` does: what swells and is refused costs as well."""

        def count() -> bytes:
            data = read()
            self.read_left -= len(data)
            return data

        return count


class _Reading:
    """What was read so far."""

    def __init__(self, whose: Whose, scratch: Path, bounds: Bounds) -> None:
        self.left_out: list[tuple[str, str, str]] = []
        self.unread: list[str] = []
        self._whose, self._scratch, self._bounds = whose, scratch, bounds
        self._of: dict[str, _Files] = {}
        self._copies = 0

    def take_archive(self, path: str, file: int) -> None:
        """Takes an archive's files, as if they lay in a folder of its name.

        Raises ArchiveError if it ends too early; what came before that is taken.
        """
        folder = os.path.splitext(path)[0].removesuffix(".tar")
        with members(file, path.lower()) as found:
            for each in found:
                below = f"{folder}/{each.name}"
                if each.why_not:
                    self.left_out.append(("", below, each.why_not))
                else:
                    self.take(below, each.read)

    def take(self, path: str, read: Callable[[], bytes]) -> None:
        """Takes one file, if it is somebody's and within bounds."""
        named = self._whose(path)
        if isinstance(named, str):
            self.left_out.append(("", path, named))
            return
        files = self._of.setdefault(named.student, _Files(self._bounds.all_bytes, _READ_TIMES * self._bounds.all_bytes))
        old = files.kept.get(named.name)
        try:
            if not is_plain_name(named.name) or is_long(named.name):
                raise NotPlainError("has a name that can't be kept")
            if old is not None and (named.at is None or old[1] is None or named.at < old[1]):
                raise NotPlainError("is there twice, and this one is not known to be the later")
            if old is None and len(files.kept) >= self._bounds.files:
                raise NotPlainError(f"is beyond the {self._bounds.files:,} files that are collected of one hand-in")
            refuse_size(0, self._bounds.file_bytes, files.read_left)
            self._copies += 1
            copy = self._scratch / str(self._copies)
            files.bytes_left -= copy_bytes(files.counting(read), copy, self._bounds.file_bytes, files.bytes_left)
        except NotPlainError as error:
            files.left_out.append((path, str(error)))
            return
        files.kept[named.name] = (copy, named.at)

    def found(self) -> Found:
        """All of it, by student; who has nothing that can be taken is among what was left out."""
        hand_ins = []
        for student, files in sorted(self._of.items()):
            if files.kept:
                at = max((at for _, at in files.kept.values() if at is not None), default=None)
                hand_ins.append(HandIn(student, at, partial(_fill, files, at)))
            else:
                self.left_out += [(student, *each) for each in first_few(files.left_out)]
        return Found(tuple(hand_ins), tuple(self.left_out), (), tuple(self.unread))


def _fill(files: _Files, at: datetime | None, folder: Path) -> Filled:
    """Moves one student's files to where their names say. A file may stand where another one needs a folder."""
    left_out = list(files.left_out)
    for name, (copy, _) in sorted(files.kept.items()):
        target = folder / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            copy.rename(target)
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            left_out.append((name, "has the name of a folder that another file is in, or the other way round"))
    return Filled(at.strftime(_FORMAT) if at else "", at, first_few(left_out))
