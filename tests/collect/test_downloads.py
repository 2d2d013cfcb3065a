"""What a learning platform gave is told apart by student, within bounds, whatever students called their files."""

from __future__ import annotations

import os
import zipfile
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from exchanges import everything_in

from autograder.collect.copying import Bounds
from autograder.collect.downloads import Found, Named, find_downloads
from autograder.course.errors import CourseError


def whose(path: str) -> Named | str:
    """`student-name`, or `student@day-name`."""
    student, dash, name = path.rpartition("/")[2].partition("-")
    student, at, day = student.partition("@")
    return Named(student, name, datetime(2026, 3, int(day)) if at else None) if dash else "is nobody's"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    folder.mkdir()
    return folder


def find(place: Path, **bounds: int) -> Found:
    scratch = place.parent / "scratch"
    scratch.mkdir()
    return find_downloads(place, whose, scratch, replace(Bounds(), **bounds), (".zip",))


def filled(found: Found, folder: Path) -> dict[str, str]:
    for each in found.hand_ins:
        (folder / each.student).mkdir(parents=True)
        each.fill(folder / each.student)
    return everything_in(folder)


def zipped(path: Path, *names: str) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for each in names:
            archive.writestr(each, f"{path.name}:{each}")


def test_files_of_zips_and_beside_them_go_to_whom_their_names_say(place: Path, tmp_path: Path) -> None:
    zipped(place / "1.zip", "uno-tiny.ipynb", "folder/due-tiny.ipynb", "readme")
    (place / "more").mkdir()
    (place / "more" / "uno-data.csv").write_text("1")
    (place / "bad.zip").write_bytes(b"PK")
    found = find(place)
    assert filled(found, tmp_path / "ours") == {
        "uno/tiny.ipynb": "1.zip:uno-tiny.ipynb",
        "uno/data.csv": "1",
        "due/tiny.ipynb": "1.zip:folder/due-tiny.ipynb",
    }
    assert found.unread == ("bad.zip",)
    assert ("", "1/readme", "is nobody's") in found.left_out


def test_one_zip_can_be_named(place: Path, tmp_path: Path) -> None:
    zipped(place / "1.zip", "uno-tiny.ipynb")
    zipped(place / "2.zip", "due-tiny.ipynb")
    assert filled(find(place / "2.zip"), tmp_path / "ours").keys() == {"due/tiny.ipynb"}


def test_of_one_name_the_latest_counts_and_without_times_the_first(place: Path, tmp_path: Path) -> None:
    zipped(place / "1.zip", "uno@5-a", "due-a", "tre@1-a")
    zipped(place / "2.zip", "uno@3-a", "due-a", "tre@2-a")
    found = find(place)
    texts = filled(found, tmp_path / "ours")
    assert texts == {"uno/a": "1.zip:uno@5-a", "due/a": "1.zip:due-a", "tre/a": "2.zip:tre@2-a"}
    assert {each.student: each.at and each.at.day for each in found.hand_ins} == {"uno": 5, "due": None, "tre": 2}


def test_links_and_pipes_beside_the_zips_are_left_out(place: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("EXPECTED")
    (place / "uno-tiny.ipynb").symlink_to(tmp_path / "secret")
    (place / "uno-folder").symlink_to(tmp_path)
    os.mkfifo(place / "uno-pipe")
    found = find(place)
    assert found.hand_ins == ()
    assert {name for _, name, _ in found.left_out} == {"uno-tiny.ipynb", "uno-folder", "uno-pipe"}


def test_a_student_who_sends_too_much_has_what_fits_and_others_have_theirs(place: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(place / "1.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("uno-bomb", bytes(5_000_000))
        for number in range(30):
            archive.writestr(f"uno-{number:02}", b"x" * 100)
        archive.writestr("due-tiny.ipynb", b"{}")
        archive.writestr("tre-bomb", bytes(5_000_000))
    found = find(place, file_bytes=1_000_000, all_bytes=4_000_000, files=10)
    names = filled(found, tmp_path / "ours").keys()
    assert names == {f"uno/{number:02}" for number in range(10)} | {"due/tiny.ipynb"}
    assert [(student, what) for student, what, _ in found.left_out] == [("tre", "1/tre-bomb")]
    assert not list((tmp_path / "scratch").iterdir())


def test_what_swells_is_not_read_again_and_again(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(place / "1.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(15):
            archive.writestr(f"uno-bomb{number}", bytes(3_000_000))
        archive.writestr("due-tiny.ipynb", b"{}")
    read = 0
    real = zipfile.ZipExtFile.read

    def counted(file: zipfile.ZipExtFile, size: int) -> bytes:
        nonlocal read
        data = real(file, size)
        read += len(data)
        return data

    monkeypatch.setattr(zipfile.ZipExtFile, "read", counted)
    found = find(place, file_bytes=2_000_000, all_bytes=2_000_000)
    assert [each.student for each in found.hand_ins] == ["due"]
    assert read < 10_000_000


def test_files_in_each_other_s_way_stop_nobody(place: Path, tmp_path: Path) -> None:
    def all_of_uno(path: str) -> Named | str:
        return Named("uno", path)

    (place / "a").mkdir()
    (place / "a" / "b").write_text("")
    zipped(place / "x.zip", "a")
    (place / "x").write_text("")
    (place / ("l" * 250)).write_text("")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    found = find_downloads(place, all_of_uno, scratch, Bounds(), (".zip",))
    folder = tmp_path / "ours"
    folder.mkdir()
    done = found.hand_ins[0].fill(folder)
    assert set(everything_in(folder)) == {"a/b", "x", "l" * 250}
    assert [name for name, _ in done.left_out] == ["x/a"]


def test_a_name_of_a_plugin_that_leads_elsewhere_is_refused(place: Path, tmp_path: Path) -> None:
    (place / "x").write_text("")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    for name in ("../x", "/x", "a/" + "y" * 300):
        found = find_downloads(place, lambda _, name=name: Named("uno", name), scratch, Bounds(), ())  # type: ignore[misc]
        assert found.hand_ins == ()
        assert found.left_out[0][2] == "has a name that can't be kept"


def test_nothing_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="There is nothing at"):
        find(tmp_path / "downloaded")
