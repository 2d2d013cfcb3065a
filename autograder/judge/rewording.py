"""Values in the words of public checks whose guest knew inputs that students don't have.

It could have put one of those into a value, so such words hold none (`CheckRun.guarded`). Where they are to be read,
their checks are asked again, of a new guest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from autograder.checks.notebook import Call
from autograder.course.assignment import Assignment, Exercise
from autograder.judge.beside_references import alive
from autograder.judge.check_runs import CheckRun, came_back
from autograder.judge.runs import in_new_guests, notebook_run
from autograder.judge.session import CheckSession
from autograder.report.exercise_result import ExerciseResult, Verdict
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.sandbox import Sandbox
from autograder.submission.submission import Submission


class Rewording:
    """Asks for such words, for one notebook of an assignment."""

    def __init__(self, assignment: Assignment, session: CheckSession, sandbox: Sandbox) -> None:
        self._assignment = assignment
        self._session = session
        self._sandbox = sandbox

    def reworded(
        self,
        submission: Submission,
        first: NotebookRun,
        exercise: Exercise,
        result: ExerciseResult,
        check_runs: list[CheckRun],
    ) -> list[CheckRun]:
        """The checks of an exercise, with values in those words that stand in its result.

        Where it is right beside reference code, or goes wrong there in another way, nobody reads them.

        Args:
            first: the student's own notebook, in which `check_runs` were run. It loses what time is lost here.
        """
        guarded = _standing(result, check_runs)
        if not guarded:
            return check_runs
        cells, files = alive(submission, first), submission.extra_files
        run, again = in_new_guests(
            lambda: notebook_run(self._sandbox, self._assignment, cells, files, first.deadline, first.lost_seconds),
            lambda run: self._session.run_checks(run, guarded),
        )
        run.stop()
        first.lost_seconds = run.lost_seconds
        # What is stopped this time, or not tried for that, was not then.
        failed = {one.result.id: one for one in again if one.result.verdict is Verdict.FAILED and came_back(one)}
        return [
            replace(one, result=each.result, hidden=each.hidden, calls=_with_line(one.calls, each.calls))
            if (each := failed.get(one.result.id)) and bool(each.calls) == bool(one.calls)
            else one
            for one in check_runs
        ]


def _standing(result: ExerciseResult, check_runs: Sequence[CheckRun]) -> frozenset[str]:
    """The ids of checks that were guarded, and whose words are those of the result."""
    said = {(each.id, each.message) for each in result.checks if each.verdict is Verdict.FAILED}
    return frozenset(one.result.id for one in check_runs if one.guarded and (one.result.id, one.result.message) in said)


def _with_line(calls: tuple[Call, ...], again: tuple[Call, ...]) -> tuple[Call, ...]:
    """The calls of a check, of which the last has the line that the same call told when it was asked again."""
    if not calls or not again or (calls[-1].kind, again[-1].kind) != ("raised", "raised"):
        return calls
    return (*calls[:-1], replace(calls[-1], raised_at=again[-1].raised_at))
