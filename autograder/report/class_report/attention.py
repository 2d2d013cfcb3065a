"""Whom staff should think of, and why: what could not be judged, what is late, who is much below the class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from autograder.report.class_report.item_analysis import Summary
from autograder.report.class_report.read_reports import ReadReport

ENOUGH_SCORES = 5


@dataclass(frozen=True)
class Look:
    """Who needs a look, and why, a sentence each."""

    student: str
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Late:
    """Who handed in late, by how much, and the points that it cost."""

    student: str
    seconds: float
    penalty: float


@dataclass(frozen=True)
class Below:
    """Who is much below the class, and the line: a score under `line` is."""

    line: float | None
    first_fence: float | None
    half_median: float | None
    students: tuple[tuple[str, float], ...]


def looks(reports: Mapping[str, ReadReport]) -> list[Look]:
    """Who needs a look: what the report says of the work and its marks, what could not be read, faults of ours."""
    found = []
    for student, report in reports.items():
        reasons = [*report.looks, *report.mark_looks]
        if report.status == "unreadable":
            reasons.append("nothing in it could be read; 0 points")
        elif report.status != "graded":
            reasons.append("the grader failed on it; it has no mark")
        elif not report.looks and any(_is_broken(each) for each in report.exercises):
            reasons.append("a check of ours broke; an exercise has no mark")
        if reasons:
            found.append(Look(student, tuple(dict.fromkeys(reasons))))
    return found


def _is_broken(exercise: object) -> bool:
    return getattr(exercise, "verdict", "") == "error" and getattr(exercise, "auto_points", None) is None


def late(reports: Mapping[str, ReadReport]) -> list[Late]:
    """Who was late, the latest first."""
    found = [
        Late(student, report.late_seconds, report.late_penalty)
        for student, report in reports.items()
        if report.late_seconds > 0
    ]
    return sorted(found, key=lambda each: (-each.seconds, each.student))


def much_below(scores: Mapping[str, float], figures: Summary) -> Below:
    """Scores under J. W. Tukey's lower fence, the first quartile less 1.5 times the distance between the quartiles
    (Exploratory Data Analysis, 1977), or under half the median: the class may be so wide that the fence is under 0.
    """
    first, third, median = figures.first_quartile, figures.third_quartile, figures.median
    if first is None or third is None or median is None or figures.count < ENOUGH_SCORES:
        return Below(None, None, None, ())
    fence, half = first - 1.5 * (third - first), median / 2
    line = max(fence, half)
    found = sorted(((score, student) for student, score in scores.items() if score < line))
    return Below(line, fence, half, tuple((student, score) for score, student in found))
