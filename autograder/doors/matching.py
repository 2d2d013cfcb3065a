"""Whose row is it? A platform's rows beside the gradebook's students, so that no mark goes to another person.

Names never count: they are not unique, and students choose them. Each of the gradebook's three fields is compared with
one column of the platform's, the one that fits most students. All three together have to point at one student.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from autograder.doors.scores import Person

FIELDS = ("id", "email", "lms_user_id")

Compared = Mapping[str, Sequence[int]]
"""By field of the gradebook: the columns that could hold it, the likelier first."""


@dataclass(frozen=True)
class Theirs:
    """A row of a platform's: its line in the file, its cells, and how staff call it."""

    line: int
    cells: tuple[str, ...]
    called: str


@dataclass(frozen=True)
class Matched:
    """What became of rows and students.

    Attributes:
        student_of: ids by the rows' lines.
        unmatched: rows without one student, and why: line, what it is called, a reason.
        missing: students that no row is of, sorted.
        columns: the column that each field was found in.
    """

    student_of: Mapping[int, str]
    unmatched: tuple[tuple[int, str, str], ...] = ()
    missing: tuple[str, ...] = ()
    columns: Mapping[str, int] = field(default_factory=dict)


def match(rows: Sequence[Theirs], people: Iterable[Person], compared: Compared) -> Matched:
    """Finds the student of each row."""
    people = list(people)
    known = {name: _index(people, name) for name in FIELDS}
    columns = {name: best for name in FIELDS if (best := _best(rows, known[name], compared.get(name, ()))) is not None}
    student_of: dict[int, str] = {}
    unmatched: list[tuple[int, str, str]] = []
    for row in rows:
        found = {name: known[name].get(_key(row.cells[column]), frozenset()) for name, column in columns.items()}
        students = frozenset().union(*found.values())
        if len(students) == 1:
            student_of[row.line] = next(iter(students))
        else:
            unmatched.append((row.line, row.called, _why(found) if students else "is nobody in the gradebook"))
    twice = {student for student, count in Counter(student_of.values()).items() if count > 1}
    for row in rows:
        if student_of.get(row.line) in twice:
            student = student_of.pop(row.line)
            unmatched.append((row.line, row.called, f"more than one row is of {student}"))
    missing = {each.id for each in people} - set(student_of.values())
    return Matched(student_of, tuple(sorted(unmatched)), tuple(sorted(missing)), columns)


def _why(found: Mapping[str, frozenset[str]]) -> str:
    said = [f"{' or '.join(sorted(students))} by {name}" for name, students in found.items() if students]
    return f"could be more than one student: {', '.join(said)}"


def _index(people: Iterable[Person], name: str) -> dict[str, frozenset[str]]:
    index = defaultdict[str, set[str]](set)
    for each in people:
        if key := _key(getattr(each, name)):
            index[key].add(each.id)
    return {key: frozenset(students) for key, students in index.items()}


def _best(rows: Sequence[Theirs], known: Mapping[str, frozenset[str]], columns: Sequence[int]) -> int | None:
    """The column that holds what is known in most rows; None if none does in any."""
    if not columns:
        return None
    fits = {column: sum(_key(row.cells[column]) in known for row in rows) for column in columns}
    best = max(columns, key=lambda column: fits[column])
    return best if fits[best] else None


def _key(text: str) -> str:
    """Text as it is compared: spaces around it and the case of letters don't count; look-alikes stay different."""
    return unicodedata.normalize("NFC", text).strip().casefold()
