"""The result of grading one submission: plain frozen records, and their JSON form (`docs/report.md`)."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from autograder import __version__
from autograder.course.settings import Ruling

SCHEMA_VERSION = 2


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """The versions that a mark depends on."""
    return {"autograder": __version__, **{name: version(name) for name in ("torch", "ipython", "pytest")}}


class Verdict(StrEnum):
    """How a check or an exercise ended. `ERROR` is the grader's fault and goes to staff; `BY_HAND`: staff mark it."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERROR = "error"
    BY_HAND = "by_hand"

    @property
    def sign(self) -> str:
        """One character that stands for it."""
        return {"passed": "✓", "failed": "✗", "skipped": "–", "error": "!", "by_hand": "✎"}[self]


class Status(StrEnum):
    """How grading the submission ended."""

    GRADED = "graded"
    UNREADABLE = "unreadable"
    GRADER_ERROR = "grader_error"


@dataclass(frozen=True)
class CheckResult:
    """One hidden check: its id, the line that the student reads, verdict, weight and message.

    `share` is what a test cell said that it gives, of its points: between 0 and 1, or None if it said nothing.
    """

    id: str
    title: str
    verdict: Verdict
    weight: float
    message: str = ""
    share: float | None = None


@dataclass(frozen=True)
class CodePlace:
    """Lines of a student's cell: `cell` is its index in the graded notebook, from 0, without the cell that the grader
    puts first; lines count from 1."""

    cell: int
    line: int
    last_line: int


@dataclass(frozen=True)
class ExerciseResult:
    """One exercise: points given and possible, and why.

    Attributes:
        points: what counts, and what the gradebook says.
        ruling: whether staff waived or dropped the question.
        auto_points: what its checks alone came to, where staff gave points by hand; else None.
        answers: of a failed exercise whose mistake has no name, a short hash of what it gave, so that the same mistakes
            are found together.
        places: where the mistake stands, if that is known.
        graded_by: "checks", or "hand" where staff mark it.
        graded_cell: the `grade_id` of the cell that has the points in the gradebook.
        solution_cell: that of the cell in which the student answers; empty if there is none.
    """

    name: str
    points: float
    max_points: float
    verdict: Verdict
    message: str = ""
    follow_through: bool = False
    misconceptions: tuple[str, ...] = ()
    checks: tuple[CheckResult, ...] = ()
    ruling: Ruling = Ruling.NONE
    auto_points: float | None = None
    answers: str = ""
    places: tuple[CodePlace, ...] = ()
    graded_by: str = "checks"
    graded_cell: str = ""
    solution_cell: str = ""

    @property
    def is_waiting(self) -> bool:
        """Whether staff are yet to mark it."""
        return self.verdict is Verdict.BY_HAND and not self.is_settled

    @property
    def is_unwritten(self) -> bool:
        """Whether the student left the cell as it was, so that nothing was judged."""
        return self.verdict is Verdict.SKIPPED and not self.checks

    @property
    def by_hand(self) -> bool:
        """Whether staff gave its points, and not the checks."""
        return self.auto_points is not None

    @property
    def is_settled(self) -> bool:
        """Whether its points don't depend on its checks, so that a broken one does no harm."""
        return self.by_hand or self.ruling is not Ruling.NONE


