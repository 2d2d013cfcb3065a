"""How running student code ended, and what may go wrong with the sandbox itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """How running student code ended."""

    OK = "ok"
    RAISED = "raised"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    DIED = "died"
    SANDBOX_ERROR = "sandbox_error"


def worst(seen: Sequence[Outcome]) -> Outcome:
    """The most serious outcome of the notebook's cells and of the calls into it."""
    order = (Outcome.DIED, Outcome.TIMED_OUT, Outcome.OUT_OF_MEMORY, Outcome.RAISED)
    return next((outcome for outcome in order if outcome in seen), Outcome.OK)


class Cause(StrEnum):
    """Why a guest is gone; `checks.messages` has the words for each."""

    TOO_SLOW = "too_slow"
    TIME_USED_UP = "time_used_up"
    PROCESSOR_TIME = "processor_time"
    MEMORY = "memory"
    CUT_OFF = "cut_off"
    KILLED = "killed"
    SIGNAL = "signal"
    EXIT = "exit"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    STARTED_AGAIN = "started_again"


@dataclass(frozen=True)
class Stop:
    """One stop: how running ended, why, and the figure that belongs to it.

    Attributes:
        outcome: `timed_out`, `out_of_memory` or `died`.
        value: seconds, bytes, an exit code or a signal's name, whichever the cause is about.
    """

    outcome: Outcome
    cause: Cause
    value: float | str = 0


class GuestStopped(Exception):
    """The guest is gone: `stop` says why.

    `killed`: by SIGKILL, and not from here. The guest may have done it to itself, or somebody to the guest: the kernel
    when memory ran out, or a hand.
    """

    def __init__(self, stop: Stop, killed: bool = False) -> None:
        super().__init__(f"{stop.outcome}: {stop.cause} {stop.value}")
        self.stop = stop
        self.killed = killed


class SandboxError(Exception):
    """The sandbox itself failed: our fault or the machine's, never the student's."""


class IsolationError(SandboxError):
    """A layer of confinement is missing on this machine, and full isolation was asked for."""


class ServerGone(SandboxError):
    """The fork server was ended from outside."""
