"""An ordinary nbgrader course, with its tests in the notebook, graded by nbgrader's own autograder and by ours in turn.

python -m benchmarks.ordinary [--submissions N] [--rounds N] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks import machine
from benchmarks.course import ROOT
from benchmarks.timing import Measured, measure, run

sys.path.insert(0, str(ROOT / "tests" / "support"))

from ordinary import NAME, REFUSED, themes, without, write_course

OURS, STOCK = "autograder grade", "nbgrader autograde"
LIMIT = 10.0  # how many times as long stock must take
_SETTINGS = ("course_config.py", "nbgrader_config.py")


def make_course(folder: Path, submissions: int, *, stock: bool) -> Path:
    """The course of `tests/fixtures/ordinary`, without what is not judged from outside; every third answer is right."""
    write_course(folder, [without(each, REFUSED) for each in themes()], submissions)
    for name in () if stock else _SETTINGS:
        shutil.copyfile(ROOT / name, folder / name)
    run(folder, "nbgrader", "generate_assignment", NAME)
    return folder


def compare(scratch: Path, submissions: int, rounds: int) -> list[tuple[Measured, Measured]]:
    """Both graders in each round, ours first. Raises RuntimeError if one fails."""
    found = []
    for number in range(rounds):
        ours = make_course(scratch / f"ours-{number}", submissions, stock=False)
        stock = make_course(scratch / f"stock-{number}", submissions, stock=True)
        pair = (
            measure(OURS, ours, submissions, "autograder", "grade", NAME, "--quiet"),
            measure(STOCK, stock, submissions, "nbgrader", "autograde", NAME),
        )
        found.append(pair)
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ordinary", description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="write figures, machine and versions to this file")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        found = compare(Path(scratch), options.submissions, options.rounds)
    wall = statistics.median(stock.wall_seconds / ours.wall_seconds for ours, stock in found)
    cpu = statistics.median(stock.cpu_seconds / ours.cpu_seconds for ours, stock in found)
    for ours, stock in found:
        print(f"{OURS}: {ours.wall_seconds_each:.2f} s each; {STOCK}: {stock.wall_seconds_each:.2f} s each")
    held = "met" if wall >= LIMIT else "not met"
    print(
        f"stock takes {wall:.1f} times our wall time (at least {LIMIT:g}: {held}), {cpu:.1f} times our processor time"
    )
    if options.json:
        record = {
            "machine": machine.describe(),
            "versions": machine.versions(),
            "rounds": [[asdict(each) for each in pair] for pair in found],
            "wall_ratio": wall,
            "cpu_ratio": cpu,
        }
        options.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
