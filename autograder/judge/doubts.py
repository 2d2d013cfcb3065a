"""Why staff should look at what was handed in, whatever its verdicts."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.checks import handed_in, left_out
from autograder.judge.looks import package_missing
from autograder.report.exercise_result import ExerciseResult
from autograder.submission.submission import Submission


def of_submission(submission: Submission, results: Sequence[ExerciseResult], has_lost_points: bool) -> tuple[str, ...]:
    """The sentences, for `Report.looks`."""
    looks = [doubt(submission, handed_in.ANOTHER_FOR_STAFF)]
    if packages := left_out.needed_packages(check.message for each in results for check in each.checks):
        looks.append(package_missing(packages))
    if has_lost_points and submission.left_out:
        looks.append(handed_in.LEFT_OUT_FOR_STAFF.format(files=" ".join(submission.left_out)).removesuffix("."))
    return tuple(filter(None, looks))


def doubt(submission: Submission, sentence: str, **more: str) -> str:
    """The sentence if it is probably another notebook, with the number of the assignment's cells in it."""
    if submission.another is None:
        return ""
    there, total = submission.another
    return sentence.format(there=handed_in.there_are(there), total=total, **more)
