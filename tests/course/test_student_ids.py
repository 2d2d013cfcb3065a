"""Who is a student: any printable name of a folder, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from helpers import make_course
from readers import IDS

from autograder.course.course import is_student_id, load_course


def test_a_folder_that_is_no_students_is_left_out_with_a_sentence(hostile_class: Path) -> None:
    lines = (hostile_class / "grade.log").read_text().splitlines()
    found = [re.match(r"submitted/(.*): this can't be a student's id: an id has at most 128", line) for line in lines]
    folders = [each.group(1) for each in found if each]
    assert sorted(folders) == sorted(["two�lines", "�[31mred", "caf�", "x" * 80, " student-001"])
    graded = {path.name for path in (hostile_class / "autograded").iterdir()} - {".answers.tiny", ".mended"}
    assert not [name for name in graded if not is_student_id(name)]


@pytest.mark.parametrize("name", ["ann", "ann.lee+1@example.org", "Ann Lee", "名前", "O'Brien", *IDS, "x" * 128])
def test_a_printable_name_is_an_id(name: str) -> None:
    assert is_student_id(name)


@pytest.mark.parametrize("name", [".ann", " ann", "ann ", "a\nb", "a\x1b[0m", "a\x9b", "a\u202eb", "\udce9", "x" * 129])
def test_another_name_is_no_id(name: str) -> None:
    assert not is_student_id(name)


def test_who_handed_in_is_whoever_has_a_folder(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    for name in ("bob", "ann", "a\x07"):
        (course / "submitted" / name / "tiny").mkdir(parents=True)
    (course / "submitted" / "eve").mkdir()
    assert load_course(course).students("tiny") == ["ann", "bob"]
