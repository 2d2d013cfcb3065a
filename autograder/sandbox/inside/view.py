"""The guests' view of files: a root of their own, in which nothing of the machine is but what notebooks need.

Who can't be seen can't be read, and tells nothing by its size, its times or its locks.
"""

from __future__ import annotations

import ctypes
import functools
import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from autograder.sandbox.confinement import Layer
from autograder.sandbox.inside.namespaces import (
    CLONE_NEWNS,
    MNT_DETACH,
    MS_BIND,
    MS_NODEV,
    MS_NOSUID,
    MS_PRIVATE,
    MS_REC,
    libc,
    set_read_only,
)

WRITABLE = ("/dev/null", "/dev/zero")
# Where shared libraries lie; on Debian and its kin in a folder of the machine's kind, among much else.
_LIBRARIES = ("/usr/lib", "/usr/local/lib", "/lib", "/lib64")
# Time zones, locales and fonts; nothing of a course, of other processes or of /home.
_READABLE = (
    "/usr/share/fonts",
    "/usr/share/zoneinfo",
    "/etc/localtime",
    "/usr/lib/locale",
    "/etc/os-release",
    "/etc/ld.so.cache",
    "/dev/urandom",
    "/dev/random",
)
# What the processor can do, which PyTorch's half precision asks. What changes while guests run (the clock's rate, the
# time spent idle) would tell of others: where there is a view, guests find copies in it.
_PROCESSOR = (
    "/proc/cpuinfo",
    "/sys/devices/system/cpu/online",
    "/sys/devices/system/cpu/possible",
    "/sys/devices/system/cpu/present",
)
_PROC_OF_GUESTS = "/.proc"
_MOST_LINKS = 40


@functools.cache
def readable() -> tuple[str, ...]:
    """Files and folders that a guest may read: Python, packages, system libraries, and what the processor can do."""
    packages = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    python = (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"))
    kind = sysconfig.get_config_var("MULTIARCH") or ""
    libraries = [f"{each}/{kind}" if os.path.isdir(f"{each}/{kind}") else each for each in _LIBRARIES]
    fonts = os.environ.get("MPLCONFIGDIR", os.devnull)  # matplotlib's list of them
    wanted = (*python, *packages, *libraries, *_READABLE, *_PROCESSOR, fonts)
    return tuple(path for path in wanted if os.path.exists(path))


def enter(folder: Path) -> Layer:
    """Gives this process, and it alone, a root with `folder` and what is `readable`; it must be in `namespaces`.

    All lies where it was, and can't be written but for `folder`. /proc is the old one, until `hide_processes`.
    """
    root = folder / "root"
    try:
        copies = {path: Path(path).read_bytes() for path in _PROCESSOR if os.path.exists(path)}
        root.mkdir(mode=0o755, exist_ok=True)
        if libc.unshare(CLONE_NEWNS) != 0:  # whoever stays outside, and clears up, sees none of our mounts
            return Layer("view", False, str(_failure("unshare")))
        _mount(b"none", Path("/"), None, MS_REC | MS_PRIVATE)
        _mount(b"tmpfs", root, b"tmpfs", MS_NOSUID | MS_NODEV, b"mode=755,size=4m")
        umask = os.umask(0o022)
        try:
            _copy(root, copies)
            _bind(root, [path for path in readable() if path not in copies], MS_REC, read_only=True)
            _bind(root, [*WRITABLE, "/proc"], MS_REC, read_only=False)
            # Without what is mounted below it, which is the root itself: who clears the folder clears nothing else.
            _bind(root, [str(folder)], 0, read_only=False)
        finally:
            os.umask(umask)
        os.chdir(root)
        if libc.pivot_root(b".", b".") != 0 or libc.umount2(b".", MNT_DETACH) != 0:
            raise _failure("pivot_root")
    except OSError as error:
        libc.umount2(bytes(root), MNT_DETACH)
        os.chdir(folder)
        return Layer("view", False, f"guests see that other files exist: {error}")
    os.chdir(folder)
    return Layer("view", True, "only files that notebooks need exist")


def hide_processes() -> None:
    """Takes /proc out of this process's view, in a mount namespace of its own; what the processor can do stays."""
    if os.path.isdir(_PROC_OF_GUESTS):
        _mount(_PROC_OF_GUESTS.encode(), Path("/proc"), None, MS_BIND)


def _copy(root: Path, copies: dict[str, bytes]) -> None:
    for path, content in copies.items():
        target = Path(f"{root}{path.replace('/proc', _PROC_OF_GUESTS, 1)}")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _bind(root: Path, wanted: list[str], flags: int, read_only: bool) -> None:
    """Puts files and folders below `root` where they are, with the links that lead to them."""
    put: list[Path] = []
    for link in sorted({each for path in wanted for each in _links(path)}):
        target = _below(root, link)
        if not os.path.lexists(target):
            target.symlink_to(os.readlink(link))
    for place in sorted({Path(path).resolve() for path in wanted}):
        if any(place.is_relative_to(each) for each in put):
            continue
        target = _below(root, place)
        if place.is_dir():
            target.mkdir(exist_ok=True)
        else:
            target.touch()
        _mount(bytes(place), target, None, MS_BIND | flags)
        if read_only and not set_read_only(target):
            raise _failure("mount_setattr")
        put.append(place)


def _links(path: str) -> Iterator[Path]:
    """The symbolic links on the way to `path`."""
    way = Path(os.path.abspath(path))
    for _ in range(_MOST_LINKS):
        link = next((each for each in (*reversed(way.parents), way) if each.is_symlink()), None)
        if link is None:
            return
        yield link
        way = Path(os.path.normpath(link.parent / os.readlink(link) / way.relative_to(link)))


def _below(root: Path, place: Path) -> Path:
    target = Path(f"{root}{place}")
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _mount(source: bytes, target: Path, kind: bytes | None, flags: int, options: bytes | None = None) -> None:
    if libc.mount(source, bytes(target), kind, flags, options) != 0:
        raise _failure(f"mount {target}")


def _failure(what: str) -> OSError:
    return OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")
