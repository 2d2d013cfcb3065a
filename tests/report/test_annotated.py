"""The graded notebook: one number and the verdict under each exercise, and nothing that a student has forged."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import nbformat
from helpers import cell_of, words, write_notebook

from autograder.judge.grader import Grader
from autograder.judge.unjudged import Graded

Grade = Callable[..., Graded]


def test_each_test_cell_holds_one_number_and_the_verdict(grade: Grade) -> None:
    graded = grade({"double": "def double(x):\n    return x"})
    for exercise in graded.report.exercises:
        outputs = cell_of(graded.notebook, f"test_{exercise.name}").outputs
        assert [output.output_type for output in outputs] == ["display_data", "execute_result"]
        assert float(outputs[1].data["text/plain"]) == exercise.points
        assert f"{exercise.points:g} of {exercise.max_points:g} points" in outputs[0].data["text/html"]
    shown = cell_of(graded.notebook, "test_double").outputs[0].data["text/html"]
    assert "Each number should be twice as large" in shown


def test_nothing_that_a_student_writes_becomes_markup_in_the_verdict(grade: Grade) -> None:
    code = "def double(x):\n    raise ValueError('<script>alert(1)</script><img src=x>')"
    graded = grade({"double": code})
    shown = cell_of(graded.notebook, "test_double").outputs[0].data
    assert "<script" not in shown["text/html"]
    assert "&lt;script&gt;" in shown["text/html"]


def test_control_characters_never_reach_a_message(grade: Grade) -> None:
    report = grade({"double": "def double(x):\n    raise ValueError('\\x1b[2J\\x07\\u202e evil')"}).report
    assert all(letter.isprintable() for letter in words(report).replace("\n", ""))


def test_repairs_are_told_at_the_top_of_the_notebook(grader: Grader, make_notebook: Any, tmp_path: Any) -> None:
    notebook = make_notebook()
    cell_of(notebook, "setup").source = "changed = True"
    graded = grader.grade(write_notebook(tmp_path / "tiny.ipynb", notebook), "student-001")
    assert "The locked cell setup is not as the assignment has it now" in graded.notebook.cells[0].source


def test_outputs_that_a_student_forged_are_gone(grader: Grader, make_notebook: Any, tmp_path: Any) -> None:
    notebook = make_notebook({"double": "def double(x):\n    return x"})
    cell_of(notebook, "test_double").outputs = [nbformat.v4.new_output("stream", text="FORGED")]
    cell_of(notebook, "double").outputs = [nbformat.v4.new_output("stream", text="FORGED")]
    graded = grader.grade(write_notebook(tmp_path / "tiny.ipynb", notebook), "student-001")
    assert "FORGED" not in json.dumps(graded.notebook)
    assert graded.report.exercise("double").points == 0
