"""What a class report takes from a course: whose reports, today's marks, and what there is to say of them."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from made_up_class import NAME, make_course
from sqlalchemy import create_engine, text

from autograder.course.course import load_course
from autograder.course.errors import CourseError
from autograder.gradebook.class_facts import class_of

STUDENTS = 12


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class")
    make_course(folder, STUDENTS, seed=4)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "course")
    return tmp_path / "course"


def read(folder: Path) -> Any:
    return class_of(load_course(folder), NAME)


def report_file(folder: Path, student: str) -> Path:
    return folder / "autograded" / student / NAME / "report.json"


def graded(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "autograded").iterdir())


def in_gradebook(folder: Path, statement: str) -> None:
    engine = create_engine(f"sqlite:///{folder}/gradebook.db")
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_reports_names_dates_and_who_is_missing_are_found(folder: Path) -> None:
    in_gradebook(folder, "insert into student (id, first_name, last_name) values ('absent', 'Ab', 'Sent')")
    found, facts = read(folder)
    assert list(found.reports) == graded(folder)
    assert (facts.nothing or ())[0] == "absent"
    assert set(facts.nothing or ()) == {each for each in facts.names if each not in found.reports}
    assert facts.names["absent"] == "Ab Sent"
    assert f"{facts.due:%Y-%m-%d}" == "2026-03-01"
    assert facts.notes == ()
    first = graded(folder)[0]
    assert facts.code_of(first, "exercise_3") == f"def exercise_3():\n    return '{first}'\n"
    assert facts.words_of(first).answer("exercise_3") is not None


def test_marks_that_staff_gave_since_count_and_it_is_said_whose(folder: Path) -> None:
    student = graded(folder)[2]
    before = read(folder)[0].reports[student]
    changed = before.exercises[0].points + 3
    in_gradebook(folder, f"update grade set manual_score = {changed} where id = '{student}0'")
    found, facts = read(folder)
    assert found.reports[student].exercises[0].points == changed
    assert found.reports[student].score == before.score + 3
    (note,) = facts.notes
    assert student in note
    assert "Today's marks count here" in note
    assert read(folder)[0].reports[graded(folder)[0]].score == found.reports[graded(folder)[0]].score


def test_an_extension_given_since_counts(folder: Path) -> None:
    found, _ = read(folder)
    (late, *_) = [student for student, each in found.reports.items() if each.late_seconds > 0]
    in_gradebook(
        folder, f"update submitted_assignment set extension = '1970-02-01 00:00:00' where student_id = '{late}'"
    )
    assert read(folder)[0].reports[late].late_seconds == 0


PENALTY = """from nbgrader.plugins import BasePlugin

