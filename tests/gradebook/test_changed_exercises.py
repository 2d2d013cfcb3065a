"""Exercises changed after hand-in: rows come and go, points follow, and what staff gave by hand is never lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from helpers import gradebook_contents, hand_in, make_course, notebook_of, report_of, run

from autograder.course.assignment import Assignment
from autograder.course.course import Course, load_course
from autograder.course.errors import CourseError
from autograder.course.loading import load_assignment
from autograder.course.marked_cells import grade_id
from autograder.gradebook.record import ensure_assignment, open_gradebook, record

STUDENTS = ("student-001", "student-002")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    monkeypatch.delenv("GRADEBOOK_URL", raising=False)
    return load_course(make_course(tmp_path / "course"))


@pytest.fixture
def gradebook(settings: Course, tiny: Assignment) -> Iterator[Any]:
    """A gradebook with two submissions."""
    with open_gradebook(settings) as opened:
        ensure_assignment(opened, tiny)
        for student in STUDENTS:
            record(opened, tiny, [report_of(tiny, student, double=1)])
        yield opened


def changed(settings: Course, change: Any) -> Assignment:
    """The assignment with cells changed by `change(cells)`."""
    path = settings.folder / "source" / "tiny" / "tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = change(notebook.cells)
    nbformat.write(notebook, path)
    load_assignment.cache_clear()
    return settings.assignment("tiny")


def without(*names: str) -> Any:
    return lambda cells: [cell for cell in cells if grade_id(cell) not in {*names, *(f"test_{each}" for each in names)}]


def renamed(old: str, new: str) -> Any:
    def change(cells: Any) -> Any:
        for cell in cells:
            if grade_id(cell) in (old, f"test_{old}"):
                cell.metadata.nbgrader.grade_id = grade_id(cell).replace(old, new)
        return cells

    return change


def added(name: str, points: float) -> Any:
    def change(cells: Any) -> Any:
        more = []
        for cell in cells:
            if grade_id(cell) in ("double", "test_double"):
                copy = nbformat.from_dict(cell)
                copy.id = f"{name}-{len(more)}"
                copy.source = copy.source.replace("double", name)
                copy.metadata.nbgrader.grade_id = grade_id(cell).replace("double", name)
                if "points" in copy.metadata.nbgrader:
                    copy.metadata.nbgrader.points = points
                more.append(copy)
        return [*more, *cells]

    return change


def grades(settings: Course) -> dict[str, dict[str, Any]]:
    found = gradebook_contents(settings.gradebook_url)["submissions"]
    return {student: {name: each[0] for name, each in one["grades"].items()} for student, one in found.items()}


def max_score(gradebook: Any) -> float:
    return float(gradebook.find_assignment("tiny").max_score)


def test_an_exercise_that_is_added_gets_rows_in_every_submission(settings: Course, gradebook: Any) -> None:
    more = changed(settings, added("triple", 3))
    ensure_assignment(gradebook, more)
    assert grades(settings)["student-002"] == {
        "test_double": 1.0,
        "test_mean_of": 6.0,
        "test_double_mean": 10.0,
        "test_triple": None,
    }
    record(gradebook, more, [report_of(more, "student-001", triple=2)])
    assert grades(settings)["student-001"]["test_triple"] == 2.0
    assert set(gradebook_contents(settings.gradebook_url)["submissions"]["student-001"]["comments"]) == {
        *("double", "mean_of", "double_mean", "triple")
    }
    assert max_score(gradebook) == 23


def test_one_that_is_removed_takes_its_points_out_of_the_maximum(settings: Course, gradebook: Any) -> None:
    ensure_assignment(gradebook, changed(settings, without("mean_of")))
    assert grades(settings)["student-001"] == {"test_double": 1.0, "test_double_mean": 10.0}
    assert max_score(gradebook) == 14
    assert gradebook.find_submission("tiny", "student-001").score == 11


def test_one_that_is_renamed_or_moved_keeps_all_others(settings: Course, gradebook: Any) -> None:
    gradebook.find_grade("test_mean_of", "tiny", "tiny", "student-001").manual_score = 2.5
    gradebook.db.commit()
    new = changed(settings, renamed("double_mean", "mean_of_double"))
    ensure_assignment(gradebook, new)
    record(gradebook, new, [report_of(new, "student-001", mean_of_double=7)])
    assert grades(settings)["student-001"] == {"test_double": 1.0 + 3, "test_mean_of": 6.0, "test_mean_of_double": 7.0}
    assert gradebook.find_grade("test_mean_of", "tiny", "tiny", "student-001").manual_score == 2.5
    before = gradebook_contents(settings.gradebook_url)
    ensure_assignment(gradebook, changed(settings, lambda cells: [cells[0], *reversed(cells[1:])]))
    assert gradebook_contents(settings.gradebook_url)["submissions"] == before["submissions"]


def test_points_that_change_are_the_new_maximum_and_nothing_else(settings: Course, gradebook: Any) -> None:
    def change(cells: Any) -> Any:
        for cell in cells:
            if grade_id(cell) == "test_double":
                cell.metadata.nbgrader.points = 8
        return cells

    before = grades(settings)
    ensure_assignment(gradebook, changed(settings, change))
    assert max_score(gradebook) == 24
    assert grades(settings) == before


@pytest.mark.parametrize("by_hand", ["points", "extra credit", "a comment"])
@pytest.mark.parametrize("change", [without("double"), renamed("double", "twice")], ids=["removed", "renamed"])
def test_what_staff_gave_by_hand_is_not_lost(settings: Course, gradebook: Any, by_hand: str, change: Any) -> None:
    grade = gradebook.find_grade("test_double", "tiny", "tiny", "student-002")
    if by_hand == "a comment":
        gradebook.find_comment("double", "tiny", "tiny", "student-002").manual_comment = "Well done."
    elif by_hand == "points":
        grade.manual_score = 0.0
    else:
        grade.extra_credit = 0.5
    gradebook.db.commit()
    before = gradebook_contents(settings.gradebook_url)
    with pytest.raises(CourseError, match=r"'double' is gone, and staff gave .* by hand \(student-002\)\. Put it back"):
        ensure_assignment(gradebook, changed(settings, change))
    assert gradebook_contents(settings.gradebook_url) == before


def test_a_notebook_with_another_name_is_refused(settings: Course, gradebook: Any, tiny: Assignment) -> None:
    before = gradebook_contents(settings.gradebook_url)
    with pytest.raises(CourseError, match=r"is now new\.ipynb, and the gradebook has marks of tiny\.ipynb"):
        ensure_assignment(gradebook, replace(tiny, notebook_name="new"))
    assert gradebook_contents(settings.gradebook_url) == before


@pytest.mark.slow
def test_grading_goes_on_after_a_student_or_an_exercise_is_removed(settings: Course, tiny: Assignment) -> None:
    for student in STUDENTS:
        hand_in(settings.folder, student, notebook_of(tiny))
    assert run("autograder", "grade", "tiny", cwd=settings.folder).returncode == 0
    done = run("nbgrader", "db", "student", "remove", "student-001", "--force", cwd=settings.folder)
    assert done.returncode == 0, done.stderr
    assert set(grades(settings)) == {"student-002"}
    done = run("autograder", "grade", "tiny", cwd=settings.folder)
    assert done.returncode == 0, done.stderr
    assert "Graded 1 of 2 submissions" in done.stdout  # who is handed in is recorded again
    assert set(grades(settings)) == set(STUDENTS)
    for path in (settings.folder / "tests" / "hidden" / "tiny").glob("*double_mean*"):
        path.unlink()
    for name in ("misconceptions.py", "alternatives.py"):
        (settings.folder / "tests" / "hidden" / "tiny" / name).unlink()
    changed(settings, without("double_mean"))
    done = run("autograder", "grade", "tiny", cwd=settings.folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(grades(settings)["student-001"]) == {"test_double", "test_mean_of"}
