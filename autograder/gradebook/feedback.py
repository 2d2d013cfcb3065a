"""nbgrader's feedback commands for any class: odd ids, hand-ins that were placed by hand, and partners.

nbgrader's own stop at the first student whose hand-in has no `timestamp.txt` or `submission_secret.txt`, and take an
id like `x[1]` for a pattern. `course_config.py` names both things here: nbgrader imports this module before it starts.
"""

from __future__ import annotations

import glob
import os
import shutil
from fnmatch import fnmatchcase
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from nbgrader import utils
from nbgrader.converters import base
from nbgrader.exchange.default.release_feedback import ExchangeReleaseFeedback

from autograder.course.course import load_course
from autograder.gradebook.autograde import course_of

_SECRET_FILE = "submission_secret.txt"  # `nbgrader submit` makes it; the student's copy is the key to the feedback


class ReleaseFeedback(ExchangeReleaseFeedback):  # type: ignore[misc]
    """`nbgrader release_feedback`, student by student: who can't be reached is named, with what to do."""

    def copy_files(self) -> None:
        wanted, assignment = self.coursedir.student_id or "*", self.coursedir.assignment_id
        course = load_course(course_of(self.coursedir))
        excluded = self.coursedir.student_id_exclude.split(",")
        for folder in sorted(course.folders.feedback.glob(f"*/{glob.escape(assignment)}")):
            student = folder.parent.name
            if student in excluded or not (student == wanted or fnmatchcase(student, wanted)):
                continue
            own, counts = course.folders.submitted / student / assignment, course.submitted(student, assignment)
            if own != counts:
                why = f"{student} handed in through {counts.parent.name}, and has no key of nbgrader's"
                self._tell(student, folder, why)
            elif not (folder / _SECRET_FILE).is_file():
                self._tell(student, folder, f"the hand-in was not made with `nbgrader submit` (no {_SECRET_FILE})")
            else:
                try:
                    self._release(student, folder)
                except OSError as error:
                    self._tell(student, folder, f"{error.strerror or error}: {error.filename}")

    def _release(self, student: str, folder: Path) -> None:
        secret = (folder / _SECRET_FILE).read_text(encoding="utf-8")
        for page in sorted(folder.glob("*.html")):
            target = Path(self.dest_path, f"{utils.notebook_hash(secret=secret, notebook_id=page.stem)}.html")
            scratch = target.with_name(f"{target.stem}-tmp.html")
            shutil.copy(page, scratch)
            scratch.replace(target)
            self.log.info("Feedback of student %r released to %s", student, target)

    def _tell(self, student: str, folder: Path, why: str) -> None:
        pages = ", ".join(str(each) for each in sorted(folder.glob("*.html"))) or str(folder)
        self.log.warning("No feedback was released to %r: %s. Send them the page: %s", student, why, pages)


def literal_ids(**_: Any) -> None:
    """Nothing more: naming it in a setting has nbgrader import this module."""


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
