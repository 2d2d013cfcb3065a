"""Gradescope's form of scores, and a table of everything for a spreadsheet."""

from __future__ import annotations

from pathlib import Path

import pytest
from marks_made_up import PEOPLE, scores_of, table

from autograder.course.errors import CourseError
from autograder.doors.score_tables import GRADESCOPE, SPREADSHEET, gradescope, spreadsheet
from autograder.doors.scores import Person, State
from autograder.doors.sheets import read_sheet
from autograder.doors.tables import Given


def test_columns_are_those_that_gradescope_writes() -> None:
    rows = table(gradescope(scores_of(ann=87.5, ben=State.LOOK), PEOPLE, Given(exercises=True)).data)
    assert rows[0] == [*GRADESCOPE, "1: first (40 pts)", "2: second (60 pts)"]
    found = {row[2]: dict(zip(rows[0], row, strict=True)) for row in rows[1:]}
    ann = found["ann"]
    assert (ann["First Name"], ann["Last Name"], ann["Email"]) == ("Ann", "Bee", "ann@example.org")
    assert (ann["Total Score"], ann["Max Points"], ann["Status"]) == ("87.5", "100", "Graded")
    assert (ann["Submission Time"], ann["Lateness (H:M:S)"]) == ("2026-03-01 22:00:00+00:00", "00:00:00")
    assert ann["2: second (60 pts)"] == "43.75"
    assert (found["ben"]["Total Score"], found["ben"]["Status"], found["ben"]["1: first (40 pts)"]) == (
        "",
        "Ungraded",
        "",
    )
    assert (found["cid"]["Total Score"], found["cid"]["Status"]) == ("", "Missing")


def test_a_roster_of_gradescopes_says_who_and_in_which_order(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_text("First Name,Last Name,SID,Email,Role\nB,C,ben,x@y,Student\nA,B,,ann@example.org,Student\n")
    filled = gradescope(scores_of(ann=1.0, ben=2.0), PEOPLE, Given(), read_sheet(path))
    assert [row[:6] for row in table(filled.data)[1:]] == [
        ["B", "C", "ben", "x@y", "", "2"],
        ["A", "B", "", "ann@example.org", "", "1"],
    ]
    assert filled.matched is not None
    assert filled.matched.missing == ("cid", "dot")
    path.write_text("Name,Role\nA,Student\n")
    with pytest.raises(CourseError, match="neither SID nor Email"):
        gradescope(scores_of(ann=1.0), PEOPLE, Given(), read_sheet(path))


def test_a_spreadsheet_gets_everything_and_excel_knows_its_letters() -> None:
    data = spreadsheet([scores_of(ann=87.25, ben=State.LOOK), scores_of("other", cid=3.0)], PEOPLE, Given()).data
    assert data.startswith(b"\xef\xbb\xbf")
    rows = table(data, encoding="utf-8-sig")
    assert rows[0] == [*SPREADSHEET, "first", "second"]
    found = {(row[0], row[1]): dict(zip(rows[0], row, strict=True)) for row in rows[1:]}
    assert len(found) == 8
    assert found["my_lab", "ann"]["score"] == "87.25"
    ben = found["my_lab", "ben"]
    assert (ben["state"], ben["score"], ben["points_so_far"], ben["first"]) == ("look", "", "50", "")
    assert found["other", "ann"]["state"] == "nothing"


@pytest.mark.parametrize("make", [lambda *all: gradescope(*all), lambda one, *more: spreadsheet([one], *more)])
def test_nothing_that_a_student_is_called_is_a_formula_or_another_row(make: object) -> None:
    odd = Person("=1+1", '@A,"B"\nC', "\u202e-x\x1b[31m", "+e@x.org", "\t=2")
    data = make(scores_of(**{"=1+1": 7.0}), {odd.id: odd}, Given()).data  # type: ignore[operator]
    rows = table(data, encoding="utf-8-sig")
    assert len({len(row) for row in rows}) == 1
    cells = [cell for row in rows for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))]
    assert not [cell for cell in cells if not cell.isprintable()]
