"""Cells of tables for spreadsheets: nothing that a student is called, or writes, becomes a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

# Spreadsheets take these for the start of a formula, the wide ones too; a number may have a sign.
_FORMULA = re.compile(r"[=+\-@＝＋－＠\t\r\n]")
_MOST_CHARACTERS = 2000
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


def cell(value: Any) -> str:
    """`value` as a spreadsheet should show it: text that would be a formula there gets an apostrophe before it."""
    text = "" if value is None else str(value)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def csv_text(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A table as CSV. Texts are cut where they are long, and hold nothing that steers a terminal."""
    table = io.StringIO()
    lines = csv.writer(table, lineterminator="\n")
    lines.writerow(map(_bounded, header))
    lines.writerows(map(_bounded, row) for row in rows)
    return table.getvalue()


def _bounded(value: Any) -> str:
    text = cell(value)[:_MOST_CHARACTERS]
    return text if text.isprintable() else "".join(each if each.isprintable() else "�" for each in text)
