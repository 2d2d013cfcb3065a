"""The one seam where confinement can be swapped: what the grader knows of a sandbox, and nothing more.

`forked.ForkSandbox` is the real one; the tests have one that runs in their own process.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from autograder.sandbox.confinement import Layer
from autograder.sandbox.limits import Limits

if TYPE_CHECKING:
    import torch

    from autograder.sandbox.prompt import Prompt, Script


class Guest(Protocol):
    """One place where student code runs, apart from all others: ask it with `request`, end it with `close`.

    Attributes:
        layers: of confinement, as the guest reported them before it saw student code.
    """

    layers: tuple[Layer, ...]

    def request(
        self, message: Mapping[str, Any], tensors: Mapping[str, torch.Tensor], wall_seconds: float
    ) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
        """One request and its reply, of which nothing but the form has been checked.

        Args:
            message: plain data; `op` is "cell" or "call" (`sandbox.inside.main`).
            tensors: what the message refers to, by key.
            wall_seconds: how long it may take.
        Raises:
            GuestStopped: it did not answer in time, died, or broke the protocol; it is gone now.
            ServerGone: nothing can run here any more.
        """

    def prompt(self, script: Script, wall_seconds: float, limit: int) -> Prompt | None:
        """Goes through so many requests of a script, each of which may take so long; None: it can't be asked ahead."""

    def close(self) -> object:
        """Ends the guest, if it still lives, and removes its files."""


class Sandbox(Protocol):
    """Where student code runs.

    Attributes:
        limits: what each guest may use.
    """

    @property
    def limits(self) -> Limits: ...

    def start(self, files: Mapping[str, Path], data: Mapping[str, Path | bytes] | None = None) -> Guest:
        """A new guest, confined, with files in its working folder, which it may change without anybody else noticing.

        Args:
            files: the student's own, by their paths there: they are copied.
            data: the course's, of any size: all guests share one copy of them. They stand before `files` of the same
                path; a folder stands for an empty one.
        Raises:
            IsolationError: a layer of confinement is missing, and full isolation was asked for.
            ServerGone: nothing can run here any more.
            SandboxError: the guest did not start.
        """

    def wait_until_ready(self) -> None:
        """Waits until guests can be started. Call it before forking workers that share the sandbox."""

    def prepare(self, modules: Collection[str], guests: int = 0) -> None:
        """Says what guests will import, by whole names, and how many there will be at least, if that is known. What can
        be done beforehand costs them nothing; said early, it costs nobody time."""
