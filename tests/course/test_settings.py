"""Settings of a course: folders, time zone, partners, questions; what is wrong with one is a sentence."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from helpers import make_course, notebook_of, run, write_notebook

from autograder.audit.files import static_rows
from autograder.course.assignment import Assignment
from autograder.course.course import Course, load_course
from autograder.course.errors import CourseError
from autograder.course.loading import load_assignment
from autograder.sandbox.limits import Limits


def with_settings(folder: Path, *lines: str) -> Path:
    course = make_course(folder)
    with (course / "nbgrader_config.py").open("a") as file:
        file.write("\n".join(["", *lines, ""]))
    return course


def course_with(folder: Path, *lines: str) -> Course:
    return load_course(with_settings(folder, *lines))


QUESTIONS = "c.Grading.questions = "
PARTNERS = "c.Grading.partners = "


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f"{QUESTIONS}3", r"c\.Grading\.questions is 3; it must be a dictionary of assignments"),
        (f"{QUESTIONS}{{'big': {{}}}}", r"c\.Grading\.questions names the assignment 'big'\. Assignments here: tiny\."),
        (
            f"{QUESTIONS}{{'tiny': 'double'}}",
            r"\['tiny'\] is 'double'; it must be like \{'exercise': 'waived'\}",
        ),
        (f"{QUESTIONS}{{'tiny': {{'double': 'free'}}}}", r"\['double'\] is 'free'; it can be 'waived' .* or 'dropped'"),
        (f"{QUESTIONS}{{'tiny': {{'double': True}}}}", r"\['double'\] is True; it can be 'waived'"),
        (f"{PARTNERS}['ann', 'bob']", r"c\.Grading\.partners is .*; it must be a dictionary"),
        (f"{PARTNERS}{{'big': []}}", r"partners names the assignment 'big'\. Assignments here: tiny"),
        (f"{PARTNERS}{{'tiny': ['ann', 'bob']}}", r"groups, like \[\['student-001', 'student-002'\]\]"),
        (f"{PARTNERS}{{'tiny': 'ann'}}", r"it must be a list of groups"),
        (f"{PARTNERS}{{'tiny': [['ann']]}}", r"holds the group \['ann'\]; a group has two students or more"),
        (f"{PARTNERS}{{'tiny': [[]]}}", r"a group has two students or more"),
        (f"{PARTNERS}{{'tiny': [['ann', 3]]}}", r"names 3, which can't be a student's id"),
        (f"{PARTNERS}{{'tiny': [['ann', ' bob']]}}", r"names ' bob', which can't be a student's id"),
        (f"{PARTNERS}{{'tiny': [['ann', 'ann']]}}", r"names 'ann' twice\. A student can be in one group only"),
        (f"{PARTNERS}{{'tiny': [['ann', 'bob'], ['bob', 'eve']]}}", r"names 'bob' twice"),
        ("c.Exchange.timezone = 'Asia/Soul'", r"c\.Exchange\.timezone is 'Asia/Soul', which is no time zone"),
        ("c.Exchange.timezone = 'KST'", r"is 'KST', which is no time zone"),
        ("c.Exchange.timezone = ''", r"is '', which is no time zone"),
        ("c.Exchange.timezone = 9", r"is 9, which is no time zone"),
        ("c.Exchange.timezone = 'Asia'", r"is 'Asia', which is no time zone"),
        ("c.CourseDirectory.root = '/no/such/folder'", r"root is '/no/such/folder'; there is no such folder"),
        ("c.CourseDirectory.source_directory = ''", r"source_directory is ''; it must be a folder's name"),
        ("c.CourseDirectory.feedback_directory = 3", r"feedback_directory is 3; it must be a folder's name"),
        (
            "c.CourseDirectory.directory_structure = '{student_id}/{nbgrader_step}/{assignment_id}'",
            r"directory_structure is .*; the grader works with .* only\. Take the setting out",
        ),
        ("c.Grading.workers = -1", r"c\.Grading\.workers is -1; it must be a whole number"),
        ("c.Grading.workers = 'two'", r"c\.Grading\.workers is 'two'; it must be a whole number"),
        ("c.Grading.mend = 'no'", r"c\.Grading\.mend is 'no'; it must be True or False\."),
        ("c.Grading.mend = 0", r"c\.Grading\.mend is 0; it must be True or False\."),
        ("c.Grading.mned = True", r"There is no setting c\.Grading\.mned\. Is it c\.Grading\.mend\? There are: "),
        (
            "c.Grading.colour = 3",
            r"There is no setting c\.Grading\.colour\.  ?There are: ask, inside, isolation, ",
        ),
        ("c.Grading.ask = 3", r"c\.Grading\.ask must be a text of at most 500 characters\."),
        ("c.Grading.ask = 'x' * 501", r"c\.Grading\.ask must be a text of at most 500 characters\."),
        ("c.Limits.mend_cpu_seconds = -1", r"the limit mend_cpu_seconds is -1; it must be above zero"),
    ],
)
def test_a_wrong_setting_is_one_sentence(tmp_path: Path, line: str, said: str) -> None:
    with pytest.raises(CourseError, match=said) as refused:
        course_with(tmp_path / "course", line)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [
        ("", Limits().mend_cpu_seconds),
        ("c.Grading.mend = True", Limits().mend_cpu_seconds),
        ("c.Limits.mend_cpu_seconds = 0.5", 0.5),
        ("c.Limits.mend_cpu_seconds = 0", 0),
        ("c.Grading.mend = False", 0),
        ("c.Grading.mend = False\nc.Limits.mend_cpu_seconds = 5", 0),
    ],
)
def test_mending_can_be_limited_and_turned_off(tmp_path: Path, lines: str, seconds: float) -> None:
    settings = tmp_path / "nbgrader_config.py"
    settings.write_text(f"c = get_config()\n{lines}\n")
    (tmp_path / "source").mkdir()
    assert load_course(tmp_path).limits.mend_cpu_seconds == seconds
    assert Limits().mend_cpu_seconds > 0


def test_an_exercise_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    course = course_with(tmp_path / "course", f"{QUESTIONS}{{'tiny': {{'triple': 'waived'}}}}")
    with pytest.raises(CourseError, match=r"names 'triple', .* exercises: double, mean_of, double_mean\."):
        course.assignment("tiny")
    every = dict.fromkeys(("double", "mean_of", "double_mean"), "dropped")
    course = course_with(tmp_path / "other", f"{QUESTIONS}{{'tiny': {every}}}")
    with pytest.raises(CourseError, match=r"drops every exercise"):
        course.assignment("tiny")


def test_questions_and_partners_are_what_the_settings_say(tmp_path: Path) -> None:
    course = course_with(
        tmp_path / "course",
        f"{QUESTIONS}{{'tiny': {{'double': 'waived', 'mean_of': 'dropped'}}}}",
        f"{PARTNERS}{{'tiny': [['ann', 'bob', 'eve'], ('x', 'y')]}}",
        "c.Exchange.timezone = 'Asia/Seoul'",
    )
    assert course.questions == {"tiny": {"double": "waived", "mean_of": "dropped"}}
    assert course.partners == {"tiny": (("ann", "bob", "eve"), ("x", "y"))}
    assert course.timezone == "Asia/Seoul"
    assert course.assignment("tiny").name == "tiny"


def test_without_settings_nothing_is_waived_and_everybody_is_alone(tmp_path: Path) -> None:
    course = course_with(tmp_path / "course")
    assert (course.questions, course.partners, course.timezone) == ({}, {}, "UTC")
    assert course.folders.source == course.folder / "source"
    assert replace(course.assignment("tiny"), release_settings="") == load_assignment(course.folder, "tiny")


def test_one_hand_in_counts_for_all_of_a_group(tmp_path: Path) -> None:
    course = course_with(tmp_path / "course", f"{PARTNERS}{{'tiny': [['ann', 'bob'], ['x', 'y'], ['no', 'body']]}}")
    for student in ("bob", "x", "y", "eve"):
        (course.folders.submitted / student / "tiny").mkdir(parents=True)
    assert course.students("tiny") == ["ann", "bob", "eve", "x", "y"]
    assert course.submitted("ann", "tiny") == course.folders.submitted / "bob" / "tiny"
    assert course.submitted("y", "tiny") == course.folders.submitted / "y" / "tiny"
    assert course.submitted("no", "tiny") == course.folders.submitted / "no" / "tiny"
    assert course.submitted("ann", "other") == course.folders.submitted / "ann" / "other"
    assert course.students("other") == []


def test_folders_are_nbgraders_relative_to_its_root_or_absolute(tmp_path: Path) -> None:
    (tmp_path / "course" / "data").mkdir(parents=True)
    course = course_with(
        tmp_path / "course",
        f"c.CourseDirectory.root = {str(tmp_path / 'course' / 'data')!r}",
        "c.CourseDirectory.submitted_directory = 'handed/in'",
        "c.CourseDirectory.autograded_directory = '../graded'",
        f"c.CourseDirectory.feedback_directory = {str(tmp_path / 'pages')!r}",
    )
    data = tmp_path / "course" / "data"
    assert course.folders.source == data / "source"
    assert course.submitted("ann", "tiny") == data / "handed" / "in" / "ann" / "tiny"
    assert course.autograded("ann", "tiny") == tmp_path / "course" / "graded" / "ann" / "tiny"
    assert course.folders.feedback == tmp_path / "pages"
    assert course.gradebook_url == f"sqlite:///{course.folder}/gradebook.db"  # course_config.py names it


@pytest.mark.slow
def test_every_command_works_in_the_folders_of_the_settings(tmp_path: Path, tiny: Assignment) -> None:
    elsewhere = tmp_path / "elsewhere"
    course = with_settings(
        tmp_path / "course",
        f"c.CourseDirectory.root = {str(tmp_path / 'course' / 'data')!r}",
        "c.CourseDirectory.source_directory = 'instructor'",
        "c.CourseDirectory.release_directory = 'public'",
        f"c.CourseDirectory.submitted_directory = {str(elsewhere)!r}",
        "c.CourseDirectory.autograded_directory = 'graded/now'",
        "c.CourseDirectory.feedback_directory = 'pages'",
    )
    data = course / "data"
    data.mkdir()
    (course / "source").rename(data / "instructor")
    write_notebook(elsewhere / "ann" / "tiny" / "tiny.ipynb", notebook_of(tiny))
    for command in (
        ("nbgrader", "generate_assignment", "tiny"),
        ("autograder", "grade", "tiny"),
        ("nbgrader", "autograde", "tiny", "--force"),
        ("nbgrader", "generate_feedback", "tiny"),
        ("pytest", "tests/hidden/tiny", "-q", "-p", "no:cacheprovider"),
    ):
        done = run(*command, cwd=course)
        assert done.returncode == 0, done.stdout + done.stderr
    found = load_course(course)
    *_, release = static_rows(found.assignment("tiny"), found.folders.release / "tiny", found.addresses)
    assert (release.title[:7], release.problems) == ("release", ())
    assert (data / "graded" / "now" / "ann" / "tiny" / "report.json").is_file()
    assert (data / "pages" / "ann" / "tiny" / "tiny.html").is_file()
    left = {path.name for path in course.iterdir()} - {"__pycache__"}
    files = {"course_config.py", "nbgrader_config.py", "gradebook.db", ".autograder.lock"}
    assert left == {"data", "tests", *files}


@pytest.mark.slow
def test_a_plugin_beside_the_settings_and_nbgraders_programs_are_found(tmp_path: Path) -> None:
    course = with_settings(tmp_path / "course", "c.ExportApp.plugin_class = 'own_plugin.Export'")
    (course / "own_plugin.py").write_text(
        "from nbgrader.plugins import CsvExportPlugin\n\nclass Export(CsvExportPlugin):\n"
        "    def export(self, gradebook):\n        print('the plugin was here')\n"
    )
    sparse = {"PATH": "/usr/bin:/bin"}  # without .venv/bin
    done = run("nbgrader", "db", "assignment", "add", "tiny", cwd=course, **sparse)
    assert done.returncode == 0, done.stderr
    done = run("nbgrader", "export", cwd=course, **sparse)
    assert "the plugin was here" in done.stdout, done.stderr
    code = "from autograder.course.course import load_course; from pathlib import Path; load_course(Path('{}')); "
    code += "import own_plugin; print(own_plugin.__file__)"
    done = run("python", "-c", code.format(course), cwd=tmp_path)
    assert done.stdout.strip() == str(course / "own_plugin.py"), done.stderr


def test_the_courses_folder_comes_last_on_the_path_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", ["/first"])
    course = make_course(tmp_path / "course")
    load_course(course)
    load_course(course)
    assert sys.path == ["/first", str(course)]


@pytest.mark.parametrize("name", ["a+b", ".hidden", " tiny", "tiny ", "../tiny", "a\nb"])
def test_a_name_that_nbgrader_does_not_take_is_one_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(CourseError, match=r"can't be an assignment's name: .* rename the folders"):
        load_assignment(tmp_path, name)
