"""Reading reports: fast, and whatever is in the files."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from autograder.report.class_report.read_reports import read_class, read_words
from autograder.report.exercise_result import CheckResult, ExerciseResult, Verdict
from autograder.report.report import Report, Status

CHECK = CheckResult("bce::test_a", "It is right.", Verdict.FAILED, 1.0, "It returned 3.")
EXERCISE = ExerciseResult(
    "bce", 2.0, 5.0, Verdict.FAILED, "Sum for mean.", misconceptions=("sum",), checks=(CHECK,), sketch="00000001"
)
REPORT = Report("a", "student-001", 2.0, 5.0, Status.GRADED, (EXERCISE,), seconds=1.5, looks=("a look",))


def test_what_a_report_holds_is_read(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(REPORT.to_json(), encoding="utf-8")
    found = read_class([("student-001", path)]).reports["student-001"]
    assert (found.score, found.max_score, found.status, found.seconds, found.looks) == (
        2,
        5,
        "graded",
        1.5,
        ("a look",),
    )
    (exercise,) = found.exercises
    assert (exercise.name, exercise.misconceptions, exercise.sketch) == ("bce", ("sum",), "00000001")
    assert (exercise.checks[0].id, exercise.checks[0].verdict) == ("bce::test_a", "failed")
    answer = read_words(path).answer("bce")
    assert answer is not None
    assert (answer.message, answer.checks[0].title) == ("Sum for mean.", "It is right.")


def test_a_report_without_a_field_that_is_new_is_read(tmp_path: Path) -> None:
    data = REPORT.to_dict()
    for name in ("sketch", "answers"):
        del data["exercises"][0][name]
    path = tmp_path / "report.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    assert read_class([("s", path)]).reports["s"].exercises[0].sketch is None


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"", "damaged"),
        (b"{", "damaged"),
        (b"[]", "damaged"),
        (b"\xff\xfe{}", "damaged"),
        (b"[" * 100_000, "damaged"),
        (b'{"schema_version": 2}', "damaged"),
        (b'{"schema_version": "2"}', "damaged"),
        (b'{"schema_version": 1, "student": "s"}', "older"),
        (b'{"schema_version": 3, "score": "many"}', "older"),
        (REPORT.to_json().replace('"score": 2.0', '"score": NaN').encode(), "damaged"),
        (REPORT.to_json().replace('"score": 2.0', '"score": "2"').encode(), "damaged"),
        (REPORT.to_json().encode()[:-40], "damaged"),
    ],
    ids=range(12),
)
def test_what_can_t_be_read_is_told_apart_and_never_raises(content: bytes, where: str, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(content)
    found = read_class([("s", path)])
    assert not found.reports
    assert {name: getattr(found, name) for name in ("older", "damaged", "missing")}[where] == ["s"]


def test_who_has_no_report_is_missing_and_a_pipe_or_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    found = read_class([("none", tmp_path / "none"), ("pipe", tmp_path / "pipe"), ("folder", tmp_path / "folder")])
    assert (found.missing, found.damaged) == (["none"], ["pipe", "folder"])
