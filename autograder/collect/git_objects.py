"""Reads what is in a repository of a stranger's, object by object.

git gives commits, trees and blobs as they are stored (`git cat-file`), and nothing is checked out.
https://git-scm.com/docs/git-cat-file#_batch_output, https://git-scm.com/docs/gitformat-pack
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from subprocess import Popen
from typing import IO

from autograder.collect.copying import (
    CHUNK_BYTES,
)
from autograder.collect.git_runs import Git
from autograder.collect.git_words import Fault, GitError
from autograder.gradebook.plain_files import NotPlainError

_MAX_LISTED_BYTES = 8 << 20  # of a tree or a commit, which are read at once
_MAX_LINE_BYTES = 4_096
FOLDER = "40000"  # the mode of a tree in a tree
_WHEN = re.compile(rb"^(author|committer) [^\n]*?> (-?\d{1,20}) [+-]\d{4}$", re.MULTILINE)
_PARENT = re.compile(rb"^parent ([0-9a-f]+)$", re.MULTILINE)


@dataclass(frozen=True)
class Commit:
    """A commit.

    Attributes:
        tree: the name of its tree.
        parent: of the first parent; empty if there is none.
        committed_at: in UTC without a zone, as whoever made it wrote; None if that is no time.
        authored_at: likewise.
    """

    tree: str
    parent: str
    committed_at: datetime | None
    authored_at: datetime | None


class Objects:
    """The objects of a bare repository. All methods raise GitError if they can't be read."""

    def __init__(self, asking: Popen[bytes], reading: Popen[bytes]) -> None:
        self._asking, self._reading = asking, reading

    def look(self, name: str) -> tuple[str, str, int] | None:
        """An object's full name, kind, and size in bytes; None if it is not there."""
        return _asked(self._asking, name)

    def commit(self, name: str) -> Commit:
        """Reads a commit."""
        raw = self._whole(name, "commit")
        head = raw.partition(b"\n\n")[0]
        times = {kind: _moment(seconds) for kind, seconds in _WHEN.findall(head)}
        parents = _PARENT.findall(head)
        tree = head.partition(b"\n")[0].removeprefix(b"tree ").decode("ascii", "replace")
        return Commit(tree, parents[0].decode() if parents else "", times.get(b"committer"), times.get(b"author"))

    def tree(self, name: str) -> Iterator[tuple[str, str, str]]:
        """What is in a tree: mode, name, and the object's name."""
        raw, length = self._whole(name, "tree"), len(name) // 2
        at = 0
        while at < len(raw):
            space = raw.find(b" ", at)
            end = raw.find(b"\0", space)
            if space < at or end < space or end + length >= len(raw):
                raise GitError(Fault.OTHER, "has a folder that is damaged")
            mode, called = raw[at:space].decode("ascii", "replace").lstrip("0"), os.fsdecode(raw[space + 1 : end])
            at = end + 1 + length
            yield mode, called, raw[end + 1 : at].hex()

    @contextmanager
    def blob(self, name: str) -> Iterator[Callable[[], bytes]]:
        """Gives an object's bytes piece by piece, then nothing. Raises NotPlainError if it is missing."""
        found = _asked(self._reading, name)
        if found is None:
            raise NotPlainError("is missing in the repository")
        left, stream = found[2], _pipe(self._reading.stdout)

        def read() -> bytes:
            nonlocal left
            data = stream.read(min(left, CHUNK_BYTES))
            if left and not data:
                raise _ended()
            left -= len(data)
            return data

        try:
            yield read
        finally:  # what nobody wanted stands before the next answer
            while left and read():
                pass
            stream.read(1)

    def _whole(self, name: str, kind: str) -> bytes:
        found = self.look(name)
        if found is None or found[1] != kind:
            raise GitError(Fault.OTHER, f"has something else, or nothing, where a {kind} should be")
        if found[2] > _MAX_LISTED_BYTES:
            raise GitError(Fault.OTHER, f"has a {kind} that is too long")
        with self.blob(found[0]) as read:
            return b"".join(iter(read, b""))


@contextmanager
def opened_objects(git: Git, folder: Path, until: float) -> Iterator[Objects]:
    """The objects of a bare repository of ours, until the moment of `time.monotonic`."""
    processes = [git.start(("cat-file", how), folder) for how in ("--batch-check", "--batch")]

    def end() -> None:
        for each in processes:
            each.kill()

    timer = threading.Timer(max(0.0, until - time.monotonic()), end)
    timer.start()
    try:
        yield Objects(*processes)
    finally:
        timer.cancel()
        for each in processes:
            git.end(each)


def _asked(process: Popen[bytes], name: str) -> tuple[str, str, int] | None:
    """What git says of an object: its full name, kind and size; None if it is not there."""
    try:
        stdin = _pipe(process.stdin)
        stdin.write(name.encode() + b"\n")
        stdin.flush()
    except OSError as error:
        raise _ended() from error
    words = _pipe(process.stdout).readline(_MAX_LINE_BYTES).decode("ascii", "replace").split()
    if len(words) == 3 and words[2].isdecimal():
        return words[0], words[1], int(words[2])
    if words and words[-1] in ("missing", "ambiguous"):
        return None
    raise _ended()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def _ended() -> GitError:
    return GitError(Fault.OTHER, "can't be read to its end: it is damaged, or takes too much memory or time")


def _moment(seconds: bytes) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(seconds), UTC).replace(tzinfo=None)
    except (OverflowError, ValueError, OSError):
        return None
