"""No mark goes to another person, whatever students are called on a platform or here."""

from __future__ import annotations

import random

import pytest

from autograder.doors.matching import Theirs, match
from autograder.doors.scores import Person

# Columns: name, number, id, login or e-mail.
COLUMNS = {"id": (2, 3), "email": (3,), "lms_user_id": (1, 2)}
ANN = Person("ann", "Ann", "Bee", "ann@example.org", "101")
BEN = Person("ben", "Ben", "Cee", "ben@example.org", "102")
CID = Person("cid", "Cid", "Dee", "cid@example.org", "103")
CLASS = (ANN, BEN, CID)


def rows(*cells: tuple[str, str, str, str]) -> list[Theirs]:
    return [Theirs(line, row, row[0]) for line, row in enumerate(cells, 2)]


def row_of(person: Person) -> tuple[str, str, str, str]:
    return f"{person.last_name}, {person.first_name}", person.lms_user_id, person.id, person.email


def test_each_of_the_three_fields_finds_a_student() -> None:
    found = match(rows(("A", "101", "", ""), ("B", "", "ben", ""), ("C", "", "", "cid@example.org")), CLASS, COLUMNS)
    assert found.student_of == {2: "ann", 3: "ben", 4: "cid"}
    assert (found.unmatched, found.missing) == ((), ())


@pytest.mark.parametrize("written", [" ann ", "ANN", "Ann"])
def test_spaces_around_and_the_case_of_letters_do_not_count(written: str) -> None:
    assert match(rows(("A", "", written, "")), CLASS, COLUMNS).student_of == {2: "ann"}


@pytest.mark.parametrize(
    "written", ["аnn", "ａｎｎ", "a\u200bnn", "\u202eann", "ann\u200f", "ann;ben", "ann ben", "'ann"]
)
def test_what_only_looks_alike_is_somebody_else(written: str) -> None:
    found = match(rows(row_of(BEN), ("A", "", written, "")), CLASS, COLUMNS)
    assert found.student_of == {2: "ben"}
    assert found.missing == ("ann", "cid")


def test_one_character_in_two_forms_is_the_same() -> None:
    person = Person("zo\u00eb")
    assert match(rows(("Z", "", "zoe\u0308", "")), [person], COLUMNS).student_of == {2: person.id}


def test_a_name_is_nobody() -> None:
    found = match(rows(("Bee, Ann", "", "", ""), row_of(BEN)), CLASS, COLUMNS)
    assert found.student_of == {3: "ben"}
    assert found.unmatched == ((2, "Bee, Ann", "is nobody in the gradebook"),)


def test_an_e_mail_that_is_anothers_id_gives_neither_a_mark() -> None:
    eve = Person("eve", email="ben@example.org.evil", lms_user_id="109")
    ben = Person("ben@example.org.evil", lms_user_id="102")
    found = match(rows(("Eve", "109", "eve", "ben@example.org.evil"), ("Ben", "102", ben.id, "")), [eve, ben], COLUMNS)
    assert found.student_of == {2: "eve", 3: ben.id}  # an e-mail is compared with e-mails alone
    claimed = match(rows(("Eve", "109", "eve", "ben@example.org"), row_of(BEN)), [*CLASS, eve], COLUMNS)
    assert claimed.student_of == {3: "ben"}  # who takes another's e-mail has none of their marks
    assert claimed.unmatched == (
        (2, "Eve", "could be more than one student: eve by id, ben by email, eve by lms_user_id"),
    )


def test_two_rows_of_one_student_are_both_left_out() -> None:
    found = match(rows(row_of(ANN), ("Other", "101", "", ""), row_of(BEN)), CLASS, COLUMNS)
    assert found.student_of == {4: "ben"}
    assert [line for line, _, why in found.unmatched if "more than one row" in why] == [2, 3]


def test_an_e_mail_or_platform_id_of_two_students_is_neithers() -> None:
    twins = [Person("one", email="same@example.org"), Person("two", email="same@example.org")]
    found = match(rows(("T", "", "", "same@example.org"), ("T", "", "two", "")), twins, COLUMNS)
    assert found.student_of == {3: "two"}
    assert "one or two by email" in found.unmatched[0][2]


def test_a_field_is_looked_for_in_one_column_the_one_that_fits_most() -> None:
    by_login = [(f"{each.id}", f"{900 + number}", "", each.id) for number, each in enumerate(CLASS)]
    stray = ("Stray", "999", "ann", "stray")  # an id of the university's that is, by chance, somebody's login
    found = match(rows(*by_login, stray), CLASS, COLUMNS)
    assert found.student_of == {2: "ann", 3: "ben", 4: "cid"}
    assert found.columns == {"id": 3}


def test_no_shuffled_class_ever_gives_a_mark_to_another() -> None:
    draw = random.Random(16)
    for _ in range(300):
        people = [Person(f"s{n}", email=f"s{n}@x.org", lms_user_id=str(100 + n)) for n in range(8)]
        table = []
        for each in people:
            cells = ["Same Name", each.lms_user_id, each.id, each.email]
            for column in (1, 2, 3):
                if draw.random() < 0.3:
                    other = draw.choice(people)
                    cells[column] = draw.choice(["", "?", row_of(other)[column]])
            table.append((each.id, tuple(cells)))
        draw.shuffle(table)
        found = match(rows(*(cells for _, cells in table)), people, COLUMNS)
        for line, student in found.student_of.items():
            cells = table[line - 2][1]
            own = row_of(next(each for each in people if each.id == student))
            pointed = {student for each in people for column in (1, 2, 3) if cells[column] == row_of(each)[column]}
            assert pointed == {student}
            assert any(cells[column] == own[column] for column in (1, 2, 3))
            assert not any(
                cells[column] == row_of(each)[column] for each in people if each.id != student for column in (1, 2, 3)
            )
        assert len(set(found.student_of.values())) == len(found.student_of)
        assert len(found.student_of) + len(found.unmatched) == len(people)
