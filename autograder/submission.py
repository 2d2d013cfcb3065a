"""A submitted file or folder -> `Submission`: read with good will, every repair noted, never an exception."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from autograder.assignment import Assignment
from autograder.repair import Found, RunCell, repair
from autograder.report import FILE_NAME

MAX_NOTEBOOK_BYTES = 20 << 20
MAX_EXTRA_FILE_BYTES = 5 << 20
MAX_EXTRA_FILES = 50
MAX_EXTRA_BYTES = 20 << 20  # of all extra files together: they must fit into a guest's folder
MAX_EXTRA_NAME_BYTES = 500
MAX_CELLS = 2_000
MAX_PARTS = 1_000_000  # brackets in a notebook's text: parsing more takes many seconds
_MAX_FOLDERS_DEEP = 20
_MAX_NAME_CHARACTERS = 100
_ENCODINGS = (
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"", "utf-8"),
)


@dataclass(frozen=True)
class Submission:
    """What a student handed in, made whole.

    Attributes:
        student: the student's id.
        notebook: the repaired notebook, outputs stripped; the untouched release if nothing could be read.
        cells: its code cells in the order in which they run.
        repairs: one sentence for each thing that was mended.
        problem: None, or one sentence for the student that says why nothing could be read.
        extra_files: other files that the student handed in, by the path relative to the notebook.
        untouched: names of exercises whose stub was left as it was and that nothing else defines.
    """

    student: str
    notebook: Any
    cells: tuple[RunCell, ...]
    repairs: tuple[str, ...] = ()
    problem: str | None = None
    extra_files: tuple[tuple[str, Path], ...] = ()
    untouched: frozenset[str] = frozenset()


class Unreadable(Exception):
    """A file that is not a notebook of this assignment; the text is a sentence for the student."""


def read_submission(path: Path, assignment: Assignment, student: str) -> Submission:
    """Reads a notebook file, or a student's folder that holds one. Never raises for what a student did."""
    try:
        notebook_path, notes = _find_notebook(path, assignment)
        found, format_notes = _read_cells(notebook_path)
        repaired = repair(assignment, found)
        if not repaired.recognised:
            raise Unreadable(
                f"This is not the notebook of {assignment.name}: none of its exercises is in it. "
                "Hand in the notebook that you were given."
            )
    except Unreadable as problem:
        return Submission(student, nbformat.from_dict(assignment.release), (), problem=str(problem))
    return Submission(
        student=student,
        notebook=repaired.notebook,
        cells=repaired.cells,
        repairs=(*notes, *format_notes, *repaired.repairs),
        extra_files=extra_files(path, notebook_path, assignment) if path.is_dir() else (),
        untouched=repaired.untouched,
    )


def _find_notebook(path: Path, assignment: Assignment) -> tuple[Path, list[str]]:
    if not path.is_dir():
        return path, []
    wanted = assignment.notebook_name + ".ipynb"
    found = sorted(each for each in regular_files(path) if each.suffix.lower() == ".ipynb")
    if not found:
        raise Unreadable(f"There is no notebook in what you handed in; it should be called {wanted}.")
    if path / wanted in found:
        return path / wanted, []
    best = max(found, key=lambda each: (each.name == wanted, _size(each)))
    others = f" ({len(found)} notebooks were handed in)" if len(found) > 1 else ""
    return best, [f"{wanted} was missing; {_shown(best.relative_to(path))} was graded instead{others}."]


def _shown(path: Path) -> str:
    """A file's name as a message may hold it: a name may be any bytes, and of any meaning to a terminal."""
    return _printable(os.fsencode(path).decode("utf-8", "replace"))[-_MAX_NAME_CHARACTERS:]


def _printable(text: str) -> str:
    return "".join(each if each.isprintable() else "�" for each in text)


def regular_files(folder: Path) -> list[Path]:
    """Files below `folder` that are really there: no links, devices or pipes, nothing hidden, no caches.

    Folders deeper than any course's are left out: what walks or removes a tree calls itself for each level.
    """
    found = []
    for parent, folders, names in os.walk(folder, followlinks=False):
        deep = len(Path(parent).relative_to(folder).parts) >= _MAX_FOLDERS_DEEP
        folders[:] = [] if deep else sorted(each for each in folders if not each.startswith((".", "__pycache__")))
        found += [Path(parent, name) for name in names if not name.startswith(".") and _is_file(Path(parent, name))]
    return found


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:  # a path too long to be looked at
        return False


def _size(path: Path) -> int:
    return path.lstat().st_size


