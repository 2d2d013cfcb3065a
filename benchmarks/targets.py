"""What the project promises of speed, and where the time goes."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from benchmarks import peers
from benchmarks.measuring import Found
from benchmarks.timing import Measured

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Target:
    """One promise: what was measured, and what it is held against."""

    title: str
    measured: float
    limit: float
    at_most: bool = True
    unit: str = ""

    @property
    def met(self) -> bool:
        return self.measured <= self.limit if self.at_most else self.measured >= self.limit


def targets(found: Found) -> list[Target]:
    """What the project promises of speed."""
    small, large, ours = found.sizes[-2], found.sizes[-1], found.ours
    return [
        Target("wall time of stock nbgrader, in ours", found.ratio(peers.STOCK, wall), 40, at_most=False),
        Target("processor time of stock nbgrader, in ours", found.ratio(peers.STOCK, cpu), 20, at_most=False),
        *(
            Target(
                f"the same, after an audit: {what}",
                found.ratio(peers.STOCK, figure, peers.AUDITED),
                limit,
                at_most=False,
            )
            for what, figure, limit in (("wall", wall, 40), ("processor", cpu, 20))
        ),
        Target("our processor time, in bare computing", ours.cpu_seconds_each / found.costs.bare_cpu_seconds, 2.5),
        Target("private memory of a guest", found.costs.guest_memory_bytes / MEGABYTE, 80, unit=" MB"),
        Target(
            f"the grader's memory at {large.submissions}, in that at {small.submissions}",
            large.memory_bytes / small.memory_bytes,
            1.05,
        ),
        Target(
            f"throughput at {large.submissions}, in that at {ours.submissions}",
            ours.wall_seconds_each / large.wall_seconds_each,
            0.9,
            at_most=False,
        ),
        Target(f"{large.submissions} submissions, each", large.wall_seconds_each, 0.15, unit=" s"),
        Target(f"{large.submissions} again, nothing changed", found.again.wall_seconds, 3, unit=" s"),
        Target("one notebook from cold, in `import torch`", statistics.median(found.cold_ratios), 2),
    ]


def wall(row: Measured) -> float:
    return row.wall_seconds_each


def cpu(row: Measured) -> float:
    return row.cpu_seconds_each


def profile(found: Found) -> list[tuple[str, float]]:
    """Where our processor time goes, in milliseconds a submission."""
    ours = found.ours
    costs, one = found.costs, found.sizes[0]
    judging = costs.guest_cpu_seconds + costs.checks_cpu_seconds + costs.server_cpu_seconds
    start = max(0.0, one.cpu_seconds - judging) / ours.submissions
    rest = ours.cpu_seconds_each - judging - start
    return [
        ("bare computing: the student's cells and calls", 1000 * costs.bare_cpu_seconds),
        (
            "guests: fork, confinement, copied pages, the wire",
            1000 * (costs.guest_cpu_seconds - costs.bare_cpu_seconds),
        ),
        ("fork server", 1000 * costs.server_cpu_seconds),
        ("workers: reading, checks, comparing, graded notebook", 1000 * costs.checks_cpu_seconds),
        (f"start-up, spread over {ours.submissions}", 1000 * start),
        ("gradebook, files, running known mistakes once, waiting for caches", 1000 * rest),
    ]
