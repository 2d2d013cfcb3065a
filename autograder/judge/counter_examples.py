"""Finds an input that may be told: one of the student's own world, on which their code and the right one differ.

What a check on hidden inputs says holds no values. Where no failed check of an exercise tells any, Hypothesis draws small
inputs, none of them hidden, and shrinks the first on which something else comes back than what is right.
"""

from __future__ import annotations

import math
import random
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib import import_module
from typing import Any

from autograder.checks import counter_examples, messages
from autograder.checks.counter_examples import CounterExample, load_counter_examples
from autograder.checks.loading import blame
from autograder.checks.notebook import Call, Notebook
from autograder.course.assignment import Assignment
from autograder.course.errors import CourseError
from autograder.judge.naming import same_calls
from autograder.judge.session import CheckRun
from autograder.report.report import ExerciseResult, Verdict
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import GuestStopped, SandboxError, ServerGone

# They end a search long before its time does, so that a submission gets the same counter-example each time.
_MAX_EXAMPLES = 40
_MAX_CALLS = 100
_SEARCHING = 0.8  # the share of the time after which only what was found is asked once more
_RAISED = re.compile(r"^`[^`]+` (?=raised )")


class CounterExamples:
    """An assignment's counter-examples: loaded when they are first needed, as most submissions need none."""

    def __init__(self, assignment: Assignment) -> None:
        self._assignment = assignment

    @cached_property
    def _entries(self) -> tuple[CounterExample, ...]:
        return load_counter_examples(self._assignment)

    def add(
        self,
        results: Sequence[ExerciseResult],
        check_runs: Sequence[CheckRun],
        judged_again: Mapping[str, Sequence[CheckRun]],
        run: NotebookRun,
    ) -> tuple[list[ExerciseResult], list[str]]:
        """The results with counter-examples in the words of failed checks, where none of an exercise's holds values.

        Args:
            check_runs: all checks, in the student's own notebook.
            judged_again: by exercise, the same checks with reference code for earlier exercises that are wrong. If they
                gave other answers, there is no counter-example: what it shows may be an earlier exercise's mistake.
            run: that notebook. Its guest knows neither hidden inputs nor reference code, and starts if it is needed.
        Returns:
            The results, and for staff, a sentence for each exercise whose counter-examples are at fault.
        Raises:
            SandboxError: like `Sandbox.start`.
        """
        added, faults = [], []
        for result in results:
            mine = [one for one in check_runs if one.exercise == result.name]
            told = _to_be_told_more(result, mine, judged_again.get(result.name, mine))
            if told and not run.stops:
                try:
                    result = self._added(result, told, run)
                except CourseError as error:
                    faults.append(str(error))
            added.append(result)
        return added, list(dict.fromkeys(faults))

    def _added(self, result: ExerciseResult, told: Sequence[CheckRun], run: NotebookRun) -> ExerciseResult:
        # First those functions that a failed check is about.
        entries = [each for each in self._entries if each.exercise == result.name]
        entries.sort(key=lambda each: not any(_is_about(one, each) for one in told))
        last_moment = run.deadline
        run.deadline = min(last_moment, time.monotonic() + run.sandbox.limits.counter_example_wall_seconds)
        try:
            for entry in entries:
                if words := self._found(entry, run):
                    check = next((one for one in told if _is_about(one, entry)), told[0])
                    return _with_words(result, check.result.id, words)
        finally:
            run.deadline = last_moment
        return result

    def _found(self, entry: CounterExample, run: NotebookRun) -> str:
        try:
            return find_counter_example(entry, run)
        except SandboxError:
            raise
        except Exception as error:
            reason = blame(error, self._assignment.checks_folder)
            raise CourseError(counter_examples.broken(entry, reason)) from error


def find_counter_example(entry: CounterExample, run: NotebookRun) -> str:
    """The sentence about the simplest input found on which the notebook gives something else than what is right.

    Args:
        run: a notebook whose guest knows no hidden inputs; it is asked until its deadline.
    Returns:
        The same sentence for the same code, unless time is up before all is tried. Empty if there is none.
    Raises:
        SandboxError: like `Sandbox.start`.
        Exception: whatever the entry's own code raises.
    """
    hypothesis = _hypothesis()
    now = time.monotonic()
    search = _Search(entry, run, until=now + _SEARCHING * (run.deadline - now))
    token = messages.public_inputs.set(True)
    try:
        run.guest()
        found = hypothesis.find(
            entry.arguments,
            search.is_wrong,
            settings=hypothesis.settings(
                max_examples=_MAX_EXAMPLES,
                phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
                verbosity=hypothesis.Verbosity.quiet,
                database=None,
                deadline=None,
            ),
            random=random.Random(0),
        )
        words = search.confirmed(found)
    except (GuestStopped, hypothesis.errors.NoSuchExample):
        words = ""
    finally:
        messages.public_inputs.reset(token)
    if run.server_gone:
        raise ServerGone("the fork server is gone")
    return words


