"""nbgrader's feedback commands for any class: odd ids, hand-ins that were placed by hand, and partners.

nbgrader's own stop at the first student whose hand-in has no `timestamp.txt` or `submission_secret.txt`, and take an
id like `x[1]` for a pattern. `course_config.py` names both things here: nbgrader imports this module before it starts.
"""

from __future__ import annotations

import glob
import os
import shutil
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from nbgrader import utils
from nbgrader.converters import GenerateFeedback, base
from nbgrader.converters.base import NbGraderException
from nbgrader.exchange.default.release_feedback import ExchangeReleaseFeedback

from autograder.course.course import load_course
from autograder.course.errors import CourseError
from autograder.gradebook.autograde import course_of
from autograder.gradebook.database import in_one_transaction
from autograder.gradebook.feedback_page import telling
from autograder.gradebook.plain_files import NotPlainError, opened_beneath, opened_root, read_plain
from autograder.gradebook.record import open_gradebook
from autograder.gradebook.student_pages import SECRET_FILE, read_class
from autograder.report.formats.screen import without_controls

_MAX_SECRET_BYTES = 10_000  # nbgrader's own are 128
_PAGE_MODE = 0o644  # the student is another user, and finds the page by its name alone


class ReleaseFeedback(ExchangeReleaseFeedback):  # type: ignore[misc]
    """`nbgrader release_feedback`, student by student: who can't be reached is named, with what to do."""

    def copy_files(self) -> None:
        wanted, assignment = self.coursedir.student_id or "*", self.coursedir.assignment_id
        course = load_course(course_of(self.coursedir))
        excluded = self.coursedir.student_id_exclude.split(",")
        folders = {path.parent.name: path for path in course.folders.feedback.glob(f"*/{glob.escape(assignment)}")}
        chosen = [wanted] if wanted in folders else [each for each in sorted(folders) if fnmatchcase(each, wanted)]
        hand_ins = {student: course.submitted(student, assignment).parent.name for student in folders}
        secrets = {student: _secret_in(folders[student]) for student in sorted(folders) if hand_ins[student] == student}
        for student in (each for each in chosen if each not in excluded):
            secret = secrets.get(student, "")
            shared = [each for each in secrets if secrets[each] == secret]
            if hand_ins[student] != student:
                why = f"the hand-in is that of {hand_ins[student]}"
            elif not secret:
                why = f"the hand-in was not made with `nbgrader submit` (no {SECRET_FILE})"
            elif len(shared) > 1 and not self._came_from(student, assignment, secret):
                why = f"{SECRET_FILE} is the same for {', '.join(shared)}"
            else:
                why = self._release(student, folders[student], secret)
            if why:
                self._tell(student, folders[student], why)

    def _came_from(self, student: str, assignment: str, secret: str) -> bool:
        """Whether the student handed in with this secret, which others have a copy of."""
        prefix = f"{student}+{assignment}+"
        try:
            with opened_root(Path(self.course_path, "inbound")) as inbound:
                return any(
                    _secret_at(inbound, each) == secret for each in os.listdir(inbound) if each.startswith(prefix)
                )
        except (NotPlainError, OSError):
            return False

    def _release(self, student: str, folder: Path, secret: str) -> str:
        """Copies the pages to where only who knows the secret finds them; returns why not, or nothing."""
        for page in sorted(folder.glob("*.html")):
            target = Path(self.dest_path, f"{utils.notebook_hash(secret=secret, notebook_id=page.stem)}.html")
            scratch = target.with_name(f"{target.stem}-tmp.html")
            try:
                shutil.copyfile(page, scratch)
                scratch.chmod(_PAGE_MODE)
                scratch.replace(target)
            except OSError as error:
                return f"{error.strerror or error}: {error.filename}"
            self.log.info("Feedback of student %r released to %s", student, target)
        return ""

    def _tell(self, student: str, folder: Path, why: str) -> None:
        pages = ", ".join(str(each) for each in sorted(folder.glob("*.html"))) or str(folder)
        told = (without_controls(each) for each in (why, pages))
        self.log.warning("No feedback was released to %r: %s. Send them the page: %s", student, *told)


def _secret_in(folder: Path) -> str:
    """What `nbgrader submit` put beside a hand-in; empty if nothing."""
    return _secret_at(None, str(folder))


def _secret_at(parent: int | None, folder: str) -> str:
    """The same, of a folder that may be a stranger's if it is in an open one: then it is no link."""
    try:
        with opened_root(Path(folder)) if parent is None else opened_beneath(parent, folder) as here:
            return (read_plain(here, SECRET_FILE, _MAX_SECRET_BYTES) or b"").decode()
    except (NotPlainError, ValueError):
        return ""


def literal_ids(**_: Any) -> None:
    """Nothing more: naming it in a setting has nbgrader import this module."""


def check_first(converter: Any) -> None:
    """Makes nbgrader's pages, if settings and gradebook are right: it removes the old pages before it finds out.

    Raises:
        NbGraderException: they are not; the last line of the log says why.
    """
    wanted, facts = converter.coursedir, None
    try:
        course = replace(load_course(course_of(wanted)), gradebook_url=wanted.db_url)
        if wanted.assignment_id in course.assignment_names():
            assignment = course.assignment(wanted.assignment_id)
            with open_gradebook(course) as gradebook:
                facts = in_one_transaction(gradebook, partial(read_class, gradebook.db, course, assignment))
    except CourseError as error:
        converter.log.error("Error: %s", error)
        raise NbGraderException(str(error)) from error
    with telling(facts):
        _start(converter)


_start = GenerateFeedback.start
GenerateFeedback.start = check_first


def glob_names(pattern: str) -> list[str]:
    """Like `glob.glob`, but a part of the pattern that is the name of something there stands for that alone."""
    found = [os.sep if pattern.startswith(os.sep) else ""]
    for part in filter(None, pattern.split(os.sep)):
        found = [each for folder in found for each in _matching(folder, part)]
    return found


def _matching(folder: str, part: str) -> list[str]:
    path = os.path.join(folder, part)
    return [path] if os.path.lexists(path) else glob.glob(os.path.join(glob.escape(folder), part))


# `utils` looks there for what must not be sent to students.
base.glob = utils.glob = SimpleNamespace(glob=glob_names)
