"""What nbgrader's marks make of a cell, and which names its code binds and uses."""

from __future__ import annotations

from typing import Any

import pytest

from autograder.course.marked_cells import (
    bound_names,
    defined_names,
    grade_id,
    is_by_hand,
    is_editable,
    is_solution,
    is_task,
    is_test,
    used_names,
)


def cell(**marks: Any) -> dict[str, Any]:
    return {"metadata": {"nbgrader": {"grade_id": "a", **marks}}}


@pytest.mark.parametrize(
    ("marked", "what"),
    [
        (cell(solution=True, locked=False), "solution editable"),
        (cell(grade=True, locked=True), "test"),
        (cell(grade=True, locked=False), "test"),  # nbgrader takes a test cell for locked, whatever it says
        (cell(grade=True, solution=True), "solution editable by_hand"),
        (cell(task=True, locked=True), "task by_hand"),
        (cell(task=True, locked=False), "task by_hand"),
        (cell(locked=True), ""),
        (cell(locked=False), "editable"),
        ({"metadata": {}}, "editable"),
        ({"metadata": {"nbgrader": "odd"}}, "editable"),
        ({"metadata": {"nbgrader": {"grade_id": 3}}}, "editable"),
    ],
)
def test_each_kind_of_cell_is_known_by_its_marks(marked: dict[str, Any], what: str) -> None:
    kinds = {"solution": is_solution, "test": is_test, "task": is_task, "by_hand": is_by_hand, "editable": is_editable}
    assert {name for name, asked in kinds.items() if asked(marked)} == set(what.split())


def test_an_id_is_a_text_of_any_kind() -> None:
    assert grade_id(cell(grade_id="1-a b")) == "1-a b"
    assert grade_id({"metadata": {"nbgrader": {"grade_id": 3}}}) is None


CODE = """
import numpy as np, os.path
from math import pi as PI
x, (y, *z) = 1, (2, 3)
for i in range(3):
    total = i
with open("f") as file:
    pass
try:
    n: int = 1
except OSError as error:
    pass
async def later(): inner = 1
class Thing:
    part = 1
def f(a): b = a; return lambda c: c
[each for each in z]
"""


def test_names_that_a_cell_binds_are_those_of_its_top_level() -> None:
    bound = {"np", "os", "PI", "x", "y", "z", "i", "total", "file", "n", "later", "Thing", "f"}
    assert bound_names(CODE) == bound
    assert defined_names(CODE) == ("later", "Thing", "f")


def test_names_that_tests_use_stand_anywhere_in_them() -> None:
    assert used_names("def check():\n    assert f(x)[0].shape == y") >= {"f", "x", "y"}
    assert "shape" not in used_names("assert f.shape")


def test_of_code_that_is_no_python_what_can_be_seen_counts() -> None:
    assert bound_names("%time\ndef f(): ...") == {"f"}
    assert used_names("%time assert f(x)") >= {"f", "x"}
