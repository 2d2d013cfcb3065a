"""Why staff should look at a submission that could not be judged, in whole or in part: the words of `Report.looks`."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.checks import handed_in, left_out
from autograder.report.report import ExerciseResult
from autograder.submission.submission import Submission

_KEPT = "traceback in report.json"


def check_raised(check: str, error: str, place: str) -> str:
    """A check broke. `place` is "test_bce.py, line 12", or empty."""
    return f"check `{check}` raised {error}{f' ({place})' if place else ''}; {_KEPT}"


def check_reported(check: str, times: int) -> str:
    """A check that must report once did not."""
    return f"check `{check}` reported {times} times, and must once; what it said is in report.json"


def package_missing(packages: Sequence[str]) -> str:
    """Judged code wants packages that the grader does not have."""
    names = ", ".join(packages)
    return f"its judged code needs {names}, which is not among the grader's packages; requirements.txt says what is"


def grader_failed(reason: str) -> str:
    """Something of ours broke. `reason` is "ValueError: no such thing"."""
    return f"the grader failed: {reason.rstrip('.')}; {_KEPT}"


def of_submission(submission: Submission, results: Sequence[ExerciseResult], has_lost_points: bool) -> tuple[str, ...]:
    """Why staff should look at what was handed in, whatever its verdicts."""
    looks = [doubt(submission, handed_in.ANOTHER_FOR_STAFF)]
    if packages := left_out.needed_packages(check.message for each in results for check in each.checks):
        looks.append(package_missing(packages))
    if has_lost_points and submission.left_out:
        looks.append(handed_in.LEFT_OUT_FOR_STAFF.format(files=" ".join(submission.left_out)))
    return tuple(filter(None, looks))


def doubt(submission: Submission, sentence: str, **more: str) -> str:
    """The sentence if it is probably another notebook, with the number of the assignment's cells in it."""
    if submission.another is None:
        return ""
    there, total = submission.another
    return sentence.format(there=handed_in.there_are(there), total=total, **more)
