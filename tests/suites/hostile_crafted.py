"""Attacks that are more than code: forged cells, odd files and names. Each builder writes one submission.

It takes the folder to write into, the right notebook as JSON, and the values of the placeholders.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hostile_submissions import FOLDER, KINDS, Attack, code, grade_id_of, insert, read_attack, set_cell, write

WRONG = "def double(x):\n    return x"
FULL = (4, 6, 10)
NOTHING = (0, 0, 0)


def forged_metadata(folder: Path, notebook: dict[str, Any], _: Mapping[str, str]) -> None:
    """Points, locks and checksums of the student's own, in every cell and in the notebook."""
    for cell in notebook["cells"]:
        marks = cell["metadata"].setdefault("nbgrader", {})
        marks.update(points=1000, grade=True, locked=False, checksum="0" * 32, auto_score=1000, schema_version=99)
    notebook["metadata"] = {"kernelspec": {"name": "bash", "argv": ["rm"]}, "nbgrader": {"score": 1000}, "x": [[]] * 99}
    set_cell(notebook, "double", WRONG)
    write(folder, notebook)


def forged_outputs(folder: Path, notebook: dict[str, Any], _: Mapping[str, str]) -> None:
    """The test cells say already that they gave all points."""
    result = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": "1000.0"}}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [result, result, {"output_type": "nonsense"}, 7]
    set_cell(notebook, "double", WRONG)
    write(folder, notebook)


def bonus_cells(folder: Path, notebook: dict[str, Any], _: Mapping[str, str]) -> None:
    """Graded cells that the assignment does not have, and copies of those that it has."""
    for name in ("test_bonus", "test_double", "test_mean_of", "../../test_double", "double"):
        cell = code("100.0", name)
        cell["metadata"]["nbgrader"].update(grade=True, points=100, solution=False, locked=True)
        notebook["cells"].append(cell)
    set_cell(notebook, "double", WRONG)
    write(folder, notebook)


def odd_grade_ids(folder: Path, notebook: dict[str, Any], _: Mapping[str, str]) -> None:
    """Names of cells that are no names; the solutions are known by what they define."""
    odd: list[Any] = [[], {}, 7, None, "x" * 10**6, "\ud800", "../../etc/passwd", True, "test_double\0"]
    for number, cell in enumerate(notebook["cells"]):
        cell["metadata"] = {"nbgrader": {"grade_id": odd[number % len(odd)]}}
        cell["id"] = odd[(number + 1) % len(odd)]
    write(folder, notebook)


def swapped_grade_ids(folder: Path, notebook: dict[str, Any], _: Mapping[str, str]) -> None:
    """The wrong `double` is called a test, the test a solution."""
    set_cell(notebook, "double", WRONG)
    swapped = {"double": "test_double", "test_double": "double"}
    for cell in notebook["cells"]:
        if grade_id_of(cell) in swapped:
            cell["metadata"]["nbgrader"]["grade_id"] = swapped[grade_id_of(cell)]
    write(folder, notebook)


def odd_forms(folder: Path, notebook: dict[str, Any], _: Mapping[str, str]) -> None:
    """JSON that is no notebook's between cells that are, and a version that no text file can hold."""
    nested: Any = "bottom"
    for _ in range(300):
        nested = [nested]
    odd = [
        nested,
        7,
        None,
        {"cell_type": [], "source": nested},
        {"source": {"a": 1}},
        {"metadata": 3, "source": ["x", 3]},
    ]
    notebook["cells"] += odd
    notebook.update(nbformat="\ud800\x1b[31m", nbformat_minor=nested, metadata=nested)
    write(folder, notebook)


def false_files(folder: Path, notebook: dict[str, Any], _: Mapping[str, str]) -> None:
    """Files that stand for the grader's, for settings, and for modules that are imported by name."""
    set_cell(notebook, "double", WRONG)
    write(folder, notebook)
    for name in ("autograder", "safetensors", "tests/hidden/tiny", "report.json.d"):
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text("raise SystemExit")
    for name in ("torch", "json", "conftest", "sitecustomize", "nbgrader_config", "course_config", "usercustomize"):
        (folder / f"{name}.py").write_text("import os\nos.environ['X'] = '1'\nraise SystemExit\n")
    for name in ("report.json", "gradebook.db", ".autograder.lock", "timestamp.txt"):
        (folder / name).write_text('{"score": 1000, "fingerprint": "x", "status": "graded"}')
    (folder / "numbers.csv").write_text("1e9\n")