class Half(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return score / 2
"""


@pytest.mark.parametrize(
    ("setting", "share_left"),
    [
        ("c.LateSubmissionPlugin.penalty_method = 'zero'", 0.0),
        ("c.AssignLatePenalties.plugin_class = 'late.Half'", 0.5),
    ],
)
def test_a_penalty_for_lateness_set_since_counts(
    folder: Path, setting: str, share_left: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "late", raising=False)
    before, _ = read(folder)
    (folder / "late.py").write_text(PENALTY)
    with (folder / "nbgrader_config.py").open("a") as file:
        file.write(f"{setting}\n")
    after, facts = read(folder)
    late = [student for student, each in before.reports.items() if each.late_seconds > 0]
    assert late
    assert any(before.reports[each].score > 0 for each in late)
    for student, report in after.reports.items():
        once = before.reports[student]
        raw = once.score + once.late_penalty
        assert report.score == pytest.approx(raw * share_left if student in late else once.score, abs=1e-3)
    assert "Today's marks count here" in facts.notes[0]


def test_a_penalty_that_can_t_be_had_is_one_sentence(folder: Path) -> None:
    with (folder / "nbgrader_config.py").open("a") as file:
        file.write("c.AssignLatePenalties.plugin_class = 'no_such_module.Half'\n")
    with pytest.raises(CourseError, match="can't be loaded"):
        read(folder)


def test_a_question_waived_since_counts(folder: Path) -> None:
    setting = f"c.Grading.questions = {{{NAME!r}: {{'exercise_9': 'waived'}}}}\n"
    with (folder / "nbgrader_config.py").open("a") as file:
        file.write(setting)
    found, facts = read(folder)
    assert {each.exercises[8].points for each in found.reports.values()} == {10.0}
    assert "Today's marks count here" in facts.notes[0]


def test_without_a_gradebook_there_are_reports_and_a_note(folder: Path) -> None:
    (folder / "gradebook.db").unlink()
    found, facts = read(folder)
    assert len(found.reports) == len(graded(folder))
    assert (facts.names, facts.nothing, facts.due) == ({}, None, None)
    assert "There is no gradebook" in facts.notes[0]
    assert not (folder / "gradebook.db").exists()


def test_students_without_names_are_no_roster(folder: Path) -> None:
    in_gradebook(folder, "delete from student where id not in (select student_id from submitted_assignment)")
    in_gradebook(folder, "update student set first_name = null, last_name = null")
    _, facts = read(folder)
    assert (facts.names, facts.nothing) == ({}, None)
    assert "no roster" in facts.notes[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [('{"schema_version": 1}', "Of another version"), ("{", "Damaged"), (None, "not graded yet")],
    ids=["older", "damaged", "missing"],
)
def test_a_report_that_can_t_be_read_is_left_out_and_told(folder: Path, content: str | None, words: str) -> None:
    student = graded(folder)[1]
    report_file(folder, student).unlink()
    if content is not None:
        report_file(folder, student).write_text(content)
    found, facts = read(folder)
    assert student not in found.reports
    assert [note for note in facts.notes if words in note and student in note]
    assert student not in (facts.nothing or ())


def test_a_report_that_the_gradebook_does_not_know_counts_and_is_told(folder: Path) -> None:
    student = graded(folder)[0]
    shutil.copytree(folder / "autograded" / student, folder / "autograded" / "stranger")
    found, facts = read(folder)
    assert found.reports["stranger"].score == found.reports[student].score
    assert "without marks in the gradebook: stranger" in facts.notes[0]


def test_marks_without_a_report_are_told(folder: Path) -> None:
    student = graded(folder)[0]
    shutil.rmtree(folder / "autograded" / student)
    shutil.rmtree(folder / "submitted" / student)
    found, facts = read(folder)
    assert student not in found.reports
    assert f"without a report or anything in submitted/: {student}" in facts.notes[0]


def test_nobody_graded_is_one_sentence(folder: Path) -> None:
    shutil.rmtree(folder / "autograded")
    with pytest.raises(CourseError, match=r"has been graded yet\. Run `autograder grade made_up` first"):
        read(folder)


def test_reports_of_another_version_alone_are_one_sentence(folder: Path) -> None:
    for student in graded(folder):
        report_file(folder, student).write_text('{"schema_version": 1}')
    with pytest.raises(CourseError, match=r"of another version of the grader\. Run `autograder grade made_up`"):
        read(folder)


@pytest.mark.parametrize("damage", ["not a notebook", '{"cells": 3}', '{"cells": [3, {"source": 4}]}', '{"cells": []}'])
def test_code_that_can_t_be_read_is_empty(folder: Path, damage: str) -> None:
    student = graded(folder)[0]
    (folder / "autograded" / student / NAME / f"{NAME}.ipynb").write_text(damage)
    _, facts = read(folder)
    assert facts.code_of(student, "exercise_1") == facts.code_of(student, "none") == ""


def test_a_report_of_exercises_that_are_no_more_stays_as_it_is(folder: Path) -> None:
    students = graded(folder)[:2]  # what only one report has can't be
    for student in students:
        data = json.loads(report_file(folder, student).read_text())
        data["exercises"][0]["name"] = "gone"
        data["score"] = 1.0
        report_file(folder, student).write_text(json.dumps(data))
    found = read(folder)[0]
    assert [found.reports[student].score for student in students] == [1.0, 1.0]


def test_points_in_the_gradebook_that_can_t_be_leave_a_student_out(folder: Path) -> None:
    student = graded(folder)[2]
    in_gradebook(folder, f"update grade set manual_score = 1e308 where id = '{student}0'")
    found, facts = read(folder)
    assert student not in found.reports
    assert found.damaged == [student]
    assert found.impossible[student].endswith("mend the points there")
    assert facts.notes == ()  # the report says it


def test_where_all_reports_say_what_can_t_be_it_is_said_what(folder: Path) -> None:
    for student in graded(folder):
        data = json.loads(report_file(folder, student).read_text())
        report_file(folder, student).write_text(json.dumps({**data, "status": "fine"}))
    with pytest.raises(CourseError, match=r"Delete report\.json.*`status`: invalid enum value 'fine'"):
        read(folder)
