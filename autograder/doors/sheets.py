"""A platform's table, read and written in its own form: encoding, separator and ends of lines stay as they were."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.course.errors import CourseError
from autograder.report.report import ordinary_file
from autograder.report.spreadsheet import cell

_SEPARATORS = (",", ";", "\t")
_MOST_BYTES = 64 << 20
_MOST_CELL_CHARACTERS = 16 << 20  # platforms put whole texts into a cell
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Row:
    """A line's cells, and its number in the file, from 1."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Sheet:
    """A table in a file.

    Attributes:
        encoding: as Python names it, with the mark at the beginning of the file if there was one.
    """

    path: Path
    header: tuple[str, ...]
    rows: tuple[Row, ...]
    separator: str = ","
    encoding: str = "utf-8"
    line_end: str = "\n"

    def bytes_of(self, rows: Iterable[Sequence[str]]) -> bytes:
        """A table of other rows in this one's form, its header first."""
        table = io.StringIO()
        lines = csv.writer(table, delimiter=self.separator, lineterminator=self.line_end)
        lines.writerow(self.header)
        lines.writerows(rows)
        return table.getvalue().encode(self.encoding)


def read_sheet(path: Path) -> Sheet:
    """Reads a CSV file between commas, semicolons or tabs, in UTF-8 or UTF-16. Empty lines don't count.

    Raises:
        CourseError: it can't be read, or a line is not as long as the first; the sentence names the line.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise CourseError(f"{path} can't be read: {error.strerror}.") from error
    if len(data) > _MOST_BYTES:
        raise CourseError(f"{path} is larger than {_MOST_BYTES >> 20} MiB, which no table of marks is.")
    encoding = "utf-16" if data.startswith(_UTF16) else "utf-8-sig" if data.startswith(b"\xef\xbb\xbf") else "utf-8"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CourseError(
            f"{path}, line {line} is not UTF-8 (byte {data[error.start]:#04x}). Download it anew, or save it as UTF-8; "
            "in a spreadsheet the format is called “CSV UTF-8”."
        ) from error
    titles = next((line for line in text.splitlines() if line.strip()), "")
    if not titles:
        raise CourseError(f"{path} is empty. Download it anew.")
    separator = max(_SEPARATORS, key=titles.count)
    rows = _rows(path, text, separator)
    for row in rows[1:]:
        if len(row.cells) != len(rows[0].cells):
            raise CourseError(
                f"{path}, line {row.line} has {len(row.cells)} cells, and the first line {len(rows[0].cells)}. "
                "Download it anew: something has been shifted."
            )
    return Sheet(path, rows[0].cells, tuple(rows[1:]), separator, encoding, "\r\n" if "\r\n" in text else "\n")


def _rows(path: Path, text: str, separator: str) -> list[Row]:
    before = csv.field_size_limit(_MOST_CELL_CHARACTERS)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows, first = [], 1
    try:
        for cells in reader:
            if any(each.strip() for each in cells):
                rows.append(Row(first, tuple(cells)))
            first = reader.line_num + 1
    except csv.Error as error:
        raise CourseError(
            f"{path}, line {first} can't be read: {error}. Look whether each quote has its partner."
        ) from error
    finally:
        csv.field_size_limit(before)
    return rows


def kept(text: str) -> str:
    """A cell that is handed on: as it was, unless a spreadsheet would take it for a formula. A lone dash is none."""
    return text if text.strip() == "-" else cell(text)


def shown_points(points: float) -> str:
    """Points with a decimal point and at most two decimals: 7, 7.5, 7.25."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def write_bytes_whole(path: Path, data: bytes) -> None:
    """Writes a file whole or not at all.

    Raises:
        CourseError: it can't be written.
    """
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path = ordinary_file(path)
        scratch = path.with_name(f".{path.name}.{os.getpid()}")
        path.parent.mkdir(parents=True, exist_ok=True)
        with scratch.open("xb") as file:  # whatever lies there already, a link of somebody's too, is not written to
            file.write(data)
        scratch.replace(path)
    except OSError as error:
        if not isinstance(error, FileExistsError):
            scratch.unlink(missing_ok=True)
        raise CourseError(
            f"{path} can't be written: {error.strerror or error}. Make room or give the right to write there, or name "
            "another place with --output."
        ) from error
