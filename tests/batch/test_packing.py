"""What travels to another machine is read there as it would be here."""

from __future__ import annotations

import json
import os
import pickle
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from helpers import RIGHT, notebook_of, write_notebook

from autograder.batch.packed import unpack
from autograder.batch.packing import pack_submission
from autograder.course.assignment import Assignment
from autograder.submission.files import MAX_CANDIDATES_BYTES, MAX_EXTRA_BYTES, MAX_EXTRA_FILE_BYTES, MAX_EXTRA_FILES
from autograder.submission.reading import MAX_FILE_BYTES, MAX_NOTEBOOK_BYTES
from autograder.submission.submission import read_submission

pytestmark = pytest.mark.cluster


def test_what_a_student_handed_in_is_read_the_same_after_a_journey(tiny: Assignment, tmp_path: Path) -> None:
    right = notebook_of(tiny, RIGHT)
    here = tmp_path / "here"
    odd = write_notebook(here / "odd/inner/tiny.ipynb", right).parent
    write_notebook(odd / "another.IPYNB", notebook_of(tiny))
    (odd / "too large.bin").write_bytes(bytes(MAX_EXTRA_FILE_BYTES + 1))
    (odd / "link.txt").symlink_to("/etc/passwd")
    (odd / "hard link.txt").hardlink_to(odd / "too large.bin")
    os.mkfifo(odd / "pipe")
    (odd / "numbers.csv").mkdir()
    (odd / "empty.txt").write_text("")
    Path(os.fsdecode(os.fsencode(odd) + b"/\xff.txt")).write_text("a name that is no UTF-8")
    for number in range(MAX_EXTRA_FILES + 5):
        (odd / f"extra-{number}.txt").write_text(str(number))
    (odd.parent / ".hidden").mkdir()
    (odd.parent / "not beside it.txt").write_text("")
    two = write_notebook(here / "in two folders/one/tiny.ipynb", notebook_of(tiny)).parent
    write_notebook(two.parent / "other/work.ipynb", right)
    (two / "not beside it.txt").write_text("")
    (two.parent / "other" / "beside it.txt").write_text("")
    many = write_notebook(here / "many/tiny.ipynb", notebook_of(tiny)).parent
    for number in range(12):
        write_notebook(many / f"copy {number}.ipynb", notebook_of(tiny))
    heavy_notebook = nbformat.from_dict({**right, "metadata": {**right.metadata, "ballast": "x" * (18 << 20)}})
    heavy = write_notebook(here / "heavy/tiny.ipynb", notebook_of(tiny)).parent
    for number in range(5):
        write_notebook(heavy / f"tiny {number}.ipynb", heavy_notebook)
    write_notebook(here / "renamed/my (2).ipynb", right)
    script = here / "script/answers.py"
    script.parent.mkdir()
    script.write_text("\n\n".join(RIGHT.values()))
    (here / "script/numbers.csv").write_text("7\n")
    (here / "linked script").mkdir()
    (here / "linked script/answers.py").hardlink_to(script)
    (here / "link").mkdir()
    (here / "link/tiny.ipynb").symlink_to("/etc/passwd")
    (here / "too large").mkdir()
    with (here / "too large/tiny.ipynb").open("wb") as file:
        file.truncate(MAX_NOTEBOOK_BYTES + 1)
    (here / "far too large").mkdir()
    with (here / "far too large/tiny.ipynb").open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    shown = nbformat.from_dict(right)
    shown.cells[1].outputs = [nbformat.v4.new_output("display_data", {"image/png": "A" * (40 << 20)})]
    write_notebook(here / "with pictures/tiny.ipynb", shown)
    (here / "in another encoding").mkdir()
    (here / "in another encoding/tiny.ipynb").write_text(nbformat.writes(shown), encoding="utf-16")
    (here / "too much").mkdir()
    (here / "too much/tiny.ipynb").write_bytes(b'{"cells": [{"outputs": [' + b"[" * (22 << 20))
    large = nbformat.from_dict({**shown, "metadata": {"outputs": ["x"], "ballast": "x" * (21 << 20)}})
    (here / "too large without outputs").mkdir()
    (here / "too large without outputs/tiny.ipynb").write_text(json.dumps(large))
    (here / "text").mkdir()
    (here / "text/work.md").write_text("".join(f"```python\n{source}\n```\n" for source in RIGHT.values()))
    (here / "nothing").mkdir()
    for folder in sorted(here.iterdir()):
        packed = pack_submission(folder, tiny, "somebody")
        assert sum(len(each.content or b"") for each in packed.files) < MAX_CANDIDATES_BYTES + MAX_EXTRA_BYTES
        assert "/etc/passwd" not in str(packed)
        unpack(pickle.loads(pickle.dumps(packed)).files, tmp_path / "there" / folder.name)
        assert sum(len(each.content or b"") for each in packed.files) < 1 << 20 or folder.name in ("heavy", "too much")
        mine = read_submission(folder, tiny, "somebody")
        theirs = read_submission(tmp_path / "there" / folder.name, tiny, "somebody")
        assert replace(mine, extra_files=()) == replace(
            theirs, extra_files=(), left_out=packed.left_out if mine.problem is None else ()
        ), folder.name
        assert [(name, path.read_bytes()) for name, path in mine.extra_files] == [
            (name, path.read_bytes()) for name, path in theirs.extra_files
        ], folder.name
