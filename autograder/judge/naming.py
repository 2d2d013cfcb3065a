"""Names a mistake by the values that it gives: compares a submission's answers with those of known mistakes.

Each misconception of the catalogue runs in a guest, in the reference notebook, against the same hidden checks; what
its calls came to is its trace. A failed exercise is named if exactly one trace is the same as its own. Traces are
made check by check, the quickest first, and only for mistakes that were alike so far: most differ at once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy
import torch

from autograder.checks.catalogue import Misconception
from autograder.checks.notebook import Call
from autograder.course.assignment import Assignment, Exercise
from autograder.judge.check_runs import CheckRun, Traces
from autograder.judge.session import CheckSession
from autograder.sandbox import values
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import GuestStopped
from autograder.sandbox.retries import again_if_killed

# A wrong formula gives the same float32 numbers whoever writes it, up to the order of operations (1e-6).
RTOL = 1e-4
ATOL = 1e-6


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

    def name(self, exercise: str, check_runs: Sequence[CheckRun]) -> Misconception | None:
        """The one misconception of `exercise` whose answers are the same in every check, or None.

        Args:
            check_runs: the results of all checks of the exercise, where what it builds on was right.
        """
        alike = list(self._known[exercise])
        for one in sorted(check_runs, key=lambda each: each.seconds):
            self._make(exercise, alike, one.result.id)
            alike = [each for each in alike if same_calls(one.calls, self._traces[exercise, each][one.result.id])]
        return self._known[exercise][alike[0]] if len(alike) == 1 else None

    def traces(self, exercise: str) -> dict[str, Traces]:
        """The whole trace of each misconception of `exercise`, by its id."""
        for check in self._session.checks[exercise]:
            self._make(exercise, list(self._known[exercise]), check)
        return {each: self._traces[exercise, each] for each in self._known[exercise]}

    def close(self) -> None:
        """Ends the guest in which the misconceptions run."""
        self._run.stop()

    def _make(self, exercise: str, entries: Sequence[str], check: str) -> None:
        """Makes the traces of `entries` for one check, where they are missing."""
        missing = [each for each in entries if check not in self._traces.setdefault((exercise, each), {})]
        home = self._assignment.exercise(exercise)
        for each in missing:
            self._traces[exercise, each][check] = self._calls(home, self._known[exercise][each], check)
        if missing:
            self._run.redefine(home.name, home.functions, home.reference)

    def _calls(self, home: Exercise, misconception: Misconception, check: str) -> tuple[Call, ...]:
        def attempt() -> tuple[tuple[Call, ...], bool]:
            self._run.killed = False
            try:
                self._run.redefine(home.name, home.functions, misconception.code)
                calls = self._session.run_checks(self._run, frozenset({check}))[0].calls
            except GuestStopped:
                calls = (Call("stopped"),)  # a mistake that ends the guest has no values to be named by
            return calls, self._run.killed

        return again_if_killed(attempt)


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
