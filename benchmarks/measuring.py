"""All that is measured, in one go."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks import peers
from benchmarks.bare import Costs, measure_costs
from benchmarks.course import NAME, make_course, student
from benchmarks.peers import OURS
from benchmarks.timing import Measured, Stopwatch, mean_of, measure, median_of, run


@dataclass(frozen=True)
class Plan:
    """How many submissions of what, and how often.

    Attributes:
        rounds: each peer once in each; ours before and after the others, as the machine may be slower by then.
        ours, stock, otter: submissions that a peer gets in a round; those of fewer are the first ones of the others.
        sizes: class sizes for our grader, `ours` the last but one; the last is graded a second time, unchanged.
        bare: submissions for costs.
        cold: times that one notebook is graded alone.
    """

    rounds: int = 3
    ours: int = 100
    stock: int = 25
    otter: int = 3
    sizes: tuple[int, ...] = (1, 10, 100, 1000)
    bare: int = 50
    cold: int = 5


QUICK = Plan(rounds=1, ours=1, stock=1, otter=0, sizes=(1, 2), bare=2, cold=1)


@dataclass(frozen=True)
class Found:
    """All figures. `rounds` has one list a round, in the order of the graders."""

    rounds: list[list[Measured]]
    sizes: list[Measured]
    again: Measured
    cold_ratios: list[float]
    costs: Costs
    notes: list[str]

    @property
    def peers(self) -> list[Measured]:
        return [median_of(rows) for rows in zip(*self.rounds, strict=True)]

    @property
    def ours(self) -> Measured:
        return next(row for row in self.peers if row.grader == OURS)

    def ratio(self, grader: str, figure: Callable[[Measured], float], ours: str = OURS) -> float:
        """How many times as much another grader takes as ours: the median of the rounds."""
        ratios = []
        for rows in self.rounds:
            by_name = {row.grader: figure(row) for row in rows}
            ratios.append(by_name[grader] / by_name[ours])
        return statistics.median(ratios)


def find_out(plan: Plan, scratch: Path, say: Callable[[str], None]) -> Found:
    """Measures everything. Raises RuntimeError if a grader fails or gives no marks."""
    graders: list[tuple[int, Callable[[Path, int], Measured]]] = [
        (plan.ours, peers.grade_ours),
        (plan.ours, peers.grade_audited(scratch / "audit")),
        (plan.ours, peers.grade_with_pictures),
        (plan.stock, peers.grade_stock),
    ]
    notes = []
    if plan.otter:
        try:
            graders.append((plan.otter, peers.grade_otter(peers.otter_programs())))
        except RuntimeError as error:
            notes.append(str(error))
    rounds = []
    for number in range(plan.rounds):
        rows: dict[str, list[Measured]] = {}
        for place, (submissions, grade) in enumerate([*graders, graders[1], graders[0]]):
            row = grade(scratch / f"round-{number}-{place}", submissions)
            say(f"{row.grader}: {row.submissions} submissions, {row.wall_seconds_each:.2f} s each")
            rows.setdefault(row.grader, []).append(row)
        rounds.append([mean_of(each) for each in rows.values()])
    sizes = []
    for submissions in plan.sizes:
        folder = scratch / f"size-{submissions}"
        sizes.append(peers.grade_ours(folder, submissions, look=True))
        say(f"{submissions} submissions: {sizes[-1].wall_seconds:.1f} s")
    again = measure(OURS, folder, plan.sizes[-1], "autograder", "grade", NAME, "--quiet")
    say("One notebook from cold, and bare computing")
    course = make_course(scratch / "costs", plan.bare)
    cold = [_cold_ratio(course) for _ in range(plan.cold)]
    return Found(rounds, sizes, again, cold, measure_costs(course, plan.bare), notes)


def _cold_ratio(course: Path) -> float:
    """Wall time of grading one notebook, start-up and all, in times of an `import torch`."""
    with Stopwatch() as bare:
        run(course, "python", "-c", "import torch")
    notebook = course / "submitted" / student(0) / NAME / f"{NAME}.ipynb"
    with Stopwatch() as ours:
        run(course, "autograder", "grade", "--notebook", str(notebook))
    return ours.wall_seconds / bare.wall_seconds
