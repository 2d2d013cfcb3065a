"""What verdicts come to: rulings, marks by hand and penalties, on reports made up for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from autograder.checks.messages import duration
from autograder.course.assignment import Assignment
from autograder.course.settings import Ruling
from autograder.report.exercise_result import CheckResult, ExerciseResult, Verdict
from autograder.report.marks import ByHand, counted, earned, less_penalty
from autograder.report.report import Report, Status

PASSED, FAILED, ERROR = Verdict.PASSED, Verdict.FAILED, Verdict.ERROR


def checks(*verdicts: Verdict) -> tuple[CheckResult, ...]:
    return tuple(CheckResult(f"double::test_{index}", "…", each, 1) for index, each in enumerate(verdicts))


def report_of(tiny: Assignment, *double: Verdict) -> Report:
    """A report in which the first exercise has these verdicts, and the others are right."""
    exercises = [
        ExerciseResult(each.name, 0, 0, PASSED, checks=checks(*(double if each.name == "double" else [PASSED])))
        for each in tiny.exercises
    ]
    return Report("tiny", "student-001", 0, 0, Status.GRADED, tuple(exercises))


@pytest.mark.parametrize(
    ("verdicts", "points"),
    [([], 0), ([PASSED], 4), ([PASSED, FAILED], 2), ([PASSED, ERROR], 2), ([PASSED, FAILED, FAILED], 1.33)],
)
def test_points_are_split_over_checks(verdicts: list[Verdict], points: float) -> None:
    assert earned(4, checks(*verdicts)) == points


@pytest.mark.parametrize(
    ("ruling", "by_hand", "points", "max_points", "score", "max_score"),
    [
        (Ruling.NONE, None, 2, 4, 18, 20),
        (Ruling.WAIVED, None, 4, 4, 20, 20),
        (Ruling.DROPPED, None, 0, 0, 16, 16),
        (Ruling.NONE, ByHand(3), 3, 4, 19, 20),
        (Ruling.NONE, ByHand(0), 0, 4, 16, 20),
        (Ruling.NONE, ByHand(None, 1), 3, 4, 19, 20),
        (Ruling.NONE, ByHand(3, 2), 5, 4, 21, 20),
        (Ruling.WAIVED, ByHand(1), 4, 4, 20, 20),
        (Ruling.WAIVED, ByHand(1, 5), 6, 4, 22, 20),
        (Ruling.DROPPED, ByHand(3, 2), 0, 0, 16, 16),
    ],
)
def test_rulings_and_marks_by_hand(
    tiny: Assignment,
    ruling: Ruling,
    by_hand: ByHand | None,
    points: float,
    max_points: float,
    score: float,
    max_score: float,
) -> None:
    report = report_of(tiny, PASSED, FAILED)
    found = counted(report, tiny, {"double": ruling}, {"double": by_hand} if by_hand else {})
    exercise = found.exercise("double")
    assert (exercise.points, exercise.max_points) == (points, max_points)
    assert (found.score, found.raw_score, found.max_score) == (score, score, max_score)
    assert exercise.by_hand is (by_hand is not None and ruling is not Ruling.DROPPED)
    assert exercise.checks == report.exercise("double").checks
    again = counted(found, tiny)
    assert (again.score, again.max_score, again.exercise("double").ruling) == (18, 20, Ruling.NONE)


@pytest.mark.parametrize(
    ("ruling", "hand"), [(Ruling.WAIVED, {}), (Ruling.DROPPED, {}), (Ruling.NONE, {"double": ByHand(2)})]
)
def test_a_broken_check_of_a_question_that_is_settled_needs_no_look(
    tiny: Assignment, ruling: Ruling, hand: dict[str, ByHand]
) -> None:
    broken = report_of(tiny, ERROR)
    broken = replace(broken, looks=("check `double::test_0` raised KeyError", "something else"))
    broken = replace(
        broken,
        exercises=tuple(replace(each, verdict=ERROR) if each.name == "double" else each for each in broken.exercises),
    )
    assert counted(broken, tiny).is_our_fault
    settled = counted(broken, tiny, {"double": ruling}, hand)
    assert not settled.is_our_fault
    assert settled.looks == ("something else",)


@pytest.mark.parametrize(
    ("late_seconds", "penalty", "taken"),
    [(0, 5, 0), (60, 5, 5), (60, 0, 0), (60, -3, 0), (60, 99, 18), (60, 1 / 3, 0.33)],
)
def test_a_penalty_takes_no_more_than_there_is(
    tiny: Assignment, late_seconds: float, penalty: float, taken: float
) -> None:
    report = counted(report_of(tiny, PASSED, FAILED), tiny)
    found = less_penalty(report, late_seconds, lambda raw: penalty)
    assert (found.raw_score, found.late_penalty, found.late_seconds) == (18, taken, late_seconds)
    assert found.score == pytest.approx(18 - taken)
    assert Report.from_dict(found.to_dict()) == found


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        *((0.2, "1 s"), (59, "59 s"), (60, "1 min"), (3_600, "1 h"), (12_000, "3 h 20 min"), (3_605, "1 h 5 s")),
        *((86_400, "1 day"), (183_600, "2 days 3 h"), (86_460, "1 day 1 min"), (174_600, "2 days 30 min")),
    ],
)
def test_a_duration_is_told_in_its_two_largest_units(seconds: float, said: str) -> None:
    assert duration(seconds) == said
