"""The picture of the README: what each grader takes, and how cost grows with the class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("agg")
import matplotlib.pyplot as plt
from matplotlib.ticker import MaxNLocator

from benchmarks.timing import Measured

_OURS, _OTHERS = "tab:blue", "0.6"
_LABEL: dict[str, Any] = {"textcoords": "offset points", "ha": "right", "va": "top"}


def draw(path: Path, peers: Sequence[Measured], sizes: Sequence[Measured], cores: int) -> None:
    """Writes an SVG.

    Args:
        peers: one row a grader.
        sizes: our grader, one row a number of submissions.
    """
    plt.rcParams["svg.hashsalt"] = "benchmarks"
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.2), layout="constrained")
    rows = sorted(peers, key=lambda row: row.wall_seconds_each)
    colours = [_OURS if row.grader.startswith("autograder") else _OTHERS for row in rows]
    bars = left.barh([row.grader for row in rows], [3600 / row.wall_seconds_each for row in rows], color=colours)
    left.bar_label(bars, [f"{row.wall_seconds_each:.2f} s each" for row in rows], padding=4)
    left.set_xlim(0, 1.3 * 3600 / rows[0].wall_seconds_each)
    left.invert_yaxis()
    left.xaxis.set_major_locator(MaxNLocator(4))
    left.xaxis.set_major_formatter("{x:,.0f}")
    left.set_xlabel("submissions an hour")
    left.set_title(f"Throughput on {cores} cores, start-up counted", fontsize="medium")
    others = [row for row in peers if row.grader.startswith("nbgrader")]
    counts = [row.submissions for row in sizes]
    right.plot(counts, [row.wall_seconds for row in sizes], "o-", color=_OURS)
    right.annotate(sizes[0].grader, (counts[-1], sizes[-1].wall_seconds), (0, -62), **_LABEL, color=_OURS)
    for row in others:
        seconds = [row.wall_seconds_each * count for count in counts]
        right.plot(counts, seconds, "--", color=_OTHERS)
        words = f"{row.grader}, at {row.wall_seconds_each:.1f} s each"
        right.annotate(words, (counts[-1], seconds[-1]), (-40, -3), **_LABEL, color="0.4")
    right.set(xscale="log", yscale="log")
    for axis in (right.xaxis, right.yaxis):
        axis.set_major_formatter("{x:,.0f}")
    right.set_xlabel("submissions")
    right.set_ylabel("seconds until all are graded")
    right.set_title("Time for a whole class", fontsize="medium")
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
