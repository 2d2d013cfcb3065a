"""Guests and the fork server: limits enforced from outside, outcomes told apart, and nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from helpers import gone, run_in

from autograder.checks.messages import why_stopped
from autograder.sandbox import wire
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.guest import ForkedGuest
from autograder.sandbox.limits import Limits
from autograder.sandbox.outcome import Cause, GuestStopped, Outcome, SandboxError, Stop
from autograder.sandbox.server import ForkServer

Spawn = Callable[..., ForkedGuest]


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How many more seconds an answer was given, each time that somebody looked; from now on."""
    given: list[float] = []
    receive = wire.receive_frame

    def noting(channel: socket.socket, max_bytes: int, seconds_left: wire.SecondsLeft) -> Any:
        def left() -> float:
            given.append(seconds_left())
            return given[-1]

        return receive(channel, max_bytes, left)

    monkeypatch.setattr(wire, "receive_frame", noting)
    return given


def stopped_by(guest: ForkedGuest, source: str, wall_seconds: float = 20.0) -> Stop:
    """How running a cell ended the guest, which must be gone then."""
    pid = guest.pid
    with pytest.raises(GuestStopped) as caught:
        run_in(guest, source, wall_seconds)
    assert gone(pid)
    return caught.value.stop


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
def test_wall_time_is_enforced_from_outside(spawn: Spawn, waits: list[float], source: str) -> None:
    guest = spawn()
    waits.clear()
    stopped = stopped_by(guest, source, wall_seconds=0.5)
    assert stopped == Stop(Outcome.TIMED_OUT, Cause.TOO_SLOW, 0.5)
    assert why_stopped(stopped) == "it did not finish in 0.5 seconds"
    assert 0 < waits[0] <= 0.5
    assert max(waits) <= 4 * 0.5, "more than where the machine is loaded"
    assert waits[-1] <= 0


@pytest.mark.parametrize(
    "source", ["while True: pass", "import signal\nsignal.signal(24, signal.SIG_IGN)\nwhile True: pass"]
)
def test_processor_time_is_enforced_by_the_kernel(spawn: Spawn, source: str) -> None:
    stopped = stopped_by(spawn(cpu_seconds=1), source)
    assert stopped == Stop(Outcome.TIMED_OUT, Cause.PROCESSOR_TIME, 1)
    assert why_stopped(stopped) == "it used 1 seconds of processor time"


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
    assert stopped == Stop(Outcome.DIED, Cause.EXIT, 7)
    assert why_stopped(stopped) == "it ended Python itself (exit code 7)"


def test_a_crash_is_told_with_its_signal(spawn: Spawn) -> None:
    stopped = stopped_by(spawn(), "import ctypes; ctypes.string_at(0)")
    assert stopped == Stop(Outcome.DIED, Cause.SIGNAL, "SIGSEGV")
    assert why_stopped(stopped) == "Python was ended by the signal SIGSEGV"


def test_a_guest_is_the_first_of_its_processes_whom_a_signal_of_its_own_does_not_end(spawn: Spawn) -> None:
    guest = spawn()
    if not next(layer for layer in guest.layers if layer.name == "namespaces").active:
        pytest.skip("this machine lets us make no namespaces")
    assert (
        run_in(guest, "import os\nfor number in (9, 15, 40): os.kill(os.getpid(), number)\nprint(os.getpid())") == "1"
    )


@pytest.mark.parametrize(("number", "name"), [(11, "SIGSEGV"), (40, "signal 40")])
def test_a_signal_without_a_name_is_told_by_its_number(spawn: Spawn, number: int, name: str) -> None:
    assert spawn()._how_it_ended(-number) == Stop(Outcome.DIED, Cause.SIGNAL, name)


def test_endless_recursion_ends_in_an_error_or_a_death_not_in_a_hang(spawn: Spawn) -> None:
    guest = spawn(memory_bytes=64 << 20)
    assert run_in(guest, "def f(): return f()\nf()").startswith("raised: RecursionError")
    try:
        answer = run_in(guest, "import sys; sys.setrecursionlimit(10**9)\nf()", wall_seconds=3)
    except GuestStopped as error:
        answer = f"raised: {error.stop.outcome}"
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
    ("forged", "cause", "noticed"),
    [
        (
            'say(b\'{"sequence": 999, "outputs": [], "raised": null}\')',
            Cause.UNREADABLE,
            "an answer came out of turn",
        ),
        ("say(b'not json')", Cause.UNREADABLE, "a message could not be parsed"),
        ("say(b'[' * 100000)", Cause.UNREADABLE, "a message could not be parsed"),
        ("say(b'[]')", Cause.UNREADABLE, "a message is not a JSON object"),
        ("say(b'{}', b'junk')", Cause.UNREADABLE, "a message could not be parsed"),
        ("os.write(wire, b'\\xff' * 8)", Cause.TOO_LARGE, "over the limit"),
        ("os.close(wire); import time; time.sleep(0.3)", Cause.CUT_OFF, "the channel is closed"),
    ],
)
def test_a_student_who_writes_on_the_wire_only_ends_the_own_guest(
    spawn: Spawn, forged: str, cause: Cause, noticed: str
) -> None:
    guest = spawn()
    pid = guest.pid
    run_in(guest, FIND_THE_WIRE)
    with pytest.raises(GuestStopped) as caught:
        run_in(guest, forged)
    assert gone(pid)
    assert (caught.value.stop.outcome, caught.value.stop.cause) == (Outcome.DIED, cause)
    assert noticed in str(caught.value.__cause__)


