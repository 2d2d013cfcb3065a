"""Checks that fail together."""

from __future__ import annotations

import math

import numpy
import pytest

from autograder.report.class_report.matrix import Checks, checks_of
from autograder.report.class_report.read_reports import ReadCheck, ReadExercise, ReadReport
from autograder.report.class_report.together import MOST_PARTNERS, _tails, check_figures


def checks(failed: list[list[bool]]) -> Checks:
    marks = numpy.array(failed)
    names = tuple(f"c{at}" for at in range(marks.shape[1]))
    return Checks(names, names, numpy.ones_like(marks), marks)


def test_what_always_fails_together_is_told_with_how_often_chance_would() -> None:
    found = check_figures(checks([[n < 10, n < 10, n % 2 == 0] for n in range(40)]))
    assert [each.failed for each in found] == [10, 10, 20]
    (partner,) = found[0].partners
    assert (partner.id, partner.students, partner.expected, partner.phi) == ("c1", 10, 2.5, pytest.approx(1.0))
    assert found[2].partners == ()


def test_chance_alone_is_not_told() -> None:
    chance = numpy.random.default_rng(7)
    found = check_figures(checks((chance.random((500, 30)) < 0.3).tolist()))
    assert not [each for each in found if each.partners]


def test_few_partners_are_told_the_closest_first() -> None:
    rows = [[n < 10, n < 10, n < 11, n < 12, n < 13, n < 14] for n in range(60)]
    found = check_figures(checks(rows))
    assert [each.id for each in found[0].partners] == ["c1", "c2", "c3"]
    assert len(found[0].partners) == MOST_PARTNERS


def test_the_tail_is_that_of_the_hypergeometric_distribution() -> None:
    def exact(n: int, m: int, k: int, at: int) -> float:
        ways = sum(math.comb(m, i) * math.comb(n - m, k - i) for i in range(at, min(m, k) + 1))
        return ways / math.comb(n, k)

    cases = [(20, 8, 8, 8), (40, 10, 20, 7), (200, 120, 150, 95), (9, 3, 3, 3), (30, 29, 28, 28)]
    columns = (numpy.array(each, dtype=float) for each in zip(*cases, strict=True))
    assert _tails(*columns).tolist() == pytest.approx([exact(*each) for each in cases])


def test_only_where_both_ran_counts() -> None:
    def report(verdicts: dict[str, str]) -> ReadReport:
        ran = tuple(ReadCheck(name, verdict) for name, verdict in verdicts.items())
        return ReadReport(2, "s", 0.0, 1.0, "graded", (ReadExercise("e", 0.0, 1.0, "failed", checks=ran),))

    found = check_figures(checks_of([report({"a": "failed", "b": "skipped"}), report({"a": "passed", "b": "failed"})]))
    assert [(each.id, each.ran, each.failed) for each in found] == [("a", 2, 1), ("b", 1, 1)]
    assert check_figures(checks_of([])) == []
