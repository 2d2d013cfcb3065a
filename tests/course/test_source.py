"""An instructor's notebook that can't be graded is one sentence, which names the cell."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from helpers import hand_in, make_course, make_variant, run

from autograder.course.errors import CourseError
from autograder.course.loading import load_assignment


def changed(folder: Path, name: str, change: Callable[[Any], None]) -> None:
    path = folder / "source" / name / f"{name}.ipynb"
    notebook = json.loads(path.read_text())
    change(notebook["cells"])
    path.write_text(json.dumps(notebook))


def mark(cell: int, **marks: Any) -> Callable[[Any], None]:
    return lambda cells: cells[cell]["metadata"]["nbgrader"].update(marks)


def code(text: str) -> Callable[[Any], None]:
    return lambda cells: cells[0].update(source=text)


def without(key: str, cell: int) -> Callable[[Any], None]:
    return lambda cells: cells[cell]["metadata"]["nbgrader"].pop(key)


FAULTS: list[tuple[Callable[[Any], None], str]] = [
    (without("points", 1), r"The test cell 'test_f' in .* has no points; they must be a number, 0 or more"),
    (mark(1, points=None), r"The test cell 'test_f' in .* has no points"),
    (mark(1, points="ten"), r"has the points 'ten'; they must be a number"),
    (mark(1, points=True), r"has the points True"),
    (mark(1, points=-1), r"has the points -1"),
    (mark(1, points=float("nan")), r"has the points nan"),
    (mark(1, points=float("inf")), r"has the points inf"),
    (mark(1, grade_id="f"), r"has 2 cells with the grade_id 'f'"),
    (without("grade_id", 0), r"Cell 1 of .* has no grade_id"),
    (mark(1, grade_id=7), r"Cell 2 of .* has no grade_id"),
    (mark(1, grade=False), r"has no cell with points, so there is nothing to grade\. Give a test cell"),
    (mark(1, schema_version=2), r"was made by an older nbgrader \(schema 2 in its cell 2\)\. .*: `nbgrader update "),
    (without("schema_version", 0), r"was made by an older nbgrader \(schema 0 in its cell 1\)"),
    (mark(1, schema_version=4), r"was made by a newer nbgrader \(schema 4 in its cell 2; 3 is known here\)"),
    (
        lambda cells: cells[1].update(cell_type="markdown"),
        r"The test cell 'test_f' in .* is a markdown cell\. Turn it into a code",
    ),
    (
        lambda cells: cells[0].update(cell_type="markdown"),
        r"The answer 'f' in .* is a markdown cell\. Turn it into a code",
    ),
    (lambda cells: cells[0].update(cell_type="raw"), r"The answer 'f' in .* is a raw cell"),
    (mark(1, grade=False, task=True), r"The task 'test_f' in .* is a code cell\. Turn it into a markdown cell"),
    (mark(1, task=True), r"The task 'test_f' in .* is marked as a grade cell as well"),
    (mark(0, grade=True), r"The answer 'f' in .* has no points; they must be a number"),
    (mark(0, grade=True, points=-2), r"The answer 'f' in .* has the points -2"),
    (code("def f(:\n    pass"), r"The solution cell 'f' in .* is no Python: .* \(its line 1\)"),
    (code("%time\n\nx = = 1"), r"is no Python: invalid syntax \(its line 3\)"),
    (code("def f():\n    ### BEGIN SOLUTION\n    return 1"), r"nbgrader can't make the students' version of .*: "),
    (lambda cells: cells.append("text"), r"can't be read: "),
    (lambda cells: cells.clear(), r"has no cell with points"),
]


@pytest.mark.parametrize(("change", "said"), FAULTS)
def test_a_fault_in_the_notebook_is_one_sentence(tmp_path: Path, change: Callable[[Any], None], said: str) -> None:
    folder, name = make_variant(tmp_path, "")
    changed(folder, name, change)
    with pytest.raises(CourseError, match=said) as refused:
        load_assignment(folder, name)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", r"Expecting value: line 1 column 1"),
        (b'{"cells": [', r"can't be read: Expecting value: line 1"),
        (b"\xff\xfe\x00", r"can't be read: 'utf-8' codec can't decode"),
        (b"[]", r"can't be read: "),
        (b"{}", r"can't be read: "),
        (b'{"cells": 3, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}', r"can't be read: "),
        (b'{"cells": [], "metadata": {}, "nbformat": 99, "nbformat_minor": 5}', r"can't be read: "),
    ],
)
def test_a_file_that_is_no_notebook_is_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    folder, name = make_variant(tmp_path, "")
    (folder / "source" / name / f"{name}.ipynb").write_bytes(content)
    with pytest.raises(CourseError, match=said) as refused:
        load_assignment(folder, name)
    assert re.match(r"The instructor's notebook .* can't be read: [^\n]+\. Save it anew", str(refused.value))


@pytest.mark.parametrize("text", ["%matplotlib inline", "%%time", "!ls", "x = !ls", "?print", "await f()", "%run a b"])
def test_cells_with_magic_are_fine(tmp_path: Path, text: str) -> None:
    folder, name = make_variant(tmp_path, "", f"{text}\ndef f():\n    return 1")
    changed(folder, name, code(f"{text}\ndef f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION"))
    assert load_assignment(folder, name).exercise("f").functions == ("f",)


def test_notebooks_of_one_name_are_named(tmp_path: Path) -> None:
    folder, name = make_variant(tmp_path, "")
    (folder / "source" / name / "Variant.ipynb").write_text("{}")
    with pytest.raises(
        CourseError, match=r"holds 2 notebooks of one name: Variant\.ipynb, variant\.ipynb\. Rename all"
    ):
        load_assignment(folder, name)


def test_the_cell_is_named_in_which_a_region_has_no_end(tmp_path: Path) -> None:
    folder, name = make_variant(tmp_path, "")
    changed(folder, name, lambda cells: cells[1].update(source="### BEGIN HIDDEN TESTS\nassert f()"))
    with pytest.raises(CourseError, match=r", in the cell 'test_f'\. Put the line that ends the region below it\."):
        load_assignment(folder, name)


@pytest.mark.slow
@pytest.mark.parametrize("command", ["grade", "audit"])
def test_commands_say_it_in_one_line_and_end_with_1(tmp_path: Path, command: str) -> None:
    course = make_course(tmp_path / "course")
    hand_in(course, "student-001", "{}")
    path = course / "source" / "tiny" / "tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.append(notebook.cells[-1])
    nbformat.write(notebook, path)
    done = run("autograder", command, "tiny", cwd=course)
    assert (done.returncode, len(done.stderr.strip().splitlines())) == (1, 1), done.stderr
    assert "cells with the grade_id" in done.stderr
