"""A submitted file or folder -> `Submission`: read with good will, every repair noted, never an exception."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat

from autograder.assignment import Assignment
from autograder.reading import MAX_NOTEBOOK_BYTES, Unreadable, find, read_cells, shown
from autograder.repair import RunCell, repair
from autograder.report import FILE_NAME

MAX_EXTRA_FILE_BYTES = 5 << 20
MAX_EXTRA_FILES = 50
MAX_EXTRA_BYTES = 20 << 20  # of all extra files together: they must fit into a guest's folder
MAX_EXTRA_NAME_BYTES = 500
MAX_CANDIDATES_BYTES = 3 * MAX_NOTEBOOK_BYTES  # of all files together that are looked at to find the notebook
_MAX_CANDIDATES = 10
_MAX_DEPTH = 20
_TIMESTAMP = "timestamp.txt"  # nbgrader's
_WORK = 2  # what a submission is worth that has work in it; 1 is one to be read, 0 one that can't be


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


def read_submission(path: Path, assignment: Assignment, student: str) -> Submission:
    """Reads a notebook file, or a student's folder that holds one. Never raises for what a student did.

    Of several notebooks in a folder the one with the right name counts, unless only another one has work in it.
    """
    if not path.is_dir():
        return _read(path, assignment, student)
    wanted = path / f"{assignment.notebook_name}.ipynb"
    read: dict[Path, Submission] = {}
    for each in (looked_at := candidates(path, assignment)):
        read[each] = _read(each, assignment, student)
        if _worth(read[each], assignment) == _WORK:
            break
    if not read:
        return _unread(assignment, student, _no_notebook(wanted))
    chosen = max(read, key=lambda each: _worth(read[each], assignment))
    submission = read[chosen]
    if submission.problem is not None:
        is_notebook = chosen.suffix.lower() == ".ipynb"
        return (
            submission if is_notebook else replace(submission, problem=f"{_no_notebook(wanted)} {submission.problem}")
        )
    return replace(
        submission,
        repairs=(*_notes_on_choice(path, chosen, wanted, looked_at, read), *submission.repairs),
        extra_files=extra_files(path, chosen, assignment),
    )


def _read(path: Path, assignment: Assignment, student: str) -> Submission:
    try:
        found, notes = read_cells(path)
        repaired = repair(assignment, found)
        if not repaired.recognised:
            raise Unreadable(
                f"{shown(path.name)} is not the notebook of {assignment.name}: none of its exercises is in it. "
                "Hand in the notebook that you were given."
            )
    except Unreadable as problem:
        return _unread(assignment, student, str(problem))
    repairs = (*notes, *repaired.repairs)
    return Submission(student, repaired.notebook, repaired.cells, repairs, untouched=repaired.untouched)


def _unread(assignment: Assignment, student: str, problem: str) -> Submission:
    return Submission(student, nbformat.from_dict(assignment.release), (), problem=problem)


def _no_notebook(wanted: Path) -> str:
    return f"There is no notebook in what you handed in; it should be called {wanted.name}."


def _worth(submission: Submission, assignment: Assignment) -> int:
    if submission.problem is not None:
        return 0
    return _WORK if len(submission.untouched) < len(assignment.exercises) else 1


def candidates(folder: Path, assignment: Assignment) -> list[Path]:
    """The few files that are likeliest to be the notebook, in the order in which they are to be looked at.

    Where none is called a notebook: a notebook with another ending, a script, or what tells how to do it rightly.
    """
    wanted = folder / f"{assignment.notebook_name}.ipynb"
    files = regular_files(folder)
    notebooks = [each for each in files if each.suffix.lower() == ".ipynb"]
    if not notebooks and os.path.lexists(wanted):
        return [wanted]  # a link, or a folder
    given = {folder / each.relative_to(assignment.source_folder) for each in assignment.data_files}
    others = [each for each in files if each not in given and each.name not in (FILE_NAME, _TIMESTAMP)]

    def order(each: Path) -> tuple[bool, bool, bool, int, str]:
        is_named = each.name.lower() == wanted.name.lower()
        return each != wanted, not is_named, not each.name.startswith(wanted.stem), -_size(each), str(each)

    chosen: list[Path] = []
    bytes_left = MAX_CANDIDATES_BYTES
    for each in sorted(notebooks or others, key=order)[:_MAX_CANDIDATES]:
        read_bytes = size if (size := _size(each)) <= MAX_NOTEBOOK_BYTES else 0
        if read_bytes <= bytes_left:
            chosen.append(each)
            bytes_left -= read_bytes
    return chosen


def _notes_on_choice(
    folder: Path, chosen: Path, wanted: Path, looked_at: Sequence[Path], read: Mapping[Path, Submission]
) -> list[str]:
    """What is said of a file that has another name or place than it should, or is not the only one."""
    several = f" ({len(looked_at)} notebooks were handed in)" if len(looked_at) > 1 else ""
    if chosen == wanted:
        return [f"{wanted.name} was graded{several}."] if several else []
    name = shown(str(chosen.relative_to(folder)))
    why = "was missing"
    if wanted in read:
        why = "could not be judged" if read[wanted].problem else "had no work in it"
    return [f"{wanted.name} {why}; {name} was graded instead{several}."]


def regular_files(folder: Path) -> list[Path]:
    """Files below `folder` that are really there: no links, devices or pipes, nothing hidden, no caches.

    Folders in folders beyond a depth that nobody needs are left out.
    """
    found: list[Path] = []
    waiting = [(folder, 0)]
    while waiting:
        parent, depth = waiting.pop()
        try:
            names = sorted(os.listdir(parent))
        except OSError:
            continue
        for name in names:
            path = parent / name
            try:
                mode = path.lstat().st_mode
            except OSError:
                continue
            if stat.S_ISREG(mode) and not name.startswith("."):
                found.append(path)
            elif stat.S_ISDIR(mode) and depth < _MAX_DEPTH and not name.startswith((".", "__pycache__")):
                waiting.append((path, depth + 1))
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
        if path.suffix.lower() == ".ipynb" or not path.is_relative_to(notebook.parent):
            continue
        if path.lstat().st_nlink > 1 or not os.access(path, os.R_OK):
            continue
        name, size = path.relative_to(notebook.parent), _size(path)
        if size > min(MAX_EXTRA_FILE_BYTES, bytes_left) or len(os.fsencode(name)) > MAX_EXTRA_NAME_BYTES:
            continue
        if len(extras) < MAX_EXTRA_FILES and name not in blocked and ours.isdisjoint((name, *name.parents)):
            extras.append((str(name), path))
            bytes_left -= size
    return tuple(extras)


def reference_submission(assignment: Assignment) -> Submission:
    """The instructor's own solution, as if it had been handed in."""
    return _from_notebook(assignment, assignment.source, "instructor")


def untouched_submission(assignment: Assignment) -> Submission:
    """The release as students get it, as if it had been handed in."""
    return _from_notebook(assignment, assignment.release, "untouched")


def _from_notebook(assignment: Assignment, notebook: Any, student: str) -> Submission:
    repaired = repair(assignment, [each for cell in notebook.cells if (each := find(cell)) is not None])
    return Submission(student, repaired.notebook, repaired.cells, untouched=repaired.untouched)
