"""GitLab's Code Quality: what it reads of it, fingerprints that stay and differ."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from made_up_reports import HOSTILE, exercise, hostile, of_all_kinds, report_with, unreadable

from autograder.report.exercise_result import Verdict
from autograder.report.formats import FORMATS
from autograder.report.formats.handed_in_file import HandedInFile
from autograder.report.formats.screen import Screen
from autograder.report.report import Report

LAB = HandedInFile("lab.ipynb")
LINE = {"type": "object", "required": ["begin"], "properties": {"begin": {"type": "integer", "minimum": 1}}}
# As its documentation has it; GitLab stops reading at the first one that does not fit.
SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "additionalProperties": False,
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {"path": {"type": "string", "minLength": 1}, "lines": LINE},
            },
        },
    },
}


def read(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text)
    jsonschema.validate(found, SCHEMA)
    prints = [each["fingerprint"] for each in found]
    assert len(prints) == len(set(prints))
    return found


def one(report: Report, file: HandedInFile = LAB) -> list[dict[str, Any]]:
    return read(FORMATS["gitlab"].one(report, Screen(), file))


def test_each_exercise_that_is_not_right_is_a_finding_where_it_stands() -> None:
    found = one(of_all_kinds(), HandedInFile("week 1/lab.ipynb", {"wrong": 17}))
    assert [(each["check_name"], each["severity"], each["location"]["lines"]["begin"]) for each in found] == [
        ("lab/partly", "minor", 1),
        ("lab/wrong", "major", 17),
        ("lab/empty", "info", 1),
        ("lab/ours", "blocker", 1),
        ("lab/dropped", "major", 1),
    ]
    assert {each["location"]["path"] for each in found} == {"week 1/lab.ipynb"}
    assert found[1]["description"] == "wrong: That is the sum."


def test_a_fingerprint_is_the_same_in_the_next_run_whatever_is_said_and_wherever_it_stands() -> None:
    first = one(report_with(exercise("f", Verdict.FAILED, message="one")), HandedInFile("a.ipynb", {"f": 3}))
    second = one(report_with(exercise("f", Verdict.FAILED, 5.0, message="two")), HandedInFile("b.ipynb", {"f": 9}))
    assert first[0]["fingerprint"] == second[0]["fingerprint"]


def test_what_cannot_be_read_is_one_finding() -> None:
    (found,) = one(unreadable())
    assert (found["severity"], found["check_name"]) == ("blocker", "lab")
    assert "lab.ipynb is empty" in found["description"]


def test_a_class_is_one_list_even_if_all_is_right() -> None:
    right = report_with(exercise("f", Verdict.PASSED, 10.0))
    assert read("".join(FORMATS["gitlab"].many([], Screen()))) == []
    assert read("".join(FORMATS["gitlab"].many([right], Screen()))) == []
    reports = [right, of_all_kinds(), unreadable(), replace(of_all_kinds(), student="student-003")]
    assert len(read("".join(FORMATS["gitlab"].many(reports, Screen())))) == 5 + 1 + 5


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_text_and_makes_no_finding(text: str) -> None:
    written = FORMATS["gitlab"].one(hostile(text), Screen(), HandedInFile(text, {text: 3}))
    assert len(written) < 20_000
    assert all(letter.isprintable() or letter == "\n" for letter in written)
    found = json.loads(written)
    assert [each["severity"] for each in found] == ["major", "blocker", "info"]


def test_nothing_for_staff_is_in_it() -> None:
    assert "secret" not in FORMATS["gitlab"].one(of_all_kinds(), Screen())
