"""Mistakes of a class: those with a name by how many made them, and wrong answers without one that are alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autograder.report.class_report.read_reports import ReadReport

Key = tuple[str, str, bool]
"""An exercise, an id in it, and whether that is the id of a mistake with a name."""


@dataclass(frozen=True)
class Mistake:
    """Answers that went wrong in the same way.

    Attributes:
        exercise: whose.
        id: of the misconception; of answers without a name, a hash of what they gave, or empty if that is not known.
        is_named: which of the two it is.
        students: in the order of their ids.
        share_left: the mean share of the exercise's points that is left; None if it has no points.
    """

    exercise: str
    id: str
    is_named: bool
    students: tuple[str, ...]
    share_left: float | None


def mistakes(reports: Mapping[str, ReadReport]) -> list[Mistake]:
    """All of them, the most frequent first; those with a name before the others."""
    found: dict[Key, list[str]] = {}
    left: dict[Key, list[float]] = {}
    for student, report in reports.items():
        for each in report.exercises:
            for key in keys_of(each.name, each.verdict, each.misconceptions, each.answers):
                found.setdefault(key, []).append(student)
                points = each.points if each.auto_points is None else each.auto_points  # not what staff gave
                if each.max_points:
                    left.setdefault(key, []).append(points / each.max_points)
    made = [
        Mistake(*key, tuple(students), sum(left[key]) / len(left[key]) if key in left else None)
        for key, students in found.items()
    ]
    return sorted(made, key=lambda each: (not each.is_named, -len(each.students), each.exercise, each.id))


def keys_of(exercise: str, verdict: str, misconceptions: Iterable[str], answers: str) -> tuple[Key, ...]:
    """Which mistakes an answer is counted with; one without a name is known by what it gave."""
    if verdict != "failed":
        return ()
    named = tuple((exercise, each, True) for each in dict.fromkeys(misconceptions))
    return named or ((exercise, answers, False),)
