"""When memory runs out, the kernel ends the guest that uses it: not the grader, not the server, not another guest."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers import wait_until

from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.guest import ForkedGuest
from autograder.sandbox.limits import Limits
from autograder.sandbox.outcome import GuestStopped, Outcome
from autograder.sandbox.server import ForkServer

GROUPS = Path("/sys/fs/cgroup")
MEBIBYTE = 1 << 20
GROUP_BYTES = 900 * MEBIBYTE
# It has most, and the kernel would end it first.
BYSTANDER = f"import sys; input(); kept = b'x' * {700 * MEBIBYTE}; print(len(kept), flush=True); sys.stdin.read()"
HUNGRY = """
import time
kept = []
for _ in range(60):
    kept.append(b"x" * (10 << 20))
    time.sleep(0.01)
"""


@pytest.fixture
def group() -> Iterator[Path]:
    """A control group whose processes may use `GROUP_BYTES` together, from now on."""
    for folder, limit in ((GROUPS / "memory", "memory.limit_in_bytes"), (GROUPS, "memory.max")):
        made = folder / f"autograder-test-{os.getpid()}"
        try:
            made.mkdir()
        except OSError:
            continue
        try:
            (made / limit).write_text(str(GROUP_BYTES))
            yield made
            return
        except OSError:  # the other version of control groups is in use
            pass
        finally:
            assert wait_until(lambda: not (made / "cgroup.procs").read_text(), seconds=10)  # noqa: B023
            made.rmdir()
    pytest.skip("nobody can make a control group with a memory limit here")


def run(guest: ForkedGuest, source: str) -> object:
    reply, _ = guest.request({"op": "cell", "source": source, "label": "a cell", "names": []}, {}, 20)
    return reply["raised"]


def test_a_guest_is_the_first_to_go_and_its_server_is_not(server: ForkServer) -> None:
    with ForkSandbox(server, Limits()).start({}) as guest:
        score = Path(f"/proc/{guest.pid}/oom_score_adj")
        assert score.read_text().strip() == "1000"
    own = Path("/proc/self/oom_score_adj").read_text()
    assert Path(f"/proc/{server._process.pid}/oom_score_adj").read_text() == own


def test_a_hungry_guest_is_ended_and_nobody_else(server: ForkServer, group: Path) -> None:
    command = [sys.executable, "-c", BYSTANDER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as bystander:
        assert bystander.stdin is not None
        assert bystander.stdout is not None
        (group / "cgroup.procs").write_text(str(bystander.pid))
        bystander.stdin.write(b"\n")
        bystander.stdin.flush()
        assert bystander.stdout.readline()
        sandbox = ForkSandbox(server, Limits())
        with sandbox.start({}) as honest, sandbox.start({}) as hungry:
            for each in (honest.pid, hungry.pid):
                (group / "cgroup.procs").write_text(str(each))
            with pytest.raises(GuestStopped) as stopped:
                run(hungry, HUNGRY)
            assert stopped.value.stop.outcome is Outcome.DIED
            assert run(honest, "1 + 1") is None
        assert bystander.poll() is None
        bystander.communicate()
