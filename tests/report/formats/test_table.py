"""What a student called something does not steer the terminal of whoever grades it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers import write_notebook
from readers import EVIL, IDS, IMAGE

from autograder.course.settings import Ruling
from autograder.report.exercise_result import ExerciseResult, Verdict
from autograder.report.formats import FORMATS
from autograder.report.formats.screen import Screen
from autograder.report.report import Report, Status

STEER = "\x1b]0;title\x07\x1b[2J\x9b31m\u202e\r\x08"


COLOURS = re.compile(r"\x1b\[[\d;]*m")  # rich's own


def harmless(text: str) -> bool:
    return all(letter.isprintable() for letter in COLOURS.sub("", text).replace("\n", ""))


def test_a_class_is_printed_without_control_characters(hostile_class: Path) -> None:
    text = (hostile_class / "grade.log").read_text()
    assert harmless(text)
    assert "\x1b" not in text
    assert all(student in text for student in IDS)
    assert re.search(rf"needs a look unreadable: +�\[31m{re.escape(IMAGE)}.* is not a notebook", text)


def printed(report: Report) -> str:
    text = FORMATS["table"].one(report, Screen(200, "truecolor"))
    assert COLOURS.search(text)
    return text


@pytest.mark.parametrize("name", [f"{STEER}.ipynb", f"[bold]{EVIL.replace('/', '')}.ipynb"])
def test_a_report_is_printed_without_control_characters(
    grader: Any, make_notebook: Any, tmp_path: Path, name: str
) -> None:
    wrong = make_notebook({"double": f"def double(x):\n    raise ValueError({STEER!r})"})
    path = write_notebook(tmp_path / "in" / name, wrong)
    report = grader.grade(path.parent, f"{STEER}student").report
    assert harmless("".join([report.message, *report.repairs]))
    assert "was missing" in report.repairs[0]
    assert harmless(printed(report))
    path.write_text("no notebook")
    report = grader.grade(path.parent, f"{STEER}student").report
    assert harmless(report.message)
    assert "is not a notebook" in report.message
    assert harmless(printed(report))


EXERCISES = tuple(f"exercise_{number}" for number in range(1, 10))
LONG_ID = "a-student-whose-id-has-fifty-four-characters-in-all-42"


def report_of(student: str, penalty: float = 0, late_seconds: float = 0, **more: Any) -> Report:
    """A report of nine exercises worth 12.25 points each."""
    exercises = tuple(ExerciseResult(name, 12.25, 12.25, Verdict.PASSED) for name in EXERCISES)
    score = 9 * 12.25 - penalty
    return Report(
        "lab", student, score, 110.25, Status.GRADED, exercises, late_penalty=penalty, late_seconds=late_seconds, **more
    )


def table_of(*reports: Report, columns: int = 120) -> list[str]:
    return "".join(FORMATS["table"].many(reports, Screen(columns))).splitlines()


def row_of(lines: list[str], student: str) -> list[str]:
    return next(line.split() for line in lines if line.split()[:1] == [student])


def test_who_is_late_is_told_with_raw_score_penalty_and_score() -> None:
    lines = table_of(report_of("student-001"), report_of("student-002", 10.25, 12_000))
    assert row_of(lines, "student")[:5] == ["student", "score", "raw", "penalty", "late"]
    assert row_of(lines, "student-002")[:7] == ["student-002", "100", "110.25", "10.25", "3", "h", "20"]
    assert row_of(lines, "student-001")[:3] == ["student-001", "110.25", "12.25"]
    assert "raw" not in " ".join(table_of(report_of("student-001")))


@pytest.mark.parametrize("columns", [40, 60, 80, 100, 120])
def test_however_narrow_the_terminal_no_number_is_cut_off(columns: int) -> None:
    lines = table_of(report_of(LONG_ID), report_of("x[1]", 10.25, 12_000), columns=columns)
    assert not any("…" in word for line in lines for word in line.split() if re.match(r"\d", word))
    assert row_of(lines, "x[1]")[1] == "100"
    assert any("3 h 20 min" in line and "110.25" in line and "10.25" in line for line in lines)
    in_table = [line for line in lines if line.startswith(" ")]
    assert all(len(line) <= columns for line in in_table)
    [shown] = [line.split()[0] for line in in_table if line.split()[:1] and line.split()[0].startswith("a-stud")]
    assert shown == LONG_ID or (shown.endswith("42") and "…" in shown)


def test_a_terminal_that_is_too_narrow_for_all_exercises_says_how_wide_it_should_be() -> None:
    [line] = [line for line in table_of(report_of("student-001"), columns=60) if "A terminal of" in line]
    needed = int(re.findall(r"\d+", line)[0])
    assert row_of(table_of(report_of("student-001"), columns=needed), "student-001")[2] == "12.25"


def test_rulings_and_marks_by_hand_are_marked() -> None:
    report = report_of("student-001")
    first = replace(report.exercises[0], auto_points=1.0)
    second = replace(report.exercises[1], ruling=Ruling.WAIVED)
    lines = table_of(replace(report, exercises=(first, second, *report.exercises[2:])))
    assert row_of(lines, "student-001")[2:4] == ["12.25*", "12.25"]
    [legend] = [line for line in lines if line.startswith("Columns: ")]
    assert legend.startswith("Columns: 1 exercise_1, 2 exercise_2 (waived), 3 exercise_3,")
    assert legend.endswith(" * by hand.")


def test_why_staff_should_look_is_their_reason_and_not_a_student_s_message() -> None:
    looks = ("check `a::test_b` raised KeyError",)
    report = replace(
        report_of("student-001", looks=looks, mark_looks=("no time is known",)), message="For the student."
    )
    lines = [line for line in table_of(report) if line.startswith("needs a look")]
    assert lines == [f"needs a look student-001: {each}" for each in (*looks, "no time is known")]
