"""Finds a student's mistake by mending it: small edits of their own code, until all checks of the exercise pass.

What mends is the mistake: its kind, its place, and the proof. It all happens in a guest of its own, of which nothing
is shown but the edit's kind and place in the student's text; points don't depend on it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from autograder.checks.mended import Mend
from autograder.judge import workbench
from autograder.judge.likeness import first_kinds, is_near
from autograder.judge.rehearsal import Frame, Rehearsal, alike, goes_on, rehearse
from autograder.judge.session import CheckSession
from autograder.judge.workbench import Offers
from autograder.report.report import Verdict
from autograder.sandbox import wire
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import GuestStopped

_TRIED_AT_ONCE = (60, 120, 240, 500)
_VERIFIED = 20
_FIRST = 3
_GONE_ON_FROM = 4
_STEPS = 8
_SHARE_FOR_ONE = 0.4  # of the budget, once a step towards two mistakes is known
MOST_MISTAKES = 3
_PAIRED = 80
_SLOWEST = 5.0  # times as long as the reference; an edit that takes longer has made an endless loop
_LEAST_SECONDS_EACH = 0.02

# Where a name is unknown, what does without it is no mend.
_UNKNOWN_NAME = ("NameError", "UnboundLocalError", "ModuleNotFoundError", "ImportError")
_OF_NAMES = ("misspelt", "definition", "self-", "too-", "into-loop", "out-of-loop", "global", "numpy-for-torch")

Way = tuple[Mend, ...]


class Budget:
    """Seconds of the processor, the grader's and the guest's, so that a busy machine finds what an idle one does."""

    def __init__(self, cpu_seconds: float) -> None:
        self._ends = time.process_time() + cpu_seconds

    @property
    def cpu_seconds_left(self) -> float:
        """What is left, zero or less if nothing is."""
        return self._ends - time.process_time()

    def spend(self, cpu_seconds: float) -> None:
        """Takes off what the guest has used."""
        self._ends -= cpu_seconds


@dataclass(frozen=True)
class Patient:
    """An exercise to be mended.

    Attributes:
        run: the notebook, in which the exercise's own code is the student's.
        session: the checks.
        right: the reference's rehearsal of a check.
        sources: the student's cells that define the exercise's functions.
        names: of these functions.
        checks: all of its checks' ids, the quickest first.
        failed: those that fail.
        budget: what the search may cost.
        mistakes: how many may come together.
    """

    run: NotebookRun
    session: CheckSession
    right: Callable[[str], Rehearsal]
    sources: tuple[str, ...]
    names: tuple[str, ...]
    checks: tuple[str, ...]
    failed: frozenset[str]
    budget: Budget
    mistakes: int = MOST_MISTAKES


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
    if first is None:
        return []
    rehearsal = rehearse(patient.session, patient.run, first)
    seconds_each = max(_LEAST_SECONDS_EACH, _SLOWEST * patient.right(first).result.seconds)
    if not rehearsal.requests or rehearsal.result.result.verdict is not Verdict.FAILED:
        return []
    workbench.load(patient.run, rehearsal.requests)
    edits = workbench.list_edits(patient.run, patient.sources)
    right = patient.right(first)
    expected = right.replies[: alike(rehearsal, right)] or None
    tries = _Tries(patient, edits, rehearsal, expected, failed, seconds_each)
    chosen = list(range(len(edits.kinds)))
    if _raised(rehearsal).get("type") in _UNKNOWN_NAME:
        chosen = [each for each in chosen if edits.kinds[each].startswith(_OF_NAMES)]
    ordered = sorted(chosen, key=_urgency(edits, rehearsal, expected))
    steps: dict[int, frozenset[str]] = {}
    for_one = patient.budget.cpu_seconds_left * (1 - _SHARE_FOR_ONE)
    for numbers in _portions(ordered):
        mending, further = tries.ways([(each,) for each in numbers], steps_too=mistakes > 1)
        if mending:
            return mending
        steps |= _steps(patient, further, failed) if mistakes > 1 else {}
        if patient.budget.cpu_seconds_left <= (for_one if steps else 0.0):
            break
    if steps:
        return _go_on(patient, edits, steps, mistakes)
    if mistakes > 1 and expected is not None:
        pairs = list(combinations(sorted(tries.different, key=lambda each: edits.sizes[each])[:_PAIRED], 2))
        pairs.sort(key=lambda pair: edits.sizes[pair[0]] + edits.sizes[pair[1]])
        return tries.ways(pairs, steps_too=False)[0]
    return []


@dataclass
class _Tries:
    """Tries against one rehearsal; `different` has an edit for each answer that there was."""

    patient: Patient
    edits: Offers
    rehearsal: Rehearsal
    expected: Sequence[Frame] | None
    failed: frozenset[str]
    seconds_each: float
    different: list[int] = field(default_factory=list)

    def ways(self, tries: Sequence[tuple[int, ...]], steps_too: bool) -> tuple[list[Way], list[int]]:
        """The smallest ways among `tries` that mend, and the edits after which the check gets further.

        What gives the right numbers is looked at first, and nothing else unless `steps_too`.
        """
        left = max(self.patient.budget.cpu_seconds_left, 0.0)
        answers = workbench.try_out(self.patient.run, tries, left, self.seconds_each)
        self.patient.budget.spend(answers.cpu_seconds)
        near: list[int] = []
        others: list[tuple[int, ...]] = []
        for frames, same in zip(answers.frames, answers.tries, strict=True):
            if len(tries[same[0]]) == 1:
                self.different.append(min((tries[each][0] for each in same), key=lambda each: self.edits.sizes[each]))
            if self.expected is None or is_near(frames, self.expected):
                near += same if self._goes_on(frames) else ()
            elif steps_too:
                others.append(same)
        if mending := self._mending([tries[each] for each in near]):
            return mending, []
        by_answer = dict(zip(answers.tries, answers.frames, strict=True))
        further = [each for same in others if self._goes_on(by_answer[same]) for each in same]
        mending = self._mending([tries[each] for each in further])
        return mending, [tries[each][0] for each in near + further]

    def _goes_on(self, frames: Sequence[Frame]) -> bool:
        return goes_on(self.patient.session, self.rehearsal, frames, self.patient.run)

    def _mending(self, ways: Sequence[tuple[int, ...]]) -> list[Way]:
        """Those of the smallest size after which all checks pass."""
        sizes = {way: sum(self.edits.sizes[each] for each in way) for way in ways}
        least: int | None = None
        mending = []
        for way in sorted(ways, key=lambda each: sizes[each])[:_VERIFIED]:
            if self.patient.budget.cpu_seconds_left <= 0 or (least is not None and sizes[way] > least):
                break
            if _mends(self.patient, way, self.failed):
                least = sizes[way]
                mending.append(tuple(self.edits.mend(number) for number in way))
        return mending


def _portions(ordered: Sequence[int]) -> Iterator[Sequence[int]]:
    start = 0
    for size in (*_TRIED_AT_ONCE, *[_TRIED_AT_ONCE[-1]] * len(ordered)):
        if start >= len(ordered):
            return
        yield ordered[start : start + size]
        start += size


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


def _mends(patient: Patient, numbers: Sequence[int], failed: frozenset[str]) -> bool:
    """Whether all checks pass with these edits in place, those that fail without them first."""
    workbench.put_in_place(patient.run, numbers)
    ordered = sorted(patient.checks, key=lambda each: each not in failed)
    return all(_passes(patient, each) for each in ordered)


def _passes(patient: Patient, check: str) -> bool:
    found = patient.session.run_checks(patient.run, frozenset({check}))[0]
    return found.result.verdict is Verdict.PASSED


def _steps(patient: Patient, further: Sequence[int], failed: frozenset[str]) -> dict[int, frozenset[str]]:
    """Edits after which more checks pass, and none fails that passed, each with those that fail still."""
    found = {}
    for number in further[:_STEPS]:
        workbench.put_in_place(patient.run, [number])
        left = frozenset(each for each in patient.checks if not _passes(patient, each))
        if left < failed:
            found[number] = left
    return found


def _go_on(patient: Patient, edits: Offers, steps: Mapping[int, frozenset[str]], mistakes: int) -> list[Way]:
    """Keeps one of the best steps, and goes on from there; the smallest ways in all."""
    ways: list[Way] = []
    for number in sorted(steps, key=lambda each: (len(steps[each]), edits.sizes[each]))[:_GONE_ON_FROM]:
        if patient.budget.cpu_seconds_left <= 0:
            break
        workbench.put_in_place(patient.run, [number])
        workbench.go_on(patient.run)
        ways += [(edits.mend(number), *way) for way in _search(patient, steps[number], mistakes - 1)]
        workbench.go_back(patient.run)
        if ways:
            break
    return ways


def _distinct(ways: Sequence[Way]) -> tuple[Way, ...]:
    """Without those that say the same as another."""
    return tuple({tuple((each.kind, each.places, each.other) for each in way): way for way in ways}.values())
