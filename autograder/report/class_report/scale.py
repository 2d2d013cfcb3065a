"""Scores on the scale from 0 to the maximum, and what is outside it."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.report.class_report.times import Bin

_MANY_STUDENTS = 60
_SLACK = 1e-9


def histogram(scores: Sequence[float], max_score: float) -> tuple[Bin, ...]:
    """Equal parts of the scale, each with its lower end, the last one with both.

    Points by hand can be negative, or more than there are: these have parts of their own, where there are any.
    """
    if max_score <= 0:
        return ()
    parts = 20 if len(scores) >= _MANY_STUDENTS else 10
    counts, over, under = [0] * parts, 0, 0
    for each in scores:
        if each > max_score + _SLACK:
            over += 1
        elif each < -_SLACK:
            under += 1
        else:
            counts[min(int(each / max_score * parts + _SLACK), parts - 1)] += 1
    edges = [max_score * at / parts for at in range(parts + 1)]
    bins = [Bin(f"{edges[at]:g} to {edges[at + 1]:g}", count) for at, count in enumerate(counts)]
    first = [Bin("under 0", under, is_over=True)] if under else []
    last = [Bin(f"over {max_score:g}", over, is_over=True)] if over else []
    return (*first, *bins, *last)
