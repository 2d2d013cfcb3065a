"""Times `autograder report` on a made-up class.

    python -m benchmarks.class_report            # 10,000 students, in a temporary folder
    python -m benchmarks.class_report 500 DIR    # 500, and the course is left in DIR to look at

The reports are like real ones in size and form: nine exercises of four checks, students of different ability, common
and rare mistakes, styles that many share, and pairs who handed in the same code. All is the same each time.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import nbformat
from nbgrader import api
from sqlalchemy import create_engine, insert

from autograder.gradebook.database import make_tables
from autograder.report.exercise_result import CheckResult, ExerciseResult, Verdict
from autograder.report.report import Report, Status

NAME = "made_up"
STUDENTS = 10_000
RUNS = 5
_CONFIG = """c = get_config()  # noqa: F821  # traitlets provides it
c.CourseDirectory.course_id = "made_up_course"
"""
_CHECKS, _POINTS = 4, (10, 10, 10, 15, 5, 20, 10, 10, 10)
_DUE = datetime(2026, 3, 1, 23, 0)
_SIGHT = (
    "It should be a tensor of shape (6, 1), the same as for a row by itself, whatever the weights and the bias are."
)


def make_course(folder: Path, students: int, seed: int = 1) -> list[tuple[str, str]]:
    """Writes a course with a graded class; the pairs of students whose code is the same but for a few pieces."""
    chance = random.Random(seed)
    (folder / "source" / NAME).mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text(_CONFIG, encoding="utf-8")
    source = _notebook(_reference, with_tests=True)
    (folder / "source" / NAME / f"{NAME}.ipynb").write_text(nbformat.writes(source), encoding="utf-8")
    names = [f"student-{number:05d}" for number in range(1, students + 1)]
    copies = {names[each]: names[each - 1] for each in range(7, students, 97)}
    reports: dict[str, dict[str, Any]] = {}
    for name in names:
        if chance.random() < 0.03:
            continue  # handed in nothing
        origin = reports.get(copies.get(name, ""))
        reports[name] = _copied(origin, name, chance) if origin else _report(name, chance)
    for name, report in reports.items():
        path = folder / "autograded" / name / NAME / "report.json"
        path.parent.mkdir(parents=True)
        path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1))
        notebook = json.dumps(
            _notebook(lambda each, who=name: f"def {each}():\n    return '{who}'\n", with_tests=False)
        )
        path.with_name(f"{NAME}.ipynb").write_text(notebook, encoding="utf-8")
        (folder / "submitted" / name / NAME).mkdir(parents=True)
    _write_gradebook(folder / "gradebook.db", names, reports)
    return [pair for pair in copies.items() if set(pair) <= set(reports)]


def _report(student: str, chance: random.Random) -> dict[str, Any]:
    ability = chance.gauss(0.9, 1.1)
    exercises = [_exercise(number, ability, chance) for number in range(len(_POINTS))]
    at = _DUE - timedelta(hours=chance.expovariate(1 / 20) - 2)
    late = max(0.0, (at - _DUE).total_seconds())
    report = Report(
        NAME, student, sum(each["points"] for each in exercises), float(sum(_POINTS)), Status.GRADED, (),
        repairs=("The locked cell imports was changed; it was restored.",) if chance.random() < 0.1 else (),
        outcome="raised" if ability < -1 else "ok", seconds=round(chance.lognormvariate(-1, 0.6), 3),
        isolation=("descriptors", "limits", "folder", "user", "files", "syscalls", "signals", "memory"),
        versions={"autograder": "0.1.0", "torch": "2.13.0", "ipython": "9.18.1", "pytest": "9.2.0"},
        looks=("the tests in `made` can't judge anybody: they fail",) if chance.random() < 0.002 else (),
        handed_in=f"{at.isoformat()}+00:00", late_seconds=late, fingerprint="0" * 64,
    )  # fmt: skip
    return {**report.to_dict(), "exercises": exercises}


def _exercise(number: int, ability: float, chance: random.Random) -> dict[str, Any]:
    name = f"exercise_{number + 1}"
    easy = ability - (number - 4) * 0.25
    chance_of_right = 1 / (1 + 2.7**-easy)
    if chance.random() < 0.06 * (1 - chance_of_right):
        left = ExerciseResult(
            name, 0.0, float(_POINTS[number]), Verdict.SKIPPED, "There is nothing in this cell yet.", sketch=""
        )
        return asdict(left)
    mistake = None if chance.random() < chance_of_right else min(int(chance.paretovariate(0.9)), 400)
    fails = [False] * _CHECKS if mistake is None else [(mistake * 7 + each * 5) % 3 != 0 for each in range(_CHECKS)]
    fails[0] = fails[0] or (mistake is not None and not any(fails))
    checks = tuple(
        CheckResult(
            f"{name}::test_property_{each}",
            f"`{name}` works for any number of rows and features, and judges each row by itself ({each}).",
            Verdict.FAILED if failed else Verdict.PASSED, float(each + 1),
            f"`{name}(x_train, W=[[1], [-1]], b=[0])` returned a tensor of shape (6, 2). {_SIGHT}" if failed else "",
        )
        for each, failed in enumerate(fails)
    )  # fmt: skip
    points = _POINTS[number] * sum(each.weight for each in checks if each.verdict == "passed") / 10
    named = mistake is not None and mistake < 30
    result = ExerciseResult(
        name, round(points, 2), float(_POINTS[number]), Verdict.PASSED if mistake is None else Verdict.FAILED,
        "" if mistake is None else f"This is mistake {mistake}: the losses are added up where their mean is asked for.",
        misconceptions=(f"mistake-{mistake}",) if named else (), checks=checks,
        answers=f"{mistake:012x}" if mistake is not None and not named else "",
        graded_cell=f"test_{name}", solution_cell=name, notebook=NAME, sketch=_sketch(number, chance),
    )  # fmt: skip
    return asdict(result)


def _sketch(number: int, chance: random.Random) -> str:
    """A style of many, with a few habits of one's own, some of which others have too."""
    style = random.Random(number * 1000 + min(int(chance.paretovariate(0.8)), 60))
    size = 6 + number * 3
    own = {style.getrandbits(32) for _ in range(size)}
    for each in sorted(own):
        if chance.random() < 0.3:
            habit = random.Random(each * 5000 + min(int(chance.paretovariate(0.5)), 4000))
            own ^= {each, habit.getrandbits(32)}
    return "".join(f"{each:08x}" for each in sorted(own)[:32])


