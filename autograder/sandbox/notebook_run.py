"""A notebook running in a guest: its cells, run once each, and a guest that is started again when it is stopped."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from autograder.sandbox.asked_ahead import Ahead
from autograder.sandbox.cell_run import CellRun, OutputsLeft, RunCell
from autograder.sandbox.confinement import Layer
from autograder.sandbox.failed import failed_statements, known_notes
from autograder.sandbox.outcome import Cause, GuestStopped, Outcome, ServerGone, Stop
from autograder.sandbox.prompt import Told
from autograder.sandbox.sandbox import Guest, Sandbox

if TYPE_CHECKING:
    import torch

_STATE_WALL_SECONDS = 2.0
_MAX_STATE_CHARACTERS = 64

Reply = tuple[Any, Any]
Answer = TypeVar("Answer", Reply, Told)


@dataclass
class NotebookRun:
    """One notebook being judged: its guest, started again whenever it is stopped, and what its cells gave.

    A cell that ends the guest is left out when the notebook is run again, so it costs its own limit once and
    takes nothing else down.

    Attributes:
        cells: in the order in which they run.
        homes: the solution cell that defines each name which checks may call.
        file_stubs: functions that students write in files: the file's path, and the name.
        files: the student's own files in the guest's folder, by their paths there.
        data: the course's, likewise.
        deadline: a `time.monotonic()` value, in seconds; nothing runs after it.
        tainted: whether the living guest has been called with inputs that students don't have. Whatever it says
            from then on may tell of them.
        knew: whether an earlier guest of this notebook was. Its successors show nothing more.
        lost_seconds: on cells and calls that had to be stopped.
        killed: whether a guest was killed, and not from here.
        notes: what the machine lacks that cells or calls asked for.
        raised_openly: type, cell and line of what calls with the notebook's own data raised.
        generation: grows with every new guest: a reference into one means nothing in the next.
        ahead: what the living guest was told ahead.
    """

    sandbox: Sandbox
    cells: tuple[RunCell, ...]
    homes: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, Path] = field(default_factory=dict)
    data: Mapping[str, Path | bytes] = field(default_factory=dict)
    deadline: float = math.inf
    lost_seconds: float = 0.0
    tainted: bool = False
    knew: bool = False
    runs: dict[int, CellRun] = field(default_factory=dict)
    layers: tuple[Layer, ...] = ()
    killed: bool = False
    server_gone: bool = False
    generation: int = 0
    stops: list[Outcome] = field(default_factory=list)
    raised_openly: set[tuple[Any, ...]] = field(default_factory=set)
    notes: set[str] = field(default_factory=set)
    ahead: Ahead = field(default_factory=Ahead)
    file_stubs: frozenset[tuple[str, str]] = frozenset()
    _guest: Guest | None = None
    _started: float = 0.0  # when the living guest was, in `time.monotonic()` seconds
    _is_pardoned: bool = False  # whether a guest was killed from outside, and its cells were run again
    _is_silent: bool = False  # whether a guest could not say what it holds
    _next: int = 0  # of `cells`, in the living guest
    _lethal: set[int] = field(default_factory=set)
    _outputs: OutputsLeft = field(default_factory=OutputsLeft)

    def guest(self, before: float = math.inf) -> Guest:
        """The living guest, in which every cell that can be run has been run, of those that stand before a position.

        Raises GuestStopped when time is up.
        """
        try:
            while True:
                self._seconds_left()
                if self._guest is None:
                    self._started = time.monotonic()
                    self._guest = self.sandbox.start(self.files, self.data)
                    self.generation += 1
                    self.layers = self._guest.layers
                self._run_cells(before)
                if self._guest is not None:
                    return self._guest
        except ServerGone:
            self.server_gone = True
            raise

    def is_up_to(self, before: float) -> bool:
        """Whether there is a living guest, in which no cell is left to run that stands before a position."""
        return self._guest is not None and all(each.position >= before for each in self.cells[self._next :][:1])

    def request(
        self,
        message: Mapping[str, Any],
        tensors: Mapping[str, torch.Tensor],
        most: float = math.inf,
        before: float = math.inf,
    ) -> Reply:
        """One request to the guest, which has `most` seconds. Raises GuestStopped; the next one starts a new guest.

        `before` is as for `guest`.
        """
        if (told := self.ahead.told(self, message, tensors)) is not None:
            return told.reply
        guest, seconds = self.guest(before), min(self.sandbox.limits.call_wall_seconds, most)
        return self.ask(partial(guest.request, message, tensors), seconds)

    def state(self) -> str | None:
        """A digest, by its own word, of what the living guest's notebook holds; None if that can't be told.

        It costs the notebook no time: a guest that can't tell is not asked again, and its successor gets the time.
        """
        if self._guest is None or self._is_silent:
            return None
        try:
            told = self._guest.request({"op": "state"}, {}, _STATE_WALL_SECONDS)[0].get("state")
        except GuestStopped as error:
            self.killed = self.killed or error.killed
            self._is_silent = True
            self.stop_unasked()
            return None
        return told if isinstance(told, str) and len(told) <= _MAX_STATE_CHARACTERS else None

    def redefine(self, label: str, names: Sequence[str], source: str) -> None:
        """Runs `source` in the place of whatever defined `names`. Raises GuestStopped like `request`."""
        message = {"op": "cell", "source": source, "label": label, "names": list(names), "forget": list(names)}
        self.request(message, {})

    def ask(self, ask: Callable[[float], Answer], wall_seconds: float) -> Answer:
        """What `ask` gets from the living guest in so many seconds, or in those that are left. Raises GuestStopped."""
        limits = self.sandbox.limits
        wall_seconds = min(wall_seconds, self._seconds_left())
        if self.lost_seconds > limits.lost_wall_seconds:
            wall_seconds = min(wall_seconds, limits.patience_wall_seconds)
        started = time.monotonic()
        try:
            answer = ask(wall_seconds)
        except GuestStopped as error:
            self.lost_seconds += time.monotonic() - started
            self.stops.append(error.stop.outcome)
            self.killed = self.killed or error.killed
            self.stop()
            raise
        except BaseException as error:  # a fault, of this guest at most
            self.server_gone = self.server_gone or isinstance(error, ServerGone)
            self.stop()
            raise
        self.notes |= known_notes((answer.reply if isinstance(answer, Told) else answer)[0].get("notes"))
        return answer

    def _seconds_left(self) -> float:
        left = self.deadline - time.monotonic()
        if left <= 0:
            self.stop()
            self.stops.append(Outcome.TIMED_OUT)
            raise GuestStopped(Stop(Outcome.TIMED_OUT, Cause.TIME_USED_UP, self.sandbox.limits.submission_wall_seconds))
        return left

    @contextmanager
    def on_the_side(self, seconds: float) -> Iterator[None]:
        """What is asked in here, for so many seconds, costs the notebook nothing; its guest is ended with it."""
        before = (self.lost_seconds, self.killed, self.stops, self.notes, self.runs)
        deadline, started = self.deadline, time.monotonic()
        self.stops, self.notes, self.runs = [], set(), dict(self.runs)
        self.deadline = started + seconds
        try:
            yield
        finally:
            self.stop()
            self.deadline = deadline + time.monotonic() - started
            self.lost_seconds, self.killed, self.stops, self.notes, self.runs = before

    def stop_unasked(self) -> None:
        """Ends the guest for something that nobody asked of it; its successor gets the time."""
        self.deadline += time.monotonic() - self._started
        self.stop()

    @property
    def has_guest(self) -> bool:
        """Whether one is living."""
        return self._guest is not None

    def stop(self) -> None:
        """Ends the guest."""
        self.knew = self.knew or self.tainted
        self.tainted = False
        self._next = 0
        self.ahead.forget()
        if self._guest is not None:
            self._guest.close()
            self._guest = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run_cells(self, before: float) -> None:
        while self._next < len(self.cells) and self.cells[self._next].position < before:
            cell = self.cells[self._next]
            self._next += 1
            if not cell.show and cell.position not in self.lethal and not self.run_cell(cell):
                return

    @property
    def lethal(self) -> set[int]:
        """The positions of cells that had to be stopped."""
        return self._lethal | {position for position, run in self.runs.items() if run.stop is not None}

    def go_on_from(self, earlier: NotebookRun) -> None:
        """Shows what cells gave in an earlier run, and nothing of this one, if that one's guests knew hidden inputs."""
        if earlier.knew or earlier.tainted:
            self.knew = True
            self.runs = {position: run for position, run in earlier.runs.items() if run.stop is None}

    def run_cell(self, cell: RunCell) -> bool:
        """Runs one cell in the living guest; False if the guest is gone."""
        message = {"op": "cell", "source": cell.source, "label": cell.label, "names": list(self.homes)}
        assert self._guest is not None
        before = (self.lost_seconds, self.killed, list(self.stops))
        try:
            reply, _ = self.ask(partial(self._guest.request, message, {}), self.sandbox.limits.cell_wall_seconds)
        except GuestStopped as error:
            if error.killed and not (self._is_pardoned or self.knew or self.tainted):
                self._is_pardoned = True  # nothing is known yet: all is run once more, as if nothing had happened
                self.lost_seconds, self.killed, self.stops = before
            elif self.knew:
                self._lethal.add(cell.position)
                self.runs.setdefault(cell.position, CellRun(left_out=True))
            else:
                self.runs[cell.position] = CellRun(stop=error.stop)
            return False
        if self.knew or self.tainted:
            self.runs.setdefault(cell.position, CellRun(left_out=True))
        elif cell.position not in self.runs:
            raised = reply["raised"] if isinstance(reply.get("raised"), dict) else None
            outputs, left_out = self._outputs.kept(reply.get("outputs"))
            failed, notes = failed_statements(reply.get("failed")), known_notes(reply.get("notes"))
            self.runs[cell.position] = CellRun(outputs, raised, left_out=left_out, failed=failed, notes=notes)
        return True
