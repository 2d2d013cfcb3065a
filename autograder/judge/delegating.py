"""What an earlier exercise's right code could win for another one that does nothing but call it.

The instructor's own notebook runs with a stub in the place of the other exercise's function: it only hands on its
arguments. A check that passes then, and would not if the stub raised, judges the earlier work: nobody gets its points
beside reference code for that one.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import product

from autograder.course.assignment import Assignment, Exercise
from autograder.course.marked_cells import bound_names, imported_names
from autograder.judge.memory import Memory
from autograder.judge.recorded_answers import Answers, Chain, RunAnswers
from autograder.judge.replaying import NoSandbox, NotRecorded
from autograder.judge.runs import reference_run
from autograder.judge.session import CheckSession
from autograder.report.exercise_result import Verdict
from autograder.sandbox.outcome import GuestStopped
from autograder.sandbox.retries import again_if_killed
from autograder.sandbox.sandbox import Sandbox

_MAX_WAYS = 30
_RAISES = "def {}(*args, **kwargs):\n    raise ValueError\n"


class Delegating:
    """What stubs win, of one notebook. It is found out once for each two exercises, when that is first asked. Close it.

    Args:
        sandbox: where the instructor's notebook runs.
        memory: where it is kept for other processes and runs.
    """

    def __init__(self, assignment: Assignment, session: CheckSession, sandbox: Sandbox, memory: Memory) -> None:
        self._assignment = assignment
        self._session = session
        self._sandbox = sandbox
        self._memory = memory
        self._run = reference_run(assignment, sandbox)
        self._is_sure = True
        self._won: dict[tuple[str, str], frozenset[str]] = {}
        self._without: dict[str, frozenset[str]] = {}

    def won(self, exercise: Exercise, earlier: str, answers: Answers | None = None) -> frozenset[str]:
        """The checks of an exercise that right code of the exercise `earlier` passes in its place.

        Args:
            answers: where it is kept; and where nothing may be run, what is known.
        Raises:
            NotRecorded: nothing may be run, and it is not known.
            SandboxError: like `Sandbox.start`.
        """
        pair, answers = (exercise.name, earlier), answers or Answers()
        name = json.dumps([exercise.name, "as", earlier])
        if pair not in self._won and isinstance(self._sandbox, NoSandbox):
            if name not in answers.known:
                raise NotRecorded(name)
            return frozenset(each.check for each in answers.known[name].chains) & self._checks(exercise)
        if pair not in self._won:
            self._won[pair] = self._kept(name, exercise, earlier)
        won = self._won[pair]
        answers.keep(name, RunAnswers(tuple(Chain(each, (), b"") for each in sorted(won)), {}, False))
        return won

    def _kept(self, name: str, exercise: Exercise, earlier: str) -> frozenset[str]:
        name = f"{self._assignment.notebook_name} {name}"  # the others of the assignment may have such exercises too
        if (known := self._memory.find_checks(name)) is not None:
            return known & self._checks(exercise)
        self._is_sure = True
        found = again_if_killed(lambda: self._find(exercise, self._assignment.exercise(earlier)))
        if self._is_sure:
            self._memory.keep_checks(name, found)
        return found

    def close(self) -> None:
        """Ends the guest that the instructor's notebook runs in."""
        self._run.stop()

    def _checks(self, exercise: Exercise) -> frozenset[str]:
        return frozenset(self._session.checks[exercise.name])

    def _find(self, exercise: Exercise, earlier: Exercise) -> tuple[frozenset[str], bool]:
        """What is won, and whether a guest was killed meanwhile, so that it is not known."""
        if exercise.solution_cell == earlier.solution_cell:
            return self._checks(exercise), False
        names, run = _names(exercise), self._run
        if run.killed or exercise.name not in self._without:
            run.killed = False
            self._without[exercise.name] = self._passed(
                exercise, names, "".join(map(_RAISES.format, exercise.functions))
            )
        passed = [self._passed(exercise, names, source) for source in _stubs(names, earlier)]
        return frozenset().union(*passed) - self._without[exercise.name], run.killed

    def _passed(self, exercise: Exercise, names: Sequence[str], source: str) -> frozenset[str]:
        """The checks that pass with `source` in the place of what defines `names`; none are asked after a stop."""
        run = self._run
        try:
            run.redefine(exercise.solution_cell, names, source)
            check_runs = self._session.run(run, frozenset({exercise.name}))
        except GuestStopped:
            check_runs = []
        with suppress(GuestStopped):
            if not run.stops:
                run.redefine(exercise.solution_cell, names, exercise.reference)
        self._is_sure = self._is_sure and not run.stops  # in more time it might have been another answer
        run.stops.clear()  # the next guest has the reference again
        return frozenset(one.result.id for one in check_runs if one.result.verdict is Verdict.PASSED)


def _stubs(names: Sequence[str], earlier: Exercise) -> Iterator[str]:
    """Code that makes all `names` something that the earlier exercise defines, in each way if those are few."""
    theirs = _names(earlier)
    alike = [(each,) * len(names) for each in theirs]
    ways = alike if len(theirs) ** len(names) > _MAX_WAYS else product(theirs, repeat=len(names))
    start = inspect.getsource(_handing_on) + (earlier.reference if set(names) & set(theirs) else "")
    for way in ways:
        yield f"{start}\n{', '.join(names)}, = map({_handing_on.__name__}, ({', '.join(way)},))\n"


def _handing_on(other: object) -> object:  # runs in the guest: its text is sent
    """Something that can stand in the place of another thing, and takes more arguments than that does."""
    import functools
    import inspect

    if not (inspect.isfunction(other) or inspect.isclass(other)):
        return other
    try:
        known = list(inspect.signature(other).parameters.values())
    except (TypeError, ValueError):
        return other
    kinds = [each.kind for each in known]
    names = [each.name for each in known if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
    takes_all, takes_any = inspect.Parameter.VAR_POSITIONAL in kinds, inspect.Parameter.VAR_KEYWORD in kinds
    count = sum(each in (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD) for each in kinds)

    @functools.wraps(other, updated=())
    def stub(*args, **kwargs):  # type: ignore[no-untyped-def]
        kwargs = kwargs if takes_any else {name: each for name, each in kwargs.items() if name in names}
        return other(*(args if takes_all else args[:count]), **kwargs)

    return stub


def _names(exercise: Exercise) -> tuple[str, ...]:
    """What its reference defines at its top level: functions, classes, variables."""
    found = bound_names(exercise.reference) | set(exercise.functions)
    return tuple(sorted(found - imported_names(exercise.reference)))
