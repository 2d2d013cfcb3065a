"""Why a mark changed: each cause is told, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from autograder.course.settings import Ruling
from autograder.report.differences import differences
from autograder.report.exercise_result import CheckResult, ExerciseResult, Verdict
from autograder.report.report import Report, Status

CHECK = CheckResult("test_f.py::test_sum", "The sum is right.", Verdict.PASSED, 2.0)
FAILED = replace(CHECK, verdict=Verdict.FAILED, message="`f(x)` returned\n  3.")
OTHER = CheckResult("test_f.py::test_shape", "So is the shape.", Verdict.PASSED, 1.0)
EXERCISE = ExerciseResult("f", 4.0, 4.0, Verdict.PASSED, checks=(CHECK, OTHER))
BEFORE = Report("tiny", "student-001", 4.0, 4.0, Status.GRADED, (EXERCISE,))


def told(exercise: ExerciseResult | None = None, **changes: Any) -> list[Any]:
    exercises = (exercise,) if exercise else BEFORE.exercises
    found = differences(BEFORE, replace(BEFORE, exercises=exercises, **changes))
    return [
        (each.exercise, each.points_before, each.points, [(one.what, one.message) for one in each.why])
        for each in found
    ]


def changed(points: float = 1.0, **changes: Any) -> ExerciseResult:
    return replace(EXERCISE, points=points, **changes)


@pytest.mark.parametrize(
    ("exercise", "why"),
    [
        (changed(checks=(FAILED, OTHER)), [("`test_sum` fails now", "`f(x)` returned 3.")]),
        (changed(checks=(replace(FAILED, message="x" * 300), OTHER)), [("`test_sum` fails now", "x" * 199 + "…")]),
        (changed(checks=(CHECK, replace(OTHER, verdict=Verdict.SKIPPED))), [("`test_shape` is not tried now", "")]),
        (changed(checks=(replace(CHECK, weight=3.0), OTHER)), [("`test_sum` weighs 3, not 2", "")]),
        (changed(checks=(OTHER,)), [("`test_sum` is not among its checks any more", "")]),
        (
            changed(checks=(CHECK, OTHER, replace(FAILED, id="a::new"))),
            [("`new` is new and fails", "`f(x)` returned 3.")],
        ),
        (changed(checks=(replace(CHECK, share=0.5), OTHER)), [("`test_sum` gives another part of its points", "")]),
        (changed(max_points=8.0), [("it has 8 points, not 4", "")]),
        (changed(ruling=Ruling.WAIVED), [("the question is waived", "")]),
        (changed(auto_points=2.0), [("points given by hand count", "")]),
        (changed(follow_through=True), [("judged beside reference code for earlier exercises", "")]),
    ],
)
def test_each_cause_is_told(exercise: ExerciseResult, why: list[Any]) -> None:
    assert told(exercise) == [("f", 4.0, 1.0, why)]


def test_what_costs_no_points_is_not_told() -> None:
    assert told(replace(EXERCISE, checks=(FAILED, OTHER))) == []
    assert told(seconds=3.0, message="other") == []


def test_what_is_of_the_whole_is_told() -> None:
    assert told(late_penalty=2.0, score=2.0) == [("", 0.0, -2.0, [("the penalty for lateness", "")])]
    [(name, before, now, why)] = told(status=Status.UNREADABLE, score=0.0)
    assert (name, before, now, why) == ("", 4.0, 0.0, [("it was graded and is unreadable", "")])


def test_exercises_that_came_and_went_are_told() -> None:
    other = replace(EXERCISE, name="g", points=1.0)
    assert told(other) == [
        ("g", 0.0, 1.0, [("a new exercise", "")]),
        ("f", 4.0, 0.0, [("not an exercise any more", "")]),
    ]


def test_back_from_a_fault_is_a_pass() -> None:
    broken = replace(BEFORE, exercises=(changed(0.0, checks=(replace(CHECK, verdict=Verdict.ERROR), OTHER)),))
    [change] = differences(broken, BEFORE)
    assert [each.what for each in change.why] == ["`test_sum` passes now"]
    [change] = differences(BEFORE, broken)
    assert "the check's or the grader's fault" in change.why[0].what
