"""A sandbox that confines nothing: cells and calls run in the test's own process. Quick, and it can be told to fail."""

from __future__ import annotations

import linecache
import socket
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from autograder.sandbox import wire
from autograder.sandbox.confinement import Layer
from autograder.sandbox.inside.calls import Answerer
from autograder.sandbox.inside.describing import describe
from autograder.sandbox.inside.mending import Workbench
from autograder.sandbox.inside.recorder import recording
from autograder.sandbox.limits import Limits
from autograder.sandbox.outcome import Cause, GuestStopped, Outcome, Stop


def nothing(message: Mapping[str, Any]) -> None:
    """What happens before a request, unless a test says otherwise."""


@dataclass
class FakeSandbox:
    """See `autograder.sandbox.sandbox.Sandbox`.

    Attributes:
        before: called with each request; what it raises is what the guest's request raises.
        guests: all that were started.
    """

    limits: Limits = field(default_factory=Limits)
    before: Callable[[Mapping[str, Any]], None] = nothing
    guests: list[FakeGuest] = field(default_factory=list)

    def start(self, files: Mapping[str, Path], data: Mapping[str, Path] | None = None) -> FakeGuest:
        self.guests.append(FakeGuest(self.before, {**files, **(data or {})}))
        return self.guests[-1]

    def wait_until_ready(self) -> None:
        pass

    def prepare(self, modules: Collection[str], guests: int = 0) -> None:
        pass


class FakeGuest:
    """See `autograder.sandbox.sandbox.Guest`. It notes its requests, and whether it was closed."""

    layers = (Layer("none", False, "a fake"),)

    def __init__(self, before: Callable[[Mapping[str, Any]], None], files: Mapping[str, Path]) -> None:
        self.files = files
        self.requests: list[Mapping[str, Any]] = []
        self.wall_seconds: list[float] = []
        self.closed = False
        self._before = before
        self._shell = SimpleNamespace(user_ns={"open": self._open}, recorder=None, transform_cell=str)
        self._answerer = Answerer(self._shell)
        self._workbench = Workbench(self._shell, self._answerer)

    def request(
        self, message: Mapping[str, Any], tensors: Mapping[str, torch.Tensor], wall_seconds: float
    ) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
        self.requests.append(message)
        self.wall_seconds.append(wall_seconds)
        self._before(message)
        if message["op"] == "call":
            return _unpacked(self._answerer.answer({**message, "sequence": 0}, tensors))
        if message["op"] == "mend":
            try:
                return _unpacked(self._workbench.answer({**message, "sequence": 0}, tensors))
            except Exception as error:  # a guest in which our own code fails ends
                raise GuestStopped(Stop(Outcome.DIED, Cause.CUT_OFF)) from error
        raised = None
        for each in message.get("forget", ()):
            self._shell.user_ns.pop(each, None)
        with recording(self._shell, 1000) as recorder:
            try:
                name, source = f"<{message['label']}>", message["source"]
                linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
                exec(compile(source, name, "exec"), self._shell.user_ns)
            except BaseException as error:
                raised = describe(error)
        self._answerer.remember(message["names"])
        return {"outputs": recorder.outputs, "raised": raised}, {}

    def prompt(self, script: Any, wall_seconds: float, limit: int) -> None:
        """It is asked one thing at a time."""

    def close(self) -> None:
        self.closed = True

    def _open(self, name: str) -> Any:
        return self.files[name].open()


def _unpacked(frame: bytes) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    mine, theirs = socket.socketpair()
    with mine, theirs:
        wire.send(mine, frame)
        return wire.receive(theirs, len(frame))
