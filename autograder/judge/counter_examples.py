"""Which exercises get a counter-example: an input that may be told, on which the student's code goes wrong.

What a check on hidden inputs says holds no values, and what one on the notebook's data says holds no right ones. So
where one on hidden inputs has failed, small inputs are looked for that are none of the hidden ones. They are not where
the student knows enough: the mistake has a name, and a check has shown it on the notebook's own data.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from autograder.checks import counter_examples
from autograder.checks.counter_examples import CounterExample, load_counter_examples
from autograder.checks.loading import blame
from autograder.course.assignment import Assignment
from autograder.course.errors import CourseError
from autograder.judge.check_runs import CheckRun, came_back
from autograder.judge.diagnosis import home_cells
from autograder.judge.form import digest, form_of
from autograder.judge.likeness import answers_of
from autograder.judge.memory import Memory, Shown
from autograder.judge.naming import same_calls
from autograder.judge.search import Found, find_counter_example, hypothesis_package
from autograder.report.exercise_result import ExerciseResult, Verdict
from autograder.sandbox.cell_run import RunCell
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import SandboxError

_END = re.compile(r"(?<=[.?]) (?=\S)")  # of a sentence


class CounterExamples:
    """An assignment's counter-examples: loaded when they are first needed, as most submissions need none.

    Args:
        memory: where it is kept for other submissions what can be shown of code like this.
    """

    def __init__(self, assignment: Assignment, memory: Memory) -> None:
        self._assignment = assignment
        self._known_names = assignment.names
        self._memory = memory

    @cached_property
    def _entries(self) -> tuple[CounterExample, ...]:
        hypothesis_package()  # before their module imports it
        return load_counter_examples(self._assignment)

    def add(
        self,
        results: Sequence[ExerciseResult],
        check_runs: Sequence[CheckRun],
        judged_again: Mapping[str, Sequence[CheckRun]],
        cells: Sequence[RunCell],
        run: NotebookRun,
    ) -> tuple[list[ExerciseResult], list[str]]:
        """The results with counter-examples in the words of checks that failed on hidden inputs.

        Args:
            check_runs: all checks, in the student's own notebook.
            judged_again: by exercise, the same checks with reference code for earlier exercises that are wrong. If they
                gave other answers, there is no counter-example: what it shows may be an earlier exercise's mistake.
            cells: of that notebook.
            run: the notebook. Its guest knows neither hidden inputs nor reference code, and starts if it is needed.
        Returns:
            The results, and for staff, a sentence for each exercise whose counter-examples are at fault.
        Raises:
            SandboxError: like `Sandbox.start`.
        """
        added, faults = [], []
        for result in results:
            mine = [one for one in check_runs if one.exercise == result.name]
            short = _short_of_values(result, mine, judged_again.get(result.name, mine))
            if short and not run.stops:
                forms = [
                    form_of(each, self._known_names)
                    for each in home_cells(self._assignment.exercise(result.name), cells)
                ]
                key = digest(forms, result.name, answers_of(mine)) if forms else ""
                try:
                    result = self._added(result, short, run, key)
                except CourseError as error:
                    faults.append(str(error))
            added.append(result)
        return added, list(dict.fromkeys(faults))

    def _added(self, result: ExerciseResult, short: Sequence[CheckRun], run: NotebookRun, key: str) -> ExerciseResult:
        entries = [each for each in self._entries if each.exercise == result.name]
        # Only those functions that a failed check is about, if it says so.
        entries = [each for each in entries if any(_is_about(one, each) for one in short)] or entries
        last_moment = run.deadline
        run.deadline = min(last_moment, time.monotonic() + run.sandbox.limits.counter_example_wall_seconds)
        try:
            for entry in entries:
                if words := self._words(entry, run, key):
                    check = next((one for one in short if _is_about(one, entry)), short[0])
                    return _with_words(result, check, words)
        finally:
            run.deadline = last_moment
        return result

    def _words(self, entry: CounterExample, run: NotebookRun, key: str) -> str:
        """What is said of an input. Where code of this form has shown nothing before, that is not looked for again."""
        name = f"{key} {self._entries.index(entry)}"
        known = self._memory.find_shown(name)
        if known is None:
            found = self._found(entry, run, None)
            if found.is_whole and key:
                self._memory.keep_shown(name, Shown(found.arguments))
            return found.words
        return "" if known.arguments is None else self._found(entry, run, known.arguments).words

    def _found(self, entry: CounterExample, run: NotebookRun, known: Mapping[str, Any] | None) -> Found:
        try:
            return find_counter_example(entry, run, known=known)
        except SandboxError:
            raise
        except Exception as error:
            reason = blame(error, self._assignment.checks_folder)
            raise CourseError(counter_examples.broken(entry, reason)) from error


def _short_of_values(result: ExerciseResult, mine: Sequence[CheckRun], again: Sequence[CheckRun]) -> list[CheckRun]:
    """The checks that failed on hidden inputs, if nothing had to be stopped and the mistake is the exercise's own."""
    failed = [one for one in mine if one.result.verdict is Verdict.FAILED]
    if result.misconceptions and not all(one.hidden for one in failed):
        return []  # named, and shown on the notebook's own data
    calls = {one.result.id: one.calls for one in again}
    if result.verdict is not Verdict.FAILED:
        return []
    if not all(came_back(one) and same_calls(one.calls, calls[one.result.id]) for one in failed):
        return []
    still = {each.id for each in result.checks if each.verdict is Verdict.FAILED}
    return [one for one in failed if one.hidden and one.result.id in still]


def _is_about(one: CheckRun, entry: CounterExample) -> bool:
    return one.result.message.startswith(f"`{entry.called}(")


def _with_words(result: ExerciseResult, check: CheckRun, words: str) -> ExerciseResult:
    """The result with `words` added to what a check says, and to what is said of the exercise if that is the same."""
    said = next(each.message for each in result.checks if each.id == check.result.id)
    longer = " ".join([*beside_an_example(said, check.advice, words), words])
    checks = tuple(replace(each, message=longer) if each.id == check.result.id else each for each in result.checks)
    return replace(result, checks=checks, message=longer if result.message == said else result.message)


def beside_an_example(said: str, advice: str, words: str) -> list[str]:
    """The sentences of a check that stay beside a counter-example, so that there are three at most.

    What should be goes, as the example shows it; and all advice, where the example's error brings its own.
    """
    first, *rest = _END.split(said.removesuffix(advice).rstrip())
    if len(_END.split(words)) > 1:
        return [first]
    return [first, *rest[:-1], advice] if advice and said.endswith(advice) else [first, *rest]
