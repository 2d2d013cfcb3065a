"""Speed, side by side with other graders, in one run: see `make bench`.

python -m benchmarks [--quick] [--json FILE] [--picture FILE]
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import machine
from benchmarks.measuring import QUICK, Found, Plan, find_out
from benchmarks.picture import draw
from benchmarks.targets import MEGABYTE, cpu, profile, targets, wall


def show(found: Found, console: Console) -> None:
    """Prints tables."""
    graders = Table(
        "grader", "submissions", "wall s each", "cpu s each", "wall ratio", "cpu ratio", title="Side by side"
    )
    for row in found.peers:
        ratios = [f"{found.ratio(row.grader, figure):.1f}" for figure in (wall, cpu)]
        figures = (f"{row.wall_seconds_each:.2f}", f"{row.cpu_seconds_each:.2f}")
        graders.add_row(row.grader, str(row.submissions), *figures, *ratios)
    sizes = Table("submissions", "wall s", "wall s each", "grader's memory MB", title="Class sizes")
    for row in [*found.sizes, found.again]:
        memory = f"{row.memory_bytes / MEGABYTE:.0f}" if row.memory_bytes else "not looked at"
        sizes.add_row(str(row.submissions), f"{row.wall_seconds:.1f}", f"{row.wall_seconds_each:.3f}", memory)
    held = Table("promise", "measured", "limit", "", title="Targets")
    for each in targets(found):
        sign = "at most" if each.at_most else "at least"
        met = "met" if each.met else "[bold red]not met"
        held.add_row(each.title, f"{each.measured:.2f}{each.unit}", f"{sign} {each.limit:g}{each.unit}", met)
    spent = Table("processor time", "ms a submission", title="Where it goes")
    for title, milliseconds in profile(found):
        spent.add_row(title, f"{milliseconds:.0f}")
    for table in (graders, sizes, held, spent):
        console.print(table)
    for note in found.notes:
        console.print(note, markup=False)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="only see that everything runs; the figures mean nothing")
    parser.add_argument("--rounds", type=int, help=f"rounds of all graders; {Plan.rounds} unless told")
    parser.add_argument("--stock", type=int, help=f"submissions for stock nbgrader; {Plan.stock} unless told")
    parser.add_argument("--json", type=Path, help="write figures, machine and versions to this file")
    parser.add_argument("--picture", type=Path, help="draw throughput and cost to this SVG file")
    options = parser.parse_args(arguments)
    plan = QUICK if options.quick else Plan(rounds=options.rounds or Plan.rounds, stock=options.stock or Plan.stock)
    with tempfile.TemporaryDirectory() as scratch:
        found = find_out(plan, Path(scratch), Console(stderr=True, highlight=False).print)
    show(found, Console())
    if options.json:
        record = {
            "machine": machine.describe(),
            "versions": machine.versions(),
            "plan": asdict(plan),
            "found": asdict(found),
            "targets": [{**asdict(each), "met": each.met} for each in targets(found)],
            "profile_cpu_milliseconds": dict(profile(found)),
        }
        options.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    if options.picture:
        draw(options.picture, found.peers, found.sizes, machine.cores())


if __name__ == "__main__":
    main()
