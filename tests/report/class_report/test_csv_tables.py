"""The report on a class as tables."""

from __future__ import annotations

import csv
import dataclasses
import io

import pytest
from msgspec.structs import replace
from test_class_page import made_up

from autograder.report.class_report.csv_tables import csv_tables


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_everybody_is_in_the_table_of_students() -> None:
    report = made_up(30)
    rows = read(csv_tables(report)[""])
    assert len(rows) == 33
    first = rows[0]
    assert (first["student"], first["status"], first["score"]) == ("student-00000", "graded", "2.0")
    assert [first[f"exercise_{at}"] for at in range(4)] == ["0.5"] * 4
    assert [each["status"] for each in rows[30:]] == ["nothing handed in"] * 3
    assert sum(bool(each["look"]) for each in rows) == 4


def test_who_waits_for_marks_is_said_in_a_column() -> None:
    report = made_up(30)
    first = replace(report.students[0], waiting=("essay", "task"))
    rows = read(csv_tables(dataclasses.replace(report, students=(first, *report.students[1:])))[""])
    assert [each["waiting_for_marks"] for each in rows[:2]] == ["essay; task", ""]
    assert rows[30]["waiting_for_marks"] == rows[30]["exercise_3"] == ""
    assert None not in rows[30]


def test_alpha_is_called_alpha_and_it_is_said_whether_it_is_kr20() -> None:
    report = made_up(30)
    figures = {each["figure"]: each["value"] for each in read(csv_tables(report)["summary"])}
    assert float(figures["cronbach_alpha"]) == pytest.approx(report.reliability.alpha, abs=1e-4)
    assert figures["is_kr20"] == ""
    assert "kr20" not in figures


def test_each_table_has_a_row_for_each_thing() -> None:
    report = made_up(300)
    tables = {name: read(text) for name, text in csv_tables(report).items()}
    assert len(tables["exercises"]) == 4
    assert {each["check"] for each in tables["checks"]} == {f"check-{at}" for at in range(4)}
    assert len(tables["mistakes"]) == len(report.mistakes)
    assert sum(int(each["students"]) for each in tables["mistakes"]) == sum(
        len(e.mistake.students) for e in report.mistakes
    )
    figures = {each["figure"]: each["value"] for each in tables["summary"]}
    assert figures["graded"] == "300"
    assert float(figures["mean"]) == pytest.approx(report.scores.mean, abs=1e-4)
    assert float(tables["exercises"][0]["difficulty"]) == pytest.approx(report.items[0].difficulty, abs=1e-4)


def test_no_cell_is_a_formula_whatever_students_are_called() -> None:
    evil = made_up(30, names={"student-00000": "=cmd|' /C calc'!A0", "student-00001": "+1+1"}, nothing=("@sum(a1)",))
    for text in csv_tables(evil).values():
        for row in csv.reader(io.StringIO(text)):
            assert not [each for each in row if each.startswith(("=", "@", "+"))]
    assert "'@sum(a1)" in csv_tables(evil)[""]


def test_pairs_that_are_alike_have_a_row_each() -> None:
    report = made_up(40)
    rows = read(csv_tables(report)["alike"])
    assert len(rows) == sum(len(each.pairs) for each in report.alike.clusters)