def timestamp_path(folder: Path, notebook: dict[str, Any], _: Mapping[str, str]) -> None:
    """A time of handing in that names a time zone by a path."""
    write(folder, notebook)
    (folder / "timestamp.txt").write_text("2020-01-01 00:00:00 ../../../../dev/zero")


SHOW_ALL = """
import os
for parent, folders, names in os.walk(".", followlinks=True):
    for name in names:
        print(parent, name, open(os.path.join(parent, name), errors="replace").read()[:2000])
"""


def links(folder: Path, notebook: dict[str, Any], places: Mapping[str, str]) -> None:
    """Symbolic links to what the course holds, among the files handed in; a cell prints all files."""
    insert(notebook, SHOW_ALL)
    write(folder, notebook)
    for name in ("gradebook.db", "tests/hidden/tiny/test_double.py", "submitted/right-1/tiny/tiny.ipynb", "source"):
        (folder / name.replace("/", "-")).symlink_to(Path(places["COURSE"], name))
    (folder / "timestamp.txt").symlink_to("/dev/zero")
    (folder / "self").symlink_to(".")


def hard_links(folder: Path, notebook: dict[str, Any], places: Mapping[str, str]) -> None:
    """Hard links to what the course holds."""
    insert(notebook, SHOW_ALL)
    write(folder, notebook)
    for name in ("tests/hidden/tiny/test_double.py", "submitted/right-1/tiny/tiny.ipynb", "source/tiny/tiny.ipynb"):
        os.link(Path(places["COURSE"], name), folder / name.replace("/", "-").replace(".ipynb", ".txt"))


def linked_notebook(folder: Path, _: dict[str, Any], places: Mapping[str, str]) -> None:
    """The notebook is a link to that of somebody else."""
    (folder / "tiny.ipynb").symlink_to(Path(places["COURSE"], "submitted/right-1/tiny/tiny.ipynb"))


def pipes(folder: Path, notebook: dict[str, Any], _: Mapping[str, str]) -> None:
    """Pipes and sockets where files are read: who opens them waits for ever."""
    write(folder, notebook)
    for name in ("timestamp.txt", "numbers.csv", "helper.py", "a.ipynb", "report.json"):
        os.mkfifo(folder / name)
    with socket.socket(socket.AF_UNIX) as listening:
        here = os.open(folder, os.O_PATH)
        listening.bind(f"/proc/self/fd/{here}/socket.csv")
        os.close(here)


def huge_notebook(folder: Path, notebook: dict[str, Any], _: Mapping[str, str]) -> None:
    """More than anybody should read."""
    insert(notebook, "x = '" + "y" * (21 << 20) + "'")
    write(folder, notebook)


def many_cells(folder: Path, notebook: dict[str, Any], _: Mapping[str, str]) -> None:
    """Cells by the ten thousand."""
    notebook["cells"] += [code("1")] * 20_000
    write(folder, notebook)


def many_parts(folder: Path, notebook: dict[str, Any], _: Mapping[str, str]) -> None:
    """Brackets by the million: a small file that is long to read, and large once it is."""
    text = json.dumps({**notebook, "metadata": {"x": []}})
    (folder / "tiny.ipynb").write_text(text.replace('"x": []', '"x": [' + "[[]]," * 10**6 + "[]]"))


def deep_json(folder: Path, _: dict[str, Any], __: Mapping[str, str]) -> None:
    """Brackets that no parser can go down."""
    (folder / "tiny.ipynb").write_text('{"nbformat": 4, "cells": ' + "[" * 10**6)


def deep_folders(folder: Path, notebook: dict[str, Any], _: Mapping[str, str]) -> None:
    """Folders nested deeper than any path, and than any function may call itself."""
    write(folder, notebook)
    at = os.open(folder, os.O_PATH)
    for _ in range(1100):
        os.mkdir("d", dir_fd=at)
        below = os.open("d", os.O_PATH, dir_fd=at)
        os.close(at)
        at = below
    os.close(at)


