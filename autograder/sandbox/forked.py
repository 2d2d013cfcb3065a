"""The real sandbox: guests are forked from a warm process, and confined by the kernel.

This module imports no torch until a guest is started: a command opens the sandbox first, and imports torch while it
warms up.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.sandbox.confinement import Layer, missing_layers
from autograder.sandbox.limits import Limits
from autograder.sandbox.outcome import IsolationError, SandboxError, ServerGone
from autograder.sandbox.server import ForkServer
from autograder.sandbox.shared import copy_files, shared_folder

if TYPE_CHECKING:
    from autograder.sandbox.guest import ForkedGuest


_PAUSE_SECONDS = 0.2


@dataclass(frozen=True)
class ForkSandbox:
    """A fork server and limits, bound once. See `sandbox.Sandbox`.

    Attributes:
        server: forks the guests; several sandboxes may share it.
        isolation: "full" refuses to start a guest where a required layer is missing; "partial" goes on.
    """

    server: ForkServer
    limits: Limits = field(default_factory=Limits)
    isolation: str = "full"

    def __post_init__(self) -> None:
        if self.isolation not in ("full", "partial"):
            raise ValueError(f"isolation is {self.isolation!r}; it is 'full' or 'partial'")

    def start(self, files: Mapping[str, Path], data: Mapping[str, Path | bytes] | None = None) -> ForkedGuest:
        """See `sandbox.Sandbox.start`."""
        self.server.wait_until_ready()
        try:
            return self._start(files, data or {})
        except (IsolationError, ServerGone):
            raise
        except SandboxError:  # somebody may have killed it before it greeted, or there were too many processes just now
            time.sleep(_PAUSE_SECONDS)
            return self._start(files, data or {})

    def _start(self, files: Mapping[str, Path], data: Mapping[str, Path | bytes]) -> ForkedGuest:
        # A guest may be another user; nobody else can find its folder, as what is in the server's can't be listed.
        try:
            folder = Path(tempfile.mkdtemp(prefix="guest-", dir=self.server.folder))
        except FileNotFoundError as error:  # the server takes its folder along
            raise ServerGone("the fork server is gone") from error
        try:
            folder.chmod(0o777)
            copy_files(files, folder)
            channel, watch = self.server.spawn(folder, self.limits, shared_folder(self.server.folder, data))
        except BaseException:
            remove(folder)
            raise
        from autograder.sandbox.guest import ForkedGuest

        guest = ForkedGuest(channel, watch, self.limits, lambda: remove(folder))
        try:
            guest.greet()
            with contextlib.suppress(OSError):  # it and we take turns, which is quicker on one processor
                os.sched_setaffinity(guest.pid, os.sched_getaffinity(0))
            if self.isolation == "full":
                _require(guest.layers)
        except BaseException:
            guest.close()
            raise
        return guest

    def wait_until_ready(self) -> None:
        """See `sandbox.Sandbox.wait_until_ready`."""
        self.server.wait_until_ready()

    def prepare(self, modules: Collection[str], guests: int = 0) -> None:
        """See `sandbox.Sandbox.prepare`."""
        self.server.prepare(modules, guests)


@contextmanager
def open_sandbox(limits: Limits, isolation: str = "full") -> Iterator[ForkSandbox]:
    """This machine's sandbox, with a fork server of its own. Commands and pytest get theirs here, and nowhere else."""
    with ForkServer() as server:
        yield ForkSandbox(server, limits, isolation)


def remove(folder: Path) -> None:
    """Removes a guest's folder, whatever it has put there."""
    try:
        shutil.rmtree(folder, ignore_errors=True)
    except RecursionError:  # without the layer `folder`, a guest may have nested folders without end
        subprocess.run(["rm", "-rf", "--", folder], check=False)


def _require(layers: Sequence[Layer]) -> None:
    missing = missing_layers(layers)
    if missing:
        names = "; ".join(f"{layer.name} ({layer.detail})" for layer in missing)
        raise IsolationError(
            f"This machine can't isolate student code fully. Missing: {names}. "
            "Grade on another machine, or accept the risk with --isolation partial."
        )
