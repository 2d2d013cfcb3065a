"""A course: its folder, its settings, and where nbgrader keeps things in it."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.course.errors import CourseError
from autograder.sandbox.limits import Limits

CONFIG_FILE = "nbgrader_config.py"
REPORT_FILE = "report.json"  # in a graded submission's folder
TIMESTAMP_FILE = "timestamp.txt"  # in a submission's folder: when nbgrader collected it
MAX_ID_CHARACTERS = 128  # nbgrader's column has no more
_ID_RULE = f"a student's id has at most {MAX_ID_CHARACTERS} printable characters, no dot first, and no space around it."
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Course:
    """A course's settings, from `nbgrader_config.py` in its folder.

    Attributes:
        folder: absolute.
        course_id: nbgrader's id of the course.
        gradebook_url: an SQLAlchemy URL.
        limits: of each submission.
        isolation: "full" or "partial".
        workers: how many processes grade; at least 1.
        show_cells: whether cells that only show things run, so that graded notebooks hold their pictures.
        config: all settings as traitlets has them, for nbgrader's own classes.
    """

    folder: Path
    course_id: str
    gradebook_url: str
    limits: Limits
    isolation: str
    workers: int
    show_cells: bool
    config: Any
    questions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    timezone: str = "UTC"

    def submitted(self, student: str, assignment: str) -> Path:
        return self.folder / "submitted" / student / assignment

    def autograded(self, student: str, assignment: str) -> Path:
        return self.folder / "autograded" / student / assignment

    def students(self, assignment: str) -> list[str]:
        """Who handed in `assignment`, sorted. What can't be a student's id is left out, with a warning."""
        found = (self.folder / "submitted").glob(f"*/{assignment}")
        names = sorted(path.parent.name for path in found if path.is_dir() and not path.is_symlink())
        for name in names:
            if not is_student_id(name):
                _log.warning("The folder submitted/%s was left out: %s", ascii(name)[1:-1], _ID_RULE)
        return [name for name in names if is_student_id(name)]

    def has_ungraded(self, assignment: str) -> bool:
        """Whether somebody's submission has no report yet: a quick look, which does not see what has changed."""
        found = (self.folder / "submitted").glob(f"*/{assignment}")
        return not all((self.autograded(path.parent.name, assignment) / REPORT_FILE).is_file() for path in found)


def find_course(folder: Path) -> Path:
    """The course that `folder` is in: itself or the nearest folder above it that holds the settings.

    Raises:
        CourseError: there is none.
    """
    folder = folder.resolve()
    for each in (folder, *folder.parents):
        if (each / CONFIG_FILE).is_file():
            return each
    raise CourseError(
        f"{folder} is not in a course: neither it nor a folder above it has {CONFIG_FILE}. Name the course with "
        "--course-dir."
    )


def is_student_id(name: str) -> bool:
    """Whether a name can be a student's id in a gradebook, on a page and in a terminal."""
    odd = name.startswith(".") or name != name.strip() or len(name) > MAX_ID_CHARACTERS
    return name.isprintable() and not odd


def load_course(folder: Path) -> Course:
    """Reads a course's settings.

    Raises:
        CourseError: the folder is not a course, or a setting is wrong.
    """
    from traitlets.config.loader import PyFileConfigLoader

    folder = folder.resolve()
    if not (folder / CONFIG_FILE).is_file():
        raise CourseError(f"{folder} is not a course: it has no {CONFIG_FILE}. Name the course with --course-dir.")
    try:
        config = PyFileConfigLoader(CONFIG_FILE, path=str(folder)).load_config()
    except Exception as error:
        raise CourseError(f"{folder / CONFIG_FILE} can't be read: {error}") from error
    try:
        limits = Limits(**config.Limits)
    except (TypeError, ValueError) as error:
        raise CourseError(f"The settings c.Limits in {folder} are wrong: {error}.") from error
    isolation = str(config.Grading.get("isolation", "full"))
    if isolation not in ("full", "partial"):
        raise CourseError(f"c.Grading.isolation is {isolation!r}; it can be 'full' or 'partial'.")
    return Course(
        folder=folder,
        course_id=str(config.CourseDirectory.get("course_id", "")),
        gradebook_url=str(config.CourseDirectory.get("db_url", f"sqlite:///{folder}/gradebook.db")),
        limits=limits,
        isolation=isolation,
        workers=int(config.Grading.get("workers", 0)) or len(os.sched_getaffinity(0)),
        show_cells=bool(config.Grading.get("show_cells", False)),
        config=config,
        questions=dict(config.Grading.get("questions", {})),
        timezone=str(config.Exchange.get("timezone", "UTC")),
    )
