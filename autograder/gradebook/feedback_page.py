"""nbgrader's `generate_feedback` makes our pages, with the marks of the day on which they are made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook

from autograder.course.assignment import Assignment
from autograder.course.course import REPORT_FILE, Course, load_course
from autograder.course.errors import CourseError
from autograder.gradebook.autograde import course_of
from autograder.gradebook.marking import last_report
from autograder.gradebook.student_pages import OF_ANOTHER_VERSION, ClassFacts, NoPageError, page_from, read_class
from autograder.report.page import FeedbackPage

_told: ContextVar[ClassFacts | None] = ContextVar("told", default=None)


@contextmanager
def telling(facts: ClassFacts | None) -> Iterator[None]:
    """Within it, pages are made of what was read of the whole class: the gradebook is not asked for each student."""
    token = _told.set(facts)
    try:
        yield
    finally:
        _told.reset(token)


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
        facts = _told.get()
        if facts is not None and facts.marking.assignment.name == about["assignment"]:
            course, assignment = facts.marking.course, facts.marking.assignment
        else:
            facts, course = None, replace(_course(course_of(folders)), gradebook_url=about["db_url"])
            if about["assignment"] not in course.assignment_names():
                return None
            assignment = course.assignment(about["assignment"])
        student = about["student"]
        last = last_report(course, assignment, student)
        if last is None:
            if (path := course.autograded(student, assignment.name) / REPORT_FILE).is_file():
                raise NoPageError(f"{path} {OF_ANOTHER_VERSION}. Grade {student!r} again.")
            return None
        facts = facts or _facts_of(course, assignment, student)
        part = next(each for each in assignment.notebooks if each.notebook_name == about["notebook"])
        return page_from(facts.marking, part, facts.marking.mark(last), nb, facts.person(part, student))


def _facts_of(course: Course, assignment: Assignment, student: str) -> ClassFacts:
    with Gradebook(course.gradebook_url, course.course_id) as gradebook:
        return read_class(gradebook.db, course, assignment, student)


@lru_cache(maxsize=1)
def _course(folder: Path) -> Course:
    return load_course(folder)
