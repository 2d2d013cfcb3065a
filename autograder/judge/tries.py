"""One exercise of a student's, to be mended, and what edits make of it when they are tried."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from autograder.checks.mended import Mend
from autograder.judge import workbench
from autograder.judge.likeness import is_near
from autograder.judge.rehearsal import Frame, Rehearsal, goes_on
from autograder.judge.session import CheckSession
from autograder.judge.workbench import Offers
from autograder.report.exercise_result import Verdict
from autograder.sandbox.notebook_run import NotebookRun

_PORTION_SECONDS = 0.15
_VERIFIED = 20
MOST_MISTAKES = 2

Way = tuple[Mend, ...]


class Budget:
    """Seconds of the processor, the grader's and the guest's, so that a busy machine finds what an idle one does."""

    def __init__(self, cpu_seconds: float) -> None:
        self.cpu_seconds = cpu_seconds
        self._ends = time.process_time() + cpu_seconds

    @property
    def cpu_seconds_spent(self) -> float:
        """What has been used so far."""
        return self.cpu_seconds - self.cpu_seconds_left

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


@dataclass
class Tries:
    """Tries against one rehearsal; `different` has an edit for each answer that there was, `known` what came of it."""

    patient: Patient
    edits: Offers
    rehearsal: Rehearsal
    expected: Sequence[Frame] | None
    failed: frozenset[str]
    seconds_each: float
    different: list[int] = field(default_factory=list)
    known: dict[bytes, bool] = field(default_factory=dict)

    def ways(
        self, tries: Sequence[tuple[int, ...]], steps_too: bool, most_seconds: float = _PORTION_SECONDS
    ) -> tuple[list[Way], list[int], int]:
        """The smallest ways among `tries` that mend, the edits after which the check gets further, and how many were
        tried.

        What gives the right numbers is looked at first, and nothing else unless `steps_too`. Then an edit is asked no
        more than what the code as it is gets wrong first, and the rest only if that is right now.
        """
        if not steps_too and self.telling < len(self.rehearsal.requests):
            answers = self._try_out(tries, most_seconds, self.telling)
            pairs = zip(answers.frames, answers.tries, strict=True)
            right = sorted(each for frames, same in pairs if self._is_near(frames, self.telling) for each in same)
            again = [tries[each] for each in right]
            mending, near, tried = self._ways(again, False, most_seconds) if again else ([], [], 0)
            return mending, near, answers.tried if tried == len(again) else right[tried]
        return self._ways(tries, steps_too, most_seconds)

    def _ways(
        self, tries: Sequence[tuple[int, ...]], steps_too: bool, most_seconds: float
    ) -> tuple[list[Way], list[int], int]:
        answers = self._try_out(tries, most_seconds)
        near: list[int] = []
        others: list[tuple[bytes, Sequence[Frame], tuple[int, ...]]] = []
        for frames, packed, same in zip(answers.frames, answers.packed, answers.tries, strict=True):
            if len(tries[same[0]]) == 1:
                self.different.append(min((tries[each][0] for each in same), key=lambda each: self.edits.sizes[each]))
            if self._is_near(frames):
                near += same if self._goes_on(packed, frames) else ()
            elif steps_too:
                others.append((packed, frames, same))
        if mending := self._mending([tries[each] for each in near]):
            return mending, [], answers.tried
        further = [each for packed, frames, same in others if self._goes_on(packed, frames) for each in same]
        mending = self._mending([tries[each] for each in further])
        return mending, [tries[each][0] for each in near + further], answers.tried

    def _try_out(
        self, tries: Sequence[tuple[int, ...]], most_seconds: float, requests: int | None = None
    ) -> workbench.Answers:
        left = min(max(self.patient.budget.cpu_seconds_left, 0.0), most_seconds)
        answers = workbench.try_out(self.patient.run, tries, left, self.seconds_each, requests)
        self.patient.budget.spend(answers.cpu_seconds)
        return answers

    def _is_near(self, frames: Sequence[Frame], count: int | None = None) -> bool:
        """Whether the answers, or the first ones, hold the right numbers, as far as these are known."""
        return self.expected is None or is_near(frames, self.expected[:count])

    @cached_property
    def telling(self) -> int:
        """How many requests it takes until the code as it is gives something wrong."""
        every = len(self.rehearsal.requests)
        if self.expected is None:
            return every
        return next((n for n in range(1, every) if not self._is_near(self.rehearsal.replies[:n], n)), every)

    def _goes_on(self, packed: bytes, frames: Sequence[Frame]) -> bool:
        if packed not in self.known:
            self.known[packed] = goes_on(self.patient.session, self.rehearsal, frames, self.patient.run)
        return self.known[packed]

    def _mending(self, ways: Sequence[tuple[int, ...]]) -> list[Way]:
        """Those of the smallest size after which all checks pass."""
        sizes = {way: sum(self.edits.sizes[each] for each in way) for way in ways}
        least: int | None = None
        mending = []
        for way in sorted(ways, key=lambda each: sizes[each])[:_VERIFIED]:
            if self.patient.budget.cpu_seconds_left <= 0 or (least is not None and sizes[way] > least):
                break
            if mends(self.patient, way, self.failed):
                least = sizes[way]
                mending.append(tuple(self.edits.mend(number) for number in way))
        return mending


def mends(patient: Patient, numbers: Sequence[int], failed: frozenset[str]) -> bool:
    """Whether all checks pass with these edits in place, those that fail without them first."""
    workbench.put_in_place(patient.run, numbers)
    ordered = sorted(patient.checks, key=lambda each: each not in failed)
    return all(passes(patient, each) for each in ordered)


def passes(patient: Patient, check: str) -> bool:
    found = patient.session.run_checks(patient.run, frozenset({check}))[0]
    return found.result.verdict is Verdict.PASSED
