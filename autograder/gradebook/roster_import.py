"""A roster's file into the gradebook: all of it, or one sentence that names the line and what to mend."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbgrader import api
from nbgrader.auth import Authenticator

from autograder.course.course import Course
from autograder.course.errors import CourseError
from autograder.course.settings import is_student_id
from autograder.gradebook.database import in_one_transaction
from autograder.gradebook.record import open_gradebook
from autograder.gradebook.student_lists import column_names, lines_of

COLUMNS = ("id", "first_name", "last_name", "email", "lms_user_id")  # as nbgrader imports them
_OF_COLLECTING = ("clone_url", "branch")  # one file may serve both: `collect/repository_list.py` reads these
_MAX_CHARACTERS = 128  # of each of nbgrader's columns
_SHOWN_CHARACTERS = 40

Person = Mapping[str, str | None]
"""A student by column: those that the file has, and None where a cell is empty."""


@dataclass(frozen=True)
class Imported:
    """What became of a roster: ids, each sorted.

    Attributes:
        new: were not in the gradebook.
        changed: have another name, address or id elsewhere now.
        same: are as they were.
        left: are in the gradebook, and not in the file; they keep what they have.
    """

    new: tuple[str, ...]
    changed: tuple[str, ...]
    same: tuple[str, ...]
    left: tuple[str, ...]


def read_roster(path: Path) -> list[Person]:
    """The students of a CSV file, whose first line names its columns, in any order; only `id` is needed.

    Cells stand between commas, semicolons or tabs. Spaces around them don't count, and neither do empty lines.

    Raises:
        CourseError: it can't be read, or something in it is wrong; the sentence names the line.
    """
    rows = lines_of(path, COLUMNS)
    line, titles = next(rows, (1, []))
    columns = column_names(titles)
    _check_columns(f"{path}, line {line}", columns)
    people: list[Person] = []
    lines: dict[str, int] = {}
    for line, cells in rows:
        where = f"{path}, line {line}"
        if len(cells) > len(columns):
            raise CourseError(
                f"{where} has {len(cells)} cells, and the first line names {len(columns)} columns. Put quotes around a "
                "cell that holds the separator."
            )
        known = [column for column in columns if column not in _OF_COLLECTING]
        person = dict.fromkeys(known) | {
            column: _checked(where, column, cell)
            for column, cell in zip(columns, cells, strict=False)
            if column in known
        }
        student = person["id"] or ""
        if not student:
            raise CourseError(f"{where} has no id. Write one, or take the line out.")
        if not is_student_id(student) or "/" in student:
            raise CourseError(
                f"{where}: {_shown(student)} can't be a student's id, which is a folder's name: no / in it, no dot in "
                "front. Mend it."
            )
        if student in lines:
            raise CourseError(f"{where}: {_shown(student)} is in line {lines[student]} already. Take one of them out.")
        lines[student] = line
        people.append(person)
    if not people:
        raise CourseError(f"{path} names no student: below its first line there is none. Nothing was changed.")
    return people


def import_roster(course: Course, people: Sequence[Person]) -> Imported:
    """Writes students into the gradebook in one transaction, and has nbgrader's `c.Authenticator`, if there is one, let
    them into the course. Whoever is not among them stays with all marks.

    Raises:
        CourseError: the gradebook or the authenticator refuses.
    """
    found: dict[str, list[str]] = {}

    def work() -> None:
        known = {each.id: each for each in gradebook.db.query(api.Student)}
        found.update(new=[], changed=[], same=[])
        for person in people:
            student, kind = known.pop(person["id"], None), "same"
            if student is None:
                student, kind = api.Student(**person), "new"
                gradebook.db.add(student)
            for column, value in person.items():
                if (getattr(student, column) or None) != value:
                    setattr(student, column, value)
                    kind = "changed"
            if all(getattr(student, column) is None for column in COLUMNS[1:]):
                student.first_name = (
                    ""  # on the roster, as nobody is whom only a hand-in has brought into the gradebook
                )
            found[kind].append(str(person["id"]))
        found["left"] = list(known)

    with open_gradebook(course) as gradebook:
        in_one_transaction(gradebook, work)
    authenticator = Authenticator(config=course.config)
    try:
        for person in people:
            authenticator.add_student_to_course(str(person["id"]), course.course_id)
    except Exception as error:  # whatever a plugin does, such as asking a hub
        raise CourseError(
            f"All students are in the gradebook, but c.Authenticator failed: {type(error).__name__}: {error}. Mend it, "
            "and import them again."
        ) from error
    return Imported(**{kind: tuple(sorted(ids)) for kind, ids in found.items()})


def _check_columns(where: str, columns: Sequence[str]) -> None:
    known = ", ".join(COLUMNS)
    for column in columns:
        if column not in (*COLUMNS, *_OF_COLLECTING):
            near = difflib.get_close_matches(column, COLUMNS, 1)
            hint = f"Is it {near[0]}?" if near else "Take it out, or rename it."
            raise CourseError(f"{where}: there is no column {_shown(column)}. {hint} There are: {known}.")
    if twice := [each for each in COLUMNS if columns.count(each) > 1]:
        raise CourseError(f"{where} names the column {twice[0]} twice. Take one of them out.")
    if "id" not in columns:
        raise CourseError(f"{where} names no column id, which every student needs. There are: {known}.")


# Persian, Indic scripts and emoji need them: between letters they say whether these join.
_JOINERS = "\u200c\u200d"


def _checked(where: str, column: str, cell: str) -> str | None:
    """A cell's text, or None if it is empty. Raises CourseError if the gradebook can't hold it."""
    text = " ".join(cell.split())
    if len(text) > _MAX_CHARACTERS:
        raise CourseError(f"{where}: {column} has {len(text)} characters; at most {_MAX_CHARACTERS} fit. Shorten it.")
    if odd := next((each for each in text if not each.isprintable() and each not in _JOINERS), ""):
        raise CourseError(f"{where}: {column} holds a character that can't be printed (U+{ord(odd):04X}). Take it out.")
    return text or None


def _shown(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…")