def extra_files(folder: Path, notebook: Path, assignment: Assignment) -> tuple[tuple[str, Path], ...]:
    """What was handed in beside `notebook`, within the limits above: path relative to it, and where it is.

    Nothing stands in for a file of ours, nor in its way: a folder of its name, or a file of its folder's. A file of
    two names (a hard link) is left out, as the other one may be a file of the course's.
    """
    data = (path.relative_to(assignment.source_folder) for path in assignment.data_files)
    ours = {Path(f"{assignment.notebook_name}.ipynb"), Path(FILE_NAME), *data}
    blocked = {parent for path in ours for parent in path.parents}
    extras: list[tuple[str, Path]] = []
    bytes_left = MAX_EXTRA_BYTES
    for path in sorted(regular_files(folder)):
        if path.suffix == ".ipynb" or not path.is_relative_to(notebook.parent) or path.lstat().st_nlink > 1:
            continue
        name, size = path.relative_to(notebook.parent), _size(path)
        if size > min(MAX_EXTRA_FILE_BYTES, bytes_left) or len(os.fsencode(name)) > MAX_EXTRA_NAME_BYTES:
            continue
        if len(extras) < MAX_EXTRA_FILES and name not in blocked and ours.isdisjoint((name, *name.parents)):
            extras.append((str(name), path))
            bytes_left -= size
    return tuple(extras)


def _read_cells(path: Path) -> tuple[list[Found], list[str]]:
    name = _shown(Path(path.name))
    text, notes = _read_text(path, name)
    if text.count("[") + text.count("{") > MAX_PARTS:
        raise Unreadable(f"{name} has too much in it to be graded. Clear its outputs and hand it in again.")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable(
            f"{name} is not a notebook, or is damaged or cut off. Open it in Jupyter, save it, hand it in again."
        ) from None
    cells = _cells_of(data)
    if cells is None:
        raise Unreadable(f"{name} is not a notebook: it has no cells.")
    if len(cells) > MAX_CELLS:
        raise Unreadable(f"{name} has {len(cells)} cells; at most {MAX_CELLS} can be graded.")
    if (version := data.get("nbformat")) != 4:
        told = _printable(str(version)[:20]) if isinstance(version, int | float | str) else "unknown"
        notes.append(f"The notebook's format was {told}, not 4.")
    found, damaged = [], 0
    for cell in cells:
        each = _found(cell)
        if each is None:
            damaged += 1
        else:
            found.append(each)
    if damaged:
        notes.append(f"{damaged} damaged cell(s) could not be read.")
    return found, notes


def _read_text(path: Path, name: str) -> tuple[str, list[str]]:
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise Unreadable(f"{name} is not an ordinary file.")
        if _size(path) > MAX_NOTEBOOK_BYTES:
            raise Unreadable(
                f"{name} has {_size(path) >> 20} MB; at most {MAX_NOTEBOOK_BYTES >> 20} MB can be graded. "
                "Clear its outputs and hand it in again."
            )
        raw = path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{name} could not be read: {error.strerror}.") from None
    if not raw.strip():
        raise Unreadable(f"{name} is empty. Save the notebook and hand it in again.")
    encoding = next(name for mark, name in _ENCODINGS if raw.startswith(mark))
    notes = [] if encoding == "utf-8" else [f"The file was saved as {encoding}, not plain UTF-8."]
    try:
        return raw.decode(encoding), notes
    except UnicodeDecodeError:
        return raw.decode("latin-1"), ["The file is not UTF-8; it was read as Latin-1."]


def _cells_of(data: Any) -> list[Any] | None:
    if not isinstance(data, dict):
        return None
    if isinstance(data.get("cells"), list):
        return list(data["cells"])
    sheets = data.get("worksheets")  # nbformat 3
    if isinstance(sheets, list):
        parts = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        return [cell for part in parts if isinstance(part, list) for cell in part]
    return None


def _found(cell: Any) -> Found | None:
    if not isinstance(cell, dict):
        return None
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(each for each in source if isinstance(each, str))
    if not isinstance(source, str):
        return None
    kind = cell.get("cell_type")
    metadata = cell.get("metadata")
    marks = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = marks.get("grade_id") if isinstance(marks, dict) else None
    number = cell.get("id")
    return Found(
        kind=kind if kind in ("code", "markdown", "raw") else "markdown",
        # Lone surrogates can be written in JSON, but not in any file or database.
        source=source.replace("\r\n", "\n").encode("utf-8", "replace").decode(),
        grade_id=name if isinstance(name, str) else None,
        cell_id=number if isinstance(number, str) else None,
    )


def reference_submission(assignment: Assignment) -> Submission:
    """The instructor's own solution, as if it had been handed in."""
    return _from_notebook(assignment, assignment.source, "instructor")


def untouched_submission(assignment: Assignment) -> Submission:
    """The release as students get it, as if it had been handed in."""
    return _from_notebook(assignment, assignment.release, "untouched")


def _from_notebook(assignment: Assignment, notebook: Any, student: str) -> Submission:
    repaired = repair(assignment, [each for cell in notebook.cells if (each := _found(cell)) is not None])
    return Submission(student, repaired.notebook, repaired.cells, untouched=repaired.untouched)
