"""What is reported of a submission that was not judged; it needs no torch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from autograder.checks import messages
from autograder.checks.staff_words import for_staff
from autograder.course.assignment import Assignment
from autograder.judge import looks
from autograder.report.annotated import annotate
from autograder.report.exercise_result import Verdict
from autograder.report.marks import new_result
from autograder.report.report import Report, Status, versions
from autograder.sandbox.outcome import Outcome
from autograder.submission.submission import Submission, untouched_submission

if TYPE_CHECKING:
    from autograder.judge.recorded_answers import Runs

_HEAD = "Traceback (most recent call last):"
# All between it and what the exception says is indented.
_LAST_LINE = re.compile(r"[A-Za-z_][\w.]*(?:: |$)")
_MAX_REASON_CHARACTERS = 300


@dataclass(frozen=True)
class Graded:
    """A submission's report, and what was made of it.

    Attributes:
        notebooks: with outputs, points and messages in them, by their names.
        submission: as it was read; of several notebooks, the first one.
        seconds: by stage.
        answers: what guests answered, by notebook; None if it was not kept.
    """

    report: Report
    notebooks: Mapping[str, Any]
    submission: Submission
    seconds: dict[str, float] = field(default_factory=dict)
    answers: Mapping[str, Runs] | None = None

    @property
    def notebook(self) -> Any:
        """The graded notebook; of several, the first one."""
        return next(iter(self.notebooks.values()))


def unjudged(assignment: Assignment, submission: Submission, status: Status, message: str, trace: str = "") -> Report:
    """A report without a verdict. `trace` is a traceback, or a line, about a fault of ours."""
    verdict = Verdict.ERROR if status is Status.GRADER_ERROR else Verdict.SKIPPED
    return Report(
        assignment=assignment.name,
        student=submission.student,
        score=0.0,
        max_score=assignment.max_score,
        status=status,
        exercises=tuple(new_result(each, verdict, message) for each in assignment.exercises),
        message=message,
        repairs=submission.repairs,
        outcome=Outcome.SANDBOX_ERROR if status is Status.GRADER_ERROR else Outcome.OK,
        versions=versions(),
        staff=(trace,) if trace else (),
        looks=(looks.grader_failed(_reason(trace)) if trace else for_staff(message),),
    )


def _reason(trace: str) -> str:
    """What a traceback says in the end, in one line: "ValueError: no such thing"."""
    lines = trace.rpartition(_HEAD)[2].strip().splitlines()
    return next((each for each in lines if _LAST_LINE.match(each)), lines[-1])[:_MAX_REASON_CHARACTERS]


def fault(assignment: Assignment, student: str, trace: str) -> Graded:
    """The result for a submission that could not be graded through a fault of ours: no mark, and a note for staff."""
    submission = replace(untouched_submission(assignment), student=student)
    report = unjudged(assignment, submission, Status.GRADER_ERROR, messages.OURS, trace)
    return Graded(report, {assignment.notebook_name: annotate(submission.notebook, {}, report)}, submission)
