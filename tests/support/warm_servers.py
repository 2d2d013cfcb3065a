"""The fork servers of the commands of `warm`, in forks of a process that has imported what guests need.

It is started as a fork server is, with the same clean environment, and makes no guest's shell: each fork warms up the
rest, and goes into namespaces of its own. What the commands ask it by is its own socket; each of them sends one
end of another, on which it is told the server's process id and given a descriptor of that process.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

_MESSAGE_BYTES = 1 << 18
_OWN = ("HOME", "IPYTHONDIR")  # that differ from one server to the other


class WarmServers:
    """The process, and what it was started with."""

    def __init__(self) -> None:
        from autograder.sandbox.server import _clean_environment

        self._environment = _clean_environment(tempfile.gettempdir())
        self._asked, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with its:
            subprocess.Popen(
                [sys.executable, "-I", __file__, str(its.fileno())],
                env=self._environment,
                cwd="/",
                pass_fds=[its.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def stand_in(self) -> None:
        """From now on the fork servers of this process are forks of the warm one, but for those in another
        environment."""
        from autograder.sandbox import server

        server.subprocess = SimpleNamespace(**{**vars(subprocess), "Popen": self._start})  # type: ignore[attr-defined]

    def _start(self, command: Sequence[str], *, env: Mapping[str, str], cwd: Path, **more: Any) -> Any:
        if _shared(env) != _shared(self._environment):
            return subprocess.Popen(command, env=env, cwd=cwd, **more)
        [control] = more["pass_fds"]
        told, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with told:
            with its:
                asked = json.dumps({"environment": {**env}, "folder": str(cwd)}).encode()
                socket.send_fds(self._asked, [asked], [its.fileno(), control, 1, 2])
            said, descriptors, _, _ = socket.recv_fds(told, 64, 1)
        return _Server(int(said), *descriptors)


def _shared(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in _OWN}


class _Server:
    """Of `subprocess.Popen` what `ForkServer` uses, for a process that is no child of this one."""

    def __init__(self, pid: int, descriptor: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._descriptor = descriptor

    def poll(self) -> int | None:
        if select.select([self._descriptor], [], [], 0)[0]:
            self.returncode = 0  # nobody but its parent is told
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise subprocess.TimeoutExpired("a fork server", timeout or 0)
            select.select([self._descriptor], [], [], left)
        return 0

    def kill(self) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)


def _serve(control: socket.socket) -> None:
    import gc

    import matplotlib.pyplot  # noqa: F401
    import matplotlib_inline.backend_inline  # noqa: F401
    import torch._subclasses.schema_check_mode
    import torch.utils.data  # noqa: F401

    from autograder.sandbox.inside import main, server  # noqa: F401

    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how they ended
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, _MESSAGE_BYTES, 4)
        if not message:
            return
        pid = os.fork()
        if pid == 0:
            control.close()
            try:
                _become(json.loads(message), *descriptors)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
        with socket.socket(fileno=descriptors[0]) as told:
            own = os.pidfd_open(pid)
            socket.send_fds(told, [str(pid).encode()], [own])
            os.close(own)
        for each in descriptors[1:]:
            os.close(each)


def _become(asked: Mapping[str, Any], told: int, control: int, out: int, err: int) -> None:
    """A fork server; never returns."""
    from autograder.sandbox.inside import server

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.close(told)
    os.setsid()
    for ours, its in ((out, 1), (err, 2)):
        os.dup2(ours, its)
        os.close(ours)
    sys.argv = [str(server.__file__), str(control)]
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    server.main(socket.socket(fileno=control))


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
