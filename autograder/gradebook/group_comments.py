"""Comments that staff gave to groups of answers that behave alike: what the course remembers of them, and their words.

They stand in `group_comments/<assignment>.json`; `commenting` brings them into the gradebook.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from autograder.course.course import Course
from autograder.course.errors import CourseError
from autograder.course.lock import saving
from autograder.report.exercise_result import group_id
from autograder.report.report import write_whole

FOLDER = "group_comments"
MAX_CHARACTERS = 10_000
_JOINERS = "\u200d\u200e\u200f"  # they hold emoji together, or say which way a text runs


@dataclass(frozen=True)
class GroupComment:
    """What staff say to a group.

    Attributes:
        exercise, answers: whose: the group's exercise, and the hash of its answers.
        text: in Markdown.
        checks: digest of the assignment with which the group was last seen.
        given: who has been given it, by their ids.
    """

    exercise: str
    answers: str
    text: str
    checks: str
    given: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        return self.exercise, self.answers

    @property
    def group(self) -> str:
        """The group's id."""
        return group_id(self.exercise, self.answers)


def checked_text(text: str) -> str:
    """A comment as it is stored: without signs that steer a terminal, or that no database takes.

    Raises:
        CourseError: nothing is left, or it is too long.
    """
    plain = text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace("\r", "\n")
    plain = "".join(each for each in plain if each.isprintable() or each in f"\n\t{_JOINERS}").strip()
    if not plain:
        raise CourseError("The comment is empty. Say something, or take a comment back with --remove-comment.")
    if len(plain) > MAX_CHARACTERS:
        raise CourseError(f"The comment has {len(plain)} characters; the most is {MAX_CHARACTERS}.")
    return plain


def read_comments(course: Course, assignment: str) -> tuple[GroupComment, ...]:
    """Comments of groups that are remembered.

    Raises:
        CourseError: the file is damaged.
    """
    path = _path(course, assignment)
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["comments"]
        found = tuple(GroupComment(**{**row, "given": tuple(map(str, row["given"]))}) for row in rows)
        if any(not isinstance(value, str) for each in found for value in (*each.key, each.text, each.checks)):
            raise TypeError
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise CourseError(
            f"{path} can't be read, which remembers comments of groups. Put back an older copy, or remove it: comments "
            "that were given stay in the gradebook."
        ) from error
    return found


def write_comments(course: Course, assignment: str, comments: Sequence[GroupComment]) -> None:
    """Remembers comments, and no others; the file is written whole or not at all. Raises CourseError."""
    path = _path(course, assignment)
    rows = [{**asdict(each), "given": sorted(each.given)} for each in comments]
    with saving(course):
        if rows:
            write_whole(path, json.dumps({"comments": rows}, indent=1, ensure_ascii=False) + "\n")
        else:
            path.unlink(missing_ok=True)


def _path(course: Course, assignment: str) -> Path:
    return course.folder / FOLDER / f"{assignment}.json"


def _block(text: str) -> re.Pattern[str]:
    """A comment as it stands in a larger one: with an empty line before and after it."""
    return re.compile(rf"(?:\A|(?<=\n\n)){re.escape(text)}(?=\n\n|\s*\Z)")


def has_block(said: str, text: str) -> bool:
    """Whether a comment holds a text, with an empty line before and after it."""
    return bool(_block(text).search(said))


def with_block(said: str, text: str) -> str:
    """A comment with a text below it."""
    return f"{said.rstrip()}\n\n{text}" if said.strip() else text


def without_block(said: str, text: str, instead: str = "") -> str:
    """A comment without a text, or with another one in its place."""
    left, right = _block(text).split(said, maxsplit=1)
    parts = (left.rstrip("\n"), instead, right.lstrip("\n"))
    return "\n\n".join(each for each in parts if each.strip())
