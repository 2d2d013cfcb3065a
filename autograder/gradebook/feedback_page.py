"""The feedback page with the marks of the day on which it is made: what staff gave by hand, penalties, rulings."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook

from autograder.course.assignment import TEST_PREFIX, grade_id
from autograder.course.course import Course, load_course
from autograder.course.errors import CourseError
from autograder.gradebook.autograde import course_of
from autograder.gradebook.marking import last_report, marking_of
from autograder.report.page import FeedbackPage
from autograder.report.report import Report
from autograder.report.verdicts import show_marks


class MarkedFeedbackPage(FeedbackPage):
    """`FeedbackPage` of a submission that this grader graded, with today's marks; of any other as it is."""

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> Any:
        try:
            self._report = self._todays_report((resources or {}).get("nbgrader", {}))
        except CourseError as error:  # it would be the same for everybody
            self.log.error("%s", error)
            raise SystemExit(1) from error
        if self._report is not None:
            nb = show_marks(nb, self._report)
        return super().from_notebook_node(nb, resources, **kw)

    def _preprocess(self, nb: Any, resources: Any) -> Any:
        """nbgrader's steps put the gradebook's figures in; ours are of today."""
        nb, resources = super()._preprocess(nb, resources)  # type: ignore[no-untyped-call]
        if self._report is None:
            return nb, resources
        exercises = {TEST_PREFIX + each.name: each for each in self._report.exercises}
        for cell in nb.cells:
            if exercise := exercises.get(grade_id(cell) or ""):
                cell.metadata.nbgrader.update(score=exercise.points, points=exercise.max_points)
        for name in ("score", "max_score", "late_penalty"):
            resources["nbgrader"][name] = getattr(self._report, name)
        return nb, resources

    def _todays_report(self, about: Any) -> Report | None:
        folders = self.config.CourseDirectory
        if not folders.get("root") or not {"assignment", "student", "db_url"} <= set(about):
            return None
        course = replace(_course(course_of(folders)), gradebook_url=about["db_url"])
        if about["assignment"] not in course.assignment_names():
            return None
        assignment = course.assignment(about["assignment"])
        last = last_report(course, assignment, about["student"])
        if last is None:
            return None
        with Gradebook(course.gradebook_url, course.course_id) as gradebook:
            return marking_of(gradebook.db, course, assignment, about["student"]).mark(last)


@lru_cache(maxsize=1)
def _course(folder: Path) -> Course:
    return load_course(folder)
