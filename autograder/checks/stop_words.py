"""Why student code was stopped, in words."""

from __future__ import annotations

from autograder.sandbox.outcome import Cause, Stop

_CAUSES = {
    Cause.TOO_SLOW: "it did not finish in {:g} seconds",
    Cause.TIME_USED_UP: "all {:g} seconds for this notebook were used up",
    Cause.PROCESSOR_TIME: "it used {:g} seconds of processor time",
    Cause.MEMORY: "it ran out of memory",
    Cause.CUT_OFF: "it cut itself off from the grader",
    Cause.KILLED: "the system ended it, most likely because memory ran out",
    Cause.SIGNAL: "Python was ended by the signal {}",
    Cause.EXIT: "it ended Python itself (exit code {:g})",
    Cause.TOO_LARGE: "its answer of {:.0f} bytes is too large to be read",
    Cause.UNREADABLE: "its answer could not be read",
    Cause.STARTED_AGAIN: "the notebook was started again after a stop",
}


# The same without figures, which code chooses by the moment and the way in which it ends.
_HIDDEN_CAUSES = {
    Cause.TOO_SLOW: "it did not finish in time",
    Cause.TIME_USED_UP: "all the time for this notebook was used up",
    Cause.PROCESSOR_TIME: "it used too much processor time",
    Cause.SIGNAL: "Python was ended by a signal",
    Cause.EXIT: "it ended Python itself",
    Cause.TOO_LARGE: "its answer is too large to be read",
}


def why_stopped(stop: Stop, public: bool = True) -> str:
    """Why something was stopped, as a clause; `public`: with its figures."""
    if not public and stop.cause in _HIDDEN_CAUSES:
        return _HIDDEN_CAUSES[stop.cause]
    figure = stop.value.removeprefix("signal ") if isinstance(stop.value, str) else stop.value
    return _CAUSES[stop.cause].format(figure)