@dataclass(frozen=True)
class Report:
    """All that grading says of one submission. `seconds` is the only part that differs between two runs.

    Attributes:
        staff: tracebacks of faults of ours; never shown to the student, kept out of what they are sent.
        score: what counts: the points of the exercises, less the penalty.
        handed_in: when, in UTC, as ISO 8601 writes it; empty if it is not known.
        late_penalty: points taken off for lateness.
        late_seconds: by how much it was handed in after its due date, extension included.
        looks: why staff should look at the work, a sentence each; not for the student either.
        mark_looks: why staff should look at its marks, likewise.
        isolation: names of the layers of confinement that were active.
        fingerprint: hash of the submission and of all that its marks depend on.
        unchanged: whether an earlier run had already graded it; said by this run, and not stored.
        previous_score: what the gradebook said before this run, if it said anything; likewise.
    """

    assignment: str
    student: str
    score: float
    max_score: float
    status: Status
    exercises: tuple[ExerciseResult, ...]
    message: str = ""
    repairs: tuple[str, ...] = ()
    outcome: str = "ok"
    seconds: float = 0.0
    isolation: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    staff: tuple[str, ...] = ()
    looks: tuple[str, ...] = ()
    mark_looks: tuple[str, ...] = ()
    handed_in: str = ""
    late_penalty: float = 0.0
    late_seconds: float = 0.0
    fingerprint: str = ""
    schema_version: int = SCHEMA_VERSION
    unchanged: bool = field(default=False, compare=False)
    previous_score: float | None = field(default=None, compare=False)

    @property
    def handed_in_at(self) -> datetime | None:
        """When it was handed in: UTC without a time zone, as nbgrader's gradebook has it."""
        return datetime.fromisoformat(self.handed_in).replace(tzinfo=None) if self.handed_in else None

    @property
    def raw_score(self) -> float:
        """The points before the penalty."""
        return round_points(self.score + self.late_penalty)

    @property
    def waiting_points(self) -> float:
        """The points of exercises that staff are yet to mark."""
        return round_points(sum(each.max_points for each in self.exercises if each.is_waiting))

    @property
    def all_looks(self) -> tuple[str, ...]:
        """Why staff should look at it: at the work, then at its marks."""
        return self.looks + self.mark_looks

    @property
    def needs_a_look(self) -> bool:
        """Whether staff should look; `looks` says why."""
        return bool(self.all_looks) or self.status is Status.UNREADABLE or self.is_our_fault

    @property
    def is_our_fault(self) -> bool:
        """Whether the grader or a check failed, so that something has no mark."""
        broken = any(each.verdict is Verdict.ERROR and not each.is_settled for each in self.exercises)
        return self.status is Status.GRADER_ERROR or broken

    def exercise(self, name: str) -> ExerciseResult:
        """The result of the exercise `name`. Raises KeyError if there is none."""
        for each in self.exercises:
            if each.name == name:
                return each
        raise KeyError(name)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data, as `docs/report.schema.json` has it."""
        data = asdict(self)
        del data["unchanged"], data["previous_score"]
        return {**data, "raw_score": self.raw_score, "waiting_points": self.waiting_points}

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Report:
        """The report that `to_dict` was called on.

        Raises:
            KeyError, TypeError, ValueError: it is none, or one of another schema.
        """
        if data["schema_version"] != SCHEMA_VERSION:
            raise ValueError("a report of another schema")
        exercises = tuple(
            ExerciseResult(
                **{
                    **each,
                    "verdict": Verdict(each["verdict"]),
                    "ruling": Ruling(each["ruling"]),
                    "misconceptions": tuple(each["misconceptions"]),
                    "places": tuple(CodePlace(**place) for place in each["places"]),
                    "checks": tuple(
                        CheckResult(**{**check, "verdict": Verdict(check["verdict"])}) for check in each["checks"]
                    ),
                }
            )
            for each in data["exercises"]
        )
        lists = {name: tuple(data[name]) for name in ("repairs", "isolation", "staff", "looks", "mark_looks")}
        own = {name: value for name, value in data.items() if name not in ("raw_score", "waiting_points")}
        return Report(**{**own, **lists, "status": Status(data["status"]), "exercises": exercises})

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False) + "\n"


def write_whole(path: Path, text: str) -> None:
    """Writes a file whole or not at all: a reader, or a crash, never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        scratch.write_text(text, encoding="utf-8")
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def round_points(points: float) -> float:
    """Points as they are shown and stored: to a hundredth, and never -0."""
    return round(points, 2) + 0.0
