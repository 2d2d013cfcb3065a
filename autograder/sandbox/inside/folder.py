"""The guest's working folder: the course's files and the student's, and room of a limited size for what is written."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
from pathlib import Path

from autograder.sandbox.confinement import Layer
from autograder.sandbox.inside.namespaces import (
    CLONE_NEWNS,
    CLONE_NEWUSER,
    MNT_DETACH,
    MS_NODEV,
    MS_NOSUID,
    MS_PRIVATE,
    MS_REC,
    libc,
    set_read_only,
    stay,
)

_MAX_FILES = 2_000
_COPIED_BYTES = 1 << 20  # where files can't be laid over each other, larger ones of the course can only be read


def mount_folder(folder: Path, data: Path | None, max_bytes: int) -> Layer:
    """Puts a small file system of the guest's own over its work folder, with the same files in it and those of `data`,
    and makes all others read-only, modes and times of files included.

    Nothing is copied: what the guest changes of a file is kept in its own file system, which is gone when it ends.
    Where the kernel can't lay one folder over another, files are copied, and large ones of `data` are links.
    """
    if not _mounts_of_its_own():
        return _without(folder, data, "unshare")
    libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    if not set_read_only(Path("/")):
        return _without(folder, data, "mount_setattr")
    with contextlib.ExitStack() as opened:
        handed_in = _open(folder, opened)
        lower = [handed_in] if data is None else [_open(data, opened), handed_in]
        if _lay_over(folder, lower, max_bytes, opened):
            return Layer("folder", True, f"a file system of its own, {max_bytes >> 20} MiB")
        if not _small(folder, max_bytes, "777"):
            return _without(folder, data, "mount")
        _put(Path(handed_in), folder, max_bytes)
        if data is not None:
            _put(data, folder, _COPIED_BYTES)
        return Layer("folder", True, f"{max_bytes >> 20} MiB of its own; large files of the course can only be read")


def _mounts_of_its_own() -> bool:
    """Whether this process has mounts of its own now; where it is no root, that takes a user namespace, in which its
    threads are counted by themselves as well."""
    if os.getuid() == 0:
        return bool(libc.unshare(CLONE_NEWNS) == 0)
    user, group = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0:
        return False
    stay(user, group)
    return True


def _open(folder: Path, opened: contextlib.ExitStack) -> str:
    """A path to `folder` that stays when something is mounted over it, and that is good in a mount's options."""
    descriptor = os.open(folder, os.O_PATH)
    opened.callback(os.close, descriptor)
    return f"/proc/self/fd/{descriptor}"


def _small(folder: Path, max_bytes: int, mode: str) -> bool:
    options = f"size={max_bytes},nr_inodes={_MAX_FILES},mode={mode}".encode()
    return bool(libc.mount(b"tmpfs", bytes(folder), b"tmpfs", MS_NOSUID | MS_NODEV, options) == 0)


def _lay_over(folder: Path, lower: list[str], max_bytes: int, opened: contextlib.ExitStack) -> bool:
    """Puts a small file system in the place of the folder that holds all guests', and in it `folder`, where what is
    written lies over the folders `lower`, the first one on top."""
    around = folder.parent
    if not _small(around, max_bytes, "711"):
        return False
    upper, work = (around / f"{folder.name}-{name}" for name in ("upper", "work"))
    for each in (upper, work, folder):
        each.mkdir()
        each.chmod(0o777)
    options = f"lowerdir={':'.join(lower)},upperdir={_open(upper, opened)},workdir={_open(work, opened)},userxattr"
    if libc.mount(b"overlay", bytes(folder), b"overlay", MS_NOSUID | MS_NODEV, options.encode()) == 0:
        return True
    libc.umount2(bytes(around), MNT_DETACH)
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
