"""Pages for a graded class, by our two commands and by nbgrader as it is when it is installed, of the same class.

python -m benchmarks.feedback [--submissions N] [--rounds N] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import machine
from benchmarks.course import NAME, make_course
from benchmarks.timing import Measured, measure

GRADE, OURS, CONNECTED = "autograder grade", "autograder feedback", "nbgrader generate_feedback, connected"
STOCK = "nbgrader generate_feedback"
SHARE = 0.1
"""How much of the time of grading, or of stock nbgrader's pages, ours may take."""
_STOCK_CONFIG = 'c = get_config()\nc.CourseDirectory.root = "."\nc.CourseDirectory.course_id = "deep-learning-basics"\n'


@dataclass(frozen=True)
class Found:
    """Grading once, and the three commands in each round: ours, nbgrader's through this grader, nbgrader's own."""

    grading: Measured
    rounds: list[tuple[Measured, Measured, Measured]]

    def ratio(self, of: str, to: str, figure: Callable[[Measured], float]) -> float:
        """One command in times of another: the median of the rounds."""
        ratios = []
        for rows in self.rounds:
            by_name = {row.grader: figure(row) for row in (self.grading, *rows)}
            ratios.append(by_name[of] / by_name[to])
        return statistics.median(ratios)


def find_out(scratch: Path, submissions: int, rounds: int) -> Found:
    """Measures everything. Raises RuntimeError if a command fails."""
    course = make_course(scratch / "course", submissions)
    grading = measure(GRADE, course, submissions, "autograder", "grade", NAME, "--quiet")
    stock = scratch / "stock"
    shutil.copytree(course, stock)  # what was graded, and the gradebook
    (stock / "nbgrader_config.py").write_text(_STOCK_CONFIG, encoding="utf-8")
    page = ("generate_feedback", NAME, "--force", "--log-level=ERROR")
    found = []
    for _ in range(rounds):
        row = (
            measure(OURS, course, submissions, "autograder", "feedback", NAME, "--quiet"),
            measure(CONNECTED, course, submissions, "nbgrader", *page),
            measure(STOCK, stock, submissions, "nbgrader", *page),
        )
        for folder in (course, stock):
            if (made := len(list(folder.glob(f"feedback/*/{NAME}/{NAME}.html")))) != submissions:
                raise RuntimeError(f"{folder} has {made} pages for {submissions} students.")
        found.append(row)
    return Found(grading, found)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.feedback", description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=121)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write figures, machine and versions to this file")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        found = find_out(Path(scratch), options.submissions, options.rounds)
    print(f"{GRADE}: {found.grading.wall_seconds:.1f} s for {options.submissions} submissions")
    for rows in found.rounds:
        print("; ".join(f"{row.grader}: {row.wall_seconds:.1f} s" for row in rows))
    ratios = {}
    for ours in (OURS, CONNECTED):
        for other in (GRADE, STOCK):
            wall, cpu = (
                found.ratio(ours, other, figure)
                for figure in (lambda row: row.wall_seconds, lambda row: row.cpu_seconds)
            )
            ratios[f"{ours} / {other}"] = {"wall": wall, "cpu": cpu}
            print(f"{ours} takes {wall:.3f} of the wall time of {other}, {cpu:.3f} of its processor time")
    held = found.ratio(OURS, GRADE, lambda row: row.wall_seconds) <= SHARE
    print(f"pages take at most {SHARE:g} of grading: {'met' if held else 'not met'}")
    if options.json:
        record = {
            "machine": machine.describe(),
            "versions": machine.versions(),
            "found": asdict(found),
            "ratios": ratios,
        }
        options.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
