"""Guests and the fork server: limits enforced from outside, outcomes told apart, and nothing left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers import gone, open_the_way, run_in

from autograder.sandbox.confinement import Layer, missing_layers
from autograder.sandbox.guest import ForkedGuest
from autograder.sandbox.limits import Limits
from autograder.sandbox.outcome import GuestStopped, IsolationError, Outcome, SandboxError, ServerGone
from autograder.sandbox.server import ForkServer, _require

Spawn = Callable[..., ForkedGuest]


def stopped_by(guest: ForkedGuest, source: str, wall_seconds: float = 20.0) -> GuestStopped:
    """How running a cell ended the guest, which must be gone then."""
    pid = guest.pid
    with pytest.raises(GuestStopped) as caught:
        run_in(guest, source, wall_seconds)
    assert gone(pid)
    return caught.value


@pytest.mark.parametrize(
    "source",
    [
        "while True: pass",
        "import time; time.sleep(60)",
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals) - {9, 19})\nwhile True: pass",
        "def loop():\n    try:\n        loop()\n    finally:\n        loop()\nloop()",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "import threading\nthreading.Event().wait()",
        "sum(range(10**12))",
        "import re; re.match('(a+)+$', 'a' * 40 + 'b')",
    ],
    ids=["loop", "sleep", "blocked-signals", "finally", "swallowing", "lock", "c-code", "regular-expression"],
)
def test_wall_time_is_enforced_from_outside(spawn: Spawn, source: str) -> None:
    guest = spawn()
    started = time.monotonic()
    stopped = stopped_by(guest, source, wall_seconds=0.5)
    assert stopped.outcome is Outcome.TIMED_OUT
    assert stopped.detail == "it did not finish in 0.5 seconds"
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "source", ["while True: pass", "import signal\nsignal.signal(24, signal.SIG_IGN)\nwhile True: pass"]
)
def test_processor_time_is_enforced_by_the_kernel(spawn: Spawn, source: str) -> None:
    stopped = stopped_by(spawn(cpu_seconds=1), source)
    assert stopped.outcome is Outcome.TIMED_OUT
    assert stopped.detail == "it used 1 seconds of processor time"


def test_memory_is_bounded_and_the_guest_lives_on(spawn: Spawn) -> None:
    guest = spawn(memory_bytes=256 << 20)
    assert run_in(guest, "b = bytearray(512 << 20)").startswith("raised: MemoryError")
    assert "can't allocate memory" in run_in(guest, "import torch; t = torch.ones(512 << 18)")
    assert run_in(guest, "b = bytearray(64 << 20); print(len(b))") == str(64 << 20)


def test_the_size_of_a_file_is_bounded(spawn: Spawn) -> None:
    guest = spawn(file_bytes=1 << 20)
    answer = run_in(guest, "with open('big', 'wb') as file:\n    file.write(bytes(2 << 20))")
    assert answer.startswith("raised: OSError: [Errno 27]")
    assert int(run_in(guest, "import os; print(os.path.getsize('big'))")) <= 1 << 20
    assert run_in(guest, "print('alive')") == "alive"


def test_open_files_are_bounded(spawn: Spawn) -> None:
    guest = spawn(open_files=20)
    assert run_in(guest, "held = [open('/dev/null') for _ in range(50)]").startswith("raised: OSError: [Errno 24]")


def test_ending_python_is_told_with_its_exit_code(spawn: Spawn) -> None:
    stopped = stopped_by(spawn(), "import os; os._exit(7)")
    assert stopped.outcome is Outcome.DIED
    assert stopped.detail == "it ended Python itself (exit code 7)"


def test_a_crash_is_told_with_its_signal(spawn: Spawn) -> None:
    stopped = stopped_by(spawn(), "import ctypes; ctypes.string_at(0)")
    assert stopped.outcome is Outcome.DIED
    assert stopped.detail == "Python was ended by the signal SIGSEGV"
    assert "SIGTERM" in stopped_by(spawn(), "import os; os.kill(os.getpid(), 15)").detail


def test_endless_recursion_ends_in_an_error_or_a_death_not_in_a_hang(spawn: Spawn) -> None:
    guest = spawn(memory_bytes=64 << 20)
    assert run_in(guest, "def f(): return f()\nf()").startswith("raised: RecursionError")
    try:
        answer = run_in(guest, "import sys; sys.setrecursionlimit(10**9)\nf()", wall_seconds=3)
    except GuestStopped as stopped:
        answer = f"raised: {stopped.outcome}"
    # IPython may print of its own trouble before the error comes through.
    assert answer.splitlines()[-1].startswith("raised: ")


FIND_THE_WIRE = """
import gc, json, os, socket, struct
for number in range(3, 64):
    try:
        os.fstat(number)
    except OSError:
        continue
    wire = number
    break