def long_paths(folder: Path, notebook: dict[str, Any], _: Mapping[str, str]) -> None:
    """Paths that just fit where they are, and nowhere else."""
    write(folder, notebook)
    inner = folder
    while (room := 4090 - len(str(inner))) > 260:
        inner /= "p" * 200
        inner.mkdir()
    (inner / ("q" * (room - 2))).write_text("x")


def big_files(folder: Path, notebook: dict[str, Any], _: Mapping[str, str]) -> None:
    """Files that together are more than a guest's folder holds, and some of a terabyte, which take no room."""
    write(folder, notebook)
    for number in range(20):
        (folder / f"{number:02}.bin").touch()
        os.truncate(folder / f"{number:02}.bin", 5 << 20)
    for name in ("sparse.bin", "timestamp.txt"):
        (folder / name).touch()
        os.truncate(folder / name, 1 << 40)


def many_files(folder: Path, notebook: dict[str, Any], _: Mapping[str, str]) -> None:
    """Files by the thousand."""
    write(folder, notebook)
    for number in range(1000):
        (folder / f"{number}.txt").touch()


def odd_names(folder: Path, notebook: dict[str, Any], _: Mapping[str, str]) -> None:
    """Names of files that mean something to shells, terminals, pages and other systems."""
    write(folder, notebook, "<img src=x onerror=alert(1)>[x](javascript:alert(1))\x1b[2J.ipynb")
    for name in ("..\\..\\x", "...", "-rf", "$(id)", "a\nb", "con", "%2e%2e%2fx", "numbers.csv ", "\u202etxt.exe", "~"):
        (folder / name).write_text("x")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe")).write_text("x")


def nameless_notebook(folder: Path, _: dict[str, Any], __: Mapping[str, str]) -> None:
    """An empty notebook whose name is no text."""
    Path(os.fsdecode(os.fsencode(folder) + b"/<b>\xff\x1b[31m.ipynb")).write_text("")


def plain(folder: Path, notebook: dict[str, Any], _: Mapping[str, str]) -> None:
    """A right notebook; what is hostile is the student's id."""
    write(folder, notebook)


CRAFTED = (
    Attack("forging/metadata", (0, 6, 10), forged_metadata),
    Attack("forging/outputs", (0, 6, 10), forged_outputs),
    Attack("forging/bonus_cells", (0, 6, 10), bonus_cells),
    Attack("forging/odd_grade_ids", FULL, odd_grade_ids),
    Attack("forging/swapped_grade_ids", (0, 6, 10), swapped_grade_ids),
    Attack("forging/odd_forms", FULL, odd_forms),
    Attack("forging/false_files", (0, 6, 10), false_files),
    Attack("forging/timestamp_path", FULL, timestamp_path),
    Attack("reading/links", FULL, links),
    Attack("reading/hard_links", FULL, hard_links),
    Attack("reading/linked_notebook", NOTHING, linked_notebook, look=True),
    Attack("stopping/pipes", FULL, pipes),
    Attack("stopping/huge_notebook", NOTHING, huge_notebook, look=True),
    Attack("stopping/many_cells", FULL, many_cells),
    Attack("stopping/many_parts", NOTHING, many_parts, look=True),
    Attack("stopping/deep_json", NOTHING, deep_json, look=True),
    Attack("stopping/deep_folders", FULL, deep_folders),
    Attack("stopping/long_paths", FULL, long_paths),
    Attack("stopping/big_files", FULL, big_files),
    Attack("stopping/many_files", FULL, many_files),
    Attack("reader/odd_names", FULL, odd_names),
    Attack("reader/nameless_notebook", NOTHING, nameless_notebook, look=True),
    Attack("reader/formula_id", FULL, plain, student_id="=HYPERLINK(\"http:example.org\")&cmd|' C calc'!A0"),
    Attack("reader/terminal_id", FULL, plain, student_id="\x1b[2J\x1b]0;x\x07[red]x[/] \u202e\n"),
    Attack("reader/page_id", FULL, plain, student_id="<script>alert(1)<script>&'\";--"),
    Attack("reader/option_id", FULL, plain, student_id="--help"),
)


def all_attacks() -> list[Attack]:
    """Every attack, those of one kind after another."""
    files = [read_attack(path) for kind in KINDS for path in sorted((FOLDER / kind).glob("*.py"))]
    return sorted([*files, *CRAFTED], key=lambda attack: KINDS.index(attack.name.split("/")[0]))
