"""What is read of a folder and what is not: links, devices, many files, helpers beside the notebook; nothing raises.

Damaged files and folders are cases of `tests/suites/damaged/`.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers import RIGHT, notebook_of, write_notebook

from autograder.course.assignment import Assignment
from autograder.judge.grader import Grader
from autograder.report.report import Status
from autograder.submission import submission as module
from autograder.submission.files import extra_files, regular_files
from autograder.submission.submission import read_submission


@pytest.fixture
def right(tiny: Assignment) -> Any:
    return notebook_of(tiny, RIGHT)


def problem_of(path: Path, tiny: Assignment) -> str:
    return str(read_submission(path, tiny, "student-001").problem)


def test_special_files_are_neither_followed_nor_opened(tiny: Assignment, tmp_path: Path, right: Any) -> None:
    write_notebook(tmp_path / "right.ipynb", right)
    (tmp_path / "link.ipynb").symlink_to(tmp_path / "right.ipynb")
    (tmp_path / "endless.ipynb").symlink_to("/dev/zero")
    (tmp_path / "broken.ipynb").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe.ipynb")
    for name in ("link", "endless", "broken", "pipe"):
        assert problem_of(tmp_path / f"{name}.ipynb", tiny) == f"{name}.ipynb is not an ordinary file."
    assert problem_of(Path("/dev/zero"), tiny) == "zero is not an ordinary file."
    assert problem_of(tmp_path / "missing.ipynb", tiny).startswith("missing.ipynb could not be read: No such file")
    assert problem_of(tmp_path / "right.ipynb", tiny) == "None"


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


def test_folders_in_folders_are_no_problem(tiny: Assignment, tmp_path: Path, right: Any) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1200):  # more than Python could go down by recursion, or pytest could remove
        os.mkdir("a", dir_fd=here)
        here, before = os.open("a", os.O_RDONLY, dir_fd=here), here
        os.close(before)
    os.close(here)
    try:
        assert "There is no notebook" in problem_of(tmp_path, tiny)
        write_notebook(tmp_path / "a" / "a" / "tiny.ipynb", right)
        assert problem_of(tmp_path, tiny) == "None"
    finally:
        subprocess.run(["rm", "-rf", tmp_path / "a"], check=True)


def test_only_the_ten_likeliest_of_many_notebooks_are_read(
    tiny: Assignment, tmp_path: Path, right: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    monkeypatch.setattr(module, "read_cells", lambda path: (read.append(path.name), ([], []))[1])
    for number in range(30):
        write_notebook(tmp_path / f"{number}.ipynb", right)
    write_notebook(tmp_path / "sub" / "tiny-Copy1.ipynb", right)
    assert "is not the notebook of tiny" in problem_of(tmp_path, tiny)
    assert len(read) == 10
    assert read[0] == "tiny-Copy1.ipynb"


def test_only_ordinary_files_beside_the_notebook_come_along(tiny: Assignment, tmp_path: Path) -> None:
    notebook = tmp_path / "sub" / "tiny.ipynb"
    for name in ("sub/tiny.ipynb", "sub/helper.py", "sub/data/a.csv", "above.txt", "sub/.secret", "sub/other.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "sub" / "passwd").symlink_to("/etc/passwd")
    (tmp_path / "sub" / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "sub" / "pipe")
    with (tmp_path / "sub" / "big.bin").open("wb") as file:
        file.truncate(6 << 20)
    assert [name for name, _ in extra_files(tmp_path, notebook, tiny)] == ["data/a.csv", "helper.py"]
    for number in range(100):
        (tmp_path / "sub" / f"{number}.txt").write_text("")
    assert len(extra_files(tmp_path, notebook, tiny)) == 50


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