def say(text, blob=b""):
    os.write(wire, struct.pack("<II", len(text), len(blob)) + text + blob)
"""


@pytest.mark.parametrize(
    ("forged", "told"),
    [
        ('say(b\'{"sequence": 999, "outputs": [], "raised": null}\')', "an answer came out of turn"),
        ("say(b'not json')", "a message could not be parsed"),
        ("say(b'[' * 100000)", "a message could not be parsed"),
        ("say(b'[]')", "a message is not a JSON object"),
        ("say(b'{}', b'junk')", "a message could not be parsed"),
        ("os.write(wire, b'\\xff' * 8)", "over the limit"),
        ("os.close(wire); import time; time.sleep(0.3)", "it cut itself off from the grader"),
    ],
)
def test_a_student_who_writes_on_the_wire_only_ends_the_own_guest(spawn: Spawn, forged: str, told: str) -> None:
    guest = spawn()
    run_in(guest, FIND_THE_WIRE)
    stopped = stopped_by(guest, forged)
    assert stopped.outcome is Outcome.DIED
    assert told in stopped.detail


def test_a_guest_that_answers_in_advance_is_caught_at_the_next_request(spawn: Spawn) -> None:
    guest = spawn()
    run_in(guest, FIND_THE_WIRE)
    # It may forge the answer to the present request, which is its own to give; the real one is then out of turn.
    run_in(guest, "say(json.dumps({'sequence': 3 - 1, 'outputs': [], 'raised': None}).encode())")
    with pytest.raises(GuestStopped) as caught:
        run_in(guest, "print(1)")
    assert caught.value.detail == "an answer came out of turn"


def test_a_guest_is_gone_once_it_is_closed(spawn: Spawn) -> None:
    guest = spawn()
    pid = guest.pid
    run_in(guest, "import threading, time; threading.Thread(target=time.sleep, args=(60,)).start()")
    assert guest.close() in (-signal.SIGKILL, 70)  # killed, or gone by itself as the wire closed
    assert gone(pid)
    assert guest.close() is None


def test_guests_know_nothing_of_each_other(spawn: Spawn) -> None:
    first, second = spawn(), spawn()
    run_in(first, "import torch, builtins; builtins.note = 'seen'; torch.note = 'seen'; mine = 1")
    assert (
        run_in(second, "import torch, builtins; print(hasattr(builtins, 'note'), hasattr(torch, 'note'))")
        == "False False"
    )
    assert run_in(second, "print('mine' in globals())") == "False"


def test_each_guest_starts_with_the_same_random_numbers(spawn: Spawn) -> None:
    code = "import random, numpy, torch; print(random.random(), numpy.random.rand(), torch.rand(1).item())"
    assert run_in(spawn(), code) == run_in(spawn(), code)


def test_the_fork_server_has_never_seen_a_check_or_a_solution(spawn: Spawn) -> None:
    code = r"""
    import gc, sys, warnings
    warnings.simplefilter("ignore")  # some modules warn when they are looked at
    names = set(sys.modules)
    own = {name for name in names if name.split(".")[0] == "autograder"}
    print(sorted(own - {"autograder", "autograder.sandbox.confinement", "autograder.sandbox.limits", "autograder.sandbox.wire"}
                 - {name for name in own if name.startswith("autograder.sandbox.inside")}))
    print(sorted(names & {"pytest", "_pytest", "nbgrader", "nbformat", "sqlalchemy", "tiny", "logistic_regression"}))
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
    assert run_in(spawn(), code, wall_seconds=60).splitlines() == ["[]", "[]", "[]", "True"]


