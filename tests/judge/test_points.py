"""From verdicts to points: by weight, and the better of two judgings, with never a word of the second."""

from __future__ import annotations

import math

import pytest

from autograder.course.assignment import Assignment
from autograder.judge.points import better, exercise_result, worst
from autograder.judge.session import CheckRun
from autograder.report.report import CheckResult, Verdict, round_points
from autograder.sandbox.outcome import Outcome

WRONG = frozenset({"double"})


def runs(**verdicts: str) -> list[CheckRun]:
    """Runs of checks of equal weight, by their ids."""
    said = {"passed": "", "failed": "It is not right.", "skipped": "Not written.", "error": ""}
    return [
        CheckRun("mean_of", CheckResult(name, "A line.", Verdict(verdict), 1.0, said[verdict]), "trace")
        for name, verdict in verdicts.items()
    ]


def test_follow_through_gives_the_points_of_what_is_right_and_says_so(tiny: Assignment) -> None:
    exercise = tiny.exercise("mean_of")
    mine, again = runs(a="failed", b="passed", c="failed"), runs(a="passed", b="failed", c="failed")
    result = better(exercise, WRONG, tiny, exercise_result(exercise, mine), mine, again)
    assert result.points == 4
    assert result.follow_through
    assert result.message == (
        "Marked with follow-through: `double` is not right yet, so `mean_of` was judged on its own code, with right "
        "code for what comes before it. It is not right."
    )
    assert [check.verdict for check in result.checks] == ["passed", "passed", "failed"]


def test_it_never_takes_points_away(tiny: Assignment) -> None:
    exercise = tiny.exercise("mean_of")
    mine = runs(a="passed", b="failed")
    first = exercise_result(exercise, mine)
    assert better(exercise, WRONG, tiny, first, mine, runs(a="failed", b="failed")) == first


def test_a_fault_of_ours_in_it_is_told_as_ours(tiny: Assignment) -> None:
    exercise = tiny.exercise("mean_of")
    mine = runs(a="failed")
    result = better(exercise, WRONG, tiny, exercise_result(exercise, mine), mine, runs(a="error"))
    assert result.verdict is Verdict.ERROR
    assert result.message.startswith("Something went wrong on our side")


@pytest.mark.parametrize(
    ("seen", "wanted"),
    [
        ([], "ok"),
        ([Outcome.OK, Outcome.RAISED], "raised"),
        ([Outcome.RAISED, Outcome.TIMED_OUT, Outcome.OUT_OF_MEMORY], "timed_out"),
        ([Outcome.TIMED_OUT, Outcome.DIED], "died"),
    ],
)
def test_the_most_serious_outcome_is_told(seen: list[Outcome], wanted: str) -> None:
    assert worst(seen) == wanted


def result_of(verdict: Verdict, weight: float = 1) -> CheckRun:
    return CheckRun("double", CheckResult(f"id-{verdict}", "title", verdict, weight, f"was {verdict}"), "")


@pytest.mark.parametrize(
    ("check_runs", "verdict", "points"),
    [
        ([], "skipped", 0),
        ([result_of(Verdict.PASSED)], "passed", 4),
        ([result_of(Verdict.PASSED, 3), result_of(Verdict.FAILED, 1)], "failed", 3),
        ([result_of(Verdict.FAILED), result_of(Verdict.SKIPPED)], "failed", 0),
        ([result_of(Verdict.SKIPPED), result_of(Verdict.SKIPPED)], "skipped", 0),
        ([result_of(Verdict.PASSED), result_of(Verdict.SKIPPED)], "failed", 2),
        ([result_of(Verdict.PASSED), result_of(Verdict.ERROR)], "error", 2),
        ([result_of(Verdict.FAILED), result_of(Verdict.ERROR)], "error", 0),
        ([result_of(Verdict.PASSED, 1), result_of(Verdict.FAILED, 2)], "failed", 1.33),
    ],
)
def test_an_exercise_result_follows_from_its_checks(
    tiny: Assignment, check_runs: list[CheckRun], verdict: str, points: float
) -> None:
    result = exercise_result(tiny.exercises[0], check_runs)
    assert result.verdict == verdict
    assert result.points == points


def test_points_are_never_negative_zero_or_long() -> None:
    assert math.copysign(1, round_points(-0.0)) == 1
    assert round_points(1 / 3) == 0.33
    assert round_points(9.999) == 10
