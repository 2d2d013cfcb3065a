"""Names a mistake by the values that it gives: compares a submission's answers with those of known mistakes.

Each misconception of the catalogue runs in a guest, in the reference notebook, against the same hidden checks; what
its calls came to is its trace. A failed exercise is named if exactly one trace is the same as its own, or that of code
that is nearly the same as its own. Traces are made check by check, the quickest first, and only for mistakes that were
alike so far: most differ at once.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy
import torch

from autograder.checks.catalogue import Misconception
from autograder.checks.notebook import Call
from autograder.course.assignment import Assignment
from autograder.judge.check_runs import CheckRun, Traces
from autograder.judge.form import Form, form_of
from autograder.judge.session import CheckSession
from autograder.sandbox import values
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import GuestStopped
from autograder.sandbox.retries import again_if_killed

# A wrong formula gives the same float32 numbers whoever writes it, up to the order of operations (1e-6).
RTOL = 1e-4
ATOL = 1e-6
_NEARLY_THE_SAME = 0.8
_TRIED_FIRST = 3


class Namer:
    """The traces of an assignment's misconceptions, made where they are needed and kept. Close it after use.

    Args:
        session: the checks.
        reference: the reference notebook, in which the misconceptions run one by one.
    """

    def __init__(
        self,
        assignment: Assignment,
        misconceptions: Sequence[Misconception],
        session: CheckSession,
        reference: NotebookRun,
    ) -> None:
        self._assignment = assignment
        self._session = session
        self._run = reference
        self._known: dict[str, dict[str, Misconception]] = {each.name: {} for each in assignment.exercises}
        for each in misconceptions:
            self._known.setdefault(each.exercise, {})[each.id] = each
        self._traces: dict[tuple[str, str], Traces] = {}
        self._words: dict[tuple[str, str], Counter[str]] = {}
        self._in_place: tuple[str, int] | None = None  # the entry that the living guest of this number has

    def entry(self, exercise: str, id: str) -> Misconception | None:
        """The misconception of `exercise` with this id, if there is one."""
        return self._known[exercise].get(id)

    def name(self, exercise: str, check_runs: Sequence[CheckRun], forms: Sequence[Form] = ()) -> Misconception | None:
        """The one misconception of `exercise` whose answers are the same in every check, or None.

        Those whose code is most like the student's are looked at first: one of them that has the same answers is the
        one, and none of the others need run.

        Args:
            check_runs: the results of all checks of the exercise, where what it builds on was right.
            forms: of the student's cells.
        """
        ordered = sorted(check_runs, key=lambda each: each.seconds)
        known = self._known[exercise]
        for entry in self._nearest(exercise, forms):
            if all(self._is_alike(exercise, entry, one) for one in ordered):
                self._put_back(exercise)
                return known[entry]
        alike = list(known)
        for one in ordered:
            alike = [each for each in alike if self._is_alike(exercise, each, one)]
        self._put_back(exercise)
        return known[alike[0]] if len(alike) == 1 else None

    def _nearest(self, exercise: str, forms: Sequence[Form]) -> list[str]:
        """The few entries whose code has nearly the same words as the student's, the nearest first."""
        words = Counter(word for each in forms for word in each.words)
        near = {each.id: _share_of_words(words, self._words_of(each)) for each in self._known[exercise].values()}
        likely = [each for each in near if near[each] >= _NEARLY_THE_SAME]
        return sorted(likely, key=near.__getitem__, reverse=True)[:_TRIED_FIRST]

    def _words_of(self, entry: Misconception) -> Counter[str]:
        key = (entry.exercise, entry.id)
        if key not in self._words:
            self._words[key] = Counter(form_of(entry.code, self._assignment.names).words)
        return self._words[key]

    def _is_alike(self, exercise: str, entry: str, one: CheckRun) -> bool:
        """Whether an entry's answers to a check are those of the student's."""
        return same_calls(one.calls, self._trace(exercise, entry, one.result.id))

    def traces(self, exercise: str) -> dict[str, Traces]:
        """The whole trace of each misconception of `exercise`, by its id."""
        checks = self._session.checks[exercise]
        found = {
            each: {check: self._trace(exercise, each, check) for check in checks} for each in self._known[exercise]
        }
        self._put_back(exercise)
        return found

    def close(self) -> None:
        """Ends the guest in which the misconceptions run."""
        self._run.stop()

    def _trace(self, exercise: str, entry: str, check: str) -> tuple[Call, ...]:
        """What a misconception's calls come to in a check; afterwards it may be in place."""
        known = self._traces.setdefault((exercise, entry), {})
        if check not in known:
            known[check] = again_if_killed(lambda: self._calls(exercise, self._known[exercise][entry], check))
        return known[check]

    def _calls(self, exercise: str, misconception: Misconception, check: str) -> tuple[tuple[Call, ...], bool]:
        run, home = self._run, self._assignment.exercise(exercise)
        run.killed = False
        try:
            if self._in_place != (misconception.id, run.generation) or not run.has_guest:
                run.redefine(home.name, home.functions, misconception.code)
                self._in_place = (misconception.id, run.generation)
            calls = self._session.run_checks(run, frozenset({check}))[0].calls
        except GuestStopped:
            calls = (Call("stopped"),)  # a mistake that ends the guest has no values to be named by
        return calls, run.killed

    def _put_back(self, exercise: str) -> None:
        """The reference is in its place again."""
        if self._in_place is not None:
            self._in_place = None
            home = self._assignment.exercise(exercise)
            self._run.redefine(home.name, home.functions, home.reference)


def _share_of_words(one: Counter[str], other: Counter[str]) -> float:
    """1 if both have the same words, 0 if they have none in common."""
    return 2 * (one & other).total() / max(1, one.total() + other.total())


def same_traces(mine: Traces, theirs: Traces) -> bool:
    """Whether every check's calls came to the same."""
    return mine.keys() == theirs.keys() and all(same_calls(mine[check], theirs[check]) for check in mine)


def same_calls(mine: Sequence[Call], theirs: Sequence[Call]) -> bool:
    """Whether two sequences of calls came to the same."""
    pairs = zip(mine, theirs, strict=False)
    return len(mine) == len(theirs) and all(a.kind == b.kind and _same(a.value, b.value) for a, b in pairs)


def _same(a: Any, b: Any) -> bool:
    """Equal in structure and, up to rounding, in numbers; names of parameters and dtypes of floats don't matter."""
    if isinstance(a, torch.Tensor) and isinstance(b, torch.Tensor):
        pair = a.double().flatten(), b.double().flatten()  # allclose takes no more than 64 dimensions
        return a.shape == b.shape and torch.allclose(*pair, rtol=RTOL, atol=ATOL, equal_nan=True)
    if isinstance(a, values.Array) and isinstance(b, values.Array):
        return _same(a.tensor, b.tensor)
    if isinstance(a, values.Ref) and isinstance(b, values.Ref):
        return a.is_module == b.is_module
    if isinstance(a, numpy.ndarray) and isinstance(b, numpy.ndarray):
        return a.shape == b.shape and _same(a.ravel().tolist(), b.ravel().tolist())
    if isinstance(a, dict) and isinstance(b, dict):
        return _same(list(a.values()), list(b.values()))
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(_same(one, other) for one, other in zip(a, b, strict=True))
    if isinstance(a, float) and isinstance(b, float):
        return math.isclose(a, b, rel_tol=RTOL, abs_tol=ATOL) or (math.isnan(a) and math.isnan(b))
    try:
        return type(a) is type(b) and bool(a == b)
    except (ValueError, TypeError, ArithmeticError):  # such as frames, which compare element by element
        return False
