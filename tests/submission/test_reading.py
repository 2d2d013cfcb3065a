"""A file read with good will: the cells of a notebook or a script, or one sentence on why there are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from autograder.submission.reading import MAX_CELLS, Unreadable, read_cells
from autograder.submission.submitted_cell import SubmittedCell, parse_cell


def read(tmp_path: Path, content: object, name: str = "mine.ipynb") -> tuple[list[SubmittedCell], list[str]]:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return read_cells(path)


def notebook(*cells: object, **more: Any) -> dict[str, Any]:
    return {"nbformat": 4, "cells": list(cells), **more}


def code(source: object, **more: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "id": "a", **more}


@pytest.mark.parametrize(
    ("source", "text"),
    [("a\r\nb", "a\nb"), (["a\n", "b"], "a\nb"), (["a", "b"], "a\nb"), (["a\n", ["b\n", "c"]], "a\nb\nc"), ([1], "")],
)
def test_a_text_may_be_given_in_many_ways(tmp_path: Path, source: object, text: str) -> None:
    [cell], _ = read(tmp_path, notebook(code(source)))
    assert cell.source == text


def test_marks_are_read_as_far_as_they_are_whole() -> None:
    marks = {"grade_id": "double", "points": 3}
    found = parse_cell(code("x", metadata={"nbgrader": marks}))
    assert found == SubmittedCell("code", "x", "double", "a", marks)
    for odd in (None, [], 3, {"nbgrader": 3}, {"nbgrader": {"grade_id": 7}}):
        cell = parse_cell(code("x", metadata=odd))
        assert cell is not None
        assert cell.grade_id is None
    assert parse_cell("text") is None
    assert parse_cell({"cell_type": "code", "source": 5}) is None


@pytest.mark.parametrize(
    ("content", "notes"),
    [
        (notebook(code("x")), []),
        (notebook(code("x"), nbformat=3), ["The notebook's format was 3, not 4."]),
        (
            notebook(code("x"), metadata={"kernelspec": {"language": "R"}}),
            ["The notebook's language was R; it was"],
        ),
        (notebook(code("x"), 3), ["1 damaged cell(s) could not be read."]),
        (notebook(code("x"), code("y")), ["Different cells had the same id; they were told apart"]),
        ({"nbformat": 4, "worksheets": [{"cells": [code("x")]}]}, ["The cells were not where they should be"]),
        (notebook(*[code("x")] * (MAX_CELLS + 1)), [f"The notebook has {MAX_CELLS + 1} cells; the first {MAX_CELLS}"]),
        (json.dumps(notebook(code("x"))).encode() + b"]]", ["Something followed the notebook in its file"]),
        (json.dumps(notebook(code("x"))).encode("utf-16"), ["The file was saved as utf-16"]),
        (b"def f():\n    pass\n", ["It is a script, not a notebook; its code was judged."]),
    ],
)
def test_what_was_mended_is_noted(tmp_path: Path, content: object, notes: list[str]) -> None:
    cells, found = read(tmp_path, content)
    assert cells
    assert len(found) == len(notes)
    assert all(note.startswith(start) for note, start in zip(found, notes, strict=True))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "mine.ipynb is empty. Save the notebook and hand it in again."),
        (b"PK\x03\x04", "mine.ipynb is an archive, not a notebook."),
        (b"%PDF-1.7", "mine.ipynb is a page to look at, not a notebook."),
        (b"<<<<<<< HEAD\n{}", "mine.ipynb holds both sides of a conflict in git"),
        (b'{"cells": [', "mine.ipynb is not a notebook, or is damaged or cut off."),
        (b"{}", "mine.ipynb is not a notebook: it has no cells."),
        (b"[" * 1_000_001, "mine.ipynb has too much in it to be graded."),
    ],
)
def test_why_nothing_could_be_read_is_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(tmp_path, content)
    assert str(caught.value).startswith(said)


def test_a_script_has_as_many_cells_as_marks(tmp_path: Path) -> None:
    cells, _ = read(tmp_path, b"import torch\n# %%\ndef f(): pass\n# In[3]:\nf()\n", "mine.py")
    assert [each.source for each in cells] == ["import torch", "def f(): pass", "f()"]


def test_a_name_of_a_file_is_told_without_what_could_steer_a_terminal(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"^��evil"):
        read(tmp_path, b"", "\x1b\x07evil" + "x" * 100)


@pytest.mark.parametrize(
    ("attached", "kept"),
    [
        ({"a.png": {"image/png": "AAAA"}}, {"a.png": {"image/png": "AAAA"}}),
        ({"a.png": {"image/jpeg": ["AA\n", "AA="]}}, {"a.png": {"image/jpeg": "AA\nAA="}}),
        ({"a.png": {"image/png": 'AA" onerror="alert(1)'}}, {}),
        ({"a.png": {'image/png" onerror="x': "AAAA"}}, {}),
        ({"a.png": {"image/svg+xml": "AAAA", "text/html": "AAAA"}}, {}),
        ({'a" onerror="x': {"image/png": "AAAA"}}, {}),
        ({"a" * 300: {"image/png": "AAAA"}, "b\n": {"image/png": "AAAA"}}, {}),
        ({"a.png": "AAAA", "b": {"image/png": 3}}, {}),
        ([1], {}),
        ("odd", {}),
    ],
)
def test_of_what_is_pasted_into_a_text_only_pictures_come_along(attached: Any, kept: Any) -> None:
    read = parse_cell({"cell_type": "markdown", "source": "x", "attachments": attached})
    assert read is not None
    assert read.attachments == kept
