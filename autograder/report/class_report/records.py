"""The record that the report on a class is: what the page, the tables and the JSON are made of."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from autograder.report.class_report.alike import Alike
from autograder.report.class_report.attention import Below, Late, Look
from autograder.report.class_report.item_analysis import Item, Reliability, Summary
from autograder.report.class_report.mistakes import Mistake
from autograder.report.class_report.times import Bin, Times
from autograder.report.class_report.together import CheckFigures

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Counts:
    """How many students there are of each kind; `nothing` is None where there is no roster to tell by."""

    graded: int
    nothing: int | None
    ungraded: int
    unreadable: int
    grader_error: int
    waiting: int
    late: int
    older: int
    damaged: int


@dataclass(frozen=True)
class ToldMistake:
    """A mistake with the sentence that students read, and how one of them wrote it."""

    mistake: Mistake
    sentence: str = ""
    example_of: str = ""
    code: str = ""


@dataclass(frozen=True)
class SideBySide:
    """The most telling exercise of a cluster, as the two students of its strongest pair wrote it."""

    exercise: str
    students: tuple[str, str]
    codes: tuple[str, str]


class Student(msgspec.Struct, frozen=True, gc=False):
    """A row of the class.

    Attributes:
        points: one for each exercise, None where the report does not have it or it waits.
        waiting: the exercises that wait to be marked by hand.
    """

    id: str
    name: str
    status: str
    score: float
    max_score: float
    handed_in: str
    late_seconds: float
    late_penalty: float
    points: tuple[float | None, ...]
    waiting: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClassReport:
    """All of it, and its JSON (`docs/report.md`).

    Attributes:
        scores: of graded submissions, after penalties.
        histogram: of the same; what is under 0 or over the maximum has a part of its own.
        zeros, full: how many have no points, and how many have all.
        titles: the line that students read of each check, by its id.
        side_by_side: of the first clusters of `alike`.
        nothing, ungraded, older, damaged: students of whom there is nothing to report, and why.
        names: of those.
    """

    assignment: str
    made_at: str
    max_score: float
    due: str
    counts: Counts
    scores: Summary
    histogram: tuple[Bin, ...]
    zeros: int
    full: int
    items: tuple[Item, ...]
    reliability: Reliability
    checks: tuple[CheckFigures, ...]
    titles: dict[str, str]
    mistakes: tuple[ToldMistake, ...]
    looks: tuple[Look, ...]
    late: tuple[Late, ...]
    below: Below
    alike: Alike
    side_by_side: tuple[SideBySide, ...]
    times: Times
    nothing: tuple[str, ...]
    ungraded: tuple[str, ...]
    older: tuple[str, ...]
    damaged: tuple[str, ...]
    names: dict[str, str]
    notes: tuple[str, ...]
    students: tuple[Student, ...]
    schema_version: int = SCHEMA_VERSION
