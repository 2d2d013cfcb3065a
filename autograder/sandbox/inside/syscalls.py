"""The system calls that a guest may make: a list of what Python, PyTorch and IPython need, and nothing else."""

from __future__ import annotations

import contextlib
import errno
import os

import pyseccomp

from autograder.sandbox.confinement import Layer

_CLONE_THREAD = 0x00010000
_AF_UNIX = 1
_LOW_32_BITS = 0xFFFFFFFF  # all that the kernel reads of an int argument

# Files: which ones is Landlock's business.
_FILES = """
read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 lseek sendfile copy_file_range
open openat openat2 creat close close_range dup dup2 dup3 flock fsync fdatasync fadvise64
stat fstat lstat newfstatat statx access faccessat faccessat2 statfs fstatfs readlink readlinkat
getdents getdents64 getcwd chdir fchdir mkdir mkdirat rmdir rename renameat renameat2 unlink unlinkat
link linkat symlink symlinkat umask
truncate ftruncate fallocate getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr
"""
# What Landlock does not guard, of any file that belongs to the guest's user: allowed where all else is read-only.
_MODES = "chmod fchmod fchmodat fchmodat2 utime utimes utimensat futimesat"
_MEMORY = "brk mmap munmap mremap mprotect madvise msync membarrier get_mempolicy"
_TIME = """
clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times alarm getitimer setitimer
timer_create timer_settime timer_gettime timer_getoverrun timer_delete
timerfd_create timerfd_settime timerfd_gettime
"""
_OWN_PROCESS = """
getpid getppid gettid getuid geteuid getgid getegid getgroups getresuid getresgid getpgid getpgrp getsid
getpriority getrusage getrlimit setrlimit sysinfo uname getcpu getrandom capget
sched_getaffinity sched_yield sched_getparam sched_getscheduler sched_get_priority_max sched_get_priority_min
arch_prctl exit exit_group restart_syscall wait4 waitid
"""
_THREADS = "futex futex_waitv set_robust_list get_robust_list set_tid_address rseq"
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
# Duplicates, flags and locks; not the ways to have the kernel send signals to others.
_FCNTL_COMMANDS = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1031, 1032, 1034)
_SOCK_STREAM = 1  # the end of a datagram pair could send to any socket that it can name
_PRCTL_OPTIONS = (3, 15, 16, 0x53564D41)  # read "dumpable", set and get a thread's name, name memory
# Is it a terminal, its size, bytes to read, blocking or not, closed by exec or not.
_IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)


def prepare() -> pyseccomp.SyscallFilter:
    """The rules that are the same for every guest: made once, before any fork.

    Raises:
        OSError, RuntimeError: there is no libseccomp.
    """
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
    # 0 is this process; another's limits could be lowered.
    rules.add_rule(pyseccomp.ALLOW, "prlimit64", pyseccomp.Arg(0, pyseccomp.EQ, 0))
    for option in _PRCTL_OPTIONS:
        rules.add_rule(pyseccomp.ALLOW, "prctl", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, _LOW_32_BITS, option))
    for request in _IOCTLS:
        rules.add_rule(pyseccomp.ALLOW, "ioctl", pyseccomp.Arg(1, pyseccomp.MASKED_EQ, _LOW_32_BITS, request))
    return rules


def load(rules: pyseccomp.SyscallFilter | None, read_only: bool) -> Layer:
    """Puts the rules on this process for good. `read_only`: it can change no file but its own, whatever it calls."""
    if rules is None:
        return Layer("syscalls", False, "there is no libseccomp")
    try:
        for name in _MODES.split() if read_only else ():
            with contextlib.suppress(OSError, ValueError):
                rules.add_rule(pyseccomp.ALLOW, name)
        for name in _ON_OWN_PID:
            rules.add_rule(pyseccomp.ALLOW, name, pyseccomp.Arg(0, pyseccomp.EQ, os.getpid()))
        rules.load()
    except (OSError, RuntimeError) as error:
        return Layer("syscalls", False, f"seccomp: {error}")
    return Layer("syscalls", True, f"seccomp, {len(ALLOWED)} calls and a few with conditions are allowed")
