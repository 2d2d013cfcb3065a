"""Students' pages with the marks of the day on which they are made: names and comments come from the gradebook."""

from __future__ import annotations

import errno
import json
import shlex
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from nbgrader import api

from autograder.course.assignment import Assignment
from autograder.course.course import REPORT_FILE, TIMESTAMP_FILE, Course
from autograder.course.errors import CourseError
from autograder.course.marked_cells import grade_id, is_task
from autograder.course.settings import is_student_id
from autograder.gradebook.database import in_one_transaction
from autograder.gradebook.marking import Marking, last_report, marking_of
from autograder.gradebook.record import has_gradebook, open_gradebook
from autograder.report.report import Report, write_whole
from autograder.report.student_page import PageFacts, student_page
from autograder.report.student_page.handed_in import cells_with_pictures
from autograder.report.student_page.outline import outline_of
from autograder.report.student_page.texts import MAX_PICTURE_BYTES

SECRET_FILE = "submission_secret.txt"  # `nbgrader submit` makes it; the student's copy is the key to the feedback
_COMES_ALONG = (TIMESTAMP_FILE, SECRET_FILE)  # what nbgrader's commands look for beside a page


@dataclass(frozen=True)
class Person:
    """What the gradebook says of a student: the name, and comments of staff by the grade ids of cells."""

    name: str = ""
    comments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ClassFacts:
    """What the gradebook says of a class: what marks depend on, and people by notebook and student."""

    marking: Marking
    people: Mapping[str, Mapping[str, Person]]

    def person(self, assignment: Assignment, student: str) -> Person:
        """What it says of a student, with the comments in one notebook."""
        return self.people[assignment.notebook_name].get(student, Person())


OF_ANOTHER_VERSION = "is of another version of the grader, or damaged"
# What keeps one page from being written, and the next one too.
_OF_EVERYBODY = (errno.ENOSPC, errno.EROFS, errno.EDQUOT)


class MadePages(NamedTuple):
    """How many pages of a student were made, one a notebook, and why one was not; empty if all were."""

    student: str
    made: int
    problem: str


class NoPageError(Exception):
    """There is no page for a student; the text says why, and what to do."""


def graded_students(course: Course, assignment: Assignment, chosen: Sequence[str] = ()) -> list[str]:
    """Whose submissions have been graded: all, or `chosen`.

    Raises:
        CourseError: nobody's have, or not those of one of `chosen`.
    """
    found = (path for path in course.folders.autograded.glob("*/*/") if path.name == assignment.name)
    students = sorted(path.parent.name for path in found if is_student_id(path.parent.name))
    if not students:
        raise CourseError(
            f"No submission of {assignment.name!r} has been graded yet. Run `autograder grade {assignment.name}` first."
        )
    if missing := sorted(set(chosen) - set(students)):
        raise CourseError(
            f"There is no graded submission of {assignment.name!r} by {', '.join(missing)}. Run `autograder grade "
            f"{assignment.name}` first, or look at the id."
        )
    return [each for each in students if not chosen or each in chosen]


def make_pages(course: Course, assignment: Assignment, students: Sequence[str]) -> Iterator[MadePages]:
    """Writes `feedback/<student>/<assignment>/<notebook>.html`, each whole or not at all.

    Raises:
        CourseError: the gradebook, the settings or the late plugin are at fault, or nothing can be written.
    """
    if not has_gradebook(course):
        raise CourseError(
            f"There is no gradebook {course.gradebook_url}, which holds names, comments and marks of staff. Run "
            f"`autograder grade {assignment.name}` first, or set GRADEBOOK_URL."
        )
    with open_gradebook(course) as gradebook:
        facts = in_one_transaction(gradebook, lambda: read_class(gradebook.db, course, assignment))
    for student in students:
        problem, made = "", 0
        for each in assignment.notebooks:
            try:
                _save(course, each, student, page_of(facts.marking, each, student, facts.person(each, student)))
                made += 1
            except NoPageError as error:
                problem = str(error)
        yield MadePages(student, made, problem)


def page_of(marking: Marking, assignment: Assignment, student: str, person: Person) -> str:
    """A student's page of one notebook.

    Raises:
        CourseError: the late plugin fails.
        NoPageError: there is nothing to make it of.
    """
    course = marking.course
    report = last_report(course, marking.assignment, student)
    folder = course.autograded(student, assignment.name)
    again = (
        f"Run `autograder grade {assignment.name} --student {shlex.quote(student)} --force`, and make the page again."
    )
    path = folder / f"{assignment.notebook_name}.ipynb"
    if not path.is_file():
        raise NoPageError(f"The graded notebook {path} is missing. {again}")
    if report is None:
        is_there = (folder / REPORT_FILE).is_file()
        why = OF_ANOTHER_VERSION if is_there else "is missing"
        raise NoPageError(f"{folder / REPORT_FILE} {why}. {again}")
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(notebook["cells"], list):
            raise TypeError
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise NoPageError(f"The graded notebook {path} can't be read. {again}") from error
    return page_from(marking, assignment, marking.mark(report), notebook, person)


