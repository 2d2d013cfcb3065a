"""Each layer of confinement put on alone: what it stops, it stops without the help of any other."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from helpers import ROOT, open_the_way, run

# What each layer needs, then what is tried; "ok" is printed for each thing that is refused.
PRELUDE = """
import ctypes, os, resource, socket, sys
from pathlib import Path
from autograder.sandbox.inside import confine, folder, namespaces, syscalls
from autograder.sandbox.limits import Limits
libc = ctypes.CDLL(None, use_errno=True)
def refused(what):
    try:
        print("got", what())
    except OSError:
        print("ok")
"""


Alone = Callable[..., list[str]]


@pytest.fixture
def alone(tmp_path: Path) -> Alone:
    """Runs code after the prelude in a process of its own; returns the lines that it prints."""

    def alone(code: str, *arguments: object) -> list[str]:
        open_the_way(tmp_path)
        script = tmp_path / "alone.py"
        script.write_text(PRELUDE + code)
        done = run("python", script, *[str(each) for each in arguments], cwd=ROOT)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return alone


def test_files_alone_hides_all_but_python_and_the_work_folder(alone: Alone, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "secret").write_text("secret")
    code = """
    work, secret = sys.argv[1:]
    print(confine._restrict_files(work).active)
    refused(lambda: open(secret).read())
    refused(lambda: os.listdir(Path(secret).parent))
    refused(lambda: open(secret, "w"))
    refused(lambda: open("/proc/self/environ").read())
    refused(lambda: open(f"/proc/{os.getppid()}/maps").read())
    refused(lambda: os.open("/dev/tty", os.O_RDWR))
    open(work + "/mine", "w").write("x")
    print(open(work + "/mine").read(), len(Path(os.__file__).read_text()) > 1000)
    """
    lines = alone(dedent(code), tmp_path / "work", tmp_path / "secret")
    assert lines == ["True", *["ok"] * 6, "x True"]


def test_system_calls_alone_stop_sockets_programs_and_processes(alone: Alone) -> None:
    code = """
    print(syscalls.load(syscalls.prepare(), read_only=False).active)
    refused(lambda: socket.socket())
    refused(lambda: socket.socket(socket.AF_UNIX))
    refused(lambda: os.fork())
    refused(lambda: os.execv("/bin/true", ["true"]))
    refused(lambda: os.kill(os.getppid(), 0))
    refused(lambda: os.memfd_create("x"))
    refused(lambda: os.chmod(sys.argv[0], 0o600))
    refused(lambda: os.utime(sys.argv[0]))
    refused(lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))
    refused(lambda: __import__("fcntl").fcntl(0, 8, os.getpid()))
    refused(lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CPU))
    print(open("/etc/hostname", "rb").read() != b"", os.kill(os.getpid(), 0))
    """
    assert alone(dedent(code)) == ["True", *["ok"] * 11, "True None"]


def test_namespaces_alone_hide_the_network_and_other_processes(alone: Alone) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: server.accept(), daemon=True).start()
        code = """
        port, mine = int(sys.argv[1]), int(sys.argv[2])
        print(namespaces.enter().active, flush=True)
        refused(lambda: socket.create_connection(("127.0.0.1", port), 1))
        refused(lambda: os.kill(mine, 0))
        print(os.getpid(), [name for _, name in socket.if_nameindex()], flush=True)
        os._exit(0)
        """
        lines = alone(dedent(code), server.getsockname()[1], os.getpid())
        socket.create_connection(server.getsockname(), 1).close()
    if lines[0] == "False":
        pytest.skip("this machine lets us make no namespaces")
    assert lines[:3] == ["True", "ok", "ok"]
    assert lines[3].startswith("1 ")
    assert set(lines[3].split(" ", 1)[1].strip("[]").replace("'", "").split(", ")) <= {"lo", "sit0", "tunl0", "ip6tnl0"}


def test_the_folder_alone_bounds_all_files_together(alone: Alone, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "numbers.csv").write_text("1")
    code = """
    work = Path(sys.argv[1])
    if not namespaces.enter().active:
        print("False"); os._exit(0)
    print(folder.mount_folder(work, None, 1 << 20).active, (work / "numbers.csv").read_text())
    (work / "fits").write_bytes(bytes(1 << 19))
    refused(lambda: (work / "does-not").write_bytes(bytes(1 << 20)))
    refused(lambda: [(work / f"file-{number}").touch() for number in range(5000)])
    refused(lambda: os.chmod(sys.argv[0], 0o600))
    os.chmod(work / "fits", 0o600)
    sys.stdout.flush()
    os._exit(0)
    """
    lines = alone(dedent(code), tmp_path / "work")
    if lines == ["False"]:
        pytest.skip("this machine lets us make no namespaces")
    assert lines == ["True 1", "ok", "ok", "ok"]
    assert [path.name for path in (tmp_path / "work").iterdir()] == ["numbers.csv"]


def test_limits_alone_bound_memory_files_and_descriptors(alone: Alone, tmp_path: Path) -> None:
    code = """
    print(confine._limit_resources(Limits(memory_bytes=64 << 20, file_bytes=1 << 20, open_files=32)).active)
    try:
        print("got", len(bytearray(256 << 20)))
    except MemoryError:
        print("ok")
    refused(lambda: open(sys.argv[1], "wb", buffering=0).write(bytes(1 << 20)) and
            open(sys.argv[1], "ab", buffering=0).write(b"x"))
    refused(lambda: [open(os.devnull) for _ in range(40)])
    """
    assert alone(dedent(code), tmp_path / "big") == ["True", "ok", "ok", "ok"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root has something to drop")
def test_the_user_alone_is_nobody_without_capabilities(alone: Alone, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    secret.chmod(0o600)
    code = """
    if not namespaces.enter().active:
        print("False"); os._exit(0)
    sys.prefix = sys.base_prefix = "/usr"  # where Python lies may be root's alone
    print(confine._drop_privileges(libc, 65534)[0].active, os.getresuid(), os.getgroups())
    refused(lambda: open(sys.argv[1]).read())
    refused(lambda: os.setuid(0))
    refused(lambda: os.chown(sys.argv[0], 0, 0))
    status = [line.split() for line in open("/proc/thread-self/status")]
    print([line[1] for line in status if line[0] in ("CapEff:", "CapPrm:", "CapBnd:")])
    sys.stdout.flush()
    os._exit(0)
    """
    lines = alone(dedent(code), secret)
    if lines == ["False"]:
        pytest.skip("this machine lets us make no namespaces")
    assert lines[:4] == ["True (65534, 65534, 65534) []", "ok", "ok", "ok"]
    assert lines[4] == str(["0" * 16] * 3)


def test_memory_alone_can_not_be_read_by_the_same_user(alone: Alone) -> None:
    code = """
    import signal
    def child(private):
        pid = os.fork()
        if pid == 0:
            if private:
                libc.prctl(confine._PR_SET_DUMPABLE, 0, 0, 0, 0)
            os.kill(os.getpid(), signal.SIGSTOP)
            os._exit(0)
        os.waitpid(pid, os.WUNTRACED)
        return pid
    if os.getuid() == 0:
        os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)
    libc.prctl(confine._PR_SET_DUMPABLE, 1, 0, 0, 0)
    for private in (False, True):
        pid = child(private)
        try:
            open(f"/proc/{pid}/mem", "rb").close()
            print("open")
        except OSError:
            print("closed")
        os.kill(pid, signal.SIGKILL)
    """
    assert alone(dedent(code)) == ["open", "closed"]


def test_descriptors_alone_leave_only_the_wire(alone: Alone, tmp_path: Path) -> None:
    code = """
    kept, _ = socket.socketpair()
    others = [os.open("/etc/hostname", os.O_RDONLY) for _ in range(5)]
    confine._close_descriptors(kept.fileno())
    alive = []
    for number in range(256):
        try:
            os.fstat(number)
            alive.append(number)
        except OSError:
            pass
    Path(sys.argv[1]).write_text("ok" if alive == [0, 1, 2, kept.fileno()] else repr(alive))
    os._exit(0)
    """
    alone(dedent(code), tmp_path / "found")
    assert (tmp_path / "found").read_text() == "ok"
