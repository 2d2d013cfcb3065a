"""The records of an assignment's catalogue of answers: wrong ones with a name, right ones in other styles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autograder.checks.loading import load_check_module
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
    """`MISCONCEPTIONS` of the assignment's `misconceptions` module; empty if there is none.

    Raises:
        CourseError: the module can't be imported, or holds something else.
    """
    return _load(assignment, "misconceptions", "MISCONCEPTIONS", Misconception)


def load_alternatives(assignment: Assignment) -> tuple[Alternative, ...]:
    """`ALTERNATIVES` of the assignment's `alternatives` module; empty if there is none. Raises like the above."""
    return _load(assignment, "alternatives", "ALTERNATIVES", Alternative)


def load_equivalents(assignment: Assignment) -> dict[str, str]:
    """`EQUIVALENTS`: mutants that are still right, each with a line of reason. Raises like the above."""
    return dict(_load(assignment, "equivalents", "EQUIVALENTS", tuple))


def _load(assignment: Assignment, module: str, name: str, kind: type) -> tuple[Any, ...]:
    folder = assignment.checks_folder
    if not (folder / f"{module}.py").is_file() and not (folder / module / "__init__.py").is_file():
        return ()
    try:
        entries = tuple(getattr(load_check_module(folder, module), name))
    except Exception as error:
        raise CourseError(f"{folder / module} can't be used: {type(error).__name__}: {error}.") from error
    if not all(isinstance(entry, kind) for entry in entries):
        raise CourseError(f"{name} in {folder / module} may hold {kind.__name__} entries only.")
    return entries