def page_from(marking: Marking, assignment: Assignment, report: Report, notebook: Any, person: Person) -> str:
    """The page of a report with today's marks and a graded notebook, which is the assignment's or one of several."""
    course, whole = marking.course, report
    report = whole.of_notebook(assignment.notebook_name)
    folder = course.autograded(report.student, assignment.name)
    file_name = f"{assignment.notebook_name}.ipynb"
    facts = PageFacts(
        outline=outline_of(assignment.release, _title(assignment), assignment.cells),
        name=person.name,
        comments=person.comments,
        timezone=course.timezone,
        ask=course.ask,
        whole=whole if report is not whole else None,
        read_picture=lambda name: read_picture(folder, name),
        handed_in=lambda: cells_with_pictures(course.submitted(report.student, assignment.name) / file_name),
    )
    return student_page(report, _without_mark_schemes(notebook, assignment), facts)


def _title(assignment: Assignment) -> str:
    """What a notebook without a title is called."""
    return f"{assignment.name}: {assignment.notebook_name}" if assignment.siblings else assignment.name


def _without_mark_schemes(notebook: Any, assignment: Assignment) -> Any:
    """The notebook with its tasks as students got them."""
    tasks = {str(grade_id(cell)): cell.source for cell in assignment.release.cells if is_task(cell)}
    for cell in notebook["cells"] if tasks else ():
        if isinstance(cell, dict) and (name := grade_id(cell)) in tasks:
            cell["source"] = tasks[str(name)]
    return notebook


def read_class(session: Any, course: Course, assignment: Assignment, student: str | None = None) -> ClassFacts:
    """What the gradebook says of one student, or of all; from a session that is open already.

    Raises:
        CourseError: the late plugin can't be loaded.
    """
    people = {each.notebook_name: read_people(session, each, student) for each in assignment.notebooks}
    return ClassFacts(marking_of(session, course, assignment, student), people)


def read_people(session: Any, assignment: Assignment, student: str | None = None) -> dict[str, Person]:
    """What the gradebook says of students who handed in; of one, or of all."""
    submitted, notebook, comment = api.SubmittedAssignment, api.SubmittedNotebook, api.Comment
    rows = session.query(submitted.student_id, api.Student.first_name, api.Student.last_name, notebook.id)
    rows = rows.select_from(submitted).join(api.Student, api.Student.id == submitted.student_id)
    rows = rows.join(api.Assignment, api.Assignment.id == submitted.assignment_id)
    rows = rows.join(notebook, notebook.assignment_id == submitted.id)
    rows = rows.join(api.Notebook, api.Notebook.id == notebook.notebook_id)
    rows = rows.filter(api.Assignment.name == assignment.name, api.Notebook.name == assignment.notebook_name)
    rows = rows if student is None else rows.filter(submitted.student_id == student)
    found = rows.all()
    said = session.query(comment.notebook_id, api.BaseCell.name, comment.manual_comment)
    said = said.join(api.BaseCell, api.BaseCell.id == comment.cell_id).filter(comment.manual_comment.isnot(None))
    if student is not None:
        said = said.filter(comment.notebook_id.in_([each[3] for each in found]))
    comments: dict[str, dict[str, str]] = {}
    for where, cell, text in said:
        if text.strip():
            comments.setdefault(where, {})[cell] = text
    return {
        who: Person(" ".join(filter(None, (first, last))).strip(), comments.get(where, {}))
        for who, first, last, where in found
    }


def read_picture(folder: Path, name: str) -> bytes | None:
    """A picture beside a graded notebook; None if it is none, is too large, or lies elsewhere."""
    path = folder / name
    with suppress(OSError, ValueError):
        status = path.lstat()
        inside = path.resolve().is_relative_to(folder.resolve())
        if inside and stat.S_ISREG(status.st_mode) and status.st_size <= MAX_PICTURE_BYTES:
            return path.read_bytes()
    return None


def _save(course: Course, assignment: Assignment, student: str, page: str) -> None:
    target = course.folders.feedback / student / assignment.name
    try:
        write_whole(target / f"{assignment.notebook_name}.html", page)
        graded = course.autograded(student, assignment.name)
        for name in _COMES_ALONG:
            if (graded / name).is_file() and not (graded / name).is_symlink():
                shutil.copyfile(graded / name, target / name)
    except OSError as error:
        said = (
            f"The page of {student} can't be written: {error.strerror or error}: {error.filename}. Make room or give "
            "the right to write there, then run this again."
        )
        if error.errno in _OF_EVERYBODY:
            raise CourseError(said) from error
        raise NoPageError(said) from error
