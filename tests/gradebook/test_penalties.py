"""The late plugin: nbgrader's, or one that lies beside the settings; a broken one is a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import make_course

from autograder.course.course import load_course
from autograder.course.errors import CourseError
from autograder.gradebook.penalties import Penalty, make_penalty

PLUGIN = """
from nbgrader.plugins import BasePlugin

class Late(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        {body}
"""


def penalty_of(folder: Path, setting: str, body: str = "return None", module: str = "") -> Penalty:
    course = make_course(folder / "course")
    if module:
        (course / f"{module}.py").write_text(PLUGIN.format(body=body))
    with (course / "course_config.py").open("a") as file:
        file.write(f"\n{setting}\n")
    return make_penalty(load_course(course).config)


def test_nbgrader_s_own_methods_are_the_default(tmp_path: Path) -> None:
    assert penalty_of(tmp_path / "a", "")("x", 10.0, 60.0) == 0
    assert penalty_of(tmp_path / "b", 'c.LateSubmissionPlugin.penalty_method = "zero"')("x", 10.0, 60.0) == 10


def test_a_plugin_beside_the_settings_is_asked_with_who_the_score_and_the_seconds(tmp_path: Path) -> None:
    body = "return score / 10 * total_seconds_late + (student_id == 'y')"
    penalty = penalty_of(tmp_path, 'c.AssignLatePenalties.plugin_class = "late_a.Late"', body, "late_a")
    assert (penalty("x", 10.0, 3.0), penalty("y", 10.0, 3.0)) == (3, 4)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "raise ZeroDivisionError('by\\nzero')",
            "raised ZeroDivisionError for student-001, 60 s late with 10 points: by.",
        ),
        ("return 'much'", "answered 'much' for student-001; a penalty is a number of points, or None."),
        ("return float('nan')", "answered nan for student-001"),
        ("return [1]", "answered [1] for student-001"),
        ("raise SystemExit(0)", "raised SystemExit for student-001, 60 s late with 10 points: 0."),
        ("return True", "answered True for student-001"),
        ("return score / (total_seconds_late - 60)", "raised ZeroDivisionError for student-001"),
    ],
)
def test_a_plugin_that_raises_or_answers_nonsense_is_one_sentence(tmp_path: Path, body: str, said: str) -> None:
    module = f"late_{abs(hash(body))}"
    penalty = penalty_of(tmp_path, f'c.AssignLatePenalties.plugin_class = "{module}.Late"', body, module)
    with pytest.raises(CourseError) as caught:
        penalty("student-001", 10.0, 60.0)
    assert str(caught.value).startswith("The late plugin Late ")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["no_such_module.Late", "late_b.Nothing", "pathlib.Path", "nonsense"])
def test_a_plugin_that_can_t_be_loaded_is_one_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(CourseError, match=f"The late plugin '{name}' can't be loaded: ") as caught:
        penalty_of(tmp_path, f'c.AssignLatePenalties.plugin_class = "{name}"', module="late_b")
    assert "c.AssignLatePenalties.plugin_class names a class" in str(caught.value)
    assert " object at 0x" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_of_a_module_without_the_class_the_class_is_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"module 'late_d' has no attribute 'Nothing'"):
        penalty_of(tmp_path, 'c.AssignLatePenalties.plugin_class = "late_d.Nothing"', module="late_d")


def test_a_method_that_nbgrader_does_not_have_is_told_by_its_own_setting(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"The setting c\.LateSubmissionPlugin is wrong: .*'half'"):
        penalty_of(tmp_path, 'c.LateSubmissionPlugin.penalty_method = "half"')


def test_what_a_plugin_prints_is_no_part_of_the_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = "print('chatter')\n        return 1"
    assert penalty_of(tmp_path, 'c.AssignLatePenalties.plugin_class = "late_c.Late"', body, "late_c")("x", 10, 60) == 1
    assert capsys.readouterr().out == ""
