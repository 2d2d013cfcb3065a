"""What lies in a guest's folder: the student's files, the assignment's, and its empty folders."""

from __future__ import annotations

import shutil
from pathlib import Path

from fakes import FakeSandbox
from helpers import TINY_COURSE

from autograder.course.loading import load_assignment
from autograder.judge.runs import notebook_run


def test_the_assignment_s_empty_folders_are_there_and_no_hidden_ones(tmp_path: Path) -> None:
    shutil.copytree(TINY_COURSE, tmp_path / "course")
    source = tmp_path / "course" / "source" / "tiny"
    for name in ("models", "deep/er", ".ipynb_checkpoints/x", "deep/__pycache__", "full"):
        (source / name).mkdir(parents=True)
    (source / "full" / "a.txt").write_text("a")
    (tmp_path / "mine.txt").write_text("mine")
    assignment = load_assignment(tmp_path / "course", "tiny")
    run = notebook_run(FakeSandbox(), assignment, (), [("mine.txt", tmp_path / "mine.txt")])
    assert sorted(run.data) == ["deep/er", "full/a.txt", "models", "numbers.csv"]
    assert run.files == {"mine.txt": tmp_path / "mine.txt"}
