"""Why staff should look at a submission that could not be judged, in whole or in part: the words of `Report.looks`."""

from __future__ import annotations

from collections.abc import Sequence

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


def tests_failed(cell: str, reason: str) -> str:
    """Tests of a notebook fail on the instructor's own solution, or give more points than there are."""
    return (
        f"the tests in `{cell}` can't judge anybody: on the instructor's own notebook, run by the grader, they fail: "
        f"{reason.rstrip('.')}; `autograder audit` says more"
    )


def other_kind(cell: str) -> str:
    """Tests came upon an object where the instructor's solution gives a plain value."""
    return (
        f"the tests in `{cell}` came upon an object of a class where the instructor's solution gives a plain value, so "
        "its own answers did not count: look whether it is right"
    )


def grader_failed(reason: str) -> str:
    """Something of ours broke. `reason` is "ValueError: no such thing"."""
    return f"the grader failed: {reason.rstrip('.')}; {_KEPT}"
