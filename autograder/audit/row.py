"""The audit's findings, as records."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """Something that falls short: where, what, and how to mend it."""

    where: str
    what: str
    mend: str


@dataclass(frozen=True)
class Left:
    """What a known mistake leaves of its exercise's points, and which checks took the others."""

    exercise: str
    id: str
    points: float
    max_points: float
    failed_checks: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """One line of the audit's table: what was proven, the figure, and the problems found."""

    title: str
    figure: str
    problems: tuple[Problem, ...] = ()
