"""Wrong answers without a name: those that gave the same are one group, and a sentence makes an entry of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers import hand_in, make_course, notebook_of, run

from autograder.audit.unnamed import Group, group_unnamed, write_entry
from autograder.checks.catalogue import load_misconceptions
from autograder.course.course import load_course
from autograder.course.errors import CourseError
from autograder.course.loading import load_assignment

# No small edit makes these right, and the catalogue knows neither.
SAME = "def double(x):\n    return sum(ord(each) for each in str(x))"
SAME_AGAIN = (
    "def double(value):\n    total = 0\n    for sign in str(value):\n        total += ord(sign)\n    return total"
)
OTHER = "def double(x):\n    return len(repr(x)) ** 3 + 11"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = make_course(tmp_path_factory.mktemp("course"))
    assignment = load_assignment(folder, "tiny")
    for student, code in (("student-001", SAME), ("student-002", OTHER), ("student-003", SAME_AGAIN)):
        hand_in(folder, student, notebook_of(assignment, {"double": code}))
    done = run("autograder", "grade", "tiny", "--quiet", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def groups_of(folder: Path) -> list[Group]:
    return [
        each
        for each in group_unnamed(load_course(folder), load_assignment(folder, "tiny"))
        if each.exercise == "double"
    ]


def test_students_whose_answers_are_the_same_stand_together_the_most_first(course: Path) -> None:
    first, second = groups_of(course)
    assert first.students == ("student-001", "student-003")
    assert second.students == ("student-002",)
    assert first.code == SAME + "\n"
    assert first.points < first.max_points
    assert first.message


def test_the_command_shows_each_group_and_adds_what_is_typed_to_the_catalogue(course: Path) -> None:
    done = run("autograder", "unnamed", "tiny", cwd=course)
    assert "2 students: student-001, student-003" in done.stdout
    assert "ord(each)" in done.stdout
    assert not (course / "tests/hidden/tiny/found_misconceptions.json").exists()


def test_a_sentence_makes_an_entry_that_names_the_mistake_next_time(course: Path) -> None:
    assignment = load_assignment(course, "tiny")
    entry, file = write_entry(assignment, groups_of(course)[0], "The digits' codes are added up: double the number.")
    assert (entry.exercise, entry.id) == ("double", "the-digits-codes-are-added")
    stored = json.loads((assignment.checks_folder / file).read_text())
    assert stored[0]["code"] == SAME.splitlines()
    assert "student-001" not in json.dumps(stored)
    assert entry in load_misconceptions(assignment)
    done = run("autograder", "grade", "tiny", "--json", cwd=course)
    reports = {each["student"]: each for each in map(json.loads, done.stdout.splitlines())}
    for student in ("student-001", "student-003"):
        told = next(each for each in reports[student]["exercises"] if each["name"] == "double")
        assert told["misconceptions"] == [entry.id]
        assert told["message"] == entry.sentence


def test_two_sentences_that_begin_alike_get_ids_of_their_own(tmp_path: Path) -> None:
    assignment = load_assignment(make_course(tmp_path), "tiny")
    group = Group("double", ("student-001",), "Wrong.", 0.0, 1.0, "def double(x):\n    return 7\n")
    ids = [write_entry(assignment, group, "It is always seven here.")[0].id for _ in range(2)]
    assert ids == ["it-is-always-seven-here", "it-is-always-seven-here-2"]


@pytest.mark.parametrize(
    "text", ["{", "[1]", '[{"exercise": "double", "id": 1, "sentence": "", "code": []}]', '[{"id": ""}]']
)
def test_a_damaged_file_of_entries_is_one_sentence(tmp_path: Path, text: str) -> None:
    assignment = load_assignment(make_course(tmp_path), "tiny")
    (assignment.checks_folder / "found_misconceptions.json").write_text(text)
    with pytest.raises(CourseError, match=r"found_misconceptions\.json can.t be read: .* It is a list of entries"):
        load_misconceptions(assignment)
