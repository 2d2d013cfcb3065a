"""One guest from the trusted side: talk to it, end it, and say how it ended."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any, Self, TypeVar

import torch

from autograder.sandbox import wire
from autograder.sandbox.confinement import Layer
from autograder.sandbox.limits import Limits
from autograder.sandbox.outcome import Cause, GuestStopped, Outcome, SandboxError, ServerGone, Stop
from autograder.sandbox.prompt import Prompt, Script

T = TypeVar("T")

SPAWN_SECONDS = 30.0
_LAST_BREATH_SECONDS = 2.0
_MOST_PATIENCE = 4.0
_FIRST_NUMBER = 1 << 20  # of requests that are not in a script


class ForkedGuest:
    """One forked, confined process. See `sandbox.Guest`.

    Args:
        channel: the wire to it.
        watch: on which the fork server tells its process id and its end.
        limits: what it may use.
        clear_away: removes its files once it has ended.
    """

    def __init__(
        self, channel: socket.socket, watch: socket.socket, limits: Limits, clear_away: Callable[[], None]
    ) -> None:
        self._clear_away = clear_away
        self._channel = channel
        self._watch = watch
        self._limits = limits
        self._sequence = _FIRST_NUMBER
        self._closed = False
        self._ended_from_here = False
        self._schedstat: int | None = None
        self.pid = 0
        self.layers: tuple[Layer, ...] = ()
        self.cpu_seconds = 0.0

    def greet(self) -> None:
        """Waits for the guest's report of its layers, its first words. Raises SandboxError."""
        try:
            self._watch.settimeout(SPAWN_SECONDS)
            told = self._watch.recv(256)
            if not told:
                raise ServerGone("the fork server is gone")
            about = json.loads(told)
            if "refused" in about:
                raise SandboxError(f"the machine refused a process: {about['refused']}")
            self.pid = int(about["pid"])
            with contextlib.suppress(OSError):  # not every kernel has it
                self._schedstat = os.open(f"/proc/{self.pid}/schedstat", os.O_RDONLY)
            message, _ = wire.receive(self._channel, 65_536, self._patience(SPAWN_SECONDS))
            if "failed" in message:
                raise SandboxError(f"a guest did not start: {message['failed']}")
            self.layers = tuple(Layer(**layer) for layer in message["layers"])
        except wire.WireClosed as error:
            exit_code = self.close(patience_seconds=_LAST_BREATH_SECONDS)
            if exit_code is None:
                raise ServerGone("the fork server is gone") from error
            if exit_code < 0:
                raise SandboxError(f"a guest did not start: {_name(-exit_code)} ended it") from error
            raise SandboxError(f"a guest did not start: it ended with exit code {exit_code}") from error
        except (OSError, wire.WireError, ValueError, KeyError, TypeError) as error:
            raise SandboxError(f"a guest did not start: {error}") from error

    def request(
        self, message: Mapping[str, Any], tensors: Mapping[str, torch.Tensor], wall_seconds: float
    ) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
        """See `sandbox.Guest.request`."""
        self._sequence += 1
        frame = wire.pack({**message, "sequence": self._sequence}, tensors)
        seconds_left = self._patience(wall_seconds)

        def ask() -> bytes:
            wire.send(self._channel, frame, seconds_left)
            return wire.receive_frame(self._channel, self._limits.message_bytes, seconds_left)

        return self.parse_frame(self._tried(ask, wall_seconds), self._sequence)

    def prompt(self, script: Script, wall_seconds: float, limit: int) -> Prompt:
        """See `sandbox.Guest.prompt`."""
        return Prompt(self, script, wall_seconds, limit)

    def send_frame(self, frame: bytes, wall_seconds: float) -> None:
        """Sends a request that is packed already. Raises GuestStopped."""
        self._tried(lambda: wire.send(self._channel, frame, self._patience(wall_seconds)), wall_seconds)

    def receive_frame(self, wall_seconds: float) -> bytes:
        """The next reply as it is. Raises GuestStopped."""
        most_bytes = self._limits.message_bytes
        return self._tried(
            lambda: wire.receive_frame(self._channel, most_bytes, self._patience(wall_seconds)), wall_seconds
        )

    def parse_frame(self, frame: bytes, number: int) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
        """The reply to the request of that number. Raises GuestStopped: it is malformed, or to another one."""

        def parse() -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
            reply, tensors = wire.parse(frame)
            if reply.get("sequence") != number:
                raise wire.WireError("an answer came out of turn")
            return reply, tensors

        return self._tried(parse, 0.0)

    def has_reply(self, wall_seconds: float) -> bool:
        """Whether the next reply begins to come within so many seconds, or the guest ends."""
        return bool(select.select([self._channel], [], [], wall_seconds)[0])

    def _tried(self, step: Callable[[], T], wall_seconds: float) -> T:
        """A step on the wire. If it fails the guest is ended, and GuestStopped says how that came."""
        try:
            return step()
        except wire.WireTimeout as error:
            self.close()
            raise GuestStopped(Stop(Outcome.TIMED_OUT, Cause.TOO_SLOW, wall_seconds)) from error
        except wire.WireClosed as error:
            exit_code = self.close(patience_seconds=_LAST_BREATH_SECONDS)
            if exit_code is None:
                raise ServerGone("the fork server is gone") from error
            stop = self._how_it_ended(exit_code)
            raise GuestStopped(stop, stop.cause is Cause.KILLED) from error
        except wire.WireTooLarge as error:
            self.close()
            raise GuestStopped(Stop(Outcome.DIED, Cause.TOO_LARGE, error.size_bytes)) from error
        except wire.WireError as error:
            self.close()
            raise GuestStopped(Stop(Outcome.DIED, Cause.UNREADABLE)) from error

    def _how_it_ended(self, exit_code: int) -> Stop:
        if exit_code == -signal.SIGXCPU or self.cpu_seconds >= self._limits.cpu_seconds - 1:
            return Stop(Outcome.TIMED_OUT, Cause.PROCESSOR_TIME, self._limits.cpu_seconds)
        if exit_code == -signal.SIGKILL and not self._ended_from_here:
            return Stop(Outcome.DIED, Cause.KILLED)
        if exit_code in (-signal.SIGKILL, wire.LOST_EXIT_CODE):
            return Stop(Outcome.DIED, Cause.CUT_OFF)
        if exit_code < 0:
            return Stop(Outcome.DIED, Cause.SIGNAL, _name(-exit_code))
        return Stop(Outcome.DIED, Cause.EXIT, exit_code)

    def _patience(self, wall_seconds: float) -> wire.SecondsLeft:
        """Says how much of `wall_seconds` is left. Time in which the guest was ready and got no processor does not
        count, so that a loaded machine fails nobody; up to `_MOST_PATIENCE` times the limit in all."""
        started = time.monotonic()
        held_up = self._held_up_seconds()

        def seconds_left() -> float:
            elapsed = time.monotonic() - started
            if elapsed < wall_seconds:
                return wall_seconds - elapsed
            extra = self._held_up_seconds() - held_up
            return min(wall_seconds + extra, _MOST_PATIENCE * wall_seconds) - elapsed

        return seconds_left

    def _held_up_seconds(self) -> float:
        """How long the guest's main thread has waited for a processor so far, where the kernel says so."""
        if self._schedstat is None:
            return 0.0
        try:
            return int(os.pread(self._schedstat, 128, 0).split()[1]) / 1e9
        except (OSError, IndexError):  # it has just ended
            return 0.0

    def close(self, patience_seconds: float = 0.0) -> int | None:
        """Kills the guest if it still lives.

        Args:
            patience_seconds: how long it may take to end by itself, so that its own exit code is known.
        Returns:
            Its exit code, negative for a signal; None if it was closed before, or if the server is gone.
        """
        if self._closed:
            return None
        self._closed = True
        self._channel.close()
        if self._schedstat is not None:
            os.close(self._schedstat)
        exit_code = None
        with self._watch:
            try:
                if not patience_seconds or not select.select([self._watch], [], [], patience_seconds)[0]:
                    self._ended_from_here = True
                    with contextlib.suppress(OSError):  # it has already ended
                        self._watch.send(b"kill")
                self._watch.settimeout(SPAWN_SECONDS)
                try:
                    told = self._watch.recv(4096)
                except ConnectionResetError:  # buried before our word was read; the report is there all the same
                    told = self._watch.recv(4096)
                report = json.loads(told or b"{}")
                self.cpu_seconds = report.get("cpu_seconds", 0.0)
                exit_code = report.get("exit_code")
            except OSError:
                pass  # the server is gone, and its guests with it
        self._clear_away()
        return exit_code

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _name(number: int) -> str:
    """A signal's name; those from 34 on have none, but for the first and the last."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
