"""From verdicts of checks to points and words of an exercise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from autograder.checks import explained, handed_in, messages, page_words
from autograder.course.assignment import Assignment, Exercise
from autograder.judge.check_runs import CheckRun
from autograder.judge.naming import same_calls
from autograder.report.exercise_result import ExerciseResult, Verdict
from autograder.report.marks import new_result
from autograder.submission.submission import Submission

_NOT_TRIED = messages.NOT_TRIED.partition(",")[0]


def exercise_result(exercise: Exercise, check_runs: Sequence[CheckRun]) -> ExerciseResult:
    """Splits the exercise's points over its checks by weight: what passed counts. No checks run: not attempted."""
    if not check_runs:
        return new_result(exercise, Verdict.SKIPPED, messages.NOT_WRITTEN_YET)
    results = tuple(one.result for one in check_runs)
    verdicts = {result.verdict for result in results}
    if Verdict.ERROR in verdicts:
        verdict, message = Verdict.ERROR, messages.OURS
    elif verdicts == {Verdict.PASSED}:
        verdict, message = Verdict.PASSED, ""
    else:
        verdict = Verdict.SKIPPED if verdicts == {Verdict.SKIPPED} else Verdict.FAILED
        message = _first_message(check_runs)
    return new_result(exercise, verdict, message, results)


def first_result(exercise: Exercise, check_runs: Sequence[CheckRun], submission: Submission) -> ExerciseResult:
    """What came of an exercise in the student's own notebook. A stub that earns nothing was not attempted."""
    result = exercise_result(exercise, check_runs)
    is_stub = exercise.solution_cell in submission.untouched
    if is_stub and result.verdict is Verdict.FAILED and not result.points:
        result = exercise_result(exercise, ())
    if exercise.solution_cell in submission.missing:
        result = replace(result, message=handed_in.CELL_MISSING)
    return result


def result_by_hand(exercise: Exercise, is_untouched: bool) -> ExerciseResult:
    """What is said of an exercise that staff mark: it waits for them, unless nothing was written."""
    if is_untouched:
        return new_result(exercise, Verdict.SKIPPED, messages.NOT_WRITTEN_YET)
    return new_result(exercise, Verdict.BY_HAND, messages.WAITS_FOR_STAFF)


def _first_message(check_runs: Sequence[CheckRun]) -> str:
    """What stands for the exercise: of checks that were tried, and before others of those with the notebook's data."""
    left = [one for one in check_runs if one.result.verdict is not Verdict.PASSED]
    return min(left, key=lambda one: (one.result.message.startswith(_NOT_TRIED), not one.public)).result.message


def is_proven(result: ExerciseResult, check_runs: Sequence[CheckRun]) -> bool:
    """Whether the exercise's own code has been found right, so that later ones can build on it.

    That is not the same as having its points: a check that passes without asking the student's code proves nothing.
    """
    return result.verdict is Verdict.PASSED and any(call.kind == "value" for one in check_runs for call in one.calls)


def better(
    exercise: Exercise,
    wrong: frozenset[str],
    assignment: Assignment,
    first: ExerciseResult,
    check_runs: Sequence[CheckRun],
    again: Sequence[CheckRun],
) -> ExerciseResult:
    """The better of two results of an exercise: on its own, and with reference code for the earlier ones `wrong`.

    Of a check that is not among those judged `again`, the first result stands.
    Verdicts alone come out of the second guest, and kinds: it held reference code, and words could carry it.
    """
    if any(one.result.verdict is Verdict.ERROR for one in again):
        return replace(first, verdict=Verdict.ERROR, message=messages.OURS)
    seen = {one.result.id: one for one in again}
    earlier = [each.name for each in assignment.exercises if each.name in wrong]
    merged = [
        _judged_again(one, seen[one.result.id], exercise, earlier) if one.result.id in seen else one
        for one in check_runs
    ]
    second = exercise_result(exercise, merged)
    if first.message not in [one.result.message for one in check_runs]:  # it is about the cell, not about checks
        second = replace(second, message=first.message)
    if second.points <= first.points:
        return second
    words = page_words.followed_through(exercise.name, earlier)
    return replace(second, follow_through=True, message=f"{words} {second.message}".strip())


def _judged_again(one: CheckRun, again: CheckRun, exercise: Exercise, earlier: Sequence[str]) -> CheckRun:
    """A check with the verdict, and the kind of failure, of the judging with reference code.

    The words of the first judging stay only if they are true of the second: they could blame what comes from an earlier
    exercise.
    """
    if Verdict.PASSED in (one.result.verdict, again.result.verdict):
        return replace(one, result=replace(one.result, verdict=Verdict.PASSED, message=""))
    if one.result.message == again.result.message or (one.calls and same_calls(one.calls, again.calls)):
        return one
    if not again.calls:
        words = explained.NOT_TRIED_AGAIN
    elif again.result.verdict is Verdict.SKIPPED:
        words = messages.NOT_WRITTEN_YET
    else:
        last = again.calls[-1]
        words = explained.where_earlier_ones_are_right(exercise.name, earlier, last.kind, last.value, again.advice)
    return replace(one, result=replace(one.result, verdict=again.result.verdict, message=words))
