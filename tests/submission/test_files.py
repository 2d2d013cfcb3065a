"""Which of the files in a folder count: ordinary ones, few and near enough."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from helpers import RIGHT, notebook_of, write_notebook

from autograder.course.assignment import Assignment
from autograder.submission import submission as module
from autograder.submission.files import extra_files
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
    assert [name for name, _ in extra_files(tmp_path, notebook, tiny).kept] == ["data/a.csv", "helper.py"]
    for number in range(100):
        (tmp_path / "sub" / f"{number}.txt").write_text("")
    assert len(extra_files(tmp_path, notebook, tiny).kept) == 50
