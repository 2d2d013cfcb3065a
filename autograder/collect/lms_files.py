"""Whose file is it that a learning platform put into its zip? Collecting asks (`downloads.py`), and the roster answers.

Canvas, Moodle and Blackboard put a student's id there, a name, or an id there, into the names of files and folders.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from datetime import datetime
from functools import cached_property, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from nbgrader.api import Gradebook
from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin
from sqlalchemy import make_url
from traitlets import List

from autograder.collect import nbgrader_collect  # noqa: F401  # nbgrader's command is another from then on
from autograder.collect.copying import Bounds
from autograder.collect.downloads import Named, find_downloads
from autograder.course.settings import is_student_id

# Each is looked for in a path below nbgrader's folder `extracted`.
_FORMS = (
    # Moodle, with folders and without: Uno Example_12345_assignsubmission_file_/tiny.ipynb
    re.compile(r"(?:^|/)(?P<full_name>[^/]+?)_(?P<number>\d+)_assignsubmission_file(?:_/|/|_)(?P<file_id>.+)$"),
    # Blackboard: tiny_student001_attempt_2027-03-01-22-59-59_tiny.ipynb
    re.compile(r"(?:^|/)[^/]*?_(?P<student_id>[^/_]+)_attempt_(?P<timestamp>\d{4}(?:-\d\d){5})_(?P<file_id>.+)$"),
    # Canvas: exampleuno_LATE_12345_67890_tiny.ipynb
    re.compile(r"(?:^|/)[^/_]*_(?:LATE_)?(?P<lms_user_id>\d+)_\d+_(?P<file_id>.+)$"),
)
_BLACKBOARD_TIME = "%Y-%m-%d-%H-%M-%S"
# What the grader reads, or says of that it can't.
_COLLECTED = (".ipynb", ".py", ".md", ".Rmd", ".qmd", ".html", ".pdf", ".txt", ".csv", ".zip", ".gz")
_TIMESTAMP = "timestamp.txt"  # counts as nbgrader's own
_EXTRACTED = Bounds(all_bytes=20 << 30, files=200_000)  # of a whole class


class FlatExtractor(ExtractorPlugin):  # type: ignore[misc]
    """nbgrader's extractor, for who calls it: it opens the platform's zips, and no archive in one of them, and whatever
    is wrong with one, the others are opened."""

    def extract(self, archive_path: str, extracted_path: str) -> None:
        with TemporaryDirectory(prefix=".", dir=extracted_path) as scratch:
            found = find_downloads(Path(archive_path), partial(Named, ""), Path(scratch), _EXTRACTED, self.zip_ext)
            for hand_in in found.hand_ins:
                hand_in.fill(Path(extracted_path))
        for _, path, why in found.left_out:
            self.log.warning("Left out: %r %s", path, why)


class RosterCollector(FileNameCollectorPlugin):  # type: ignore[misc]
    """nbgrader's collector, which knows the names that learning platforms give, and the course's roster.

    `c.FileNameCollectorPlugin.named_regexp` is asked instead if it is set. In place of `student_id` it may have the
    groups `lms_user_id`, or `full_name`. Who is not on the roster is collected under that; `autograder grade` tells.
    """

    why_not = ""
    valid_ext = List(default_value=list(_COLLECTED), help="Endings of the files that are collected.").tag(config=True)

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        """Whose file it is (`student_id`), its name for the grader (`file_id`) and, if it is known, `timestamp`.

        If it is nobody's, `why_not` says why from then on.
        """
        self.why_not = ""
        found = self._named(submitted_file)
        if found is None:
            return None
        student = found.get("student_id") or self._student(found)
        if not is_student_id(student) or os.path.basename(found["file_id"]) == _TIMESTAMP:
            self.why_not = "has a name that can't be a student's, or is the grader's own"
            return None
        return {**found, "student_id": student}

    def _named(self, path: str) -> dict[str, str] | None:
        if self.named_regexp:
            found: dict[str, str] | None = super().collect(path)
            return found
        if os.path.splitext(path)[1] not in self.valid_ext:
            self.why_not = "has an ending that is not collected"
            return None
        app = self.parent
        below = os.path.relpath(path, app._format_collect_path(app.extracted_directory))
        moodle, blackboard, canvas = (each.search(below) for each in _FORMS)
        # A student names what is in a zip of their own, and the platform the zip; staff, a zip of all.
        own = blackboard or (canvas if canvas and canvas["lms_user_id"] in self._by_lms_id else None)
        if moodle and own and own.start() < moodle.start():
            moodle = None
        named = [each.groupdict() for each in ([moodle] if moodle else (blackboard, canvas)) if each]
        if len(named) != 1:  # a student may give a file the name that another platform would give it
            fits = "more than one platform's" if named else "that of no learning platform that is known here"
            self.why_not = f"has a name whose form is {fits}"
            return None
        groups = named[0]
        if "timestamp" in groups:
            zone = ZoneInfo(str(self.config.Exchange.get("timezone", "UTC")))
            try:
                at = datetime.strptime(groups["timestamp"], _BLACKBOARD_TIME).replace(tzinfo=zone)
            except ValueError:
                self.why_not = "has a time in its name that there is not"
                return None
            groups["timestamp"] = at.isoformat(" ")
        return groups

    def _student(self, found: dict[str, str]) -> str:
        """The id on the roster; if it is not there, or two have that name, what the platform says."""
        if lms := found.get("lms_user_id"):
            return self._by_lms_id.get(lms, lms)
        name = found.get("full_name", "")
        ids = self._by_name.get(_plain(name), set())
        return next(iter(ids)) if len(ids) == 1 else f"{name} {found.get('number', '')}".strip()

    @cached_property
    def _people(self) -> list[Any]:
        where = self.parent.coursedir
        url = make_url(where.db_url)
        if url.drivername == "sqlite" and url.database and not Path(url.database).is_file():
            return []  # asking would make one
        with Gradebook(where.db_url, where.course_id) as gradebook:
            return [each.to_dict() for each in gradebook.students]

    @cached_property
    def _by_lms_id(self) -> dict[str, str]:
        return {each["lms_user_id"]: each["id"] for each in self._people if each["lms_user_id"]}

    @cached_property
    def _by_name(self) -> dict[str, set[str]]:
        """Ids by name, in both orders."""
        ids = defaultdict(set)
        for each in self._people:
            names = [each["first_name"] or "", each["last_name"] or ""]
            for order in (names, names[::-1]):
                ids[_plain(" ".join(order))].add(str(each["id"]))
        return ids


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
