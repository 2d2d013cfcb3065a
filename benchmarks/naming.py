"""What naming costs: a class is graded with it and without it in turn, in one run. See `make naming`.

python -m benchmarks.naming [--submissions N] [--pairs N] [--json FILE]
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import shutil
import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import nbformat

from autograder.audit.mutants import Mutant, make_mutants
from autograder.checks.catalogue import Misconception, load_alternatives, load_equivalents, load_misconceptions
from autograder.course.assignment import Assignment
from autograder.course.marked_cells import grade_id
from benchmarks import machine
from benchmarks.course import NAME, make_course, student, the_assignment
from benchmarks.timing import Measured, measure

WITHOUT, WITH = "without naming", "with naming"
_SETTINGS = "\nc.Grading.workers = 2\nc.Grading.mend = {mend}\n"
_SHARE_WITH_TWO, _SHARE_RIGHT = 0.1, 0.45
_SHARE_POPULAR, _SHARE_KNOWN, _POPULAR = 0.5, 0.5, 6
_OTHER_NAMES = ("tmp", "res", "out", "val", "cur", "acc", "ret", "buf")

# What a student hands in: the code of some exercises; the others are right.
Answers = dict[str, str]


@dataclass(frozen=True)
class Row:
    """One run.

    Attributes:
        time: of the whole command.
        wrong: exercises that failed, of all submissions.
        named: those of them whose report has the name of a mistake.
    """

    time: Measured
    wrong: int
    named: int


class _Renamed(ast.NodeTransformer):
    """Gives a function's own variables other names; parameters keep theirs, because callers may use them."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self._names.get(node.id, node.id)
        return node


def renamed(code: str, draw: random.Random) -> str:
    """The same code with other local variables, as somebody else would write it; as it is if it can't be parsed."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return code
    for function in [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]:
        nodes = list(ast.walk(function))
        given = {node.arg for node in nodes if isinstance(node, ast.arg)}
        stored = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        shared = {name for node in nodes if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names}
        names = sorted(stored - given - shared)
        others = [f"{each}_{draw.randrange(100)}" for each in draw.sample(_OTHER_NAMES * 3, len(names))]
        _Renamed(dict(zip(names, others, strict=True))).visit(function)
    return ast.unparse(tree) + "\n"


def make_class(assignment: Assignment, submissions: int, seed: int = 1) -> list[Answers]:
    """A class as it hands in. Somewhat less than half is right, in several styles; as many have one mistake, half of
    them one of a few that many make; a tenth has two, in one exercise or in two. All have variables of their own."""
    draw = random.Random(seed)
    styles = {each.name: [each.reference] for each in assignment.exercises}
    for each in load_alternatives(assignment):
        styles[each.exercise].append(each.code)
    known, equivalent = load_misconceptions(assignment), load_equivalents(assignment)

    def changed(exercise: str, code: str) -> Mutant:
        """One change in an answer to an exercise."""
        mutants = make_mutants(exercise, code, assignment.module_names)
        return draw.choice([each for each in mutants if each.id not in equivalent])

    def new() -> Mutant:
        exercise = draw.choice(assignment.exercises).name
        return changed(exercise, draw.choice(styles[exercise]))

    popular = [*draw.sample(known, _POPULAR // 2), *(new() for _ in range(_POPULAR - _POPULAR // 2))]
    answers: list[Answers] = []
    for number in range(submissions):
        own = {name: draw.choice(codes) for name, codes in styles.items()}
        place = number / submissions
        wrong: list[Mutant | Misconception] = []
        if place < 1 - _SHARE_RIGHT:
            is_popular, is_known = draw.random() < _SHARE_POPULAR, draw.random() < _SHARE_KNOWN
            wrong = [draw.choice(popular) if is_popular else draw.choice(known) if is_known else new()]
        if place < _SHARE_WITH_TWO:
            wrong = [new()]
            wrong.append(changed(wrong[0].exercise, wrong[0].code) if number % 2 else new())
        own |= {each.exercise: each.code for each in wrong}
        answers.append({name: renamed(code, draw) for name, code in own.items()})
    draw.shuffle(answers)
    return answers


def hand_in(folder: Path, assignment: Assignment, answers: Sequence[Answers], *, mend: bool) -> Path:
    """A course in which each of `answers` is handed in."""
    make_course(folder, 0)
    config = folder / "course_config.py"
    config.write_text(config.read_text(encoding="utf-8") + _SETTINGS.format(mend=mend), encoding="utf-8")
    for number, own in enumerate(answers):
        notebook = nbformat.from_dict(assignment.source)
        for cell in notebook.cells:
            cell.source = own.get(grade_id(cell) or "", cell.source)
        target = folder / "submitted" / student(number) / NAME
        target.mkdir(parents=True)
        nbformat.write(notebook, target / f"{NAME}.ipynb")
    return folder


def graded(folder: Path, answers: Sequence[Answers], assignment: Assignment, *, mend: bool) -> Row:
    """One run of `autograder grade` with two workers in a new course, which it leaves no trace of."""
    hand_in(folder, assignment, answers, mend=mend)
    time = measure(WITH if mend else WITHOUT, folder, len(answers), "autograder", "grade", NAME, "--quiet")
    reports = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("autograded/*/*/report.json")]
    wrong = [each for report in reports for each in report["exercises"] if each["verdict"] == "failed"]
    shutil.rmtree(folder)
    return Row(time, len(wrong), sum(bool(each["misconceptions"]) for each in wrong))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.naming", description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=60)
    parser.add_argument("--pairs", type=int, default=3, help="each of one run without naming and one with it")
    parser.add_argument("--seed", type=int, default=1, help="of the made-up class")
    parser.add_argument("--json", type=Path, help="write figures and machine to this file")
    options = parser.parse_args(arguments)
    assignment = the_assignment()
    answers = make_class(assignment, options.submissions, options.seed)
    pairs: list[tuple[Row, Row]] = []
    load = [os.getloadavg()[0]]
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(options.pairs):
            order = (False, True) if number % 2 == 0 else (True, False)
            run = {mend: graded(Path(scratch, f"{number}-{mend}"), answers, assignment, mend=mend) for mend in order}
            pairs.append((run[False], run[True]))
            load.append(os.getloadavg()[0])
            for row in pairs[-1]:
                figures = f"{row.time.wall_seconds:.1f} s, {row.time.cpu_seconds:.1f} s of processor time"
                print(f"{row.time.grader}: {figures}, {row.named} of {row.wrong} wrong exercises named", flush=True)
    wall = statistics.median(each.time.wall_seconds / bare.time.wall_seconds for bare, each in pairs)
    cpu = statistics.median(each.time.cpu_seconds / bare.time.cpu_seconds for bare, each in pairs)
    print(f"With naming in times of without: {wall:.2f} of wall time, {cpu:.2f} of processor time (medians)")
    print("Load of the machine before, and after each pair:", " ".join(f"{each:.1f}" for each in load))
    if options.json:
        rows = [[asdict(row) for row in each] for each in pairs]
        record = {"machine": machine.describe(), "versions": machine.versions(), "seed": options.seed}
        record |= {"load": load, "wall_ratio": wall, "cpu_ratio": cpu, "pairs": rows}
        options.json.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
