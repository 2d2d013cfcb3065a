"""Canvas's gradebook: its rows, ids, order and points stay; only marks that are final are new."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from marks_made_up import PEOPLE, scores_of, table

from autograder.course.errors import CourseError
from autograder.doors.canvas import HEADER, fill, make
from autograder.doors.scores import Person, State
from autograder.doors.sheets import Sheet, read_sheet
from autograder.doors.tables import Given

INFO = "Student,ID,SIS User ID,SIS Login ID,Section"
GRADEBOOK = f"""{INFO},My Lab (4711),Other (4712),Current Score
,,,,,Manual Posting,,
    Points Possible,,,,,100.00,10.00,(read only)
"Cee, Ben",102,ben,ben@example.org,Lab 1,,9.00,90
"Bee, Ann",101,ann,ann@example.org,Lab 2,12.00,8.00,80
"Gee, Guy",109,guy,guy@example.org,Lab 2,,,
"Student, Test",999,,abcdef,Lab 2,,,
"""


@pytest.fixture
def downloaded(tmp_path: Path) -> Callable[..., Sheet]:
    """Reads a downloaded gradebook, with some texts replaced."""

    def downloaded(text: str = GRADEBOOK, replacing: Mapping[str, str] | None = None, encoding: str = "utf-8") -> Sheet:
        for old, new in (replacing or {}).items():
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "gradebook.csv"
        path.write_bytes(text.encode(encoding))
        return read_sheet(path)

    return downloaded


def test_rows_ids_sections_and_order_are_canvass_and_marks_ours(downloaded: Callable[..., Sheet]) -> None:
    filled = fill(downloaded(), [scores_of(ann=87.25, ben=100.0)], PEOPLE, Given())
    assert table(filled.data) == [
        [*HEADER, "My Lab (4711)"],
        ["    Points Possible", "", "", "", "", "100"],
        ["Cee, Ben", "102", "ben", "ben@example.org", "Lab 1", "100"],
        ["Bee, Ann", "101", "ann", "ann@example.org", "Lab 2", "87.25"],
        ["Gee, Guy", "109", "guy", "guy@example.org", "Lab 2", ""],
        ["Student, Test", "999", "", "abcdef", "Lab 2", ""],
    ]
    assert filled.matched is not None
    assert filled.matched.unmatched == ((6, "Gee, Guy", "is nobody in the gradebook"),)
    assert filled.matched.missing == ("cid", "dot")
    assert not filled.data.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("state", [State.LOOK, State.WAITING, State.FAULT, State.UNGRADED, State.NOTHING])
def test_a_mark_that_is_not_final_changes_nothing_in_canvas(downloaded: Callable[..., Sheet], state: State) -> None:
    rows = table(fill(downloaded(), [scores_of(ann=state, ben=state)], PEOPLE, Given()).data)
    assert [row[-1] for row in rows[2:4]] == ["", "12.00"]


def test_who_handed_in_nothing_gets_0_only_if_staff_say_so(downloaded: Callable[..., Sheet]) -> None:
    rows = table(fill(downloaded(), [scores_of(ben=State.LOOK)], PEOPLE, Given(zeros=True)).data)
    assert [row[-1] for row in rows[2:5]] == ["", "0", ""]


def test_excused_is_ex_and_what_canvas_has_settled_stays(downloaded: Callable[..., Sheet]) -> None:
    sheet = downloaded(replacing={"Lab 2,12.00": "Lab 2,EX"})
    rows = table(fill(sheet, [scores_of(ann=87.0, ben=State.EXCUSED)], PEOPLE, Given()).data)
    assert [row[-1] for row in rows[2:4]] == ["EX", "EX"]
    sheet = downloaded(replacing={"Lab 2,12.00": "Lab 2,N/A"})
    assert table(fill(sheet, [scores_of(ann=87.0)], PEOPLE, Given()).data)[3][-1] == "N/A"


def test_an_assignment_of_which_all_was_dropped_excuses_who_handed_in(downloaded: Callable[..., Sheet]) -> None:
    rows = table(fill(downloaded(), [scores_of(max_points=0.0, ann=0.0)], PEOPLE, Given()).data)
    assert [row[-1] for row in rows[2:4]] == ["", "EX"]


@pytest.mark.parametrize("wanted", ["4711", "My Lab", "My Lab (4711)", "my_lab", "my-lab"])
def test_a_column_is_known_by_id_title_or_a_name_much_like_it(downloaded: Callable[..., Sheet], wanted: str) -> None:
    given = Given(columns={"lab-one": wanted})
    rows = table(fill(downloaded(), [scores_of("lab-one", ann=1.0)], PEOPLE, given).data)
    assert (rows[0][-1], rows[3][-1]) == ("My Lab (4711)", "1")


def test_several_assignments_each_have_their_column(downloaded: Callable[..., Sheet]) -> None:
    both = [scores_of(ann=1.0), scores_of("other", 10.0, ann=2.0)]
    rows = table(fill(downloaded(), both, PEOPLE, Given()).data)
    assert rows[0][5:] == ["My Lab (4711)", "Other (4712)"]
    assert rows[3][5:] == ["1", "2"]
    assert rows[2][5:] == ["", "9.00"]


@pytest.mark.parametrize(
    ("replacing", "said"),
    [
        ({INFO: INFO.replace("Section", "Part")}, "no gradebook of Canvas's"),
        ({"Student,ID": "Pupil,ID"}, "no gradebook of Canvas's"),
        ({"My Lab (4711)": "Their Lab (4711)"}, "no column for 'my_lab'.*'Their Lab \\(4711\\)', 'Other"),
        ({"Other (4712)": "my lab (4712)"}, "more than one column for 'my_lab'"),
        ({"100.00": "10.00"}, "has 10 points, and my_lab has 100"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(
    downloaded: Callable[..., Sheet], replacing: Mapping[str, str], said: str
) -> None:
    with pytest.raises(CourseError, match=said):
        fill(downloaded(replacing=replacing), [scores_of(ann=1.0)], PEOPLE, Given())


def test_marks_are_scaled_only_if_staff_say_so(downloaded: Callable[..., Sheet]) -> None:
    sheet = downloaded(replacing={"100.00": "10.00"})
    rows = table(fill(sheet, [scores_of(ann=87.5)], PEOPLE, Given(scale=True)).data)
    assert (rows[1][-1], rows[3][-1]) == ("10", "8.75")


def test_a_download_of_another_country_is_read_and_points_have_a_point(downloaded: Callable[..., Sheet]) -> None:
    text = GRADEBOOK.replace('"Cee, Ben"', "Cee Ben").replace('"Bee, Ann"', "Bee Ann").replace('"', "")
    text = text.replace("Gee, Guy", "Gee Guy").replace("Student, Test", "Student Test")
    text = text.replace(",", ";").replace("100.00", "100,00")
    rows = table(fill(downloaded(text, encoding="utf-8-sig"), [scores_of(ann=87.25)], PEOPLE, Given()).data)
    assert (rows[0][0], rows[3][-1]) == ("Student", "87.25")


def test_names_in_two_columns_and_further_ids_are_kept(downloaded: Callable[..., Sheet]) -> None:
    head = "LastName,FirstName,ID,SIS User ID,SIS Login ID,Integration ID,Root Account,Section,My Lab (4711)"
    text = f"{head}\n    Points Possible,,,,,,,,100\nBee,Ann,101,ann,ann@example.org,i1,x.org,Lab 2,\n"
    rows = table(fill(downloaded(text), [scores_of(ann=5.0)], PEOPLE, Given()).data)
    assert rows[2] == ["Bee", "Ann", "101", "ann", "ann@example.org", "i1", "x.org", "Lab 2", "5"]


def test_a_name_that_is_a_formula_or_a_row_of_points_does_no_harm(downloaded: Callable[..., Sheet]) -> None:
    replacing = {'"Bee, Ann"': "=HYPERLINK(1)", '"Cee, Ben"': '"x Points Possible"'}
    filled = fill(downloaded(replacing=replacing), [scores_of(ann=87.0, ben=5.0)], PEOPLE, Given())
    rows = table(filled.data)
    assert [row[0] for row in rows[2:4]] == ["x Points Possible", "'=HYPERLINK(1)"]
    assert [row[-1] for row in rows[2:4]] == ["5", "87"]
    assert filled.neutralised == (5,)


def test_the_column_of_a_field_can_be_named(downloaded: Callable[..., Sheet]) -> None:
    people = {each: Person(each) for each in ("101", "102")}  # ids here are Canvas's ids
    sheet, marks = downloaded(), [scores_of(**{"101": 1.0, "102": 2.0})]
    found = fill(sheet, marks, people, Given()).matched
    assert found is not None
    assert not found.student_of
    rows = table(fill(sheet, marks, people, Given(compared={"id": "ID"})).data)
    assert [row[-1] for row in rows[2:4]] == ["2", "1"]
    with pytest.raises(CourseError, match="no column 'Nr'"):
        fill(sheet, marks, people, Given(compared={"id": "Nr"}))
    with pytest.raises(CourseError, match="FIELD is one of id, email, lms_user_id"):
        fill(sheet, marks, people, Given(compared={"name": "ID"}))


def test_a_gradebook_made_anew_has_canvass_columns_and_no_plain_names() -> None:
    given = Given(columns={"my_lab": "4711"}, exercises=True)
    rows = table(make([scores_of(ann=87.5, ben=State.EXCUSED)], PEOPLE, given).data)
    assert rows[0] == [*HEADER, "my_lab (4711)", "my_lab: first", "my_lab: second"]
    assert rows[1] == ["    Points Possible", "", "", "", "", "100", "40", "60"]
    assert rows[2] == ["Bee, Ann (ann)", "101", "ann", "ann@example.org", "", "87.5", "43.75", "43.75"]
    assert rows[3][5:] == ["EX", "EX", "EX"]
    assert len(rows) == 4  # an empty cell would take away what Canvas has of the others


def test_marks_of_one_assignment_and_none_of_another_are_told() -> None:
    both = [scores_of(ann=1.0, ben=2.0), scores_of("other", 10.0, ann=2.0, ben=State.LOOK)]
    filled = make(both, PEOPLE, Given())
    assert [row[5:] for row in table(filled.data)[2:]] == [["1", "2"], ["2", ""]]
    assert filled.notes[0].startswith("Of 1 there is a mark of one assignment and none of another")
    assert make(both[:1], PEOPLE, Given()).notes == ()


def test_only_a_number_is_an_id_of_canvass() -> None:
    people = {"ann": Person("ann", "=1+1", '"Bee", A', "ann@example.org", "101abc"), "cid": Person("cid")}
    rows = table(make([scores_of(ann=1.0, cid=2.0)], people, Given()).data)
    found = {row[2]: row for row in rows[2:]}
    assert found["ann"][:4] == ['"Bee", A, =1+1 (ann)', "", "ann", "ann@example.org"]
    assert found["cid"][:4] == ["cid", "", "cid", "cid"]
    assert not [cell for row in rows for cell in row if re.match("[=+@-]", cell)]
