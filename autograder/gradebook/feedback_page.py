"""nbgrader's `generate_feedback` makes our pages, with the marks of the day on which they are made."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook

from autograder.course.course import REPORT_FILE, Course, load_course
from autograder.course.errors import CourseError
from autograder.gradebook.autograde import course_of
from autograder.gradebook.marking import last_report, marking_of
from autograder.gradebook.student_pages import OF_ANOTHER_VERSION, NoPageError, Person, page_from, read_people
from autograder.report.page import FeedbackPage


class MarkedFeedbackPage(FeedbackPage):
    """The student's page of a submission that this grader graded; nbgrader's of any other."""

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> Any:
        try:
            page = self._page(nb, (resources or {}).get("nbgrader", {}))
        except CourseError as error:  # it would be the same for everybody
            self.log.error("%s", error)
            raise SystemExit(1) from error
        if page is None:
            return super().from_notebook_node(nb, resources, **kw)
        resources = self._init_resources(resources)  # type: ignore[no-untyped-call]
        resources["output_extension"] = self.file_extension
        return page, resources

    def _page(self, nb: Any, about: Any) -> str | None:
        folders = self.config.CourseDirectory
        if not folders.get("root") or not {"assignment", "notebook", "student", "db_url"} <= set(about):
            return None
        course = replace(_course(course_of(folders)), gradebook_url=about["db_url"])
        if about["assignment"] not in course.assignment_names():
            return None
        assignment, student = course.assignment(about["assignment"]), about["student"]
        last = last_report(course, assignment, student)
        if last is None:
            if (path := course.autograded(student, assignment.name) / REPORT_FILE).is_file():
                raise NoPageError(f"{path} {OF_ANOTHER_VERSION}. Grade {student!r} again.")
            return None
        with Gradebook(course.gradebook_url, course.course_id) as gradebook:
            marking = marking_of(gradebook.db, course, assignment, student)
            part = next(each for each in assignment.notebooks if each.notebook_name == about["notebook"])
            people = read_people(gradebook.db, part, student)
        return page_from(marking, part, marking.mark(last), nb, people.get(student, Person()))


@lru_cache(maxsize=1)
def _course(folder: Path) -> Course:
    return load_course(folder)
