"""Collects from nbgrader's exchange, from what a learning platform gave, or from git, by nbgrader's own settings.

`autograder collect`, `nbgrader collect`, `nbgrader zip_collect` and formgrader's button all come through here.
"""

from __future__ import annotations

import logging
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from nbgrader.api import MissingEntry
from nbgrader.apps.zipcollectapp import ZipCollectApp
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import find_all_notebooks

from autograder.collect.collecting import Collected, Found, Target, collect, newer, opened_scratch
from autograder.collect.copying import Bounds
from autograder.collect.downloads import Named, Whose, find_downloads
from autograder.collect.git_runs import Git, GitLimits
from autograder.collect.git_source import GitSource, GitWanted
from autograder.collect.inbound import Wanted, find_sent, opened_inbound
from autograder.collect.repository_list import Repository, read_repositories
from autograder.course.course import Course
from autograder.course.settings import is_student_id
from autograder.gradebook.record import has_gradebook, open_gradebook
from autograder.gradebook.timestamps import parse_moment, read_timestamp

_LOCK_FILE = ".autograder.collecting.lock"
_ENDINGS = (".zip", ".gz")
_BYTES_PER_KB = 1_000  # as nbgrader counts

_MAX_NAMES = 20

# What is there, and what becomes of each hand-in: it is collected as it is asked for.
Collecting = tuple[Found, Iterator[Collected]]


@dataclass(frozen=True)
class FromGit:
    """How to collect from git.

    Attributes:
        update: whether what is there now takes the place of what was collected before.
        before_duedate: whether the last commit at the due date or before counts.
        jobs: how many repositories are asked at once.
    """

    update: bool = False
    before_duedate: bool = False
    jobs: int = 4
    limits: GitLimits = field(default_factory=GitLimits)


def coursedir_of(course: Course, assignment: str) -> Any:
    """nbgrader's own view of a course."""
    coursedir = CourseDirectory(config=course.config)
    coursedir.root = str(course.folders.submitted.parent)
    coursedir.submitted_directory = str(course.folders.submitted)
    coursedir.release_directory = str(course.folders.release)
    coursedir.db_url = course.gradebook_url
    coursedir.assignment_id = assignment
    return coursedir


@contextmanager
def from_exchange(course: Course, settings: Any, students: Sequence[str] = ()) -> Iterator[Collecting]:
    """Collects an assignment from the exchange.

    Args:
        course: whose database may tell when it is due.
        settings: an nbgrader `ExchangeCollect` with its `coursedir`.
        students: ids, or patterns of them; empty: everybody.

    Raises:
        CourseError: there is no inbound folder, or something of ours can't be read or written.
    """
    wanted_dir = settings.coursedir
    update, before_due = bool(settings.update), bool(settings.before_duedate)
    wanted = Wanted(
        wanted_dir.assignment_id,
        tuple(students),
        _due_at(replace(course, gradebook_url=wanted_dir.db_url), wanted_dir.assignment_id) if before_due else None,
        bool(settings.check_owner),
        str(settings.timezone),
        _bounds(wanted_dir),
    )

    def replaces(new: datetime | None, old: datetime | None) -> bool:
        return (update and newer(new, old)) or (before_due and new != old)

    target = _target(wanted_dir, wanted.timezone, replaces)
    with (
        opened_inbound(Path(settings.root), wanted_dir.course_id) as inbound,
        opened_scratch(target.submitted, course.folder / _LOCK_FILE) as scratch,
    ):
        found = find_sent(inbound, wanted)
        yield found, collect(found.hand_ins, target, scratch)


@contextmanager
def from_downloads(
    course: Course, app: Any, place: Path, students: Sequence[str] = (), update: bool = False
) -> Iterator[Collecting]:
    """Collects an assignment from a folder of what a learning platform gave, or from one zip.

    Args:
        app: an nbgrader `ZipCollectApp` with its plugins.
        update: whether what is newer, or not known to be older, takes the place of what was collected.

    Raises:
        CourseError: there is nothing at `place`, or something of ours can't be read or written.
    """
    coursedir = app.coursedir
    timezone = str(coursedir.config.Exchange.get("timezone", "UTC"))

    def replaces(new: datetime | None, old: datetime | None) -> bool:
        return app.force or (update and newer(new, old))

    target = _target(coursedir, timezone, replaces)
    with opened_scratch(target.submitted, course.folder / _LOCK_FILE) as scratch:
        unpacked = scratch / "unpacked"
        unpacked.mkdir()
        endings = tuple(getattr(app.extractor_plugin_inst, "zip_ext", _ENDINGS))
        found = find_downloads(place, _whose(app, timezone), unpacked, _bounds(coursedir), endings)
        if students:
            found = replace(found, hand_ins=tuple(each for each in found.hand_ins if each.student in students))
        yield found, collect(found.hand_ins, target, scratch)


