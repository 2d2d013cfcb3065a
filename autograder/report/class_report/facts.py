"""What a class report says besides what stands in reports: the roster, the due date, and what to know of the run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from autograder.report.class_report.read_reports import ReadWords


@dataclass(frozen=True)
class Recorded:
    """What the gradebook has of a submission: when it was handed in (UTC), the extension, and points."""

    timestamp: datetime | None
    extension: timedelta
    raw_score: float
    late_penalty: float


@dataclass(frozen=True)
class Roster:
    """What the gradebook has of a class.

    Attributes:
        names: of every student in it, empty where they have none.
        known: who is on the roster: all with more than an id, or else those who never handed in anything.
        recorded: submissions of the assignment, by student.
    """

    due: datetime | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    known: frozenset[str] = frozenset()
    recorded: Mapping[str, Recorded] = field(default_factory=dict)


def no_words(_: str) -> ReadWords:
    """Where no whole reports are to be had."""
    return ReadWords()


def no_code(_: str, __: str) -> str:
    """Where no notebooks are to be had."""
    return ""


@dataclass(frozen=True)
class Facts:
    """What else is known.

    Attributes:
        assignment: its name.
        made_at: when the report was made, in UTC, without a time zone.
        timezone: in which times are told.
        due: when it was due, in UTC, without a time zone; None: not known.
        names: of students, by their ids, as far as they have any.
        nothing: who is on the roster and handed in nothing; None: there is no roster to tell by.
        partners: groups who hand in together.
        notes: what the reader should know of how the figures came about, a sentence each.
        words_of: the words of a student's report.
        code_of: a student's code of an exercise, from both names; empty if it can't be shown.
    """

    assignment: str
    made_at: datetime
    timezone: str = "UTC"
    due: datetime | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    nothing: tuple[str, ...] | None = None
    partners: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()
    words_of: Callable[[str], ReadWords] = no_words
    code_of: Callable[[str, str], str] = no_code
