"""What tables for all platforms have in common: what staff gave beside marks, what a cell says, what a table is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from autograder.course.errors import CourseError
from autograder.doors.matching import FIELDS, Compared, Matched
from autograder.doors.scores import Scores, State

_POINTS = re.compile(r"\s*(\d+)(?:[.,](\d+))?\s*")
_SAME_POINTS = 0.005


@dataclass(frozen=True)
class Given:
    """What staff said of the table.

    Attributes:
        columns: by assignment, what its column is called or numbered on the platform.
        compared: by field of the gradebook, the platform's column that holds it.
        zeros: who handed in nothing gets 0; otherwise nothing is said of them.
        scale: marks are scaled to the points that the platform has.
        exercises: a column for each exercise too.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    compared: Mapping[str, str] = field(default_factory=dict)
    zeros: bool = False
    scale: bool = False
    exercises: bool = False

    def compare(self, compared: Compared, header: Sequence[str], path: object) -> Compared:
        """`compared` with what staff said instead, where they did.

        Raises:
            CourseError: there is no such column or field.
        """
        for name, column in self.compared.items():
            if name not in FIELDS:
                raise CourseError(f"--match COLUMN=FIELD: FIELD is one of {', '.join(FIELDS)}, and not {name!r}.")
            if column not in header:
                raise CourseError(f"{path} has no column {column!r}, which --match names.")
        return {**compared, **{name: [header.index(column)] for name, column in self.compared.items()}}


@dataclass(frozen=True)
class Filled:
    """A table with marks.

    Attributes:
        data: the whole file.
        matched: whose rows they are, where the rows are the platform's.
        neutralised: lines of the platform's file in which a spreadsheet would have found a formula.
        left: rows that stay as they were although there is a mark, and why: line, what it is called, a reason.
        notes: what else staff should know, a sentence each.
    """

    data: bytes
    matched: Matched | None = None
    neutralised: tuple[int, ...] = ()
    left: tuple[tuple[int, str, str], ...] = ()
    notes: tuple[str, ...] = ()


def points_of(text: str) -> float | None:
    """A number of points that a platform wrote, with a decimal point or comma; None if it is none."""
    found = _POINTS.fullmatch(text)
    return float(f"{found[1]}.{found[2] or 0}") if found else None


def factor(scores: Scores, theirs: float | None, where: str, given: Given) -> float:
    """By what marks are multiplied for a platform that has `theirs` points.

    Raises:
        CourseError: these are other points, and staff did not say that marks should be scaled.
    """
    if theirs is None or abs(theirs - scores.max_points) < _SAME_POINTS or not scores.max_points:
        return 1.0
    if not given.scale:
        raise CourseError(
            f"{where} has {theirs:g} points, and {scores.assignment} has {scores.max_points:g}. Change it there and "
            "download again, or use --scale."
        )
    return theirs / scores.max_points


def mark_of(scores: Scores, student: str | None, given: Given) -> float | None:
    """The points that a cell should say; None: it should say nothing."""
    one = scores.of.get(student) if student else None
    if one is None:
        return None
    return 0.0 if one.state is State.NOTHING and given.zeros else one.final


def is_excused(scores: Scores, student: str | None) -> bool:
    """Whether a student needs no mark: excused by staff, or handed in what has no points any more."""
    one = scores.of.get(student) if student else None
    dropped = one is not None and one.state is State.FINAL and not scores.max_points
    return dropped or (one is not None and one.state is State.EXCUSED)
