"""A course's folder and settings: found from anywhere in it, and what is wrong is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import make_course

from autograder.course.course import find_course, load_course
from autograder.course.errors import CourseError


def test_a_course_is_found_from_any_folder_in_it(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    deep = course / "submitted" / "student-001" / "tiny"
    deep.mkdir(parents=True)
    for folder in (course, course / "source", deep):
        assert find_course(folder) == course
    assert find_course(course / "submitted" / "nobody") == course  # a folder that is not there yet


def test_the_nearest_course_counts(tmp_path: Path) -> None:
    outer = make_course(tmp_path / "outer")
    inner = make_course(outer / "inner")
    assert find_course(inner / "source") == inner
    assert find_course(inner.parent) == outer


def test_no_course_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"is not in a course: neither it nor a folder above it has nbgrader_config"):
        find_course(tmp_path)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("c.Limits.memory_bytes = -1", "the limit memory_bytes is -1; it must be above zero"),
        ("c.Limits.memory = 5", "The settings c.Limits in .* are wrong: .*'memory'"),
        ("c.Grading.isolation = 'none'", "c.Grading.isolation is 'none'; it can be 'full' or 'partial'"),
        ("this is no Python", r"nbgrader_config.py can't be read: "),
    ],
)
def test_a_wrong_setting_is_one_sentence(tmp_path: Path, setting: str, said: str) -> None:
    course = make_course(tmp_path / "course")
    with (course / "nbgrader_config.py").open("a") as file:
        file.write(f"\n{setting}\n")
    with pytest.raises(CourseError, match=said):
        load_course(course)


def test_who_has_no_report_yet_is_counted_up_to_a_number(tmp_path: Path) -> None:
    folder = make_course(tmp_path)
    for each in ("student-001", "student-002", "student-003"):
        (folder / "submitted" / each / "tiny").mkdir(parents=True)
    course = load_course(folder)
    assert [course.count_ungraded("tiny", most) for most in (9, 2)] == [3, 2]
    report = course.autograded("student-002", "tiny") / "report.json"
    report.parent.mkdir(parents=True)
    report.write_text("{}")
    assert course.count_ungraded("tiny", 9) == 2
    assert course.count_ungraded("another", 9) == 0


def test_settings_are_those_of_the_files(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    with (course / "nbgrader_config.py").open("a") as file:
        file.write("c.Grading.workers = 3\nc.Grading.show_cells = True\nc.Limits.open_files = 77\n")
    found = load_course(course)
    assert (found.folder, found.workers, found.show_cells, found.limits.open_files) == (course, 3, True, 77)
    assert found.limits.cell_wall_seconds == 1.5
    assert found.isolation == "full"
