"""Why a mark is not what it was: two reports of one submission, compared, in words for staff."""

from __future__ import annotations

from collections.abc import Iterator

from autograder.report.exercise_result import CheckResult, ExerciseResult, Verdict
from autograder.report.report import Report

_MAX_WORDS_CHARACTERS = 160
_NOW = {
    Verdict.PASSED: "passes now",
    Verdict.FAILED: "fails now",
    Verdict.SKIPPED: "is not tried now",
    Verdict.ERROR: "can't be run now, which is the grader's or the check's fault",
    Verdict.BY_HAND: "waits for staff now",
}


def differences(before: Report, now: Report) -> tuple[str, ...]:
    """Sentences on what is not as it was: of exercises with other points, of lateness, of the whole.

    Args:
        before, now: with marks in them.
    """
    return tuple(_differences(before, now))


def _differences(before: Report, now: Report) -> Iterator[str]:
    if before.status is not now.status:
        yield f"it was {before.status.replace('_', ' ')} and is {now.status.replace('_', ' ')}"
    known = {each.name: each for each in before.exercises}
    for each in now.exercises:
        if (old := known.pop(each.name, None)) is None:
            yield f"{each.name}: a new exercise, {each.points:g} of {each.max_points:g}"
        elif (old.points, old.max_points) != (each.points, each.max_points):
            why = "; ".join(_of_exercise(old, each))
            yield f"{each.name} {_marks(old, each)}" + (f": {why}" if why else "")
    for name, old in known.items():
        yield f"{name}: not there any more, {old.points:g} of {old.max_points:g} then"
    if before.late_penalty != now.late_penalty:
        yield f"penalty for lateness {before.late_penalty:g} → {now.late_penalty:g}"


def _marks(old: ExerciseResult, new: ExerciseResult) -> str:
    if old.max_points == new.max_points:
        return f"{old.points:g} → {new.points:g}"
    return f"{old.points:g} of {old.max_points:g} → {new.points:g} of {new.max_points:g}"


def _of_exercise(old: ExerciseResult, new: ExerciseResult) -> Iterator[str]:
    """Why an exercise has other points."""
    if old.ruling is not new.ruling:
        yield f"the question is {new.ruling or 'neither waived nor dropped any more'}"
    if old.by_hand != new.by_hand:
        yield "its points were given by hand" if new.by_hand else "its points are not given by hand any more"
    if old.follow_through != new.follow_through:
        beside = "beside reference code for earlier ones"
        yield f"judged {beside} now" if new.follow_through else f"not judged {beside} any more"
    known = {each.id: each for each in old.checks}
    for each in new.checks:
        yield from _of_check(known.pop(each.id, None), each)
    for each in known.values():
        yield f"`{_short(each)}` is not among its checks any more; it had {_VERDICT[each.verdict]}"


_VERDICT = {
    Verdict.PASSED: "passed",
    Verdict.FAILED: "failed",
    Verdict.SKIPPED: "not been tried",
    Verdict.ERROR: "broken off",
    Verdict.BY_HAND: "waited for staff",
}


def _of_check(old: CheckResult | None, new: CheckResult) -> Iterator[str]:
    words = f" (“{_brief(new.message)}”)" if new.message else ""
    if old is None:
        yield f"`{_short(new)}` is new and {_NOW[new.verdict].removesuffix(' now')}{words}"
        return
    if old.verdict is not new.verdict:
        yield f"`{_short(new)}` {_NOW[new.verdict]}{words}"
    elif old.share != new.share:
        yield f"`{_short(new)}` gives another part of its points{words}"
    if old.weight != new.weight:
        yield f"`{_short(new)}` weighs {new.weight:g}, not {old.weight:g}"


def _short(check: CheckResult) -> str:
    return check.id.rpartition("::")[2]


def _brief(message: str) -> str:
    words = " ".join(message.split())
    return words if len(words) <= _MAX_WORDS_CHARACTERS else f"{words[: _MAX_WORDS_CHARACTERS - 1]}…"
