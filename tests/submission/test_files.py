"""Which of the files in a folder count: ordinary ones, few and near enough."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from helpers import RIGHT, notebook_of, write_notebook

from autograder.course.assignment import Assignment
from autograder.submission import files
from autograder.submission import submission as module
from autograder.submission.files import ExtraFiles, extra_files
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


def test_what_is_left_out_is_told_with_the_reason(
    tiny: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = tmp_path / "tiny.ipynb"
    for name, size in (
        ("a.bin", 17 << 20),
        ("b" * 100 + ".txt", 10),
        ("c.txt", 5000),
        ("d.txt", 10),
        ("numbers.csv", 9),
    ):
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)
    (tmp_path / "e.txt").hardlink_to(tmp_path / "d.txt")
    assert extra_files(tmp_path, notebook, tiny).left_out == (
        "a.bin (17 MB) was left out: a file beside the notebook may have 5 MB.",
        "d.txt (1 KB) was left out: it is a link to another file.",
        "e.txt (1 KB) was left out: it is a link to another file.",
    )
    (tmp_path / "e.txt").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(os, "access", lambda path, _: path.name != "c.txt")
        patch.setattr(files, "MAX_EXTRA_NAME_BYTES", 50)
        patch.setattr(files, "MAX_EXTRA_FILES", 0)
        assert extra_files(tmp_path, notebook, tiny).left_out == (
            "a.bin (17 MB) was left out: a file beside the notebook may have 5 MB.",
            f"{'b' * 80} (1 KB) was left out: its name is longer than 50 characters.",
            "c.txt (5 KB) was left out: it may not be read.",
            "And 1 more file was left out.",
        )
    monkeypatch.setattr(files, "MAX_EXTRA_BYTES", 5015)
    told = extra_files(tmp_path, notebook, tiny).left_out
    assert told[1:] == ("d.txt (1 KB) was left out: all files beside the notebook may have 0 MB together.",)


def test_of_many_files_left_out_a_few_are_told(tiny: Assignment, tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"{number:03}.txt").write_text("")
    told = extra_files(tmp_path, tmp_path / "tiny.ipynb", tiny).left_out
    assert told[0] == "050.txt (1 KB) was left out: only the first 50 files beside the notebook are used."
    assert told[3:] == ("And 247 more files were left out.",)


def test_what_nobody_needs_is_left_out_in_silence(tiny: Assignment, tmp_path: Path) -> None:
    for name in (".hidden", "report.json", "numbers.csv", "numbers.csv.ipynb", "__pycache__/a.pyc"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        with (tmp_path / name).open("wb") as file:
            file.truncate(6 << 20)
    assert extra_files(tmp_path, tmp_path / "tiny.ipynb", tiny) == ExtraFiles()
