"""From verdicts of checks to points and words of an exercise, and reports of submissions that were not judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from autograder.assignment import Assignment, Exercise
from autograder.fingerprint import versions
from autograder.follow_through import explain
from autograder.judging import Judged
from autograder.report import ExerciseResult, Report, Status, Verdict, round_points
from autograder.sandbox import Outcome
from autograder.submission import Submission

OURS = "Something went wrong on our side while this was judged. Your work is safe; the staff will look at it."
_NOT_WRITTEN = "You have not written this one yet."


def unjudged(assignment: Assignment, submission: Submission, status: Status, message: str, trace: str = "") -> Report:
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
        verdict, message = Verdict.ERROR, OURS
    elif verdicts == {Verdict.PASSED}:
        verdict, message = Verdict.PASSED, ""
    else:
        verdict = Verdict.SKIPPED if verdicts == {Verdict.SKIPPED} else Verdict.FAILED
        message = next(each.message for each in results if each.verdict is not Verdict.PASSED)
    points = round_points(exercise.points * passed / total)
    return ExerciseResult(exercise.name, points, exercise.points, verdict, message, checks=results)


def better(
    exercise: Exercise,
    wrong: frozenset[str],
    assignment: Assignment,
    first: ExerciseResult,
    judged: Sequence[Judged],
    again: Sequence[Judged],
) -> ExerciseResult:
    """The better of two results of an exercise: on its own, and with reference code for the earlier ones `wrong`.

    Verdicts alone come out of the second guest: it held reference code, and words could carry it.
    """
    if any(one.result.verdict is Verdict.ERROR for one in again):
        return replace(first, verdict=Verdict.ERROR, message=OURS)
    passed = {one.result.id for one in again if one.result.verdict is Verdict.PASSED}
    merged = [
        replace(one, result=replace(one.result, verdict=Verdict.PASSED, message="")) if one.result.id in passed else one
        for one in judged
    ]
    second = exercise_result(exercise, merged)
    if second.points <= first.points:
        return first
    words = explain(exercise.name, wrong, assignment)
    return replace(second, follow_through=True, message=f"{words} {second.message}".strip())


def worst(seen: Sequence[Outcome]) -> Outcome:
    """The most serious outcome of the notebook's cells and of the calls into it."""
    order = (Outcome.DIED, Outcome.TIMED_OUT, Outcome.OUT_OF_MEMORY, Outcome.RAISED)
    return next((outcome for outcome in order if outcome in seen), Outcome.OK)
