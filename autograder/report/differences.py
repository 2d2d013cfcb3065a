"""Why a mark is not what it was: two reports of one submission, compared, in words for staff."""

from __future__ import annotations

from collections.abc import Iterator

from autograder.report.exercise_result import CheckResult, ExerciseResult, Verdict
from autograder.report.report import Change, Reason, Report

_MAX_WORDS_CHARACTERS = 200
_NOW = {
    Verdict.PASSED: "passes",
    Verdict.FAILED: "fails",
    Verdict.SKIPPED: "is not tried",
    Verdict.ERROR: "gives no result (the check's or the grader's fault)",
    Verdict.BY_HAND: "waits for staff",
}
_BESIDE = "judged beside reference code for earlier exercises"


def differences(before: Report, now: Report) -> tuple[Change, ...]:
    """What is not as it was: exercises with other points, lateness, the whole.

    Args:
        before, now: with marks in them.
    """
    return tuple(_differences(before, now))


def _differences(before: Report, now: Report) -> Iterator[Change]:
    if before.status is not now.status:
        yield Change("", before.score, now.score, (Reason(f"it was {_plain(before)} and is {_plain(now)}"),))
    known = {each.name: each for each in before.exercises}
    for each in now.exercises:
        if (old := known.pop(each.name, None)) is None:
            yield Change(each.name, 0.0, each.points, (Reason("a new exercise"),))
        elif (old.points, old.max_points) != (each.points, each.max_points):
            yield Change(each.name, old.points, each.points, tuple(_of_exercise(old, each)))
    for name, old in known.items():
        yield Change(name, old.points, 0.0, (Reason("not an exercise any more"),))
    if before.late_penalty != now.late_penalty:
        yield Change("", -before.late_penalty + 0.0, -now.late_penalty + 0.0, (Reason("the penalty for lateness"),))


def _plain(report: Report) -> str:
    return report.status.replace("_", " ")


def _of_exercise(old: ExerciseResult, new: ExerciseResult) -> Iterator[Reason]:
    """Why an exercise has other points."""
    if old.max_points != new.max_points:
        yield Reason(f"it has {new.max_points:g} points, not {old.max_points:g}")
    if old.ruling is not new.ruling:
        yield Reason(f"the question is {new.ruling or 'neither waived nor dropped any more'}")
    if old.by_hand != new.by_hand:
        yield Reason("points given by hand count" if new.by_hand else "points given by hand don't count any more")
    if old.follow_through != new.follow_through:
        yield Reason(_BESIDE if new.follow_through else f"not {_BESIDE} any more")
    known = {each.id: each for each in old.checks}
    for each in new.checks:
        yield from _of_check(known.pop(each.id, None), each)
    for each in known.values():
        yield Reason(f"`{_short(each)}` is not among its checks any more")


def _of_check(old: CheckResult | None, new: CheckResult) -> Iterator[Reason]:
    if old is None:
        yield Reason(f"`{_short(new)}` is new and {_NOW[new.verdict]}", _brief(new.message))
        return
    if old.verdict is not new.verdict:
        yield Reason(f"`{_short(new)}` {_NOW[new.verdict]} now", _brief(new.message))
    elif old.share != new.share:
        yield Reason(f"`{_short(new)}` gives another part of its points", _brief(new.message))
    if old.weight != new.weight:
        yield Reason(f"`{_short(new)}` weighs {new.weight:g}, not {old.weight:g}")


def _short(check: CheckResult) -> str:
    return check.id.rpartition("::")[2]


def _brief(message: str) -> str:
    words = " ".join(message.split())
    return words if len(words) <= _MAX_WORDS_CHARACTERS else f"{words[: _MAX_WORDS_CHARACTERS - 1]}…"
