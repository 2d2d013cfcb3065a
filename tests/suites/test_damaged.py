"""Every damaged submission of `damaged/`, graded in one batch: its points, and what is said of it to whom."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import nbformat
import pytest
from damaged import CASES, Case
from damaged.case import Says
from helpers import RIGHT, ROOT, make_course
from nbgrader.api import Gradebook
from words_of_reports import faults

from autograder.batch.batch import choose_students, grade_batch
from autograder.batch.local import local_pool
from autograder.checks.staff_words import for_staff
from autograder.course.assignment import Assignment
from autograder.course.course import load_course
from autograder.course.marked_cells import grade_id
from autograder.report.exercise_result import Verdict
from autograder.report.formats import FORMATS
from autograder.report.formats.screen import Screen
from autograder.report.report import Report, Status
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.limits import Limits
from autograder.sandbox.server import ForkServer
from autograder.submission.files import regular_files

pytestmark = pytest.mark.slow

_PLAIN = str.maketrans("", "", "`")  # code is marked otherwise in a page


@dataclass(frozen=True)
class Found:
    """What became of one case: its report, as the batch gave it and as it was saved, graded notebook, and grades in the
    gradebook."""

    given: Report
    report: Report
    notebook: Any
    points: tuple[float, ...]
    marked_for_staff: set[bool]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, tiny: Assignment, server: ForkServer) -> dict[str, Found]:
    folder = make_course(tmp_path_factory.mktemp("damaged"))
    course = replace(load_course(folder), workers=2)
    sandbox = ForkSandbox(server, Limits(mend_cpu_seconds=0))
    for case in CASES:
        path = course.submitted(case.name, "tiny")
        path.mkdir(parents=True)
        case.hand_in(path)
    graded = grade_batch(course, tiny, choose_students(course, tiny, ()), partial(local_pool, course, tiny, sandbox))
    given = {report.student: report for report in graded}
    found = {}
    with Gradebook(course.gradebook_url, course.course_id) as gradebook:
        for submission in gradebook.assignment_submissions("tiny"):
            student = submission.student.id
            grades = {grade.name: grade for grade in submission.notebooks[0].grades}
            folder = course.autograded(student, "tiny")
            found[student] = Found(
                given=given[student],
                report=Report.from_dict(json.loads((folder / "report.json").read_text(encoding="utf-8"))),
                notebook=nbformat.read(folder / "tiny.ipynb", as_version=4),
                points=tuple(grades[f"test_{name}"].auto_score for name in RIGHT),
                marked_for_staff={grade.needs_manual_grade for grade in grades.values()},
            )
    assert not [path for path in regular_files(tmp_path_factory.getbasetemp()) if path.name == "escaped.ipynb"]
    return found


def test_there_are_many_kinds_of_damage_each_with_its_own_name(graded: dict[str, Found]) -> None:
    assert len({case.name for case in CASES}) == len(CASES) == len(graded) >= 50


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_damaged_submission_gets_what_its_work_deserves(case: Case, graded: dict[str, Found]) -> None:
    found = graded[case.name]
    is_read = case.points is not None
    points = case.points or (0, 0, 0)
    assert_begins(found.report.repairs if is_read else [found.report.message], case.says)
    assert not (found.report.message if is_read else found.report.repairs)
    assert tuple(each.points for each in found.report.exercises) == points
    assert found.report.score == sum(points)
    assert found.report.status is (Status.GRADED if is_read else Status.UNREADABLE)
    assert not any(each.verdict is Verdict.ERROR for each in found.report.exercises)
    assert faults(found.report) == []
    # for staff
    assert found.points == points
    assert found.marked_for_staff == {not is_read}
    assert found.given.needs_a_look is not is_read


def assert_begins(notes: Sequence[str], says: Sequence[Says]) -> None:
    """Each of `notes` begins as `says` says, in order."""
    wanted = [begin for begin in says if isinstance(begin, str)]
    assert [note[: len(begin)] for note, begin in zip(notes, wanted, strict=False)] == wanted
    assert len(notes) == len(wanted) or ... in says, notes


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_graded_notebook_is_whole_and_tells_the_student_what_was_mended(
    case: Case, graded: dict[str, Found], tiny: Assignment
) -> None:
    found = graded[case.name]
    nbformat.validate(found.notebook)
    assert [name for cell in found.notebook.cells if (name := grade_id(cell))] == [
        grade_id(cell) for cell in tiny.release.cells if grade_id(cell)
    ]
    words = html.unescape(re.sub("</?code>", "", found.notebook.cells[0].source))
    for note in (*found.report.repairs, found.report.message):
        assert note.translate(_PLAIN) in words


def test_staff_read_of_each_that_can_not_be_read_and_once_what_is_the_same(graded: dict[str, Found]) -> None:
    text = "".join(FORMATS["table"].many([found.given for found in graded.values()], Screen(300)))
    lines = [line for line in text.splitlines() if re.match("needs? a look ", line)]
    students_of: dict[str, list[str]] = {}
    for student, found in sorted(graded.items()):
        if found.report.status is Status.UNREADABLE:
            students_of.setdefault(for_staff(found.report.message), []).append(student)
    assert len(lines) == len(students_of)
    for line, (what, students) in zip(lines, students_of.items(), strict=True):
        verb, more = "needs a look", ""
        if len(students) > 1:
            verb, more = "need a look", f" and {len(students) - 5} more" if len(students) > 5 else ""
        assert line == f"{verb} {', '.join(students[:5])}{more}: {what}"


def test_the_guide_explains_every_repair_and_no_other(graded: dict[str, Found]) -> None:
    page = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")
    table = page[page.index("| repair |") : page.index("Cells that students add")]
    phrases = {phrase: repair_pattern(phrase) for phrase in re.findall(r"\*([^*]+)\*", table)}
    notes = {note for found in graded.values() for note in found.report.repairs}
    assert not [note for note in notes if not any(re.match(each, note) for each in phrases.values())]
    assert not [phrase for phrase, each in phrases.items() if not any(re.match(each, note) for note in notes)]


def repair_pattern(phrase: str) -> str:
    """A sentence of the guide, as a pattern: about one cell, or about several."""
    pattern = re.escape(phrase).replace("…", ".*")
    for one, many in (("cell", "cells"), ("was", "were"), ("is", "are"), ("it", "they|them")):
        pattern = pattern.replace(f"{one}\\ ", f"(?:{one}|{many})\\ ")
    return pattern
