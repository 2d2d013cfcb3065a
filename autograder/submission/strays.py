"""What lies in the folder of submissions and is not looked at, and what staff can do about it."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from pathlib import Path

from autograder.checks.messages import shown
from autograder.course.settings import MAX_ID_CHARACTERS, is_student_id

_MOST_LINES = 20
_NAMES_TOLD = 3
_MIN_LIKENESS = 0.8  # of difflib's; below, a name is another one
_MIN_PART_CHARACTERS = 4  # a name that stands in a longer one must have as many to be seen in it
_ARCHIVE = re.compile(r"\.(?:zip|tar|tgz|tar\.\w+|gz|7z|rar)$", re.IGNORECASE)
# What a computer, or a hurried student, adds to a name: "tiny (1)", "tiny - Copy", "tiny_final".
_ADDED = re.compile(r"(?:[\W_]*(?:\(\d+\)|copy *\d*|final|new|submission))+$", re.IGNORECASE)


def find_strays(
    submitted: Path, assignment: str, notebook_name: str, graded: Collection[str], others: Collection[str] = ()
) -> tuple[str, ...]:
    """A line for each thing that may be a submission, and is not where one should be.

    Each student's folder is listed once, nothing is opened, and no link is followed: 100,000 students take seconds.

    Args:
        submitted: the folder of all submissions.
        graded: who handed in rightly.
        others: the course's other assignments, whose folders are where they should be.
    Returns:
        At most 20 lines, and one that says how many more there are; all of them printable.
    """
    right_names, other_names = frozenset(graded), frozenset(others) - {assignment}
    is_ours = _judge_of_names({assignment, notebook_name}, other_names)
    lines: list[str] = []
    count = 0
    for line in _strays(submitted, assignment, f"{notebook_name}.ipynb", right_names, other_names, is_ours):
        count += 1
        if len(lines) < _MOST_LINES:
            lines.append(line)
    more = count - len(lines)
    return (*lines, f"And {more} more of such things.") if more else tuple(lines)


def _strays(
    submitted: Path,
    assignment: str,
    notebook: str,
    graded: frozenset[str],
    others: frozenset[str],
    is_ours: Callable[[str], bool],
) -> Iterator[str]:
    right_place = f"{submitted.name}/<student>/{assignment}/{notebook}"
    for entry in _entries(submitted):
        name, where = entry.name, f"{submitted.name}/{shown(entry.name)}"
        if name in others:
            continue
        if entry.is_symlink():
            if name not in graded:
                yield f"{where}: this is a link, and links are not followed. Put the folder itself in its place."
        elif not _is_folder(entry):
            if _is_notebook(name) or (_ARCHIVE.search(name) and is_ours(_ARCHIVE.sub("", name))):
                yield f"{where}: whose is this? It should be {right_place}."
        elif name not in graded and _plain(name) == _plain(assignment):
            yield from _wrong_way_round(Path(entry.path), where, submitted.name, assignment, right_place)
        else:
            folder = Path(entry.path)
            inside = list(_in_folder(folder, where, assignment, notebook, others, is_ours, name in graded))
            if not inside and name not in graded and not any(map(_is_folder, _entries(folder))):
                inside = [f"{where}: nothing in it could be {assignment}. Ask the student for the notebook."]
            if is_student_id(name):
                yield from inside
            elif inside or os.path.isdir(os.path.join(entry.path, assignment)):
                hidden = sorted({f"U+{ord(each):04X}" for each in name if not each.isprintable()})
                held = f" It holds {', '.join(hidden[:_NAMES_TOLD])}, which nobody sees." if hidden else ""
                yield (
                    f"{where}: this can't be a student's id: an id has at most {MAX_ID_CHARACTERS} printable "
                    f"characters, no dot first, and no space around it.{held} Rename the folder and grade again."
                )


def _wrong_way_round(folder: Path, where: str, submitted: str, assignment: str, right_place: str) -> Iterator[str]:
    """What is in a folder that should hold a student's assignments, and is called like an assignment itself."""
    entries = list(_entries(folder))
    students = [shown(each.name) for each in entries if _is_folder(each) and not each.is_symlink()]
    if students:
        more = "" if len(students) <= _NAMES_TOLD else f", and {len(students) - _NAMES_TOLD} more"
        yield (
            f"{where}: the folders are the wrong way round ({', '.join(students[:_NAMES_TOLD])}{more}). Move "
            f"{where}/{students[0]} to {submitted}/{students[0]}/{assignment}, and so on."
        )
    for each in entries:
        if not _is_folder(each) and (_is_notebook(each.name) or _ARCHIVE.search(each.name)):
            yield f"{where}/{shown(each.name)}: whose is this? It should be {right_place}."
    if not entries:
        yield f"{where}: this folder is empty. Students' folders should be here, with {assignment} in each."


