"""What a course's settings mean: each is read and checked here, and what is wrong with one is a sentence."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from autograder.course.addresses import SETTINGS
from autograder.course.errors import CourseError
from autograder.sandbox.limits import Limits

MAX_ID_CHARACTERS = 128  # nbgrader's column has no more
MAX_ASK_CHARACTERS = 500
_STRUCTURE = "{nbgrader_step}/{student_id}/{assignment_id}"


class Ruling(StrEnum):
    """What was decided about a question after hand-in: everybody gets its points, or it is out of the maximum."""

    NONE = ""
    WAIVED = "waived"
    DROPPED = "dropped"


@dataclass(frozen=True)
class Folders:
    """Where a course keeps each step of its assignments: nbgrader's `c.CourseDirectory.<step>_directory`, absolute."""

    source: Path
    release: Path
    submitted: Path
    autograded: Path
    feedback: Path


def is_student_id(name: str) -> bool:
    """Whether a name can be a student's id in a gradebook, on a page and in a terminal."""
    odd = name.startswith(".") or name != name.strip() or len(name) > MAX_ID_CHARACTERS
    return bool(name) and name.isprintable() and not odd


def read_root(config: Any, folder: Path) -> Path:
    """The folder that nbgrader's steps are in: the course's own, unless `c.CourseDirectory.root` names another.

    Raises:
        CourseError: it is not there.
    """
    root = Path(os.path.abspath(folder / str(config.CourseDirectory.get("root", "") or folder)))
    if not root.is_dir():
        raise CourseError(
            f"c.CourseDirectory.root is {str(root)!r}; there is no such folder. Make it, or name another."
        )
    return root


def read_folders(config: Any, root: Path) -> Folders:
    """The course's folders.

    Raises:
        CourseError: they are not arranged as we expect.
    """
    structure = str(config.CourseDirectory.get("directory_structure", _STRUCTURE))
    if os.path.normpath(structure) != _STRUCTURE:
        raise CourseError(
            f"c.CourseDirectory.directory_structure is {structure!r}; the grader works with {_STRUCTURE!r} only. Take "
            "the setting out, and name folders by c.CourseDirectory.submitted_directory and the like."
        )
    found = {}
    for each in fields(Folders):
        value = config.CourseDirectory.get(f"{each.name}_directory", each.name)
        if not isinstance(value, str) or not value:
            raise CourseError(f"c.CourseDirectory.{each.name}_directory is {value!r}; it must be a folder's name.")
        found[each.name] = Path(os.path.normpath(root / value))
    return Folders(**found)


_KNOWN = {
    "Grading": ("ask", "inside", "isolation", "keep_answers", "mend", "partners", "questions", "show_cells", "workers"),
    "Release": SETTINGS,
}


def refuse_unknown(config: Any) -> None:
    """Raises CourseError if a setting of ours is none: a slip would have no effect, without a word."""
    for section, known in _KNOWN.items():
        for each in config[section]:
            if each not in known:
                near = difflib.get_close_matches(each, known, 1)
                hint = f" Is it c.{section}.{near[0]}?" if near else ""
                raise CourseError(f"There is no setting c.{section}.{each}.{hint} There are: {', '.join(known)}.")


def read_inside(config: Any) -> Mapping[str, frozenset[str]]:
    """Tests that may run beside student code, by assignment: `c.Grading.inside`; if it is True, "*" for all.

    Raises:
        CourseError: it is neither True nor names of cells by assignment.
    """
    value = config.Grading.get("inside", False)
    if isinstance(value, bool):
        return {"*": frozenset({"*"})} if value else {}
    is_right = isinstance(value, dict) and all(
        isinstance(name, str) and isinstance(cells, list | tuple) and all(isinstance(each, str) for each in cells)
        for name, cells in value.items()
    )
    if not is_right:
        raise CourseError(
            f"c.Grading.inside is {value!r}; it is True for all tests that can't run outside, or names their cells: "
            "{'ps1': ['test_plot']}."
        )
    return {name: frozenset(cells) for name, cells in value.items()}


