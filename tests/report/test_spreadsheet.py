"""Cells of tables for spreadsheets."""

from __future__ import annotations

from typing import Any

import pytest

from autograder.report.spreadsheet import cell, csv_text


@pytest.mark.parametrize(
    "value", ["=1", "+a", "-a", "--1", "-1e5", "@x", "\t=1", "\r=1", "\n=1", "＝1", "+1 2", "-", "-1-1"]
)
def test_text_that_would_be_a_formula_gets_an_apostrophe(value: str) -> None:
    assert cell(value) == f"'{value}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (-2.5, "-2.5"),
        ("-2.5", "-2.5"),
        ("+49", "+49"),
        (0.0, "0.0"),
        (None, ""),
        ("a=b", "a=b"),
        ("'=1", "'=1"),
        ("", ""),
    ],
)
def test_numbers_and_harmless_text_stay_as_they_are(value: Any, expected: str) -> None:
    assert cell(value) == expected


def test_a_table_holds_no_formula_and_no_cell_breaks_out_of_its_row() -> None:
    assert csv_text(("a", "b"), [("=1+1", 'x\n"y"'), (None, -2)]) == 'a,b\n\'=1+1,"x�""y"""\n,-2\n'


def test_a_cell_of_a_table_is_bounded_and_steers_no_terminal() -> None:
    assert csv_text(("a",), [("\x1b[31m\u202ex",)]) == "a\n�[31m�x\n"
    assert len(csv_text(("a",), [("y" * 1_000_000,)])) < 3000
