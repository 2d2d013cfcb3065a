"""What a container needs: a wheel that pip takes, pins of all that is required, and one assignment that can be read."""

from __future__ import annotations

import io
import re
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from helpers import ROOT, SECOND_COURSE

from autograder import DISTRIBUTION
from autograder.course.course import load_course
from autograder.course.errors import CourseError
from autograder.doors import container_files


@pytest.fixture(scope="module")
def wheel() -> tuple[str, zipfile.ZipFile]:
    name, content = container_files.wheel()
    return name, zipfile.ZipFile(io.BytesIO(content))


def test_the_wheel_has_all_of_the_package_and_no_assignment(wheel: tuple[str, zipfile.ZipFile]) -> None:
    name, archive = wheel
    found = set(archive.namelist())
    ours = (each for each in (ROOT / "autograder").rglob("*") if each.is_file() and "__pycache__" not in each.parts)
    assert {str(each.relative_to(ROOT)) for each in ours} == {each for each in found if each.startswith("autograder/")}
    assert not [each for each in found if "logistic" in each or "hidden" in each]
    assert re.fullmatch(r"\w+-[\w.]+-py3-none-any\.whl", name)


def test_pip_can_install_the_wheel(wheel: tuple[str, zipfile.ZipFile], tmp_path: Path) -> None:
    """As an installer reads it: `importlib.metadata` finds the name, the version, the commands and every file."""
    name, archive = wheel
    archive.extractall(tmp_path)
    (installed,) = metadata.distributions(path=[str(tmp_path)])
    assert name.startswith(f"{installed.name.replace('-', '_')}-{installed.version}-")
    assert [each.name for each in installed.entry_points if each.group == "console_scripts"] == ["autograder"]
    assert {str(each) for each in installed.files or ()} == set(archive.namelist())
    for each in installed.files or ():
        assert each.hash is None or container_files._digest(each.read_binary()) == each.hash.value


def test_the_same_content_is_the_same_archive_and_scripts_can_be_run() -> None:
    contents = {"b": b"#!/bin/sh\n", "a": b"text"}
    data = container_files.zipped(contents)
    assert data == container_files.zipped(dict(reversed(contents.items())))
    modes = {each.filename: each.external_attr >> 16 for each in zipfile.ZipFile(io.BytesIO(data)).infolist()}
    assert modes == {"a": 0o100644, "b": 0o100755}


def test_pins_are_the_versions_here_of_all_that_is_required_and_name_no_build() -> None:
    found = dict(each.split("==") for each in container_files.pins([f"{DISTRIBUTION}[grader]"]))
    for name in ("torch", "nbgrader", "sandlock", "sqlalchemy", "filelock", "sympy", "jinja2"):
        assert found[name] == metadata.version(name).partition("+")[0]
    assert not {"pytest-xdist", "ruff", DISTRIBUTION} & set(found)


def test_extras_that_a_requirement_names_are_followed_and_what_is_not_here_is_left_out() -> None:
    assert "psycopg-binary" not in dict(each.split("==") for each in container_files.pins(["psycopg"]))
    assert "psycopg-binary" in dict(each.split("==") for each in container_files.pins(["psycopg[binary]"]))
    assert container_files.pins(["no-such-package-anywhere>=1"]) == []


def test_a_course_is_packed_with_one_assignment_and_without_what_was_handed_in(course: Path) -> None:
    (course / "submitted" / "student-001" / "tiny").mkdir(parents=True)
    (course / "submitted" / "student-001" / "tiny" / "tiny.ipynb").write_text("{}")
    (course / "gradebook.db").write_text("marks")
    (course / "late.py").write_text("# a plugin")
    (course / "source" / "header.ipynb").write_text("{}")
    (course / "source" / "other").mkdir()
    (course / "source" / "other" / "other.ipynb").write_text("{}")
    found = container_files.course_files(load_course(course), "tiny")
    assert {
        "course_config.py",
        "nbgrader_config.py",
        "late.py",
        "source/header.ipynb",
        "source/tiny/tiny.ipynb",
    } <= set(found)
    assert "tests/hidden/tiny/test_double.py" in found
    assert not [
        each for each in found if "submitted" in each or "gradebook" in each or "other" in each or "pyc" in each
    ]


def test_a_course_whose_assignments_are_elsewhere_is_refused_with_what_to_do(course: Path, tmp_path: Path) -> None:
    (course / "source").rename(tmp_path / "elsewhere")
    with (course / "course_config.py").open("a") as file:
        file.write(f"\nc.CourseDirectory.source_directory = {str(tmp_path / 'elsewhere')!r}\n")
    with pytest.raises(CourseError, match=r"outside of the course.*Move them into it"):
        container_files.course_files(load_course(course), "tiny")


def test_settings_that_need_files_from_elsewhere_are_refused_with_what_is_wrong(course: Path, tmp_path: Path) -> None:
    (tmp_path / "shared.txt").write_text("x")
    with (course / "course_config.py").open("a") as file:
        file.write("\nopen(os.path.join(here, '..', 'shared.txt'))\n")
    with pytest.raises(CourseError, match="as it would be packed, can't be read"):
        container_files.course_files(load_course(course), "tiny")


def test_what_notebooks_may_import_is_installed_too_and_odd_lines_are_refused(course: Path) -> None:
    assert container_files.requirements_of(load_course(course), "tiny") == []
    path = course / "source" / "tiny" / "requirements.txt"
    path.write_text("# of the lab\nnumpy>=1.26  # numbers\n\npsycopg[binary]\n")
    found = container_files.installation(load_course(course), "tiny", "/ours")
    lines = found["requirements.txt"].decode().splitlines()
    assert re.fullmatch(r"[\w-]+\[grader\] @ file:///ours/\w+-[\w.]+-py3-none-any\.whl", lines[0])
    assert lines[1:] == ["numpy>=1.26", "psycopg[binary]"]
    assert b"psycopg-binary==" in found["constraints.txt"]
    path.write_text("--pre\n")
    with pytest.raises(CourseError, match="'--pre' is not a requirement"):
        container_files.requirements_of(load_course(course), "tiny")


def test_without_a_release_there_is_nothing_for_students(course: Path) -> None:
    with pytest.raises(CourseError, match="nbgrader generate_assignment tiny"):
        container_files.released(load_course(course), "tiny")
    folder = course / "release" / "tiny"
    folder.mkdir(parents=True)
    (folder / 'a"b.csv').write_text("1")
    with pytest.raises(CourseError, match="no quotes"):
        container_files.released(load_course(course), "tiny")


def test_the_second_course_can_be_packed_too() -> None:
    course = load_course(SECOND_COURSE)
    for name in course.assignment_names():
        assert f"source/{name}/{name}.ipynb" in container_files.course_files(course, name)
