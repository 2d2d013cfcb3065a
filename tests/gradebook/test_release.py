"""The release as nbgrader makes it: addresses are filled in, by its command and by formgrader's button."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from helpers import make_course, run
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.converters.base import NbGraderException
from traitlets.config.loader import Config, PyFileConfigLoader

from autograder.audit.files import static_rows
from autograder.course.course import load_course
from autograder.course.errors import CourseError
from autograder.course.loading import load_assignment
from autograder.gradebook.release import ReleaseExporter

README = "# Tiny\n\n<!-- open-in -->\n\nWörds.\n"
SETTINGS = 'c.Release.repository = "https://github.com/owner/lab"'


def course_with(folder: Path, settings: str) -> Path:
    course = make_course(folder)
    path = course / "source" / "tiny" / "tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell(README, id="top"))
    notebook.cells.insert(1, nbformat.v4.new_code_cell('ADDRESS = ""', id="address"))
    nbformat.write(notebook, path)
    (path.parent / "README.md").write_text(README, encoding="utf-8")
    with (course / "nbgrader_config.py").open("a") as file:
        file.write(f"\n{settings}\n")
    return course


def problems_of_release(course: Path) -> list[str]:
    settings = load_course(course)
    load_assignment.cache_clear()
    rows = static_rows(settings.assignment("tiny"), settings.folders.release / "tiny", settings.addresses)
    return [each.where for each in rows[-1].problems]


def test_the_command_fills_in_addresses_and_the_audit_expects_them(tmp_path: Path) -> None:
    course = course_with(tmp_path, SETTINGS)
    done = run("nbgrader", "generate_assignment", "tiny", "--no-db", cwd=course)
    assert done.returncode == 0, done.stderr
    addresses = load_course(course).addresses
    links = addresses.links("tiny", "tiny.ipynb")
    release = course / "release" / "tiny"
    assert (release / "README.md").read_text(encoding="utf-8") == README.replace("<!-- open-in -->", links)
    notebook = nbformat.read(release / "tiny.ipynb", as_version=4)
    assert links in notebook.cells[0].source
    assert notebook.cells[1].source == f'ADDRESS = "{addresses.files("tiny")}"'
    assert problems_of_release(course) == []
    with (course / "nbgrader_config.py").open("a") as file:
        file.write("c.Release.branch = 'spring'\n")
    assert problems_of_release(course) == ["release/README.md", "release/tiny.ipynb"]


def test_formgrader_s_button_makes_the_same_release(tmp_path: Path) -> None:
    course = course_with(tmp_path, SETTINGS)
    config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    Gradebook(config.CourseDirectory.db_url, config.CourseDirectory.course_id).close()
    done = NbGraderAPI(config=config).generate_assignment("tiny")
    assert done["success"], done
    assert problems_of_release(course) == []
    assert "open-in" not in (course / "release" / "tiny" / "README.md").read_text(encoding="utf-8")


def test_a_wrong_address_stops_before_anything_is_changed(tmp_path: Path) -> None:
    course = course_with(tmp_path, 'c.Release.repository = "owner/lab"')
    kept = course / "release" / "tiny" / "kept.txt"
    kept.parent.mkdir(parents=True)
    kept.write_text("as it was")
    done = run("nbgrader", "generate_assignment", "tiny", "--force", "--no-db", cwd=course)
    assert done.returncode == 1
    assert "c.Release.repository is 'owner/lab'; it must be the address" in done.stderr
    assert "Traceback" not in done.stderr
    assert kept.read_text() == "as it was"
    with pytest.raises(CourseError, match=r"c.Release.repository is 'owner/lab'"):
        load_course(course)


def test_a_setting_that_there_is_not_is_told_with_the_one_that_was_meant() -> None:
    config = Config(Release=Config(repositry="https://github.com/owner/lab"))
    with pytest.raises(NbGraderException, match=r"no setting c.Release.repositry. Is it c.Release.repository\?"):
        ReleaseExporter(config=config)
