"""A submission running in a guest: its cells, run once each, and a guest that is made anew when it is stopped."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import torch

from autograder.assignment import Assignment, Exercise
from autograder.forkserver import ForkServer, ServerGone
from autograder.layers import Layer
from autograder.limits import Limits
from autograder.repair import RunCell
from autograder.sandbox import Guest, GuestStopped, Outcome

# Of one notebook; a cell's own limits are kept by the guest, if it is an honest one.
_MAX_OUTPUTS = 1_000
_MAX_OUTPUT_CHARACTERS = 20_000_000


@dataclass(frozen=True)
class CellRun:
    """How one cell ran: nbformat outputs as the guest sent them, and what it raised or why it was stopped."""

    outputs: tuple[Mapping[str, Any], ...] = ()
    outcome: Outcome = Outcome.OK
    raised: Mapping[str, Any] | None = None
    detail: str = ""


@dataclass
class Running:
    """One submission being judged: its guest, made anew whenever it is stopped, and what its cells gave.

    A cell that ends the guest is left out when the notebook is run again, so it costs its own limit once and
    takes nothing else down.

    Attributes:
        deadline: a `time.monotonic()` value, in seconds; nothing runs after it.
        tainted: whether the living guest has been called with inputs that students don't have. Whatever it says
            from then on may tell of them.
    """

    server: ForkServer
    assignment: Assignment
    cells: tuple[RunCell, ...]
    extra_files: tuple[tuple[str, Path], ...]
    limits: Limits
    deadline: float = math.inf
    tainted: bool = False
    runs: dict[int, CellRun] = field(default_factory=dict)
    layers: tuple[Layer, ...] = ()
    cpu_seconds: float = 0.0
    lost_seconds: float = 0.0
    killed: bool = False
    server_gone: bool = False
    stops: list[Outcome] = field(default_factory=list)
    _guest: Guest | None = None
    _folder: Path | None = None
    _generation: int = 0
    _outputs_left: int = _MAX_OUTPUTS
    _characters_left: int = _MAX_OUTPUT_CHARACTERS

    def guest(self) -> Guest:
        """The living guest, in which every cell that can be run has been run. Raises GuestStopped when time is up."""
        try:
            while self._guest is None:
                self._seconds_left()
                self._start()
                self._run_cells()
        except ServerGone:
            self.server_gone = True
            raise
        return self._guest

    @property
    def generation(self) -> int:
        """Grows with every new guest: a reference into one means nothing in the next."""
        return self._generation

    def request(self, message: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> tuple[Any, Any]:
        """One request to the guest. Raises GuestStopped; the next request starts a new guest."""
        return self._ask(self.guest(), message, tensors, self.limits.call_wall_seconds)

    def redefine(self, exercise: Exercise, source: str) -> None:
        """Puts `source` in the place of an exercise's definitions. Raises GuestStopped like `request`."""
        forget = f"for _name in {exercise.functions}: globals().pop(_name, None)"
        for code in (forget, source):
            message = {"op": "cell", "source": code, "label": exercise.name, "names": list(exercise.functions)}
            self.request(message, {})

    def _ask(
        self,
        guest: Guest,
        message: Mapping[str, Any],
        tensors: Mapping[str, torch.Tensor],
        wall_seconds: float,
    ) -> tuple[Any, Any]:
        wall_seconds = min(wall_seconds, self._seconds_left())
        if self.lost_seconds > self.limits.lost_wall_seconds:
            wall_seconds = min(wall_seconds, self.limits.patience_wall_seconds)
        started = time.monotonic()
        try:
            return guest.request(message, tensors, wall_seconds)
        except GuestStopped as error:
            self.lost_seconds += time.monotonic() - started
            self.stops.append(error.outcome)
            self.killed = self.killed or error.killed
            self.stop()
            raise
        except ServerGone:
            self.server_gone = True
            raise

    def _seconds_left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            self.stop()
            self.stops.append(Outcome.TIMED_OUT)
            total = f"{self.limits.submission_wall_seconds:g} seconds"
            raise GuestStopped(Outcome.TIMED_OUT, f"all {total} for this notebook were used up")
        return left

    def stop(self) -> None:
        """Ends the guest and removes its working folder."""
        self.tainted = False
        if self._guest is not None:
            self._guest.close()
            self.cpu_seconds += self._guest.cpu_seconds
            self._guest = None
        if self._folder is not None:
            _remove(self._folder)
            self._folder = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start(self) -> None:
        # A guest may be another user; nobody else can find its folder, as what is in the server's can't be listed.
        folder = self._folder = Path(tempfile.mkdtemp(prefix="guest-", dir=self.server.folder))
        folder.chmod(0o777)
        for name, path in self.extra_files:
            _copy(path, folder / name)
        for path in self.assignment.data_files:
            _copy(path, folder / path.relative_to(self.assignment.source_folder))
        self._guest = self.server.spawn(folder, self.limits)
        self._generation += 1
        self.layers = self._guest.layers

    def _run_cells(self) -> None:
        for cell in self.cells:
            earlier = self.runs.get(cell.position)
            lethal = earlier is not None and earlier.outcome not in (Outcome.OK, Outcome.RAISED)
            if not cell.show and not lethal and not self._run_cell(cell):
                return

    def show(self) -> None:
        """Runs the cells that only show things, in a guest that knows no hidden inputs which it could show.

        They don't run if something had to be stopped: then they might be, too. Raises GuestStopped like `guest`.
        """
        showing = [cell for cell in self.cells if cell.show]
        if showing and self.tainted and not self.stops:
            self.stop()
            self.guest()
        for cell in showing:
            if self.stops:
                self.runs.setdefault(cell.position, _NOT_RUN)
            else:
                self._run_cell(cell)

    def _run_cell(self, cell: RunCell) -> bool:
        """Runs one cell in the living guest; False if the guest is gone."""
        names = list(self.assignment.functions)
        message = {"op": "cell", "source": cell.source, "label": cell.label, "names": names}
        assert self._guest is not None
        try:
            reply, _ = self._ask(self._guest, message, {}, self.limits.cell_wall_seconds)
        except GuestStopped as error:
            self.runs[cell.position] = CellRun(outcome=error.outcome, detail=error.detail)
            return False
        if cell.position not in self.runs:
            raised = reply.get("raised")
            outcome, raised = (Outcome.RAISED, raised) if isinstance(raised, dict) else (Outcome.OK, None)
            self.runs[cell.position] = CellRun(self._kept(reply.get("outputs")), outcome, raised)
        return True

    def _kept(self, outputs: Any) -> tuple[Mapping[str, Any], ...]:
        """A cell's outputs, as long as those of the whole notebook are not too many."""
        kept: list[Mapping[str, Any]] = []
        for each in outputs if isinstance(outputs, list) else ():
            self._outputs_left -= 1
            try:
                self._characters_left -= len(json.dumps(each))
            except RecursionError:  # nested as deeply as could just be read
                continue
            if self._outputs_left < 0 or self._characters_left < 0:
                return (*kept, _TOO_MUCH)
            if isinstance(each, dict):
                kept.append(each)
        return tuple(kept)


_NOT_RUN_TEXT = "Not run, because other code of this notebook had to be stopped.\n"
_NOT_RUN = CellRun(({"output_type": "stream", "name": "stdout", "text": _NOT_RUN_TEXT},))
_TOO_MUCH = {"output_type": "stream", "name": "stdout", "text": "[further output of this notebook was left out]\n"}


def _remove(folder: Path) -> None:
    try:
        shutil.rmtree(folder, ignore_errors=True)
    except RecursionError:  # without the layer `folder`, a guest may have nested folders without end
        subprocess.run(["rm", "-rf", "--", folder], check=False)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target, follow_symlinks=False)
    target.chmod(0o666)
