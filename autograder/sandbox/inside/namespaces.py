"""Namespaces of the fork server's own: no network, no sight of other processes, and mounts of its own.

They are made once, for all guests; within them each guest is alone among its processes. Where the kernel lets nobody
make them the other layers still hold.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from pathlib import Path

from autograder.sandbox.confinement import Layer

CLONE_NEWNS = 0x00020000
_CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
_CLONE_NEWPID = 0x20000000
_CLONE_NEWNET = 0x40000000
MS_NOSUID = 2
MS_NODEV = 4
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 1 << 18
MNT_DETACH = 2
_PR_SET_PDEATHSIG = 1
_MOUNT_SETATTR = 442  # the same on every architecture; Linux 5.12
_AT_FDCWD = -100
_AT_RECURSIVE = 0x8000
_READ_ONLY = (1).to_bytes(8, sys.byteorder) + bytes(24)  # a struct mount_attr that sets MOUNT_ATTR_RDONLY

libc = ctypes.CDLL(None, use_errno=True)


def enter() -> Layer:
    """Moves this process, which has one thread, into namespaces of its own; returns in the first process of them.

    The process that called stays outside, waits, and raises SystemExit as soon as the inner one has ended. If it is
    killed, so is the inner one, and with it every process of the namespace.
    """
    as_user = os.getuid() != 0
    user, group = os.getuid(), os.getgid()
    flags = _CLONE_NEWIPC | _CLONE_NEWPID | _CLONE_NEWNET | (CLONE_NEWUSER if as_user else 0)
    if libc.unshare(flags) != 0:
        return Layer("namespaces", False, f"unshare: {os.strerror(ctypes.get_errno())}")
    if as_user:
        stay(user, group)
    if inner := os.fork():
        _, status = os.waitpid(inner, 0)
        raise SystemExit(os.waitstatus_to_exitcode(status) & 0xFF)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    return Layer("namespaces", True, "processes, network and IPC of its own")


def stay(user: int, group: int) -> None:
    """In a user namespace that is new, this user and group keep their numbers."""
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def set_read_only(place: Path) -> bool:
    """Makes what is mounted at `place` and below read-only, for this namespace; False if the kernel can't."""
    return bool(libc.syscall(_MOUNT_SETATTR, _AT_FDCWD, bytes(place), _AT_RECURSIVE, _READ_ONLY, len(_READ_ONLY)) == 0)


def next_child_alone() -> None:
    """The next child of this process is the first process of a namespace of its own: it sees no number of another's,
    nor how many there are. Raises OSError."""
    # A process may choose a namespace for its children only while it has none but its own chosen for them.
    with open("/proc/self/ns/pid") as own:
        if libc.setns(own.fileno(), _CLONE_NEWPID) != 0 or libc.unshare(_CLONE_NEWPID) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
