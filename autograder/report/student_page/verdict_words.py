"""Verdicts, points and messages of a report, taken apart for people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from autograder.checks import page_words
from autograder.course.settings import Ruling
from autograder.report.exercise_result import CheckResult, ExerciseResult, Verdict
from autograder.report.marks import earned

_EXAMPLE = "Try it: `"  # no text of a student holds a backtick
_END = re.compile(r"(?<=[.?!]) (?=[A-Z`“\"])")
_CODE = re.compile(r"`[^`]*`")
_HELD_SPACE = "\ue002"
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Look:
    """How a verdict looks: the name of its colours, its sign, its words."""

    name: str
    sign: str
    words: str


LOOKS = {
    each.name: each
    for each in (
        Look("right", "✓", page_words.RIGHT),
        Look("partly", "◐", page_words.PARTLY),
        Look("wrong", "✗", page_words.WRONG),
        Look("empty", "○", page_words.EMPTY),
        Look("unjudged", "–", page_words.NOT_JUDGED),
        Look("ours", "!", page_words.OUR_FAULT),
        Look("staff", "✎", page_words.BY_STAFF),
        Look("waiting", "✎", page_words.WAITING),
        Look("waived", "✓", page_words.WAIVED),
        Look("dropped", "–", page_words.DROPPED),
    )
}


def look_of(exercise: ExerciseResult, was_read: bool = True) -> Look:
    """What people are told of its verdict. `was_read`: whether anything of the submission could be judged."""
    if exercise.ruling is Ruling.DROPPED:
        return LOOKS["dropped"]
    if exercise.by_hand:
        return LOOKS["staff"]
    if exercise.is_waiting:
        return LOOKS["waiting"]
    if exercise.ruling is Ruling.WAIVED and exercise.verdict is not Verdict.PASSED:
        return LOOKS["waived"]
    if exercise.verdict is Verdict.FAILED:
        return LOOKS["partly" if exercise.points > 0 else "wrong"]
    if exercise.verdict is Verdict.SKIPPED:
        return LOOKS["empty" if was_read else "unjudged"]
    return LOOKS["right" if exercise.verdict is Verdict.PASSED else "ours"]


def points_words(given: float, possible: float) -> str:
    """ "11 of 15 points"."""
    return page_words.POINTS.format(given=f"{given:g}", possible=f"{possible:g}")


def parts(message: str, is_name: bool) -> tuple[str, str, str]:
    """What happened, the counter-example, and the next step. A mistake's name is one piece."""
    said, found_one, example = message.partition(_EXAMPLE)
    example = f"`{example}" if found_one else ""
    masked = _CODE.sub(lambda found: found[0].replace(" ", _HELD_SPACE), said.strip())
    sentences = [each.replace(_HELD_SPACE, " ") for each in _END.split(masked)]
    if is_name or len(sentences) < 2:
        return said.strip(), example, ""
    return " ".join(sentences[:-1]), example, sentences[-1]


def shares(max_points: float, checks: Sequence[CheckResult]) -> list[float]:
    """The points of each check, to a hundredth: those that passed add up to what was earned, all to `max_points`."""
    if any(each.share is not None for each in checks):  # a test cell, which is an exercise's only check
        return [max_points] * len(checks)
    passed = [each.verdict is Verdict.PASSED for each in checks]
    given = earned(max_points, checks)
    found = [0.0] * len(checks)
    for group, points in ((True, given), (False, max_points - given)):
        own = [number for number, each in enumerate(passed) if each is group]
        split = _split(Decimal(str(round(points, 2))), [checks[number].weight for number in own])
        for number, share in zip(own, split, strict=True):
            found[number] = float(share)
    return found


def _split(points: Decimal, weights: Sequence[float]) -> list[Decimal]:
    """Points by weight, in hundredths; what rounding leaves goes to those that lost most by it."""
    total = sum(map(Decimal, weights))
    exact = [points * Decimal(each) / total for each in weights]
    floor = [each.quantize(_CENT, ROUND_FLOOR) for each in exact]
    order = sorted(range(len(exact)), key=lambda number: floor[number] - exact[number])
    for number in order[: int((points - sum(floor)) / _CENT)]:
        floor[number] += _CENT
    return floor
