"""A report, taken apart for a platform that shows a list of tests: what is said of each exercise, and of the whole.

Texts in reports are written for students; here they become one printable line each, of bounded length. How a platform
wants them escaped is its own module's.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autograder.checks import door_words, messages, page_words
from autograder.report.exercise_result import ExerciseResult
from autograder.report.report import Report, Status
from autograder.report.student_page.verdict_words import Look, look_of

NAME_CHARACTERS = 80
# How long a text may be, from all that there is to what always fits; without tests at last.
_LEVELS = (2_000, 500, 120, 0)
_MOST_REPAIRS = 20
_FULL = ("right", "waived")
_OPEN = ("waiting", "dropped")


@dataclass(frozen=True)
class CheckLine:
    """One check: its sign, the line that the student reads, and what it says."""

    sign: str
    title: str
    message: str


@dataclass(frozen=True)
class Part:
    """One exercise.

    Attributes:
        points, max_points: as the report has them.
        look: its verdict in words.
        said: sentences about it.
        checks: none where it was not judged, or no longer counts.
    """

    name: str
    points: float
    max_points: float
    look: Look
    said: tuple[str, ...]
    checks: tuple[CheckLine, ...]

    @property
    def counts(self) -> bool:
        """Whether it has points already: what staff are yet to mark has none, and what was dropped has none either."""
        return self.look.name not in _OPEN

    @property
    def passed(self) -> bool:
        """Whether nothing is left to do."""
        return self.look.name in _FULL or (self.look.name == "staff" and self.points >= self.max_points)


def plain(text: str, characters: int = _LEVELS[0]) -> str:
    """`text` on one line, of so many characters at most, without control characters, surrogates and hidden signs."""
    line = messages.one_line(text[: 4 * characters])
    return line if len(line) <= characters else f"{line[:characters]}…"


def parts_of(report: Report, characters: int = _LEVELS[0]) -> list[Part]:
    """The exercises, with texts of so many characters at most; 0: only names, points and verdicts."""
    was_read = report.status is not Status.UNREADABLE
    return [_part(each, report.message, was_read, characters) for each in report.exercises]


def _part(exercise: ExerciseResult, general: str, was_read: bool, characters: int) -> Part:
    look = look_of(exercise, was_read)
    said: list[str] = []
    checks: Sequence[CheckLine] = ()
    if characters and look.name not in _OPEN:
        said = [messages.INSIDE] if exercise.is_inside else []
        own = {check.message for check in exercise.checks} | {general, ""}
        said += [plain(exercise.message, characters)] if exercise.message not in own else []
        checks = _check_lines(exercise, characters)
    if look.name == "waiting":
        said = [door_words.BY_STAFF_LATER.format(points=f"{exercise.max_points:g}")]
    name = plain(exercise.name, NAME_CHARACTERS)
    return Part(name, exercise.points, exercise.max_points, look, tuple(said), tuple(checks))


def _check_lines(exercise: ExerciseResult, characters: int) -> list[CheckLine]:
    lines, told = [], set[str]()
    for check in exercise.checks:
        message = page_words.AS_ABOVE if check.message in told else plain(check.message, characters)
        told |= {check.message} - {""}
        lines.append(CheckLine(check.verdict.sign, plain(check.title, characters), message))
    return lines


def about(report: Report, characters: int = _LEVELS[0]) -> list[str]:
    """What is said of the whole submission, a line each: first what it comes to."""
    said = []
    if report.is_our_fault:
        said.append(door_words.OURS_HERE if report.status is Status.GRADER_ERROR else door_words.NO_MARK_YET)
    elif report.status is Status.GRADED:
        judged = [each for each in parts_of(report, 0) if each.counts]
        passed = sum(each.passed for each in judged)
        said.append(door_words.EXERCISES.format(passed=passed, count=len(judged)))
    if report.message and not report.is_our_fault:
        said.append(plain(report.message, characters))
    if report.late_seconds:
        late = messages.lateness(report.late_seconds, report.raw_score, report.late_penalty, report.score)
        said.append(plain(late))
    if report.waiting_points:
        said.append(page_words.NOT_ALL_MARKED.format(points=f"{report.waiting_points:g}"))
    if report.repairs and characters:
        said += [messages.MENDED, *(plain(each, characters) for each in report.repairs[:_MOST_REPAIRS])]
    return said


def fitting(make: Callable[[int | None], dict[str, Any]], most_bytes: int, exercises: int) -> bytes:
    """JSON of at most so many bytes, UTF-8: with as much detail as there is room for.

    Args:
        make: the results with texts of so many characters; None: without tests, which always fits.
        exercises: how many there are; for many, long texts are not even tried.
    """
    for characters in (*(each for each in _LEVELS if each * exercises <= most_bytes), None):
        written = json.dumps(make(characters), ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
        if len(written) <= most_bytes:
            break
    return written
