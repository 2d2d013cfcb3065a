"""Whom staff should think of, and why: what could not be judged, what is late, who is much below the class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy

from autograder.report.class_report.item_analysis import summary
from autograder.report.class_report.matrix import KINDS, Matrix
from autograder.report.class_report.read_reports import ReadReport

ENOUGH_SCORES = 5
LEAST_DISTANCE = 0.2
"""Of the maximum: how far below the median a score is at least that is much below the class."""


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
    """Who is much below the class: with a score under `line` that is `at_most` too.

    Attributes:
        line: the higher one of the two that follow; all are None if nobody can tell.
        at_most: a fifth of the maximum below the median.
        students: with their scores, the lowest first.
        without: exercises that are left out of these scores, as somebody's waits to be marked by hand.
    """

    line: float | None = None
    first_fence: float | None = None
    half_median: float | None = None
    at_most: float | None = None
    students: tuple[tuple[str, float], ...] = ()
    without: tuple[str, ...] = ()


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


def much_below(matrix: Matrix, max_score: float) -> Below:
    """Scores under J. W. Tukey's lower fence, the first quartile less 1.5 times the distance between the quartiles
    (Exploratory Data Analysis, 1977), or under half the median: the class may be so wide that the fence is under 0.

    Where most have the same score the fence is just below it, so that a score has to be a fifth of the maximum below
    the median besides. Exercises that wait to be marked by hand, if only one student's, count for nobody here.
    """
    waits = (matrix.kinds == KINDS.index("waiting")).any(axis=0)
    without = tuple(name for name, waits_too in zip(matrix.exercises, waits, strict=True) if waits_too)
    scores = (matrix.scores - numpy.nansum(matrix.points[:, waits], axis=1)).round(2)
    most = max_score - float(matrix.max_points[waits].sum())
    figures = summary(scores)
    first, third, median = figures.first_quartile, figures.third_quartile, figures.median
    if first is None or third is None or median is None or figures.count < ENOUGH_SCORES or most <= 0:
        return Below(without=without)
    fence, half, at_most = first - 1.5 * (third - first), median / 2, median - most * LEAST_DISTANCE
    line = max(fence, half)
    below = numpy.flatnonzero((scores < line) & (scores <= at_most + 1e-9))
    found = sorted((float(scores[row]), matrix.students[row]) for row in below)
    return Below(line, fence, half, at_most, tuple((student, score) for score, student in found), without)
