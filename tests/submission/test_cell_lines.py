"""On which lines of its file a notebook's code stands, however the file is laid out, and whatever it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.submission.cell_lines import MAX_BYTES, cell_lines

CELLS = [
    {"cell_type": "markdown", "metadata": {"source": ["no code"]}, "source": ["# Title\n", "text"]},
    {
        "cell_type": "code",
        "metadata": {"nbgrader": {"grade_id": "f"}},
        "outputs": [{"data": {"text/plain": ["source", '"cells": [']}, "source": ["no code"]}],
        "source": ["def f():\n", "    return '\\n\"]}'\n", "# ü\n"],
    },
    {"cell_type": "code", "source": "a = 1\nb = 2"},
    {"cell_type": "code", "source": []},
    {"cell_type": "code", "source": ["c = ", "3\n", "\n", "d = 4\ne = 5\n"]},
]
NOTEBOOK = {"metadata": {"cells": [{"source": ["no cell"]}]}, "cells": CELLS, "nbformat": 4}


def lines_of(tmp_path: Path, text: str) -> list[tuple[str, tuple[int, ...]]]:
    path = tmp_path / "mine.ipynb"
    path.write_text(text, encoding="utf-8")
    return [(each.source, each.lines) for each in cell_lines(path)]


@pytest.mark.parametrize("indent", [1, 4])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_each_line_of_code_is_found_on_its_line_of_the_file(tmp_path: Path, indent: int, ascii_only: bool) -> None:
    text = json.dumps(NOTEBOOK, indent=indent, ensure_ascii=ascii_only)
    found, file_lines = lines_of(tmp_path, text), text.split("\n")
    sources = ["".join(each["source"]) for each in CELLS if each["source"]]
    assert [source for source, _ in found] == sources
    for source, lines in found:
        code = source.removesuffix("\n").split("\n")
        assert len(lines) == len(code)
        for each, line in zip(code, lines, strict=True):
            begins = "c = " if each == "c = 3" else each  # whose rest stands on the next line
            assert json.dumps(begins, ensure_ascii=ascii_only)[1:-1] in file_lines[line - 1]


def test_a_file_of_one_line_has_all_its_code_there(tmp_path: Path) -> None:
    assert {line for _, lines in lines_of(tmp_path, json.dumps(NOTEBOOK)) for line in lines} == {1}


def test_cells_elsewhere_and_in_other_shapes_are_no_cells(tmp_path: Path) -> None:
    for odd in (
        {"cells": {"0": {"source": ["x"]}}},
        {"cells": [[{"source": ["x"]}]]},
        [{"source": ["x"]}],
        {"cells": "x"},
    ):
        assert lines_of(tmp_path, json.dumps(odd, indent=1)) == []


@settings(max_examples=60)
@given(text=st.text(st.sampled_from('{}[],:"\\ \n1cells source'), max_size=60) | st.text(max_size=30))
def test_any_text_is_looked_through_and_raises_nothing(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    lines_of(tmp_path_factory.getbasetemp(), '{"cells": [{"source": [' + text)
    lines_of(tmp_path_factory.getbasetemp(), text)


def test_deep_and_large_files_take_no_time_and_others_nothing(tmp_path: Path) -> None:
    assert lines_of(tmp_path, '{"cells": ' + "[{" * 200_000) == []
    assert cell_lines(tmp_path / "missing.ipynb") == []
    assert cell_lines(tmp_path) == []
    (tmp_path / "mine.ipynb").write_bytes(b'{"cells": [{"source": ["\xff"]}]}')
    assert cell_lines(tmp_path / "mine.ipynb") == []
    with (tmp_path / "large.ipynb").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert cell_lines(tmp_path / "large.ipynb") == []
