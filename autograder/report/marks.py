"""Marks: what verdicts come to. Verdicts are kept by content; marks are worked out anew each time, and cost nothing.

They depend on verdicts, on the points of the exercises, on what staff decided of a question after hand-in, on what
staff gave by hand, and on dates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from autograder.course.assignment import Assignment
from autograder.course.settings import Ruling
from autograder.report.report import CheckResult, ExerciseResult, Report, Verdict, round_points


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
    """The exercise's points split over its checks by weight: what passed counts."""
    total = sum(each.weight for each in checks)
    passed = sum(each.weight for each in checks if each.verdict is Verdict.PASSED)
    return round_points(max_points * passed / total) if total else 0.0


def counted(
    report: Report,
    assignment: Assignment,
    rulings: Mapping[str, Ruling] | None = None,
    by_hand: Mapping[str, ByHand] | None = None,
    other: tuple[float, float] = (0.0, 0.0),
) -> Report:
    """The report with the marks that its verdicts come to today, before any penalty.

    Args:
        report: with the exercises of `assignment`; the marks in it don't matter.
        rulings: what staff decided of questions, by exercise.
        other: points of cells that are no exercises, such as an essay that staff mark: given, and possible.
        by_hand: what staff gave, by exercise. In a waived question it counts if it is more, in a dropped one not.
    """
    points = {each.name: each.points for each in assignment.exercises}
    exercises = tuple(
        _counted(each, points[each.name], (rulings or {}).get(each.name, Ruling.NONE), (by_hand or {}).get(each.name))
        for each in report.exercises
    )
    settled = [f"`{check.id}`" for each in exercises if each.is_settled for check in each.checks]
    score = round_points(sum(each.points for each in exercises) + other[0])
    return replace(
        report,
        exercises=exercises,
        score=score,
        max_score=round_points(sum(each.max_points for each in exercises) + other[1]),
        other_points=other[0],
        other_max_points=other[1],
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
    return replace(exercise, points=given, max_points=points, ruling=ruling, auto_points=auto if hand else None)


def less_penalty(report: Report, late_seconds: float, penalty: Callable[[float], float]) -> Report:
    """A counted report less what lateness costs: at least 0 points are left.

    Args:
        penalty: from a raw score to the points that are taken off.
    """
    if late_seconds <= 0:
        return report
    taken = round_points(min(max(penalty(report.score), 0.0), report.score)) if report.score > 0 else 0.0
    return replace(
        report, score=round_points(report.score - taken), late_penalty=taken, late_seconds=round(late_seconds, 3)
    )
