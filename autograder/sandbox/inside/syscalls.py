"""The system calls that a guest may make: a list of what Python, PyTorch and IPython need, and nothing else."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
from dataclasses import dataclass

import pyseccomp

from autograder.sandbox.confinement import Layer
from autograder.sandbox.inside.namespaces import libc

_PR_SET_SECCOMP = 22
_PR_SET_NO_NEW_PRIVS = 38
_STEP_BYTES = 8  # of the kernel's `struct sock_filter`
_CLONE_THREAD = 0x00010000
_AF_UNIX = 1
_LOW_32_BITS = 0xFFFFFFFF  # all that the kernel reads of an int argument

# Files: which ones is Landlock's business.
_FILES = """
read write readv writev pread64 pwrite64 preadv pwritev lseek sendfile copy_file_range
open openat openat2 creat close close_range dup dup2 dup3 fsync fdatasync
stat fstat lstat newfstatat statx access faccessat faccessat2 statfs fstatfs readlink readlinkat
getdents getdents64 getcwd chdir fchdir mkdir mkdirat rmdir rename renameat renameat2 unlink unlinkat
link linkat symlink symlinkat umask
truncate ftruncate fallocate getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr
"""
# What Landlock does not guard, of any file that belongs to the guest's user: allowed where all else is read-only.
_MODES = "chmod fchmod fchmodat fchmodat2 utime utimes utimensat futimesat"
_MEMORY = "brk mmap munmap mremap mprotect msync membarrier get_mempolicy"
_TIME = """
nanosleep gettimeofday time times alarm getitimer setitimer
timer_settime timer_gettime timer_getoverrun timer_delete
timerfd_create timerfd_settime timerfd_gettime
"""
_OWN_PROCESS = """
getpid getppid gettid getuid geteuid getgid getegid getgroups getresuid getresgid getpgrp
getrusage getrlimit setrlimit uname getcpu getrandom capget
sched_yield sched_get_priority_max sched_get_priority_min
arch_prctl exit exit_group restart_syscall wait4 waitid
"""
_THREADS = "set_robust_list rseq"
_SIGNALS = """
rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait sigaltstack pause
signalfd signalfd4
"""
# Talking to oneself: pipes, events, and a connected pair of sockets, which asyncio needs.
_CHANNELS = """
pipe pipe2 eventfd eventfd2 epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2
poll ppoll select pselect6 sendto recvfrom shutdown getsockname getpeername getsockopt setsockopt
"""
ALLOWED = tuple(f"{_FILES} {_MEMORY} {_TIME} {_OWN_PROCESS} {_THREADS} {_SIGNALS} {_CHANNELS}".split())

# Allowed on this process only; the first argument is a process id.
_ON_OWN_PID = ("kill", "tgkill")
# The same, where 0 stands for this process: of others, they tell what these do.
_ABOUT_OWN_PID = ("getpgid", "getsid", "sched_getaffinity", "sched_getparam", "sched_getscheduler")
# Duplicates, flags, and what is locked; not the ways to have the kernel send signals to others, nor the size of a pipe,
# for which all pipes of a user count.
_FCNTL_COMMANDS = (0, 1, 2, 3, 4, 5, 36, 1030, 1034)
# What guests do to files that they share would be a message from one to another, and across time: locks, and what the
# kernel shall keep in memory of them. They seem to be done, and are not: nobody else has a guest's own files open.
_LOCKS = (6, 7, 37, 38)  # by fcntl
_SEEMINGLY_DONE = ("flock", "fadvise64", "readahead", "sync_file_range")
# Advice on a guest's own memory; not to throw out what it shares with others, nor to fetch it.
_ADVICE = (*range(5), *range(8, 20))
# Clocks of this process and of the machine; those with a number below zero are other processes'.
_CLOCKS = ("clock_gettime", "clock_getres", "clock_nanosleep", "timer_create")
_SIGN = 0x80000000
# A futex that is not private is found by its file, if it is in one: then another guest could be woken. Threads are
# joined by such a wait (9). C++'s futures wait (0) and wake (1) so: they are told to look again, and that it is done.
_FUTEX_PRIVATE, _FUTEX_COMMAND = 128, 0x7F
_FUTEX_JOIN = 9
_FUTEX_ANSWERS = {0: errno.EAGAIN, 1: 0}
_SOCK_STREAM = 1  # the end of a datagram pair could send to any socket that it can name
_PRCTL_OPTIONS = (3, 15, 16, 0x53564D41)  # read "dumpable", set and get a thread's name, name memory
# Is it a terminal, its size, bytes to read, blocking or not, closed by exec or not.
_IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)


@dataclass(frozen=True)
class Rules:
    """What is made once, before any fork.

    Attributes:
        common: the rules that are the same for every guest.
        of_first: the whole program, for a guest that is the first process of its namespace and can change no file but
            its own.
    """

    common: pyseccomp.SyscallFilter
    of_first: bytes


def prepare() -> Rules:
    """Makes the rules.

    Raises:
        OSError, RuntimeError: there is no libseccomp.
    """
    return Rules(_common(), _program(_common(), read_only=True, pid=1))


def _common() -> pyseccomp.SyscallFilter:
    rules = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.EPERM))
    for name in ALLOWED:
        # A call that this architecture doesn't have needs no rule.
        with contextlib.suppress(OSError, ValueError):
            rules.add_rule(pyseccomp.ALLOW, name)
    # Threads are allowed, processes are not; clone3 hides its flags, and libc falls back to clone.
    rules.add_rule(pyseccomp.ALLOW, "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, _CLONE_THREAD, _CLONE_THREAD))
    rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    kinds = (pyseccomp.Arg(0, pyseccomp.EQ, _AF_UNIX), pyseccomp.Arg(1, pyseccomp.MASKED_EQ, 0xF, _SOCK_STREAM))
    rules.add_rule(pyseccomp.ALLOW, "socketpair", *kinds)
    for command in _FCNTL_COMMANDS:
        rules.add_rule(pyseccomp.ALLOW, "fcntl", pyseccomp.Arg(1, pyseccomp.MASKED_EQ, _LOW_32_BITS, command))
    for lock in _LOCKS:
        rules.add_rule(pyseccomp.ERRNO(0), "fcntl", pyseccomp.Arg(1, pyseccomp.MASKED_EQ, _LOW_32_BITS, lock))
    for name in _SEEMINGLY_DONE:
        with contextlib.suppress(OSError, ValueError):
            rules.add_rule(pyseccomp.ERRNO(0), name)
    for advice in _ADVICE:
        rules.add_rule(pyseccomp.ALLOW, "madvise", pyseccomp.Arg(2, pyseccomp.MASKED_EQ, _LOW_32_BITS, advice))
    for name in ("preadv2", "pwritev2"):  # with flags they say what is in memory already
        rules.add_rule(pyseccomp.ALLOW, name, pyseccomp.Arg(5, pyseccomp.EQ, 0))
    for name in _CLOCKS:
        rules.add_rule(pyseccomp.ALLOW, name, pyseccomp.Arg(0, pyseccomp.MASKED_EQ, _SIGN, 0))
    rules.add_rule(pyseccomp.ALLOW, "futex", pyseccomp.Arg(1, pyseccomp.MASKED_EQ, _FUTEX_PRIVATE, _FUTEX_PRIVATE))
    for command, action in {
        _FUTEX_JOIN: pyseccomp.ALLOW,
        **{command: pyseccomp.ERRNO(number) for command, number in _FUTEX_ANSWERS.items()},
    }.items():
        kind = pyseccomp.Arg(1, pyseccomp.MASKED_EQ, _FUTEX_COMMAND | _FUTEX_PRIVATE, command)
        rules.add_rule(action, "futex", kind)
    for name in _ABOUT_OWN_PID:
        rules.add_rule(pyseccomp.ALLOW, name, pyseccomp.Arg(0, pyseccomp.EQ, 0))
    # 0 is this process; another's limits could be lowered.
    rules.add_rule(pyseccomp.ALLOW, "prlimit64", pyseccomp.Arg(0, pyseccomp.EQ, 0))
    for option in _PRCTL_OPTIONS:
        rules.add_rule(pyseccomp.ALLOW, "prctl", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, _LOW_32_BITS, option))
    for request in _IOCTLS:
        rules.add_rule(pyseccomp.ALLOW, "ioctl", pyseccomp.Arg(1, pyseccomp.MASKED_EQ, _LOW_32_BITS, request))
    return rules


def _program(rules: pyseccomp.SyscallFilter, read_only: bool, pid: int) -> bytes:
    """The kernel's program for the rules and those of one guest. To put it together takes as long as a fork."""
    for name in _MODES.split() if read_only else ():
        with contextlib.suppress(OSError, ValueError):
            rules.add_rule(pyseccomp.ALLOW, name)
    for name in (*_ON_OWN_PID, *_ABOUT_OWN_PID):
        rules.add_rule(pyseccomp.ALLOW, name, pyseccomp.Arg(0, pyseccomp.EQ, pid))
    for own in (0, pid):
        arguments = (pyseccomp.Arg(0, pyseccomp.EQ, os.PRIO_PROCESS), pyseccomp.Arg(1, pyseccomp.EQ, own))
        rules.add_rule(pyseccomp.ALLOW, "getpriority", *arguments)
    with open(os.memfd_create("rules"), "w+b") as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


class _Program(ctypes.Structure):
    """The kernel's `struct sock_fprog`."""

    _fields_ = (("steps", ctypes.c_ushort), ("first", ctypes.c_char_p))


def load(rules: Rules | None, read_only: bool) -> Layer:
    """Puts the rules on this process for good. `read_only`: it can change no file but its own, whatever it calls."""
    if rules is None:
        return Layer("syscalls", False, "there is no libseccomp")
    try:
        pid = os.getpid()
        program = rules.of_first if read_only and pid == 1 else _program(rules.common, read_only, pid)
    except (OSError, RuntimeError) as error:
        return Layer("syscalls", False, f"seccomp: {error}")
    whole = _Program(len(program) // _STEP_BYTES, program)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 or libc.prctl(_PR_SET_SECCOMP, 2, ctypes.byref(whole)) != 0:
        return Layer("syscalls", False, f"seccomp: {os.strerror(ctypes.get_errno())}")
    return Layer("syscalls", True, f"seccomp, {len(ALLOWED)} calls and a few with conditions are allowed")