def test_a_guest_that_is_gone_by_its_own_doing_is_told_in_words() -> None:
    told = {
        Stop(Outcome.DIED, Cause.CUT_OFF): "it cut itself off from the grader",
        Stop(Outcome.DIED, Cause.KILLED): "the system ended it, most likely because memory ran out",
        Stop(Outcome.DIED, Cause.UNREADABLE): "its answer could not be read",
        Stop(Outcome.DIED, Cause.TOO_LARGE, 2**33 - 2): "its answer of 8589934590 bytes is too large to be read",
    }
    assert {stop: why_stopped(stop) for stop in told} == told


def test_a_guest_that_answers_in_advance_is_caught_at_the_next_request(spawn: Spawn) -> None:
    guest = spawn()
    run_in(guest, FIND_THE_WIRE)
    # It may forge the answer to the present request, which is its own to give; the real one is then out of turn.
    number = guest._sequence + 1
    run_in(guest, f"say(json.dumps({{'sequence': {number}, 'outputs': [], 'raised': None}}).encode())")
    with pytest.raises(GuestStopped) as caught:
        run_in(guest, "print(1)")
    assert caught.value.stop == Stop(Outcome.DIED, Cause.UNREADABLE)
    assert str(caught.value.__cause__) == "an answer came out of turn"


def test_a_guest_is_gone_once_it_is_closed(spawn: Spawn) -> None:
    guest = spawn()
    pid = guest.pid
    run_in(guest, "import threading, time; threading.Thread(target=time.sleep, args=(60,)).start()")
    assert guest.close() in (-signal.SIGKILL, 70)  # killed, or gone by itself as the wire closed
    assert gone(pid)
    assert guest.close() is None


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
        # It works until more than the second that it may take is over; a fifth of a processor is left for it.
        code = "import time; begun = time.monotonic()\nwhile time.monotonic() - begun < 1.2: pass\nprint('done')"
        assert run_in(guest, code, wall_seconds=1.0) == "done"
    finally:
        for each in rivals:
            each.kill()
            each.communicate()


def test_patience_with_a_loaded_machine_ends(spawn: Spawn, waits: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ForkedGuest, "_held_up_seconds", lambda self: time.monotonic())
    guest = spawn()
    waits.clear()
    started = time.monotonic()
    assert stopped_by(guest, "while True: pass", wall_seconds=0.3).outcome is Outcome.TIMED_OUT
    assert time.monotonic() - started >= 4 * 0.3
    *given, last = waits
    assert sum(given) <= 4 * 0.3 + 0.001
    assert last <= 0


def test_a_guest_that_dies_at_its_start_says_why(server: ForkServer) -> None:
    # a limit that can't be set stands for whatever may go wrong in a guest before it greets
    with pytest.raises(SandboxError, match=r"a guest did not start: OverflowError: .* \(_limit_resources") as caught:
        ForkSandbox(server, Limits(memory_bytes=1 << 70)).start({})
    assert "the channel is closed" not in str(caught.value)
    with ForkSandbox(server).start({}) as guest:
        assert run_in(guest, "print(1)") == "1", "the next one starts"


@pytest.mark.parametrize(
    ("end", "said"),
    [("os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL ended it"), ("os._exit(3)", "it ended with exit code 3")],
)
def test_how_a_guest_ended_at_its_start_is_named(server: ForkServer, end: str, said: str) -> None:
    ours, theirs = socket.socketpair()
    watch, told = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    child = subprocess.Popen([sys.executable, "-c", f"import os, signal; {end}"])
    code = child.wait()
    told.send(json.dumps({"pid": child.pid}).encode())
    told.send(json.dumps({"exit_code": code, "cpu_seconds": 0}).encode())
    theirs.close()
    with pytest.raises(SandboxError, match=f"a guest did not start: {said}"):
        ForkedGuest(ours, watch, Limits(), lambda: None).greet()
    told.close()
