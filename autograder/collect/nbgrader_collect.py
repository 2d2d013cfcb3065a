"""`nbgrader collect`, `nbgrader zip_collect` and formgrader's *Collect* button, handed over to our own collecting.

nbgrader's own copies what links in a student's folder lead to, with the rights of staff, and ends for everybody at a
pipe, an odd time in a folder's name, or a damaged zip. The settings name this module and `lms_files.py` (`connect.py`),
and nbgrader imports them before it starts.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from nbgrader.apps.zipcollectapp import ZipCollectApp
from nbgrader.exchange.default.collect import ExchangeCollect

from autograder.collect.collect_from import Collecting, from_downloads, from_exchange
from autograder.collect.collected_words import tell
from autograder.collect.collecting import Became
from autograder.course.course import load_course
from autograder.course.errors import CourseError
from autograder.gradebook.autograde import course_of

_MAX_LINES = 200


class Collect(ExchangeCollect):  # type: ignore[misc]
    """nbgrader's `collect` with our own at its heart."""

    def start(self) -> None:
        """Raises ExchangeError if nothing can be collected; the last line of the log says why."""
        try:
            wanted = self.coursedir.student_id
            students = () if wanted in ("", "*") else (wanted,)
            source = from_exchange(load_course(course_of(self.coursedir)), self, students)
            _log(self.log, source, not self.update)
        except CourseError as error:
            self.fail(str(error))


def zip_collect(app: Any) -> None:
    """Collects what nbgrader's `app` was asked to; it ends the program if that can't be done."""
    super(ZipCollectApp, app).start()
    try:
        app.init_plugins()
        place = Path(app._format_collect_path(app.archive_directory))
        course = load_course(course_of(app.coursedir))
        _log(app.log, from_downloads(course, app, place), not app.force, "--force")
    except CourseError as error:
        app.fail(str(error))


def _log(log: Any, source: AbstractContextManager[Collecting], can_update: bool, option: str = "--update") -> None:
    with source as (found, collecting):
        collected = []
        for each in collecting:
            collected.append(each)
            if each.became in (Became.NEW, Became.UPDATED):
                log.info("Collected %r, %s", each.student, each.became)
    told = tell(found, collected, option if can_update else "")
    for student, what, why in told.left_out[:_MAX_LINES]:
        log.warning("Left out: %s%r %s", f"{student!r}: " if student else "", what, why)
    if (more := len(told.left_out) - _MAX_LINES) > 0:
        log.warning("And %d more were left out.", more)
    for student, words in told.looks:
        log.warning("Look at %r: %s", student, words)
    for sentence in told.sentences:
        log.info("%s", sentence)


ZipCollectApp.start = zip_collect
