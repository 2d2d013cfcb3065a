"""The gradebook as a class report reads it: the same as nbgrader says, and one sentence where it can't be read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from made_up_class import NAME, make_course
from nbgrader.api import Gradebook
from sqlalchemy import create_engine, text

from autograder.course.course import load_course
from autograder.course.errors import CourseError
from autograder.gradebook.class_roster import read_roster


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class")
    make_course(folder, 8, seed=4)
    return folder


def test_marks_are_those_of_nbgrader(folder: Path) -> None:
    engine = create_engine(f"sqlite:///{folder}/gradebook.db")
    with engine.begin() as connection:
        connection.execute(text("update grade set manual_score = 7.25 where id like '%2'"))
        connection.execute(text("update grade set extra_credit = 0.5 where id like '%3'"))
        connection.execute(text("update grade set auto_score = null where id like '%4'"))
        connection.execute(text("update submitted_notebook set late_submission_penalty = 1.5"))
    engine.dispose()
    course = load_course(folder)
    roster = read_roster(course, NAME, {NAME})
    assert roster is not None
    with Gradebook(course.gradebook_url) as gradebook:
        for each in gradebook.assignment_submissions(NAME):
            mine = roster.recorded[each.student_id]
            assert mine.raw_score == pytest.approx(each.score, abs=0.005)
            assert (mine.late_penalty, mine.timestamp) == (each.late_submission_penalty, each.timestamp)
        assert set(roster.names) == {each.id for each in gradebook.students}
        assert roster.due == gradebook.find_assignment(NAME).duedate


def test_an_assignment_that_the_gradebook_does_not_know_has_a_roster_all_the_same(folder: Path) -> None:
    roster = read_roster(load_course(folder), "another", {"another"})
    assert roster is not None
    assert (roster.due, roster.recorded, len(roster.names)) == (None, {}, 8)


def test_a_gradebook_that_is_not_there_or_empty_is_none(folder: Path, tmp_path: Path) -> None:
    course = replace(load_course(folder), gradebook_url=f"sqlite:///{tmp_path}/none.db")
    assert read_roster(course, NAME, {NAME}) is None
    (tmp_path / "none.db").touch()
    assert read_roster(course, NAME, {NAME}) is None


@pytest.mark.parametrize("content", [b"no database" * 100, None], ids=["another file", "a driver that is not here"])
def test_a_gradebook_that_can_t_be_read_is_one_sentence(folder: Path, tmp_path: Path, content: bytes | None) -> None:
    url = "postgresql+nothing://somewhere/gradebook"
    if content is not None:
        (tmp_path / "other.db").write_bytes(content)
        url = f"sqlite:///{tmp_path}/other.db"
    with pytest.raises(CourseError, match=r"^The gradebook .*\.$"):
        read_roster(replace(load_course(folder), gradebook_url=url), NAME, {NAME})
