"""Finds a student's mistake by mending it: small edits of their own code, until all checks of the exercise pass.

What mends is the mistake: its kind, its place, and the proof. It all happens in a guest of its own, of which nothing
is shown but the edit's kind and place in the student's text; points don't depend on it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from autograder.checks.mended import Mend
from autograder.judge import workbench
from autograder.judge.likeness import first_kinds, is_near
from autograder.judge.rehearsal import Frame, Rehearsal, goes_on, rehearse
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
_MOST_MISTAKES = 3
_PAIRED = 80
_SLOWEST = 5.0  # times as long as the reference; an edit that takes longer has made an endless loop
_LEAST_SECONDS_EACH = 0.02

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
    """

    run: NotebookRun
    session: CheckSession
    right: Callable[[str], Rehearsal]
    sources: tuple[str, ...]
    names: tuple[str, ...]
    checks: tuple[str, ...]
    failed: frozenset[str]
    budget: Budget


def mend(patient: Patient) -> tuple[Way, ...]:
    """Ways to mend an exercise, all of the smallest size that was found; each is one edit, or several together."""
    try:
        workbench.open_workbench(patient.run, patient.sources, patient.names)
        return _distinct(_search(patient, patient.failed, _MOST_MISTAKES))
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
    if len(rehearsal.replies) < len(rehearsal.requests):  # the guest was stopped, and this is a new one
        workbench.open_workbench(patient.run, patient.sources, patient.names)
    workbench.load(patient.run, rehearsal.requests)
    edits = workbench.list_edits(patient.run, patient.sources)
    right = patient.right(first).replies
    expected = right[: len(rehearsal.requests)] if len(right) >= len(rehearsal.requests) else None
    found = _Found(patient, edits, rehearsal, expected, failed)
    ordered = sorted(range(len(edits.kinds)), key=_urgency(edits, rehearsal, expected))
    for numbers in _portions(ordered):
        if patient.budget.cpu_seconds_left <= 0:
            return []
        tries = [(each,) for each in numbers]
        answers = _try_out(patient, tries, seconds_each)
        if mending := found.ways(tries, answers, near=expected is not None):
            least = min(_size(each) for each in mending)
            return [each for each in mending if _size(each) == least]
    if mistakes > 1 and found.further:
        if further := _go_on(patient, edits, found.further, failed, mistakes):
            return further
        workbench.load(patient.run, rehearsal.requests)
    if mistakes > 1 and expected is not None:
        pairs = list(combinations(sorted(found.different, key=lambda each: edits.sizes[each])[:_PAIRED], 2))
        pairs.sort(key=lambda pair: edits.sizes[pair[0]] + edits.sizes[pair[1]])
        answers = _try_out(patient, pairs, seconds_each)
        mending = found.ways(pairs, answers, near=True)
        least = min(map(_size, mending), default=0)
        return [each for each in mending if _size(each) == least]
    return []


def _try_out(patient: Patient, tries: Sequence[Sequence[int]], seconds_each: float) -> workbench.Answers:
    answers = workbench.try_out(patient.run, tries, max(patient.budget.cpu_seconds_left, 0.0), seconds_each)
    patient.budget.spend(answers.cpu_seconds)
    return answers


@dataclass
class _Found:
    """What has come of the tries so far: edits that get a check `further`, and one for each `different` answer."""

    patient: Patient
    edits: Offers
    rehearsal: Rehearsal
    expected: Sequence[Frame] | None
    failed: frozenset[str]

    def __post_init__(self) -> None:
        self.further: list[int] = []
        self.different: list[int] = []

    def ways(self, tries: Sequence[tuple[int, ...]], answers: workbench.Answers, near: bool) -> list[Way]:
        """The tries that mend. `near`: only those whose answer is as good as the right one are looked at closely."""
        accepted: list[int] = []
        for frame, same in zip(answers.frames, answers.tries, strict=True):
            if len(tries[same[0]]) == 1:
                self.different.append(min((tries[each][0] for each in same), key=lambda each: self.edits.sizes[each]))
            if near and self.expected is not None and not is_near(frame, self.expected):
                continue
            if goes_on(self.patient.session, self.rehearsal, frame, self.patient.run):
                accepted += same
        accepted.sort(key=lambda each: sum(self.edits.sizes[number] for number in tries[each]))
        mending = []
        for each in accepted[:_VERIFIED]:
            if self.patient.budget.cpu_seconds_left > 0 and _mends(self.patient, tries[each], self.failed):
                mending.append(tuple(self.edits.mend(number) for number in tries[each]))
        self.further += [tries[each][0] for each in accepted if len(tries[each]) == 1]
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
    raised = rehearsal.replies[-1][0].get("raised") if rehearsal.replies else None
    line = raised.get("line", 0) if isinstance(raised, dict) else 0

    def key(number: int) -> int:
        is_first = edits.kinds[number].startswith(kinds) or edits.is_in_line(number, line)
        return edits.sizes[number] - _FIRST * is_first

    return key


def _mends(patient: Patient, numbers: Sequence[int], failed: frozenset[str]) -> bool:
    """Whether all checks pass with these edits in place, those that fail without them first."""
    workbench.put_in_place(patient.run, numbers)
    ordered = sorted(patient.checks, key=lambda each: each not in failed)
    return all(_passes(patient, each) for each in ordered)


def _passes(patient: Patient, check: str) -> bool:
    found = patient.session.run_checks(patient.run, frozenset({check}))[0]
    return found.result.verdict is Verdict.PASSED


def _go_on(patient: Patient, edits: Offers, further: Sequence[int], failed: frozenset[str], mistakes: int) -> list[Way]:
    """Keeps an edit after which the checks get further, and goes on from there; the smallest ways in all."""
    steps: list[tuple[int, int, int]] = []
    left: dict[int, frozenset[str]] = {}
    for number in sorted(further, key=lambda each: edits.sizes[each])[:_VERIFIED]:
        workbench.put_in_place(patient.run, [number])
        left[number] = frozenset(each for each in patient.checks if not _passes(patient, each))
        steps.append((len(left[number]), edits.sizes[number], number))
    ways: list[Way] = []
    for _, _, number in sorted(steps)[:_GONE_ON_FROM]:
        if patient.budget.cpu_seconds_left <= 0:
            break
        workbench.put_in_place(patient.run, [number])
        workbench.go_on(patient.run)
        ways += [(edits.mend(number), *way) for way in _search(patient, left[number], mistakes - 1)]
        workbench.go_back(patient.run)
    ways = [each for each in ways if not _takes_back(each)]
    least = min(map(_size, ways), default=0)
    return [each for each in ways if _size(each) == least]


def _takes_back(way: Way) -> bool:
    """Whether one of its edits changes what another has changed: then one of them is no mistake."""
    places = [place for each in way for place in each.places]
    return len(set(places)) < len(places)


def _size(way: Way) -> int:
    return sum(each.size for each in way)


def _distinct(ways: Sequence[Way]) -> tuple[Way, ...]:
    """Without those that say the same as another."""
    return tuple({tuple((each.kind, each.places, each.other) for each in way): way for way in ways}.values())
