"""One line in a plain nbgrader course's settings: its commands then go through this grader, and its settings stay."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import RIGHT, TINY_COURSE, hand_in, notebook_of, run
from traitlets.config import Config

from autograder.course.assignment import Assignment
from autograder.course.course import load_course
from autograder.gradebook.connect import LINE, is_connected, use_autograder


def test_settings_of_the_course_s_own_stay() -> None:
    config = Config()
    config.CourseDirectory.course_id = "course101"
    config.CourseDirectory.ignore = ["*.tmp"]
    config.ClearSolutions.begin_solution_delimeter = "# ANSWER"
    assert not is_connected(config)
    use_autograder(config)
    assert is_connected(config)
    assert config.CourseDirectory.course_id == "course101"
    assert config.CourseDirectory.ignore == ["*.tmp", "report.json"]
    assert config.ClearSolutions.begin_solution_delimeter == "# ANSWER"


@pytest.mark.parametrize("last", [True, False])
def test_another_exchange_keeps_its_own_steps_whichever_line_comes_first(last: bool) -> None:
    class Theirs:
        """A step of an exchange that is not nbgrader's own."""

    config = Config()
    steps = ("collect", "release_feedback", "release_assignment", "exchange")
    for use in (use_autograder, None) if not last else (None, use_autograder):
        if use is not None:
            use(config)
        else:
            for step in steps:
                setattr(config.ExchangeFactory, step, Theirs)
    assert {config.ExchangeFactory[step] for step in steps} == {Theirs}


def test_every_class_that_the_line_names_is_there() -> None:
    from traitlets.utils.importstring import import_item

    config = Config()
    use_autograder(config)
    named = [
        value
        for section in config.values()
        for value in [*section.values(), *section.get("filters", {}).values()]
        if isinstance(value, str) and value.startswith("autograder.")
    ]
    assert len(named) == 12
    assert all(callable(import_item(each)) for each in named)


def test_commands_that_grade_nothing_do_not_wait_for_pytorch(tmp_path: Path) -> None:
    code = """
import sys
from traitlets.config import Config
from traitlets.utils.importstring import import_item
from autograder.gradebook.connect import use_autograder
config = Config()
use_autograder(config)
named = [value for section in config.values() for value in [*section.values(), *section.get("filters", {}).values()]]
found = [import_item(each) for each in named if isinstance(each, str) and each.startswith("autograder.")]
import autograder.collect.collect_from, autograder.gradebook.student_pages, autograder.report.class_report.class_page
print(len(found), "torch" in sys.modules)
"""
    assert run("python", "-c", code, cwd=tmp_path).stdout == "12 False\n"


@pytest.mark.slow
def test_a_plain_course_with_the_line_is_graded_by_this_grader(tmp_path: Path, tiny: Assignment) -> None:
    import shutil

    shutil.copytree(TINY_COURSE / "source", tmp_path / "source")  # its tests are the notebook's own
    (tmp_path / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.course_id = 'course101'\n{LINE}\n"
    )
    hand_in(tmp_path, "student-001", notebook_of(tiny, RIGHT))
    done = run("nbgrader", "autograde", "tiny", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Graded 1 of 1 submission" in done.stdout + done.stderr
    assert (tmp_path / "autograded" / "student-001" / "tiny" / "report.json").is_file()
    assert load_course(tmp_path).course_id == "course101"
