"""Grades the same submissions with stock `nbgrader autograde` and with `autograder grade`, in one run, side by side.

Both write the gradebook and the autograded notebooks; start-up counts on both sides. Stock nbgrader runs one
submission after another and takes seconds for each, so it gets fewer of them; times are given per submission.

    python benchmarks/against_nbgrader.py [--ours 100] [--stock 8] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import nbformat

from autograder.assignment import Assignment, load_assignment
from autograder.catalogue import load_misconceptions

ROOT = Path(__file__).resolve().parents[1]
NAME = "logistic_regression"
STOCK_CONFIG = 'c = get_config()\nc.CourseDirectory.root = "."\nc.CourseDirectory.course_id = "stock"\n'


@dataclass(frozen=True)
class Measured:
    """One run of a grader: how many submissions, and seconds for each of wall and of processor time."""

    grader: str
    submissions: int
    wall_seconds_each: float
    cpu_seconds_each: float


def hand_in(course: Path, assignment: Assignment, count: int) -> None:
    """`count` submissions: in turn a right one, and one with one or another known mistake."""
    mistakes = load_misconceptions(assignment)
    for number in range(count):
        notebook = nbformat.from_dict(assignment.source)
        if number % 2:
            mistake = mistakes[number * 7 % len(mistakes)]
            for cell in notebook.cells:
                if cell.metadata.get("nbgrader", {}).get("grade_id") == mistake.exercise:
                    cell.source = mistake.code
        folder = course / "submitted" / f"student-{number + 1:03}" / NAME
        folder.mkdir(parents=True)
        nbformat.write(notebook, folder / f"{NAME}.ipynb")


def make_course(folder: Path, assignment: Assignment, count: int, stock: bool) -> None:
    """A course folder with submissions and a gradebook that knows the assignment."""
    shutil.copytree(ROOT / "source", folder / "source")
    shutil.copytree(ROOT / "tests" / "hidden", folder / "tests" / "hidden")
    if stock:
        (folder / "nbgrader_config.py").write_text(STOCK_CONFIG)
    else:
        for name in ("nbgrader_config.py", "course_config.py"):
            shutil.copyfile(ROOT / name, folder / name)
    hand_in(folder, assignment, count)
    run(folder, "nbgrader", "generate_assignment", NAME)


def run(folder: Path, *command: str) -> None:
    """Runs a program of this environment in a course; raises CalledProcessError if it fails."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    environment.pop("GRADEBOOK_URL", None)
    subprocess.run(
        command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def measure(grader: str, folder: Path, count: int, *command: str) -> Measured:
    """Times a whole command, children included."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    run(folder, *command)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Measured(grader, count, wall / count, cpu / count)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--ours", type=int, default=100, help="submissions for autograder grade")
    parser.add_argument("--stock", type=int, default=8, help="submissions for stock nbgrader autograde")
    parser.add_argument("--json", type=Path, help="write figures, machine and versions to this file")
    options = parser.parse_args()
    assignment = load_assignment(ROOT, NAME)
    with tempfile.TemporaryDirectory() as scratch:
        stock, ours = Path(scratch, "stock"), Path(scratch, "ours")
        make_course(stock, assignment, options.stock, stock=True)
        make_course(ours, assignment, options.ours, stock=False)
        theirs = measure("nbgrader autograde", stock, options.stock, "nbgrader", "autograde", NAME)
        mine = measure("autograder grade", ours, options.ours, "autograder", "grade", NAME, "--quiet")
    wall_ratio = theirs.wall_seconds_each / mine.wall_seconds_each
    cpu_ratio = theirs.cpu_seconds_each / mine.cpu_seconds_each
    print(f"{'':<20} {'submissions':>11} {'wall s each':>12} {'cpu s each':>11}")
    for row in (theirs, mine):
        print(f"{row.grader:<20} {row.submissions:>11} {row.wall_seconds_each:>12.2f} {row.cpu_seconds_each:>11.2f}")
    print(f"{'ratio':<20} {'':>11} {wall_ratio:>11.1f}x {cpu_ratio:>10.1f}x")
    if options.json:
        figures = {
            "rows": [asdict(theirs), asdict(mine)],
            "wall_ratio": wall_ratio,
            "cpu_ratio": cpu_ratio,
            "machine": {"cores": len(os.sched_getaffinity(0)), "kernel": platform.release()},
            "versions": {name: version(name) for name in ("torch", "nbgrader", "ipython")},
        }
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
