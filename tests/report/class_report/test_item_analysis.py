"""The figures of exercises, against numbers worked out by hand and by NumPy."""

from __future__ import annotations

import math
import random

import numpy
import pytest

from autograder.report.class_report.item_analysis import correlation, items, reliability, summary
from autograder.report.class_report.matrix import Matrix, matrix_of
from autograder.report.class_report.read_reports import ReadCheck, ReadExercise, ReadReport


def class_of(rows: list[list[float | None]], most: tuple[float, ...] = ()) -> Matrix:
    """Students with these points; None: it waits for staff."""
    most = most or (1.0,) * len(rows[0])
    reports = {}
    for number, row in enumerate(rows):
        each = tuple(
            ReadExercise(
                f"e{at}", points or 0.0, most[at], "by_hand" if points is None else "passed", graded_by="checks"
            )
            for at, points in enumerate(row)
        )
        score = sum(points or 0.0 for points in row)
        reports[f"s{number:03d}"] = ReadReport(2, f"s{number:03d}", score, sum(most), "graded", each)
    return matrix_of(reports)


def made_up(students: int = 40, seed: int = 3) -> list[list[float | None]]:
    chance = random.Random(seed)
    rows: list[list[float | None]] = []
    for _ in range(students):
        ability = chance.random()
        rows.append([float(chance.random() < ability), float(chance.random() < ability), chance.random() * ability * 2])
    return rows


def test_the_summary_is_that_of_numpy() -> None:
    numbers = [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.5]
    found = summary(numbers)
    assert (found.count, found.least, found.most) == (7, 1.0, 9.0)
    assert found.mean == pytest.approx(numpy.mean(numbers))
    assert found.sd == pytest.approx(numpy.std(numbers, ddof=1))
    assert [found.first_quartile, found.median, found.third_quartile] == numpy.percentile(
        numbers, (25, 50, 75)
    ).tolist()


def test_of_one_number_or_none_what_can_t_be_told_is_not() -> None:
    assert summary([]).mean is None
    assert (summary([4.0]).mean, summary([4.0]).sd) == (4.0, None)


def test_discrimination_is_the_correlation_with_the_points_of_the_others() -> None:
    rows = made_up()
    points = numpy.array(rows)
    found = items(class_of(rows, (1.0, 1.0, 2.0)))
    for at, each in enumerate(found):
        rest = points.sum(axis=1) - points[:, at]
        assert each.discrimination == pytest.approx(numpy.corrcoef(points[:, at], rest)[0, 1])
        assert each.point_biserial == pytest.approx(numpy.corrcoef(points[:, at], points.sum(axis=1))[0, 1])
        assert each.difficulty == pytest.approx(points[:, at].mean() / (1.0, 1.0, 2.0)[at])
        assert each.is_flagged == (each.discrimination < 0.2)


def test_the_point_biserial_of_an_item_is_that_of_the_textbook() -> None:
    right = numpy.array([1, 1, 1, 0, 0, 1, 0, 1.0])
    scores = numpy.array([9, 8, 7, 3, 5, 6, 2, 9.0])
    share = right.mean()
    textbook = (scores[right == 1].mean() - scores[right == 0].mean()) / scores.std() * math.sqrt(share * (1 - share))
    assert correlation(right, scores) == pytest.approx(textbook)


def test_an_exercise_that_says_nothing_of_the_rest_is_flagged() -> None:
    rows: list[list[float | None]] = [[float(n % 2), float(n >= 20), float(n >= 20)] for n in range(40)]
    found = items(class_of(rows))
    assert [each.is_flagged for each in found] == [True, False, False]
    assert found[0].discrimination == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([[1.0, 0.0]] * 19, "too few students"),
        ([[1.0, 0.0]] * 20, "all alike"),
        ([[float(n % 2)] for n in range(30)], "the only exercise"),
        ([[None, 1.0]] * 30, "no marks"),
    ],
)
def test_where_discrimination_can_t_be_told_it_says_why(rows: list[list[float | None]], why: str) -> None:
    first = items(class_of(rows))[0]
    assert (first.discrimination, first.point_biserial, first.why_no_discrimination) == (None, None, why)
    assert not first.is_flagged


def test_alpha_of_items_that_are_all_or_nothing_is_kr20() -> None:
    rows = [[float(row[0] or 0), float(row[1] or 0), float((row[2] or 0) > 0.5)] for row in made_up()]
    points = numpy.array(rows)
    share = points.mean(axis=0)
    n = len(rows)
    variance = points.sum(axis=1).var()  # with n, as in Kuder and Richardson's formula
    found = reliability(class_of([list(row) for row in rows]))
    assert found.is_kr20
    assert found.alpha == pytest.approx(3 / 2 * (1 - (share * (1 - share)).sum() / variance))
    assert (found.exercises, found.students) == (3, n)


