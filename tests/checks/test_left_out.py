"""Lines that were left out: what the machine lacks is told from what is wrong, in few and bounded sentences."""

from __future__ import annotations

from typing import Any

import pytest
from fakes import FakeSandbox

from autograder.checks import left_out
from autograder.sandbox.cell_run import CellRun, RunCell
from autograder.sandbox.failed import FailedStatement
from autograder.sandbox.notebook_run import NotebookRun


def failed(kind: str, text: str = "", *, line: int = 1, names: tuple[str, ...] = (), **more: Any) -> FailedStatement:
    told = {"type": kind, "builtin": True, "text": text, "line": line, "cell": "a", **more}
    return FailedStatement(told, line, f"line {line}", names, followed=True)


def run_of(*cells: tuple[str, str | None, tuple[FailedStatement, ...]], source: str = "") -> NotebookRun:
    """A notebook that has run: the label, the exercise and the failed statements of each cell."""
    run = NotebookRun(
        FakeSandbox(), tuple(RunCell(label, source, exercise, at) for at, (label, exercise, _) in enumerate(cells))
    )
    run.runs.update({at: CellRun(failed=statements) for at, (*_, statements) in enumerate(cells)})
    return run


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("ModuleNotFoundError", "No module named 'cv2'", "the package `cv2` is not there"),
        ("ModuleNotFoundError", "No module named 'ipympl'", "this machine has no screen"),
        ("AssertionError", "Torch not compiled with CUDA enabled", "this machine has no GPU"),
        ("RuntimeError", "Found no NVIDIA driver on your system.", "this machine has no GPU"),
        ("RuntimeError", "No CUDA GPUs are available", "this machine has no GPU"),
        ("ImportError", "Cannot load backend 'TkAgg' which requires the 'tk' interactive framework", "has no screen"),
        ("TclError", "no display name and no $DISPLAY environment variable", "this machine has no screen"),
        ("EOFError", "EOF when reading a line", "nobody answers `input()`"),
        ("URLError", "<urlopen error [Errno 1] Operation not permitted>", "there is no network"),
        ("UsageError", "Line magic function `%wandb` not found.", "the magic `%wandb` is not there"),
        ("SystemExit", "", "it ends Python"),
        ("ZeroDivisionError", "division by zero", "it raised ZeroDivisionError (“division by zero”). Something is"),
        ("RuntimeError", "shapes differ", "it raised RuntimeError (“shapes differ”)"),
        ("ImportError", "cannot import name 'x' from 'torch'", "it raised ImportError (“cannot import name 'x'"),
        ("ModuleNotFoundError", "No module named 'torch.nn.module'", "PyTorch has no module of that name"),
    ],
)
def test_why_a_line_was_left_out(kind: str, text: str, said: str) -> None:
    run = run_of(("a", "a", (failed(kind, text, line=3),)))
    [sentence] = left_out.of_notebook(run, frozenset())
    assert sentence.startswith("Line 3 of the cell a was left out: ")
    assert said in sentence
    assert sentence[-1] in ".?"
    assert left_out.of_cell(run.runs[0])[0].startswith("Line 3 was left out: ")


def test_what_is_told_elsewhere_is_not_told_twice() -> None:
    run = run_of(
        ("test_a", None, (failed("ValueError"),)),
        ("cell 1", None, (failed("ValueError"),)),
        ("a", "a", (failed("NotImplementedError"), failed("AssertionError", "wrong"))),
        ("b", "b", (failed("ValueError", "bad", names=("x",)), failed("NameError", "name 'x' is not defined", line=2))),
    )
    assert left_out.of_notebook(run, frozenset({"test_a"})) == (
        "Line 1 of the cell b was left out: it raised ValueError (“bad”).",
    )


def test_what_the_machine_lacks_is_told_of_any_cell_and_once() -> None:
    lack = failed("ModuleNotFoundError", "No module named 'pandas'", line=4)
    run = run_of(*((f"cell {number}", None, (lack,)) for number in range(3)))
    assert left_out.of_notebook(run, frozenset()) == (
        "Line 4 of cell 0, and 2 more, were left out: the package `pandas` is not there at grading.",
    )


def test_words_of_student_code_are_printable_and_bounded() -> None:
    nasty = "\x1b[2J`<script>`\n" * 1000
    statement = FailedStatement({"type": nasty, "text": nasty, "builtin": True}, 10**9, nasty, ("x",), followed=True)
    run = run_of(("a" * 500 + "\x1b", "a", (statement,)))
    missing = left_out.why_missing(run, {"type": "NameError", "builtin": True, "text": "name 'x' is not defined"})
    assert missing is not None
    for sentence in (*left_out.of_notebook(run, frozenset()), missing):
        assert sentence.isprintable()
        assert len(sentence) < 1000


def test_statements_that_fail_for_each_other_end_somewhere() -> None:
    one = failed("NameError", "name 'b' is not defined", names=("a",))
    two = failed("NameError", "name 'a' is not defined", names=("b",), line=2)
    run = run_of(("cell 1", None, (one, two)))
    said = left_out.why_missing(run, one.raised)
    assert said is not None
    assert said.count("is missing") < 5


@pytest.mark.parametrize(
    ("source", "package"),
    [
        ("import pandas as pd", "pandas"),
        ("import torch, pandas", "pandas"),
        ("def f():\n    from pandas.io import sql", "pandas"),
        ("import pandas_like", None),
        ("pandas = 3", None),
        ("", None),
    ],
)
def test_a_package_is_named_only_if_the_student_s_cells_import_it(source: str, package: str | None) -> None:
    told = {"type": "ModuleNotFoundError", "builtin": True, "text": "No module named 'pandas.io'"}
    assert left_out.missing_package(run_of(("a", "a", ()), source=source), told) == package
    assert left_out.missing_package(run_of(("a", "a", ()), source=source), {**told, "builtin": False}) is None


def test_few_names_can_be_told_so_that_they_say_little_of_hidden_inputs() -> None:
    many = tuple(failed("ValueError", names=tuple(f"v{number}_{at}" for at in range(40))) for number in range(20))
    run = run_of(("cell 1", None, many), source="\n".join(f"import p{number}" for number in range(300)))
    names = [f"name 'v{number}_{at}' is not defined" for number in range(20) for at in range(40)]
    told = [left_out.why_missing(run, {"type": "NameError", "builtin": True, "text": text}) for text in names]
    assert 0 < len([each for each in told if each]) <= 64
    texts = [f"No module named 'p{number}'" for number in range(300)]
    missing = {"type": "ModuleNotFoundError", "builtin": True}
    assert 0 < len([text for text in texts if left_out.missing_package(run, {**missing, "text": text})]) <= 64