def read_timezone(config: Any) -> str:
    """The zone of timestamps that name none, or only by an abbreviation.

    Raises:
        CourseError: nobody knows it.
    """
    zone = config.Exchange.get("timezone", "UTC")
    try:
        ZoneInfo(zone)
    except (TypeError, ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise CourseError(
            f"c.Exchange.timezone is {zone!r}, which is no time zone. Write it as the tz database does, such as "
            "'Asia/Seoul' or 'Europe/Berlin'."
        ) from error
    return str(zone)


def read_limits(config: Any, folder: Path) -> Limits:
    """What one submission may use; with `c.Grading.mend = False` no time is spent on mending.

    Raises:
        CourseError: a limit is none, or is not above zero, or `mend` is neither True nor False.
    """
    try:
        limits = Limits(**config.Limits)
    except (TypeError, ValueError) as error:
        raise CourseError(f"The settings c.Limits in {folder} are wrong: {error}.") from error
    mend = config.Grading.get("mend", True)
    if not isinstance(mend, bool):
        raise CourseError(f"c.Grading.mend is {mend!r}; it must be True or False.")
    return limits if mend else replace(limits, mend_cpu_seconds=0.0)


def read_keep_answers(config: Any) -> bool:
    """Whether answers of guests are kept for dry runs. Raises CourseError if it is neither True nor False."""
    keep = config.Grading.get("keep_answers", True)
    if not isinstance(keep, bool):
        raise CourseError(f"c.Grading.keep_answers is {keep!r}; it must be True or False.")
    return keep


def read_ask(config: Any) -> str:
    """How students ask for another look: a text with or without an address; empty: the page says it in its own words.

    Raises:
        CourseError: it is no text, or too long.
    """
    ask = config.Grading.get("ask", "")
    if not isinstance(ask, str) or len(ask) > MAX_ASK_CHARACTERS:
        raise CourseError(f"c.Grading.ask must be a text of at most {MAX_ASK_CHARACTERS} characters.")
    return " ".join(ask.split())


def read_workers(config: Any) -> int:
    """How many processes grade. Raises CourseError if it is no whole number, or below 0."""
    workers = config.Grading.get("workers", 0)
    if not isinstance(workers, int) or isinstance(workers, bool) or workers < 0:
        raise CourseError(f"c.Grading.workers is {workers!r}; it must be a whole number, 0 for one a core.")
    return workers or len(os.sched_getaffinity(0))


def read_questions(config: Any, assignments: list[str]) -> dict[str, dict[str, Ruling]]:
    """What was decided about questions, by assignment and exercise: `{"tiny": {"double": "waived"}}`.

    Names of exercises are checked when the assignment is read, by `check_questions`.

    Raises:
        CourseError: it is something else, or there is no such assignment.
    """
    found: dict[str, dict[str, Ruling]] = {}
    for assignment, rulings in _by_assignment(config, "questions", assignments).items():
        if not isinstance(rulings, Mapping):
            raise CourseError(
                f"c.Grading.questions[{assignment!r}] is {rulings!r}; it must be like {{'exercise': 'waived'}}."
            )
        for exercise, ruling in rulings.items():
            if ruling not in (Ruling.WAIVED, Ruling.DROPPED):
                raise CourseError(
                    f"c.Grading.questions[{assignment!r}][{exercise!r}] is {ruling!r}; it can be 'waived' (everybody "
                    "gets its points) or 'dropped' (it is out of the maximum)."
                )
        found[assignment] = {exercise: Ruling(ruling) for exercise, ruling in rulings.items()}
    return found


def check_questions(rulings: Mapping[str, Ruling], assignment: str, exercises: list[str]) -> None:
    """Raises CourseError if `c.Grading.questions` names an exercise that the assignment does not have."""
    if unknown := sorted(str(each) for each in rulings if each not in exercises):
        raise CourseError(
            f"c.Grading.questions[{assignment!r}] names {', '.join(map(repr, unknown))}, which it does not have. Its "
            f"exercises: {', '.join(exercises)}."
        )
    if all(rulings.get(each) is Ruling.DROPPED for each in exercises):
        raise CourseError(
            f"c.Grading.questions[{assignment!r}] drops every exercise, so that nothing is left to grade. Keep one, or "
            "say 'waived'."
        )


def read_partners(config: Any, assignments: list[str]) -> dict[str, tuple[tuple[str, ...], ...]]:
    """Who hands in together, by assignment: `{"tiny": [["student-001", "student-002"]]}`.

    Raises:
        CourseError: it is something else, there is no such assignment, or somebody is in two groups or alone in one.
    """
    found = {}
    for assignment, groups in _by_assignment(config, "partners", assignments).items():
        setting = f"c.Grading.partners[{assignment!r}]"
        if not isinstance(groups, list | tuple) or not all(isinstance(each, list | tuple) for each in groups):
            example = "[['student-001', 'student-002']]"
            raise CourseError(f"{setting} is {groups!r}; it must be a list of groups, like {example}.")
        seen: set[str] = set()
        for group in groups:
            for student in group:
                if not isinstance(student, str) or not is_student_id(student):
                    raise CourseError(f"{setting} names {student!r}, which can't be a student's id.")
                if student in seen:
                    raise CourseError(f"{setting} names {student!r} twice. A student can be in one group only.")
                seen.add(student)
            if len(group) < 2:
                raise CourseError(f"{setting} holds the group {list(group)!r}; a group has two students or more.")
        found[assignment] = tuple(map(tuple, groups))
    return found


def _by_assignment(config: Any, name: str, assignments: list[str]) -> dict[str, Any]:
    value = config.Grading.get(name, {})
    if not isinstance(value, Mapping):
        raise CourseError(f"c.Grading.{name} is {value!r}; it must be a dictionary of assignments.")
    if unknown := [each for each in value if each not in assignments]:
        known = ", ".join(assignments) or "none"
        raise CourseError(f"c.Grading.{name} names the assignment {unknown[0]!r}. Assignments here: {known}.")
    return dict(value)
