"""Each layer of confinement, tried from inside a guest."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers import LACKING, ROOT, TINY_COURSE, make_course, notebook_of, open_the_way, run, run_in, write_notebook

from autograder.course.assignment import Assignment
from autograder.sandbox.confinement import REQUIRED_LAYERS
from autograder.sandbox.guest import ForkedGuest
from autograder.sandbox.outcome import GuestStopped, Outcome
from autograder.sandbox.server import ForkServer

Spawn = Callable[..., ForkedGuest]

# Each is tried on its own; "refused" is any of the errors by which a kernel says no.
TRY = """
def attempt(what):
    try:
        return f"got {what()!r}"[:200]
    except (PermissionError, FileNotFoundError, NotImplementedError) as error:
        return "refused"
    except OSError as error:
        return "refused" if error.errno in (1, 13, 18, 30, 38) else f"odd {error!r}"
import ctypes, os, signal, socket, subprocess, sys, threading
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    result = libc.syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return result
def prctl(*arguments):
    if libc.prctl(*arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")
"""


def test_every_layer_is_active_here(spawn: Spawn) -> None:
    active = {layer.name for layer in spawn().layers if layer.active}
    assert set(REQUIRED_LAYERS) <= active
    assert "memory" in active


def test_no_file_outside_the_work_folder_can_be_read(spawn: Spawn, tmp_path: Path) -> None:
    other = tmp_path / "submitted" / "student-002.ipynb"
    other.parent.mkdir()
    other.write_text("the work of another student")
    other.chmod(0o666)
    me = os.getpid()
    paths = [
        TINY_COURSE / "tests/hidden/tiny/test_double.py",
        TINY_COURSE / "source/tiny/tiny.ipynb",
        ROOT / "autograder/judge/grader.py",
        ROOT / "course_config.py",
        other,
        "/etc/passwd",
        "/etc/shadow",
        "/etc/hostname",
        f"/proc/{me}/environ",
        f"/proc/{me}/cmdline",
        f"/proc/{me}/mem",
        "/proc/1/cmdline",
        "/proc/self/environ",
        "/proc/self/maps",
        "/proc/self/mem",
        "/proc/mounts",
        "/proc/meminfo",
        "/sys/class/net/lo/address",
        "/dev/mem",
        "/dev/tty",
    ]
    folders = [ROOT, ROOT / "tests/hidden", TINY_COURSE, tmp_path, "/", "/tmp", "/root", "/home", "/proc", "/etc"]
    guest = spawn()
    run_in(guest, TRY)
    for path in paths:
        assert run_in(guest, f"print(attempt(lambda: open({str(path)!r}, 'rb').read(10)))") == "refused", path
    for path in folders:
        assert run_in(guest, f"print(attempt(lambda: os.listdir({str(path)!r})))") == "refused", path


def test_links_do_not_lead_out_of_the_work_folder(spawn: Spawn, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    secret.chmod(0o666)
    code = f"""
    os.symlink({str(secret)!r}, "link")
    print(attempt(lambda: open("link").read()))
    print(attempt(lambda: os.link({str(secret)!r}, "hard")))
    print(attempt(lambda: os.rename({str(secret)!r}, "moved")))
    print(attempt(lambda: open("../secret.txt").read()))
    """
    guest = spawn()
    run_in(guest, TRY)
    results = run_in(guest, code).splitlines()
    assert results[0] == "refused"
    assert results[2:] == ["refused", "refused"]
    assert "got" not in results[1] or not run_in(guest, "print(attempt(lambda: open('hard').read()))").startswith("got")
    assert secret.read_text() == "secret"


def test_only_the_work_folder_can_be_written(spawn: Spawn, tmp_path: Path) -> None:
    guest = spawn()
    run_in(guest, TRY)
    for target in (
        ROOT / "x",
        tmp_path / "x",
        f"/tmp/{tmp_path.name}-x",
        "/dev/shm/x",
        Path(sys.prefix) / "x",
        Path.home() / "x",
    ):
        assert run_in(guest, f"print(attempt(lambda: open({str(target)!r}, 'w')))") == "refused"
    site = next(path for path in sys.path if path.endswith("site-packages"))
    assert run_in(guest, f"print(attempt(lambda: open({site!r} + '/torch/__init__.py', 'a')))") == "refused"
    assert run_in(guest, "open('mine.txt', 'w').write('ok'); print(open('mine.txt').read())") == "ok"
    assert (
        run_in(guest, "os.mkdir('folder'); open('folder/a', 'w').write('ok'); print(os.listdir('folder'))") == "['a']"
    )


def test_the_work_folder_is_the_guests_own_and_small(spawn: Spawn, server: ForkServer) -> None:
    guest = spawn(folder_bytes=2 << 20)
    layer = next(layer for layer in guest.layers if layer.name == "folder")
    if not layer.active:  # a machine may refuse such mounts; the report says so then
        assert "no size limit" in layer.detail
        return
    fill = "for i in range(8):\n    with open(str(i), 'wb') as file: file.write(bytes(1 << 20))"
    assert run_in(guest, fill).startswith("raised: OSError: [Errno 28]")
    many = "import os\nfor i in range(10_000): os.mkdir(f'folder{i}')"
    assert run_in(guest, many).startswith("raised: OSError: [Errno 28]")
    folder = Path(run_in(guest, "import os; print(os.getcwd())"))
    assert folder.parent == server.folder
    assert list(folder.iterdir()) == []
    assert run_in(guest, "print('alive')") == "alive"


def test_the_environment_holds_nothing_of_the_course(spawn: Spawn, server: ForkServer) -> None:
    guest = spawn()
    found = json.loads(run_in(guest, "import json, os; print(json.dumps(dict(os.environ)))"))
    allowed = {"PATH", "HOME", "IPYTHONDIR", "MPLCONFIGDIR", "MPLBACKEND", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"}
    allowed |= {"MKL_NUM_THREADS", "PYTHONHASHSEED", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "OPENBLAS_CORETYPE"}
    allowed |= {"OPENBLAS_L2_SIZE", "LC_CTYPE", "TMPDIR", "NBGRADER_EXECUTION", "USER", "LOGNAME", "MALLOC_ARENA_MAX"}
    # libraries set a few of their own while they are imported
    odd = {
        name for name in found if name not in allowed and not name.startswith(("KMP_", "TORCH", "TRITON_", "PYDEVD"))
    }
    assert not odd
    assert found["HOME"] == run_in(guest, "print(os.getcwd())")
    assert Path(found["HOME"]).parent == server.folder


@pytest.mark.parametrize(
    "code",
    [
        "socket.socket()",
        "socket.socket(socket.AF_UNIX)",
        "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "socket.create_connection(('127.0.0.1', 22), 1)",
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "subprocess.run(['/bin/true'])",
        "subprocess.run([sys.executable, '-c', ''])",
        "call(56, 17, 0, 0, 0, 0)",  # clone(SIGCHLD)
        "call(435, 0, 0)",  # clone3
        "call(101, 16, os.getppid(), 0, 0)",  # ptrace(ATTACH)
        "call(310, os.getppid(), 0, 0, 0, 0, 0)",  # process_vm_readv
        "call(434, os.getppid(), 0)",  # pidfd_open
        "call(319, b'x', 0)",  # memfd_create
        "call(425, 1, 0)",  # io_uring_setup
        "call(321, 0, 0, 0)",  # bpf
        "call(298, 0, 0, -1, -1, 0)",  # perf_event_open
        "call(323, 0)",  # userfaultfd
        "call(272, 0x10000000)",  # unshare(CLONE_NEWUSER)
        "call(29, 0, 4096, 0o1600)",  # shmget
        "call(240, b'x', 64, 0o600, 0)",  # mq_open
        "os.chroot('.')",
        "os.setuid(1)",
        "os.setgroups([0])",
        "os.kill(os.getppid(), 0)",
        "os.kill(2, 0)",
        "os.kill(0, 9)",
        "os.kill(-1, 9)",
        "os.killpg(os.getpgid(0), 9)",
        "os.mknod('device', 0o600 | 0o020000, 0x0103)",
        "os.sched_setaffinity(0, {0})",
        "os.setpriority(os.PRIO_PROCESS, os.getppid(), 5)",
        "__import__('resource').prlimit(2, 7)",
        "__import__('resource').prlimit(2, 7, (1, 1))",
        "prctl(1, 0, 0, 0, 0)",  # PR_SET_PDEATHSIG: it could outlive its server
        "call(157, ctypes.c_ulong(2**32 + 1), 0, 0, 0, 0)",  # the same, hidden in the upper half
    ],
)
def test_a_system_call_is_refused_and_the_guest_lives_on(spawn: Spawn, code: str) -> None:
    guest = spawn()
    assert run_in(guest, f"{TRY}\nprint(attempt(lambda: {code}))") == "refused"
    assert run_in(guest, "print(1 + 1)") == "2"


def test_no_call_comes_through_by_the_back_door_of_another_abi(spawn: Spawn) -> None:
    guest = spawn()
    try:
        answer = run_in(guest, f"{TRY}\nprint(attempt(lambda: call(0x40000000 + 41, 2, 1, 0)))")  # socket as x32
    except GuestStopped as error:
        answer = error.stop.outcome
    assert answer in ("refused", Outcome.DIED)


def test_the_limits_cannot_be_raised_again(spawn: Spawn) -> None:
    code = """
    import resource
    for name in ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_NOFILE"):
        kind = getattr(resource, name)
        try:
            resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
            print(name)
        except (ValueError, PermissionError):
            pass
    """
    assert run_in(spawn(), code) == ""


def test_the_guest_is_nobody_with_no_way_back(spawn: Spawn) -> None:
    code = "import os; print(os.getuid() != 0 or 'root', os.geteuid() != 0 or 'root', os.getgroups())"
    if os.getuid() == 0:
        assert run_in(spawn(), code) in ("True True []", "root root []")
    else:
        assert run_in(spawn(), code).startswith("True True")


def test_ordinary_student_work_is_not_hindered(spawn: Spawn) -> None:
    code = """
    import asyncio, math, random, tempfile, threading, torch
    from torch.utils.data import DataLoader, TensorDataset
    found = []
    thread = threading.Thread(target=lambda: found.append("thread")); thread.start(); thread.join()
    async def soon(): await asyncio.sleep(0); return "asyncio"
    found.append(asyncio.new_event_loop().run_until_complete(soon()))
    w = torch.zeros(2, 1, requires_grad=True)
    torch.optim.Adam([w]).step(lambda: (w.sum() ** 2).backward())
    found.append(len(list(DataLoader(TensorDataset(torch.ones(6, 2)), batch_size=2, shuffle=True))))
    import inspect
    found.append(inspect.getsource(torch.optim.SGD)[:5])
    with tempfile.TemporaryDirectory() as folder: found.append(len(folder) > 0)
    torch.save(w, "w.pt"); found.append(tuple(torch.load("w.pt").shape))
    print(found)
    """
    assert run_in(spawn(), code) == "['thread', 'asyncio', 3, 'class', True, (2, 1)]"


HONEST = {
    "write-ahead log": """
        import sqlite3
        one, two = sqlite3.connect("a.db"), sqlite3.connect("a.db")
        mode = one.execute("pragma journal_mode=wal").fetchone()[0]
        one.execute("create table t (x)")
        one.execute("insert into t values (1)")
        one.commit()
        print(mode, two.execute("select x from t").fetchall())
        """,
    "persistent journal": """
        import sqlite3
        one = sqlite3.connect("a.db")
        one.execute("pragma journal_mode=persist")
        one.execute("create table t (x)")
        one.commit()
        print(sqlite3.connect("a.db").execute("select count(*) from t").fetchone()[0])
        """,
    "many threads": """
        import threading, time
        from concurrent.futures import ThreadPoolExecutor
        started = threading.Barrier(65, timeout=10)
        with ThreadPoolExecutor(64) as pool:
            waiting = [pool.submit(started.wait) for _ in range(64)]
            started.wait()
        print(len(waiting))
        """,
    "names and places": """
        import getpass, locale, os, platform
        locale.setlocale(locale.LC_ALL, "C.UTF-8")
        priority = os.getpriority(os.PRIO_PROCESS, os.getpid())
        print(getpass.getuser(), priority, len(platform.freedesktop_os_release()) > 0)
        """,
    "a graph of tensors": """
        import torch
        from torch.fx.experimental.proxy_tensor import make_fx
        print(make_fx(lambda x: x + 1)(torch.ones(2))(torch.ones(2)))
        """,
    "a lock of a file": """
        import fcntl
        with open("a", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            print("locked")
        """,
}
PRINTED = {
    "write-ahead log": "wal [(1,)]",
    "persistent journal": "0",
    "many threads": "64",
    "names and places": "student 0 True",
    "a graph of tensors": "tensor([2., 2.])",
    "a lock of a file": "locked",
}


@pytest.mark.parametrize("name", HONEST)
def test_what_libraries_ask_of_the_system_is_there(spawn: Spawn, name: str) -> None:
    assert run_in(spawn(), HONEST[name]).splitlines()[-1:] == [PRINTED[name]]


def test_a_future_of_c_plus_plus_is_woken(spawn: Spawn) -> None:
    # What libstdc++ does: it waits at a futex that is not private, and is woken by another thread.
    code = """
    import ctypes, threading, time
    libc = ctypes.CDLL(None, use_errno=True)
    word = ctypes.c_int(0)
    def wait():
        while word.value == 0:
            libc.syscall(202, ctypes.byref(word), 0, 0, None, None, 0)
    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    time.sleep(0.1)
    word.value = 1
    print(libc.syscall(202, ctypes.byref(word), 1, 1, None, None, 0) >= 0)
    thread.join(5)
    print(thread.is_alive())
    """
    assert run_in(spawn(), code).split() == ["True", "False"]


@pytest.mark.slow
def test_without_a_layer_grading_refuses_unless_told_otherwise(tiny: Assignment, tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    path = write_notebook(tmp_path / "tiny.ipynb", notebook_of(tiny))
    command = ["python", "-c", LACKING, "grade", "--notebook", path, "--course-dir", course]
    refused = run(*command, cwd=tmp_path)
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: This machine can't isolate student code fully. Missing: files (")
    assert "--isolation partial" in refused.stderr
    assert len(refused.stderr.strip().splitlines()) == 1
    partial = run(*command, "--isolation", "partial", "--json", cwd=tmp_path)
    assert partial.returncode == 0, partial.stderr
    active = set(json.loads(partial.stdout)["isolation"])
    assert "files" not in active
    assert set(REQUIRED_LAYERS) - {"files"} <= active


@pytest.mark.slow
def test_an_ordinary_user_can_grade(tiny: Assignment, tmp_path: Path) -> None:
    home = tmp_path / "home"
    make_course(home / "course")
    write_notebook(home / "tiny.ipynb", notebook_of(tiny, {"mean_of": "def mean_of(x):\n    return x.mean().item()"}))
    command = [sys.executable, "-m", "autograder", "grade", "--notebook", "tiny.ipynb"]
    command += ["--course-dir", "course", "--json"]
    if os.getuid() == 0:
        for each in (home, *home.rglob("*")):
            os.chown(each, 1234, 1234)
        open_the_way(tmp_path)
        # Python itself may be where only root can read.
        reading = ["--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"]
        command = ["setpriv", "--reuid", "1234", "--regid", "1234", "--clear-groups", *reading, *command]
    done = run(*command, cwd=home, HOME=str(home))
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["score"] == 6
    assert set(REQUIRED_LAYERS) <= set(report["isolation"])
