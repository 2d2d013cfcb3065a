"""Finds a student's mistake by mending it: small edits of their own code, until all checks of the exercise pass.

What mends is the mistake: its kind, its place, and the proof. It all happens in a guest of its own, of which nothing
is shown but the edit's kind and place in the student's text; points don't depend on it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from typing import Any

from autograder.checks.python_errors import missing_attribute
from autograder.judge import workbench
from autograder.judge.likeness import first_kinds
from autograder.judge.rehearsal import Frame, Rehearsal, alike, rehearse
from autograder.judge.tries import Patient, Tries, Way, passes
from autograder.judge.workbench import Offers
from autograder.report.exercise_result import Verdict
from autograder.sandbox import wire
from autograder.sandbox.outcome import GuestStopped

_FIRST_PORTION = 60
_FIRST = 3  # off the size of edits that an answer speaks for
_GONE_ON_FROM = 6
_STEPS = 5
_SHARE_FOR_ONE = 0.4  # of the budget, once a step towards two mistakes is known
_PAIRED = 70
_LARGEST_TOGETHER = 14  # of several edits, each: with larger ones anything can be mended
_ASKED_OF_PAIRS = 3
_SLOWEST = 5.0  # times as long as the reference; an edit that takes longer has made an endless loop
_LEAST_SECONDS_EACH = 0.02
_LEAST_SECONDS_ASKED = 0.5  # an endless loop has had its whole time once: it is not given it again

# Where a name is unknown, what does without it is no mend.
_UNKNOWN_NAME = ("NameError", "UnboundLocalError", "ModuleNotFoundError", "ImportError")
_OF_NAMES = ("misspelt", "definition", "self-", "too-", "into-loop", "out-of-loop", "global", "numpy-for-torch")


def mend(patient: Patient) -> tuple[Way, ...]:
    """Ways to mend an exercise, all of the smallest size that was found; each is one edit, or several together."""
    try:
        workbench.open_workbench(patient.run, patient.sources, patient.names)
        ways = _search(patient, patient.failed, patient.mistakes)
        workbench.close_workbench(patient.run)
        return _distinct(ways)
    except (GuestStopped, wire.WireError):
        return ()


def _search(patient: Patient, failed: frozenset[str], mistakes: int) -> list[Way]:
    """Ways from the code as it is in the guest now, where the checks `failed` fail."""
    first = next((each for each in patient.checks if each in failed), None)
    if first is None or patient.budget.cpu_seconds_left <= 0:
        return []
    right_seconds = patient.right(first).result.seconds
    rehearsal = rehearse(patient.session, patient.run, first, max(_LEAST_SECONDS_ASKED, _SLOWEST * right_seconds))
    seconds_each = max(_LEAST_SECONDS_EACH, _SLOWEST * right_seconds)
    if not rehearsal.requests or rehearsal.result.result.verdict is not Verdict.FAILED:
        return []
    if len(rehearsal.replies) < len(rehearsal.requests):  # the guest was stopped, and this is a new one
        workbench.open_workbench(patient.run, patient.sources, patient.names)
    workbench.load(patient.run, rehearsal.requests)
    edits = workbench.list_edits(patient.run, patient.sources)
    right = patient.right(first)
    expected = right.replies[: alike(rehearsal, right)] or None
    tries = Tries(patient, edits, rehearsal, expected, failed, seconds_each)
    chosen = list(range(len(edits.kinds)))
    if _is_unknown_name(_raised(rehearsal), patient.sources):
        chosen = [each for each in chosen if edits.kinds[each].startswith(_OF_NAMES)]
    ordered = sorted(chosen, key=_urgency(edits, rehearsal, expected))
    steps: dict[int, frozenset[str]] = {}
    for_one = patient.budget.cpu_seconds_left * (1 - _SHARE_FOR_ONE)
    start, portion = 0, _FIRST_PORTION
    while start < len(ordered) and patient.budget.cpu_seconds_left > (for_one if steps else 0.0):
        mending, further, tried = tries.ways([(each,) for each in ordered[start : start + portion]], mistakes > 1)
        if mending:
            return mending
        steps |= _steps(patient, further, failed) if mistakes > 1 else {}
        start, portion = start + max(tried, 1), 2 * portion
    if mistakes == 1:
        return []
    strict = {number: left for number, left in steps.items() if left < failed}
    return (
        _go_on(patient, edits, strict, mistakes)
        or _pairs(patient, edits, ordered, patient.right(first), failed)
        or _go_on(patient, edits, {each: left for each, left in steps.items() if each not in strict}, mistakes)
    )


def _pairs(
    patient: Patient, edits: Offers, ordered: Sequence[int], right: Rehearsal, failed: frozenset[str]
) -> list[Way]:
    """Ways of two edits, where neither alone gets any further. More is asked than what the wrong code got to."""
    has_refs = any("ref" in message for message, _ in right.requests)
    if not right.replies or has_refs or patient.budget.cpu_seconds_left <= 0:
        return []
    workbench.load(patient.run, right.requests[:_ASKED_OF_PAIRS])
    seconds_each = max(_LEAST_SECONDS_EACH, _SLOWEST * right.result.seconds)
    tries = Tries(patient, edits, right, right.replies[:_ASKED_OF_PAIRS], failed, seconds_each)
    tries.ways([(each,) for each in ordered], False, math.inf)
    likely = [each for each in tries.different if edits.sizes[each] <= _LARGEST_TOGETHER]
    smallest = sorted(likely, key=lambda each: edits.sizes[each])[:_PAIRED]
    pairs = sorted(combinations(smallest, 2), key=lambda pair: edits.sizes[pair[0]] + edits.sizes[pair[1]])
    return tries.ways(pairs, False, math.inf)[0]


def _is_unknown_name(raised: Mapping[str, Any], sources: Sequence[str]) -> bool:
    """Whether the code asks for a name, or an attribute of `self`, that nothing has given a value."""
    missing = missing_attribute(str(raised.get("text")))
    of_self = bool(missing) and any(f"self.{missing}" in each for each in sources)
    return raised.get("type") in _UNKNOWN_NAME or (raised.get("type") == "AttributeError" and of_self)


def _urgency(edits: Offers, rehearsal: Rehearsal, expected: Sequence[Frame] | None) -> Callable[[int], int]:
    """Which edits to try first: the smallest; those of a kind that the answer speaks for, or in the line that raised,
    count as smaller than they are."""
    kinds = first_kinds(rehearsal.replies, expected)
    line = _raised(rehearsal).get("line", 0)

    def key(number: int) -> int:
        is_first = edits.kinds[number].startswith(kinds) or edits.is_in_line(number, line)
        return edits.sizes[number] - _FIRST * is_first

    return key


def _raised(rehearsal: Rehearsal) -> dict[str, Any]:
    """What the guest says of the exception that the last request ended with; empty if there is none."""
    raised = rehearsal.replies[-1][0].get("raised") if rehearsal.replies else None
    return raised if isinstance(raised, dict) else {}


def _steps(patient: Patient, further: Sequence[int], failed: frozenset[str]) -> dict[int, frozenset[str]]:
    """Edits after which a check gets further, each with the checks of `failed` that fail still."""
    found = {}
    for number in further[:_STEPS]:
        workbench.put_in_place(patient.run, [number])
        found[number] = frozenset(each for each in failed if not passes(patient, each))
    return found


def _go_on(patient: Patient, edits: Offers, steps: Mapping[int, frozenset[str]], mistakes: int) -> list[Way]:
    """Keeps one of the best steps, and goes on from there, to ways of which no edit can be left out."""
    likely = [each for each in steps if edits.sizes[each] <= _LARGEST_TOGETHER]
    for number in sorted(likely, key=lambda each: (len(steps[each]), edits.sizes[each]))[:_GONE_ON_FROM]:
        if patient.budget.cpu_seconds_left <= 0:
            break
        workbench.put_in_place(patient.run, [number])
        workbench.go_on(patient.run)
        ways = _search(patient, steps[number], mistakes - 1)
        needed = not ways or not _mends_alone(patient)
        workbench.go_back(patient.run)
        ways = [each for each in ways if _is_likely((edits.mend(number), *each))]
        if ways and needed:
            return [(edits.mend(number), *way) for way in ways]
    return []


def _is_likely(way: Way) -> bool:
    """Whether its edits are small, and none changes what another has changed: then one of them is no mistake."""
    places = [place for each in way for place in each.places]
    return len(set(places)) == len(places) and all(each.size <= _LARGEST_TOGETHER for each in way)


def _mends_alone(patient: Patient) -> bool:
    """Whether the edit that was verified last mends without the step before it."""
    workbench.leave_alone(patient.run)
    return all(passes(patient, each) for each in patient.checks)


def _distinct(ways: Sequence[Way]) -> tuple[Way, ...]:
    """Without those that say the same as another."""
    return tuple({tuple((each.kind, each.places, each.other) for each in way): way for way in ways}.values())
