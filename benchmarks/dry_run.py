"""What a changed check would do to a class's marks: foretold by a dry run, and found out by grading all of it again.

python -m benchmarks.dry_run [--submissions N] [--regraded N] [--pairs N] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import machine
from benchmarks.course import NAME, student, the_assignment
from benchmarks.naming import Answers, hand_in, make_class
from benchmarks.timing import Measured, measure

LIMIT_SECONDS, LIMIT_SUBMISSIONS = 20.0, 1000
LIMIT_RECORDING = 1.03
_KEEP = "\nc.Grading.keep_answers = {keep}\n"
_CHECK = '@pytest.mark.exercise("train", weight=3, public=True)'


def _without_a_check(text: str) -> str:
    before, mark, rest = text.partition(_CHECK)
    return before + rest[rest.index("@pytest.mark.exercise") :] if mark else text


CHANGES: Mapping[str, Callable[[str], str]] = {
    "a weight": lambda text: text.replace("weight=6, public=True", "weight=12, public=True"),
    "a tolerance": lambda text: text.replace("atol=2e-4", "atol=1e-7"),
    "a check less": _without_a_check,
    "another call": lambda text: text.replace("in (5, 0, 12)", "in (5, 0, 13)"),
}


@dataclass(frozen=True)
class Row:
    """One change.

    Attributes:
        dry, again: a dry run of the class, and grading some of it again.
        ran: of the class, how many had to run in the dry run.
        changed: whose marks would change.
        wrong: of those who were graded again, who have other marks than foretold.
    """

    change: str
    dry: Measured
    again: Measured
    ran: int
    changed: int
    wrong: int

    @property
    def cpu_ratio(self) -> float:
        """How many times as much processor time a submission takes when it is graded again."""
        return self.again.cpu_seconds_each / self.dry.cpu_seconds_each


def change_checks(folder: Path, change: Callable[[str], str]) -> None:
    """Changes the hidden checks in a course. Raises ValueError if that changes none."""
    paths = list((folder / "tests" / "hidden" / NAME).glob("test_*.py"))
    texts = {path: path.read_text(encoding="utf-8") for path in paths}
    if all(change(text) == text for text in texts.values()):
        raise ValueError("nothing has changed: the lab's checks are written in another way now")
    for path, text in texts.items():
        path.write_text(change(text), encoding="utf-8")


def tried(graded: Path, scratch: Path, title: str, submissions: int, regraded: int) -> Row:
    """A dry run of a changed course, and grading the first students of it again."""
    folder = scratch / title.replace(" ", "-")
    shutil.copytree(graded, folder)
    change_checks(folder, CHANGES[title])
    dry = measure("dry run", folder, submissions, "autograder", "grade", NAME, "--dry-run", "--quiet")
    told = _foretold(folder)
    for number in range(regraded, submissions):
        shutil.rmtree(folder / "submitted" / student(number))
    again = measure("grade again", folder, regraded, "autograder", "grade", NAME, "--force", "--quiet")
    found = {path.parts[-3]: _score(path) for path in folder.glob(f"autograded/*/{NAME}/report.json")}
    wrong = [each for each in map(student, range(regraded)) if told[each][1] != found[each]]
    ran = sum(bool(each[2]) for each in told.values())
    shutil.rmtree(folder)
    return Row(title, dry, again, ran, sum(old != new for old, new, _ in told.values()), len(wrong))


def _foretold(folder: Path) -> dict[str, tuple[float, float, bool]]:
    """The mark that each student has, the one that a dry run foretells, and whether it had to run for that."""
    command = [Path(sys.executable).with_name("autograder"), "grade", NAME, "--dry-run", "--format", "json"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    return {each["student"]: (each["previous_score"], each["score"], bool(each["isolation"])) for each in reports}


def _score(path: Path) -> float:
    return float(json.loads(path.read_text(encoding="utf-8"))["score"])


def recording(scratch: Path, answers: Sequence[Answers], pairs: int) -> list[tuple[Measured, Measured]]:
    """Grading without keeping answers and with it, in turn."""
    found = []
    for number in range(pairs):
        run = {}
        for keep in (False, True) if number % 2 == 0 else (True, False):
            folder = hand_in(scratch / f"{number}-{keep}", the_assignment(), answers, mend=True)
            with (folder / "course_config.py").open("a", encoding="utf-8") as file:
                file.write(_KEEP.format(keep=keep))
            title = "with answers" if keep else "without"
            run[keep] = measure(title, folder, len(answers), "autograder", "grade", NAME, "--quiet")
            shutil.rmtree(folder)
        found.append((run[False], run[True]))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dry_run", description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=LIMIT_SUBMISSIONS)
    parser.add_argument("--regraded", type=int, default=100, help="of them, graded again after each change")
    parser.add_argument("--pairs", type=int, default=3, help="of 60, graded with answers kept and without")
    parser.add_argument("--json", type=Path, help="write figures, machine and versions to this file")
    options = parser.parse_args(arguments)
    assignment = the_assignment()
    answers = make_class(assignment, options.submissions)
    regraded = min(options.regraded, options.submissions)
    load = [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        graded = hand_in(scratch / "graded", assignment, answers, mend=True)
        first = measure("grade", graded, len(answers), "autograder", "grade", NAME, "--quiet")
        kept = [path.stat().st_size for path in graded.glob(f"autograded/.answers.{NAME}/*")]
        print(f"Graded {len(answers)} in {first.wall_seconds:.0f} s ({first.cpu_seconds:.0f} s of processor time).")
        print(f"Answers kept: {sum(kept) / 1e6:.1f} MB, {max(kept) / 1e3:.0f} kB at most.", flush=True)
        rows = []
        for title in CHANGES:
            row = tried(graded, scratch, title, len(answers), regraded)
            rows.append(row)
            load.append(os.getloadavg()[0])
            print(_told(row), flush=True)
        pairs = recording(scratch, answers[:60], options.pairs)
    ratios = [each.cpu_seconds / bare.cpu_seconds for bare, each in pairs]
    if ratios:
        held = "met" if statistics.median(ratios) <= LIMIT_RECORDING else "not met"
        print(f"Keeping answers costs {statistics.median(ratios) - 1:+.1%} of processor time (at most 3 %: {held})")
    print("Load of the machine before, and after each change:", " ".join(f"{each:.1f}" for each in load))
    if options.json:
        record = {"machine": machine.describe(), "versions": machine.versions(), "load": load, "first": asdict(first)}
        record |= {"kept_bytes": kept, "rows": [asdict(each) for each in rows], "recording": ratios}
        options.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _told(row: Row) -> str:
    dry, most = row.dry, LIMIT_SECONDS * row.dry.submissions / LIMIT_SUBMISSIONS
    held = "met" if dry.wall_seconds <= most else "not met"
    cpu = f"{dry.cpu_seconds:.1f} s of processor time, on idle cores {dry.cpu_seconds / machine.cores():.1f} s"
    return (
        f"{row.change}: {dry.wall_seconds:.1f} s for {dry.submissions} (at most {most:.0f}: {held}), {cpu}; "
        f"{row.ran} had to run. Grading again takes {row.cpu_ratio:.0f} times the processor time. "
        f"{row.changed} marks would change, {row.wrong} of {row.again.submissions} otherwise than foretold."
    )


if __name__ == "__main__":
    main()