@contextmanager
def from_git(
    course: Course, assignment: str, roster: Path, students: Sequence[str] = (), how: FromGit | None = None
) -> Iterator[Collecting]:
    """Collects an assignment from one git repository a student.

    Args:
        roster: a file of ids and addresses (`repository_list.py`).

    Raises:
        CourseError: the file can't be read, there is no git, or something of ours can't be read or written.
    """
    how = how or FromGit()
    coursedir = coursedir_of(course, assignment)
    repositories, left_out = read_repositories(roster, course.folder)
    if students:
        repositories = tuple(each for each in repositories if any(fnmatchcase(each.student, one) for one in students))
        left_out = tuple(row for row in left_out if any(fnmatchcase(row[0], one) for one in students))
    target = _target(coursedir, str(coursedir.config.Exchange.get("timezone", "UTC")), lambda new, old: True)

    def asks(student: str) -> bool:
        return how.update or how.before_duedate or not (target.submitted / student / assignment).exists()

    def collected_at(student: str) -> datetime | None:
        return read_timestamp(target.submitted / student / assignment, target.timezone).at

    due_at = _due_at(course, assignment) if how.before_duedate else None
    wanted = GitWanted(assignment, due_at, _bounds(coursedir), asks, collected_at)
    git = Git(how.limits)
    with opened_scratch(target.submitted, course.folder / _LOCK_FILE) as scratch:
        fetched = scratch / "git"
        fetched.mkdir()
        source = GitSource(git, wanted, fetched, course.folder / f".autograder.git.{assignment}.json", list(left_out))
        source.notes += _notes_on(course, repositories, how.before_duedate and due_at is None)
        source.unread += [what for _, what, _ in left_out]
        with closing(source.hand_ins(repositories, how.jobs)) as hand_ins:
            yield source.found(repositories), collect(hand_ins, target, scratch)


def zip_app(course: Course, assignment: str) -> Any:
    """nbgrader's `zip_collect` with a course's settings and plugins."""
    app = ZipCollectApp(config=course.config, coursedir=coursedir_of(course, assignment))
    app.log.setLevel(logging.ERROR)  # what is left out is told in the end
    app.init_plugins()
    return app


def _target(coursedir: Any, timezone: str, replaces: Callable[[datetime | None, datetime | None], bool]) -> Target:
    submitted = Path(os.path.normpath(Path(coursedir.root, coursedir.submitted_directory)))
    return Target(submitted, coursedir.assignment_id, timezone, replaces, bool(coursedir.groupshared))


def _bounds(coursedir: Any) -> Bounds:
    return Bounds(
        file_bytes=_BYTES_PER_KB * coursedir.max_file_size,
        all_bytes=_BYTES_PER_KB * coursedir.max_dir_size,
        ignored=tuple(coursedir.ignore),
        wanted=tuple(coursedir.include),
    )


def _notes_on(course: Course, repositories: Sequence[Repository], lacks_due_date: bool) -> Iterator[str]:
    if lacks_due_date:
        yield "The gradebook has no due date of it, so the newest commit of each counts."
    known = _students(course)
    if strangers := [each.student for each in repositories if each.student not in known] if known else []:
        more = f" and {len(strangers) - _MAX_NAMES:,} more" * (len(strangers) > _MAX_NAMES)
        yield f"Not in the gradebook, and collected all the same: {', '.join(strangers[:_MAX_NAMES])}{more}."
    by_url: dict[str, list[str]] = defaultdict(list)
    for each in repositories:
        by_url[each.url].append(each.student)
    for several in by_url.values():
        if len(several) > 1:
            yield f"These have one repository in the list: {', '.join(several[:_MAX_NAMES])}. Do they hand in together?"


def _students(course: Course) -> set[str]:
    """Who is in the gradebook; empty if there is none yet."""
    if not has_gradebook(course):
        return set()
    with open_gradebook(course) as gradebook:
        return {str(each.id) for each in gradebook.students}


def _due_at(course: Course, assignment: str) -> datetime | None:
    with open_gradebook(course) as gradebook:
        try:
            due_at: datetime | None = gradebook.find_assignment(assignment).duedate
        except MissingEntry:
            return None
    return due_at


def _whose(app: Any, timezone: str) -> Whose:
    """Asks the class that the course has for it whose a file is, by the path that it would have if it was extracted."""
    extracted = app._format_collect_path(app.extracted_directory)
    coursedir = app.coursedir
    released: list[str] = []
    if app.strict:
        released = find_all_notebooks(coursedir.format_path(coursedir.release_directory, ".", coursedir.assignment_id))

    def whose(path: str) -> Named | str:
        try:
            found = app.collector_plugin_inst.collect(os.path.join(extracted, path))
        except Exception as error:  # a pattern or a class of the course's own, and names that students chose
            return f"has a name that can't be read ({type(error).__name__})"
        if not found or not isinstance(found.get("student_id"), str) or not isinstance(found.get("file_id"), str):
            return getattr(app.collector_plugin_inst, "why_not", "") or "has a name that does not say whose it is"
        if not is_student_id(found["student_id"]):
            return "has a name that can't be a student's"
        ending = os.path.splitext(path)[1]
        name = os.path.splitext(found["file_id"])[0] + ending
        if app.strict and ending == ".ipynb" and name not in released:
            return "is a notebook that was not released (--strict)"
        at = found.get("timestamp")
        return Named(found["student_id"], name, parse_moment(at, timezone) if isinstance(at, str) else _naive(at))

    return whose


def _naive(at: Any) -> datetime | None:
    return at if isinstance(at, datetime) and at.tzinfo is None else None
