"""A report that is JSON and says what can't be is damaged: its student is left out, and it is said why."""

from __future__ import annotations

import copy
import json
import warnings
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from autograder.report.class_report.class_report import class_report
from autograder.report.class_report.facts import Facts
from autograder.report.class_report.read_reports import ReadClass, read_class
from autograder.report.exercise_result import CheckResult, ExerciseResult, Verdict
from autograder.report.report import Report, Status

Change = Callable[[dict[str, Any]], object]

CHECKS = (CheckResult("a::x", "It is right.", Verdict.FAILED, 1.0), CheckResult("a::y", "It is.", Verdict.PASSED, 1.0))
EXERCISES = (
    ExerciseResult("a", 5.0, 10.0, Verdict.FAILED, checks=CHECKS),
    ExerciseResult("essay", 3.0, 5.0, Verdict.BY_HAND, auto_points=0.0, graded_by="hand"),
)
REPORT = Report(
    "lab", "s", 8.0, 15.0, Status.GRADED, EXERCISES, seconds=1.5, handed_in="2026-03-01T22:30:00+00:00"
).to_dict()  # fmt: skip


def top(name: str, value: object) -> Change:
    return lambda report: report.update({name: value})


def first(name: str, value: object) -> Change:
    return lambda report: report["exercises"][0].update({name: value})


def by_hand(points: float) -> Change:
    return lambda report: report["exercises"][0].update(points=points, auto_points=5.0)


def class_with(folder: Path, change: Change, students: int = 5) -> ReadClass:
    """A class in which the report of one student was changed."""
    files = []
    for number in range(students):
        data = copy.deepcopy(json.loads(json.dumps(REPORT)))
        if number == 1:
            change(data)
        path = folder / f"{number}.json"
        path.write_text(json.dumps(data), encoding="utf-8")
        files.append((f"s{number}", path))
    return read_class(files)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (first("points", -1e308), "points"),
        (first("points", 1e308), "points"),
        (first("points", 10**400), ""),
        (first("points", float("nan")), ""),
        (first("points", float("inf")), ""),
        (first("points", 50.0), "a"),
        (first("points", -5.0), "a"),
        (first("points", "7"), "points"),
        (by_hand(10_001.0), "points"),
        (first("auto_points", 1e9), "auto_points"),
        (first("max_points", -3), "max_points"),
        (first("verdict", "super"), "verdict"),
        (first("ruling", "lost"), "ruling"),
        (first("name", "of nobody else"), "of nobody else"),
        (lambda report: report["exercises"][0]["checks"][0].update(share=7), "share"),
        (lambda report: report["exercises"].append(copy.deepcopy(report["exercises"][0])), "a"),
        (top("exercises", []), "exercises"),
        (top("status", "fine"), "status"),
        (top("score", "12"), "score"),
        (top("score", 1e308), "score"),
        (top("max_score", 1e308), "max_score"),
        (top("seconds", 1e300), "seconds"),
        (top("seconds", -1.0), "seconds"),
        (top("late_seconds", 1e300), "late_seconds"),
        (top("late_penalty", -10), "late_penalty"),
        (top("handed_in", "9999-12-31T23:59:59+00:00"), "handed_in"),
        (top("handed_in", "yesterday"), "handed_in"),
        (top("handed_in", 5), "handed_in"),
    ],
    ids=range(28),
)
def test_what_can_t_be_is_damaged_and_leaves_the_figures_of_the_others_as_they_are(
    change: Change, where: str, tmp_path: Path
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = class_with(tmp_path, change)
        made = class_report(found, Facts("lab", datetime(2026, 3, 2)))
    assert (list(found.reports), found.damaged) == (["s0", "s2", "s3", "s4"], ["s1"])
    assert (made.counts.damaged, made.scores.mean, made.max_score, len(made.items)) == (1, 8.0, 15.0, 2)
    assert found.impossible.get("s1", "").partition("`:")[0].endswith(where)
    if where:
        assert any("s1 (" in note and "Delete report.json" in note for note in made.notes)


@pytest.mark.parametrize(
    "change",
    [
        by_hand(-5.0),
        by_hand(50.0),
        by_hand(10_000.0),
        lambda report: report["exercises"][1].update(points=7.0, auto_points=None),  # extra credit, and no marks yet
        first("points", 10.0),
        first("share", None),
        top("score", -2.0),
        top("handed_in", ""),
        top("seconds", 86_400.0 * 365),
        top("late_seconds", 86_400.0 * 365 * 56),  # due in 1970
        top("new_field", 1e308),
    ],
    ids=range(11),
)
def test_what_is_rare_is_allowed(change: Change, tmp_path: Path) -> None:
    found = class_with(tmp_path, change)
    assert len(found.reports) == 5
    assert found.damaged == []


def test_of_two_students_nobody_knows_who_has_the_wrong_exercise(tmp_path: Path) -> None:
    assert class_with(tmp_path, first("name", "other"), 2).damaged == []


def test_who_is_damaged_stands_in_the_order_of_ids(tmp_path: Path) -> None:
    found = class_with(tmp_path, first("name", "other"))
    assert found.damaged == ["s1"]
    (tmp_path / "4.json").write_text("{")
    (tmp_path / "0.json").write_text("{")
    files = [(f"s{number}", tmp_path / f"{number}.json") for number in range(5)]
    assert read_class(files).damaged == ["s0", "s1", "s4"]


def test_the_schema_allows_what_staff_may_give() -> None:
    schema = json.loads((Path(__file__).parents[3] / "docs" / "report.schema.json").read_text(encoding="utf-8"))
    for points in (-2.0, 50.0):
        data = json.loads(json.dumps(REPORT))
        data.update(score=points - 5.0, raw_score=points - 5.0)
        by_hand(points)(data)
        jsonschema.validate(data, schema)
    first("points", 1e308)(data)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, schema)
