"""Two guests at the same time: whatever one does, the other sees the same as before."""

from __future__ import annotations

import sysconfig
from collections.abc import Callable

import pytest
from helpers import run_in

from autograder.sandbox.guest import ForkedGuest

Spawn = Callable[..., ForkedGuest]

SHARED = sysconfig.get_path("stdlib") + "/turtle.py"  # a file that both may read, and that nobody else does
TOOLS = f"""
import ctypes, fcntl, mmap, os, resource, signal, struct, threading, time
libc = ctypes.CDLL(None, use_errno=True)
SHARED = {SHARED!r}
descriptor = os.open(SHARED, os.O_RDONLY)
page = mmap.mmap(descriptor, 4096, prot=mmap.PROT_READ)

libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
address = libc.mmap(None, 4096, 1, 1, descriptor, 0)
kept = []
stop = threading.Event()
def call(number, *arguments):
    result = libc.syscall(ctypes.c_long(number), *arguments)
    return result if result >= 0 else f"refused {{ctypes.get_errno()}}"
def seen(look):
    try:
        return look()
    except Exception as error:
        return repr(error)
def lock(command, kind):
    data = struct.pack("hhqqi4x", kind, 0, 0, 0, 0)
    return fcntl.fcntl(descriptor, command, data)
def start(count):
    for _ in range(count):
        thread = threading.Thread(target=stop.wait, daemon=True)
        thread.start()
        kept.append(thread)
def next_thread():
    found = []
    thread = threading.Thread(target=lambda: found.append(threading.get_native_id()))
    thread.start()
    thread.join()
    return found[0]
def wait_at_futex():
    call(202, ctypes.c_void_p(address), 0, struct.unpack("i", page[:4])[0], struct.pack("qq", 5, 0), 0, 0)
def fill(count):
    for number in range(count):
        try:
            ends = os.pipe()
            fcntl.fcntl(ends[1], 1031, 1 << 20)
            kept.append(ends)
        except OSError:
            return
def timers(count):
    for number in range(count):
        timer = ctypes.c_int()
        if libc.timer_create(0, None, ctypes.byref(timer)) != 0:
            return number
    return count
"""
# What one does, and what the other sees. @OTHER@ is the first one's number for the machine.
CHANNELS = {
    "a lock on a file": ("fcntl.lockf(descriptor, fcntl.LOCK_SH)", "lock(fcntl.F_GETLK, 1)[:2]"),
    "a lock of an open file": ("seen(lambda: lock(37, 0))", "lock(36, 1)[:2]"),
    "a lock that stays": (
        "seen(lambda: fcntl.flock(descriptor, fcntl.LOCK_EX))",
        "fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)",
    ),
    "a lease": ("seen(lambda: fcntl.fcntl(descriptor, 1024, 0))", "fcntl.fcntl(descriptor, 1025)"),
    "what is in memory of a file": (
        "os.posix_fadvise(descriptor, 0, 0, 4); call(28, ctypes.c_void_p(address), 4096, 21)",
        "os.preadv(descriptor, [bytearray(10)], 0, 8)",
    ),
    "which pages are in memory": ("os.pread(descriptor, 10, 0)", "call(27, ctypes.c_void_p(address), 4096, bytes(1))"),
    "how much of a file is in memory": (
        "os.pread(descriptor, 10, 0)",
        "call(451, descriptor, bytes(16), bytes(40), 0)",
    ),
    "a futex": (
        "threading.Thread(target=wait_at_futex, daemon=True).start(); time.sleep(0.1)",
        "call(202, ctypes.c_void_p(address), 1, 1, 0, 0, 0)",
    ),
    "the numbers of threads": ("start(20)", "next_thread() < 20"),
    "how many processes there are": ("start(20)", "call(99, (page := bytes(112))), page[80:84]"),
    "free memory": ("kept.append(bytearray(200 << 20))", "call(99, (page := bytes(112))), page[32:48]"),
    "the load": ("start(5)", "os.getloadavg()"),
    "the threads of another in /proc": ("start(20)", "os.stat('/proc/@OTHER@/task').st_nlink"),
    "another in /proc": ("start(1)", "os.stat('/proc/@OTHER@').st_mtime"),
    "how long others were idle": (
        "sum(range(10**6))",
        "open('/sys/devices/system/cpu/cpu0/cpuidle/state1/time').read()",
    ),
    "the processor's rate": ("sum(range(10**6))", "open('/proc/cpuinfo').read()"),
    "another's clock": ("sum(range(10**6))", "time.clock_gettime((~@OTHER@ << 3) | 2)"),
    "the clock of the first process": ("sum(range(10**6))", "call(228, ctypes.c_int((~2 << 3) | 2), bytes(16))"),
    "another's processors": ("start(1)", "os.sched_getaffinity(@OTHER@)"),
    "another's group": ("start(1)", "os.getpgid(@OTHER@)"),
    "another's session": ("start(1)", "os.getsid(@OTHER@)"),
    "another's scheduler": ("start(1)", "os.sched_getscheduler(@OTHER@)"),
    "another's priority": ("start(1)", "os.getpriority(os.PRIO_PROCESS, @OTHER@)"),
    "when a file was read": ("os.pread(descriptor, 10, 0)", "os.stat(SHARED).st_atime_ns"),
    "free space": ("open('ballast', 'wb').write(bytes(10 << 20))", "os.statvfs('.').f_bfree, os.statvfs('/').f_bfree"),
    "free files": ("[open(f'file-{n}', 'w').close() for n in range(50)]", "os.statvfs('.').f_ffree"),
    "the size of a pipe": ("fill(30)", "fcntl.fcntl(os.pipe()[1], 1032)"),
    "room in a pipe": ("fill(30)", "[os.set_blocking((end := os.pipe()[1]), False), os.write(end, bytes(1 << 20))][1]"),
    "timers": ("timers(100_000)", "timers(100)"),
    "the folders of others": ("os.mkdir('loud')", "os.stat('..').st_nlink, os.stat('..').st_mtime_ns"),
    "temporary files": ("open('/tmp/loud', 'w')", "os.stat('/tmp').st_mtime_ns, os.path.exists('/tmp/loud')"),
}


@pytest.mark.parametrize("name", CHANNELS)
def test_what_one_guest_does_is_not_seen_by_another(spawn: Spawn, name: str) -> None:
    one, other = spawn(), spawn()
    does, sees = (code.replace("@OTHER@", str(one.pid)) for code in CHANNELS[name])
    for guest in (one, other):
        assert run_in(guest, TOOLS) == ""
    look = f"print(seen(lambda: ({sees})))"
    before = run_in(other, look)
    run_in(one, does)
    assert run_in(other, look) == before
