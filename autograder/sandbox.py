"""The trusted side of the sandbox: starts the fork server, asks it for guests, talks to them, ends them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import torch

from autograder import wire
from autograder.limits import Limits

START_SECONDS = 120.0
SPAWN_SECONDS = 30.0
REQUIRED_LAYERS = ("descriptors", "limits", "user", "files", "signals", "syscalls")
_KEPT_VARIABLES = ("LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


class SandboxError(Exception):
    """The sandbox itself failed: our fault or the machine's, never the student's."""


class IsolationError(SandboxError):
    """A layer of confinement is missing on this machine, and full isolation was asked for."""


class Outcome(StrEnum):
    """How running student code ended."""

    OK = "ok"
    RAISED = "raised"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    DIED = "died"
    SANDBOX_ERROR = "sandbox_error"


class GuestStopped(Exception):
    """The guest is gone: `outcome` says why, in `timed_out`, `out_of_memory` or `died`."""

    def __init__(self, outcome: Outcome, detail: str) -> None:
        super().__init__(detail)
        self.outcome = outcome
        self.detail = detail


@dataclass(frozen=True)
class Layer:
    """One layer of confinement as the guest reported it before it saw student code."""

    name: str
    active: bool
    detail: str


class ForkServer:
    """A warm process that forks guests. It knows no check and no solution: it is a fresh program, not a fork.

    Args:
        isolation: "full" refuses to make a guest where a required layer is missing; "partial" goes on.
    """

    def __init__(self, isolation: str = "full") -> None:
        if isolation not in ("full", "partial"):
            raise ValueError(f"isolation is {isolation!r}; it is 'full' or 'partial'")
        self._isolation = isolation
        self._scratch = tempfile.mkdtemp(prefix="autograder-")
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-I", "-m", "autograder.guest.server", str(theirs.fileno())]
            self._process = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                env=_clean_environment(self._scratch),
                cwd=self._scratch,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._ready = False

    def spawn(self, work_folder: Path, limits: Limits) -> Guest:
        """A new guest, confined, in `work_folder`.

        Raises:
            IsolationError: a layer is missing and isolation is "full".
            SandboxError: the server or the guest did not start.
        """
        self._wait_until_ready()
        channel, guest_channel = socket.socketpair()
        watch, guest_watch = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        request = json.dumps({"work_folder": str(work_folder), "limits": limits.to_dict()}).encode()
        try:
            with guest_channel, guest_watch:
                descriptors = [guest_channel.fileno(), guest_watch.fileno()]
                socket.send_fds(self._control, [request], descriptors)
        except OSError as error:
            channel.close()
            watch.close()
            raise SandboxError("the fork server is gone") from error
        guest = Guest(channel, watch, limits)
        try:
            guest.greet()
            if self._isolation == "full":
                _require(guest.layers)
        except BaseException:
            guest.close()
            raise
        return guest

    def close(self) -> None:
        """Ends the server and with it every guest that it still has."""
        self._control.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _wait_until_ready(self) -> None:
        if self._ready:
            return
        self._control.settimeout(START_SECONDS)
        try:
            greeting = self._control.recv(16)
        except OSError:
            greeting = b""
        if greeting != b"ready":
            code = self._process.poll()
            raise SandboxError(f"the fork server did not start (exit code {code}); its error is above")
        self._control.settimeout(None)
        self._ready = True


class Guest:
    """One forked, confined process: ask it with `request`, end it with `close`."""

    def __init__(self, channel: socket.socket, watch: socket.socket, limits: Limits) -> None:
        self._channel = channel
        self._watch = watch
        self._limits = limits
        self._sequence = 0
        self._closed = False
        self.layers: tuple[Layer, ...] = ()
        self.cpu_seconds = 0.0

    def greet(self) -> None:
        """Waits for the guest's report of its layers, its first words."""
        try:
            self._watch.settimeout(SPAWN_SECONDS)
            self._watch.recv(wire.HEADER.size + 64)
            message, _ = wire.receive(self._channel, 65_536, time.monotonic() + SPAWN_SECONDS)
            self.layers = tuple(Layer(**layer) for layer in message["layers"])
        except (OSError, wire.WireError, KeyError, TypeError) as error:
            raise SandboxError(f"a guest did not start: {error}") from error

    def request(
        self, message: Mapping[str, Any], tensors: Mapping[str, torch.Tensor], wall_seconds: float
    ) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
        """Sends one request and returns its reply, which nobody but its form has been checked of.

        Raises:
            GuestStopped: it did not answer in `wall_seconds`, died, or broke the protocol; it is gone now.
        """
        deadline = time.monotonic() + wall_seconds
        self._sequence += 1
        try:
            wire.send(self._channel, wire.pack({**message, "sequence": self._sequence}, tensors), deadline)
            reply, reply_tensors = wire.receive(self._channel, self._limits.message_bytes, deadline)
            if reply.get("sequence") != self._sequence:
                raise wire.WireError("an answer came out of turn")
        except wire.WireTimeout as error:
            self.close()
            raise GuestStopped(Outcome.TIMED_OUT, f"it did not finish in {wall_seconds:g} seconds") from error
        except wire.WireError as error:
            exit_code = self.close()
            if exit_code == -signal.SIGXCPU or self.cpu_seconds >= self._limits.cpu_seconds - 1:
                raise GuestStopped(
                    Outcome.TIMED_OUT, f"it used {self._limits.cpu_seconds} seconds of processor time"
                ) from error
            raise GuestStopped(Outcome.DIED, _how_it_died(exit_code, error)) from error
        return reply, reply_tensors

    def close(self) -> int | None:
        """Kills the guest if it still lives. Returns its exit code, negative for a signal, None if unknown."""
        if self._closed:
            return None
        self._closed = True
        self._channel.close()
        exit_code = None
        with self._watch:
            try:
                self._watch.settimeout(SPAWN_SECONDS)
                with contextlib.suppress(OSError):  # it has already ended
                    self._watch.send(b"kill")
                report = json.loads(self._watch.recv(4096) or b"{}")
                self.cpu_seconds = report.get("cpu_seconds", 0.0)
                exit_code = report.get("exit_code")
            except OSError:
                pass  # the server is gone, and its guests with it
        return exit_code

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def missing_layers(layers: Sequence[Layer]) -> list[Layer]:
    """The required layers that are not active."""
    return [layer for layer in layers if layer.name in REQUIRED_LAYERS and not layer.active]


def _require(layers: Sequence[Layer]) -> None:
    missing = missing_layers(layers)
    if missing:
        names = "; ".join(f"{layer.name} ({layer.detail})" for layer in missing)
        raise IsolationError(
            f"This machine can't isolate student code fully. Missing: {names}. "
            "Grade on another machine, or accept the risk with --isolation partial."
        )


def _how_it_died(exit_code: int | None, error: wire.WireError) -> str:
    if exit_code is None or exit_code == -signal.SIGKILL:
        return str(error)
    if exit_code < 0:
        return f"Python was ended by the signal {signal.Signals(-exit_code).name}"
    return f"it ended Python itself (exit code {exit_code})"


def _clean_environment(scratch: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "autograder" / "matplotlib"
    with contextlib.suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": scratch,
        "IPYTHONDIR": scratch,
        "MPLCONFIGDIR": str(cache),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "LANG": "C.UTF-8",
        **kept,
    }
