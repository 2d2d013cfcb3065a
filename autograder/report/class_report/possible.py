"""What a report can say: bounds that are generous but finite, for figures that are worked out from many reports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta

_MOST, _MOST_IN_ALL = 10_000, 1_000_000  # points
_MOST_SECONDS = 300 * 366 * 86_400  # late, if the due date was never meant
_YEARS = range(1970, 2200)
_SLACK_POINTS = 0.01
_ENOUGH_REPORTS = 3  # to tell who is the odd one

Points = Annotated[float, Meta(ge=-_MOST, le=_MOST)]
"""Of an exercise: those that staff give may be negative, or more than there are."""

MaxPoints = Annotated[float, Meta(ge=0, le=_MOST)]
Score = Annotated[float, Meta(ge=-_MOST_IN_ALL, le=_MOST_IN_ALL)]
NotNegative = Annotated[float, Meta(ge=0, le=_MOST_IN_ALL)]
Seconds = Annotated[float, Meta(ge=0, le=_MOST_SECONDS)]
Share = Annotated[float, Meta(ge=0, le=1)]
Status = Literal["graded", "unreadable", "grader_error"]
Verdict = Literal["passed", "failed", "skipped", "error", "by_hand"]
Ruling = Literal["", "waived", "dropped"]
GradedBy = Literal["checks", "hand"]


def are_earned(points: float, max_points: float) -> bool:
    """Whether checks can give so many points."""
    return 0 <= points <= max_points + _SLACK_POINTS


def is_moment(text: str) -> bool:
    """Whether it is a time at which work can be handed in."""
    try:
        return datetime.fromisoformat(text).year in _YEARS
    except ValueError:
        return False


def in_words(error: Exception) -> str:
    """In words what msgspec, or who raises as it does, did not accept; empty if it could not read at all."""
    what, _, where = str(error).partition(" - at `")
    return f"`{where.removeprefix('$.')}: {what[:1].lower()}{what[1:]}" if where else ""


def odd_ones(reports: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Whose report has an exercise twice, or one that no other report has, and which.

    Args:
        reports: the names of the exercises in each report.
    """
    having: dict[tuple[str, ...], list[str]] = {}
    for student, names in reports.items():
        having.setdefault(names, []).append(student)
    counts: dict[str, int] = {}
    for names, students in having.items():
        for name in set(names):
            counts[name] = counts.get(name, 0) + len(students)
    odd = dict[str, str]()
    for names, students in having.items():
        twice = next((name for name in names if names.count(name) > 1), None)
        alone = next((name for name in names if counts[name] == 1), None)
        if twice is not None:
            odd |= dict.fromkeys(students, f"`{twice}`: an exercise that is there twice")
        elif alone is not None and len(reports) >= _ENOUGH_REPORTS:
            odd |= dict.fromkeys(students, f"`{alone}`: an exercise that no other report has")
    return odd
