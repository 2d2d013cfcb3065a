"""Files and folders as they are handed in: what can be read is read, the rest gets a sentence; nothing raises."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from helpers import RIGHT, notebook_of, write_notebook

from autograder.assignment import Assignment
from autograder.grading import Grader
from autograder.report import Report, Status, Verdict
from autograder.submission import MAX_NOTEBOOK_BYTES, extra_files, read_submission

Put = Callable[[Path, bytes], None]


@pytest.fixture
def raw(make_notebook: Callable[..., Any]) -> bytes:
    """A right notebook, as bytes of its JSON, with letters that encodings differ in."""
    notebook = make_notebook({"double": "def double(x):\n    note = 'é ü'\n    return 2 * x"})
    return json.dumps(notebook, ensure_ascii=False).encode()


@pytest.fixture
def graded(grader: Grader, tmp_path: Path) -> Callable[[bytes], Report]:
    def graded(content: bytes) -> Report:
        path = tmp_path / "tiny.ipynb"
        path.write_bytes(content)
        report = grader.grade(path, "student-001").report
        assert Report.from_dict(json.loads(report.to_json())) == report
        return report

    return graded


def test_every_usual_encoding_is_read(graded: Callable[[bytes], Report], raw: bytes) -> None:
    text = raw.decode()
    for encoding, note in {
        "utf-8": None,
        "utf-8-sig": "The file was saved as utf-8-sig, not plain UTF-8.",
        "utf-16": "The file was saved as utf-16, not plain UTF-8.",
        "latin-1": "The file is not UTF-8; it was read as Latin-1.",
    }.items():
        report = graded(text.encode(encoding))
        assert report.score == 20, encoding
        assert report.repairs == ((note,) if note else ())


def test_line_ends_of_other_systems_are_read(graded: Callable[[bytes], Report], make_notebook: Any) -> None:
    text = json.dumps(make_notebook(), indent=1)
    for ending in ("\r\n", "\r"):
        assert graded(text.replace("\n", ending).encode()).score == 20


def test_version_3_of_the_format_is_read(graded: Callable[[bytes], Report], make_notebook: Any) -> None:
    old = nbformat.convert(make_notebook(), 3)
    report = graded(json.dumps(old).encode())
    assert report.score == 20
    assert "The notebook's format was 3, not 4." in report.repairs


DAMAGED = "damaged or cut off"
OTHER = "This is not the notebook of tiny: none of its exercises is in it."
UNREADABLE: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "tiny.ipynb is empty."),
    "white space": (b" \n\t ", "tiny.ipynb is empty."),
    "not JSON": (b"def double(x): return 2 * x", DAMAGED),
    "binary": (bytes(range(256)) * 20, DAMAGED),
    "half a surrogate in UTF-16": (b"\xff\xfe\x00\xd8{", DAMAGED),
    "nested too deeply": (b'{"cells":' + b"[" * 100_000, DAMAGED),
    "deep and closed": (b'{"cells":' + b"[" * 50_000 + b"]" * 50_000 + b"}", DAMAGED),
    "a list": (b"[1, 2]", "is not a notebook: it has no cells."),
    "a number": (b"42", "is not a notebook: it has no cells."),
    "null": (b"null", "is not a notebook: it has no cells."),
    "an object": (b'{"a": 1}', "is not a notebook: it has no cells."),
    "cells is a text": (b'{"cells": "none"}', "is not a notebook: it has no cells."),
    "no cells": (b'{"cells": []}', OTHER),
    "odd cells": (b'{"cells": [1, null, "x", {}]}', OTHER),
    "odd sheets": (b'{"worksheets": [1, {"cells": 5}]}', OTHER),
    "a zip file": (b"PK\x03\x04" + bytes(50), DAMAGED),
    "an HTML page": (b"<!doctype html><html></html>", DAMAGED),
    "an endless number": (b'{"cells": ' + b"9" * 10_000 + b"}", DAMAGED),
}


@pytest.mark.parametrize(("content", "sentence"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_can_not_be_read_gets_a_sentence(graded: Callable[[bytes], Report], content: bytes, sentence: str) -> None:
    report = graded(content)
    assert report.status is Status.UNREADABLE
    assert sentence in report.message
    assert report.score == 0
    assert report.max_score == 20
    assert report.needs_a_look
    assert [each.verdict for each in report.exercises] == [Verdict.SKIPPED] * 3
    assert "Traceback" not in report.message


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_notebook_that_is_cut_off_gets_a_sentence(
    graded: Callable[[bytes], Report], raw: bytes, share: float
) -> None:
    report = graded(raw[: int(len(raw) * share)])
    assert report.status is Status.UNREADABLE
    assert "damaged or cut off" in report.message


def test_another_notebook_gets_a_sentence(graded: Callable[[bytes], Report]) -> None:
    other = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("print('another course')")])
    report = graded(json.dumps(other).encode())
    assert report.message == f"{OTHER} Hand in the notebook that you were given."


def test_a_huge_file_is_refused_unread(graded: Callable[[bytes], Report]) -> None:
    report = graded(b" " * (MAX_NOTEBOOK_BYTES + 1))
    assert report.status is Status.UNREADABLE
    assert "at most 20 MB can be graded. Clear its outputs" in report.message


def test_special_files_are_neither_followed_nor_opened(tiny: Assignment, tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "elsewhere.ipynb").write_bytes(raw)
    for number, make in enumerate(
        (
            lambda path: path.symlink_to(tmp_path / "elsewhere.ipynb"),
            lambda path: path.symlink_to("/dev/zero"),
            lambda path: path.symlink_to("nowhere"),
            lambda path: os.mkfifo(path),
            lambda path: path.mkdir(),
        )
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        make(folder / "tiny.ipynb")
        submission = read_submission(folder, tiny, "student-001")
        assert submission.problem == "There is no notebook in what you handed in; it should be called tiny.ipynb."
        if not (folder / "tiny.ipynb").is_dir():
            assert "is not an ordinary file" in str(read_submission(folder / "tiny.ipynb", tiny, "student-001").problem)
    assert read_submission(Path("/dev/zero"), tiny, "student-001").problem == "zero is not an ordinary file."
    assert "could not be read" in str(read_submission(tmp_path / "missing.ipynb", tiny, "student-001").problem)


def test_folders_are_searched_for_the_notebook(tiny: Assignment, tmp_path: Path) -> None:
    right, stub = notebook_of(tiny, RIGHT), notebook_of(tiny)
    other = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")])
    cases: list[tuple[dict[str, Any], str | None, str]] = [
        ({"tiny.ipynb": right}, None, "exact"),
        ({"tiny (1).ipynb": right}, "tiny.ipynb was missing; tiny (1).ipynb was graded instead.", "renamed"),
        ({"TINY.IPYNB": right}, "tiny.ipynb was missing; TINY.IPYNB was graded instead.", "shouting"),
        ({"sub/dir/tiny.ipynb": right}, "tiny.ipynb was missing; sub/dir/tiny.ipynb was graded instead.", "nested"),
        ({"tiny.ipynb": right, "copy.ipynb": other}, None, "two, one of the right name"),
        (
            {"small.ipynb": other, "mine.ipynb": right},
            "tiny.ipynb was missing; mine.ipynb was graded instead (2 notebooks were handed in).",
            "two, none of the right name",
        ),
        ({"tiny.ipynb": right, ".ipynb_checkpoints/tiny-checkpoint.ipynb": stub}, None, "checkpoints"),
        ({"sub/tiny.ipynb": right, "big.ipynb": other}, "tiny.ipynb was missing; sub/tiny.ipynb was graded", "by name"),
    ]
    for number, (files, note, _) in enumerate(cases):
        folder = tmp_path / str(number)
        for name, notebook in files.items():
            write_notebook(folder / name, notebook)
        submission = read_submission(folder, tiny, "student-001")
        assert submission.problem is None
        assert not submission.untouched
        assert len(submission.repairs) == (note is not None)
        assert note is None or submission.repairs[0].startswith(note)


def test_an_empty_folder_gets_a_sentence(tiny: Assignment, tmp_path: Path) -> None:
    for name in ("notes.txt", ".hidden.ipynb", "__pycache__/tiny.ipynb"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    assert "There is no notebook" in str(read_submission(tmp_path, tiny, "student-001").problem)


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
    odd = tmp_path / "odd"
    odd.mkdir()
    write_notebook(Path(os.fsdecode(os.fsencode(odd) + b"/\xff[red].ipynb")), make_notebook())
    report = grader.grade(odd, "student-001").report
    assert report.score == 20
    report.to_json().encode()
