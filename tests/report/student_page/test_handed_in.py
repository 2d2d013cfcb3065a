"""Pictures of a notebook as it was handed in: found where they are, and nothing else of whatever the file holds."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from page_cases import DOUBLE, UNTOUCHED, WRONG_MEAN, make

from autograder.course.assignment import Assignment
from autograder.report.student_page import student_page
from autograder.report.student_page.handed_in import MAX_BYTES, cells_with_pictures

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def cell(name: Any, *outputs: Any) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "source": "secret",
        "metadata": {"nbgrader": {"grade_id": name}},
        "outputs": list(outputs),
    }


DRAWN = base64.b64encode(PIXEL).decode()


def drawn(data: Any = DRAWN) -> dict[str, Any]:
    return {"output_type": "display_data", "data": {"image/png": data, "text/html": "<script>1</script>"}}


def saved(folder: Path, cells: Any) -> Path:
    path = folder / "tiny.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    return path


def test_grade_ids_and_pictures_are_kept_and_nothing_else(tmp_path: Path) -> None:
    found = cells_with_pictures(saved(tmp_path, [cell("show", drawn(), {"output_type": "stream", "text": "words"})]))
    picture = {"image/png": DRAWN}
    assert found == [{"metadata": {"nbgrader": {"grade_id": "show"}}, "outputs": [{"data": picture}, {"data": {}}]}]


@pytest.mark.parametrize(
    "write",
    [
        lambda path: None,
        lambda path: path.write_bytes(b"\xff\xfe\x00 no json"),
        lambda path: path.write_text("[" * 100_000),
        lambda path: path.write_text('{"cells": 7}'),
        lambda path: path.write_text('{"cells": ' + "1" * 5_000 + "}"),
        lambda path: path.write_text('["cells"]'),
        lambda path: path.write_bytes(b" " * (MAX_BYTES + 1)),
        lambda path: path.mkdir(),
        lambda path: os.mkfifo(path),
        lambda path: path.symlink_to("/etc/passwd"),
    ],
)
def test_a_file_that_is_no_notebook_has_no_pictures(write: Callable[[Path], Any], tmp_path: Path) -> None:
    write(tmp_path / "tiny.ipynb")
    assert cells_with_pictures(tmp_path / "tiny.ipynb") == []


def test_odd_parts_of_a_notebook_do_no_harm(tiny: Assignment, tmp_path: Path) -> None:
    odd = [
        7,
        {"metadata": []},
        {"metadata": {"nbgrader": "x"}, "outputs": {"data": 1}},
        cell(["list"], 3, {"data": "x"}),
        cell("test_mean_of", drawn(["not", "text"]), drawn("%%%"), drawn(base64.b64encode(b"GIF?").decode())),
        cell("show", drawn(7)),
    ]
    path = saved(tmp_path, odd)
    report, notebook, facts = make(tiny, (DOUBLE, WRONG_MEAN, UNTOUCHED[2]))
    page = student_page(report, notebook, replace(facts, handed_in=lambda: cells_with_pictures(path)))
    assert 'class="pictures"' not in page


def test_a_wrong_exercise_shows_the_picture_that_was_handed_in(tiny: Assignment, tmp_path: Path) -> None:
    path = saved(
        tmp_path, [cell("test_double", drawn()), cell("test_mean_of"), cell("more", drawn()), cell("test_double_mean")]
    )
    report, notebook, facts = make(tiny, (DOUBLE, WRONG_MEAN, UNTOUCHED[2]))
    page = student_page(report, notebook, replace(facts, handed_in=lambda: cells_with_pictures(path)))
    assert page.count(DRAWN) == 1
    assert "Your picture, as it stood in the notebook that you handed in" in page
    assert f'<img src="data:image/png;base64,{DRAWN}"' in page
    assert "<script" not in page


def test_nobody_looks_at_it_where_nothing_is_wrong(tiny: Assignment) -> None:
    report, notebook, facts = make(tiny, (DOUBLE, DOUBLE, DOUBLE))

    def look() -> list[Any]:
        raise AssertionError("it was looked at")

    assert student_page(report, notebook, replace(facts, handed_in=look))
