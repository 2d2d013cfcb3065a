"""The layers that confine a guest, put on in place and in order before it sees student code.

Each layer stands alone: where the kernel lacks one the others still hold, and the report says which are active.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import resource
import signal
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

import pyseccomp
import sandlock

from autograder.limits import Limits

NOBODY = 65534
_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_CAPBSET_DROP = 24
_CAPABILITY_VERSION_3 = 0x20080522
_CLONE_THREAD = 0x00010000
_CLONE_NEWNS = 0x00020000
_CLONE_NEWUSER = 0x10000000
_MS_NOSUID = 2
_MS_NODEV = 4
_MS_REC = 0x4000
_MS_PRIVATE = 1 << 18
_MAX_FILES = 2_000
# Landlock's versions: from 3 on it guards truncation as well (Linux 6.2), from 6 on signals and IPC (6.12).
_FILES_ABI = 3
_SIGNALS_ABI = 6

# Python, its packages, shared libraries, time zones, fonts, and what the processor can do, which PyTorch's half
# precision asks; nothing of a course, of other processes or of /home.
_READABLE = (
    "/usr/lib",
    "/usr/local/lib",
    "/usr/share/fonts",
    "/usr/share/zoneinfo",
    "/lib",
    "/lib64",
    "/etc/localtime",
    "/etc/ld.so.cache",
    "/dev/urandom",
    "/dev/random",
    "/proc/cpuinfo",
    "/sys/devices/system/cpu",
)
_WRITABLE = ("/dev/null", "/dev/zero")

_DENIED_SYSCALLS = (
    # the network and other processes' sockets (a connected pair of one's own is harmless, asyncio needs it)
    *("socket", "connect", "bind", "listen", "accept", "accept4"),
    # new programs and processes
    *("execve", "execveat", "fork", "vfork", "memfd_create", "memfd_secret"),
    # other processes' memory and descriptors
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "pidfd_open", "pidfd_getfd"),
    *("pidfd_send_signal", "kcmp"),
    # namespaces, mounts, keys and the kernel's larger attack surfaces
    *("unshare", "setns", "mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen"),
    *("fsconfig", "fsmount", "fspick", "mount_setattr", "name_to_handle_at", "open_by_handle_at"),
    *("add_key", "request_key", "keyctl", "bpf", "perf_event_open", "userfaultfd", "fanotify_init"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register", "io_setup", "io_submit"),
    *("init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot", "swapon"),
    *("swapoff", "acct", "quotactl", "settimeofday", "clock_settime", "adjtimex", "clock_adjtime"),
    *("sethostname", "setdomainname", "iopl", "ioperm", "syslog", "vhangup", "personality"),
    # System V and POSIX message queues and shared memory outlive a process
    *("shmget", "shmat", "shmctl", "msgget", "msgsnd", "msgrcv", "msgctl", "semget", "semop", "semctl"),
    *("mq_open", "mq_unlink", "mknod", "mknodat"),
    # other processes of the same user: their priority and placement
    *("setpriority", "ioprio_set", "sched_setscheduler", "sched_setparam", "sched_setattr"),
    *("sched_setaffinity", "migrate_pages", "move_pages"),
)
# Allowed on this process only; the first argument is a process id.
_OWN_PROCESS_SYSCALLS = ("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo")


@dataclass(frozen=True)
class Layer:
    """One layer: its name, whether it is active, and a few words about how or why not."""

    name: str
    active: bool
    detail: str = ""


def confine(work_folder: str, limits: Limits, channel: int) -> list[Layer]:
    """Confines this process for good. Call it in a fresh fork, before any student code.

    Args:
        work_folder: the only folder that stays writable.
        limits: memory, processor time, file size and open files.
        channel: the one descriptor besides 0, 1 and 2 that stays open.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    os.setsid()
    layers = [
        _close_descriptors(channel),
        _limit_resources(limits),
        _mount_folder(libc, Path(work_folder), limits.folder_bytes),
        _drop_privileges(libc),
        _restrict_files(work_folder),
        _filter_syscalls(),
    ]
    memory = Layer("memory", libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) == 0, "not dumpable")
    return [*layers, _signals_layer(syscalls=layers[-1]), memory]


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
    }
    for kind, value in wanted.items():
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))
    # A file over the limit should raise OSError in Python, not kill the guest.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    return Layer("limits", True, f"{limits.memory_bytes >> 20} MiB, {limits.cpu_seconds} s of processor time")


