"""Lists of students that staff keep in a spreadsheet, as CSV files: the roster, and whose repository is where."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder.course.errors import CourseError

_SEPARATORS = (",", ";", "\t")


def lines_of(path: Path, columns: Sequence[str], most_bytes: int = -1) -> Iterator[tuple[int, list[str]]]:
    """The cells of each line that is not empty, with the line's number; the first line says the separator.

    Args:
        columns: that the first line should name, for who hands in an empty file.
        most_bytes: of the file; -1: any.

    Raises:
        CourseError: the file can't be read; the sentence names the line where it can.
    """
    text = _text_of(path, columns, most_bytes)
    titles = next(line for line in text.splitlines() if line.strip())
    separator = max(_SEPARATORS, key=titles.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for cells in reader:
            if any(each.strip() for each in cells):
                yield reader.line_num, cells
    except csv.Error as error:
        raise CourseError(
            f"{path}, line {reader.line_num} can't be read: {error}. Look whether each quote has its partner."
        ) from error


def column_names(titles: Sequence[str]) -> list[str]:
    """What the cells of the first line name: `Last name` and `last-name` are `last_name`."""
    return [" ".join(each.split()).casefold().replace(" ", "_").replace("-", "_") for each in titles]


def _text_of(path: Path, columns: Sequence[str], most_bytes: int) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(-1 if most_bytes < 0 else most_bytes + 1)
    except OSError as error:
        raise CourseError(f"{path} can't be read: {error.strerror}.") from error
    if 0 <= most_bytes < len(data):
        raise CourseError(f"{path} is larger than {most_bytes / 1e6:g} MB, which no list of students is.")
    kind = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(kind)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CourseError(
            f"{path}, line {line} is not UTF-8 (byte {data[error.start]:#04x}). Save it as UTF-8; in a spreadsheet the "
            "format is called “CSV UTF-8”."
        ) from error
    if not text.strip():
        raise CourseError(f"{path} is empty. Its first line names the columns: {', '.join(columns)}.")
    return text
