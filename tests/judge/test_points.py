"""From verdicts to points: by weight, and the better of two judgings, with never a word of the second."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from autograder.checks.notebook import Call
from autograder.course.assignment import Assignment
from autograder.judge.check_runs import CheckRun
from autograder.judge.points import better, exercise_result
from autograder.report.exercise_result import CheckResult, Verdict
from autograder.report.report import round_points
from autograder.sandbox.outcome import Outcome, worst

WRONG = frozenset({"double"})
UNWRITTEN = Call("raised", ("NotImplementedError", "", True))


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


def again_of(verdict: str, message: str, *calls: Call, advice: str = "") -> list[CheckRun]:
    return [
        CheckRun(
            "mean_of", CheckResult("a", "A line.", Verdict(verdict), 1.0, message), "", tuple(calls), advice=advice
        )
    ]


@pytest.mark.parametrize(
    ("again", "said"),
    [
        (again_of("failed", "It is not right."), "It is not right."),
        (
            again_of("failed", "SECRET", Call("value", 3), advice="Is it the mean?"),
            "Where `double` is right, `mean_of` gives another answer than it should. Is it the mean?",
        ),
        (
            again_of("failed", "SECRET", Call("value", 3), advice="Is there a log of 0 or a division by 0?"),
            "Where `double` is right, `mean_of` gives NaN or infinity. Is there a log of 0 or a division by 0?",
        ),
        (
            again_of("failed", "SECRET", Call("value", 3), advice="SECRET is 1234.5."),
            "Where `double` is right, `mean_of` gives another answer than it should.",
        ),
        (
            again_of("failed", "SECRET", Call("raised", ("ZeroDivisionError", "SECRET", True))),
            "Where `double` is right, `mean_of` raises ZeroDivisionError. Something is divided by 0: is a counter "
            "still 0, or a list empty?",
        ),
        (
            again_of("failed", "SECRET", Call("raised", ("SECRET", "SECRET", True))),
            "Where `double` is right, `mean_of` raises an error of its own kind.",
        ),
        (
            again_of("failed", "SECRET", Call(Outcome.TIMED_OUT)),
            "Where `double` is right, `mean_of` does not come to an end in time. Is there a loop that never ends?",
        ),
        (
            again_of("failed", "SECRET", Call(Outcome.DIED)),
            "Where `double` is right, `mean_of` ends Python, or its answer can't be read.",
        ),
        (again_of("failed", "SECRET", Call("missing")), "Where `double` is right, `mean_of` does not exist."),
        (again_of("skipped", "SECRET"), "Not tried, because this exercise had to be stopped."),
        (
            again_of("skipped", "S", UNWRITTEN),
            "You have not written this one yet.",
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_still_fails_is_told_of_the_second_judging_in_fixed_words(
    tiny: Assignment, again: list[CheckRun], said: str
) -> None:
    exercise, mine = tiny.exercise("mean_of"), runs(a="failed")
    result = better(exercise, WRONG, tiny, exercise_result(exercise, mine), mine, again)
    assert (result.message, result.checks[0].message) == (said, said)
    assert (result.points, result.follow_through) == (0, False)


def test_words_of_the_first_judging_stay_where_the_calls_came_to_the_same(tiny: Assignment) -> None:
    call = Call("raised", ("ValueError", "odd", True))
    exercise, mine = tiny.exercise("mean_of"), [replace(one, calls=(call,)) for one in runs(a="failed")]
    result = better(
        exercise, WRONG, tiny, exercise_result(exercise, mine), mine, again_of("failed", "Other words.", call)
    )
    assert result.message == "It is not right."


def test_what_is_said_of_a_missing_cell_stays(tiny: Assignment) -> None:
    exercise, mine = tiny.exercise("mean_of"), runs(a="failed")
    first = replace(exercise_result(exercise, mine), message="Its cell is missing.")
    result = better(exercise, WRONG, tiny, first, mine, again_of("failed", "SECRET", Call("missing")))
    assert result.message == "Its cell is missing."


def test_a_public_check_speaks_first_and_one_that_was_tried_before_one_that_was_not(tiny: Assignment) -> None:
    skipped, private, public = (
        replace(one, public=one.result.id != "b", result=replace(one.result, message=said))
        for one, said in zip(
            runs(a="skipped", b="failed", c="failed"), ("Not tried, because.", "It is b.", "It is c."), strict=True
        )
    )
    exercise = tiny.exercise("mean_of")
    assert exercise_result(exercise, [skipped, private, public]).message == "It is c."
    assert exercise_result(exercise, [skipped, private]).message == "It is b."
    assert exercise_result(exercise, [skipped]).message == "Not tried, because."


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
