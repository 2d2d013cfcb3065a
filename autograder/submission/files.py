"""Which of the files in a student's folder count: the likely notebooks, and what else may lie beside them."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from autograder.checks import handed_in
from autograder.checks.messages import shown
from autograder.course.assignment import Assignment
from autograder.course.course import REPORT_FILE, TIMESTAMP_FILE
from autograder.submission.reading import MAX_FILE_BYTES

MAX_EXTRA_FILE_BYTES = 5 << 20
MAX_EXTRA_FILES = 50
MAX_EXTRA_BYTES = 20 << 20  # of all extra files together: they must fit into a guest's folder
MAX_EXTRA_NAME_BYTES = 500
MAX_CANDIDATES_BYTES = 2 * MAX_FILE_BYTES  # of all files together that are looked at to find the notebook
_MAX_CANDIDATES = 10
_MAX_DEPTH = 20
_MAX_ENTRIES = 50_000  # of a folder and those below it


def candidates(folder: Path, assignment: Assignment) -> list[Path]:
    """The few files that are likeliest to be the notebook, in the order in which they are to be looked at.

    Where none is called a notebook: a notebook with another ending, a script, or what tells how to do it rightly.
    """
    wanted = folder / f"{assignment.notebook_name}.ipynb"
    files = regular_files(folder)
    files = [each for each in files if each.stem not in assignment.siblings or each.parent != folder]
    notebooks = [each for each in files if each.suffix.lower() == ".ipynb"]
    if not notebooks and os.path.lexists(wanted):
        return [wanted]  # a link, or a folder
    given = {folder / each.relative_to(assignment.source_folder) for each in assignment.data_files}
    others = [each for each in files if each not in given and each.name not in (REPORT_FILE, TIMESTAMP_FILE)]

    def order(each: Path) -> tuple[bool, bool, bool, int, str]:
        is_named = each.name.lower() == wanted.name.lower()
        return each != wanted, not is_named, not each.name.startswith(wanted.stem), -_size(each), str(each)

    chosen: list[Path] = []
    bytes_left = MAX_CANDIDATES_BYTES
    for each in sorted(notebooks or others, key=order)[:_MAX_CANDIDATES]:
        read_bytes = size if (size := _size(each)) <= MAX_FILE_BYTES else 0
        if read_bytes <= bytes_left:
            chosen.append(each)
            bytes_left -= read_bytes
    return chosen


def regular_files(folder: Path) -> list[Path]:
    """Files below `folder` that are really there: no links, devices or pipes, nothing hidden, no caches.

    Folders in folders beyond a depth that nobody needs are left out, and what comes after so many files that nobody
    needs them, too.
    """
    found: list[Path] = []
    waiting = [(folder, 0)]
    looked_at = 0
    while waiting and looked_at < _MAX_ENTRIES:
        parent, depth = waiting.pop()
        try:
            names = sorted(os.listdir(parent))
        except OSError:
            continue
        looked_at += len(names)
        for name in names[:_MAX_ENTRIES]:
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


def _size(path: Path) -> int:
    return path.lstat().st_size


@dataclass(frozen=True)
class ExtraFiles:
    """What was handed in beside a notebook.

    Attributes:
        kept: path relative to the notebook, and where it is.
        left_out: what is not given to the student's code, and why: a few sentences.
    """

    kept: tuple[tuple[str, Path], ...] = ()
    left_out: tuple[str, ...] = ()


def extra_files(folder: Path, notebook: Path, assignment: Assignment) -> ExtraFiles:
    """What was handed in beside `notebook`, as far as it is within the limits above.

    Nothing stands in for a file of ours, nor in its way: a folder of its name, or a file of its folder's. A file of
    two names (a hard link) is left out, as the other one may be a file of the course's.
    """
    theirs = {name for name, _ in assignment.student_modules}
    data = (Path(name) for name in assignment.files if name not in theirs)
    ours = {Path(f"{assignment.notebook_name}.ipynb"), Path(REPORT_FILE), *data}
    blocked = {parent for path in ours for parent in path.parents}
    kept: list[tuple[str, Path]] = []
    left_out: list[tuple[Path, int, str]] = []
    bytes_left = MAX_EXTRA_BYTES
    for path in sorted(regular_files(folder)):
        if path.suffix.lower() == ".ipynb" or not path.is_relative_to(notebook.parent):
            continue
        name, size = path.relative_to(notebook.parent), _size(path)
        if name in blocked or not ours.isdisjoint((name, *name.parents)):
            continue
        if why := _why_left_out(path, name, bytes_left, len(kept)):
            left_out.append((name, size, why))
        else:
            kept.append((str(name), path))
            bytes_left -= size
    told = [
        handed_in.LEFT_OUT.format(name=shown(str(name)), size=_in_words(size), why=why) for name, size, why in left_out
    ]
    return ExtraFiles(tuple(kept), tuple(handed_in.first_few(told)))


def _why_left_out(path: Path, name: Path, bytes_left: int, kept: int) -> str:
    """Why a file is no file for the student's code; nothing if it is one."""
    if path.lstat().st_nlink > 1:
        return handed_in.IS_A_HARD_LINK
    if not os.access(path, os.R_OK):
        return handed_in.IS_UNREADABLE
    if len(os.fsencode(name)) > MAX_EXTRA_NAME_BYTES:
        return handed_in.HAS_A_LONG_NAME.format(most=MAX_EXTRA_NAME_BYTES)
    if _size(path) > MAX_EXTRA_FILE_BYTES:
        return handed_in.IS_TOO_LARGE.format(most=MAX_EXTRA_FILE_BYTES >> 20)
    if _size(path) > bytes_left:
        return handed_in.TOO_LARGE_TOGETHER.format(most=MAX_EXTRA_BYTES >> 20)
    return handed_in.TOO_MANY_FILES.format(most=MAX_EXTRA_FILES) if kept >= MAX_EXTRA_FILES else ""


def _in_words(size_bytes: int) -> str:
    for unit, power in (("GB", 30), ("MB", 20)):
        if size_bytes >= 1 << power:
            return f"{size_bytes / (1 << power):.0f} {unit}"
    return f"{max(size_bytes / 1024, 1):.0f} KB"
