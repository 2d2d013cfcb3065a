"""A cell to run, and how it ran."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autograder.sandbox.failed import FailedStatement
from autograder.sandbox.outcome import Outcome, Stop


@dataclass(frozen=True)
class RunCell:
    """A code cell to run.

    Attributes:
        label: what error messages call it: its grade id, or "cell 7".
        source: its text.
        solution: its grade id, if it is a cell in which students answer, or None.
        position: its index in the notebook.
        show: whether it only shows things, so that the others can do without it: it runs after the judging.
    """

    label: str
    source: str
    solution: str | None
    position: int
    show: bool = False


@dataclass(frozen=True)
class CellRun:
    """How one cell ran.

    Attributes:
        outputs: as the guest sent them, in nbformat's form or as one of its own notes (`sandbox.inside.cells`).
        raised: what the guest says of an exception.
        stop: why it had to be stopped.
        left_out: whether further outputs were not kept, as the notebook has too many.
        not_run: whether it was not run, as other code of the notebook had to be stopped.
        failed: the statements that were left out.
        notes: what the machine lacks that it asked for (`sandbox.failed.known_notes`).
    """

    outputs: tuple[Mapping[str, Any], ...] = ()
    raised: Mapping[str, Any] | None = None
    stop: Stop | None = None
    left_out: bool = False
    not_run: bool = False
    failed: tuple[FailedStatement, ...] = ()
    notes: frozenset[str] = frozenset()

    @property
    def outcome(self) -> Outcome:
        """How the cell ended."""
        if self.stop is not None:
            return self.stop.outcome
        return Outcome.OK if self.raised is None else Outcome.RAISED
