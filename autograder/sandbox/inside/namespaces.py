"""Namespaces of the fork server's own: no network, no sight of other processes, and a private view of files.

They are made once, for all guests. Where the kernel lets nobody make them the other layers still hold.
"""

from __future__ import annotations

import ctypes
import os
import signal
import stat
from pathlib import Path

from autograder.sandbox.confinement import Layer

CLONE_NEWNS = 0x00020000
_CLONE_NEWIPC = 0x08000000
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWPID = 0x20000000
_CLONE_NEWNET = 0x40000000
MS_NOSUID = 2
MS_NODEV = 4
_MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 1 << 18
_PR_SET_PDEATHSIG = 1

libc = ctypes.CDLL(None, use_errno=True)


def enter(wanted: list[str]) -> Layer:
    """Moves this process, which has one thread, into namespaces of its own; returns in the first process of them.

    The process that called stays outside, waits, and raises SystemExit as soon as the inner one has ended. If it is
    killed, so is the inner one, and with it every process of the namespace.

    Args:
        wanted: folders that guests need. Where only root could pass through to one of them, the way is opened, in
            our view of files alone.
    """
    as_user = os.getuid() != 0
    user, group = os.getuid(), os.getgid()
    flags = _CLONE_NEWIPC | _CLONE_NEWPID | _CLONE_NEWNET | (_CLONE_NEWUSER if as_user else 0)
    if libc.unshare(flags) != 0:
        return Layer("namespaces", False, f"unshare: {os.strerror(ctypes.get_errno())}")
    if as_user:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    if inner := os.fork():
        _, status = os.waitpid(inner, 0)
        raise SystemExit(os.waitstatus_to_exitcode(status) & 0xFF)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # A view of files of the inner one's own: the outer one, which clears up, sees none of its mounts.
    if libc.unshare(CLONE_NEWNS) == 0 and not as_user:
        libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None)
        open_the_way(wanted)
    return Layer("namespaces", True, "processes, network and IPC of its own")


def open_the_way(wanted: list[str]) -> None:
    """Puts an empty folder that everybody may enter over each one that blocks the way, with `wanted` back in it."""
    blocked: dict[Path, dict[Path, int]] = {}
    for each in wanted:
        folder = Path(each).resolve()
        closed = [parent for parent in reversed(folder.parents) if not parent.stat().st_mode & stat.S_IXOTH]
        if closed:
            blocked.setdefault(closed[0], {})[folder] = os.open(folder, os.O_PATH)
    for closed_folder, inside in blocked.items():
        libc.mount(b"tmpfs", bytes(closed_folder), b"tmpfs", MS_NOSUID | MS_NODEV, b"mode=755,size=1m")
        for folder, descriptor in inside.items():
            folder.mkdir(parents=True, exist_ok=True)
            libc.mount(f"/proc/self/fd/{descriptor}".encode(), bytes(folder), None, _MS_BIND | MS_REC, None)
            os.close(descriptor)
