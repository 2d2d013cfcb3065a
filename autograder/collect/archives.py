"""Reads archives that strangers made: what is in a zip or a tar, file by file, and nothing that swells or leads out.

Nothing is ever unpacked under the name that it has in there; who reads chooses where it goes.
"""

from __future__ import annotations

import gzip
import io
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import IO, Any

from autograder.collect.copying import CHUNK_BYTES
from autograder.gradebook.plain_files import NotPlainError

_MAX_READ_BYTES = 32 << 20  # at once: of a zip's list of members, or of a tar's headers
_MAX_MEMBERS = 50_000
_MAX_TAR_BYTES = 1 << 30  # of a tar when it is unpacked
_PACKED_SO = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 1


class ArchiveError(Exception):
    """An archive can't be read, from here on; the text is the end of a sentence that says why."""


@dataclass(frozen=True)
class Member:
    """A file in an archive.

    Attributes:
        name: a relative path of plain names; where `why_not` says that it is none, whatever the archive has.
        why_not: why it can't be taken, as the end of a sentence; empty if it can.
        read: gives its bytes, piece by piece, then nothing. Raises NotPlainError if they are damaged.
    """

    name: str
    why_not: str
    read: Callable[[], bytes]


@contextmanager
def members(file: int, name: str) -> Iterator[Iterator[Member]]:
    """The files in an archive, an open file called `name`. A tar's are to be read in their order, each at once.

    Entering and going on raise ArchiveError if it is damaged, or too large to be one that a platform made.
    """
    with ExitStack() as stack:
        raw = stack.enter_context(os.fdopen(os.dup(file), "rb"))
        try:
            if name.endswith(".zip"):
                archive = stack.enter_context(zipfile.ZipFile(_Frugal(raw)))
                found = _once(_in_zip(archive))
            else:
                unpacked = stack.enter_context(gzip.GzipFile(fileobj=raw))
                tar = tarfile.TarFile.open(fileobj=_Frugal(unpacked, _MAX_TAR_BYTES), mode="r:")
                found = _once(_in_tar(stack.enter_context(tar)))
        except ArchiveError:
            raise
        except Exception as error:  # hostile bytes: every way in which a library can fail is the same to us
            raise ArchiveError(f"can't be read as an archive ({_brief(error)})") from error
        yield found


def _once(found: Iterator[Member]) -> Iterator[Member]:
    """Members whose names can be files' names, each once."""
    seen: set[str] = set()
    try:
        for count, member in enumerate(found):
            if count >= _MAX_MEMBERS:
                raise ArchiveError(f"has more than {_MAX_MEMBERS:,} files; the others were not looked at")
            why = member.why_not
            if not why and not is_plain_name(member.name):
                why = "has a name that leads elsewhere or can't be printed"
            elif not why and member.name in seen:
                why = "has the name of another file in the archive"
            seen.add(member.name)
            yield Member(member.name, why, member.read)
    except (ArchiveError, GeneratorExit):
        raise
    except Exception as error:
        raise ArchiveError(f"can't be read to its end ({_brief(error)})") from error


def is_plain_name(name: str) -> bool:
    """Whether a path is a file's beneath a folder: relative, of no other system, and of names that can be printed."""
    parts = name.split("/")
    return not any(each in ("", ".", "..") or "\\" in each or not each.isprintable() for each in parts) and (
        not PurePosixPath(name).is_absolute() and not (len(name) > 1 and name[1] == ":")
    )


def _in_zip(archive: zipfile.ZipFile) -> Iterator[Member]:
    for each in archive.infolist():
        if each.is_dir():
            continue
        mode = each.external_attr >> 16
        why = ""
        if stat.S_IFMT(mode) and not stat.S_ISREG(mode):
            why = "is a link, or no plain file"
        elif each.flag_bits & _ENCRYPTED:
            why = "can't be read without a password"
        elif each.compress_type not in _PACKED_SO:
            why = "is packed in a way that is not opened here"
        yield Member(each.filename, why, _reader(partial(archive.open, each)))


def _in_tar(archive: tarfile.TarFile) -> Iterator[Member]:
    while (each := archive.next()) is not None:
        archive.members = []  # type: ignore[attr-defined]  # it would keep them all
        if each.isdir():
            continue
        plain = each.isreg() and not each.issparse()
        why = "" if plain else "is a link, or no plain file"
        yield Member(each.name.removeprefix("./"), why, _reader(partial(archive.extractfile, each)))


def _reader(open_: Callable[[], IO[bytes] | None]) -> Callable[[], bytes]:
    """Reads a member's bytes; whatever is wrong with them is one sentence."""
    stream: list[IO[bytes] | None] = []

    def read() -> bytes:
        try:
            if not stream:
                stream.append(open_())
            return stream[0].read(CHUNK_BYTES) if stream[0] is not None else b""
        except Exception as error:  # as above
            raise NotPlainError(f"is damaged ({_brief(error)})") from error

    return read


class _Frugal(io.RawIOBase):
    """A file that refuses to be read in a way that only an archive made to do harm asks for.

    Libraries read lists and headers at once, as long as the archive says that they are.
    """

    def __init__(self, file: Any, most_bytes: int | None = None) -> None:
        self._file, self._most_bytes = file, most_bytes

    def read(self, size: int = -1, /) -> bytes:
        if size is not None and size > _MAX_READ_BYTES:
            raise ArchiveError("has a list of files that is too long")
        data: bytes = self._file.read(_MAX_READ_BYTES + 1 if size is None or size < 0 else size)
        if len(data) > _MAX_READ_BYTES:
            raise ArchiveError("has a list of files that is too long")
        if self._most_bytes is not None and self._file.tell() > self._most_bytes:
            raise ArchiveError(f"has more than {self._most_bytes >> 30} GB when it is unpacked")
        return data

    def seek(self, offset: int, whence: int = 0, /) -> int:
        if self._most_bytes is not None and offset > self._most_bytes:
            raise ArchiveError(f"has more than {self._most_bytes >> 30} GB when it is unpacked")
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True


def _brief(error: Exception) -> str:
    """What a library says of an archive, cut short: a name of a student's may stand in it."""
    text = "".join(each for each in " ".join(str(error).split())[:80] if each.isprintable())
    return text or type(error).__name__
