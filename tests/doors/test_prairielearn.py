"""A report as PrairieLearn's results: its documented form, a share of the points, no attempt lost through a fault."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from door_reports import REPORTS, SECRET

from autograder.doors import prairielearn
from autograder.report.report import Report


@cache
def schema() -> dict[str, Any]:
    return json.loads((Path(__file__).parent / "prairielearn.schema.json").read_text(encoding="utf-8"))


def written(report: Report) -> dict[str, Any]:
    data = prairielearn.results_json(report)
    assert len(data) <= prairielearn.MOST_BYTES
    return json.loads(data)


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_is_what_prairielearn_documents(name: str) -> None:
    results = written(REPORTS[name])
    jsonschema.validate(results, schema())
    assert SECRET not in json.dumps(results)
    assert "\\u001b" not in json.dumps(results)


@pytest.mark.parametrize(
    ("name", "score"),
    [
        ("all right", 1.0),
        ("every verdict", 41 / 60),  # 10 points wait for staff, who have a score of their own there
        ("late", 0.5),
        ("late, nothing left", 0.0),
        ("only by hand", 0.0),
        ("nothing counts", 0.0),
        ("no exercise", 0.0),
        ("large", 1.0),
    ],
)
def test_the_score_is_the_share_of_what_checks_give(name: str, score: float) -> None:
    assert written(REPORTS[name])["score"] == pytest.approx(score)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("unreadable", "lab.ipynb is empty."),
        ("ours", "what stands here is no mark"),
        ("a part is ours", "not your mark yet"),
    ],
)
def test_what_was_not_judged_costs_no_attempt(name: str, said: str) -> None:
    results = written(REPORTS[name])
    assert results["gradable"] is False
    assert said in results["format_errors"][0]


def test_what_says_that_nothing_was_graded_is_documented_too() -> None:
    jsonschema.validate(prairielearn.not_graded(), schema())


def test_each_exercise_is_a_test_with_its_points_and_its_checks() -> None:
    tests = {each["name"]: each for each in written(REPORTS["every verdict"])["tests"]}
    assert [(each["points"], each["max_points"]) for each in tests.values()] == [
        *((10, 10), (4, 10), (0, 10), (0, 0), (10, 10), (0, 0), (10, 10), (7, 10)),
    ]
    assert tests["two"]["description"] == "partly right"
    assert tests["two"]["output"] == "✓ A sum.\n✗ A mean.\n    `f(x)` returned nothing.\n– A form."
    assert "given by staff" in tests["five"]["output"]


def test_texts_can_steer_no_terminal_and_begin_no_line_of_their_own() -> None:
    results = written(REPORTS["hostile"])
    for text in (results["message"], *(each[key] for each in results["tests"] for key in ("name", "output"))):
        assert all(each.isprintable() or each == "\n" for each in text)
    assert len(results["tests"][1]["output"].splitlines()) == 2  # the check, and what it says
