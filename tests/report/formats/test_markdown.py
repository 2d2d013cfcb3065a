"""Reports as markdown: for a comment, and for the summary of a job."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_up_reports import HOSTILE, exercise, hostile, of_all_kinds, report_with, unreadable
from markdown_it import MarkdownIt

from autograder.report.exercise_result import Verdict
from autograder.report.formats import FORMATS
from autograder.report.formats.markdown import MOST_BYTES, MOST_BYTES_OF_ONE
from autograder.report.formats.screen import Screen
from autograder.report.report import Report

GITHUB_S_MOST_BYTES, COMMENT_S_MOST_CHARACTERS = 1 << 20, 65_536


def one(report: Report) -> str:
    return FORMATS["markdown"].one(report, Screen())


def many(*reports: Report) -> str:
    return "".join(FORMATS["markdown"].many(reports, Screen()))


def test_one_submission_is_a_table_of_exercises_with_points_and_messages() -> None:
    assert one(of_all_kinds()).splitlines() == [
        "### student-001: 19 of 70 points",
        "",
        "| | exercise | points | what to know |",
        "|---|---|---:|---|",
        "| ✓ all right | right | 10 / 10 |  |",
        "| ◐ partly right | partly | 2 / 10 | It gave another number. |",
        "| ✗ not right yet | wrong | 0 / 10 | That is the sum. |",
        "| ○ not written yet | empty | 0 / 10 | You have not written this one yet. |",
        "| ! not judged, our fault | ours | 0 / 10 | Something went wrong on our side. |",
        "| ✎ staff will mark this | essay | 0 / 10 |  |",
        "| ✎ set by staff | marked | 7 / 10 |  |",
        "| – dropped, counts for nobody | dropped | – | That is the sum. |",
        "",
        "Late by 2 h: 20 less 1 is 19.",
        "",
        "A part could not be judged. That is our fault, and the staff will look at it.",
        "",
        "Staff still mark a part by hand: 10 points.",
        "",
        "- The cell <code>right</code> was missing.",
    ]


def test_what_cannot_be_read_is_told_in_its_one_sentence() -> None:
    assert one(unreadable()).splitlines() == [
        "### student-002: 0 of 20 points",
        "",
        "lab.ipynb is empty. Save the notebook and hand it in again.",
    ]


def test_a_class_is_a_table_of_students_and_who_needs_a_look_comes_first() -> None:
    right = report_with(exercise("right", Verdict.PASSED, 10.0), exercise("wrong", Verdict.FAILED, 2.5), student="a")
    assert many(right, unreadable(), replace(right, student="b", late_seconds=7200.0)).splitlines() == [
        "## lab: 3 submissions, mean 8.3 of 20, 1 to look at",
        "",
        "| student | score | 1 | 2 | note |",
        "|---|---:|---:|---:|---|",
        "| student-002 | 0 | 0 | 0 | can't be read |",
        "| a | 12.5 | 10 | 2.5 |  |",
        "| b | 12.5 | 10 | 2.5 | late by 2 h |",
        "",
        "Columns: 1 right, 2 wrong.",
    ]
    assert many() == "No submissions.\n"
    other = replace(right, assignment="other", exercises=right.exercises[:1])
    assert many(right, other, right) == f"{many(right, right)}\n{many(other)}"


def test_a_large_class_fits_a_summary_and_says_how_many_are_left_out() -> None:
    row = report_with(*(exercise("f" * 200, Verdict.PASSED, 10.0) for _ in range(40)), student="&" * 200)
    text = many(*[row] * 2000)
    assert MOST_BYTES * 0.9 < len(text.encode()) < GITHUB_S_MOST_BYTES
    shown = text.count("\n| \u2060&#38;")
    assert f"… and {2000 - shown} more" in text


def test_a_long_report_fits_a_comment_and_says_that_it_is_cut() -> None:
    text = one(report_with(*(exercise(f"f{number}", Verdict.FAILED, message="|" * 9000) for number in range(300))))
    assert len(text) < len(text.encode()) + 1 < MOST_BYTES_OF_ONE + 100 < COMMENT_S_MOST_CHARACTERS
    assert "more lines, which do not fit here." in text.splitlines()[-1]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_adds_neither_a_row_nor_an_element(text: str) -> None:
    for written, rows in ((one(hostile(text)), 5), (many(hostile(text), hostile("plain")), 3)):
        page = MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(written)
        assert page.count("<tr>") == rows
        assert page.count("<h") <= 2  # the table's head is one
        assert not [
            each for each in ("<img", "<script", "<a ", "<pre", "<blockquote", "<input", "<em", "<del") if each in page
        ]


def test_nothing_for_staff_is_in_it() -> None:
    assert "secret" not in one(of_all_kinds()) + many(of_all_kinds())
