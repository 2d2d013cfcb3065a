"""When work was handed in, and how long grading it took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from autograder.report.class_report.item_analysis import Summary, summary
from autograder.report.class_report.read_reports import ReadReport

MOST_SLOW = 5
_MOST_BINS = 14
_HOUR, _DAY = 3600.0, 86400.0
# Before the due date, then after it: the upper bound of each, in seconds, and its words.
_BEFORE = (
    (_HOUR, "in the last hour"),
    (3 * _HOUR, "1 to 3 h before"),
    (12 * _HOUR, "3 to 12 h before"),
    (_DAY, "12 to 24 h before"),
    (3 * _DAY, "1 to 3 days before"),
    (7 * _DAY, "3 to 7 days before"),
    (float("inf"), "more than a week before"),
)
_AFTER = (
    (_HOUR, "within an hour after"),
    (_DAY, "1 to 24 h after"),
    (3 * _DAY, "1 to 3 days after"),
    (float("inf"), "more than 3 days after"),
)


@dataclass(frozen=True)
class Bin:
    """How many fall under a label; `is_over`: past the due date, or what else is to stand out."""

    label: str
    count: int
    is_over: bool = False


@dataclass(frozen=True)
class Times:
    """Grading: seconds of each submission, and the slowest. Handing in: by distance to the due date, or else by day."""

    grading: Summary
    total_seconds: float
    slowest: tuple[tuple[str, float], ...]
    handed_in: tuple[Bin, ...]
    undated: int


def times(reports: Mapping[str, ReadReport], due: datetime | None) -> Times:
    """All about time. `due` is in UTC, without a time zone."""
    seconds = {student: each.seconds for student, each in reports.items()}
    slowest = sorted(seconds.items(), key=lambda each: (-each[1], each[0]))[:MOST_SLOW]
    moments = [at for each in reports.values() if (at := _moment(each.handed_in)) is not None]
    bins = _by_day(moments) if due is None else _by_distance([(due - at).total_seconds() for at in moments])
    total = sum(seconds.values())
    return Times(summary(list(seconds.values())), total, tuple(slowest), tuple(bins), len(reports) - len(moments))


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None) if text else None
    except ValueError:
        return None


def _by_distance(before: Sequence[float]) -> list[Bin]:
    """From the earliest to the latest."""
    early, late = [0] * len(_BEFORE), [0] * len(_AFTER)
    for each in before:
        if each >= 0:
            early[next(at for at, (bound, _) in enumerate(_BEFORE) if each <= bound)] += 1
        else:
            late[next(at for at, (bound, _) in enumerate(_AFTER) if -each <= bound)] += 1
    bins = [Bin(words, count) for count, (_, words) in zip(reversed(early), reversed(_BEFORE), strict=True)]
    return bins + [Bin(words, count, True) for count, (_, words) in zip(late, _AFTER, strict=True)] if before else []


def _by_day(moments: Sequence[datetime]) -> list[Bin]:
    """By days, or by several days together where there are many; in UTC."""
    if not moments:
        return []
    first, last = min(moments).toordinal(), max(moments).toordinal()
    width = -(-(last - first + 1) // _MOST_BINS)
    counts = [0] * (-(-(last - first + 1) // width))
    for each in moments:
        counts[(each.toordinal() - first) // width] += 1
    return [
        Bin(f"{datetime.fromordinal(first + at * width):%d %b}" + ("" if width == 1 else " on"), count)
        for at, count in enumerate(counts)
    ]
