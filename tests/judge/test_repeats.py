"""What is true of several checks of an exercise is said at the first of them, and pointed at from the others."""

from __future__ import annotations

import pytest

from autograder.judge.repeats import said_once
from autograder.report.exercise_result import CheckResult, Verdict

NOT_TRIED = "Not tried, because of this: "
SAME = "For the same reason."
NOT_EITHER = "Not tried, for the same reason."
LIKE_A = "For the same reason as this one: It does 0."


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([], []),
        (["", "", ""], ["", "", ""]),
        (["A.", "B."], ["A.", "B."]),
        (["A.", "A.", "A."], ["A.", SAME, SAME]),
        (["A.", "", "A."], ["A.", "", SAME]),
        (["A.", "B.", "A.", "A."], ["A.", "B.", LIKE_A, SAME]),
        (["A.", f"{NOT_TRIED}A.", f"{NOT_TRIED}A."], ["A.", NOT_EITHER, NOT_EITHER]),
        ([f"{NOT_TRIED}A.", "A."], [f"{NOT_TRIED}A.", SAME]),
    ],
)
def test_a_message_is_said_once(messages: list[str], said: list[str]) -> None:
    checks = [
        CheckResult(f"one::{number}", f"It does {number}.", Verdict.FAILED if each else Verdict.PASSED, 1.0, each)
        for number, each in enumerate(messages)
    ]
    brief = said_once(checks)
    assert [each.message for each in brief] == said
    assert [(each.id, each.title, each.verdict) for each in brief] == [(e.id, e.title, e.verdict) for e in checks]
