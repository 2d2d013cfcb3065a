"""The figures of a test and its items, as textbooks of classical test theory have them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy

from autograder.report.class_report.matrix import KINDS, Array, Matrix

ENOUGH_STUDENTS = 20  # with fewer, a correlation says nothing: its standard error is over 0.2
LEAST_DISCRIMINATION = 0.2
FIFTHS = 5


@dataclass(frozen=True)
class Summary:
    """Of a list of numbers; all but `count` are None if there are none.

    Attributes:
        sd: the sample's standard deviation, with n - 1; None of one number.
        first_quartile, third_quartile: with linear interpolation between neighbours (the default of `numpy.quantile`).
    """

    count: int
    mean: float | None = None
    sd: float | None = None
    least: float | None = None
    first_quartile: float | None = None
    median: float | None = None
    third_quartile: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Item:
    """What is known of an exercise.

    Attributes:
        counts: how many answers stand how, by `KINDS`.
        difficulty: the mean share of its points; None if it has none, or nobody has any yet.
        point_biserial: correlation of its share with the points of all exercises, itself too; the point-biserial
            correlation where it is all or nothing.
        discrimination: correlation with the points of the others; None as `why_no_discrimination` says.
        is_flagged: whether that is below 0.2.
        fifths: the mean share in each fifth of the class, from the lowest scores to the highest.
    """

    name: str
    max_points: float
    ruling: str
    counts: dict[str, int]
    difficulty: float | None
    point_biserial: float | None
    discrimination: float | None
    why_no_discrimination: str
    is_flagged: bool
    fifths: tuple[float, ...]


@dataclass(frozen=True)
class Reliability:
    """How well the exercises measure one thing together.

    Attributes:
        alpha: Cronbach's; None if it can't be told, and `why_none` says why.
        is_kr20: whether every exercise was all or nothing and all give the same points, where it is KR-20.
        exercises, students: how many it is from.
    """

    alpha: float | None
    is_kr20: bool
    exercises: int
    students: int
    why_none: str = ""


def summary(numbers: Sequence[float] | Array) -> Summary:
    """The usual figures."""
    values = numpy.asarray(numbers, dtype=float)
    if not values.size:
        return Summary(0)
    least, first, median, third, most = (float(each) for each in numpy.quantile(values, (0, 0.25, 0.5, 0.75, 1)))
    sd = float(values.std(ddof=1)) if values.size > 1 else None
    return Summary(values.size, float(values.mean()), sd, least, first, median, third, most)


def correlation(one: Array, other: Array) -> float | None:
    """Pearson's r over the pairs without a NaN; None if either is always the same.

    Of an item that is 0 or 1, it is the point-biserial correlation.
    """
    both = ~(numpy.isnan(one) | numpy.isnan(other))
    a, b = one[both], other[both]
    if a.size < 2 or numpy.ptp(a) < 1e-9 or numpy.ptp(b) < 1e-9:
        return None
    a, b = a - a.mean(), b - b.mean()
    return float((a @ b) / math.sqrt((a @ a) * (b @ b)))


def items(matrix: Matrix) -> list[Item]:
    """Each exercise.

    Discrimination is the corrected item-total correlation, with the item taken out of the total (S. Henrysson,
    "Correction of item-total correlations in item analysis", Psychometrika 28, 1963); that below 0.2 an item is poor is
    R. L. Ebel's rule (Measuring Educational Achievement, 1965). Totals are sums of the exercises' points, before any
    penalty for lateness, without those that are waiting to be marked.
    """
    points = numpy.where(numpy.isnan(matrix.shares), 0.0, numpy.nan_to_num(matrix.points))
    totals = points.sum(axis=1)
    fifths = _fifths(totals)
    return [_item(matrix, column, totals, points[:, column], fifths) for column in range(len(matrix.exercises))]


def _item(matrix: Matrix, column: int, totals: Array, points: Array, fifths: Sequence[Array]) -> Item:
    shares = matrix.shares[:, column]
    known = shares[~numpy.isnan(shares)]
    counts = {kind: int((matrix.kinds[:, column] == number).sum()) for number, kind in enumerate(KINDS)}
    found = correlation(shares, totals - points)
    if matrix.max_points[column] <= 0:
        why = "no points"
    elif not known.size:
        why = "no marks"
    elif known.size < ENOUGH_STUDENTS:
        why = "too few students"
    elif len(matrix.exercises) < 2:
        why = "the only exercise"
    else:
        why = "" if found is not None else "all alike"
    discrimination = None if why else found
    return Item(
        name=matrix.exercises[column],
        max_points=float(matrix.max_points[column]),
        ruling=matrix.rulings[column],
        counts=counts,
        difficulty=float(known.mean()) if known.size else None,
        point_biserial=None if why else correlation(shares, totals),
        discrimination=discrimination,
        why_no_discrimination=why,
        is_flagged=discrimination is not None and discrimination < LEAST_DISCRIMINATION,
        fifths=tuple(float(numpy.nanmean(shares[rows])) for rows in fifths if not numpy.isnan(shares[rows]).all())
        if known.size >= ENOUGH_STUDENTS
        else (),
    )


def _fifths(totals: Array) -> list[Array]:
    """The rows of each fifth of the class."""
    return [each for each in numpy.array_split(numpy.argsort(totals, kind="stable"), FIFTHS) if each.size]


def reliability(matrix: Matrix) -> Reliability:
    """Cronbach's alpha over exercises that everybody has marks of: k / (k - 1) * (1 - sum of variances / variance of
    the sum), of points (L. J. Cronbach, "Coefficient alpha and the internal structure of tests", Psychometrika 16,
    1951). Where every exercise is all or nothing and all give the same points, it is KR-20 (G. F. Kuder and M. W.
    Richardson, Psychometrika 2, 1937): that is of numbers of right answers.
    """
    whole = ~numpy.isnan(matrix.shares).any(axis=0) if matrix.students else numpy.zeros(0, dtype=bool)
    points = matrix.points[:, whole] if whole.any() else numpy.zeros((len(matrix.students), 0))
    students, count = points.shape
    most = matrix.max_points[whole] if count else numpy.zeros(0)
    is_kr20 = bool(count) and bool((((points == 0) | (points == most)) & (most == most[:1])).all())
    if students < ENOUGH_STUDENTS:
        return Reliability(None, is_kr20, count, students, "too few students")
    if count < 2:
        return Reliability(None, is_kr20, count, students, "it takes two exercises with marks of everybody")
    whole_variance = float(points.sum(axis=1).var(ddof=1))
    if whole_variance < 1e-9:
        return Reliability(None, is_kr20, count, students, "all scores are the same")
    alpha = count / (count - 1) * (1 - float(points.var(axis=0, ddof=1).sum()) / whole_variance)
    return Reliability(alpha, is_kr20, count, students)