@dataclass
class _Search:
    """One search.

    Attributes:
        until: a `time.monotonic()` value, in seconds.
        seen: what is to be said of each input that was asked, by the words for the input; empty where all was right.
        kind: what the first wrong answer was: "gave" or "raised". Shrinking goes on with that one.
        has_stopped: whether the guest had to be stopped.
    """

    entry: CounterExample
    run: NotebookRun
    until: float = math.inf
    seen: dict[str, str] = field(default_factory=dict)
    kind: str = ""
    has_stopped: bool = False

    def is_wrong(self, arguments: Mapping[str, Any]) -> bool:
        """Whether something else than what is right comes back. The same for the same input, as Hypothesis wants it."""
        key = counter_examples.inputs_words(arguments)
        if key not in self.seen:
            if self.has_stopped or len(self.seen) >= _MAX_CALLS or time.monotonic() > self.until:
                return False
            kind, words = self._ask(arguments)
            self.kind = self.kind or kind
            self.seen[key] = words if kind == self.kind else ""
        return bool(self.seen[key])

    def confirmed(self, arguments: Mapping[str, Any]) -> str:
        """What is to be said of an input, if the guest gives the same once more."""
        words = self.seen[counter_examples.inputs_words(arguments)]
        return words if self._ask(arguments)[1] == words and not self.has_stopped else ""

    def _ask(self, arguments: Mapping[str, Any]) -> tuple[str, str]:
        """What is wrong with the answer, "gave" or "raised", and the words for it; nothing where it is right, or where
        other words are better."""
        entry, right = self.entry, self.entry.right(**arguments)
        try:
            came_back = entry.asked(Notebook(self.run, entry.exercise, []), arguments)
        except messages.CheckFailed as error:
            self.has_stopped = self.has_stopped or error.stopped
            words = _RAISED.sub("", str(error))
            return ("raised", counter_examples.raised(entry, arguments, words)) if words != str(error) else ("", "")
        except ServerGone:  # an exception would be shrunk
            self.has_stopped = True
            return "", ""
        if not counter_examples.differs(came_back, right):
            return "", ""
        return "gave", counter_examples.gave(entry, arguments, came_back, right)


def _to_be_told_more(
    result: ExerciseResult, mine: Sequence[CheckRun], again: Sequence[CheckRun]
) -> list[CheckRun]:
    """The failed checks of an exercise, if none of them told values, none had to be stopped, and the mistake is its own."""
    failed = [one for one in mine if one.result.verdict is Verdict.FAILED]
    calls = {one.result.id: one.calls for one in again}
    if result.verdict is not Verdict.FAILED:
        return []
    if not all(one.hidden and _came_back(one) and same_calls(one.calls, calls[one.result.id]) for one in failed):
        return []
    still = {each.id for each in result.checks if each.verdict is Verdict.FAILED}
    return [one for one in failed if one.result.id in still]


def _came_back(one: CheckRun) -> bool:
    """Whether no call of a check had to be stopped: another one might have to be, too."""
    return all(call.kind in ("value", "raised", "missing") for call in one.calls)


def _is_about(one: CheckRun, entry: CounterExample) -> bool:
    return one.result.message.startswith(f"`{entry.called}(")


def _with_words(result: ExerciseResult, check: str, words: str) -> ExerciseResult:
    """The result with `words` added to what a check says, and to what is said of the exercise if that is the same."""
    said = next(each.message for each in result.checks if each.id == check)
    longer = f"{said} {words}".strip()
    checks = tuple(replace(each, message=longer) if each.id == check else each for each in result.checks)
    return replace(result, checks=checks, message=longer if result.message == said else result.message)


@cache
def _hypothesis() -> Any:
    """The package: slow to import, and needed only where something is wrong."""
    hypothesis = import_module("hypothesis")
    providers = import_module("hypothesis.internal.conjecture.providers")
    # It would read the sources of this whole program for numbers that it might try, and note them in a folder of its own.
    providers._get_local_constants = lambda: providers.Constants()
    return hypothesis
