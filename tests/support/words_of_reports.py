"""What no student should have to read: names and places of the grader's own, the same thing twice, wrong advice."""

from __future__ import annotations

import re
from collections.abc import Iterator

from autograder.report.report import Report

# Names of code objects, of folders that exist in a guest alone, addresses of objects, modules of ours, metadata.
INNER = re.compile(
    r"<[A-Za-z_][\w.-]*>|\btokenize\b|/tmp/|/proc/|/var/|site-packages|profile_default|\b0x[0-9a-f]{6,}|"
    r"\bautograder\.|\badded-\d|Traceback|\(detected at|\{\w*\}|\bRef\(|\bNone\b(?<!\(None)(?<! is None)"
)
# What was found, and advice that can't be about it.
AT_ODDS = (
    (re.compile(r"NaN|infinity"), re.compile(r"squeeze|reshape|\.item\(\)|this shape|keeps its shape")),
    (re.compile(r"returned nothing \(None\)"), re.compile(r"squeeze|reshape|this shape|\.item\(\)|log of 0")),
    (re.compile(r"returned a tensor of shape|items? in `"), re.compile(r"log of 0|`>=` is what")),
)
_MIN_CHARACTERS = 25


# The student's own line, after its place.
_OWN_LINE = re.compile(r"(?<= )\(`[^`]*`\)(?=[:.])")


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
    return found
