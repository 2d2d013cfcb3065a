"""Files that tests and student code share: what one saves the other finds, within bounds, and never as a module."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from autograder.judge.stand_ins.work_folder import Folder
from autograder.sandbox import wire


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    data = tmp_path / "given.csv"
    data.write_text("1\n")
    (tmp_path / "work").mkdir()
    return Folder(tmp_path / "work", {"data/given.csv": data})


def test_the_assignment_s_files_are_there_and_are_not_written_over(folder: Folder) -> None:
    folder.put("data/given.csv", b"forged")
    assert (folder.path / "data/given.csv").read_text() == "1\n"
    assert list(folder.written()) == []


def test_what_a_student_saves_is_there_and_is_not_sent_back(folder: Folder) -> None:
    folder.put("out/saved.txt", b"x")
    assert (folder.path / "out/saved.txt").read_bytes() == b"x"
    assert list(folder.written()) == []
    folder.put("out/saved.txt", None)
    assert not (folder.path / "out/saved.txt").exists()


def test_what_tests_save_change_and_delete_is_sent_once(folder: Folder) -> None:
    (folder.path / "in.txt").write_text("a")
    assert list(folder.written()) == [("in.txt", b"a")]
    assert list(folder.written()) == []
    (folder.path / "in.txt").unlink()
    assert list(folder.written()) == [("in.txt", None)]


def test_folders_come_and_go_as_files_do(folder: Folder) -> None:
    (folder.path / "new/deep").mkdir(parents=True)
    (folder.path / "new/deep/a.txt").write_text("a")
    assert list(folder.written()) == [("new/", b""), ("new/deep/", b""), ("new/deep/a.txt", b"a")]
    shutil.rmtree(folder.path / "new")
    assert list(folder.written()) == [("new/deep/a.txt", None), ("new/deep/", None), ("new/", None)]
    folder.put("theirs/", b"")
    assert (folder.path / "theirs").is_dir()
    assert list(folder.written()) == []
    (folder.path / "theirs/ours.txt").write_text("")
    folder.put("theirs/", None)
    assert (folder.path / "theirs/ours.txt").exists()


def test_for_another_guest_all_is_as_it_was(folder: Folder) -> None:
    folder.put("out/saved.txt", b"x")
    (folder.path / "data/more").mkdir()
    folder.forget()
    assert sorted(path.name for path in folder.path.rglob("*")) == ["data", "given.csv"]


@pytest.mark.parametrize("name", ["/etc/x", "../x", "a/../../x", "", "a\nb", 3, "x" * 201, "a\\b"])
def test_a_name_that_leads_elsewhere_is_refused(name: Any, folder: Folder) -> None:
    with pytest.raises(wire.WireError):
        folder.put(name, b"x")


@pytest.mark.parametrize("name", ["numpy.py", "x.pyc", "x.so", "y.pth"])
def test_nothing_that_python_would_take_for_a_module_is_kept(name: str, folder: Folder) -> None:
    folder.put(name, b"x")
    assert not (folder.path / name).exists()


def test_a_student_can_t_fill_the_disk(folder: Folder) -> None:
    for number in range(10):
        folder.put(f"big-{number}", bytes(4 << 20))
    assert sum(each.stat().st_size for each in folder.path.glob("big-*")) <= 16 << 20


def test_names_that_can_t_be_files_are_left_out(folder: Folder) -> None:
    folder.put("a", b"")
    folder.put("a/b", b"")
    assert [each.name for each in folder.path.iterdir() if each.is_file()] == ["a"]


def test_a_new_guest_finds_the_folder_as_it_was_given(folder: Folder) -> None:
    folder.put("out.txt", b"x")
    (folder.path / "own.txt").write_text("a")
    folder.forget()
    assert sorted(each.name for each in folder.path.rglob("*") if each.is_file()) == ["given.csv"]


def test_an_assignment_s_many_files_take_no_room_from_students(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    data: dict[str, Path | bytes] = {f"images/{number}/cat.txt": b"cat" for number in range(80)}
    folder = Folder(tmp_path / "work", data)
    assert len(folder.data_names) == 80 + 80 + 1
    folder.put("out.txt", b"x")
    folder.put("images/3/", None)
    assert (folder.path / "out.txt").exists()
    assert (folder.path / "images/3/cat.txt").exists()
    folder.forget()
    assert sorted(path.name for path in folder.path.iterdir()) == ["images"]
