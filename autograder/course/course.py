"""A course: its folder, its settings, and where nbgrader keeps things in it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from autograder.course.addresses import Addresses, read_addresses
from autograder.course.assignment import Assignment
from autograder.course.errors import CourseError
from autograder.course.loading import load_assignment, names_in
from autograder.course.settings import (
    Folders,
    Ruling,
    check_questions,
    is_student_id,
    read_ask,
    read_folders,
    read_inside,
    read_keep_answers,
    read_limits,
    read_partners,
    read_questions,
    read_root,
    read_timezone,
    read_workers,
    refuse_unknown,
)
from autograder.course.students_version import release_settings
from autograder.sandbox.limits import Limits

CONFIG_FILE = "nbgrader_config.py"
REPORT_FILE = "report.json"  # in a graded submission's folder
TIMESTAMP_FILE = "timestamp.txt"  # in a submission's folder: when nbgrader collected it


@dataclass(frozen=True)
class Course:
    """A course's settings, from `nbgrader_config.py` in its folder.

    Attributes:
        folder: absolute; hidden checks are in it, and all else unless settings say otherwise.
        folders: where assignments, submissions and results are.
        course_id: nbgrader's id of the course.
        gradebook_url: an SQLAlchemy URL.
        timezone: the zone of timestamps that name none.
        limits: of each submission.
        isolation: "full" or "partial".
        workers: how many processes grade; at least 1.
        show_cells: whether cells that only show things run, so that graded notebooks hold their pictures.
        keep_answers: whether what guests answer is kept, for dry runs.
        questions: what was decided about questions after hand-in, by assignment and exercise.
        partners: groups of students who hand in together, by assignment.
        addresses: where students open the release.
        ask: how students ask for another look, or empty.
        inside: graded cells whose tests may run beside student code, by assignment.
        config: all settings as traitlets has them, for nbgrader's own classes.
    """

    folder: Path
    folders: Folders
    course_id: str
    gradebook_url: str
    timezone: str
    limits: Limits
    isolation: str
    workers: int
    show_cells: bool
    keep_answers: bool
    questions: Mapping[str, Mapping[str, Ruling]]
    partners: Mapping[str, tuple[tuple[str, ...], ...]]
    addresses: Addresses
    ask: str
    inside: Mapping[str, frozenset[str]]
    config: Any

    def assignment(self, name: str) -> Assignment:
        """Reads an assignment. Raises CourseError like `load_assignment`, or if the course's settings don't fit it."""
        settings = release_settings(self.config, read_root(self.config, self.folder))
        assignment = load_assignment(self.folder, name, self.folders.source, settings)
        inside = self.inside.get(name, frozenset()) | self.inside.get("*", frozenset())
        if unknown := sorted(inside - {"*"} - {each.graded_cell for each in assignment.exercises}):
            raise CourseError(
                f"c.Grading.inside names a cell that {name!r} does not have: {', '.join(unknown)}. Its cells with "
                f"points: {', '.join(each.graded_cell for each in assignment.exercises)}."
            )
        if inside:
            assignment = assignment.allowing(inside)
        if name in self.questions:
            check_questions(self.questions[name], name, [each.name for each in assignment.exercises])
        return assignment

    def assignment_names(self) -> list[str]:
        """The course's assignments, sorted."""
        return names_in(self.folders.source)

    def submitted(self, student: str, assignment: str) -> Path:
        """What counts as the student's hand-in: their own folder, or that of a partner if they have none."""
        own = self.folders.submitted / student / assignment
        if not _is_folder(own):
            for each in self._group(student, assignment):
                if _is_folder(theirs := self.folders.submitted / each / assignment):
                    return theirs
        return own

    def autograded(self, student: str, assignment: str) -> Path:
        return self.folders.autograded / student / assignment

    def answers(self, student: str, assignment: str) -> Path:
        """What guests answered when the submission was graded. Its name keeps nbgrader's commands from copying it."""
        return self.folders.autograded / f".answers.{assignment}" / f"{student}.bin"

    def students(self, assignment: str) -> list[str]:
        """Who handed in `assignment`, and their partners, sorted. What can't be an id is left out, and is a stray."""
        alone = {name for name in self._handed_in(assignment) if is_student_id(name)}
        return sorted(alone.union(*(self._group(name, assignment) for name in alone)))

    def count_ungraded(self, assignment: str, most: int) -> int:
        """How many submissions, up to `most`, have no report yet: a quick look, which does not see what has changed."""
        reports = (self.autograded(each, assignment) / REPORT_FILE for each in self._handed_in(assignment))
        return sum(1 for _ in islice((each for each in reports if not each.is_file()), most))

    def _handed_in(self, assignment: str) -> list[str]:
        if not self.folders.submitted.is_dir():
            return []
        folders = (each for each in self.folders.submitted.iterdir() if not each.is_symlink())
        return sorted(each.name for each in folders if _is_folder(each / assignment))

    def _group(self, student: str, assignment: str) -> tuple[str, ...]:
        return next((each for each in self.partners.get(assignment, ()) if student in each), ())


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


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


def assignment_of(checks_folder: Path) -> Assignment:
    """The assignment that the hidden checks in a folder are of.

    Raises:
        CourseError: like `load_assignment` and `load_course`.
    """
    course_folder, name = checks_folder.parents[2], checks_folder.name
    usual = (course_folder / "source" / name).is_dir() or not (course_folder / CONFIG_FILE).is_file()
    return load_assignment(course_folder, name) if usual else load_course(course_folder).assignment(name)


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
    except SystemExit as error:  # the settings themselves say why nothing may run
        raise CourseError(str(error).removeprefix("Error: ")) from error
    except Exception as error:
        raise CourseError(f"{folder / CONFIG_FILE} can't be read: {type(error).__name__}: {error}.") from error
    refuse_unknown(config)
    isolation = str(config.Grading.get("isolation", "full"))
    if isolation not in ("full", "partial"):
        raise CourseError(f"c.Grading.isolation is {isolation!r}; it can be 'full' or 'partial'.")
    root = read_root(config, folder)
    folders = read_folders(config, root)
    assignments = names_in(folders.source)
    course = Course(
        folder=folder,
        folders=folders,
        course_id=str(config.CourseDirectory.get("course_id", "")),
        gradebook_url=str(config.CourseDirectory.get("db_url", f"sqlite:///{root}/gradebook.db")),
        timezone=read_timezone(config),
        limits=read_limits(config, folder),
        isolation=isolation,
        workers=read_workers(config),
        show_cells=bool(config.Grading.get("show_cells", False)),
        keep_answers=read_keep_answers(config),
        questions=read_questions(config, assignments),
        partners=read_partners(config, assignments),
        addresses=read_addresses(config),
        ask=read_ask(config),
        inside=read_inside(config),
        config=config,
    )
    if str(folder) not in sys.path:
        sys.path.append(str(folder))  # a plugin beside the settings; last, so that it hides nothing
    return course
