"""The table of a class says what staff look for, at any width, whatever students are called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len

from autograder.course.settings import Ruling
from autograder.report.exercise_result import ExerciseResult, Verdict
from autograder.report.formats import FORMATS
from autograder.report.formats.screen import Screen
from autograder.report.formats.table import MAX_ROWS
from autograder.report.report import Report, Status

EXERCISES = tuple(f"exercise_{number}" for number in range(1, 10))
LONG_ID = "a-student-whose-id-has-fifty-four-characters-in-all-42"


def report_of(student: str, penalty: float = 0, late_seconds: float = 0, **more: Any) -> Report:
    """A report of nine exercises worth 12.25 points each."""
    exercises = tuple(ExerciseResult(name, 12.25, 12.25, Verdict.PASSED) for name in EXERCISES)
    score = 9 * 12.25 - penalty
    return Report(
        "lab", student, score, 110.25, Status.GRADED, exercises, late_penalty=penalty, late_seconds=late_seconds, **more
    )


def table_of(*reports: Report, columns: int = 120, names: Mapping[str, str] | None = None) -> list[str]:
    return "".join(FORMATS["table"].many(reports, Screen(columns), lambda: names or {})).splitlines()


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


def test_what_is_the_same_for_many_is_told_once() -> None:
    reports = [report_of(f"student-{number:03}", looks=("a check fails",)) for number in range(8)]
    reports.append(report_of("student-100", looks=("it is empty", "a check fails")))
    lines = [line for line in table_of(*reports) if "a look" in line.partition(":")[0]]
    names = ", ".join(f"student-{number:03}" for number in range(5))
    assert lines == [f"need a look {names} and 4 more: a check fails", "needs a look student-100: it is empty"]


WIDE, BACKWARDS = "名前の長い学生の識別子です", "אבגדה"
NAMES = {
    LONG_ID: "Ada [bold]Byron[/], Countess of Lovelace",
    WIDE: "山田太郎次郎三郎四郎",
    BACKWARDS: "שלום עולם 12",
    "x[1]": "\x1b[31mEvil\u202e\nname",
    ":x:": ":heart:",
}


def odd_class() -> list[Report]:
    late = report_of(LONG_ID, 10.25, 2 * 86_400 + 3 * 3_600)
    by_hand = replace(late.exercises[0], auto_points=1.0)
    waiting = replace(late.exercises[0], verdict=Verdict.BY_HAND, points=0.0, graded_by="hand")
    reports = [late, *(report_of(student) for student in (WIDE, BACKWARDS, "x[1]", ":x:"))]
    reports[1] = replace(reports[1], exercises=(by_hand, *reports[1].exercises[1:]))
    reports[2] = replace(reports[2], exercises=(waiting, *reports[2].exercises[1:]))
    return reports


def rows_in(lines: list[str]) -> list[str]:
    """The rows of students: from the rule below the titles to the empty line above the means."""
    start = next(number for number, line in enumerate(lines) if "───" in line)
    return lines[start + 1 : next(number for number in range(start, len(lines)) if not lines[number].strip())]


@pytest.mark.parametrize("columns", [30, 40, 60, 80, 120, 200])
@pytest.mark.parametrize("names", [{}, NAMES], ids=["ids", "names"])
def test_at_any_width_each_student_has_one_row_and_numbers_stand_in_line(
    columns: int, names: Mapping[str, str]
) -> None:
    lines = table_of(*odd_class(), columns=columns, names=names)
    rows = rows_in(lines)
    assert len(rows) == 5
    assert all(cell_len(each) <= columns for each in rows)
    assert all(letter.isprintable() or letter == "\u200e" for each in lines for letter in each)
    [titles] = [each for each in lines if each.split()[:1] == ["student"]]
    end = cell_len(titles[: titles.index("score") + len("score")])
    scores = [_until(each, end).split()[-1] for each in rows]
    assert sorted(scores) == sorted(["100", "110.25*", "110.25?", "110.25", "110.25"])
    assert any(each.split()[0] == "x[1]" for each in rows)
    assert any(each.split()[0] == ":x:" for each in rows)
    assert any(f"{LONG_ID[:5]}" in each and (LONG_ID in each or "…" in each) for each in rows)
    assert any("* by hand. ? still to be marked by hand." in each for each in lines)
    late = [each for each in lines if "2 d 3 h" in each or "2 days 3 h" in each]
    assert len(late) == 1


def _until(line: str, end: int) -> str:
    """The beginning of a line that takes `end` characters of the terminal."""
    return next(line[:number] for number in range(len(line) + 1) if cell_len(line[:number]) == end)


@pytest.mark.parametrize("columns", [80, 200])
def test_names_stand_beside_ids_and_what_runs_from_right_to_left_turns_nothing_around(columns: int) -> None:
    rows = rows_in(table_of(*odd_class(), columns=columns, names=NAMES))
    [backwards] = [each for each in rows if BACKWARDS in each]
    assert f"{BACKWARDS}\u200e" in backwards
    assert f"{NAMES[BACKWARDS]}\u200e" in backwards
    [evil] = [each for each in rows if each.split()[0] == "x[1]"]
    assert "[31mEvil name" in evil
    assert any("Ada [bold" in each for each in rows)
    assert any(":heart:" in each for each in rows)


def test_what_has_no_room_is_named_with_the_width_that_it_needs_and_is_there_at_that_width() -> None:
    narrow = table_of(*odd_class(), columns=40, names=NAMES)
    [line] = [each for each in narrow if "A terminal of" in each]
    assert line.endswith("has room for lateness, names and the points of each exercise as well.")
    needed = int(re.findall(r"\d+", line)[0])
    wide = table_of(*odd_class(), columns=needed, names=NAMES)
    assert not any("A terminal of" in each for each in wide)
    assert all(title in " ".join(wide).split() for title in ("name", "raw", "penalty", "late", "1", "9", "score"))
    assert any("A terminal of" in each for each in table_of(*odd_class(), columns=needed - 1, names=NAMES))


def test_of_a_large_class_those_that_need_a_look_come_first_and_the_others_are_counted() -> None:
    reports = [report_of(f"student-{number:03}") for number in range(1, MAX_ROWS + 61)]
    reports.append(report_of("zoe", looks=("it is odd",)))
    lines = table_of(*reports)
    rows = rows_in(lines)
    assert [each.split()[0] for each in rows] == ["zoe", *(f"student-{number:03}" for number in range(1, MAX_ROWS))]
    assert any(each.startswith("… and 61 more: who needs a look comes first, then by id.") for each in lines)


def test_long_lists_below_the_table_are_counted_too() -> None:
    reports = [report_of(f"student-{n:03}", 1, 60, looks=(f"odd {n}",)) for n in range(MAX_ROWS + 5)]
    lines = table_of(*reports, columns=30)
    assert len([each for each in lines if each.startswith("late ")]) == MAX_ROWS
    assert {"… and 5 more: late.", "… and 5 more: need a look."} <= set(lines)


def test_one_student_has_no_mean_and_nobody_no_table_of_rubbish() -> None:
    lines = table_of(report_of("student-001"))
    assert next(each for each in rows_in([*lines, ""]) if each.strip()).split()[:2] == ["student-001", "110.25"]
    assert not any(each.split()[:1] == ["mean"] for each in lines)
    assert "0 submissions" in " ".join(table_of())
