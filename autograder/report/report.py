"""The result of grading one submission: plain frozen records, and their JSON form (`docs/report.md`)."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from autograder import __version__

SCHEMA_VERSION = 1


@lru_cache(maxsize=1)
def versions() -> dict[str, str]:
    """The versions that a mark depends on."""
    return {"autograder": __version__, **{name: version(name) for name in ("torch", "ipython", "pytest")}}


class Verdict(StrEnum):
    """How a check or an exercise ended. `ERROR` is the grader's fault and goes to staff."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    ERROR = "error"

    @property
    def sign(self) -> str:
        """One character that stands for it."""
        return {"passed": "✓", "failed": "✗", "skipped": "–", "error": "!"}[self]


class Status(StrEnum):
    """How grading the submission ended."""

    GRADED = "graded"
    UNREADABLE = "unreadable"
    GRADER_ERROR = "grader_error"


@dataclass(frozen=True)
class CheckResult:
    """One hidden check: its id, the line that the student reads, verdict, weight and message."""

    id: str
    title: str
    verdict: Verdict
    weight: float
    message: str = ""


@dataclass(frozen=True)
class ExerciseResult:
    """One exercise: points given and possible, and why."""

    name: str
    points: float
    max_points: float
    verdict: Verdict
    message: str = ""
    follow_through: bool = False
    misconceptions: tuple[str, ...] = ()
    checks: tuple[CheckResult, ...] = ()


@dataclass(frozen=True)
class Report:
    """All that grading says of one submission. `seconds` is the only part that differs between two runs.

    Attributes:
        staff: tracebacks of faults of ours; never shown to the student, kept out of what they are sent.
        looks: why staff should look at it, a sentence each; not for the student either.
        isolation: names of the layers of confinement that were active.
        fingerprint: hash of the submission and of all that its marks depend on.
        unchanged: whether an earlier run had already graded it; said by this run, and not stored.
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
    fingerprint: str = ""
    schema_version: int = SCHEMA_VERSION
    unchanged: bool = field(default=False, compare=False)

    @property
    def needs_a_look(self) -> bool:
        """Whether staff should look; `looks` says why."""
        return bool(self.looks) or self.status is Status.UNREADABLE or self.is_our_fault

    @property
    def is_our_fault(self) -> bool:
        """Whether the grader or a check failed, so that something has no mark."""
        return self.status is Status.GRADER_ERROR or any(each.verdict is Verdict.ERROR for each in self.exercises)

    def exercise(self, name: str) -> ExerciseResult:
        """The result of the exercise `name`. Raises KeyError if there is none."""
        for each in self.exercises:
            if each.name == name:
                return each
        raise KeyError(name)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data, as `docs/report.schema.json` has it."""
        data = asdict(self)
        del data["unchanged"]
        return data

    @staticmethod
    def from_dict(data: dict[str, Any]) -> Report:
        """The report that `to_dict` was called on. Raises KeyError or TypeError if it is not one."""
        exercises = tuple(
            ExerciseResult(
                **{
                    **each,
                    "verdict": Verdict(each["verdict"]),
                    "misconceptions": tuple(each["misconceptions"]),
                    "checks": tuple(
                        CheckResult(**{**check, "verdict": Verdict(check["verdict"])}) for check in each["checks"]
                    ),
                }
            )
            for each in data["exercises"]
        )
        lists = {name: tuple(data[name]) for name in ("repairs", "isolation", "staff", "looks")}
        return Report(**{**data, **lists, "status": Status(data["status"]), "exercises": exercises})

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
