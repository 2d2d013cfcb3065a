"""The layers that confine a guest, put on in place and in order before it sees student code.

Each layer stands alone: where the kernel lacks one the others still hold, and the report says which are active.
"""

from __future__ import annotations

import ctypes
import itertools
import os
import random
import resource
import signal
import stat
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import sandlock

from autograder.sandbox.confinement import Layer
from autograder.sandbox.inside import syscalls, view
from autograder.sandbox.inside.folder import mount_folder
from autograder.sandbox.inside.oom import go_first
from autograder.sandbox.limits import Limits

_NOBODY = 65534
# Numbers that nobody has, as systemd divides them (UIDS-GIDS); the second are for containers that have 65,536.
_FREE_USERS = (range(1_900_000_000, 2_000_000_000), range(60_600, 61_100))
_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_CAPBSET_DROP = 24
_CAPABILITY_VERSION_3 = 0x20080522
# Landlock's versions: from 3 on it guards truncation as well (Linux 6.2), from 6 on signals and IPC (6.12).
_FILES_ABI = 3
_SIGNALS_ABI = 6
_PENDING_SIGNALS = 256


def confine(
    work_folder: str,
    data_folder: str | None,
    limits: Limits,
    channel: int,
    rules: syscalls.Rules | None,
    user: int | None = None,
) -> list[Layer]:
    """Confines this process for good. Call it in a fresh fork, before any student code.

    Args:
        work_folder: the only folder that stays writable.
        data_folder: the course's files, which guests share and find in their work folder.
        limits: memory, processor time, sizes of files, open files and threads.
        channel: the one descriptor besides 0, 1 and 2 that stays open.
        rules: of `syscalls.prepare`.
        user: what root becomes; one of `guest_users` that no other living guest is, or nobody.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    os.setsid()
    go_first()
    descriptors = _close_descriptors(channel)
    limited = _limit_resources(limits)
    folder = mount_folder(Path(work_folder), Path(data_folder) if data_folder else None, limits.folder_bytes)
    if folder.active:
        view.hide_processes()
    dropped, is_alone = _drop_privileges(libc, _NOBODY if user is None else user)
    layers = [
        descriptors,
        _limit_threads(limited, limits.threads, is_alone or (folder.active and os.getuid() != 0)),
        folder,
        dropped,
        Layer("memory", libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "not dumpable"),
        _restrict_files(work_folder, data_folder),
    ]
    landlock_abi = sandlock.landlock_abi_version()  # asking is a system call that a guest may not make
    filtered = syscalls.load(rules, read_only=folder.active)
    return [*layers, filtered, _signals_layer(landlock_abi, filtered.active)]


def _close_descriptors(channel: int) -> Layer:
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.closerange(3, channel)
    os.closerange(channel + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    return Layer("descriptors", True, "only the wire is open")


def _limit_resources(limits: Limits) -> Layer:
    inherited_bytes = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    wanted = {
        resource.RLIMIT_AS: inherited_bytes + limits.memory_bytes,
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_SIGPENDING: _PENDING_SIGNALS,  # timers, too: they are counted for all of a user's processes
    }
    for kind, value in wanted.items():
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))
    # A file over the limit should raise OSError in Python, not kill the guest.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    return Layer("limits", True, f"{limits.memory_bytes >> 20} MiB, {limits.cpu_seconds} s of processor time")


def _limit_threads(limited: Layer, threads: int, is_alone: bool) -> Layer:
    """Bounds the threads of this process; where its user has others, the kernel would count theirs as well."""
    if not is_alone:
        return Layer(limited.name, limited.active, f"{limited.detail}, threads without a limit")
    hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    threads = threads if hard == resource.RLIM_INFINITY else min(threads, hard)
    resource.setrlimit(resource.RLIMIT_NPROC, (threads, threads))
    return replace(limited, detail=f"{limited.detail}, {threads} threads")


def guest_users() -> Iterator[int | None]:
    """Users, without end, for root's guests, each one's own: by user the kernel counts threads, pipes and timers. None
    where this user namespace has no numbers to spare."""
    mapped = [[int(each) for each in line.split()] for line in Path("/proc/self/uid_map").read_text().splitlines()]
    for free in _FREE_USERS:
        if any(start <= free[0] and free[-1] < start + count for start, _, count in mapped):
            first = random.SystemRandom().randrange(len(free))  # another grader should have others
            return (free[number % len(free)] for number in itertools.count(first))
    return itertools.repeat(None)


def _drop_privileges(libc: ctypes.CDLL, user: int) -> tuple[Layer, bool]:
    """Becomes `user` if this is root, and lets go of every capability: a user namespace gives some to anybody.

    Returns:
        The layer, and whether this is a user that no other guest is.
    """
    for capability in range(64):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    was_root = os.getuid() == 0
    still_root = _become(user) if was_root else None
    # Changing the user clears the parent-death signal.
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    if libc.capset(header, nothing) != 0:
        return Layer("user", False, "could not drop capabilities"), False
    if still_root:
        return still_root, False
    return Layer("user", True, f"user id {os.getuid()}, no capabilities"), was_root and user != _NOBODY


def _become(user: int) -> Layer | None:
    """Makes root this user; the layer that is left, if it can't be."""
    if not all(_nobody_can_enter(folder) for folder in (sys.prefix, sys.base_prefix)):
        return Layer("user", True, f"root without capabilities: only root can read {sys.base_prefix}")
    try:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    except OSError:  # one that was made for a single user
        return Layer("user", True, "root without capabilities: this user namespace has no other user")
    return None


def _nobody_can_enter(folder: str) -> bool:
    path = Path(folder).resolve()
    return all(os.stat(each).st_mode & stat.S_IXOTH for each in (path, *path.parents))


def _restrict_files(work_folder: str, data_folder: str | None = None) -> Layer:
    abi = sandlock.landlock_abi_version()
    if abi < 1:
        return Layer("files", False, "this kernel has no Landlock (Linux 6.2 or later, with landlock in its lsm list)")
    policy = sandlock.Sandbox(
        # The course's files are in the work folder, but for large ones where files can't be laid over each other.
        fs_readable=[*view.readable(), *([data_folder] if data_folder and os.path.exists(data_folder) else [])],
        fs_writable=[work_folder, *view.WRITABLE],
        allow_degraded=list(sandlock.Protection),
    )
    try:
        sandlock.confine(policy)
    except sandlock.SandlockError as error:
        return Layer("files", False, str(error))
    return Layer("files", abi >= _FILES_ABI, f"Landlock ABI {abi}, {_FILES_ABI} is needed")


def _signals_layer(landlock_abi: int, filtered: bool) -> Layer:
    """Signals to other processes are stopped twice where the kernel can: by Landlock's scopes and by seccomp."""
    if landlock_abi >= _SIGNALS_ABI:
        return Layer("signals", True, "Landlock and seccomp" if filtered else "Landlock")
    return Layer("signals", filtered, f"seccomp; Landlock ABI {_SIGNALS_ABI} would guard them as well")
