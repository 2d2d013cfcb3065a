"""The result of grading one submission: plain frozen records, and their JSON form (`docs/report.md`)."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec

from autograder import __version__
from autograder.checks.staff_words import for_staff
from autograder.course.settings import Ruling
from autograder.report.exercise_result import CheckResult, CodePlace, ExerciseResult, Verdict

_MOST = 1e10  # no points are more, and no seconds: 300 years late is what a date of 1900 comes to
SCHEMA_VERSION = 2


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """The versions that a mark depends on."""
    return {"autograder": __version__, **{name: version(name) for name in ("torch", "ipython", "pytest")}}


class Status(StrEnum):
    """How grading the submission ended."""

    GRADED = "graded"
    UNREADABLE = "unreadable"
    GRADER_ERROR = "grader_error"


@dataclass(frozen=True)
class Reason:
    """Why points are not what they were: `what` in a few words for staff, `message` for the student."""

    what: str
    message: str = ""


@dataclass(frozen=True)
class Change:
    """Points that are not what they were: of an exercise, or if it has no name, of the whole submission."""

    exercise: str
    points_before: float
    points: float
    why: tuple[Reason, ...] = ()


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
        changes: why that was something else; likewise.
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
    changes: tuple[Change, ...] = field(default=(), compare=False)

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

    def of_notebook(self, notebook: str) -> Report:
        """What is said of one notebook of an assignment; all, if there is only that one."""
        names = {each.notebook for each in self.exercises} - {""}
        if names <= {notebook}:
            return self
        own = tuple(each for each in self.exercises if each.notebook == notebook)
        lead = f"{notebook}.ipynb: "
        message = self.message.removeprefix(lead) if self.message.startswith(f"{notebook}.ipynb") else ""
        unread = next((each.message for each in own if each.verdict is Verdict.SKIPPED), "")
        looks = {with_notebook(notebook, each) for each in (unread, for_staff(unread)) if each}
        is_unread = not looks.isdisjoint(self.looks)
        return replace(
            self,
            exercises=own,
            status=Status.UNREADABLE if is_unread else self.status,
            score=round_points(sum(each.points for each in own)),
            max_score=round_points(sum(each.max_points for each in own)),
            late_penalty=0.0,
            late_seconds=0.0,
            message=unread if is_unread else message,
            repairs=tuple(each.removeprefix(lead) for each in self.repairs if each.startswith(f"{notebook}.ipynb")),
        )

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data, as `docs/report.schema.json` has it."""
        data: dict[str, Any] = msgspec.to_builtins(self)  # many times faster than `asdict`, for a large class
        del data["unchanged"], data["previous_score"], data["changes"]
        return {**data, "raw_score": self.raw_score, "waiting_points": self.waiting_points}

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Report:
        """The report that `to_dict` was called on.

        Raises:
            KeyError, TypeError, ValueError: it is none, one of another schema, or says what can't be.
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
        found = Report(**{**own, **lists, "status": Status(data["status"]), "exercises": exercises})
        numbers = [found.score, found.max_score, found.late_penalty, found.late_seconds, found.seconds]
        numbers += [number for each in exercises for number in (each.points, each.max_points)]
        if not exercises or not all(type(each) in (int, float) and abs(each) <= _MOST for each in numbers):
            raise ValueError("a report without exercises, or with numbers that can't be")
        return found

    def to_json(self) -> str:
        """The same as JSON, in many lines."""
        return msgspec.json.format(msgspec.json.encode(self.to_dict()), indent=1).decode() + "\n"


def ordinary_file(path: Path) -> Path:
    """Where a file is written that somebody named: where a link leads to.

    Raises:
        OSError: something else than a file is there, such as a device or a pipe, which must not be replaced.
    """
    if path.exists() and not path.is_file():
        raise OSError("it is no ordinary file")
    return path.resolve() if path.is_symlink() else path


def write_whole(path: Path, text: str) -> None:
    """Writes a file whole or not at all: a reader, or a crash, never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        scratch.write_text(text, encoding="utf-8")
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def with_notebook(notebook: str, text: str) -> str:
    """What is said of one notebook of several: it begins with the file's name."""
    name = f"{notebook}.ipynb"
    return text if text.startswith(name) else f"{name}: {text}"


def round_points(points: float) -> float:
    """Points as they are shown and stored: to a hundredth, and never -0."""
    return round(points, 2) + 0.0
