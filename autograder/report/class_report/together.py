"""How many fail a check, and with which others: pairs that fail together more often than by chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy

from autograder.report.class_report.matrix import Array, Checks

MOST_PARTNERS = 3
LEAST_TOGETHER = 3
_CHANCE = 0.01  # that among all pairs one is told that is together by chance
_TERMS = 80  # of a tail, whose terms soon vanish


@dataclass(frozen=True)
class Partner:
    """A check that fails together with another.

    Attributes:
        students: who failed both.
        expected: how many would by chance.
        phi: correlation of the two, 1 if always the same students fail both.
    """

    id: str
    exercise: str
    students: int
    expected: float
    phi: float


@dataclass(frozen=True)
class CheckFigures:
    """A check: how many it was tried on, how many failed, and with which others they failed most."""

    id: str
    exercise: str
    ran: int
    failed: int
    partners: tuple[Partner, ...]


def check_figures(checks: Checks) -> list[CheckFigures]:
    """Every check, each with at most `MOST_PARTNERS` others.

    Chance is the hypergeometric distribution, as in Fisher's exact test, one-sided; the level is split over all pairs
    (Bonferroni).
    """
    ran, failed = checks.ran.astype(numpy.float32), checks.failed.astype(numpy.float32)
    students = ran.T @ ran  # exact below 2 ** 24
    mine = failed.T @ ran  # [a, b]: a failed where b ran
    both = failed.T @ failed
    with numpy.errstate(invalid="ignore", divide="ignore"):
        expected = numpy.nan_to_num(mine * mine.T / students)
        spread = mine * (students - mine) * mine.T * (students - mine.T)
        phi = numpy.nan_to_num((both * students - mine * mine.T) / numpy.sqrt(spread))
    count = len(checks.ids)
    pairs = max(1, count * (count - 1) // 2)
    likely = (both >= LEAST_TOGETHER) & (both > expected) & ~numpy.eye(count, dtype=bool)
    found: list[list[Partner]] = [[] for _ in range(count)]
    a, b = numpy.nonzero(likely)
    chance = _tails(students[a, b], mine[a, b], mine[b, a], both[a, b])
    for one, other in zip(a[chance < _CHANCE / pairs], b[chance < _CHANCE / pairs], strict=True):
        numbers = int(both[one, other]), float(expected[one, other]), float(phi[one, other])
        found[one].append(Partner(checks.ids[other], checks.exercises[other], *numbers))
    return [
        CheckFigures(
            checks.ids[at],
            checks.exercises[at],
            int(checks.ran[:, at].sum()),
            int(checks.failed[:, at].sum()),
            tuple(sorted(found[at], key=lambda each: (-round(each.phi, 6), each.id))[:MOST_PARTNERS]),
        )
        for at in range(count)
    ]


def _tails(students: Array, first: Array, second: Array, both: Array) -> Array:
    """The chance that `both` or more are in both of two groups of these sizes, drawn independently of each other."""
    if not students.size:
        return students
    logs = numpy.concatenate([[0.0], numpy.cumsum(numpy.log(numpy.arange(1, int(students.max()) + 1)))])

    def choose(n: Array, k: Array) -> Array:
        found: Array = logs[n] - logs[k] - logs[n - k]
        return found

    n, m, k, at = (each.astype(int)[:, None] for each in (students, first, second, both))
    seen = at + numpy.arange(_TERMS)
    is_possible = (seen <= numpy.minimum(m, k)) & (k - seen <= n - m)
    seen = numpy.where(is_possible, seen, at)
    terms = choose(m, seen) + choose(n - m, k - seen) - choose(n, k)
    tails: Array = numpy.where(is_possible, numpy.exp(terms), 0.0).sum(axis=1)
    return tails
