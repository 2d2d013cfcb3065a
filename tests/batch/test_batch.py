"""A folder of odd submissions becomes reports, autograded notebooks and a gradebook; nothing stops the batch."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import pytest
from helpers import RIGHT, hand_in, make_course, notebook_of, write_notebook
from nbgrader.api import Gradebook, MissingEntry

from autograder.batch.batch import choose_students, grade_batch
from autograder.batch.local import local_pool
from autograder.course.assignment import Assignment
from autograder.course.course import Course, load_course
from autograder.course.errors import CourseError
from autograder.report.report import Report
from autograder.sandbox.forked import ForkSandbox

pytestmark = pytest.mark.slow

Class = tuple[Course, list[Report]]

LOOP = "def double(x):\n    while True: pass"

# Who hands in what, the points per exercise, and whether staff should look.
EXPECTED: dict[str, tuple[tuple[float, float, float], bool]] = {
    "all-right": ((4, 6, 10), False),
    "untouched": ((0, 0, 0), False),
    "one-wrong": ((0, 6, 10), False),
    "loops": ((0, 6, 10), False),
    "exits": ((4, 6, 10), False),
    "floods": ((4, 6, 10), False),
    "eats-memory": ((4, 6, 10), False),
    "duplicated": ((4, 6, 10), False),
    "renamed": ((4, 6, 10), False),
    "nested": ((4, 6, 10), False),
    "not-json": ((0, 0, 0), True),
    "empty": ((0, 0, 0), True),
    "another": ((0, 0, 0), True),
    "nothing": ((0, 0, 0), True),
    "linked": ((0, 0, 0), True),
    "odd-files": ((4, 6, 10), False),
    "odd-folders": ((4, 6, 10), False),
    "[red]evil 'x' & <b>": ((4, 6, 10), False),
}


def hand_in_all(course: Path, tiny: Assignment) -> None:
    right = notebook_of(tiny, RIGHT)
    hand_in(course, "all-right", right)
    hand_in(course, "untouched", notebook_of(tiny))
    hand_in(course, "one-wrong", notebook_of(tiny, {**RIGHT, "double": "def double(x):\n    return x + 1"}))
    hand_in(course, "loops", notebook_of(tiny, {**RIGHT, "double": LOOP}))
    hand_in(course, "exits", notebook_of(tiny, RIGHT, extra={"setup": "import os; os._exit(1)"}))
    hand_in(course, "floods", notebook_of(tiny, RIGHT, extra={"setup": "print('x' * 10**7)"}))
    hand_in(course, "eats-memory", notebook_of(tiny, RIGHT, extra={"setup": "hog = bytearray(8 << 30)"}))
    twice = nbformat.from_dict({**right, "cells": [each for cell in right.cells for each in (cell, cell)]})
    hand_in(course, "duplicated", json.dumps(twice))
    write_notebook(course / "submitted/renamed/tiny/my tiny (2).ipynb", right)
    write_notebook(course / "submitted/nested/tiny/inner/tiny.ipynb", right)
    hand_in(course, "not-json", "this is no notebook")
    hand_in(course, "empty", "")
    hand_in(course, "another", nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")]))
    (course / "submitted/nothing/tiny").mkdir(parents=True)
    (course / "submitted/linked/tiny").mkdir(parents=True)
    (course / "submitted/linked/tiny/tiny.ipynb").symlink_to("/etc/passwd")
    folder = hand_in(course, "odd-files", right).parent
    (folder / "helper.py").write_text("x = 1\n")
    (folder / "numbers.csv").write_text("99\n")
    (folder / "report.json").write_text('{"score": 1000}')
    (folder / "timestamp.txt").write_text("the day after tomorrow")
    (folder / "secret").symlink_to("/etc/passwd")
    os.mkfifo(folder / "pipe")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff.txt")).write_text("")
    folder = course / "submitted/odd-folders/tiny"
    write_notebook(folder / "mine.ipynb", right)
    for name in ("tiny.ipynb", "numbers.csv", "report.json"):
        (folder / name).mkdir()
        (folder / name / "inside.txt").write_text("in the way")
    hand_in(course, "[red]evil 'x' & <b>", right)
    # neither of these is a submission
    (course / "submitted/file-not-folder").mkdir()
    (course / "submitted/file-not-folder/tiny").write_text("")
    (course / "submitted/elsewhere").mkdir()
    (course / "submitted/elsewhere/tiny").symlink_to(course / "submitted/all-right/tiny")


def grade_all(
    course: Course, tiny: Assignment, sandbox: ForkSandbox, *students: str, force: bool = False
) -> list[Report]:
    chosen = choose_students(course, tiny, students)
    return list(grade_batch(course, tiny, chosen, partial(local_pool, course, tiny, sandbox), force=force))


def points_of(report: Report) -> tuple[float, ...]:
    return tuple(each.points for each in report.exercises)


def reports_of(course: Course) -> dict[str, dict[str, Any]]:
    """Every report, without what may differ between two runs: times."""
    found = {}
    for path in sorted(course.folder.glob("autograded/*/tiny/report.json")):
        data = json.loads(path.read_text())
        del data["seconds"]
        found[path.parent.parent.name] = data
    return found


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, tiny: Assignment, sandbox: ForkSandbox) -> Class:
    """The class after its first grading, by two processes."""
    folder = make_course(tmp_path_factory.mktemp("class"))
    hand_in_all(folder, tiny)
    course = replace(load_course(folder), workers=2)
    return course, grade_all(course, tiny, sandbox)


@pytest.fixture
def gradebook(graded: Class) -> Iterator[Gradebook]:
    with Gradebook(graded[0].gradebook_url, graded[0].course_id) as gradebook:
        yield gradebook


def test_every_submission_is_graded_and_none_stops_the_batch(graded: Class) -> None:
    course, rows = graded
    assert {row.student: (points_of(row), row.needs_a_look) for row in rows} == EXPECTED
    assert not any(row.unchanged for row in rows)
    assert set(reports_of(course)) == set(EXPECTED)


def test_the_gradebook_has_the_same_points(graded: Class, gradebook: Gradebook) -> None:
    for student, (points, look) in EXPECTED.items():
        notebook = gradebook.find_submission_notebook("tiny", "tiny", student)
        grades = {grade.name: grade for grade in notebook.grades}
        found = tuple(grades[f"test_{name}"].auto_score for name in RIGHT)
        assert found == points, student
        assert {grade.needs_manual_grade for grade in grades.values()} == {look}, student
        assert {grade.manual_score for grade in grades.values()} == {None}
    assert gradebook.find_assignment("tiny").max_score == 20


def test_solutions_left_alone_are_marked_so_in_the_gradebook(gradebook: Gradebook, graded: Any) -> None:
    comments = gradebook.find_submission_notebook("tiny", "tiny", "untouched").comments
    assert {comment.auto_comment for comment in comments} == {"No response."}
    comments = gradebook.find_submission_notebook("tiny", "tiny", "loops").comments
    assert {comment.auto_comment for comment in comments} == {None}


def test_each_folder_holds_the_notebook_the_files_and_the_report(graded: Class) -> None:
    course, _ = graded
    for student in EXPECTED:
        folder = course.autograded(student, "tiny")
        nbformat.validate(nbformat.read(folder / "tiny.ipynb", as_version=4))
        assert not (folder / "numbers.csv").exists(), "the course's own data are not copied for each student"
        report = Report.from_dict(json.loads((folder / "report.json").read_text()))
        assert report.student == student
        assert report.assignment == "tiny"
        assert report.fingerprint
        assert not list(folder.rglob("*passwd*")) + list(folder.glob("secret")) + list(folder.glob("pipe"))
    assert (course.autograded("odd-files", "tiny") / "helper.py").read_text() == "x = 1\n"
    leftovers = [path.name for path in (course.folder / "autograded").rglob(".*")]
    assert sorted(leftovers) == [".answers.tiny", ".mended"], (
        "answers, and what mended code, are kept, and nothing else"
    )


def test_what_was_handed_in_is_never_changed(graded: Class, tiny: Assignment, sandbox: ForkSandbox) -> None:
    course, _ = graded

    def snapshot() -> dict[Path, bytes]:
        files = [path for path in (course.folder / "submitted").rglob("*") if path.is_file()]
        return {path: path.read_bytes() for path in files}

    before = snapshot()
    grade_all(course, tiny, sandbox, "odd-files", "odd-folders", "exits", force=True)
    assert snapshot() == before


def test_reports_fit_the_documented_schema(graded: Class) -> None:
    import jsonschema
    from helpers import ROOT

    schema = json.loads((ROOT / "docs" / "report.schema.json").read_text())
    for report in reports_of(graded[0]).values():
        jsonschema.validate({**report, "seconds": 0.1}, schema)
    for name in (
        "assignment",
        "student",
        "score",
        "max_score",
        "status",
        "exercises",
        "repairs",
        "outcome",
        "versions",
    ):
        assert name in report


def test_one_process_gives_the_same_reports_as_two(
    graded: Class, tiny: Assignment, sandbox: ForkSandbox, tmp_path: Path
) -> None:
    make_course(tmp_path)
    shutil.copytree(graded[0].folder / "submitted", tmp_path / "submitted", symlinks=True, ignore=_no_pipes)
    shutil.copyfile(graded[0].folder / "gradebook.db", tmp_path / "gradebook.db")
    course = replace(load_course(tmp_path), workers=1)
    grade_all(course, tiny, sandbox, "all-right", "one-wrong", "exits", "duplicated", "not-json", force=True)
    one, two = reports_of(course), reports_of(graded[0])
    assert one == {student: two[student] for student in one}
    assert len(one) == 5


def _no_pipes(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if name == "pipe"]


@pytest.mark.slow
def test_a_second_run_grades_nothing_again_and_a_change_only_itself(
    graded: Class, tiny: Assignment, sandbox: ForkSandbox
) -> None:
    course, first = graded
    again = grade_all(course, tiny, sandbox)
    assert [row.unchanged for row in again] == [True] * len(EXPECTED)
    assert sorted((row.student, row.score) for row in again) == sorted((row.student, row.score) for row in first)
    hand_in(course.folder, "untouched", notebook_of(tiny, {"double": RIGHT["double"]}))
    changed = grade_all(course, tiny, sandbox)
    assert {row.student: row.score for row in changed if not row.unchanged} == {"untouched": 4}
    (course.autograded("one-wrong", "tiny") / "report.json").write_text('{"half a rep')
    assert [row.student for row in grade_all(course, tiny, sandbox) if not row.unchanged] == ["one-wrong"]
    forced = grade_all(course, tiny, sandbox, "untouched", "one-wrong", force=True)
    assert [row.unchanged for row in forced] == [False, False]
    hand_in(course.folder, "untouched", notebook_of(tiny))
    assert grade_all(course, tiny, sandbox, "untouched")[0].score == 0


def test_scores_and_comments_of_staff_survive_another_grading(
    graded: Class, tiny: Assignment, sandbox: ForkSandbox
) -> None:
    course, _ = graded
    with Gradebook(course.gradebook_url, course.course_id) as gradebook:
        grade = gradebook.find_grade("test_double", "tiny", "tiny", "one-wrong")
        grade.manual_score, grade.extra_credit = 3.5, 1
        gradebook.find_comment("double", "tiny", "tiny", "one-wrong").manual_comment = "Nearly."
        gradebook.db.commit()
    grade_all(course, tiny, sandbox, "one-wrong", force=True)
    with Gradebook(course.gradebook_url, course.course_id) as gradebook:
        grade = gradebook.find_grade("test_double", "tiny", "tiny", "one-wrong")
        assert (grade.manual_score, grade.extra_credit, grade.auto_score) == (3.5, 1, 0)
        assert grade.needs_manual_grade
        assert gradebook.find_comment("double", "tiny", "tiny", "one-wrong").manual_comment == "Nearly."


def test_a_student_missing_from_the_gradebook_is_graded_again(
    graded: Class, tiny: Assignment, sandbox: ForkSandbox
) -> None:
    course, _ = graded
    with Gradebook(course.gradebook_url, course.course_id) as gradebook:
        gradebook.remove_student("floods")
        with pytest.raises(MissingEntry):
            gradebook.find_student("floods")
    assert not grade_all(course, tiny, sandbox, "floods")[0].unchanged


def test_wrong_choices_get_one_sentence(graded: Class, tiny: Assignment, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"There is no submission of 'tiny' by nobody\."):
        choose_students(graded[0], tiny, ["nobody"])
    make_course(tmp_path)
    with pytest.raises(CourseError, match=r"No submissions of 'tiny' in .*submitted/<student>/tiny/"):
        choose_students(load_course(tmp_path), tiny, [])
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/submitted/\xff/tiny")).mkdir(parents=True)
    (tmp_path / "submitted/student-001/Tiny").mkdir(parents=True)
    with pytest.raises(CourseError, match=r"No submissions of 'tiny' in ") as caught:  # nobody can be called that
        choose_students(load_course(tmp_path), tiny, [])
    strays = str(caught.value).splitlines()[1:]
    assert [each.split(":")[0] for each in strays] == ["  submitted/student-001/Tiny", "  submitted/�"]
