"""The guest's working folder: the course's files and the student's, and room of a limited size for what is written."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import sys
from pathlib import Path

from autograder.sandbox.confinement import Layer
from autograder.sandbox.inside.namespaces import (
    CLONE_NEWNS,
    MS_NODEV,
    MS_NOSUID,
    MS_PRIVATE,
    MS_REC,
    libc,
)

_MOUNT_SETATTR = 442  # the same on every architecture; Linux 5.12
_AT_FDCWD = -100
_AT_RECURSIVE = 0x8000
_READ_ONLY = (1).to_bytes(8, sys.byteorder) + bytes(24)  # a struct mount_attr that sets MOUNT_ATTR_RDONLY
_MAX_FILES = 2_000
_COPIED_BYTES = 1 << 20  # where files can't be laid over each other, larger ones of the course can only be read


def mount_folder(folder: Path, data: Path | None, max_bytes: int) -> Layer:
    """Puts a small file system of the guest's own over its work folder, with the same files in it and those of `data`,
    and makes all others read-only, modes and times of files included.

    Nothing is copied: what the guest changes of a file is kept in its own file system, which is gone when it ends.
    Where the kernel can't lay one folder over another, files are copied, and large ones of `data` are links.
    """
    if libc.unshare(CLONE_NEWNS) != 0:
        return _without(folder, data, "unshare")
    libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    if libc.syscall(_MOUNT_SETATTR, _AT_FDCWD, b"/", _AT_RECURSIVE, _READ_ONLY, len(_READ_ONLY)) != 0:
        return _without(folder, data, "mount_setattr")
    with contextlib.ExitStack() as opened:
        handed_in = _open(folder, opened)
        options = f"size={max_bytes},nr_inodes={_MAX_FILES},mode=777".encode()
        if libc.mount(b"tmpfs", bytes(folder), b"tmpfs", MS_NOSUID | MS_NODEV, options) != 0:
            return _without(folder, data, "mount")
        lower = [handed_in] if data is None else [_open(data, opened), handed_in]
        if _overlay(folder, lower, opened):
            return Layer("folder", True, f"a file system of its own, {max_bytes >> 20} MiB")
        _put(Path(handed_in), folder, max_bytes)
        if data is not None:
            _put(data, folder, _COPIED_BYTES)
        return Layer("folder", True, f"{max_bytes >> 20} MiB of its own; large files of the course can only be read")


def _open(folder: Path, opened: contextlib.ExitStack) -> str:
    """A path to `folder` that stays when something is mounted over it, and that is good in a mount's options."""
    descriptor = os.open(folder, os.O_PATH)
    opened.callback(os.close, descriptor)
    return f"/proc/self/fd/{descriptor}"


def _overlay(folder: Path, lower: list[str], opened: contextlib.ExitStack) -> bool:
    """Lays what is written to `folder`, an empty file system, over the folders `lower`, the first one on top."""
    places = []
    for name in ("upper", "work"):
        (folder / name).mkdir()
        (folder / name).chmod(0o777)
        places.append(_open(folder / name, opened))
    options = f"lowerdir={':'.join(lower)},upperdir={places[0]},workdir={places[1]},userxattr"
    if libc.mount(b"overlay", bytes(folder), b"overlay", MS_NOSUID | MS_NODEV, options.encode()) == 0:
        return True
    for name in ("upper", "work"):
        shutil.rmtree(folder / name)
    return False


def _without(folder: Path, data: Path | None, call: str) -> Layer:
    why = os.strerror(ctypes.get_errno())
    if data is not None:
        _put(data, folder, _COPIED_BYTES)
    return Layer("folder", False, f"no size limit: {call}: {why}")


def _put(source: Path, folder: Path, copied_bytes: int) -> None:
    """Copies what is in `source` into `folder`; files of more than `copied_bytes` become links."""
    for path in sorted(source.rglob("*")):
        target = folder / path.relative_to(source)
        if path.is_dir():
            target.mkdir(exist_ok=True)
            target.chmod(0o777)
        elif path.stat().st_size > copied_bytes:
            target.unlink(missing_ok=True)
            target.symlink_to(path)
        else:
            shutil.copyfile(path, target)
            target.chmod(0o666)
