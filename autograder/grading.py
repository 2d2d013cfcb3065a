"""`Grader.grade`: one submission in, one report and one annotated notebook out."""

from __future__ import annotations

import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self

from autograder import __version__
from autograder.assignment import Assignment, Exercise
from autograder.catalogue import load_misconceptions
from autograder.feedback import annotate
from autograder.follow_through import explain, with_references
from autograder.forkserver import ForkServer, IsolationError
from autograder.judging import Court, Judged
from autograder.limits import Limits
from autograder.naming import Namer
from autograder.repair import RunCell
from autograder.report import ExerciseResult, Report, Status, Verdict, round_points
from autograder.running import CellRun, Running
from autograder.sandbox import GuestStopped, Outcome
from autograder.submission import Submission, read_submission, untouched_submission

_OURS = "Something went wrong on our side while this was judged. Your work is safe; the staff will look at it."
_NOT_WRITTEN = "You have not written this one yet."


@dataclass(frozen=True)
class Graded:
    """A submission's report, and its notebook with outputs, points and messages in it."""

    report: Report
    notebook: Any
    submission: Submission


class Grader:
    """Grades submissions of one assignment, one after another. Close it, and the server after it.

    Args:
        assignment: what is graded.
        server: makes the guests; it may be shared with other graders.
        limits: what each submission may use.
        show_cells: whether cells that only show things run as well, for the graded notebook.
    Raises:
        CourseError: the hidden checks can't be collected or don't fit the assignment.
    """

    def __init__(
        self, assignment: Assignment, server: ForkServer, limits: Limits | None = None, show_cells: bool = True
    ) -> None:
        self.assignment = assignment
        self._limits = limits or Limits()
        self._server = server
        self._show_cells = show_cells
        self.court = Court(assignment)
        self.namer = Namer(assignment, load_misconceptions(assignment), self.court, server, self._limits)

    def grade(self, path: Path, student: str) -> Graded:
        """Grades a notebook file or a student's folder.

        Whatever the student did ends in the report; a fault of ours gives a report with the status
        `grader_error` and the traceback for staff.

        Raises:
            IsolationError: this machine can't confine guests fully, and that was asked for.
        """
        started = time.monotonic()
        try:
            submission = read_submission(path, self.assignment, student)
        except Exception:
            return fault(self.assignment, student, traceback.format_exc())
        if submission.problem is not None:
            report = _unjudged(self.assignment, submission, Status.UNREADABLE, submission.problem)
            return Graded(report, annotate(submission.notebook, {}, report), submission)
        runs: dict[int, CellRun] = {}
        try:
            report, runs = self.judge(submission)
        except IsolationError:
            raise
        except Exception:
            report = _unjudged(self.assignment, submission, Status.GRADER_ERROR, _OURS, traceback.format_exc())
        report = replace(report, seconds=round(time.monotonic() - started, 3))
        return Graded(report, annotate(submission.notebook, runs, report), submission)

    def close(self) -> None:
        """Ends the session of checks, and the guest that known mistakes run in."""
        self.namer.close()
        self.court.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def judge(self, submission: Submission) -> tuple[Report, dict[int, CellRun]]:
        """Judges what has been read: the report, and how each cell ran. Raises SandboxError like `Running`."""
        attempted = frozenset(each.name for each in self.assignment.exercises) - submission.untouched
        deadline = time.monotonic() + self._limits.submission_wall_seconds
        with self._run(submission, submission.cells, deadline) as running:
            with suppress(GuestStopped):
                running.guest()
            judged = self.court.reworded(running, self.court.judge(running, attempted)) if attempted else []
            if self._show_cells:
                with suppress(GuestStopped):
                    running.show()
        results = []
        staff = [one.trace for one in judged if one.result.verdict is Verdict.ERROR]
        wrong: frozenset[str] = frozenset()
        for exercise in self.assignment.exercises:
            mine = [one for one in judged if one.exercise == exercise.name]
            result = exercise_result(exercise, mine)
            if mine and result.verdict in (Verdict.FAILED, Verdict.SKIPPED):
                if wrong:
                    result, mine = self._judge_again(submission, running, exercise, wrong, result, mine)
                    staff += [one.trace for one in mine if one.result.verdict is Verdict.ERROR]
                result = self._named(result, mine)
            if result.verdict in (Verdict.FAILED, Verdict.SKIPPED):
                wrong |= {exercise.name}
            results.append(result)
        report = Report(
            assignment=self.assignment.name,
            student=submission.student,
            score=round_points(sum(each.points for each in results)),
            max_score=self.assignment.max_score,
            status=Status.GRADED,
            exercises=tuple(results),
            repairs=submission.repairs,
            outcome=_worst([*running.stops, *(run.outcome for run in running.runs.values())]),
            isolation=tuple(layer.name for layer in running.layers if layer.active),
            versions=versions(),
            staff=tuple(staff),
        )
        return report, running.runs

    def _run(self, submission: Submission, cells: tuple[RunCell, ...], deadline: float) -> Running:
        return Running(self._server, self.assignment, cells, submission.extra_files, self._limits, deadline)

    def _judge_again(
        self,
        submission: Submission,
        running: Running,
        exercise: Exercise,
        wrong: frozenset[str],
        first: ExerciseResult,
        judged: list[Judged],
    ) -> tuple[ExerciseResult, list[Judged]]:
        """Follow-through: the exercise's own code, with reference code for the earlier exercises that are `wrong`.

        Returns:
            The better of the two results, and what the second judging saw, by which a mistake can be named.
        """
        alive = [cell for cell in submission.cells if not _stopped(running.runs.get(cell.position))]
        cells = with_references(alive, self.assignment, wrong)
        with self._run(submission, cells, running.deadline) as second_running:
            again = self.court.judge(second_running, frozenset({exercise.name}))
        if any(one.result.verdict is Verdict.ERROR for one in again):
            return replace(first, verdict=Verdict.ERROR, message=_OURS), again
        passed = {one.result.id for one in again if one.result.verdict is Verdict.PASSED}
        # Verdicts alone come out of that guest: it held reference code, and words could carry it.
        merged = [
            replace(one, result=replace(one.result, verdict=Verdict.PASSED, message=""))
            if one.result.id in passed
            else one
            for one in judged
        ]
        second = exercise_result(exercise, merged)
        if second.points <= first.points:
            return first, again
        words = explain(exercise.name, wrong, self.assignment)
        message = f"{words} {second.message}".strip()
        return replace(second, follow_through=True, message=message), again

    def _named(self, result: ExerciseResult, judged: list[Judged]) -> ExerciseResult:
        """The result with the name of the mistake, if its answers are those of exactly one known mistake."""
        if result.verdict is not Verdict.FAILED:
            return result
        found = self.namer.name(result.name, judged)
        if found is None:
            return result
        return replace(result, misconceptions=(found.id,), message=found.sentence)


