"""What lies beside the submissions is told to staff, one line each, and what is where it should be is not."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from helpers import wait_until

from autograder.submission.strays import find_strays


def strays(folder: Path, *graded: str, others: tuple[str, ...] = (), assignment: str = "week1") -> tuple[str, ...]:
    return find_strays(folder, assignment, assignment, graded, others)


def put(folder: Path, *names: str) -> Path:
    """Files, or folders for names that end with a slash."""
    submitted = folder / "submitted"
    for name in names:
        path = submitted / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if not name.endswith("/"):
            path.write_text("x")
    return submitted


@pytest.mark.parametrize(
    "name",
    [
        "Week1",
        "WEEK1",
        "week 1",
        "week-1",
        "week_1",
        "week1 (1)",
        "week1 - Copy",
        "week1_final",
        "wekk1",
        "weeek1",
        "my week1",
        "week1-ann",
    ],
)
def test_a_folder_with_nearly_the_right_name_is_told(tmp_path: Path, name: str) -> None:
    submitted = put(tmp_path, f"ann/{name}/week1.ipynb")
    told = f"submitted/ann/{name}: is this week1? Rename the folder to week1 and grade again."
    assert strays(submitted, others=("week2", "project")) == (told,)


@pytest.mark.parametrize("name", ["week2", "week10", "Week2", "week2 (1)", "week11", "project", "notes", "w", "week"])
def test_a_folder_of_something_else_is_not(tmp_path: Path, name: str) -> None:
    submitted = put(tmp_path, f"ann/{name}/week1.ipynb", "ann/week1/week1.ipynb")
    assert strays(submitted, "ann", others=("week2", "project")) == ()


def test_a_name_that_is_nearer_to_another_assignment_is_none_of_ours(tmp_path: Path) -> None:
    submitted = put(tmp_path, "ann/regressions/a.ipynb", "ann/Regression_tree/a.ipynb")
    assert strays(submitted, assignment="regression", others=("regression_tree",)) == (
        "submitted/ann/regressions: is this regression? Rename the folder to regression and grade again.",
    )


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("ann/week1.ipynb", "submitted/ann/week1.ipynb: is this week1? Move it to submitted/ann/week1/week1.ipynb and"),
        ("ann/mine.ipynb", "submitted/ann/mine.ipynb: is this week1? Move it to submitted/ann/week1/week1.ipynb and"),
        (
            "ann/week1.zip",
            "submitted/ann/week1.zip: is this week1? Unpack it into submitted/ann/week1 and grade again.",
        ),
        ("ann/week1", "submitted/ann/week1: this is a file. Make a folder of that name and put the notebook into it"),
        ("ann/week1/", "submitted/ann/week1: this folder is empty. Ask the student for the notebook."),
        ("ann/", "submitted/ann: nothing in it could be week1. Ask the student for the notebook."),
        ("ann/notes.txt", "submitted/ann: nothing in it could be week1. Ask the student for the notebook."),
        ("ann.ipynb", "submitted/ann.ipynb: whose is this? It should be submitted/<student>/week1/week1.ipynb."),
        ("Week1.tar.gz", "submitted/Week1.tar.gz: whose is this? It should be submitted/<student>/week1/week1.ipynb."),
        (
            "week1/ann/a.ipynb",
            "submitted/week1: the folders are the wrong way round (ann). Move submitted/week1/ann to",
        ),
        (
            "Week1/ann/a.ipynb",
            "submitted/Week1: the folders are the wrong way round (ann). Move submitted/Week1/ann to",
        ),
        ("week1/ann.ipynb", "submitted/week1/ann.ipynb: whose is this? It should be submitted/<student>/week1/week1"),
        ("week1/", "submitted/week1: this folder is empty. Students' folders should be here, with week1 in each."),
        (" ann/week1/a.ipynb", "submitted/ ann: this can't be a student's id: an id has at most 128 printable"),
        ("a\x1bn/week1/a.ipynb", "submitted/a�n: this can't be a student's id: an id has at most 128 printable"),
    ],
)
def test_each_thing_out_of_place_is_told_with_what_to_do(tmp_path: Path, name: str, told: str) -> None:
    [line] = strays(put(tmp_path, name), others=("week2",))
    assert line.startswith(told)
    assert line.isprintable()


def test_what_belongs_to_other_assignments_or_to_nobody_is_not_told(tmp_path: Path) -> None:
    names = (
        "week2/week2.ipynb",
        "week2.ipynb",
        "week2.zip",
        "Week2 (1).ipynb",
        "notes.txt",
        ".week1/a",
        "__MACOSX/week1/a",
    )
    submitted = put(tmp_path, *(f"ann/{name}" for name in names), "week2/bob/a.ipynb", "roster.csv", ".DS_Store")
    assert strays(submitted, others=("week2",)) == ()


def test_a_second_hand_in_beside_the_right_one_is_told_and_another_notebook_is_not(tmp_path: Path) -> None:
    submitted = put(tmp_path, "ann/week1/week1.ipynb", "ann/Week1/week1.ipynb", "ann/week1.zip", "ann/homework.ipynb")
    assert strays(submitted, "ann") == (
        "submitted/ann/Week1: is this week1 too? Only submitted/ann/week1 was graded.",
        "submitted/ann/week1.zip: is this week1 too? Only submitted/ann/week1 was graded.",
    )


def test_links_are_told_and_never_followed(tmp_path: Path) -> None:
    submitted = put(tmp_path, "ann/week1/week1.ipynb", "bob/", "cem/")
    (submitted / "bob/week1").symlink_to(submitted / "ann/week1")
    (submitted / "cem/week1").symlink_to("nowhere")
    (submitted / "dan").symlink_to(submitted / "ann")
    (submitted / "eve").symlink_to("nowhere")
    (submitted / "fay").symlink_to(submitted / "fay")
    (submitted / "ann/loop").symlink_to(submitted)
    told = strays(submitted, "ann")
    assert [line.split(":")[0].removeprefix("submitted/") for line in told] == [
        "bob/week1", "cem/week1", "dan", "eve", "fay",
    ]  # fmt: skip
    assert all(
        ": this is a link, and links are not followed. Put the folder itself in its place." in each for each in told
    )


def test_odd_names_and_missing_folders_raise_nothing(tmp_path: Path) -> None:
    assert strays(tmp_path / "submitted") == ()
    submitted = put(tmp_path, "week1")
    for name in (b"\xff\xfe", b"new\nline", b"a" * 255, b"week1\xff", b"()(", b"[week1]"):
        folder = os.path.join(os.fsencode(submitted), name, name)
        os.makedirs(folder)
        Path(os.fsdecode(folder[:-6]) + ".ipynb").write_text("x")
    os.mkfifo(submitted / "pipe.ipynb")
    found = strays(submitted, others=tuple("[("))
    assert found
    assert all(line.isprintable() and len(line) < 600 for line in found)
    locked = put(tmp_path / "locked", "ann/week1/a")
    locked.chmod(0)
    assert strays(locked, "ann") == ()
    locked.chmod(0o755)


def test_what_is_told_is_bounded_and_in_order(tmp_path: Path) -> None:
    submitted = put(
        tmp_path, *(f"student-{number:03}/Week1/" for number in range(50)), *(f"week1/{n}/" for n in range(50))
    )
    told = strays(submitted)
    assert len(told) == 21
    assert told[0].startswith("submitted/student-000/Week1: is this week1?")
    assert told[-1] == "And 31 more of such things."
    [one] = strays(put(tmp_path / "b", *(f"week1/{number}/" for number in range(50))))
    assert "(0, 1, 10, and 47 more)" in one


@pytest.mark.slow
def test_many_students_take_a_moment(tmp_path: Path) -> None:
    names = [f"student-{number}" for number in range(5_000)]
    submitted = put(tmp_path, *(f"{name}/week1/" for name in names), *(f"{name}/a thing of {name}/" for name in names))

    def is_quick() -> bool:
        started = time.monotonic()
        assert strays(submitted, *names, others=("week2", "week3")) == ()
        return time.monotonic() - started < 2.0  # 0.4 s on an idle machine

    assert wait_until(is_quick, 30)


def test_a_sign_in_an_id_that_nobody_sees_is_named(tmp_path: Path) -> None:
    (tmp_path / "\u202eann" / "week1").mkdir(parents=True)
    (tmp_path / "\u202eann" / "week1" / "a.ipynb").write_text("{}")
    (said,) = find_strays(tmp_path, "week1", "week1", (), set())
    assert "It holds U+202E, which nobody sees. Rename the folder" in said