def test_a_server_that_dies_takes_its_guests_along(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir(mode=0o777)
    open_the_way(tmp_path)
    with ForkServer() as server:
        guest = server.spawn(tmp_path / "work", Limits())
        pid = guest.pid
        run_in(guest, "import ctypes, signal; ctypes.CDLL(None).prctl(1, 0); signal.signal(15, signal.SIG_IGN)")
        os.kill(server._process.pid, signal.SIGKILL)
        assert gone(pid)
        with pytest.raises(ServerGone, match="the fork server is gone"):
            run_in(guest, "print(1)")
        with pytest.raises(ServerGone, match="the fork server is gone"):
            server.spawn(tmp_path / "work", Limits())
    assert not Path(server.folder).exists()


def test_a_server_that_dies_while_it_makes_a_guest_is_told_from_a_guest_that_does_not_start() -> None:
    for said, error in {b"": ServerGone, b"{}": SandboxError}.items():
        channel, guest_channel = socket.socketpair()
        watch, guest_watch = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        if said:
            guest_watch.send(said)
        guest_channel.close()
        guest_watch.close()
        with ForkedGuest(channel, watch, Limits()) as guest, pytest.raises(SandboxError) as caught:
            guest.greet()
        assert type(caught.value) is error


GRADER = """
import os, sys, threading
from pathlib import Path
from helpers import run_in
from autograder.sandbox.server import ForkServer
from autograder.sandbox.limits import Limits
server = ForkServer()
guest = server.spawn(Path(sys.argv[1]), Limits())
idle = server.spawn(Path(sys.argv[1]), Limits())
run_in(guest, "import ctypes; ctypes.CDLL(None).prctl(1, 0)")
print(server._process.pid, guest.pid, idle.pid, server.folder, flush=True)
run_in(guest, "while True: pass", 600)
"""


def test_a_grader_that_is_killed_leaves_neither_server_nor_guests(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir(mode=0o777)
    open_the_way(tmp_path)
    secret = {"SECRET_OF_THE_COURSE": "postgresql://user:password@host"}
    with subprocess.Popen(
        [sys.executable, "-c", GRADER, str(tmp_path / "work")],
        cwd=Path(__file__).parent,
        env={**os.environ, **secret, "PYTHONPATH": str(Path(__file__).parent)},
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
    started = time.monotonic()
    server = ForkServer()
    pid = server._process.pid
    server.close()
    assert gone(pid)
    assert time.monotonic() - started < 5


def test_a_missing_layer_is_named_and_refused() -> None:
    layers = [Layer(name, name != "files", "no Landlock") for name in ("descriptors", "files", "memory")]
    assert [layer.name for layer in missing_layers(layers)] == ["files"]
    with pytest.raises(IsolationError, match=r"Missing: files \(no Landlock\)\. .*--isolation partial"):
        _require(layers)
    with pytest.raises(ValueError, match="'full' or 'partial'"):
        ForkServer("none")


@pytest.mark.parametrize("name", ["cell_wall_seconds", "memory_bytes", "cpu_seconds"])
def test_limits_must_be_above_zero(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Limits(**{name: 0})
    assert Limits(**{name: 1}).to_dict()[name] == 1


def test_time_without_a_processor_does_not_count(spawn: Spawn) -> None:
    guest = spawn()
    busy = [sys.executable, "-c", "print(flush=True)\nwhile True: pass"]
    # Each in a session of its own, as some kernels share out processors by session.
    rivals = [
        subprocess.Popen(busy, stdout=subprocess.PIPE, start_new_session=True)
        for _ in range(4 * len(os.sched_getaffinity(0)))
    ]
    try:
        for each in rivals:
            assert each.stdout is not None
            each.stdout.readline()  # it has begun
        started = time.monotonic()
        # 0.5 seconds of its own, of 1 that it may take; a fifth of a processor is left for it.
        code = "import time\nwhile time.process_time() - begun < 0.5: pass\nprint('done')"
        assert run_in(guest, f"import time; begun = time.process_time()\n{code}", wall_seconds=1.0) == "done"
        assert time.monotonic() - started > 1.0, "the machine was not loaded: this proves nothing"
    finally:
        for each in rivals:
            each.kill()
            each.communicate()


def test_patience_with_a_loaded_machine_ends(spawn: Spawn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ForkedGuest, "_held_up_seconds", lambda self: time.monotonic())
    started = time.monotonic()
    assert stopped_by(spawn(), "while True: pass", wall_seconds=0.3).outcome is Outcome.TIMED_OUT
    assert 1.0 < time.monotonic() - started < 5
