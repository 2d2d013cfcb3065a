"""Canvas's gradebook CSV: its downloaded file with our marks in it, or one made anew.

Columns and rules are those of Canvas's own importer (`lib/gradebook_importer.rb` in instructure/canvas-lms): what is
known of students up to `Section`, then assignments titled `Name (id)`; a row `Points Possible`; `EX` for excused.
Canvas finds a student by ID, then SIS User ID, then SIS Login ID, and then by name: rows made anew hold no plain name.
An empty cell takes a mark away that Canvas has, so in a downloaded file what has no new mark stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.course.errors import CourseError
from autograder.doors.matching import Matched, Theirs, match
from autograder.doors.scores import Person, Scores
from autograder.doors.sheets import Row, Sheet, kept, shown_points
from autograder.doors.tables import Filled, Given, factor, is_excused, mark_of, points_of

HEADER = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
POINTS_POSSIBLE = "    Points Possible"
EXCUSED = "EX"
_SETTLED = (EXCUSED, "N/A")  # excused in Canvas, not assigned to the student
_TITLE = re.compile(r"(?P<name>.*) \((?P<id>\d+)\)")
_POSTED = re.compile(r"(?i)muted|manual posting.*")
_TEST_STUDENT = "Student, Test"
_COMPARED = {
    "id": ("SIS User ID", "SIS Login ID"),
    "email": ("SIS Login ID",),
    "lms_user_id": ("ID", "SIS User ID", "Integration ID"),
}
_PARTLY = (
    "Of {students} there is a mark of one assignment and none of another, and Canvas takes away what it has where a "
    "cell is empty. Export each assignment on its own, or use --roster."
)
_HOW = "In Canvas: Grades, Export, Export Entire Gradebook."


@dataclass(frozen=True)
class _Column:
    """A column for an assignment: where it is in the downloaded file, its title, and the points that Canvas has."""

    index: int
    title: str
    points: float | None


def fill(sheet: Sheet, scores: Sequence[Scores], people: Mapping[str, Person], given: Given) -> Filled:
    """The rows of a downloaded gradebook, with today's marks in the columns of these assignments.

    Args:
        given: `columns` names an assignment's column by title or id, where its title is not the assignment's name.
    Raises:
        CourseError: it is no gradebook of Canvas's, it has no column for an assignment, or other points for it.
    """
    header = [each.strip() for each in sheet.header]
    if header[0] not in ("Student", "LastName") or not {"ID", "Section"} <= set(header):
        raise CourseError(
            f"{sheet.path} is no gradebook of Canvas's: its first line has no Student, ID and Section. {_HOW}"
        )
    width = header.index("Section") + 1
    ahead, rows = _split(sheet)
    columns = [_column(sheet, header, width, ahead, each, given) for each in scores]
    factors = [
        factor(one, each.points, f"Canvas's {each.title!r}", given) for each, one in zip(columns, scores, strict=True)
    ]
    matched = _matched(sheet, header, width, rows, people, given)
    points = [one.max_points if each.points is None else each.points for each, one in zip(columns, scores, strict=True)]
    table = [_points_row(width, points)]
    for row in rows:
        cells = [kept(each) for each in row.cells[:width]]
        student = matched.student_of.get(row.line)
        for column, one, times in zip(columns, scores, factors, strict=True):
            there = row.cells[column.index].strip()
            new = EXCUSED if is_excused(one, student) else _shown(mark_of(one, student, given), times)
            cells.append(kept(there) if there in _SETTLED or not new else new)
        table.append(cells)
    form = Sheet(sheet.path, (*header[:width], *(kept(each.title) for each in columns)), ())
    return Filled(form.bytes_of(table), matched, _neutralised(rows, width))


def make(scores: Sequence[Scores], people: Mapping[str, Person], given: Given) -> Filled:
    """A gradebook made anew, for a course whose `lms_user_id` is the student's ID in Canvas.

    Args:
        given: `columns` has an assignment's title in Canvas, `Name (id)`, or its id; with `exercises`, Canvas makes an
            assignment of each.
    Returns:
        rows of who has a mark: an empty cell would take one away that Canvas has.
    """
    titles, points = [], []
    for each in scores:
        wanted = given.columns.get(each.assignment, each.assignment)
        titles.append(f"{each.assignment} ({wanted})" if wanted.isdecimal() else wanted)
        points.append(each.max_points)
        if given.exercises:
            titles += [f"{each.assignment}: {name}" for name in each.exercises]
            points += each.exercises.values()
    table, partly = [_points_row(len(HEADER), points)], 0
    for student in sorted({student for each in scores for student in each.of}):
        totals = [mark_of(each, student, given) is not None or is_excused(each, student) for each in scores]
        partly += any(totals) and not all(totals)
        if not any(totals):
            continue
        person = people.get(student, Person(student))
        number = person.lms_user_id if person.lms_user_id.isdecimal() else ""
        name = ", ".join(part for part in (person.last_name, person.first_name) if part)
        called = f"{name} ({student})" if name else student
        cells = [kept(each) for each in (called, number, student, person.email or student, "")]
        for each in scores:
            final = mark_of(each, student, given)
            excused = is_excused(each, student)
            cells.append(EXCUSED if excused else _shown(final))
            if given.exercises:
                parts = each.of[student].exercises if student in each.of and final is not None else {}
                cells += [EXCUSED if excused else _shown(parts.get(name)) for name in each.exercises]
        table.append(cells)
    data = Sheet(Path(), (*HEADER, *map(kept, titles)), ()).bytes_of(table)
    return Filled(data, notes=(_PARTLY.format(students=partly),) if partly else ())


def _split(sheet: Sheet) -> tuple[list[Row], list[Row]]:
    """Rows about assignments (points, and which are posted by hand), and rows of students."""
    ahead: list[Row] = []
    rows: list[Row] = []
    for row in sheet.rows:
        filled = [each.strip() for each in row.cells if each.strip()]
        about = row.cells[0].strip() == POINTS_POSSIBLE.strip() or all(map(_POSTED.fullmatch, filled))
        (ahead if about else rows).append(row)
    if not rows:
        raise CourseError(f"{sheet.path} has no student in it. {_HOW}")
    return ahead, rows


def _column(
    sheet: Sheet, header: Sequence[str], width: int, ahead: Sequence[Row], one: Scores, given: Given
) -> _Column:
    wanted = given.columns.get(one.assignment, one.assignment)
    titles = dict(enumerate(header[width:], width))
    parts = {index: part for index, title in titles.items() if (part := _TITLE.fullmatch(title))}
    found = [index for index, title in titles.items() if title == wanted]
    found = found or [index for index, title in parts.items() if wanted in (title["id"], title["name"])]
    found = found or [index for index, title in parts.items() if _plain(title["name"]) == _plain(wanted)]
    if len(found) != 1:
        there = ", ".join(repr(titles[index]) for index in list(parts)[:10]) or "none"
        what = "more than one column" if found else "no column"
        raise CourseError(
            f"{sheet.path} has {what} for {wanted!r}. Say which it is: --column {one.assignment}=ID, where ID is the "
            f"number in brackets. Its assignments: {there}."
        )
    points = next((points_of(row.cells[found[0]]) for row in ahead if row.cells[0].strip()), None)
    return _Column(found[0], titles[found[0]], points)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _matched(
    sheet: Sheet, header: Sequence[str], width: int, rows: Sequence[Row], people: Mapping[str, Person], given: Given
) -> Matched:
    known = header[:width]
    compared = {name: [known.index(each) for each in names if each in known] for name, names in _COMPARED.items()}
    theirs = [Theirs(row.line, row.cells, ", ".join(row.cells[: known.index("ID")])) for row in rows]
    real = [each for each in theirs if each.called != _TEST_STUDENT]
    return match(real, people.values(), given.compare(compared, known, sheet.path))


def _shown(points: float | None, times: float = 1.0) -> str:
    return "" if points is None else shown_points(points * times)


def _points_row(width: int, points: Sequence[float]) -> list[str]:
    return [POINTS_POSSIBLE, *[""] * (width - 1), *map(shown_points, points)]


def _neutralised(rows: Sequence[Row], width: int) -> tuple[int, ...]:
    return tuple(row.line for row in rows if any(kept(each) != each for each in row.cells[:width]))