def fault(assignment: Assignment, student: str, trace: str) -> Graded:
    """The result for a submission that could not be graded through a fault of ours: no mark, and a note for staff."""
    submission = replace(untouched_submission(assignment), student=student)
    report = _unjudged(assignment, submission, Status.GRADER_ERROR, _OURS, trace)
    return Graded(report, annotate(submission.notebook, {}, report), submission)


def _unjudged(assignment: Assignment, submission: Submission, status: Status, message: str, trace: str = "") -> Report:
    verdict = Verdict.ERROR if status is Status.GRADER_ERROR else Verdict.SKIPPED
    return Report(
        assignment=assignment.name,
        student=submission.student,
        score=0.0,
        max_score=assignment.max_score,
        status=status,
        exercises=tuple(ExerciseResult(each.name, 0.0, each.points, verdict, message) for each in assignment.exercises),
        message=message,
        repairs=submission.repairs,
        outcome=Outcome.SANDBOX_ERROR if status is Status.GRADER_ERROR else Outcome.OK,
        versions=versions(),
        staff=(trace,) if trace else (),
    )


def exercise_result(exercise: Exercise, judged: Sequence[Judged]) -> ExerciseResult:
    """Splits the exercise's points over its checks by weight: what passed counts. No checks run: not attempted."""
    if not judged:
        return ExerciseResult(exercise.name, 0.0, exercise.points, Verdict.SKIPPED, _NOT_WRITTEN)
    results = tuple(one.result for one in judged)
    total = sum(result.weight for result in results)
    passed = sum(result.weight for result in results if result.verdict is Verdict.PASSED)
    verdicts = {result.verdict for result in results}
    if Verdict.ERROR in verdicts:
        verdict, message = Verdict.ERROR, _OURS
    elif verdicts == {Verdict.PASSED}:
        verdict, message = Verdict.PASSED, ""
    else:
        verdict = Verdict.SKIPPED if verdicts == {Verdict.SKIPPED} else Verdict.FAILED
        message = next(each.message for each in results if each.verdict is not Verdict.PASSED)
    points = round_points(exercise.points * passed / total)
    return ExerciseResult(exercise.name, points, exercise.points, verdict, message, checks=results)


def _stopped(run: CellRun | None) -> bool:
    return run is not None and run.outcome not in (Outcome.OK, Outcome.RAISED)


def _worst(seen: Sequence[Outcome]) -> Outcome:
    """The most serious outcome of the notebook's cells and of the calls into it."""
    order = (Outcome.DIED, Outcome.TIMED_OUT, Outcome.OUT_OF_MEMORY, Outcome.RAISED)
    return next((outcome for outcome in order if outcome in seen), Outcome.OK)


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """The versions that a mark depends on."""
    return {"autograder": __version__, **{name: version(name) for name in ("torch", "ipython", "pytest")}}
