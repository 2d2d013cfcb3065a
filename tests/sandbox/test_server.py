"""The fork server: it knows no check, and neither it nor its guests outlive what they are for."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers import ROOT, gone, open_the_way, run_in

from autograder.sandbox.confinement import Layer
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.guest import ForkedGuest
from autograder.sandbox.inside import server as inner_server
from autograder.sandbox.limits import Limits
from autograder.sandbox.outcome import SandboxError, ServerGone
from autograder.sandbox.server import ForkServer

Spawn = Callable[..., ForkedGuest]


@pytest.mark.slow
def test_the_fork_server_has_never_seen_a_check_or_a_solution(spawn: Spawn) -> None:
    code = r"""
    import gc, sys, warnings
    warnings.simplefilter("ignore")  # some modules warn when they are looked at
    names = set(sys.modules)
    own = {name for name in names if name.split(".")[0] == "autograder"}
    print(*sorted(name for name in own if name.split(".")[:3] != ["autograder", "sandbox", "inside"]))
    print(sorted(names & {"pytest", "_pytest", "nbgrader", "nbformat", "sqlalchemy", "tiny", "logistic_regression"}))
    print(sorted(name for name in names if name.startswith("checks_")))
    marks = ["sum over " + "the count", "x.sum().item() " + "/ x.numel()", "twice as " + "large", "BEGIN " + "SOLUTION"]
    marks += ["expect" + "_close", "Miscon" + "ception("]
    seen, found, count = set(), [], 0
    todo = gc.get_objects() + [sys.modules]
    gc.unfreeze()
    todo += gc.get_objects()
    while todo:
        each = todo.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        count += 1
        if isinstance(each, str):
            if any(mark in each for mark in marks) and "marks +=" not in each and each not in marks:
                found.append(each[:80])
        elif isinstance(each, (bytes, bytearray)):
            if any(mark.encode() in bytes(each) for mark in marks) and b"marks +=" not in bytes(each):
                found.append(bytes(each)[:80])
        else:
            todo.extend(gc.get_referents(each))
    print(found)
    print(count > 100_000)
    """
    own, *rest = run_in(spawn(), code, wall_seconds=60).splitlines()
    grader_s = {"forked", "guest", "notebook_run", "server"}
    assert {"autograder.sandbox.wire", "autograder.sandbox.values"} <= set(own.split())
    for name in own.split():
        assert name == "autograder" or name.split(".")[:2] == ["autograder", "sandbox"]
        assert not grader_s & set(name.split("."))
    assert rest == ["[]", "[]", "[]", "True"]


@pytest.mark.slow
def test_a_server_that_dies_takes_its_guests_along() -> None:
    with ForkServer() as server:
        sandbox = ForkSandbox(server)
        guest = sandbox.start({})
        pid = guest.pid
        run_in(guest, "import ctypes, signal; ctypes.CDLL(None).prctl(1, 0); signal.signal(15, signal.SIG_IGN)")
        os.kill(server._process.pid, signal.SIGKILL)
        assert gone(pid)
        with pytest.raises(ServerGone, match="the fork server is gone"):
            run_in(guest, "print(1)")
        with pytest.raises(ServerGone, match="the fork server is gone"):
            sandbox.start({})
    assert not Path(server.folder).exists()


def test_a_server_that_dies_while_it_makes_a_guest_is_told_from_a_guest_that_does_not_start() -> None:
    for said, error in {b"": ServerGone, b"{}": SandboxError}.items():
        channel, guest_channel = socket.socketpair()
        watch, guest_watch = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if said:
            guest_watch.send(said)
        guest_channel.close()
        guest_watch.close()
        cleared: list[bool] = []
        guest = ForkedGuest(channel, watch, Limits(), lambda: cleared.append(True))  # noqa: B023
        with guest, pytest.raises(SandboxError) as caught:
            guest.greet()
        assert type(caught.value) is error
        assert cleared == [True]


GRADER = """
from helpers import run_in
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.server import ForkServer
server = ForkServer()
guest, idle = ForkSandbox(server).start({}), ForkSandbox(server).start({})
run_in(guest, "import ctypes; ctypes.CDLL(None).prctl(1, 0)")
print(server._process.pid, guest.pid, idle.pid, server.folder, flush=True)
run_in(guest, "while True: pass", 600)
"""


@pytest.mark.slow
def test_a_grader_that_is_killed_leaves_neither_server_nor_guests(tmp_path: Path) -> None:
    secret = {"SECRET_OF_THE_COURSE": "postgresql://user:password@host"}
    with subprocess.Popen(
        [sys.executable, "-c", GRADER],
        cwd=tmp_path,
        env={**os.environ, **secret, "PYTHONPATH": str(ROOT / "tests" / "support")},
        stdout=subprocess.PIPE,
        text=True,
    ) as grader:
        assert grader.stdout is not None
        *pids, _ = grader.stdout.readline().split()
        environment = Path(f"/proc/{pids[0]}/environ").read_text()
        assert "SECRET_OF_THE_COURSE" not in environment
        time.sleep(0.3)  # the loop has begun
        grader.kill()
    assert [pid for pid in pids if not gone(int(pid))] == []


def test_a_server_can_be_closed_while_it_warms_up() -> None:
    server = ForkServer()
    pid = server._process.pid
    server.close()
    assert gone(pid)
    assert server._process.returncode == -signal.SIGKILL, "it was waited for until it was warm"


def test_a_process_that_the_machine_refuses_is_said_and_the_server_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    (channel, theirs), (watch, watched) = socket.socketpair(), socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def refused() -> int:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refused)
    layers = (Layer("namespaces", False),)
    with channel, watch:
        assert inner_server._fork({}, layers, theirs.detach(), watched.detach()) is None
        with pytest.raises(SandboxError, match=r"the machine refused a process: .*temporarily unavailable"):
            ForkedGuest(channel, watch, Limits(), lambda: None).greet()


def test_a_guest_that_is_refused_once_is_started_a_moment_later(
    server: ForkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    greet, refusals = ForkedGuest.greet, [SandboxError("the machine refused a process")]

    def refused_once(self: ForkedGuest) -> None:
        if refusals:
            raise refusals.pop()
        greet(self)

    monkeypatch.setattr(ForkedGuest, "greet", refused_once)
    with contextlib.closing(ForkSandbox(server).start({})) as guest:
        assert run_in(guest, "print(1)") == "1"


def test_a_folder_for_temporary_files_may_be_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    open_the_way(real)
    link.symlink_to(real)
    monkeypatch.setattr(tempfile, "tempdir", str(link))
    with ForkServer() as server, contextlib.closing(ForkSandbox(server).start({})) as guest:
        assert Path(run_in(guest, "import os; print(os.getcwd())")).parent == server.folder
        assert server.folder.is_relative_to(real)
