"""Who should have handed in, and who did."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from helpers import make_course

from autograder.course.course import Course, load_course
from autograder.gradebook.record import open_gradebook
from autograder.gradebook.roster import compare_with_roster, names_in


@pytest.fixture
def settings(tmp_path: Path) -> Course:
    return load_course(make_course(tmp_path / "course"))


def lines(settings: Course, handed_in: list[str], recorded: list[str] = [], **names: str) -> list[str]:  # noqa: B006
    """What is said where the gradebook knows students by these last names."""
    with open_gradebook(settings) as gradebook, gradebook.db.no_autoflush:
        gradebook.update_or_create_assignment("tiny")
        for student, last_name in names.items():
            gradebook.update_or_create_student(student, last_name=last_name or None)
        for student in recorded:
            gradebook.update_or_create_submission("tiny", student)
        return compare_with_roster(gradebook, recorded, handed_in)


def test_without_a_roster_nobody_is_a_stranger(settings: Course) -> None:
    assert lines(settings, ["ann", "bob"]) == []
    assert lines(settings, ["ann", "bob"], ["ann"], ann="") == []


def test_strangers_and_those_who_did_not_hand_in_are_named(settings: Course) -> None:
    found = lines(settings, ["ann", "bobb", "zoe"], ann="A", bob="B", carl="C")
    assert found == [
        "Not on the roster: bobb (bob?), zoe. Their marks are kept. Rename the folder if it is a slip (or mend "
        "c.Grading.partners), or put the student on it: `autograder roster FILE`.",
        "On the roster, but nothing handed in: bob, carl.",
    ]


def test_a_stranger_stays_one_after_the_marks_are_recorded(settings: Course) -> None:
    [line] = lines(settings, ["ann", "zoe"], ["ann", "zoe"], ann="A", zoe="")
    assert line.startswith("Not on the roster: zoe.")


def test_a_roster_of_bare_ids_is_one_too(settings: Course) -> None:
    assert lines(settings, ["ann"], ann="", bob="") == ["On the roster, but nothing handed in: bob."]


def test_whoever_is_gone_from_submitted_is_named_and_keeps_the_marks(settings: Course) -> None:
    [line] = lines(settings, ["ann"], ["ann", "bob"], ann="", bob="")
    assert line.startswith("In the gradebook, but no more in submitted/: bob. Their marks of this assignment")


def test_of_many_the_first_are_named(settings: Course) -> None:
    many = {f"s{index:03}": "X" for index in range(50)}
    [line] = lines(settings, ["s000"], **many)
    assert line.endswith("s020 and 29 more.")


def test_names_are_those_of_the_gradebook_and_none_where_it_can_t_be_asked(settings: Course) -> None:
    assert names_in(settings) == {}
    lines(settings, [], ann="A", bob="")
    with open_gradebook(settings) as gradebook:
        gradebook.update_or_create_student("ann", first_name="Ann")
    assert names_in(settings) == {"ann": "Ann A"}
    assert names_in(replace(settings, gradebook_url="postgresql://nobody@127.0.0.1:1/none")) == {}
    Path(settings.gradebook_url.removeprefix("sqlite:///")).write_text("no database")
    assert names_in(settings) == {}
