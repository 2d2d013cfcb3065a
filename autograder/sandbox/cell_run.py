"""A cell to run, and how it ran."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from autograder.sandbox.failed import FailedStatement
from autograder.sandbox.outcome import Outcome, Stop

# Of one notebook; a cell's own limits are kept by the guest, if it is an honest one.
_MAX_OUTPUTS = 1_000
_MAX_OUTPUT_CHARACTERS = 20_000_000


@dataclass(frozen=True)
class RunCell:
    """A code cell to run.

    Attributes:
        label: what error messages call it: its grade id, or "cell 7".
        source: its text.
        solution: its grade id, if it is a cell in which students answer, or None.
        position: its index in the notebook.
        show: whether it only shows things, so that the others can do without it: it runs before the judging.
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


@dataclass
class OutputsLeft:
    """How many outputs of a notebook can still be kept, and characters in them."""

    count: int = _MAX_OUTPUTS
    characters: int = _MAX_OUTPUT_CHARACTERS

    def kept(self, outputs: Any) -> tuple[tuple[Mapping[str, Any], ...], bool]:
        """A cell's outputs, as long as those of the whole notebook are not too many, and whether some were left out."""
        kept: list[Mapping[str, Any]] = []
        for each in outputs if isinstance(outputs, list) else ():
            self.count -= 1
            try:
                self.characters -= len(json.dumps(each))
            except RecursionError:  # nested as deeply as could just be read
                continue
            if self.count < 0 or self.characters < 0:
                return tuple(kept), True
            if isinstance(each, dict):
                kept.append(each)
        return tuple(kept), False
