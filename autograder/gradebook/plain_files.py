"""Opens what strangers put into a folder: plain files and folders beneath it, and nothing that a link leads to.

Whoever collects has rights that students lack, and a link in a student's folder borrows them. Every part of a path is
opened from the folder that it is in, and none may be a link, so that nothing changes its way between a look and a read.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# A pipe that took the place of a file would keep an opener waiting for its other end.
_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_KINDS = (
    (stat.S_ISLNK, "is a link"),
    (stat.S_ISFIFO, "is a pipe"),
    (stat.S_ISSOCK, "is a socket"),
    (stat.S_ISBLK, "is a device"),
    (stat.S_ISCHR, "is a device"),
    (stat.S_ISDIR, "is a folder"),
    (stat.S_ISREG, "is a file"),
)


class NotPlainError(Exception):
    """Something is no file or folder to collect; the text is the end of a sentence that says why."""


@contextmanager
def opened_root(path: Path) -> Iterator[int]:
    """A descriptor of a folder of our own, wherever it is.

    Raises:
        NotPlainError: it is none, or can't be entered.
    """
    folder = _open_folder(str(path), None)
    try:
        yield folder
    finally:
        os.close(folder)


@contextmanager
def opened_beneath(root: int, *parts: str) -> Iterator[int]:
    """A descriptor of the folder that `parts` lead to from an open one.

    Raises:
        NotPlainError: one of them is a link or no folder, or can't be entered.
    """
    with ExitStack() as stack:
        for part in parts:
            root = _open_folder(part, root)
            stack.callback(os.close, root)
        yield root


@contextmanager
def opened_file(root: int, *parts: str) -> Iterator[int]:
    """A descriptor of a plain file beneath an open folder, and of nobody else's than the folder.

    Raises:
        NotPlainError: it is none, or can't be read.
    """
    with opened_beneath(root, *parts[:-1]) as folder:
        try:
            # Looked at before it is opened: opening a device may do something.
            _refuse(os.stat(parts[-1], dir_fd=folder, follow_symlinks=False), os.fstat(root))
            file = os.open(parts[-1], _FILE_FLAGS, dir_fd=folder)
        except OSError as error:
            raise NotPlainError(why_not(error)) from error
        try:
            _refuse(os.fstat(file), os.fstat(root))
            yield file
        finally:
            os.close(file)


def read_plain(root: int, name: str, most_bytes: int) -> bytes | None:
    """The beginning of a plain file in an open folder; None if there is none, or it can't be read."""
    try:
        with opened_file(root, name) as file:
            return os.read(file, most_bytes)
    except (NotPlainError, OSError):
        return None


def kind_of(mode: int) -> str:
    """What something that is no plain file is, as the end of a sentence."""
    return next((words for is_one, words in _KINDS if is_one(mode)), "is no plain file")


def why_not(error: OSError) -> str:
    """Why something can't be opened or read, as the end of a sentence."""
    if error.errno in (errno.ELOOP, errno.EMLINK):
        return "is a link"
    return f"can't be read: {error.strerror or error}"


def _open_folder(name: str, parent: int | None) -> int:
    flags = _FOLDER_FLAGS if parent is None else _FOLDER_FLAGS | os.O_NOFOLLOW
    try:
        return os.open(name, flags, dir_fd=parent)
    except OSError as error:
        with suppress(OSError):
            if not stat.S_ISDIR(mode := os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode):
                raise NotPlainError(kind_of(mode)) from error
        raise NotPlainError(why_not(error)) from error


def _refuse(file: os.stat_result, root: os.stat_result) -> None:
    """Raises NotPlainError unless it is a plain file of whom the folder is of, as far as that can be told."""
    if not stat.S_ISREG(file.st_mode):
        raise NotPlainError(kind_of(file.st_mode))
    if file.st_dev != root.st_dev:
        raise NotPlainError("is on another file system")
    # Another name of a file may be one of the course's; it is the student's own if staff own neither file nor folder.
    if file.st_nlink > 1 and (file.st_uid != root.st_uid or root.st_uid in (0, os.geteuid())):
        raise NotPlainError("is another name of a file that lies elsewhere (a hard link)")
