"""What is read of a folder and what is not: links, devices, many files, helpers beside the notebook; nothing raises.

Damaged files and folders are cases of `tests/suites/damaged/`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from helpers import RIGHT, notebook_of, write_notebook

from autograder.course.assignment import Assignment
from autograder.judge.grader import Grader
from autograder.report.report import Status
from autograder.submission import submission
from autograder.submission.files import regular_files
from autograder.submission.submission import read_submission


@pytest.fixture
def right(tiny: Assignment) -> Any:
    return notebook_of(tiny, RIGHT)


def problem_of(path: Path, tiny: Assignment) -> str:
    return str(read_submission(path, tiny, "student-001").problem)


def test_what_may_not_be_read_gets_a_sentence(
    tiny: Assignment, tmp_path: Path, right: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> Any:
        raise PermissionError(13, "Permission denied")

    write_notebook(tmp_path / "tiny.ipynb", right)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", refuse)
        assert problem_of(tmp_path, tiny) == "tiny.ipynb could not be read: Permission denied."
    for call in ("listdir", "lstat"):  # a folder may be listed, but not entered, or neither
        with monkeypatch.context() as patch:
            patch.setattr(*((os, call) if call == "listdir" else (Path, call)), refuse)
            assert regular_files(tmp_path) == []


def test_a_helper_file_can_be_imported_and_the_course_data_can_not_be_replaced(
    grader: Grader, make_notebook: Callable[..., Any], tmp_path: Path
) -> None:
    answers = {"double": "from helper import double", "mean_of": RIGHT["mean_of"] + "\nassert len(numbers) == 4"}
    write_notebook(tmp_path / "tiny.ipynb", make_notebook(answers))
    (tmp_path / "helper.py").write_text("def double(x):\n    return x + x\n")
    (tmp_path / "numbers.csv").write_text("99\n")
    graded = grader.grade(tmp_path, "student-001")
    assert graded.report.score == 20
    assert graded.report.outcome == "ok"


def test_a_folder_with_the_name_of_a_data_file_does_no_harm(
    grader: Grader, make_notebook: Callable[..., Any], tmp_path: Path
) -> None:
    write_notebook(tmp_path / "tiny.ipynb", make_notebook())
    (tmp_path / "numbers.csv").mkdir()
    (tmp_path / "numbers.csv" / "x.txt").write_text("x")
    report = grader.grade(tmp_path, "student-001").report
    assert report.status is Status.GRADED
    assert report.score == 20


def test_odd_file_names_do_no_harm(grader: Grader, make_notebook: Callable[..., Any], tmp_path: Path) -> None:
    write_notebook(tmp_path / "tiny.ipynb", make_notebook())
    for name in (b"\xff\xfe.txt", b"new\nline", b"-rf", b"a" * 250, "ünï 🙂".encode()):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("x")
    assert grader.grade(tmp_path, "student-001").report.score == 20


def test_of_two_notebooks_the_one_that_is_probably_another_gives_way(
    tiny: Assignment, tmp_path: Path, right: Any
) -> None:
    cells = [nbformat.v4.new_code_cell(source) for source in (RIGHT["double"], *(f"x{n} = {n}" for n in range(30)))]
    write_notebook(tmp_path / "tiny.ipynb", nbformat.v4.new_notebook(cells=cells))
    assert read_submission(tmp_path, tiny, "student-001").another == (1, 12)
    write_notebook(tmp_path / "work.ipynb", right)
    read = read_submission(tmp_path, tiny, "student-001")
    assert read.another is None
    assert read.repairs[0].startswith("tiny.ipynb had no work in it; work.ipynb was graded instead")


def test_reading_ends_when_it_has_taken_long(
    tiny: Assignment, tmp_path: Path, right: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("tiny (1)", "tiny (2)"):
        write_notebook(tmp_path / f"{name}.ipynb", notebook_of(tiny))
    write_notebook(tmp_path / "work.ipynb", right)
    assert read_submission(tmp_path, tiny, "student-001").untouched == frozenset()
    monkeypatch.setattr(submission, "_PATIENCE_SECONDS", -1.0)
    assert len(read_submission(tmp_path, tiny, "student-001").untouched) == 3
