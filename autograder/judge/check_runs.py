"""What came of one check, as the session of checks gives it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograder.checks.notebook import Call
from autograder.judge import looks
from autograder.judge.recorder import CheckInfo, Recorder
from autograder.report.exercise_result import CheckResult, Verdict


@dataclass(frozen=True)
class CheckRun:
    """One check's result, its exercise, the traceback for staff if it is an error, and the calls that it made.

    `look` is the error in a sentence for staff. `seconds` is how long the check took, on the wall. `guarded`: the check
    is public and yet its message holds no values, because the guest had been called with hidden inputs before, and
    could have told of them. `hidden`: it failed on inputs that students don't have, so its message holds no values.
    `public` is of the check; `advice` are its own words on what to try, where it failed.
    """

    exercise: str
    result: CheckResult
    trace: str
    calls: tuple[Call, ...] = ()
    seconds: float = 0.0
    guarded: bool = False
    look: str = ""
    hidden: bool = False
    public: bool = False
    advice: str = ""


def came_back(one: CheckRun) -> bool:
    """Whether no call of a check had to be stopped: another one might have to be, too."""
    return all(call.kind in ("value", "raised", "missing") for call in one.calls)


def all_passed(check_runs: Sequence[CheckRun]) -> bool:
    """Whether every check passed."""
    return all(one.result.verdict is Verdict.PASSED for one in check_runs)


# What each check's calls came to, by the check's id.
Traces = dict[str, tuple[Call, ...]]


def only(info: CheckInfo, recorder: Recorder) -> CheckRun:
    """A check's result if it reported exactly once; anything else is an error of ours."""
    found = recorder.results.get(info.id, [])
    look = recorder.looks.get(info.id, "")
    if len(found) == 1:
        calls, seconds = tuple(recorder.calls.get(info.id, ())), recorder.seconds[info.id]
        return CheckRun(
            *found[0],
            calls,
            seconds,
            guarded=info.id in recorder.guarded,
            look=look,
            hidden=info.id in recorder.hidden,
            public=info.public,
            advice=recorder.advice.get(info.id, ""),
        )
    look = look or looks.check_reported(info.id, len(found))
    trace = "\n".join(trace for _, _, trace in found) or look
    return CheckRun(info.exercise, CheckResult(info.id, info.title, Verdict.ERROR, info.weight), trace, look=look)
