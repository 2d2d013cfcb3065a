"""Says once what is true of several checks of an exercise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from autograder.checks import messages
from autograder.report.exercise_result import CheckResult

_NOT_TRIED = messages.NOT_TRIED.format(failed="")


def said_once(checks: Sequence[CheckResult]) -> tuple[CheckResult, ...]:
    """The same checks, where a message that stands at an earlier one is not said again but pointed at."""
    told: dict[str, CheckResult] = {}
    brief = []
    last = ""
    for check in checks:
        # A check that was not tried gives the words of the one that had to be stopped.
        reason, words = check.message.removeprefix(_NOT_TRIED), check.message
        if reason and reason not in told:
            told[reason] = check
        elif reason and reason != last:
            words = messages.SAME_REASON_AS.format(title=told[reason].title)
        elif reason:
            words = messages.SAME_REASON if reason == words else messages.NOT_TRIED_EITHER
        last = reason or last
        brief.append(replace(check, message=words))
    return tuple(brief)
