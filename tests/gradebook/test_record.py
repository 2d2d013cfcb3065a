"""Points in nbgrader's gradebook: whole or not at all, with its own idea of lateness, in any database."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from helpers import make_course, recorded_students
from nbgrader.api import Gradebook
from sqlalchemy import event

from autograder.course.assignment import Assignment
from autograder.course.course import Course, load_course
from autograder.course.errors import CourseError
from autograder.gradebook import record as module
from autograder.gradebook.record import ensure_assignment, open_gradebook, record
from autograder.judge.unjudged import Graded
from autograder.report.exercise_result import Verdict
from autograder.report.report import Report


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new gradebook: nbgrader needs seconds to make one."""
    path = tmp_path_factory.mktemp("database") / "gradebook.db"
    settings = load_course(make_course(path.parent / "course"))
    with open_gradebook(replace(settings, gradebook_url=f"sqlite:///{path}")):
        pass
    return path


@pytest.fixture
def settings(course: Path, empty_database: Path) -> Course:
    shutil.copyfile(empty_database, course / "gradebook.db")
    return load_course(course)


@pytest.fixture
def report(grade: Callable[..., Graded]) -> Report:
    return grade({"double": "def double(x):\n    return x"}).report


def scores(course: Course, student: str = "student-001") -> dict[str, float]:
    with Gradebook(course.gradebook_url, course.course_id) as gradebook:
        return {
            grade.name: grade.auto_score for grade in gradebook.find_submission_notebook("tiny", "tiny", student).grades
        }


def test_an_assignment_is_recorded_as_nbgrader_would(settings: Course, tiny: Assignment) -> None:
    with open_gradebook(settings) as gradebook:
        ensure_assignment(gradebook, tiny)
        ensure_assignment(gradebook, tiny)
        notebook = gradebook.find_notebook("tiny", "tiny")
        assert {cell.name: cell.max_score for cell in notebook.grade_cells} == {
            "test_double": 4,
            "test_mean_of": 6,
            "test_double_mean": 10,
        }
        assert {cell.name for cell in notebook.solution_cells} == {"double", "mean_of", "double_mean"}
        assert {cell.name for cell in notebook.source_cells} >= {"setup", "double", "test_double"}
        assert recorded_students(gradebook, tiny) == set()


def test_points_are_recorded_and_overwritten(settings: Course, tiny: Assignment, report: Report) -> None:
    with open_gradebook(settings) as gradebook:
        ensure_assignment(gradebook, tiny)
        record(gradebook, tiny, [report])
        assert recorded_students(gradebook, tiny) == {"student-001"}
    assert scores(settings) == {"test_double": 0, "test_mean_of": 6, "test_double_mean": 10}
    better = replace(report, exercises=tuple(replace(each, points=each.max_points) for each in report.exercises))
    with open_gradebook(settings) as gradebook:
        record(gradebook, tiny, [better])
    assert sum(scores(settings).values()) == 20


def test_many_are_recorded_at_once_beside_what_is_there_and_what_staff_gave(
    settings: Course, tiny: Assignment, report: Report
) -> None:
    reports = [replace(report, student=f"student-{number:03}") for number in range(1, 31)]
    late = replace(reports[4], late_penalty=2.5, handed_in="2030-01-02T03:04:05+00:00")
    with open_gradebook(settings) as gradebook:
        ensure_assignment(gradebook, tiny)
        gradebook.add_student("student-002", first_name="Student")
        record(gradebook, tiny, reports[2:4])
        gradebook.find_grade("test_double", "tiny", "tiny", "student-003").manual_score = 3
        gradebook.db.commit()
        statements: list[str] = []
        event.listen(gradebook.engine, "before_cursor_execute", lambda *found: statements.append(found[2]))
        record(gradebook, tiny, [*reports[:4], late, *reports[5:]])
        assert len(statements) < 30, "not some for each submission"
        assert recorded_students(gradebook, tiny) == {each.student for each in reports}
        assert gradebook.find_student("student-002").first_name == "Student"
        grade = gradebook.find_grade("test_double", "tiny", "tiny", "student-003")
        assert (grade.auto_score, grade.manual_score, grade.needs_manual_grade) == (0, 3, True)
        submission = gradebook.find_submission("tiny", late.student)
        assert (submission.timestamp, submission.late_submission_penalty) == (late.handed_in_at, 2.5)
    assert scores(settings, "student-030") == {"test_double": 0, "test_mean_of": 6, "test_double_mean": 10}


def test_a_fault_of_ours_needs_a_look_and_takes_no_points_in_silence(
    settings: Course, tiny: Assignment, report: Report
) -> None:
    broken = replace(report.exercises[0], verdict=Verdict.ERROR, points=1)
    with open_gradebook(settings) as gradebook:
        ensure_assignment(gradebook, tiny)
        record(gradebook, tiny, [replace(report, exercises=(broken, *report.exercises[1:]))])
        grades = {each.name: each for each in gradebook.find_submission_notebook("tiny", "tiny", "student-001").grades}
        assert grades["test_double"].needs_manual_grade
        assert not grades["test_mean_of"].needs_manual_grade


def test_a_failure_halfway_leaves_nothing_behind(
    settings: Course, tiny: Assignment, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> None:
        raise RuntimeError("power cut")

    with open_gradebook(settings) as gradebook:
        ensure_assignment(gradebook, tiny)
        record(gradebook, tiny, [replace(report, student="student-002")])
        monkeypatch.setattr(module, "_record_penalties", fails)
        with pytest.raises(RuntimeError, match="power cut"):
            record(gradebook, tiny, [report])
        assert recorded_students(gradebook, tiny) == {"student-002"}
        monkeypatch.undo()
        record(gradebook, tiny, [report])
        assert recorded_students(gradebook, tiny) == {"student-001", "student-002"}


def test_the_environment_names_the_database(course: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert load_course(course).gradebook_url == f"sqlite:///{course}/gradebook.db"
    monkeypatch.setenv("GRADEBOOK_URL", f"sqlite:///{tmp_path}/elsewhere.db")
    assert load_course(course).gradebook_url == f"sqlite:///{tmp_path}/elsewhere.db"
    monkeypatch.setenv("GRADEBOOK_URL", "")
    assert load_course(course).gradebook_url == f"sqlite:///{course}/gradebook.db"


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////no/such/folder/gradebook.db",
        "postgresql+nodriver://user:pass-word@host/grades",
        "postgresql://user:pass-word@localhost:1/grades",
        "nonsense",
    ],
)
def test_a_gradebook_out_of_reach_is_one_sentence_without_the_password(settings: Course, url: str) -> None:
    with pytest.raises(CourseError) as caught, open_gradebook(replace(settings, gradebook_url=url)):
        pass
    assert "can't be opened" in str(caught.value)
    assert "GRADEBOOK_URL" in str(caught.value)
    assert "pass-word" not in str(caught.value)
    assert "\n" not in str(caught.value)
