"""`nbgrader export`: names stay text in a spreadsheet, numbers stay numbers, and the file is whole."""

from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from helpers import run
from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin

from autograder.gradebook.export import COLUMNS, SafeCsvExportPlugin

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝")


@pytest.fixture
def gradebook(hostile_class: Path) -> Any:
    with Gradebook(f"sqlite:///{hostile_class}/gradebook.db", "deep-learning-basics") as gradebook:
        yield gradebook


@pytest.mark.slow
def test_nothing_in_an_exported_file_is_a_formula(hostile_class: Path) -> None:
    done = run("nbgrader", "export", cwd=hostile_class)
    assert done.returncode == 0, done.stderr
    with (hostile_class / "grades.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = {row["student_id"]: row for row in rows}
    assert tuple(rows[0]) == COLUMNS
    assert all(None not in row for row in rows)
    starting = {name: value for row in rows for name, value in row.items() if value.startswith(FORMULAS)}
    assert starting == {"first_name": "-12.5"}
    assert found["student-001"]["last_name"] == "'=1+1"
    assert found["student-001"]["first_name"] == 'Ann "Ay", B.'
    assert found["student-002"]["email"] == "'@SUM(1)"
    assert "'=1+1" in found
    assert (found["student-001"]["score"], found["unreadable"]["score"]) == ("20.0", "0.0")


def test_the_columns_and_points_are_those_of_nbgrader(gradebook: Any, tmp_path: Path) -> None:
    chosen = {"student": ["student-001"], "assignment": ["tiny"]}
    rows = []
    for plugin in (CsvExportPlugin, SafeCsvExportPlugin):
        gradebook.find_student("student-001").first_name = "Ann"
        gradebook.find_student("student-001").last_name = "Bee"
        file = tmp_path / f"{plugin.__name__}.csv"
        plugin(to=str(file), **chosen).export(gradebook)
        rows.append(file.read_text())
    gradebook.db.rollback()
    assert rows[0].splitlines() == [line.rpartition(",")[0] for line in rows[1].splitlines()]
    assert rows[0].count("\n") == 2


def test_an_export_that_fails_leaves_the_old_file(gradebook: Any, tmp_path: Path) -> None:
    file = tmp_path / "grades.csv"
    file.write_text("old")

    def find_submission(assignment: str, student: str) -> Any:
        if student == "student-002":
            raise RuntimeError("the database went away")
        return gradebook.find_submission(assignment, student)

    failing = SimpleNamespace(
        assignments=gradebook.assignments, students=gradebook.students, find_submission=find_submission
    )
    with pytest.raises(RuntimeError, match="went away"):
        SafeCsvExportPlugin(to=str(file)).export(failing)
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]
