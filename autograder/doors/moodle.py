"""Moodle's grading worksheet, filled in: the file that an assignment gives, with our marks in its column of grades.

Moodle reads back what it wrote and finds columns by headings in the site's language (`mod/assign/feedback/offline` and
`mod/assign/gradingtable.php` in moodle/moodle): so the file stays as it is but for grades, and columns are known by
what is in them. The first one holds a word and a number (`Participant 123`). The one of grades has the maximum to its
right, the same in each row; then, maybe after the state of marking, whether the grade can be changed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from autograder.course.errors import CourseError
from autograder.doors.matching import FIELDS, Matched, Theirs, match
from autograder.doors.scores import Person, Scores
from autograder.doors.sheets import Row, Sheet, kept, shown_points
from autograder.doors.tables import Filled, Given, factor, mark_of, points_of

_IDENTIFIER = re.compile(r"(?P<word>\D*?)\s?(?P<number>\d+)")
# "No" in languages of Moodle's: what such a row says of whether its grade can be changed.
_NO = frozenset(
    [
        *("no", "non", "nein", "não", "nee", "nej", "nei", "nie", "ne", "nu", "ei", "nem", "ez", "tidak", "không"),
        *("нет", "не", "ні", "όχι", "hayır", "いいえ", "否", "不", "아니요", "아니오", "لا", "לא", "नहीं", "ไม่"),
    ]
)
_HOW = "In Moodle: the assignment, View all submissions, Download grading worksheet."
_DECIMALS = re.compile(r"\d([.,])\d{1,5}\s*")


def fill(sheet: Sheet, scores: Scores, people: Mapping[str, Person], given: Given, grade_column: str = "") -> Filled:
    """The worksheet with today's marks; where there is none, and where Moodle has locked it, a grade stays as it was.

    Args:
        grade_column: what the column of grades is called, where it can't be known.
    Raises:
        CourseError: it is no worksheet, or there is no telling which column holds the grades, or it has other points.
    """
    _check_identifiers(sheet)
    grades = _grades(sheet, grade_column)
    most = points_of(sheet.rows[0].cells[grades + 1])
    times = factor(scores, most, "Moodle's assignment", given)
    matched = _matched(sheet, grades, people, given)
    decimal = _decimal(sheet, grades)
    table, left = [], []
    for row in sheet.rows:
        cells = [each if index in (0, grades) else kept(each) for index, each in enumerate(row.cells)]
        points = mark_of(scores, matched.student_of.get(row.line), given)
        why = "" if points is None else _why_left(row, grades, points * times, most)
        if why:
            left.append((row.line, _called(row), why))
        elif points is not None:
            cells[grades] = shown_points(points * times).replace(".", decimal)
        table.append(cells)
    changed = tuple(row.line for row, cells in zip(sheet.rows, table, strict=True) if _differs(row, cells, grades))
    return Filled(sheet.bytes_of(table), matched, changed, tuple(left))


def _check_identifiers(sheet: Sheet) -> None:
    """Raises CourseError if the first column is not one of a word and different numbers."""
    if not sheet.rows:
        raise CourseError(f"{sheet.path} has no student in it. {_HOW}")
    lines = defaultdict[str, list[int]](list)
    for row in sheet.rows:
        found = _IDENTIFIER.fullmatch(row.cells[0].strip())
        if found is None:
            raise CourseError(
                f"{sheet.path}, line {row.line}: the first cell is no word and number, such as “Participant 123”, so "
                f"this is no grading worksheet. {_HOW}"
            )
        lines[found["number"]].append(row.line)
    if twice := next((each for each in lines.values() if len(each) > 1), None):
        raise CourseError(f"{sheet.path}: lines {twice[0]} and {twice[1]} are of one participant. Download it anew.")


def _grades(sheet: Sheet, wanted: str) -> int:
    """Which column holds the grades."""
    if wanted and list(sheet.header).count(wanted) != 1:
        raise CourseError(f"{sheet.path} has no single column {wanted!r}. Its columns: {_listed(sheet.header)}.")
    found = [sheet.header.index(wanted)] if wanted else list(_candidates(sheet))
    named = [index for index in found if sheet.header[index] == "Grade"]
    found = named or found
    if len(found) != 1:
        raise CourseError(
            f"{sheet.path}: there is no telling which column holds the grades. Say it with --grade-column NAME. Its "
            f"columns: {_listed(sheet.header)}."
        )
    if found[0] not in _candidates(sheet):
        raise CourseError(
            f"{sheet.path}: {sheet.header[found[0]]!r} holds no numbers with their maximum in the next column. Grades "
            "in words (a scale) can't be filled in."
        )
    return found[0]


def _candidates(sheet: Sheet) -> Iterator[int]:
    """Columns of numbers or nothing, beside a column that holds one number in each row, at least as large."""
    for index in range(1, len(sheet.header) - 1):
        most = {points_of(row.cells[index + 1]) for row in sheet.rows}
        top = next(iter(most))
        grades = [row.cells[index].strip() for row in sheet.rows if row.cells[index].strip() not in ("", "-")]
        numbers = [points_of(each) for each in grades]
        if len(most) == 1 and top and all(each is not None and each <= top for each in numbers):
            yield index


def _matched(sheet: Sheet, grades: int, people: Mapping[str, Person], given: Given) -> Matched:
    """Between the name (the second column) and the grade, in any language, stands what identifies a student."""
    compared = given.compare(dict.fromkeys(FIELDS, range(2, grades)), sheet.header, sheet.path)
    return match([Theirs(row.line, row.cells, _called(row)) for row in sheet.rows], people.values(), compared)


def _called(row: Row) -> str:
    return ", ".join(row.cells[:2])


def _why_left(row: Row, grades: int, points: float, most: float | None) -> str:
    if any(each.strip().casefold() in _NO for each in row.cells[grades + 2 : grades + 4]):
        return "Moodle has locked this grade"
    if most is not None and points > most:
        return f"{shown_points(points)} is more than the {shown_points(most)} that Moodle takes"
    return ""


def _decimal(sheet: Sheet, grades: int) -> str:
    """The decimal sign of the file's own numbers."""
    texts = [row.cells[column] for row in sheet.rows for column in (grades + 1, grades)]
    return next((found[1] for each in texts if (found := _DECIMALS.search(each))), ".")


def _differs(row: Row, cells: Sequence[str], grades: int) -> bool:
    return any(new != old for index, (new, old) in enumerate(zip(cells, row.cells, strict=True)) if index != grades)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:20]))
