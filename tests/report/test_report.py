"""The record of a submission: stored, read again, and written whole or not at all."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from helpers import report_of

from autograder.course.assignment import Assignment
from autograder.report.exercise_result import Verdict
from autograder.report.report import Report, write_whole


def test_a_report_that_was_stored_is_the_same_when_it_is_read(tiny: Assignment) -> None:
    report = replace(report_of(tiny, "student-001", mean_of=2.0), repairs=("Mended.",), staff=("a trace",))
    assert Report.from_dict(report.to_dict()) == report


def test_whether_this_run_found_it_unchanged_is_not_stored(tiny: Assignment) -> None:
    report = replace(report_of(tiny, "student-001"), unchanged=True)
    assert "unchanged" not in report.to_dict()
    assert not Report.from_dict(report.to_dict()).unchanged


@pytest.mark.parametrize("damage", [{"status": "odd"}, {"exercises": 3}, {"nothing": 1}])
def test_what_is_no_report_is_refused(tiny: Assignment, damage: dict[str, object]) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        Report.from_dict({**report_of(tiny, "student-001").to_dict(), **damage})


def test_each_verdict_has_a_sign_of_its_own() -> None:
    assert len({each.sign for each in Verdict}) == len(Verdict)


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "deep" / "report.json"
    write_whole(path, "old")

    def full(self: Path, target: Path) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert list(path.parent.iterdir()) == [path]
