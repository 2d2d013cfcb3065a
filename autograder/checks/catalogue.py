"""The records of an assignment's catalogue of answers: wrong ones with a name, right ones in other styles."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autograder.checks.loading import blame, load_check_module, mend
from autograder.course.assignment import Assignment
from autograder.course.errors import CourseError


@dataclass(frozen=True)
class Misconception:
    """A realistic wrong answer.

    Attributes:
        exercise: whose solution it would be.
        id: short, lower case, unique in its exercise: "sum-for-mean".
        sentence: one kind sentence for the student that names the mistake and points to the mend.
        code: the whole solution cell, as a student might have written it.
    """

    exercise: str
    id: str
    sentence: str
    code: str


@dataclass(frozen=True)
class Alternative:
    """A right answer in another style, which must get full marks.

    Attributes:
        exercise: whose solution it is.
        id: short, lower case, unique in its exercise.
        code: the whole solution cell.
    """

    exercise: str
    id: str
    code: str


def load_misconceptions(assignment: Assignment) -> tuple[Misconception, ...]:
    """`MISCONCEPTIONS` of the assignment's `misconceptions` module, and what was found in submissions since.

    Raises:
        CourseError: the module can't be imported, or one of the two holds something else.
    """
    written: tuple[Misconception, ...] = load_entries(assignment, "misconceptions", "MISCONCEPTIONS", Misconception)
    return written + load_found(assignment)


def found_file(assignment: Assignment) -> Path:
    """Entries that were found in submissions (`autograder groups --write`): a list in JSON, code line by line."""
    return assignment.checks_folder / "found_misconceptions.json"


def load_found(assignment: Assignment) -> tuple[Misconception, ...]:
    """The entries in `found_file`; empty if there is none. Raises CourseError: it holds something else."""
    path = found_file(assignment)
    if not path.is_file():
        return ()
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        found = tuple(Misconception(**{**each, "code": "\n".join(each["code"]) + "\n"}) for each in entries)
        if not all(isinstance(part, str) for each in found for part in vars(each).values()):
            raise TypeError("a part of an entry is no text")
    except (ValueError, TypeError, KeyError) as error:
        raise CourseError(
            f"{path} can't be read: {error}. It is a list of entries with `exercise`, `id`, `sentence`, and `code`, a "
            "list of lines."
        ) from error
    return found


def add_found(assignment: Assignment, entry: Misconception) -> Path:
    """Adds an entry to `found_file`, and returns its path. Raises CourseError like `load_found`."""
    entries = [{**asdict(each), "code": each.code.splitlines()} for each in (*load_found(assignment), entry)]
    path = found_file(assignment)
    path.write_text(json.dumps(entries, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def load_alternatives(assignment: Assignment) -> tuple[Alternative, ...]:
    """`ALTERNATIVES` of the assignment's `alternatives` module; empty if there is none. Raises like the above."""
    return load_entries(assignment, "alternatives", "ALTERNATIVES", Alternative)


def load_equivalents(assignment: Assignment) -> dict[str, str]:
    """`EQUIVALENTS`: mutants that are still right, each with a line of reason. Raises like the above."""
    name = "EQUIVALENTS"
    found = load_entries(assignment, "equivalents", name, tuple)
    for number, each in enumerate(found, 1):
        if len(each) != 2 or not all(isinstance(part, str) for part in each):
            raise CourseError(
                f"{name} in {_shown(assignment, 'equivalents')}: entry {number} must be two texts, a pair."
            )
    return dict(found)


def has_module(assignment: Assignment, module: str) -> bool:
    """Whether there is such a module, or package, among the assignment's checks."""
    folder = assignment.checks_folder
    return (folder / f"{module}.py").is_file() or (folder / module / "__init__.py").is_file()


def load_entries(assignment: Assignment, module: str, name: str, kind: type) -> tuple[Any, ...]:
    """The tuple `name` of entries of `kind` in a module of the assignment's checks; empty if there is no such module.

    Raises:
        CourseError: the module can't be imported, or holds something else.
    """
    folder = assignment.checks_folder
    if not has_module(assignment, module):
        return ()
    shown = _shown(assignment, module)
    try:
        loaded = load_check_module(folder, module)
    except (Exception, SystemExit) as error:
        raise CourseError(f"{shown} can't be used: {blame(error, folder)}. {mend(error)}.") from error
    if not hasattr(loaded, name):
        raise CourseError(f"{shown} can't be used: it does not define {name}, a tuple of {kind.__name__} entries.")
    entries: Any = getattr(loaded, name)
    if not isinstance(entries, tuple | list):
        raise CourseError(f"{name} in {shown} is of type {type(entries).__name__}; it must be a tuple of entries.")
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, kind):
            raise CourseError(
                f"{name} in {shown} may hold {kind.__name__} entries only; its entry {number} is of type "
                f"{type(entry).__name__}."
            )
        texts = [part for part, its_type in getattr(kind, "__annotations__", {}).items() if its_type == "str"]
        if wrong := [part for part in texts if not isinstance(getattr(entry, part), str)]:
            raise CourseError(f"{name} in {shown}: the `{wrong[0]}` of entry {number} must be a text.")
    return tuple(entries)


def _shown(assignment: Assignment, module: str) -> Path:
    return assignment.checks_folder / module
