"""Writes the plain files of a commit's tree as files of our own: no link, no submodule, no name that leads out."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

from autograder.collect.archives import is_plain_name
from autograder.collect.copying import Bounds, LeftOut, Parts, copy_bytes, first_few, is_long, refuse_size
from autograder.collect.git_objects import FOLDER, Objects
from autograder.collect.git_words import GitError
from autograder.gradebook.plain_files import NotPlainError

_LINK, _SUBMODULE, _FILES = "120000", "160000", ("100644", "100755", "100664")
_LFS = b"version https://git-lfs.github.com/spec/"
_MAX_POINTER_BYTES = 1_024
_GITS_OWN = (".git", "git~")  # how names begin that git, its servers and old file systems take for theirs


def copy_tree(objects: Objects, tree: str, target: Path, bounds: Bounds) -> tuple[LeftOut, ...]:
    """Writes the plain files of a tree into `target`, which is empty, notebooks first, as room may end.

    Returns what was left out, and why. What begins with .git belongs to git and not to the hand-in: it isn't told.

    Raises:
        GitError: the repository can't be read.
        OSError: `target` can't be written.
    """
    found, left_out = _look_through(objects, tree, bounds)
    bytes_left, copied = bounds.all_bytes, 0
    for parts, name in sorted(found.items(), key=lambda each: (not each[0][-1].endswith(".ipynb"), each[0])):
        try:
            if copied >= bounds.files:
                raise NotPlainError(f"is beyond the {bounds.files:,} files that are collected of one hand-in")
            looked = objects.look(name)
            if looked is None or looked[1] != "blob":
                raise NotPlainError("is missing in the repository")
            refuse_size(looked[2], bounds.file_bytes, bytes_left)
            bytes_left -= _copy(objects, name, looked[2], target.joinpath(*parts), bounds.file_bytes, bytes_left)
            copied += 1
        except NotPlainError as error:
            left_out.append(("/".join(parts), str(error)))
    return first_few(left_out)


def _copy(objects: Objects, name: str, size_bytes: int, target: Path, most: int, left: int) -> int:
    with objects.blob(name) as read:
        if size_bytes <= _MAX_POINTER_BYTES:
            text = b"".join(iter(read, b""))
            if text.startswith(_LFS):
                raise NotPlainError("is a Git LFS pointer, and the file is elsewhere: it has to be pushed without LFS")
            read = iter((text, b"")).__next__
        try:
            return copy_bytes(read, target, most, left)
        except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
            raise NotPlainError("has the name of another file in the repository") from error


def _look_through(objects: Objects, tree: str, bounds: Bounds) -> tuple[dict[Parts, str], list[LeftOut]]:
    """Plain files, with their objects' names; what is none, and why. Folders near the top come first."""
    found: dict[Parts, str] = {}
    left_out: list[LeftOut] = []
    entries = 0
    waiting: list[tuple[Parts, str]] = [((), tree)]
    while waiting:
        parent, name = waiting.pop(0)
        try:
            listed = objects.tree(name)
            for mode, called, object_name in listed:
                entries += 1
                if entries > bounds.entries:
                    left_out.append(
                        ("the rest", f"is beyond the {bounds.entries:,} files and folders that are looked at")
                    )
                    return found, left_out
                parts = (*parent, called)
                if called.casefold().startswith(_GITS_OWN) or any(fnmatch(called, each) for each in bounds.ignored):
                    continue
                if why := _why_left_out(parts, mode, bounds):
                    left_out.append(("/".join(parts), why))
                elif mode == FOLDER:
                    waiting.append((parts, object_name))
                elif parts in found:
                    left_out.append(("/".join(parts), "has the name of another file in the repository"))
                elif any(fnmatch(called, each) for each in bounds.wanted):
                    found[parts] = object_name
        except GitError as error:
            if not parent:
                raise
            left_out.append(("/".join(parent), str(error)))
    return found, left_out


def _why_left_out(parts: Parts, mode: str, bounds: Bounds) -> str:
    path = "/".join(parts)
    if len(parts) != path.count("/") + 1 or not is_plain_name(path):
        return "has a name that leads elsewhere or can't be printed"
    if is_long(path):
        return "has too long a name"
    if mode == FOLDER:
        return f"is a folder more than {bounds.depth} folders deep" if len(parts) > bounds.depth else ""
    if mode == _LINK:
        return "is a link"
    if mode == _SUBMODULE:
        return "is a submodule: its files are in another repository"
    return "" if mode in _FILES else "is no plain file"
