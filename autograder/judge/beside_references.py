"""Follow-through: a failed exercise is judged again beside reference code for what it may build on.

Reference code that could do the exercise's own work is no help: a check that it passes alone is asked beside the other
references only (`delegating`). Where one proves right, and the notebook is as it was, later ones that have to be judged
beside the same references are asked there as well: what passes there needs no guest of its own.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from functools import partial

from autograder.checks import page_words
from autograder.course.assignment import Assignment, Exercise
from autograder.judge.check_runs import CheckRun, all_passed, came_back
from autograder.judge.delegating import Delegating
from autograder.judge.follow_through import may_build_on, with_references
from autograder.judge.memory import Memory
from autograder.judge.points import better
from autograder.judge.recorded_answers import Answers
from autograder.judge.recording import RecordingRun, looked_at
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
        self._passed: dict[tuple[str, frozenset[str]], tuple[NotebookRun, list[CheckRun]]] = {}

    def begin(self) -> None:
        """A new submission."""
        self._passed.clear()

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
            before: what came of all checks there.
        """
        references = wrong & may_build_on(self._assignment, exercise)
        if not references:
            return None
        if (passed := self._passed.pop((exercise.name, references), None)) is None:
            later = self._alike(exercise, references, wrong, before)
            run, again = self._asked(submission, first, exercise, references, None, answers, later)
        else:
            run, again = passed
            run.deadline = first.deadline
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

    def _alike(
        self, exercise: Exercise, references: frozenset[str], wrong: frozenset[str], before: Sequence[CheckRun]
    ) -> list[str]:
        """The names of later exercises that will be judged beside the same references, if all of them are right there.

        Not those that are not written, or of which something had to be stopped: that would take time from the others.
        """
        names = [each.name for each in self._assignment.exercises]
        found = []
        for each in self._assignment.exercises[names.index(exercise.name) + 1 :]:
            own = [one for one in before if one.exercise == each.name]
            if each.is_by_hand or (own and all_passed(own)):
                continue
            if not _is_only_wrong(own):
                wrong |= {each.name}
            elif self._session.checks[each.name] and wrong & may_build_on(self._assignment, each) == references:
                found.append(each.name)
        return found

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
        later: Sequence[str] = (),
    ) -> tuple[NotebookRun, list[CheckRun]]:
        """Its checks, or some of them, beside the references, without cells that were stopped.

        Those of `later` exercises are asked as long as all pass, and the notebook holds what it held before.
        """
        cells = with_references(alive(submission, first), self._assignment, references)
        chosen = frozenset(self._session.checks[exercise.name]) if checks is None else checks
        files = submission.extra_files
        name = _name(exercise.name, references)

        def ask(run: NotebookRun) -> list[CheckRun]:
            found = last = looked_at(run, lambda: self._session.run_checks(run, chosen))
            for each in later:
                if not (isinstance(run, RecordingRun) and run.has_kept_its_state and all_passed(last)):
                    break
                last = looked_at(run, partial(self._session.run, run, frozenset({each})))
                found = [*found, *last]
            return found

        run, found = asked(
            answers,
            name,
            self._sandbox,
            self._verdicts,
            lambda make: notebook_run(
                self._sandbox, self._assignment, cells, files, first.deadline, first.lost_seconds, make=make
            ),
            ask,
        )
        first.lost_seconds = run.lost_seconds
        whole = (answers.kept or {}).get(name)
        for each in (exercise.name, *later):
            own = [one for one in found if one.exercise == each]
            if each != exercise.name:
                if not own or not all_passed(own):
                    break
                self._passed[each, references] = run, own
            if whole is not None:
                answers.keep(_name(each, references), whole.only({one.result.id for one in own}))
        return run, [one for one in found if one.exercise == exercise.name]


def _name(exercise: str, references: frozenset[str]) -> str:
    """Of what is kept of an exercise beside references."""
    return json.dumps([exercise, *sorted(references)])


def _is_only_wrong(check_runs: Sequence[CheckRun]) -> bool:
    """Whether some of an exercise's checks failed, and all of them could be tried."""
    verdicts = {one.result.verdict for one in check_runs}
    return (
        Verdict.FAILED in verdicts and verdicts <= {Verdict.FAILED, Verdict.PASSED} and all(map(came_back, check_runs))
    )


def alive(submission: Submission, first: NotebookRun) -> list[RunCell]:
    """Its cells but for those that had to be stopped."""
    stopped = first.lethal
    return [cell for cell in submission.cells if cell.position not in stopped]
