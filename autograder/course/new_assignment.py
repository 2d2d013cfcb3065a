"""A new assignment to start from: the files in `starter/`, under a name."""

from __future__ import annotations

import json
import shutil
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from autograder.course.course import Course
from autograder.course.errors import CourseError
from autograder.course.loading import refuse_name

_NOTEBOOK = "notebook.ipynb"
_CHECKS = "checks"
_TITLE = "NAME_OF_ASSIGNMENT"
_PATTERNS = "*?["  # nbgrader's exchange takes them for patterns


def create(course: Course, name: str) -> list[Path]:
    """Writes a notebook with its data, and hidden checks; `nbgrader generate_assignment` then makes the release.

    Returns:
        The files, in the order of their names.
    Raises:
        CourseError: the name can't be one, or is taken, or the files can't be written.
    """
    refuse_name(name)
    if set(name) & set(_PATTERNS):
        raise CourseError(
            f"{name!r} holds one of {' '.join(_PATTERNS)}, which nbgrader takes for patterns. Leave it out."
        )
    if name.startswith("-"):
        raise CourseError(f"{name!r} begins with a dash, so that commands take it for an option. Leave it out.")
    source, checks = course.folders.source / name, course.folder / "tests" / "hidden" / name
    for taken in (source, checks, course.folders.release / name):
        if taken.exists():
            raise CourseError(f"{taken} is there already, and nothing was written. Take another name, or move it away.")
    starter = files("autograder.course") / "starter"
    wanted = {source / _name(each, name): each for each in starter.iterdir() if each.is_file()}
    wanted |= {checks / _name(each, name): each for each in (starter / _CHECKS).iterdir()}
    try:
        for path, each in wanted.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            text = each.read_text(encoding="utf-8")
            path.write_text(text.replace(_TITLE, json.dumps(name, ensure_ascii=False)[1:-1]), encoding="utf-8")
    except OSError as error:
        for folder in (source, checks):  # which were not there
            shutil.rmtree(folder, ignore_errors=True)
        raise CourseError(f"{path} can't be written: {error.strerror}. Mend that; nothing was left behind.") from error
    return sorted(wanted)


def _name(file: Traversable, assignment: str) -> str:
    """What it is called in a course. Python files have another ending here, as they belong to no package of ours."""
    return f"{assignment}.ipynb" if file.name == _NOTEBOOK else file.name.removesuffix(".txt")
