"""Submissions judged from what their guests answered when they were graded: no student code runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder.batch.processes import worker_processes
from autograder.course.assignment import Assignment
from autograder.course.course import Course
from autograder.judge.answers_file import read_answers
from autograder.judge.grader import Grader
from autograder.judge.recorded_answers import NoAnswers
from autograder.judge.replaying import NoSandbox, NotRecorded
from autograder.report.exercise_result import ExerciseResult
from autograder.report.report import Report, Status

_AT_A_TIME = 8
ASKS_MORE = "something else is asked"
WHY = {
    "not kept": "no answers were kept",
    "of something else": "what was handed in, the notebook or a setting has changed",
    "damaged": "the kept answers are damaged",
}

_grader: Grader | None = None
_failure: Exception | None = None


@dataclass(frozen=True)
class Judged:
    """What came of one submission: a report, or why it has to run; and how many seconds each stage took."""

    student: str
    report: Report | None
    why: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class _Task:
    student: str
    folder: Path
    answers: Path
    key: str


def judge_again(course: Course, assignment: Assignment, keys: Mapping[str, str]) -> Iterator[Judged]:
    """Judges submissions by the answers that were kept of them, with verdicts and words but without names of mistakes.

    Args:
        keys: what answers must be of to be used, by student.
    Raises:
        CourseError: the hidden checks can't be collected or don't fit the assignment.
    """
    tasks = [
        _Task(each, course.submitted(each, assignment.name), course.answers(each, assignment.name), key)
        for each, key in keys.items()
    ]
    waiting = dict.fromkeys(keys)
    workers = max(1, min(course.workers, len(tasks) // _AT_A_TIME))
    try:
        with worker_processes(workers, _start, (assignment, NoSandbox(course.limits))) as executor:
            for judged in executor.map(_judge, tasks, chunksize=_AT_A_TIME):
                del waiting[judged.student]
                yield judged
    except BrokenProcessPool:  # of whatever is in a file that somebody else wrote
        yield from (Judged(each, None, WHY["damaged"]) for each in waiting)


def _start(assignment: Assignment, sandbox: NoSandbox) -> None:
    global _grader, _failure
    try:
        _grader = Grader(assignment, sandbox, show_cells=False, verdicts_only=True)
    except Exception as error:  # told with the first submission
        _failure = error


def _judge(task: _Task) -> Judged:
    if _failure is not None:
        raise _failure
    assert _grader is not None, "_start() comes first"
    try:
        known = read_answers(task.answers, task.key)
        graded = _grader.grade(task.folder, task.student, known=known)
    except NoAnswers as error:
        return Judged(task.student, None, WHY[str(error)])
    except NotRecorded:
        return Judged(task.student, None, ASKS_MORE)
    report = None if graded.report.status is Status.GRADER_ERROR else graded.report
    return Judged(task.student, report, WHY["damaged"], graded.seconds)


def told(submissions: int, why: Iterable[str]) -> str:
    """How many of so many submissions were judged by kept answers, and why the others had to run."""
    reasons = Counter(why)
    ran = sum(reasons.values())
    line = f"Judged by the answers that were kept: {submissions - ran} of {submissions}, without running any."
    if not ran:
        return line
    listed = ", ".join(f"{count} as {reason}" for reason, count in reasons.most_common())
    return f"{line} Run again: {listed}."


def with_names(report: Report, earlier: Report | None) -> Report:
    """The report with the names that `earlier` has of mistakes, where the checks of the exercise came to the same."""
    known = {each.name: each for each in earlier.exercises} if earlier else {}
    return replace(report, exercises=tuple(_with_name(each, known.get(each.name)) for each in report.exercises))


def _with_name(now: ExerciseResult, before: ExerciseResult | None) -> ExerciseResult:
    if before is None or _verdicts(now) != _verdicts(before):
        return now
    message = before.message if before.misconceptions else now.message
    named = replace(now, message=message, misconceptions=before.misconceptions)
    return replace(named, places=before.places, answers=before.answers)


def _verdicts(exercise: ExerciseResult) -> list[tuple[str, str]]:
    return [(exercise.name, exercise.verdict), *((each.id, each.verdict) for each in exercise.checks)]
