"""`autograder new` makes an assignment that is complete, and the page on it leads to one more exercise."""

from __future__ import annotations

import re
import shlex
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from helpers import ROOT, TINY_COURSE, hand_in, make_course
from nbgrader.apps import NbGraderAPI
from sqlalchemy import make_url
from traitlets.config.loader import PyFileConfigLoader

from autograder.audit import probes
from autograder.cli import tools
from autograder.course.course import load_course
from autograder.course.errors import CourseError
from autograder.course.loading import load_assignment
from autograder.course.new_assignment import create
from autograder.gradebook.database import prepare

PAGE = ROOT / "docs" / "new-assignment.md"
STARTER = ROOT / "autograder" / "course" / "starter"
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
Command = Callable[..., tuple[int, str, str]]


class Newcomer:
    """Does what the page says, in a course with the real settings."""

    def __init__(self, course: Path, command: Command) -> None:
        self.course, self.command = course, command
        self.notebook = course / "source" / "my_lab" / "my_lab.ipynb"
        self.said: dict[str, str] = {}

    def follow(self, language: str, how: str, text: str) -> None:
        what = dict(part.split("=") for part in how.split() if "=" in part)
        if language == "sh":
            for line in text.splitlines():
                self.said[line] = self.run(*shlex.split(line))
        elif "file" in what:
            (self.course / what["file"]).write_text(text)
        elif "add" in what:
            path = self.course / what["add"]
            path.write_text(f"{path.read_text()}\n{text}")
        else:
            self.add_cell(language, what, text.rstrip("\n"))

    def add_cell(self, language: str, what: dict[str, str], text: str) -> None:
        notebook = nbformat.read(self.notebook, as_version=4)
        make = nbformat.v4.new_markdown_cell if language == "markdown" else nbformat.v4.new_code_cell
        cell = make(text)
        if "cell" in what:  # what nbgrader's Create Assignment makes of the type that the page names
            is_test = what["type"] == "test"
            marks = {"schema_version": 3, "task": False, "grade": is_test, "solution": not is_test, "locked": is_test}
            points = {"points": int(what["points"])} if is_test else {}
            cell.metadata["nbgrader"] = {**marks, **points, "grade_id": what["cell"]}
        notebook.cells.append(cell)
        nbformat.write(notebook, self.notebook)

    def run(self, program: str, *arguments: str) -> str:
        load_assignment.cache_clear()
        if program == "autograder":
            code, out, err = self.command(*arguments)
            assert code == 0, out + err
            return out
        if program == "nbgrader":
            assert arguments[:2] == ("generate_assignment", "my_lab")
            config = PyFileConfigLoader("nbgrader_config.py", path=str(self.course)).load_config()
            done = NbGraderAPI(config=config).generate_assignment("my_lab", force="--force" in arguments)
            assert done["success"], done
            return str(done["log"])
        assert (program, *arguments) == ("pytest", "tests/hidden/my_lab")  # test_plugin.py has such runs
        return ""  # and the audit asks the same checks


def test_the_page_leads_to_an_assignment_of_three_exercises_that_is_ready(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "OF_ALTERNATIVES", 4)
    monkeypatch.setattr(probes, "OF_PAIRS", 4)
    monkeypatch.setattr(tools, "_AUDIT_MEND_CPU_SECONDS", 0.05)
    course = make_course(tmp_path / "course")
    shutil.rmtree(course / "source" / "tiny")
    monkeypatch.chdir(course)
    settings = load_course(course)
    prepare(make_url(settings.gradebook_url), settings.course_id)  # or nbgrader starts a program to make it
    newcomer = Newcomer(course, command)
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) == 9
    for language, how, text in blocks:
        if "grade" in text.split():  # "and when submissions are in"
            hand_in(course, "student-001", newcomer.notebook.read_text(), "my_lab")
        newcomer.follow(language, how, text)
    audit = newcomer.said["autograder audit my_lab"]
    assert "Ready to release." in audit
    assert "3/3" in next(line for line in audit.splitlines() if "exercises with points" in line)
    assert re.search(r"student-001 +30 +10 +10 +10", newcomer.said["autograder grade my_lab"])
    assert "Made 1 page" in newcomer.said["autograder feedback my_lab"]


def test_the_page_names_every_file_that_the_command_makes(tmp_path: Path) -> None:
    made = create(load_course(make_course(tmp_path / "course")), "my_lab")
    page = PAGE.read_text(encoding="utf-8")
    unnamed = [path.name for path in made if path.name not in page and path.name != "__init__.py"]
    assert not unnamed
    assert all((PAGE.parent / name).is_file() for name in re.findall(r"\]\(([^)#]+)", page))


def test_the_notebook_has_the_assignment_s_name_whatever_is_in_it(tmp_path: Path) -> None:
    course = load_course(make_course(tmp_path / "course"))
    name = 'week 1 "temperatures" – Übung'
    create(course, name)
    notebook = nbformat.read(course.folders.source / name / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert notebook.cells[0].source.startswith(f"# {name}\n")
    assert course.assignment(name).max_score == 20


@pytest.mark.parametrize("name", ["", ".hidden", " lab", "a/b", "../lab", "a+b", "a\nb", "lab[1]", "what?", "*", "-x"])
def test_what_can_t_be_a_name_is_refused_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    course = load_course(make_course(tmp_path / "course"))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(CourseError) as refused:
        create(course, name)
    assert repr(name) in str(refused.value)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("taken", ["source/lab", "tests/hidden/lab", "release/lab"])
def test_what_is_there_already_is_left_alone(tmp_path: Path, taken: str) -> None:
    course = load_course(make_course(tmp_path / "course"))
    (course.folder / taken).mkdir(parents=True)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(CourseError, match=f"{taken} is there already, and nothing was written"):
        create(course, "lab")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_can_t_be_written_is_one_sentence(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    shutil.rmtree(course / "tests")
    (course / "tests").write_text("a file in the way")
    with pytest.raises(CourseError, match=r"can't be written: Not a directory\."):
        create(load_course(course), "lab")
    assert not (course / "source" / "lab").exists()


def test_the_package_ships_every_file_of_the_starter() -> None:
    data: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    shipped = {path for pattern in data["autograder.course"] for path in STARTER.parent.glob(pattern)}
    files = {path for path in STARTER.rglob("*") if path.is_file()}
    assert files
    assert files <= shipped


def test_the_words_of_the_starter_are_of_no_lab_of_ours() -> None:
    names = [path.name for path in (*(ROOT / "source").iterdir(), *(TINY_COURSE / "source").iterdir())]
    for path in STARTER.rglob("*.*"):
        assert not [name for name in names if name in path.read_text(encoding="utf-8")]
