"""The whole chain through the real commands: bare nbgrader, with our grader in its place."""

from __future__ import annotations

import csv
import json
import os
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest
from helpers import RIGHT, cell_of, hand_in, make_course, notebook_of, run
from nbgrader.api import Gradebook

from autograder.course.assignment import Assignment
from autograder.gradebook import autograde

pytestmark = pytest.mark.slow

EVIL = "def double(x):\n    raise ValueError('<script>alert(1)</script>')"
POINTS = {
    "all-right": (4, 6, 10),
    "evil": (0, 6, 10),
    "untouched": (0, 0, 0),
    "duplicated": (4, 6, 10),
    "deleted": (4, 6, 10),
    "forged": (0, 6, 10),
    "exits": (4, 6, 10),
    "not-json": (0, 0, 0),
    "empty": (0, 0, 0),
    "another": (0, 0, 0),
    "renamed": (4, 6, 10),
    "in-a-folder": (4, 6, 10),
    "two-notebooks": (4, 6, 10),
    "no-file": (0, 0, 0),
    "a-folder-for-a-file": (0, 0, 0),
    "odd-files": (4, 6, 10),
}


def hand_in_all(course: Path, tiny: Assignment) -> None:
    right = notebook_of(tiny, RIGHT)
    hand_in(course, "all-right", right)
    hand_in(course, "evil", notebook_of(tiny, {**RIGHT, "double": EVIL}))
    hand_in(course, "untouched", notebook_of(tiny))
    hand_in(
        course, "duplicated", json.dumps({**right, "cells": [each for cell in right.cells for each in (cell, cell)]})
    )
    hand_in(
        course, "deleted", json.dumps({**right, "cells": [cell for cell in right.cells if "assert" not in cell.source]})
    )
    forged = notebook_of(tiny, {**RIGHT, "double": "def double(x):\n    return x"})
    cell_of(forged, "test_double").source = "4.0"
    cell_of(forged, "test_double").metadata.nbgrader.points = 100
    hand_in(course, "forged", forged)
    hand_in(course, "exits", notebook_of(tiny, RIGHT, extra={"setup": "import os; os._exit(1)"}))
    hand_in(course, "not-json", "this is no notebook")
    hand_in(course, "empty", "")
    hand_in(course, "another", nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")]))
    hand_in_odd_folders(course, right)


def hand_in_odd_folders(course: Path, right: Any) -> None:
    """Folders that nbgrader itself leaves out, or stops at."""
    renamed = hand_in(course, "renamed", right)
    renamed.rename(renamed.with_name("tiny (1).ipynb"))
    nested = hand_in(course, "in-a-folder", right)
    (nested.parent / "my work").mkdir()
    nested.rename(nested.parent / "my work" / "tiny.ipynb")
    two = hand_in(course, "two-notebooks", right)
    two.with_name("draft.ipynb").write_text("{}")
    (course / "submitted" / "no-file" / "tiny").mkdir(parents=True)
    (course / "submitted" / "a-folder-for-a-file" / "tiny" / "tiny.ipynb" / "more").mkdir(parents=True)
    odd = hand_in(course, "odd-files", right).parent
    (odd / "gone.txt").symlink_to("nowhere")
    (odd / "secret.py").symlink_to(course / "nbgrader_config.py")
    (odd / "numbers.csv").mkdir()
    (odd / "numbers.csv" / "x").touch()
    (odd / "timestamp.txt").write_text("tomorrow")
    os.mkfifo(odd / "pipe")


def points_of(database: Path) -> dict[str, tuple[float, ...]]:
    with Gradebook(f"sqlite:///{database}", "deep-learning-basics") as gradebook:
        found = {}
        for submission in gradebook.assignment_submissions("tiny"):
            grades = {grade.name: grade.auto_score for grade in submission.notebooks[0].grades}
            found[submission.student.id] = tuple(grades[f"test_{name}"] for name in RIGHT)
        return found


def without_times(path: Path) -> dict[str, Any]:
    data = json.loads(path.read_text())
    return {name: value for name, value in data.items() if name not in ("seconds", "fingerprint")}


def test_bare_nbgrader_commands_use_our_grader_and_agree_with_it(tiny: Assignment, tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    database = tmp_path / "elsewhere.db"
    where = {"GRADEBOOK_URL": f"sqlite:///{database}"}

    done = run("nbgrader", "generate_assignment", "tiny", cwd=course, fresh=True, **where)
    assert done.returncode == 0, done.stderr
    released = nbformat.read(course / "release/tiny/tiny.ipynb", as_version=4)
    assert [cell.source for cell in released.cells] == [cell.source for cell in tiny.release.cells]
    assert "return 2 * x" not in json.dumps(released)
    assert (course / "release/tiny/numbers.csv").is_file()

    hand_in_all(course, tiny)
    done = run("nbgrader", "autograde", "tiny", cwd=course, fresh=True, **where)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "needs a look not-json: " in done.stderr
    assert points_of(database) == POINTS
    theirs = {each.parent.parent.name: without_times(each) for each in course.glob("autograded/*/tiny/report.json")}
    assert set(theirs) == set(POINTS)
    copied = {path.name for path in (course / "autograded" / "odd-files" / "tiny").iterdir()}
    assert copied == {"tiny.ipynb", "report.json"}  # not its timestamp, which is damaged

    done = run("nbgrader", "generate_feedback", "tiny", cwd=course, fresh=True, **where)
    assert done.returncode == 0, done.stderr
    for student in POINTS:
        assert (course / "feedback" / student / "tiny/tiny.html").is_file(), student
    page = (course / "feedback/evil/tiny/tiny.html").read_text()
    assert "<script>alert" not in page
    assert "alert(1)" in page
    assert "raised ValueError on line 2 of the cell double" in page
    for words in ("0 of 4 points", "6 of 6 points", "10 of 10 points", "16 of 20 points"):
        assert words in page
    assert "damaged or cut off" in (course / "feedback/not-json/tiny/tiny.html").read_text()

    done = run("nbgrader", "export", cwd=course, fresh=True, **where)
    assert done.returncode == 0, done.stderr
    rows = {row["student_id"]: row for row in csv.DictReader((course / "grades.csv").open())}
    assert {student: float(row["score"]) for student, row in rows.items()} == {
        student: sum(points) for student, points in POINTS.items()
    }

    # The same class, through our own command, in a gradebook of its own.
    shutil.rmtree(course / "autograded")
    done = run("autograder", "grade", "tiny", "--json", cwd=course)
    assert done.returncode == 0, done.stderr
    assert points_of(course / "gradebook.db") == POINTS
    ours = {each.parent.parent.name: without_times(each) for each in course.glob("autograded/*/tiny/report.json")}
    assert ours == theirs
    printed = [json.loads(line) for line in done.stdout.splitlines()]
    assert {each["student"]: each["score"] for each in printed} == {name: sum(row) for name, row in POINTS.items()}


def test_nbgrader_reads_each_score_from_the_notebook_as_it_is(tiny: Assignment, grade: Any) -> None:
    from nbgrader.utils import determine_grade

    graded = grade({"double": "def double(x):\n    return 2 * x if x.dim() == 1 else x"})
    for exercise in graded.report.exercises:
        points, possible = determine_grade(cell_of(graded.notebook, f"test_{exercise.name}"))
        assert (points, possible) == (exercise.points, exercise.max_points)


def test_nbgrader_autograde_grades_whom_it_was_asked_to(tiny: Assignment, tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    for student in ("ann-1", "ann-2", "bob", "odd*name"):
        hand_in(course, student, notebook_of(tiny, RIGHT))
    asked = SimpleNamespace(assignment_id="tiny", root=str(course), student_id="*", student_id_exclude="")

    def chosen(student: str, without: str = "") -> list[str]:
        return autograde._chosen(
            SimpleNamespace(**{**vars(asked), "student_id": student, "student_id_exclude": without})
        )

    assert chosen("*") == []
    assert chosen("ann-*") == ["ann-1", "ann-2"]
    assert chosen("odd*name") == ["odd*name"]
    assert chosen("*", without="bob,ann-2") == ["ann-1", "odd*name"]
    assert chosen("nobody") == ["nobody"]


def test_nbgrader_autograde_says_in_one_sentence_why_it_did_not_grade(tmp_path: Path) -> None:
    done = run("nbgrader", "autograde", "nothing", cwd=make_course(tmp_path / "course"))
    assert done.returncode == 1
    assert "There is no assignment 'nothing' in" in done.stderr
    assert "Traceback" not in done.stderr