def _mount_folder(libc: ctypes.CDLL, folder: Path, max_bytes: int) -> Layer:
    """Puts a small file system of the guest's own over its working folder, with the same files in it."""
    user = os.getuid()
    group = os.getgid()
    if libc.unshare(_CLONE_NEWNS | (0 if user == 0 else _CLONE_NEWUSER)) != 0:
        return Layer("folder", False, f"no size limit: unshare: {os.strerror(ctypes.get_errno())}")
    if user != 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    files = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    options = f"size={max_bytes},nr_inodes={_MAX_FILES},mode=777".encode()
    private = libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None)
    if private != 0 or libc.mount(b"tmpfs", bytes(folder), b"tmpfs", _MS_NOSUID | _MS_NODEV, options) != 0:
        return Layer("folder", False, f"no size limit: mount: {os.strerror(ctypes.get_errno())}")
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o666)
    return Layer("folder", True, f"a file system of its own, {max_bytes >> 20} MiB")


def _drop_privileges(libc: ctypes.CDLL) -> Layer:
    if os.getuid() != 0:
        return Layer("user", True, f"already unprivileged, user id {os.getuid()}")
    for capability in range(64):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    if all(_nobody_can_enter(folder) for folder in (sys.prefix, sys.base_prefix)):
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        # Changing the user clears the parent-death signal.
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        return Layer("user", True, f"user id {NOBODY}")
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    nothing = (ctypes.c_uint32 * 6)()
    if libc.capset(header, nothing) != 0:
        return Layer("user", False, "could not drop root's capabilities")
    return Layer("user", True, f"root without capabilities: only root can read {sys.base_prefix}")


def _nobody_can_enter(folder: str) -> bool:
    path = Path(folder).resolve()
    return all(os.stat(each).st_mode & stat.S_IXOTH for each in (path, *path.parents))


def _restrict_files(work_folder: str) -> Layer:
    abi = sandlock.landlock_abi_version()
    if abi < 1:
        return Layer("files", False, "this kernel has no Landlock (Linux 6.2 or later, with landlock in its lsm list)")
    packages = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    wanted = (sys.prefix, sys.base_prefix, *packages, *_READABLE, os.environ.get("MPLCONFIGDIR", "/dev/null"))
    policy = sandlock.Sandbox(
        fs_readable=[path for path in wanted if os.path.exists(path)],
        fs_writable=[work_folder, *_WRITABLE],
        allow_degraded=list(sandlock.Protection),
    )
    try:
        sandlock.confine(policy)
    except sandlock.SandlockError as error:
        return Layer("files", False, str(error))
    return Layer("files", abi >= _FILES_ABI, f"Landlock ABI {abi}, {_FILES_ABI} is needed")


def _signals_layer(syscalls: Layer) -> Layer:
    """Signals to other processes are stopped twice where the kernel can: by Landlock's scopes and by seccomp."""
    if sandlock.landlock_abi_version() >= _SIGNALS_ABI:
        return Layer("signals", True, "Landlock and seccomp" if syscalls.active else "Landlock")
    return Layer("signals", syscalls.active, f"seccomp; Landlock ABI {_SIGNALS_ABI} would guard them as well")


def _filter_syscalls() -> Layer:
    try:
        rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
        for name in _DENIED_SYSCALLS:
            # A call that this architecture doesn't have needs no rule.
            with contextlib.suppress(OSError, ValueError):
                rules.add_rule(pyseccomp.ERRNO(errno.EPERM), name)
        for name in _OWN_PROCESS_SYSCALLS:
            rules.add_rule(pyseccomp.ERRNO(errno.EPERM), name, pyseccomp.Arg(0, pyseccomp.NE, os.getpid()))
        # 0 is this process; another's limits could be lowered.
        rules.add_rule(pyseccomp.ERRNO(errno.EPERM), "prlimit64", pyseccomp.Arg(0, pyseccomp.NE, 0))
        # The parent-death signal stays: no guest outlives its server.
        option = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, 0xFFFFFFFF, _PR_SET_PDEATHSIG)  # the kernel reads 32 bits
        rules.add_rule(pyseccomp.ERRNO(errno.EPERM), "prctl", option)
        rules.add_rule(pyseccomp.ERRNO(errno.EPERM), "tkill")
        # Threads are allowed, processes are not; clone3 hides its flags, and libc falls back to clone.
        rules.add_rule(pyseccomp.ERRNO(errno.EPERM), "clone", pyseccomp.Arg(0, pyseccomp.MASKED_EQ, _CLONE_THREAD, 0))
        rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
        rules.load()
    except (OSError, RuntimeError) as error:
        return Layer("syscalls", False, f"seccomp: {error}")
    return Layer("syscalls", True, "seccomp")
