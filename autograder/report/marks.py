"""Marks: what verdicts come to. Verdicts are kept by content; marks are worked out anew each time, and cost nothing.

They depend on verdicts, on the points of the exercises, on what staff decided of a question after hand-in, on what
staff gave by hand, and on dates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from autograder.course.assignment import Assignment, Exercise
from autograder.course.settings import Ruling
from autograder.report.exercise_result import CheckResult, ExerciseResult, Verdict
from autograder.report.report import Report, round_points


@dataclass(frozen=True)
class ByHand:
    """What staff gave for an exercise in the gradebook.

    Attributes:
        points: in place of those of its checks; None: theirs count.
        extra: beside them.
    """

    points: float | None = None
    extra: float = 0.0


def earned(max_points: float, checks: Sequence[CheckResult]) -> float:
    """The exercise's points split over its checks by weight: what passed counts, and what a test cell gave in part."""
    total = sum(each.weight for each in checks)
    passed = sum(each.weight * share_of(each) for each in checks)
    return round_points(max_points * passed / total) if total else 0.0


def share_of(check: CheckResult) -> float:
    """What a check gives of its points, from 0 to 1."""
    if check.share is not None:
        return check.share
    return 1.0 if check.verdict is Verdict.PASSED else 0.0


def new_result(
    exercise: Exercise, verdict: Verdict, message: str = "", checks: tuple[CheckResult, ...] = ()
) -> ExerciseResult:
    """An exercise's result with the points that its checks give."""
    return ExerciseResult(
        exercise.name,
        earned(exercise.points, checks),
        exercise.points,
        verdict,
        message,
        checks=checks,
        graded_by="hand" if exercise.is_by_hand else "checks",
        graded_cell=exercise.graded_cell,
        solution_cell=exercise.solution_cell,
        notebook=exercise.notebook,
    )


def counted(
    report: Report,
    assignment: Assignment,
    rulings: Mapping[str, Ruling] | None = None,
    by_hand: Mapping[str, ByHand] | None = None,
) -> Report:
    """The report with the marks that its verdicts come to today, before any penalty.

    Args:
        report: with the exercises of `assignment`; the marks in it don't matter.
        rulings: what staff decided of questions, by exercise.
        by_hand: what staff gave, by exercise. In a waived question it counts if it is more, in a dropped one not.
    """
    points = {each.name: each.points for each in assignment.exercises}
    exercises = tuple(
        _counted(each, points[each.name], (rulings or {}).get(each.name, Ruling.NONE), (by_hand or {}).get(each.name))
        for each in report.exercises
    )
    settled = [f"`{check.id}`" for each in exercises if each.is_settled for check in each.checks]
    score = round_points(sum(each.points for each in exercises))
    return replace(
        report,
        exercises=exercises,
        score=score,
        max_score=round_points(sum(each.max_points for each in exercises)),
        late_penalty=0.0,
        late_seconds=0.0,
        looks=tuple(each for each in report.looks if not any(check in each for check in settled)),
        mark_looks=(),
    )


def _counted(exercise: ExerciseResult, points: float, ruling: Ruling, by_hand: ByHand | None) -> ExerciseResult:
    auto = points if ruling is Ruling.WAIVED else earned(points, exercise.checks)
    given = auto
    if by_hand is not None:
        given = round_points((auto if by_hand.points is None else by_hand.points) + by_hand.extra)
    if ruling is Ruling.WAIVED:
        given = max(given, points)
    if ruling is Ruling.DROPPED:
        points = auto = given = 0.0
    hand = by_hand is not None and ruling is not Ruling.DROPPED
    if exercise.verdict is Verdict.BY_HAND and by_hand is not None and by_hand.points is None:
        hand = False  # extra credit alone is no mark
    return replace(exercise, points=given, max_points=points, ruling=ruling, auto_points=auto if hand else None)


def points_taken(raw_score: float, late_seconds: float, penalty: Callable[[float], float]) -> float:
    """The points that lateness costs: at most all there are. `penalty` is as for `less_penalty`."""
    if late_seconds <= 0 or raw_score <= 0:
        return 0.0
    return round_points(min(max(penalty(raw_score), 0.0), raw_score))


def less_penalty(report: Report, late_seconds: float, penalty: Callable[[float], float]) -> Report:
    """A counted report less what lateness costs: at least 0 points are left.

    Args:
        penalty: from a raw score to the points that are taken off.
    """
    if late_seconds <= 0:
        return report
    taken = points_taken(report.score, late_seconds, penalty)
    return replace(
        report, score=round_points(report.score - taken), late_penalty=taken, late_seconds=round(late_seconds, 3)
    )
