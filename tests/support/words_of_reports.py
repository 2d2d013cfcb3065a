"""What no student should have to read: names and places of the grader's own, the same thing twice, wrong advice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from autograder.checks.python_errors import PYTHON_ERRORS
from autograder.checks.torch_errors import TORCH_ERRORS
from autograder.report.exercise_result import Verdict
from autograder.report.report import Report

# Names of code objects, of folders that exist in a guest alone, addresses of objects, modules of ours, metadata.
INNER = re.compile(
    r"<[A-Za-z_][\w.-]*>|\btokenize\b|/tmp/|/proc/|/var/|site-packages|profile_default|\b0x[0-9a-f]{6,}|"
    r"\bautograder\.|\badded-\d|Traceback|\(detected at|\{\w*\}|\bRef\(|\bNone\b(?<!\(None)(?<! is None)"
)
# The student's own line, after its place.
_OWN_LINE = re.compile(r"(?<= )\(`[^`]*`\)(?=[:.,])")
# What was found, and advice that can't be about it.
AT_ODDS = (
    (re.compile(r"NaN|infinity"), re.compile(r"squeeze|reshape|\.item\(\)|this shape|keeps its shape")),
    (re.compile(r"returned nothing \(None\)"), re.compile(r"squeeze|reshape|this shape|\.item\(\)|log of 0")),
    (re.compile(r"returned a tensor of shape|items? in `"), re.compile(r"log of 0|`>=` is what")),
)
# Advice of ours, and what must have been found for it.
_RELATION = r"times what it should be|has the other sign than|what it should be|off by the same amount"
_ERRORS = (*PYTHON_ERRORS, *TORCH_ERRORS)
_CAUSES = {each.cause: "|".join(other.type for other in _ERRORS if other.cause == each.cause) for each in _ERRORS}
BELONGS_TO = (
    (re.compile(r"a log of 0 or a division by 0\?"), re.compile(r"NaN|infinit")),
    (re.compile(r"Does `\.item\(\)` help"), re.compile(r"tensor|NumPy")),
    (re.compile(r"an `\.item\(\)` or `float\(\)` too much"), re.compile(r"number|returned -?\d|bool|True|False")),
    (re.compile(r"a `\.numpy\(\)` too much, or a function of NumPy"), re.compile(r"NumPy array")),
    (re.compile(r"a loop, or a comma, where"), re.compile(r"a list|a tuple")),
    (re.compile(_RELATION), re.compile(r"(?:returned|gives|gave|notes|changes|moves)(?!.*(?:NaN|infinit|nothing))")),
    (re.compile(r"never changes|is that of the epoch|goes (?:up|down) where"), re.compile(r"notes|gave|costs|accurac")),
    *((re.compile(re.escape(cause)), re.compile(rf"\braise[sd] (?:{kinds})\b")) for cause, kinds in _CAUSES.items()),
)
_MIN_CHARACTERS = 25
MOST_SENTENCES = 3  # what was called and came back, and at most two more
_END = re.compile(r"(?<=[.?])(?<!e\.g\.) (?=[\w`])")
_POINTERS = ("For the same reason", "Not tried")  # to what is said at another check
_CALLED = re.compile(r"^(?:There is no |You have not |.{0,40}`[^`]+`)")
_CAME_BACK = re.compile(
    r"` (?:returned|gave|gives|put|notes|left|has|raised|raises|was stopped|ran out|did not|does not|is |needs|takes|"
    r"changes|keeps|moves|trains|ends|can't)|^There is no |^You have not "
)
_EXPECTED = re.compile(
    r"\bshould\b|\bneeds?\b|\bEvery\b|\bmust\b|\bcan only\b|not written yet|raise[sd] |was stopped|does not exist|"
    r"same error|did not come back"
)
_STEP = re.compile(
    r"\?|as if |`return [^`]+`|(?:^|[.:;,] |and |then )(?:[Aa]dd|[Bb]egin|[Cc]all|[Cc]heck|[Cc]lear|[Cc]ompare|"
    r"[Cc]ompute|[Cc]ount|[Dd]ivide|[Gg]ive|[Kk]eep|[Ll]eave|[Mm]ake|[Mm]ultiply|[Nn]ote|[Pp]ut|[Rr]eturn|[Ss]tart|"
    r"[Ss]et|[Tt]ake|[Tt]ry|[Uu]se|[Ww]rite)\b"
)


class Form(NamedTuple):
    """Which parts a message has: what was called, what came back, what was expected as a property, what to try."""

    called: bool
    came_back: bool
    expected: bool
    step: bool


def form_of(message: str) -> Form:
    """The parts of a check's message."""
    words = _OWN_LINE.sub("", message)
    first = _END.split(words, 1)[0]
    found = (_CALLED.search(first), _CAME_BACK.search(first), _EXPECTED.search(words), _STEP.search(words))
    return Form(*map(bool, found))


def sentences_in(message: str) -> int:
    """How many sentences a message has."""
    return len(_END.split(_OWN_LINE.sub("", message)))


def faults_of_form(message: str) -> list[str]:
    """What is wrong with the form of a check's message, and with its advice for what was found."""
    form, found = form_of(message), []
    found += [f"says no {part}: {message}" for part in ("called", "came_back") if not getattr(form, part)]
    if not form.expected and not form.step:
        found.append(f"says neither what should be nor what to try: {message}")
    if message[-1:] not in (".", "?"):
        found.append(f"has no end: {message}")
    if sentences_in(message) > MOST_SENTENCES:
        found.append(f"has {sentences_in(message)} sentences: {message}")
    first = _END.split(_OWN_LINE.sub("", message), 1)[0]
    found += [
        f"strange advice: {message}" for advice, of in BELONGS_TO if advice.search(message) and not of.search(first)
    ]
    return found


def told(report: Report) -> Iterator[str]:
    """All that a student reads of a report."""
    yield report.message
    yield from report.repairs
    for exercise in report.exercises:
        yield exercise.message
        for check in exercise.checks:
            yield check.title
            yield check.message


def faults(report: Report) -> list[str]:
    """What is wrong with the words of a report."""
    found = [f"inner name: {words}" for words in told(report) if INNER.search(_OWN_LINE.sub("", words))]
    for words in told(report):
        found += [f"wrong advice: {words}" for said, advice in AT_ODDS if said.search(words) and advice.search(words)]
    for exercise in report.exercises:
        messages = [each.message for each in exercise.checks if len(each.message) >= _MIN_CHARACTERS]
        found += [
            f"said twice: {each}" for each in set(messages) if messages.count(each) > 1 and "same reason" not in each
        ]
        for each in exercise.checks:
            if each.verdict in (Verdict.FAILED, Verdict.SKIPPED) and not each.message.startswith(_POINTERS):
                found += faults_of_form(each.message)
    return found
