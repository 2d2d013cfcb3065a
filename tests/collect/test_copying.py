"""A student's folder is copied as plain files: nothing that a link leads to, and no more than there is room for."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.collect import copying
from autograder.collect.copying import Bounds, ChangingError, Copied, copy_folder
from autograder.gradebook.plain_files import NotPlainError, opened_beneath, opened_file, opened_root, read_plain

Copy = Callable[..., Copied]


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "tiny.ipynb").write_text("{}")
    return folder


@pytest.fixture
def copy(tmp_path: Path, theirs: Path) -> Copy:
    """Copies `theirs` into `ours`."""

    def copy(**bounds: object) -> Copied:
        (tmp_path / "ours").mkdir()
        with opened_root(theirs) as folder:
            return copy_folder(folder, tmp_path / "ours", replace(Bounds(), **bounds))  # type: ignore[arg-type]

    return copy


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "hidden" / "test_double.py"
    path.parent.mkdir()
    path.write_text("EXPECTED = 4")
    return path


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        os.chdir(path.parent)  # its path may be too long for a socket
        made.bind(path.name)


KINDS = {
    "a link to a file": (lambda path, secret: path.symlink_to(secret), "is a link"),
    "a link to a folder": (lambda path, secret: path.symlink_to(secret.parent), "is a link"),
    "a relative link": (lambda path, secret: path.symlink_to("../hidden/test_double.py"), "is a link"),
    "a link to nowhere": (lambda path, secret: path.symlink_to("nowhere"), "is a link"),
    "a link to itself": (lambda path, secret: path.symlink_to(path), "is a link"),
    "a link to a device": (lambda path, secret: path.symlink_to("/dev/zero"), "is a link"),
    "a hard link": (lambda path, secret: path.hardlink_to(secret), "hard link"),
    "a pipe": (lambda path, secret: os.mkfifo(path), "is a pipe"),
    "a socket": (lambda path, secret: make_socket(path), "is a socket"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("where", ["tiny.ipynb", "data/x.csv"])
def test_what_is_no_plain_file_is_left_out_and_the_rest_is_copied(
    kind: str, where: str, theirs: Path, secret: Path, copy: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make, words = KINDS[kind]
    path = theirs / where
    path.unlink(missing_ok=True)
    path.parent.mkdir(exist_ok=True)
    make(path, secret)
    (theirs / "notes.md").write_text("mine")
    copied = copy()
    assert set(copied.names) == {"notes.md", "tiny.ipynb"} - {where}
    assert [name for name, why in copied.left_out if words in why] == [where]
    found = {each for each in (tmp_path / "ours").rglob("*") if not each.is_dir()}
    assert found == {tmp_path / "ours" / each for each in copied.names}
    assert all(stat.S_ISREG(each.lstat().st_mode) and "EXPECTED" not in each.read_text() for each in found)


def test_a_device_is_not_opened(theirs: Path, copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        os.mknod(theirs / "null", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root makes devices")
    opened: list[object] = []
    real = os.open

    def listen(path: object, *rest: object, **more: object) -> int:
        opened.append(path)
        return real(path, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", listen)
    assert copy().left_out == (("null", "is a device"),)
    assert "null" not in opened


@pytest.mark.parametrize("part", ["folder", "file"])
def test_a_link_that_takes_a_place_after_the_look_is_not_followed(
    part: str, theirs: Path, secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (theirs / "data").mkdir()
    (theirs / "data" / secret.name).write_text("mine")
    real = os.stat

    def swap(name: str | int, *rest: object, **more: object) -> os.stat_result:
        status = real(name, *rest, **more)  # type: ignore[arg-type]
        if name == secret.name and part == "file":
            (theirs / "data" / secret.name).unlink()
            (theirs / "data" / secret.name).symlink_to(secret)
        return status

    if part == "folder":
        (theirs / "data").rename(theirs / "was data")
        (theirs / "data").symlink_to(secret.parent)
    with opened_root(theirs) as folder:
        monkeypatch.setattr(os, "stat", swap)
        with pytest.raises(NotPlainError, match="is a link"), opened_file(folder, "data", secret.name):
            pass


def test_a_student_s_own_second_name_of_a_file_is_a_file(theirs: Path, copy: Copy) -> None:
    if os.geteuid():
        pytest.skip("only root gives files away")
    (theirs / "a.csv").write_text("1")
    (theirs / "b.csv").hardlink_to(theirs / "a.csv")
    for each in (theirs, *theirs.iterdir()):
        os.chown(each, 65534, 65534)
    assert set(copy().names) == {"tiny.ipynb", "a.csv", "b.csv"}


def test_what_is_too_large_is_not_read(theirs: Path, copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(50):
        with (theirs / f"{number}.bin").open("wb") as file:
            file.truncate(60_000_000)
    read, real = 0, os.read

    def counted(file: int, size: int) -> bytes:
        nonlocal read
        data = real(file, size)
        read += len(data)
        return data

    monkeypatch.setattr(os, "read", counted)
    assert len(copy().names) == 2
    assert read < 61_000_000


def test_what_is_too_much_is_left_out_and_notebooks_come_first(theirs: Path, copy: Copy) -> None:
    (theirs / "a.bin").write_bytes(b"x" * 2_000)
    for number in range(10):
        (theirs / f"b{number}.txt").write_text("y" * 150)
    copied = copy(file_bytes=1_000, all_bytes=1_000, files=5)
    assert copied.names == ("tiny.ipynb", "b0.txt", "b1.txt", "b2.txt", "b3.txt")
    why = dict(copied.left_out)
    assert why["a.bin"] == "has more than 0.001 MB"
    assert why["b9.txt"] == "is beyond the 5 files that are collected of one hand-in"
    assert len(why) == 7


@pytest.mark.parametrize("call", ["open", "read"])
def test_what_can_t_be_read_is_left_out(call: str, theirs: Path, copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    (theirs / "notes.md").write_text("mine")
    bad = (theirs / "notes.md").stat().st_ino
    real_open, real_read = os.open, os.read

    def open_(path: object, *rest: object, **more: object) -> int:
        if path == "notes.md":
            raise PermissionError(13, "Permission denied")
        return real_open(path, *rest, **more)  # type: ignore[arg-type]

    def read(file: int, size: int) -> bytes:
        if os.fstat(file).st_ino == bad:
            raise OSError(5, "Input/output error")
        return real_read(file, size)

    monkeypatch.setattr(os, call, open_ if call == "open" else read)
    copied = copy()
    assert copied.names == ("tiny.ipynb",)
    assert copied.left_out[0][1].startswith("can't be read: ")


def test_a_hole_takes_no_room_in_the_copy_and_a_huge_file_is_not_read_to_its_end(
    theirs: Path, copy: Copy, tmp_path: Path
) -> None:
    for name, size in (("holes.bin", 8 << 20), ("huge.bin", 1 << 40)):
        with (theirs / name).open("wb") as file:
            file.truncate(size)
    copied = copy(file_bytes=10_000_000)
    assert [name for name, _ in copied.left_out] == ["huge.bin"]
    status = (tmp_path / "ours" / "holes.bin").stat()
    assert status.st_size == 8 << 20
    assert status.st_blocks * 512 < 1 << 20


def test_deep_trees_many_entries_and_long_names_have_an_end(theirs: Path, copy: Copy) -> None:
    deep = theirs
    for _ in range(30):
        deep = deep / "d"
        deep.mkdir()
    long = theirs / ("x" * 250) / ("y" * 250) / ("z" * 250) / ("a" * 250)
    long.mkdir(parents=True)
    (long / "b.txt").write_text("")
    (theirs / "a names").mkdir()
    for number in range(40):
        (theirs / "a names" / f"{number:02}").write_text("")
    copied = copy(entries=60)
    why = [words for _, words in copied.left_out]
    assert "is a folder more than 20 folders deep" in why
    assert "has too long a name" in why
    assert "is beyond the 60 files and folders that are looked at" in why
    assert "tiny.ipynb" in copied.names


def test_odd_names_are_files_names(theirs: Path, copy: Copy) -> None:
    odd = {"two\nlines", "\x1b[31mred", "-rf", "..."}
    for name in odd:
        (theirs / name).write_text("")
    (theirs / os.fsdecode(b"caf\xe9")).write_text("")
    assert set(copy().names) == odd | {"tiny.ipynb", os.fsdecode(b"caf\xe9")}


def test_ignored_names_are_left_out_without_a_word(theirs: Path, copy: Copy) -> None:
    (theirs / "__pycache__").symlink_to("nowhere")
    (theirs / "report.json").write_text("{}")
    (theirs / "notes.md").write_text("")
    copied = copy(ignored=("report.json", "__pycache__"), wanted=("*.ipynb",))
    assert (copied.names, copied.left_out) == (("tiny.ipynb",), ())


@pytest.mark.parametrize("change", ["grows", "comes", "goes"])
def test_a_folder_that_changes_while_it_is_read_is_told_from_one_that_does_not(
    change: str, theirs: Path, copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = copying.copy_bytes

    def meanwhile(*given: object) -> int:
        size = real(*given)  # type: ignore[arg-type]
        if change == "grows":
            with (theirs / "tiny.ipynb").open("a") as file:
                file.write("more")
        elif change == "comes":
            (theirs / "new.txt").write_text("")
        else:
            (theirs / "tiny.ipynb").unlink()
        return size

    monkeypatch.setattr(copying, "copy_bytes", meanwhile)
    with pytest.raises(ChangingError):
        copy()


def test_the_kernel_says_when_something_was_changed_whatever_a_student_sets(theirs: Path, copy: Copy) -> None:
    os.utime(theirs / "tiny.ipynb", (0, 0))
    os.utime(theirs, (0, 0))
    assert copy().changed_at.year > 2000


def test_a_short_text_is_read_from_plain_files_only(theirs: Path, secret: Path) -> None:
    (theirs / "link").symlink_to(secret)
    os.mkfifo(theirs / "pipe")
    with opened_root(theirs) as folder:
        assert read_plain(folder, "tiny.ipynb", 1) == b"{"
        assert [read_plain(folder, each, 10) for each in ("link", "pipe", "nothing")] == [None] * 3
        with pytest.raises(NotPlainError, match="is a file"), opened_beneath(folder, "tiny.ipynb"):
            pass
