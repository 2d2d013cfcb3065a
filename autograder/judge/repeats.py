"""Says once what is true of several checks of an exercise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from autograder.checks import messages
from autograder.report.report import CheckResult


def said_once(checks: Sequence[CheckResult]) -> tuple[CheckResult, ...]:
    """The same checks, where a message that stands at an earlier one is not said again but pointed at."""
    told: dict[str, CheckResult] = {}
    brief = []
    last = ""
    for check in checks:
        words = check.message
        # A check that was not tried gives the words of the one that had to be stopped.
        stopped = next((said for said in told if words == messages.NOT_TRIED.format(failed=said)), None)
        reason = words if stopped is None else stopped
        if not words or reason not in told:
            told.setdefault(reason, check)
        elif reason != last:
            words = messages.SAME_REASON_AS.format(title=told[reason].title)
        else:
            words = messages.SAME_REASON if stopped is None else messages.NOT_TRIED_EITHER
        last = reason or last
        brief.append(replace(check, message=words))
    return tuple(brief)