def _in_folder(
    folder: Path,
    where: str,
    assignment: str,
    notebook: str,
    others: frozenset[str],
    is_ours: Callable[[str], bool],
    is_graded: bool,
) -> Iterator[str]:
    """What is in a student's folder beside the assignment's."""
    target = f"{where}/{assignment}"
    too = f" too? Only {target} was graded." if is_graded else "?"
    for entry in _entries(folder):
        name, here = entry.name, f"{where}/{shown(entry.name)}"
        if name == assignment and is_graded:
            continue
        if name == assignment and entry.is_symlink():
            yield f"{here}: this is a link, and links are not followed. Put the folder itself in its place."
        elif name == assignment and not _is_folder(entry):
            yield f"{here}: this is a file. Make a folder of that name and put the notebook into it as {notebook}."
        elif name == assignment:
            if not _entries(Path(entry.path)):
                yield f"{here}: this folder is empty. Ask the student for the notebook."
        elif name in others or entry.is_symlink():
            continue
        elif _is_folder(entry):
            if is_ours(name):
                do = "" if is_graded else f" Rename the folder to {assignment} and grade again."
                yield f"{here}: is this {assignment}{too}{do}"
        elif _ARCHIVE.search(name):
            if is_ours(_ARCHIVE.sub("", name)):
                do = "" if is_graded else f" Unpack it into {target} and grade again."
                yield f"{here}: is this {assignment}{too}{do}"
        elif _is_notebook(name):
            stem = name.rpartition(".")[0]
            if is_ours(stem) or not (is_graded or any(_likeness(stem, each) for each in others)):
                do = "" if is_graded else f" Move it to {target}/{notebook} and grade again."
                yield f"{here}: is this {assignment}{too}{do}"


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What is in a folder and not hidden, sorted; nothing if it may not be read."""
    try:
        with os.scandir(folder) as found:
            return sorted((each for each in found if not _is_hidden(each.name)), key=lambda each: each.name)
    except OSError:
        return []


def _is_hidden(name: str) -> bool:
    return name.startswith(".") or name in ("__pycache__", "__MACOSX")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _is_notebook(name: str) -> bool:
    return name.lower().endswith(".ipynb")


def _judge_of_names(ours: Collection[str], others: Collection[str]) -> Callable[[str], bool]:
    """Whether a name is nearly one of `ours`, and less nearly one of `others`."""

    @lru_cache(maxsize=10_000)
    def is_ours(name: str) -> bool:
        likeness = max(_likeness(name, each) for each in ours)
        return likeness > 0 and likeness > max((_likeness(name, each) for each in others), default=0.0)

    return is_ours


def _likeness(name: str, wanted: str) -> float:
    """From 0, another name, to 1: no other but for capitals, dashes and what is added to copies.

    Names with other numbers in them are other names: "week 2" is no slip for "week1".
    """
    mine, theirs = _plain(_ADDED.sub("", name)), _plain(wanted)
    if mine == theirs or _plain(name) == theirs:
        return 1.0
    if re.findall(r"\d+", mine) != re.findall(r"\d+", theirs):
        return 0.0
    if theirs in mine and len(theirs) >= _MIN_PART_CHARACTERS:
        return len(theirs) / len(mine)
    likeness = difflib.SequenceMatcher(None, mine, theirs, autojunk=False).ratio()
    return likeness if likeness >= _MIN_LIKENESS else 0.0


def _plain(name: str) -> str:
    return "".join(each for each in name.casefold() if each.isalnum())
