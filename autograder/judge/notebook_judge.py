"""Judges one notebook that has been read: its cells run, its checks are asked, its mistakes get names."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from autograder.checks import handed_in, left_out
from autograder.course.assignment import Assignment, Exercise
from autograder.judge import doubts
from autograder.judge.beside_references import BesideReferences, alive
from autograder.judge.check_runs import CheckRun, all_passed
from autograder.judge.counter_examples import CounterExamples
from autograder.judge.diagnosis import Diagnoser, home_cells, homes
from autograder.judge.learning import learn, take_known
from autograder.judge.likeness import answers_of
from autograder.judge.memory import Memory, MemoryFile
from autograder.judge.own_notebook import OwnNotebooks
from autograder.judge.places import with_name, with_place
from autograder.judge.points import first_result, is_proven, result_by_hand
from autograder.judge.recorded_answers import Answers
from autograder.judge.recording import looked_at
from autograder.judge.repeats import said_once
from autograder.judge.replaying import KnownVerdicts, MakeRun, NoSandbox, asked
from autograder.judge.rewording import Rewording
from autograder.judge.runs import notebook_run
from autograder.judge.session import CheckSession
from autograder.judge.sketch import Sketcher
from autograder.judge.test_cells import TestCells
from autograder.report.exercise_result import ExerciseResult, Verdict
from autograder.report.report import Report, Status, round_points, versions
from autograder.report.timings import Timings
from autograder.sandbox.cell_run import CellRun, RunCell
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import GuestStopped, worst
from autograder.sandbox.sandbox import Sandbox
from autograder.sandbox.showing import show
from autograder.submission.submission import Submission

_MANY = 4  # submissions, from which on it pays to find out what checks will ask
_BUSY = 4.0  # seconds on the wall for one of the processor, at most


class NotebookJudge:
    """One for each notebook of an assignment. Close it, and the session after it.

    Args:
        assignment: the notebook, by itself.
        session: of the assignment's hidden checks.
        sandbox: where student code runs.
        show_cells: whether cells that only show things run as well, for the graded notebook.
        memory: where to keep what was found of mistakes, for the runs to come.
        verdicts_only: whether nothing is done that no verdict depends on: no mistake is named, no picture drawn.
        own_notebooks: where to keep how its own tests run on the instructor's notebook.
    """

    def __init__(
        self,
        assignment: Assignment,
        session: CheckSession,
        sandbox: Sandbox,
        show_cells: bool,
        memory: MemoryFile | None = None,
        verdicts_only: bool = False,
        own_notebooks: OwnNotebooks | None = None,
    ) -> None:
        self.assignment = assignment
        self.sandbox = sandbox
        self.session = session
        self._show_cells = show_cells and not verdicts_only
        self._verdicts_only = verdicts_only
        self._judged = 0
        self._has_learned = isinstance(sandbox, NoSandbox)
        self._verdicts = KnownVerdicts()
        self._memory = Memory(memory)
        self.beside_references = BesideReferences(assignment, session, sandbox, self._verdicts, self._memory)
        self._rewording = Rewording(assignment, session, sandbox)
        self._counter_examples = CounterExamples(assignment, self._memory)
        self._sketcher = Sketcher(assignment)
        self.diagnoser = Diagnoser(assignment, session, sandbox, self._memory)
        by_tests = [each.name for each in assignment.exercises if not (each.is_by_hand or session.checks[each.name])]
        self.test_cells = TestCells(assignment, by_tests, sandbox, own_notebooks)

    def close(self) -> None:
        """Ends the guests that known mistakes, and stubs, run in."""
        self.diagnoser.close()
        self.beside_references.close()

    def get_ready(self, submissions: int) -> None:
        """Finds out what checks ask: that pays for some submissions, or if it is known. Raises SandboxError."""
        if self._has_learned:
            return
        checks = [check for each in self.assignment.exercises for check in self.session.checks[each.name]]
        self._has_learned = take_known(self.session, checks, self._memory)
        if submissions >= _MANY and not self._has_learned:
            self._has_learned = True
            run = notebook_run(self.sandbox, self.assignment, ())
            learn(self.session, checks, self.diagnoser.rehearsed, run, self._memory)

    def judge(
        self, submission: Submission, timings: Timings | None = None, answers: Answers | None = None
    ) -> tuple[Report, dict[int, CellRun]]:
        """Judges what has been read: the report, and how each cell ran. Raises SandboxError like `Sandbox.start`.

        Args:
            answers: known ones are judged without a guest, where they are enough; others are added to those kept.
        """
        timings, answers = timings or Timings(), answers or Answers()
        self._judged += 1
        self.get_ready(self._judged)
        if self.test_cells.cells:
            answers = Answers()  # what tests in a notebook ask hangs together in more ways than is kept
        attempted = frozenset(
            each.name for each in self.assignment.exercises if each.solution_cell not in submission.untouched
        )
        deadline = time.monotonic() + self.sandbox.limits.submission_wall_seconds
        first, check_runs = self._asked(
            answers,
            "",
            lambda make: self._new_run(submission, submission.cells, deadline, make=make),
            lambda run: self._check_all(run, attempted, submission, timings),
        )
        with first:
            return self._report(submission, timings, first, check_runs, answers)

    def _report(
        self,
        submission: Submission,
        timings: Timings,
        first: NotebookRun,
        check_runs: list[CheckRun],
        answers: Answers,
    ) -> tuple[Report, dict[int, CellRun]]:
        """Follows through where something is wrong, names mistakes, and puts the report together."""
        self.diagnoser.begin()
        self.beside_references.begin()
        results, told = [], list[CheckRun]()
        broken = [one for one in check_runs if one.result.verdict is Verdict.ERROR]
        wrong: frozenset[str] = frozenset()
        judged_again: dict[str, list[CheckRun]] = {}
        for exercise in self.assignment.exercises:
            if exercise.is_by_hand:
                results.append(result_by_hand(exercise, exercise.solution_cell in submission.untouched))
                continue
            own = mine = [one for one in check_runs if one.exercise == exercise.name]
            result = first_result(exercise, own, submission)
            is_wrong = result.verdict in (Verdict.FAILED, Verdict.SKIPPED)
            if own and is_wrong and self.session.checks[exercise.name]:
                judged = first
                with timings.timed("follow-through"):
                    followed = self.beside_references.judge(submission, first, exercise, wrong, check_runs, answers)
                if followed is not None:
                    judged, mine, result = followed.run, followed.check_runs, followed.better(result, own)
                    judged_again[exercise.name] = mine
                    broken += [one for one in mine if one.result.verdict is Verdict.ERROR]
                if not self._verdicts_only:
                    own = self._rewording.reworded(submission, first, exercise, result, own)
                    result = first_result(exercise, own, submission)
                    mine, result = (own, result) if followed is None else (mine, followed.better(result, own))
                judged.lost_seconds = first.lost_seconds  # to all guests so far
                started = time.monotonic()
                if not self._verdicts_only:
                    with timings.timed("naming"):
                        result = self._named(exercise, result, mine, judged, submission)
                    result = with_place(exercise, result, own, first, submission.cells)
                if judged is not first:
                    judged.stop()
                    first.deadline += time.monotonic() - started
            told += own
            if not is_proven(result, mine):
                wrong |= {exercise.name}
            if result.verdict is Verdict.FAILED:
                result = replace(result, answers=answers_of(mine))
            if not self._verdicts_only:
                sketch = self._sketcher.sketch(exercise, home_cells(exercise, submission.cells))
                result = replace(result, sketch=sketch)
            results.append(replace(result, checks=said_once(result.checks)))
        faults: Sequence[str] = ()
        if not self._verdicts_only:
            cells = alive(submission, first)
            with (
                timings.timed("counter-examples"),
                self._new_run(submission, cells, first.deadline, first.lost_seconds) as run,
            ):
                results, faults = self._counter_examples.add(results, told, judged_again, submission.cells, run)
        score = round_points(sum(each.points for each in results))
        test_cells = frozenset(each.graded_cell for each in self.assignment.exercises)
        report = Report(
            assignment=self.assignment.name,
            student=submission.student,
            score=score,
            max_score=self.assignment.max_score,
            status=Status.GRADED,
            exercises=tuple(results),
            message=doubts.doubt(submission, handed_in.PROBABLY_ANOTHER, assignment=self.assignment.name),
            repairs=(*submission.repairs, *left_out.of_notebook(first, test_cells)),
            outcome=worst([*first.stops, *(run.outcome for run in first.runs.values())]),
            isolation=tuple(layer.name for layer in first.layers if layer.active),
            versions=versions(),
            staff=tuple(one.trace for one in broken),
            looks=(
                *dict.fromkeys(one.look for one in (*broken, *check_runs) if one.look),
                *faults,
                *doubts.of_submission(submission, results, score < self.assignment.max_score),
            ),
        )
        return report, first.runs

    def _new_run(
        self,
        submission: Submission,
        cells: Sequence[RunCell],
        deadline: float,
        lost_seconds: float = 0.0,
        make: Callable[..., NotebookRun] = NotebookRun,
    ) -> NotebookRun:
        files = submission.extra_files
        return notebook_run(self.sandbox, self.assignment, cells, files, deadline, lost_seconds, make=make)

    def _asked(
        self, answers: Answers, name: str, make_run: MakeRun, check: Callable[[NotebookRun], list[CheckRun]]
    ) -> tuple[NotebookRun, list[CheckRun]]:
        return asked(answers, name, self.sandbox, self._verdicts, make_run, check)

    def _check_all(
        self, run: NotebookRun, attempted: frozenset[str], submission: Submission, timings: Timings
    ) -> list[CheckRun]:
        with timings.timed("cells"), suppress(GuestStopped):
            run.guest()
        if self._show_cells:
            with timings.timed("pictures"), suppress(GuestStopped):
                show(run)
        with timings.timed("checks"):
            check_runs = looked_at(run, lambda: self.session.run(run, attempted)) if attempted else []
            check_runs += self.test_cells.judge(run, submission.notebook)
        return check_runs

    def _named(
        self,
        exercise: Exercise,
        result: ExerciseResult,
        check_runs: list[CheckRun],
        run: NotebookRun,
        submission: Submission,
    ) -> ExerciseResult:
        """The result with the name of the mistake. Whatever the search for it costs is not the submission's."""
        if result.verdict is not Verdict.FAILED or all_passed(check_runs):
            return result
        started, deadline = time.monotonic(), run.deadline
        is_over = started >= deadline  # then its guest is not asked again, for whatever
        beside = run.on_the_side(0.0 if is_over else _BUSY * self.sandbox.limits.mend_cpu_seconds)
        found = self.diagnoser.diagnose(exercise, check_runs, run, submission.cells, beside)
        run.stop()
        run.deadline = deadline + time.monotonic() - started
        if found is None:
            return result
        return with_name(result, found, homes(exercise, submission.cells))
