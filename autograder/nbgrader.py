"""`nbgrader autograde` and formgrader's button, judged by our grader: three classes for `c.Autograde`.

nbgrader converts a submission twice. The first time `Restore` puts the notebook back on the assignment's frame, the
second time `Judge` grades what was handed in and records the points. Both look at the submitted folder itself, so
the marks are those of `autograder grade`.
"""

from __future__ import annotations

import atexit
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.assignment import load_assignment
from autograder.course import Course, load_course
from autograder.forkserver import ForkServer
from autograder.gradebook import open_gradebook, read_timestamp, record
from autograder.grading import Grader
from autograder.report import FILE_NAME, write_whole
from autograder.submission import read_submission


class TolerantExporter(NotebookExporter):
    """nbconvert's notebook exporter, for which a file that is no notebook is an empty one: `Restore` sees to it."""

    def from_filename(self, filename: str, resources: Any = None, **kw: Any) -> Any:
        try:
            return super().from_filename(filename, resources, **kw)
        except Exception as error:
            self.log.warning("%s is not a readable notebook: %s", filename, str(error).splitlines()[:1])
            return self.from_notebook_node(nbformat.v4.new_notebook(), resources, **kw)  # type: ignore[no-untyped-call]


class _Step(NbGraderPreprocessor):  # type: ignore[misc]
    def _where(self, resources: Any) -> tuple[Course, str, str, Path]:
        """The course, the assignment's and the student's names, and the submitted folder."""
        marks = resources["nbgrader"]
        course = _course(str(Path.cwd()), marks["db_url"])
        student, assignment = marks["student"], marks["assignment"]
        return course, assignment, student, course.submitted(student, assignment)


class Restore(_Step):
    """Instead of nbgrader's sanitizing: the repaired notebook, whatever was handed in."""

    def preprocess(self, nb: Any, resources: Any) -> Any:
        course, name, student, folder = self._where(resources)
        submission = read_submission(folder, load_assignment(course.folder, name), student)
        for note in (*submission.repairs, *([submission.problem] if submission.problem else [])):
            self.log.warning("%s: %s", student, note)
        return submission.notebook, resources


class Judge(_Step):
    """Instead of nbgrader's execution and scoring: our report, in the notebook, the gradebook and `report.json`."""

    def preprocess(self, nb: Any, resources: Any) -> Any:
        course, name, student, folder = self._where(resources)
        grader = _grader(course.folder, name)
        graded = grader.grade(folder, student)
        with open_gradebook(course) as gradebook:
            record(gradebook, course, grader.assignment, graded.report, read_timestamp(folder))
        write_whole(course.autograded(student, name) / FILE_NAME, graded.report.to_json())
        if graded.report.needs_a_look:
            self.log.error("%s needs a look: %s", student, graded.report.message or "a check of ours failed")
        return graded.notebook, resources


@lru_cache(maxsize=1)
def _course(folder: str, gradebook_url: str) -> Course:
    course = load_course(Path(folder))
    return Course(**{**vars(course), "gradebook_url": gradebook_url})


@lru_cache(maxsize=1)
def _grader(folder: Path, name: str) -> Grader:
    """One warm grader for all submissions of an `nbgrader autograde`."""
    course = load_course(folder)
    server = ForkServer(course.isolation)
    atexit.register(server.close)
    grader = Grader(load_assignment(folder, name), server, course.limits, course.show_cells)
    atexit.register(grader.close)
    return grader
