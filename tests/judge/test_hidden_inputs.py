"""A guest that was called with hidden inputs may tell of them: its words and outputs from then on are not shown."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from helpers import cell_of, make_variant, notebook_of, write_notebook

from autograder.course.loading import load_assignment
from autograder.judge.grader import Grader
from autograder.report.report import Report
from autograder.sandbox.forked import ForkSandbox

SECRET = "98765"

CHECKS = """
import pytest
from autograder.checks import expect_close, expect_float, hidden_inputs

@pytest.mark.exercise("f", public=True)
def test_any_number(student):
    '''`f` gives half of a number.'''
    expect_close(expect_float(student.f(2.0), "f(2.0)"), 1.0, "f(2.0)", "It should be the half.")
    with hidden_inputs():
        expect_close(expect_float(student.f(98765.0), "f(x)"), 49382.5, "f(x)", "It should be the half.")
    expect_close(expect_float(student.f(4.0), "f(4.0)"), 2.0, "f(4.0)", "It should be the half.")

@pytest.mark.exercise("f", public=True)
def test_seven(student):
    '''`f` gives half of seven.'''
    expect_close(expect_float(student.f(7.0), "f(7.0)"), 3.5, "f(7.0)", "It should be the half.")
"""


@pytest.fixture(scope="module")
def grader(tmp_path_factory: pytest.TempPathFactory, sandbox: ForkSandbox) -> Iterator[Grader]:
    folder, name = make_variant(tmp_path_factory.mktemp("variant"), CHECKS, "def f(x):\n    return x / 2")
    with Grader(load_assignment(folder, name), sandbox, show_cells=False) as grader:
        yield grader


def messages(grader: Grader, tmp_path: Path, code: str) -> list[str]:
    path = write_notebook(tmp_path / "handed-in.ipynb", notebook_of(grader.assignment, {"f": code}))
    report: Report = grader.grade(path, "student-001").report
    return [check.message for check in report.exercises[0].checks]


def test_a_wrong_answer_after_hidden_inputs_is_still_told_by_its_value(grader: Grader, tmp_path: Path) -> None:
    first, second = messages(grader, tmp_path, "def f(x):\n    return x / 2 if x != 7 else 14.0")
    assert first == ""
    assert second == "`f(7.0)` returned 14. It should be the half."


@pytest.mark.parametrize(
    "tell",
    [
        "raise ValueError(str(seen))",
        "raise type(f'E{seen}', (Exception,), {'__module__': 'builtins'})",
        "return sum(seen)",
        "return torch.tensor(seen)",
    ],
)
def test_hidden_inputs_do_not_come_out_in_the_words_of_a_later_public_check(
    grader: Grader, tmp_path: Path, tell: str
) -> None:
    code = f"import torch\nseen = []\ndef f(x):\n    seen.append(x)\n    if x == 7: {tell}\n    return x / 2"
    first, second = messages(grader, tmp_path, code)
    assert first == ""
    assert second.startswith("`f")
    assert SECRET not in second
    assert "98774" not in second  # the sum of all that it had been called with


@pytest.mark.parametrize(
    "tell",
    [
        "return torch.zeros(98, 765)",
        "return [x] * 987",
        "return (x,) * 98",
        "os._exit(98)",
        "return ' ' * 33_600_000",
        "return torch.zeros(98765, dtype=torch.int16)",
        "raise BlockingIOError(98765)",
        "raise ValueError(f'invalid for input of size {x}')",
    ],
)
def test_no_size_and_no_code_that_student_code_chooses_is_told_of_hidden_inputs(
    grader: Grader, tmp_path: Path, tell: str
) -> None:
    code = f"import os, torch\ndef f(x):\n    if x > 98000: {tell}\n    return x / 2"
    said = " ".join(messages(grader, tmp_path, code))
    assert said.startswith("`f")
    assert not re.search(r"\d\d", said)
    assert "BlockingIO" not in said
    assert "bytes" not in said


def test_a_second_run_shows_what_cells_gave_before_hidden_inputs_were_known(
    sandbox: ForkSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If nothing else, a later run's cells could tell the time: how long the first one took to die."""
    started: list[float] = []

    def start(self: ForkSandbox, *how: Any) -> Any:
        started.append(time.monotonic())
        return begin(self, *how)

    begin = ForkSandbox.start
    monkeypatch.setattr(ForkSandbox, "start", start)
    dies = "import os, time\nprint(time.monotonic())\n"
    dies += "def f(x):\n    if x > 98000: os._exit(1)\n    return x / 2"
    folder, name = make_variant(tmp_path / "variant", CHECKS, "def f(x):\n    return x / 2")
    with Grader(load_assignment(folder, name), sandbox) as grader:
        path = write_notebook(tmp_path / "handed-in.ipynb", notebook_of(grader.assignment, {"f": dies}))
        graded = grader.grade(path, "student-001")
    shown = "".join(output.text for output in cell_of(graded.notebook, "f").outputs if output.output_type == "stream")
    assert len(started) > 1
    assert started[0] < float(shown.split()[0]) < started[1]


def test_an_error_that_other_checks_raise_too_is_said_to_be_the_same_and_not_that_of_other_data(
    sandbox: ForkSandbox, tmp_path: Path
) -> None:
    """Even if the guest knew hidden inputs when the notebook's own were tried: those are tried again for the words."""
    private = CHECKS.replace("def test_seven", "def test_seven_again").split("@pytest")[-1].replace(", public=True", "")
    folder, name = make_variant(tmp_path / "variant", f"{CHECKS}\n@pytest{private}", "def f(x):\n    return x / 2")
    with Grader(load_assignment(folder, name), sandbox, show_cells=False) as grader:
        _, public, again = messages(grader, tmp_path, "def f(x):\n    return x / 2 if x != 7 else 1 / 0")
    assert public.startswith("`f` raised ZeroDivisionError on line 2 of the cell f")
    assert again == "`f` raised the same error as for the notebook's own data."


def test_nor_later_in_the_same_check(grader: Grader, tmp_path: Path) -> None:
    code = "seen = []\ndef f(x):\n    seen.append(x)\n    if x == 4: raise ValueError(str(seen))\n    return x / 2"
    first, second = messages(grader, tmp_path, code)
    assert first.startswith("`f` raised ValueError for other data")
    assert SECRET not in first
    assert second == ""


def test_cells_that_show_things_run_where_nothing_hidden_is_known(sandbox: ForkSandbox, tmp_path: Path) -> None:
    folder, name = make_variant(tmp_path / "variant", CHECKS, "def f(x):\n    return x / 2")
    source = folder / "source" / name / f"{name}.ipynb"
    notebook = nbformat.read(source, as_version=4)
    marks = {"grade_id": "show", "locked": True, "grade": False, "solution": False, "task": False, "schema_version": 3}
    notebook.cells.append(nbformat.v4.new_code_cell("print(f(3.0))", metadata={"nbgrader": marks, "tags": ["show"]}))
    nbformat.write(notebook, source)
    keeps = "seen = []\ndef f(x):\n    seen.append(x)\n    print(seen)\n    return x / 2"
    with Grader(load_assignment(folder, name), sandbox, show_cells=True) as grader:
        path = write_notebook(tmp_path / "handed-in.ipynb", notebook_of(grader.assignment, {"f": keeps}))
        graded = grader.grade(path, "student-001")
    assert graded.report.score == 10
    shown = "".join(output.text for output in cell_of(graded.notebook, "show").outputs)
    assert shown == "[3.0]\n1.5\n"
