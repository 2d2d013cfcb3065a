"""Follow-through: a failed exercise is judged again beside reference code for what it may build on.

Reference code that could do the exercise's own work is no help: a check that it passes alone is asked beside the other
references only (`delegating`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from autograder.checks import page_words
from autograder.course.assignment import Assignment, Exercise
from autograder.course.marked_cells import used_names
from autograder.judge.check_runs import CheckRun
from autograder.judge.delegating import Delegating
from autograder.judge.follow_through import with_references
from autograder.judge.memory import Memory
from autograder.judge.points import better
from autograder.judge.recorded_answers import Answers
from autograder.judge.recording import looked_at
from autograder.judge.replaying import KnownVerdicts, asked
from autograder.judge.runs import notebook_run
from autograder.judge.session import CheckSession
from autograder.report.exercise_result import ExerciseResult, Verdict
from autograder.sandbox.cell_run import RunCell
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.sandbox import Sandbox
from autograder.submission.submission import Submission


@dataclass(frozen=True)
class Followed:
    """An exercise, judged again.

    Attributes:
        references: the exercises that it was judged beside the references of.
        run: beside all of them; its guest may live.
        check_runs: of all checks, in that run.
        standing: those of them that count: not the ones that a reference passes alone, unless they passed without it.
        lost: of checks that could not be judged beside these references, which ones.
    """

    exercise: Exercise
    assignment: Assignment
    references: frozenset[str]
    run: NotebookRun
    check_runs: list[CheckRun]
    standing: list[CheckRun]
    lost: frozenset[str]

    def better(self, first: ExerciseResult, check_runs: Sequence[CheckRun]) -> ExerciseResult:
        """The better one of both results.

        Args:
            first: what came of the exercise in the student's own notebook, from `check_runs`.
        """
        found = better(self.exercise, self.references, self.assignment, first, check_runs, self.standing)
        if not self.lost or found.verdict is not Verdict.FAILED:
            return found
        ordered = [each.name for each in self.assignment.exercises if each.name in self.lost]
        words = page_words.judged_with_own(self.exercise.name, ordered)
        return replace(found, message=f"{found.message} {words}".strip())


class BesideReferences:
    """Follow-through for one notebook of an assignment. Close it.

    Args:
        verdicts: what answers that were kept came to.
        memory: where it is kept what stubs win.

    Attributes:
        delegating: what stubs win.
    """

    def __init__(
        self,
        assignment: Assignment,
        session: CheckSession,
        sandbox: Sandbox,
        verdicts: KnownVerdicts,
        memory: Memory,
    ) -> None:
        self._assignment = assignment
        self._session = session
        self._sandbox = sandbox
        self._verdicts = verdicts
        self.delegating = Delegating(assignment, session, sandbox, memory)

    def close(self) -> None:
        """Ends the guest in which it is found out what stubs win."""
        self.delegating.close()

    def judge(
        self,
        submission: Submission,
        first: NotebookRun,
        exercise: Exercise,
        wrong: frozenset[str],
        before: Sequence[CheckRun],
        answers: Answers,
    ) -> Followed | None:
        """Judges an exercise beside reference code for those of the earlier ones `wrong` that it may build on, if any.

        Args:
            first: the student's own notebook. It loses what time is lost here.
            before: what came of the exercise's checks there.
        """
        references = wrong & may_build_on(self._assignment, exercise)
        if not references:
            return None
        run, again = self._asked(submission, first, exercise, references, None, answers)
        failed = {one.result.id for one in before if one.result.verdict is not Verdict.PASSED}
        gained = {one.result.id for one in again if one.result.verdict is Verdict.PASSED} & failed
        own = self._own_kept(exercise, references, gained, run, first, answers)
        standing = [one for one in again if one.result.id not in own]
        for kept in dict.fromkeys(own.values()):
            if left := references - kept:
                checks = frozenset(check for check in own if own[check] == kept)
                second, once_more = self._asked(submission, first, exercise, left, checks, answers)
                second.stop()
                standing += [one for one in once_more if one.result.verdict in (Verdict.PASSED, Verdict.ERROR)]
        lost = frozenset(own) - {one.result.id for one in standing}
        names = frozenset[str]().union(*(own[check] for check in lost))
        return Followed(exercise, self._assignment, references, run, again, standing, names)

    def _own_kept(
        self,
        exercise: Exercise,
        references: frozenset[str],
        gained: Set[str],
        run: NotebookRun,
        first: NotebookRun,
        answers: Answers,
    ) -> dict[str, frozenset[str]]:
        """Of the checks `gained`, those that right code of earlier exercises passes alone, and which these are.

        What it takes to find out is not the submission's time.
        """
        started = time.monotonic()
        won = {each: self.delegating.won(exercise, each, answers) for each in sorted(references)} if gained else {}
        for each in (run, first):
            each.deadline += time.monotonic() - started
        kept = {check: frozenset(each for each in won if check in won[each]) for check in sorted(gained)}
        return {check: names for check, names in kept.items() if names}

    def _asked(
        self,
        submission: Submission,
        first: NotebookRun,
        exercise: Exercise,
        references: frozenset[str],
        checks: frozenset[str] | None,
        answers: Answers,
    ) -> tuple[NotebookRun, list[CheckRun]]:
        """Its checks, or some of them, beside the references, without cells that were stopped."""
        cells = with_references(alive(submission, first), self._assignment, references)
        chosen = frozenset(self._session.checks[exercise.name]) if checks is None else checks
        files = submission.extra_files
        run, check_runs = asked(
            answers,
            json.dumps([exercise.name, *sorted(references)]),
            self._sandbox,
            self._verdicts,
            lambda make: notebook_run(
                self._sandbox, self._assignment, cells, files, first.deadline, first.lost_seconds, make=make
            ),
            lambda run: looked_at(run, lambda: self._session.run_checks(run, chosen)),
        )
        first.lost_seconds = run.lost_seconds
        return run, check_runs


def alive(submission: Submission, first: NotebookRun) -> list[RunCell]:
    """Its cells but for those that had to be stopped."""
    stopped = first.lethal
    return [cell for cell in submission.cells if cell.position not in stopped]


def may_build_on(assignment: Assignment, exercise: Exercise) -> frozenset[str]:
    """The names of the earlier exercises that an exercise may build on: all, or those it declares.

    What the reference code of a declared one uses comes with it.
    """
    before = assignment.exercises[: [each.name for each in assignment.exercises].index(exercise.name)]
    others = [each for each in before if each.solution_cell not in ("", exercise.solution_cell)]
    declared = exercise.solution.builds_on if exercise.solution else None
    if declared is None:
        return frozenset(each.name for each in others)
    cells, left = set[str](), list(declared)
    while left:
        if (name := left.pop()) not in cells:
            cells.add(name)
            left += _used_by(assignment, name)
    return frozenset(each.name for each in others if each.solution_cell in cells)


def _used_by(assignment: Assignment, cell: str) -> Sequence[str]:
    """The solution cells whose functions the reference code of one uses."""
    solution = next(each for each in assignment.solutions if each.name == cell)
    homes = assignment.homes
    return [homes[name] for name in sorted(used_names(solution.reference)) if name in homes]
