"""Annotations on GitHub: at most ten of a kind, the most important ones, and no command but ours."""

from __future__ import annotations

import pytest
from made_up_reports import HOSTILE, exercise, hostile, of_all_kinds, report_with, runner_commands, unreadable

from autograder.report.exercise_result import Verdict
from autograder.report.formats.github import Annotations, of_class, of_notebook
from autograder.report.formats.handed_in_file import HandedInFile
from autograder.report.report import Report

LAB = HandedInFile("lab.ipynb")


def said(report: Report, file: HandedInFile = LAB) -> str:
    annotations = Annotations()
    annotations.add(of_notebook(report, file))
    return annotations.commands


def test_each_exercise_that_is_not_right_is_annotated_where_it_stands() -> None:
    found = runner_commands(said(of_all_kinds(), HandedInFile("week 1, lab/lab: 1.ipynb", {"wrong": 17})))
    assert [(each.name, each.properties["title"]) for each in found] == [
        ("error", "ours: 0 of 10 points"),
        ("error", "wrong: 0 of 10 points"),
        ("error", "dropped: 0 of 0 points"),
        ("warning", "partly: 2 of 10 points"),
        ("notice", "empty: 0 of 10 points"),
    ]
    assert {each.properties["file"] for each in found} == {"week 1, lab/lab: 1.ipynb"}
    assert [each.properties.get("line") for each in found] == [None, "17", None, None, None]
    assert found[1].data == "That is the sum."


def test_signs_are_written_as_the_runner_wants_them() -> None:
    report = report_with(exercise("a,b:c", Verdict.FAILED, message="100% of a:b, c"))
    assert said(report, HandedInFile("x%,:y.ipynb", {"a,b:c": 2})) == (
        "::error file=x%25%2C%3Ay.ipynb,line=2,title=a%2Cb%3Ac%3A 0 of 10 points::100%25 of a:b, c\n"
    )


def test_ten_of_a_kind_are_told_what_costs_most_first_and_how_many_more_there_are() -> None:
    exercises = [exercise(f"f{number}", Verdict.FAILED, max_points=number + 1.0, message="No.") for number in range(30)]
    exercises += [exercise(f"e{number}", Verdict.SKIPPED, message="Empty.") for number in range(11)]
    text = said(report_with(*exercises))
    found = runner_commands(text)
    assert [each.properties["title"].partition(":")[0] for each in found if each.name == "error"] == [
        f"f{number}" for number in range(29, 19, -1)
    ]
    assert [each.name for each in found].count("notice") == 10
    assert "20 more of the kind error, 1 more of the kind notice" in text.splitlines()[-1]


def test_what_cannot_be_read_is_one_error_on_the_file() -> None:
    (found,) = runner_commands(said(unreadable()))
    assert (found.name, found.properties["file"]) == ("error", "lab.ipynb")
    assert "lab.ipynb is empty" in found.data


def test_of_a_class_only_what_staff_must_do_is_annotated() -> None:
    annotations = Annotations()
    for each in (of_all_kinds(), unreadable(), report_with(exercise("f", Verdict.FAILED), student="c")):
        annotations.add(of_class(each))
    found = runner_commands(annotations.commands)
    assert [(each.name, each.properties["title"]) for each in found] == [
        ("error", "student-001"),
        ("warning", "student-002"),
    ]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_starts_no_command(text: str) -> None:
    written = said(hostile(text), HandedInFile(text, {text: 3}))
    written += said(unreadable(text), HandedInFile(text))
    found = runner_commands(written)
    assert [each.name for each in found] == ["error", "error", "notice", "error"]
    assert len(written.splitlines()) == len(found)
    assert all(set(each.properties) <= {"file", "line", "title"} for each in found)
    assert all(each.properties.get("line") in (None, "3") for each in found)
    assert len(written) < 20_000


def test_nothing_for_staff_is_in_it() -> None:
    assert "secret" not in said(of_all_kinds())
