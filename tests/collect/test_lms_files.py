"""`nbgrader zip_collect` on zips of learning platforms: each notebook goes to whom the roster says."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from helpers import make_course
from nbgrader.apps.zipcollectapp import ZipCollectApp
from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import PyFileConfigLoader

from autograder.course.course import load_course
from autograder.gradebook.roster_import import import_roster

ROSTER = [
    {"id": "uno", "first_name": "Uno", "last_name": "Example", "lms_user_id": "4711"},
    {"id": "due", "first_name": "Due", "last_name": "de  Esempio", "lms_user_id": "4712"},
    {"id": "tre1", "first_name": "Tre", "last_name": "Same", "lms_user_id": "4713"},
    {"id": "tre2", "first_name": "Tre", "last_name": "Same", "lms_user_id": None},
]


@pytest.fixture
def collect(tmp_path: Path) -> Any:
    """Runs `nbgrader zip_collect tiny` on a zip of these files; gives those that were collected, with their text."""
    course = make_course(tmp_path / "course")
    import_roster(load_course(course), ROSTER)

    def collect(*names: str, settings: str = "") -> dict[str, str]:
        archive = course / "downloaded" / "tiny" / "archive"
        archive.mkdir(parents=True)
        with zipfile.ZipFile(archive / "submissions.zip", "w") as zipped:
            for name in names:
                zipped.writestr(name, f"of {name}")
        with (course / "course_config.py").open("a") as file:
            file.write(settings)
        config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
        config.CourseDirectory.assignment_id = "tiny"
        app = ZipCollectApp(config=config, coursedir=CourseDirectory(config=config))
        app.init_plugins()
        app.extract_archive_files()
        app.process_extracted_files()
        found = (course / "submitted").rglob("*")
        return {str(each.relative_to(course / "submitted")): each.read_text() for each in found if each.is_file()}

    return collect


def test_canvas_names_the_student_by_the_id_on_the_platform(collect: Any) -> None:
    uno, due, stranger = (
        "exampleuno_4711_900_tiny.ipynb",
        "deesempiodue_LATE_4712_901_my work-1.ipynb",
        "x_99_902_tiny.ipynb",
    )
    assert collect(uno, due, stranger) == {
        "uno/tiny/tiny.ipynb": f"of {uno}",
        "due/tiny/my work-1.ipynb": f"of {due}",
        "99/tiny/tiny.ipynb": f"of {stranger}",
    }


@pytest.mark.parametrize("folder", ["_assignsubmission_file_/", "_assignsubmission_file/", "_assignsubmission_file_"])
def test_moodle_names_the_student_by_the_full_name(collect: Any, folder: str) -> None:
    names = [
        f"Uno Example_17{folder}tiny.ipynb",
        f"DE ESEMPIO Due_18{folder}tiny.v2.ipynb",
        f"Tre Same_19{folder}tiny.ipynb",
    ]
    assert collect(*names, f"Tre Same_20{folder}tiny.ipynb", f"Ö_21{folder}notes.pdf").keys() == {
        "uno/tiny/tiny.ipynb",
        "due/tiny/tiny.v2.ipynb",
        "Tre Same 19/tiny/tiny.ipynb",
        "Tre Same 20/tiny/tiny.ipynb",
        "Ö 21/tiny/notes.pdf",
    }


def test_of_two_attempts_on_blackboard_the_later_counts_with_its_time(collect: Any) -> None:
    first, second = (f"tiny_uno_attempt_2027-03-01-{hour}-00-00_tiny.ipynb" for hour in (22, 23))
    assert collect(first, second, settings='c.Exchange.timezone = "Asia/Seoul"\n') == {
        "uno/tiny/tiny.ipynb": f"of {second}",
        "uno/tiny/timestamp.txt": "2027-03-01 14:00:00",
    }


def test_nobody_sets_the_time_or_leaves_the_folder_by_a_name(collect: Any) -> None:
    moodle = "_assignsubmission_file_/"
    assert collect(f"Uno Example_17{moodle}timestamp.txt", f".._18{moodle}tiny.ipynb", "readme.txt") == {}


def test_an_archive_of_a_student_s_stays_closed_and_keeps_nobody_waiting(collect: Any) -> None:
    damaged, uno = "deesempiodue_4712_901_work.zip", "exampleuno_4711_900_tiny.ipynb"
    assert collect(damaged, uno) == {"due/tiny/work.zip": f"of {damaged}", "uno/tiny/tiny.ipynb": f"of {uno}"}


def test_a_course_s_own_pattern_is_asked_instead(collect: Any) -> None:
    pattern = r".*/(?P<lms_user_id>\d+)-(?P<file_id>\w+)\.ipynb"
    settings = f"c.FileNameCollectorPlugin.named_regexp = {pattern!r}\n"
    assert collect("4711-tiny.ipynb", "exampleuno_4711_900_tiny.ipynb", settings=settings).keys() == {
        "uno/tiny/tiny.ipynb"
    }


def test_a_file_s_own_name_makes_it_nobody_else_s(collect: Any) -> None:
    mine = "tiny_due_attempt_2027-03-01-11-00-00_x_uno_attempt_2027-03-01-12-00-00_tiny.ipynb"
    theirs = "tiny_uno_attempt_2027-03-01-10-00-00_tiny.ipynb"
    found = collect(mine, theirs)
    assert found["uno/tiny/tiny.ipynb"] == f"of {theirs}"
    assert found["uno/tiny/timestamp.txt"] == "2027-03-01 10:00:00"


@pytest.mark.parametrize("own", ["tiny_due_attempt_2027-03-01-11-00-00_work", "deesempiodue_4712_901_work"])
def test_a_folder_in_a_student_s_own_zip_makes_it_nobody_else_s(collect: Any, own: str) -> None:
    inside = "Uno Example_17_assignsubmission_file_/tiny.ipynb"
    found = collect(f"{own}/{inside}", "tiny_2027_03_all/Uno Example_17_assignsubmission_file_/tiny.ipynb")
    assert {name for name in found if not name.endswith("timestamp.txt")} == {
        "uno/tiny/tiny.ipynb",
        f"due/tiny/work/{inside}",
    }
    assert found["uno/tiny/tiny.ipynb"].startswith("of tiny_2027")


def test_a_name_that_two_platforms_would_give_is_nobody_s(collect: Any) -> None:
    assert collect("deesempiodue_4712_900_x_uno_attempt_2027-03-01-12-00-00_tiny.ipynb") == {}