def _copied(origin: dict[str, Any], student: str, chance: random.Random) -> dict[str, Any]:
    """Another's work with one exercise of one's own."""
    exercises = list(origin["exercises"])
    own = chance.randrange(len(exercises))
    exercises[own] = _exercise(own, 1.0, chance)
    return {**origin, "student": student, "exercises": exercises, "score": sum(each["points"] for each in exercises)}


def _notebook(code_of: Callable[[str], str], with_tests: bool) -> dict[str, Any]:
    """A notebook with nbgrader's marks: a cell for each exercise, and where it is the instructor's one of tests."""
    cells = []
    for number, points in enumerate(_POINTS, 1):
        name = f"exercise_{number}"
        marks = {
            "schema_version": 3,
            "grade_id": name,
            "solution": True,
            "grade": False,
            "locked": False,
            "task": False,
        }
        cells.append(nbformat.v4.new_code_cell(code_of(name), id=name, metadata={"nbgrader": marks}))
        if with_tests:
            marks = {**marks, "grade_id": f"test_{name}", "solution": False, "grade": True, "locked": True}
            marks["points"] = points
            cells.append(
                nbformat.v4.new_code_cell(f"assert {name}()", id=f"test-{number}", metadata={"nbgrader": marks})
            )
    made: dict[str, Any] = nbformat.v4.new_notebook(cells=cells)
    return made


def _reference(name: str) -> str:
    return f"def {name}():\n    ### BEGIN SOLUTION\n    return True\n    ### END SOLUTION"


def _write_gradebook(path: Path, names: list[str], reports: dict[str, dict[str, Any]]) -> None:
    tables = api.Base.metadata.tables
    cells = [f"test_exercise_{number + 1}" for number in range(len(_POINTS))]
    rows: dict[str, list[dict[str, Any]]] = {
        "course": [{"id": "made_up_course"}],
        "assignment": [{"id": "a", "name": NAME, "course_id": "made_up_course", "duedate": _DUE}],
        "notebook": [{"id": "n", "name": NAME, "assignment_id": "a"}],
        "base_cell": [{"id": each, "name": each, "type": "GradeCell", "notebook_id": "n"} for each in cells],
        "grade_cells": [
            {"id": each, "max_score": float(most), "cell_type": "code"}
            for each, most in zip(cells, _POINTS, strict=True)
        ],
        "student": [{"id": each, "first_name": "Student", "last_name": each[8:]} for each in names],
        "submitted_assignment": [
            {"id": f"s{each}", "assignment_id": "a", "student_id": each, "timestamp": _moment(report)}
            for each, report in reports.items()
        ],
        "submitted_notebook": [{"id": f"n{each}", "notebook_id": "n", "assignment_id": f"s{each}"} for each in reports],
        "grade": [
            {"id": f"{each}{number}", "cell_id": cells[number], "notebook_id": f"n{each}", "auto_score": one["points"]}
            for each, report in reports.items()
            for number, one in enumerate(report["exercises"])
        ],
    }
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        make_tables(connection)
        for table, its_rows in rows.items():
            if its_rows:
                connection.execute(insert(tables[table]), its_rows)
    engine.dispose()


def _moment(report: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(report["handed_in"]).replace(tzinfo=None)


def time_once(folder: Path, format_: str = "html") -> tuple[float, float]:
    """Seconds on the wall and of the processor that the whole command takes."""
    before = os.times()
    started = time.monotonic()
    command = [str(Path(sys.executable).parent / "autograder"), "report", NAME, "--format", format_, "--quiet"]
    subprocess.run(command, cwd=folder, check=True)
    after = os.times()
    busy = after.children_user + after.children_system - before.children_user - before.children_system
    return time.monotonic() - started, busy


def main() -> None:
    students = int(sys.argv[1]) if len(sys.argv) > 1 else STUDENTS
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(scratch)
        make_course(folder, students)
        for format_ in ("html", "csv", "json"):
            wall, busy = min(time_once(folder, format_) for _ in range(RUNS))
            print(
                json.dumps(
                    {
                        "students": students,
                        "format": format_,
                        "wall_seconds": round(wall, 2),
                        "cpu_seconds": round(busy, 2),
                    }
                )
            )


if __name__ == "__main__":
    main()
