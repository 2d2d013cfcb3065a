"""`Grader.grade`: one submission in, one report and one annotated notebook out."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from autograder.assignment import Assignment, Exercise
from autograder.catalogue import load_misconceptions
from autograder.feedback import annotate
from autograder.fingerprint import versions
from autograder.follow_through import with_references
from autograder.forkserver import ForkServer, IsolationError, ServerGone
from autograder.judging import Court, Judged
from autograder.limits import Limits
from autograder.naming import Namer
from autograder.repair import RunCell
from autograder.report import ExerciseResult, Report, Status, Verdict, round_points
from autograder.results import OURS, better, exercise_result, unjudged, worst
from autograder.running import CellRun, Running
from autograder.sandbox import GuestStopped, Outcome
from autograder.stages import Stages
from autograder.submission import Submission, read_submission, untouched_submission
from autograder.wording import one_line


@dataclass(frozen=True)
class Graded:
    """A submission's report, its notebook with outputs, points and messages in it, and seconds by stage."""

    report: Report
    notebook: Any
    submission: Submission
    seconds: dict[str, float] = field(default_factory=dict)


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
            ServerGone: the fork server was ended; nothing can be graded any more.
        """
        started = time.monotonic()
        stages = Stages()
        try:
            with stages.timed("reading"):
                submission = read_submission(path, self.assignment, student)
        except Exception:
            return fault(self.assignment, student, traceback.format_exc())
        # Names of a student's files stand in the repairs and in the problem.
        submission = replace(submission, repairs=tuple(map(one_line, submission.repairs)))
        if submission.problem is not None:
            report = unjudged(self.assignment, submission, Status.UNREADABLE, one_line(submission.problem))
            return Graded(report, annotate(submission.notebook, {}, report), submission)
        runs: dict[int, CellRun] = {}
        try:
            report, runs = self.judge(submission, stages)
        except (IsolationError, ServerGone):
            raise
        except Exception:
            report = unjudged(self.assignment, submission, Status.GRADER_ERROR, OURS, traceback.format_exc())
        report = replace(report, seconds=round(time.monotonic() - started, 3))
        with stages.timed("notebook"):
            notebook = annotate(submission.notebook, runs, report)
        return Graded(report, notebook, submission, stages.seconds)

    def close(self) -> None:
        """Ends the session of checks, and the guest that known mistakes run in."""
        self.namer.close()
        self.court.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def judge(self, submission: Submission, stages: Stages | None = None) -> tuple[Report, dict[int, CellRun]]:
        """Judges what has been read: the report, and how each cell ran. Raises SandboxError like `Running`."""
        stages = stages or Stages()
        attempted = frozenset(each.name for each in self.assignment.exercises) - submission.untouched
        deadline = time.monotonic() + self._limits.submission_wall_seconds
        running, judged = _unkilled(
            lambda: self._running(submission, submission.cells, deadline),
            lambda one: self._first(one, attempted, stages),
        )
        lost_seconds = running.lost_seconds
        results = []
        staff = [one.trace for one in judged if one.result.verdict is Verdict.ERROR]
        wrong: frozenset[str] = frozenset()
        for exercise in self.assignment.exercises:
            mine = [one for one in judged if one.exercise == exercise.name]
            result = exercise_result(exercise, mine)
            if mine and result.verdict in (Verdict.FAILED, Verdict.SKIPPED):
                if wrong:
                    with stages.timed("follow-through"):
                        again, seen = self._judge_again(submission, running, exercise, wrong, lost_seconds)
                        result = better(exercise, wrong, self.assignment, result, mine, seen)
                    mine, lost_seconds = seen, again.lost_seconds
                    staff += [one.trace for one in mine if one.result.verdict is Verdict.ERROR]
                with stages.timed("naming"):
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
            outcome=worst([*running.stops, *(run.outcome for run in running.runs.values())]),
            isolation=tuple(layer.name for layer in running.layers if layer.active),
            versions=versions(),
            staff=tuple(staff),
        )
        return report, running.runs

    def _running(
        self, submission: Submission, cells: Sequence[RunCell], deadline: float, lost_seconds: float = 0.0
    ) -> Running:
        return Running(
            self._server,
            self.assignment,
            tuple(cells),
            submission.extra_files,
            self._limits,
            deadline,
            lost_seconds=lost_seconds,
        )

    def _first(self, running: Running, attempted: frozenset[str], stages: Stages) -> list[Judged]:
        with stages.timed("cells"), suppress(GuestStopped):
            running.guest()
        with stages.timed("checks"):
            judged = self.court.reworded(running, self.court.judge(running, attempted)) if attempted else []
        if self._show_cells:
            with stages.timed("pictures"), suppress(GuestStopped):
                running.show()
        return judged

    def _judge_again(
        self, submission: Submission, before: Running, exercise: Exercise, wrong: frozenset[str], lost_seconds: float
    ) -> tuple[Running, list[Judged]]:
        """Judges the exercise's own code with reference code for the earlier ones that are `wrong`, and without cells
        that had to be stopped."""
        alive = [cell for cell in submission.cells if not _stopped(before.runs.get(cell.position))]
        cells = with_references(alive, self.assignment, wrong)
        return _unkilled(
            lambda: self._running(submission, cells, before.deadline, lost_seconds),
            lambda running: self.court.judge(running, frozenset({exercise.name})),
        )

    def _named(self, result: ExerciseResult, judged: list[Judged]) -> ExerciseResult:
        """The result with the name of the mistake, if its answers are those of exactly one known mistake."""
        if result.verdict is not Verdict.FAILED:
            return result
        found = self.namer.name(result.name, judged)
        if found is None:
            return result
        return replace(result, misconceptions=(found.id,), message=found.sentence)


def _unkilled(make: Callable[[], Running], judge: Callable[[Running], list[Judged]]) -> tuple[Running, list[Judged]]:
    """Judges in new guests; once more if one was killed, as that need not have been the student's doing."""
    for _ in range(2):
        with make() as running:
            judged = judge(running)
        if running.server_gone:  # checks have only seen an error
            raise ServerGone("the fork server is gone")
        if not running.killed:
            break
    return running, judged


def fault(assignment: Assignment, student: str, trace: str) -> Graded:
    """The result for a submission that could not be graded through a fault of ours: no mark, and a note for staff."""
    submission = replace(untouched_submission(assignment), student=student)
    report = unjudged(assignment, submission, Status.GRADER_ERROR, OURS, trace)
    return Graded(report, annotate(submission.notebook, {}, report), submission)


def _stopped(run: CellRun | None) -> bool:
    return run is not None and run.outcome not in (Outcome.OK, Outcome.RAISED)
