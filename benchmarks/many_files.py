"""How soon each of many notebooks is answered by one `autograder grade --notebook`, after the first.

python -m benchmarks.many_files [--files N] [--workers N] [--alone N] [--hard] [--audited] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path

import psutil

from benchmarks import machine
from benchmarks.course import NAME, audit, make_course, student, the_assignment
from benchmarks.naming import hand_in, make_class
from benchmarks.timing import Stopwatch, measure

LIMIT_SECONDS = 0.3
_SHARE = 0.95


@dataclass(frozen=True)
class Answers:
    """One run of the command.

    Attributes:
        first_seconds: from its start to its first line, start-up and all.
        wall_seconds: from each line to the next one.
        cpu_seconds: of the command and all its processes, likewise. With one worker that is what one notebook takes,
            however busy the machine is with other things.
        whole_seconds: from its start to its end.
    """

    workers: int
    first_seconds: float
    wall_seconds: tuple[float, ...]
    cpu_seconds: tuple[float, ...]
    whole_seconds: float


def slow(seconds: Sequence[float]) -> float:
    """What 95 of 100 are below."""
    return sorted(seconds)[min(int(_SHARE * len(seconds)), len(seconds) - 1)]


def answered(folder: Path, files: Sequence[Path], workers: int) -> Answers:
    """Runs the command and reads its lines as they come. Raises RuntimeError if it fails."""
    program = Path(sys.executable).with_name("autograder")
    command = [str(program), "grade", "--workers", str(workers), "--json", "--notebook", *map(str, files)]
    started = time.perf_counter()
    moments: list[tuple[float, float]] = []
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in process.stdout:
            moments.append((time.perf_counter(), _cpu_seconds(process.pid)))
    ended = time.perf_counter()
    if process.returncode != 0 or len(moments) != len(files):
        raise RuntimeError(f"exit code {process.returncode}, {len(moments)} of {len(files)} were graded")
    steps = [(after[0] - before[0], after[1] - before[1]) for before, after in pairwise(moments)]
    wall, cpu = zip(*steps, strict=True)
    return Answers(workers, moments[0][0] - started, wall, cpu, ended - started)


def _cpu_seconds(pid: int) -> float:
    """Of a process and all that came of it, ended or not."""
    total = 0.0
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                total += sum(each.cpu_times()[:4])
    return total


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.many_files", description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=60, help="half of them right, half with a known mistake")
    parser.add_argument("--hard", action="store_true", help="a class with mistakes that no catalogue knows, instead")
    parser.add_argument("--audited", action="store_true", help="in a course that `autograder audit` has been run in")
    parser.add_argument("--workers", type=int, default=machine.cores(), help="of a second run, beside one of 1")
    parser.add_argument("--alone", type=int, default=3, help="files for which the command is started, each by itself")
    parser.add_argument("--json", type=Path, help="write figures, machine and versions to this file")
    options = parser.parse_args(arguments)
    load = [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "course")
        if options.hard:
            assignment = the_assignment()
            hand_in(folder, assignment, make_class(assignment, options.files), mend=True)
        else:
            make_course(folder, options.files)
        if options.audited:
            audit(folder)
        files = [folder / "submitted" / student(number) / NAME / f"{NAME}.ipynb" for number in range(options.files)]
        runs = []
        for workers in (1, options.workers):
            runs.append(answered(folder, files, workers))
            load.append(os.getloadavg()[0])
            print(_told(runs[-1]), flush=True)
        with Stopwatch() as alone:
            for each in files[: options.alone]:
                measure("alone", folder, 1, "autograder", "grade", "--quiet", "--notebook", str(each))
    alone_seconds = alone.wall_seconds / max(options.alone, 1)
    print(f"The command started for each file: {alone_seconds:.2f} s each.")
    held = "met" if slow(runs[0].wall_seconds) <= LIMIT_SECONDS else "not met"
    print(f"One at a time, warm, 95 of 100 within {LIMIT_SECONDS} s: {held}")
    print("Load of the machine before, and after each run:", " ".join(f"{each:.1f}" for each in load))
    if options.json:
        record = {"machine": machine.describe(), "versions": machine.versions(), "load": load}
        record |= {"runs": [asdict(each) for each in runs], "alone_seconds": alone_seconds}
        options.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _told(run: Answers) -> str:
    figures = ", ".join(
        f"{title} {statistics.median(each):.2f} s (95 of 100 within {slow(each):.2f} s)"
        for title, each in (("an answer takes", run.wall_seconds), ("of processor time", run.cpu_seconds))
    )
    whole = f"the first after {run.first_seconds:.1f} s, all after {run.whole_seconds:.1f} s"
    return f"{run.workers} at a time: {whole}; {figures}"


if __name__ == "__main__":
    main()