@pytest.mark.parametrize(
    ("points", "most", "is_kr20"),
    [
        ((1.0, 1.0), (1.0, 1.0), True),
        ((5.0, 5.0), (5.0, 5.0), True),
        ((1.0, 3.0), (1.0, 3.0), False),  # weighted
        ((0.5, 1.0), (1.0, 1.0), False),  # in part
        ((1.5, 1.0), (1.0, 1.0), False),  # extra credit
    ],
)
def test_alpha_is_kr20_only_where_all_is_right_or_wrong_for_the_same_points(
    points: tuple[float, float], most: tuple[float, ...], is_kr20: bool
) -> None:
    rows: list[list[float | None]] = [[points[0] * (n % 2), points[1] * (n % 4 == 1)] for n in range(24)]
    found = reliability(class_of(rows, most))
    assert found.is_kr20 is is_kr20
    solved = numpy.array(rows) > 0
    share = solved.mean(axis=0)
    kr20 = 2 * (1 - (share * (1 - share)).sum() / solved.sum(axis=1).var())
    if is_kr20:
        assert found.alpha == pytest.approx(kr20)
    elif most != (1.0, 1.0):
        assert found.alpha != pytest.approx(kr20)


def test_an_exercise_without_points_has_counts_but_no_figures() -> None:
    reports = {}
    for number in range(30):
        verdict = "failed" if number % 2 else "passed"
        each = ReadExercise("bonus", 0.0, 0.0, verdict, checks=(ReadCheck("c", verdict),))
        other = ReadExercise("e", float(number % 3), 2.0, "failed")
        reports[f"s{number}"] = ReadReport(2, f"s{number}", other.points, 2.0, "graded", (each, other))
    found = items(matrix_of(reports))[0]
    assert (found.counts["solved"], found.counts["partly"], found.counts["wrong"]) == (15, 0, 15)
    assert (found.difficulty, found.discrimination, found.point_biserial, found.fifths) == (None, None, None, ())
    assert found.why_no_discrimination == "no points"


def test_answers_that_wait_for_marks_are_left_out_of_the_figures_of_their_exercise() -> None:
    rows: list[list[float | None]] = [[n % 2 / 1.0, float(n % 3)] for n in range(24)]
    alone = items(class_of(rows, (1.0, 2.0)))[0]
    waiting: list[list[float | None]] = [[None, 2.0]] * 6
    found = items(class_of(rows + waiting, (1.0, 2.0)))[0]
    assert found.counts["waiting"] == 6
    assert (found.difficulty, found.discrimination) == (alone.difficulty, pytest.approx(alone.discrimination))


def test_alpha_of_points_is_cronbach_s_and_is_worked_out_by_hand_here() -> None:
    # Two items of 20 students: variances 20/19 * 0.25 each, of the sum 20/19 * 1: alpha = 2 * (1 - 0.5) = 1.
    rows: list[list[float | None]] = [[float(n % 2), float(n % 2)] for n in range(20)]
    assert reliability(class_of(rows)).alpha == pytest.approx(1.0)
    halves: list[list[float | None]] = [[n % 2 / 2, float(n % 2)] for n in range(20)]
    # Variances 1/16 and 1/4, covariance 1/8: alpha = 2 * (1 - (5/16) / (9/16)) = 8/9.
    found = reliability(class_of(halves))
    assert (found.alpha, found.is_kr20) == (pytest.approx(8 / 9), False)


def test_an_exercise_that_waits_for_staff_is_left_out_of_alpha() -> None:
    rows: list[list[float | None]] = [[float(n % 2), float(n % 2), None if n == 4 else 1.0] for n in range(20)]
    found = reliability(class_of(rows))
    assert (found.alpha, found.exercises) == (pytest.approx(1.0), 2)


@pytest.mark.parametrize("rows", [[[1.0, 1.0]] * 30, [[0.0, 1.0]] * 3, [[1.0]] * 30])
def test_where_alpha_can_t_be_told_it_says_why(rows: list[list[float | None]]) -> None:
    found = reliability(class_of(rows))
    assert found.alpha is None
    assert found.why_none


def test_fifths_go_from_the_lowest_scores_to_the_highest() -> None:
    rows: list[list[float | None]] = [[float(n >= 12), n / 20] for n in range(20)]
    found = items(class_of(rows))[0]
    assert found.fifths == (0.0, 0.0, 0.0, 1.0, 1.0)


def test_every_answer_is_counted_once() -> None:
    each = [
        ReadExercise("e", 2.0, 2.0, "passed"),
        ReadExercise("e", 1.0, 2.0, "failed"),
        ReadExercise("e", 0.0, 2.0, "failed"),
        ReadExercise("e", 0.0, 2.0, "skipped"),
        ReadExercise("e", 0.0, 2.0, "by_hand", graded_by="hand"),
        ReadExercise("e", 0.0, 2.0, "error"),
    ]
    reports = {f"s{at}": ReadReport(2, f"s{at}", one.points, 2.0, "graded", (one,)) for at, one in enumerate(each)}
    assert set(items(matrix_of(reports))[0].counts.values()) == {1}
