"""`grade`: one submission in, one report out. The function in the middle; all front doors go through it."""

from __future__ import annotations

import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from autograder.checks import messages
from autograder.course.assignment import Assignment
from autograder.judge.memory import MemoryFile
from autograder.judge.merged import merged
from autograder.judge.notebook_judge import NotebookJudge
from autograder.judge.own_notebook import OwnNotebooks
from autograder.judge.recorded_answers import Answers, Runs
from autograder.judge.replaying import NotRecorded
from autograder.judge.session import CheckSession
from autograder.judge.unjudged import Graded, fault, unjudged
from autograder.report.annotated import annotate
from autograder.report.report import Report, Status
from autograder.report.timings import Timings
from autograder.sandbox.cell_run import CellRun
from autograder.sandbox.outcome import IsolationError, ServerGone
from autograder.sandbox.sandbox import Sandbox
from autograder.submission.submission import read_submission


def grade(path: Path, assignment: Assignment, sandbox: Sandbox, student: str = "") -> Report:
    """Grades one submission.

    Args:
        path: a notebook, or a student's folder that holds one.
        assignment: what is graded, from `load_assignment`.
        sandbox: where the student's code runs, such as a `ForkSandbox`.
        student: the id in the report; the file's or folder's name if left out.
    Returns:
        The report. Whatever the student did ends in it, and a fault of ours gives the status `grader_error`.
    Raises:
        CourseError: the hidden checks can't be collected or don't fit the assignment.
        IsolationError: this machine can't confine guests fully, and that was asked for.
        ServerGone: nothing can be graded any more.
    """
    with Grader(assignment, sandbox, show_cells=False) as grader:
        return grader.grade(path, student or path.stem).report


class Grader:
    """`grade` for many submissions, one after another: checks are collected once. Close it, and the sandbox after it.

    Args:
        assignment: what is graded.
        sandbox: where student code runs; it may be shared with other graders.
        show_cells: whether cells that only show things run as well, for the graded notebook.
        memory: where to keep what was found of mistakes, for the runs to come.
        keep_answers: whether what guests answer comes with what is graded.
        verdicts_only: whether nothing is done that no verdict depends on; notebooks come as they were read.
        own_notebooks: where to keep how tests in notebooks run on the instructor's own, for other processes and runs.
    Raises:
        CourseError: the hidden checks can't be collected or don't fit the assignment.
    """

    def __init__(
        self,
        assignment: Assignment,
        sandbox: Sandbox,
        show_cells: bool = True,
        memory: MemoryFile | None = None,
        keep_answers: bool = False,
        verdicts_only: bool = False,
        own_notebooks: OwnNotebooks | None = None,
    ) -> None:
        self.assignment = assignment
        self.sandbox = sandbox
        self.session = CheckSession(assignment)
        self.judges = [
            NotebookJudge(
                each,
                self.session,
                sandbox,
                show_cells,
                memory if each is assignment.notebooks[0] else None,
                verdicts_only,
                own_notebooks,
            )
            for each in assignment.notebooks
        ]
        self._keep_answers = keep_answers
        self._verdicts_only = verdicts_only
        sandbox.prepare(assignment.imported)

    def get_ready(self, submissions: int = 0) -> None:
        """Does what a class needs once, the longest part first that no other process is at. Raises SandboxError.

        Args:
            submissions: how many there will be, if that is known.
        """
        for judge in self.judges:
            judge.get_ready(submissions)
        for judge in sorted(self.judges, key=lambda each: len(each.test_cells.cells), reverse=True):
            if judge.test_cells.get_ready():
                return

    def judge_of(self, exercise: str) -> NotebookJudge:
        """The judge of the notebook that an exercise is in. Raises KeyError if there is none."""
        part = self.assignment.part_of(exercise)
        return next(each for each in self.judges if each.assignment is part)

    def grade(
        self,
        path: Path,
        student: str,
        left_out: Sequence[str] = (),
        known: Mapping[str, Runs] | None = None,
    ) -> Graded:
        """See the function `grade`; notebooks with outputs, points and messages in them come with the report.

        Args:
            left_out: sentences on files that did not come along to this machine.
            known: answers of guests, by notebook, from when exactly this was graded before.
        Raises:
            NotRecorded: there is no sandbox, and they are not enough.
        """
        judges = self.judges
        if len(judges) > 1 and not path.is_dir():  # one file is one notebook: that of its name, or else the first
            judges = [each for each in judges if each.assignment.notebook_name == path.stem] or judges[:1]
        return merged([self._grade(each, path, student, left_out, known or {}) for each in judges])

    def _grade(
        self, judge: NotebookJudge, path: Path, student: str, left_out: Sequence[str], known: Mapping[str, Runs]
    ) -> Graded:
        assignment, name = judge.assignment, judge.assignment.notebook_name
        started = time.monotonic()
        timings = Timings()
        try:
            with timings.timed("reading"):
                submission = read_submission(path, assignment, student)
        except Exception:
            return fault(assignment, student, traceback.format_exc())
        left_out = tuple(map(messages.one_line, left_out or submission.left_out))
        # Names of a student's files stand in the repairs and in the problem.
        repairs = (*map(messages.one_line, submission.repairs), *left_out)
        submission = replace(submission, repairs=repairs, left_out=left_out)
        if submission.problem is not None:
            problem = messages.one_line(submission.problem)
            report = unjudged(assignment, submission, Status.UNREADABLE, problem)
            return Graded(report, {name: annotate(submission.notebook, {}, report)}, submission, answers={name: {}})
        runs: dict[int, CellRun] = {}
        answers = Answers(known.get(name, {}), {} if self._keep_answers else None)
        try:
            report, runs = judge.judge(submission, timings, answers)
        except (IsolationError, ServerGone, NotRecorded):
            raise
        except Exception:
            trace = traceback.format_exc()
            answers.kept = None
            report = unjudged(assignment, submission, Status.GRADER_ERROR, messages.OURS, trace)
        report = replace(report, seconds=round(time.monotonic() - started, 3))
        notebook = submission.notebook
        if not self._verdicts_only:
            with timings.timed("notebook"):
                notebook = annotate(notebook, runs, report)
        kept = None if answers.kept is None else {name: answers.kept}
        return Graded(report, {name: notebook}, submission, timings.seconds, kept)

    def close(self) -> None:
        """Ends the session of checks, and the guests that known mistakes run in."""
        for each in self.judges:
            each.close()
        self.session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
