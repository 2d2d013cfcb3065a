"""Moodle's grading worksheet, filled in: in any language, in its own form, and nothing but grades is new."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from marks_made_up import PEOPLE, scores_of, table

from autograder.course.errors import CourseError
from autograder.doors.moodle import fill
from autograder.doors.scores import State
from autograder.doors.sheets import Sheet, read_sheet
from autograder.doors.tables import Given

ENGLISH = """Identifier,"Full name","ID number","Email address",Status,Grade,"Maximum Grade","Grade can be changed",\
"Last modified (submission)","Online text","Last modified (grade)","Feedback comments"
"Participant 9001","Ann Bee",ann,ann@example.org,"Submitted for grading - Graded",12.00,100.00,Yes,\
"Sunday, 1 March 2026, 10:00 PM","<p>mine</p>","Monday, 2 March 2026, 9:00 AM","<p>Well, done</p>"
"Participant 9002","Ben Cee",ben,ben@example.org,"Submitted for grading",,100.00,Yes,-,,-,
"Participant 9003","Cid Dee",cid,cid@example.org,"No submission",50.00,100.00,No,-,,-,
"Participant 9004","Guy Gee",guy,guy@example.org,"No submission",,100.00,Yes,-,,-,
"""
GERMAN = """Kennung;"Vollständiger Name";E-Mail-Adresse;Status;Bewertung;"Maximale Bewertung";\
"Status der Bewertung";"Bewertung kann geändert werden";"Zuletzt geändert (Abgabe)";"Zuletzt geändert (Bewertung)"
"Teilnehmer/in 9001";"Ann Bee";ann@example.org;Zur Bewertung abgegeben;;100,00;"Nicht bewertet";Ja;-;-
"Teilnehmer/in 9002";"Ben Cee";ben@example.org;Zur Bewertung abgegeben;7,50;100,00;"Nicht bewertet";Nein;-;-
"""
JAPANESE = """識別番号,フルネーム,メールアドレス,ステータス,評点,最大評点,評点を変更できる,最終更新日時
参加者9001,Ann Bee,ann@example.org,評定のために提出済み,,100.00,はい,-
参加者9002,Ben Cee,ben@example.org,未提出,,100.00,いいえ,-
"""


@pytest.fixture
def worksheet(tmp_path: Path) -> Callable[..., Sheet]:
    """Reads a worksheet."""

    def worksheet(text: str, encoding: str = "utf-8") -> Sheet:
        path = tmp_path / "worksheet.csv"
        path.write_bytes(text.encode(encoding))
        return read_sheet(path)

    return worksheet


def test_grades_are_filled_in_and_all_else_stays(worksheet: Callable[..., Sheet]) -> None:
    filled = fill(worksheet(ENGLISH), scores_of(ann=87.25, ben=100.0, cid=3.0, dot=4.0), PEOPLE, Given())
    before, after = table(ENGLISH.encode()), table(filled.data)
    assert [row[5] for row in after] == ["Grade", "87.25", "100", "50.00", ""]
    assert [[*row[:5], *row[6:]] for row in after] == [[*row[:5], *row[6:]] for row in before]
    assert filled.left == ((4, "Participant 9003, Cid Dee", "Moodle has locked this grade"),)
    assert filled.matched is not None
    assert filled.matched.unmatched == ((5, "Participant 9004, Guy Gee", "is nobody in the gradebook"),)
    assert filled.matched.missing == ("dot",)
    assert filled.neutralised == ()


def test_a_worksheet_of_another_language_keeps_its_form_and_its_decimal_sign(worksheet: Callable[..., Sheet]) -> None:
    filled = fill(worksheet(GERMAN, "utf-8-sig"), scores_of(ann=87.25, ben=5.0), PEOPLE, Given())
    assert filled.data.startswith("\ufeffKennung;".encode())
    rows = table(filled.data, ";", "utf-8-sig")
    assert [row[4] for row in rows] == ["Bewertung", "87,25", "7,50"]
    assert [line for line, _, _ in filled.left] == [3]


def test_a_language_without_letters_is_a_language(worksheet: Callable[..., Sheet]) -> None:
    filled = fill(worksheet(JAPANESE, "utf-16"), scores_of(ann=87.25, ben=5.0), PEOPLE, Given())
    assert [row[4] for row in table(filled.data, encoding="utf-16")[1:]] == ["87.25", ""]
    assert len(filled.left) == 1


@pytest.mark.parametrize(
    "state", [State.LOOK, State.WAITING, State.FAULT, State.UNGRADED, State.NOTHING, State.EXCUSED]
)
def test_a_grade_stays_where_there_is_no_final_mark(worksheet: Callable[..., Sheet], state: State) -> None:
    rows = table(fill(worksheet(ENGLISH), scores_of(ann=state, ben=state), PEOPLE, Given()).data)
    assert [row[5] for row in rows[1:3]] == ["12.00", ""]


def test_zeros_are_filled_in_only_if_staff_say_so(worksheet: Callable[..., Sheet]) -> None:
    rows = table(fill(worksheet(ENGLISH), scores_of(), PEOPLE, Given(zeros=True)).data)
    assert [row[5] for row in rows[1:]] == ["0", "0", "50.00", ""]


def test_other_points_are_refused_or_scaled(worksheet: Callable[..., Sheet]) -> None:
    sheet = worksheet(ENGLISH.replace("100.00", "60.00"))
    with pytest.raises(CourseError, match="has 60 points, and my_lab has 100"):
        fill(sheet, scores_of(ann=50.0), PEOPLE, Given())
    assert table(fill(sheet, scores_of(ann=50.0), PEOPLE, Given(scale=True)).data)[1][5] == "30"


def test_more_than_the_maximum_is_left_out_and_told(worksheet: Callable[..., Sheet]) -> None:
    filled = fill(worksheet(ENGLISH), scores_of(ann=105.0), PEOPLE, Given())
    assert table(filled.data)[1][5] == "12.00"
    assert filled.left == ((2, "Participant 9001, Ann Bee", "105 is more than the 100 that Moodle takes"),)


def test_names_alone_match_nobody(worksheet: Callable[..., Sheet]) -> None:
    anonymous = "\n".join(",".join([row[0], row[1], *row[4:8]]) for row in table(ENGLISH.encode()))
    found = fill(worksheet(anonymous), scores_of(ann=1.0), PEOPLE, Given()).matched
    assert found is not None
    assert not found.student_of


def test_what_would_be_a_formula_is_text_but_grades_and_identifiers_stay(worksheet: Callable[..., Sheet]) -> None:
    text = ENGLISH.replace("Ann Bee", "=cmd()").replace("<p>mine</p>", "@SUM(1)")
    filled = fill(worksheet(text), scores_of(ann=1.0), PEOPLE, Given())
    row = table(filled.data)[1]
    assert (row[0], row[1], row[5], row[9]) == ("Participant 9001", "'=cmd()", "1", "'@SUM(1)")
    assert filled.neutralised == (2,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id,name\nann,Ann\n", "line 2: the first cell is no word and number"),
        ("Identifier,Full name,Grade\n", "no student in it"),
        (ENGLISH.replace("9002", "9001"), "lines 2 and 3 are of one participant"),
        (ENGLISH.replace("100.00", "Good"), "no telling which column holds the grades.*--grade-column"),
    ],
)
def test_what_is_no_worksheet_is_refused(worksheet: Callable[..., Sheet], text: str, said: str) -> None:
    with pytest.raises(CourseError, match=said):
        fill(worksheet(text), scores_of(ann=1.0), PEOPLE, Given())


def test_where_two_columns_could_be_it_staff_say_which(worksheet: Callable[..., Sheet]) -> None:
    text = "Kennung,Name,ID,Gruppe,Bewertung,Maximum,Änderbar\nT 1,Ann,ann,1,,100,Ja\nT 2,Ben,ben,2,,100,Ja\n"
    assert [row[4] for row in table(fill(worksheet(text), scores_of(ann=7.0), PEOPLE, Given()).data)] == [
        *("Bewertung", "7", "")
    ]
    two = "Kennung,Name,ID,Bewertung,Maximum,Stufe,Höchste,Änderbar\nT 1,Ann,ann,,100,,9,Ja\nT 2,Ben,ben,,100,,9,Ja\n"
    with pytest.raises(CourseError, match=r"no telling which.*'Bewertung'"):
        fill(worksheet(two), scores_of(ann=7.0), PEOPLE, Given())
    assert table(fill(worksheet(two), scores_of(ann=7.0), PEOPLE, Given(), "Bewertung").data)[1][3] == "7"
    with pytest.raises(CourseError, match="no single column 'Note'"):
        fill(worksheet(two), scores_of(ann=7.0), PEOPLE, Given(), "Note")
    with pytest.raises(CourseError, match="Grades in words"):
        fill(worksheet(two), scores_of(ann=7.0), PEOPLE, Given(), "Name")
