"""Reports as JSON: a line each, as soon as it is there."""

from __future__ import annotations

import json
from collections.abc import Iterator

from helpers import report_of

from autograder.course.assignment import Assignment
from autograder.report.formats import FORMATS
from autograder.report.formats.screen import Screen
from autograder.report.report import Report


def test_a_line_is_a_report_and_ends_there(tiny: Assignment) -> None:
    report = report_of(tiny, "student-ü\n001", double=1.5)
    line = FORMATS["json"].one(report, Screen())
    assert line.count("\n") == 1
    assert Report.from_dict(json.loads(line)) == report


def test_what_could_steer_a_terminal_is_escaped_and_still_the_same_text(tiny: Assignment) -> None:
    report = report_of(tiny, "\x1b[2J\x9b31m\u202e\U000e0041ü")
    line = FORMATS["json"].one(report, Screen())
    assert line.removesuffix("\n").isprintable()
    assert "ü" in line
    assert json.loads(line)["student"] == report.student


def test_each_report_is_told_before_the_next_is_asked_for(tiny: Assignment) -> None:
    asked = []

    def reports() -> Iterator[Report]:
        for number in range(3):
            asked.append(number)
            yield report_of(tiny, f"student-{number:03}")

    lines = FORMATS["json"].many(reports(), Screen())
    assert json.loads(next(lines))["student"] == "student-000"
    assert asked == [0]
    assert len(list(lines)) == 2
