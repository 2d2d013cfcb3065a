"""Feedback reaches everybody whom it can: odd ids, hand-ins that were placed by hand, partners."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest
from helpers import gradebook_contents, hand_in, make_course, notebook_of, run
from nbgrader.utils import notebook_hash

from autograder.course.assignment import Assignment
from autograder.gradebook.feedback import glob_names

WRONG = {"double": "def double(x):\n    return x"}
ODD = ("x[1]", "x1", "a b", "50%", "?", "l" * 54, "$HOME", "名前")


def submitted_with_nbgrader(course: Path, student: str, notebook: Any, secret: str) -> None:
    folder = hand_in(course, student, notebook).parent
    (folder / "timestamp.txt").write_text("2030-01-01 12:00:00.000000 UTC\n")
    (folder / "submission_secret.txt").write_text(secret)
    (course / "exchange").mkdir(exist_ok=True)
    (course / "exchange").chmod(0o777)


def released(course: Path) -> set[str]:
    return {path.name for path in (course / "exchange").glob("*/feedback/*")}


def page_of(secret: str) -> str:
    return f"{notebook_hash(secret=secret, notebook_id='tiny')}.html"


@pytest.mark.slow
def test_a_hand_in_that_was_placed_by_hand_blocks_nobodys_feedback(tmp_path: Path, tiny: Assignment) -> None:
    course = make_course(tmp_path / "course")
    submitted_with_nbgrader(course, "student-001", notebook_of(tiny, WRONG), "one")
    hand_in(course, "student-002", notebook_of(tiny))  # neither time nor secret
    submitted_with_nbgrader(course, "student-003", notebook_of(tiny), "three")
    (course / "submitted" / "student-003" / "tiny" / "timestamp.txt").unlink()
    submitted_with_nbgrader(course, "student-004", notebook_of(tiny), "four")
    (course / "submitted" / "student-004" / "tiny" / "timestamp.txt").write_text("yesterday, I think")
    submitted_with_nbgrader(course, "x[1]", notebook_of(tiny), "five")
    for command in ("autograde", "generate_feedback", "release_feedback"):
        done = run("nbgrader", command, "tiny", cwd=course)
        assert done.returncode == 0, done.stdout + done.stderr
    assert released(course) == {page_of(each) for each in ("one", "three", "four", "five")}
    (line,) = [each for each in done.stderr.splitlines() if "No feedback was released" in each]
    assert "'student-002': the hand-in was not made with `nbgrader submit`" in line
    assert f"Send them the page: {course / 'feedback' / 'student-002' / 'tiny' / 'tiny.html'}" in line


@pytest.mark.slow
def test_who_has_a_copy_of_anothers_secret_gets_no_page_in_their_place(tmp_path: Path, tiny: Assignment) -> None:
    course = make_course(tmp_path / "course")
    for student in ("student-001", "student-002"):  # copied, with all that was in the folder
        submitted_with_nbgrader(course, student, notebook_of(tiny, WRONG), "one")
    for command in ("autograde", "generate_feedback", "release_feedback"):
        done = run("nbgrader", command, "tiny", cwd=course)
        assert done.returncode == 0, done.stderr
    assert done.stderr.count("is the same for student-001, student-002. Send them the page") == 2
    assert released(course) == set()
    inbound = course / "exchange" / "deep-learning-basics" / "inbound" / "student-001+tiny+2030-01-01+abc"
    inbound.mkdir(parents=True)
    (inbound / "submission_secret.txt").write_text("one")
    done = run("nbgrader", "release_feedback", "tiny", cwd=course)
    assert done.stderr.count("is the same for student-001, student-002. Send them the page") == 1
    page = next((course / "exchange").glob("*/feedback/*"))
    assert page.read_bytes() == (course / "feedback" / "student-001" / "tiny" / "tiny.html").read_bytes()


@pytest.mark.slow
def test_some_students_may_be_chosen_or_left_out(tmp_path: Path, tiny: Assignment) -> None:
    course = make_course(tmp_path / "course")
    for student in ("x[1]", "x1", "y1"):
        submitted_with_nbgrader(course, student, notebook_of(tiny), student)
    for command in ("autograde", "generate_feedback"):
        assert run("nbgrader", command, "tiny", cwd=course).returncode == 0
    assert run("nbgrader", "release_feedback", "tiny", "--student", "x[1]", cwd=course).returncode == 0
    assert released(course) == {page_of("x[1]")}
    excluded = "--CourseDirectory.student_id_exclude=x1"
    assert run("nbgrader", "release_feedback", "tiny", excluded, cwd=course).returncode == 0
    assert released(course) == {page_of("x[1]"), page_of("y1")}


@pytest.mark.slow
def test_any_printable_id_goes_through_every_command(tmp_path: Path, tiny: Assignment) -> None:
    course = make_course(tmp_path / "course")
    for number, student in enumerate(ODD):
        hand_in(course, student, notebook_of(tiny, {} if number else WRONG))
    for command in (
        ("autograder", "grade", "tiny"),
        ("nbgrader", "autograde", "tiny", "--student", "x[1]", "--force"),
        ("nbgrader", "generate_feedback", "tiny"),
        ("nbgrader", "generate_feedback", "tiny", "--student", "x[1]", "--force"),
        ("nbgrader", "export"),
    ):
        done = run(*command, cwd=course)
        assert done.returncode == 0, done.stdout + done.stderr
        if "autograde" in command:
            assert "Graded 1 of 1 submission" in done.stdout + done.stderr
    rows = csv.DictReader((course / "grades.csv").open(encoding="utf-8"))
    assert {row["student_id"] for row in rows} == set(ODD)
    for student in ODD:
        sent = {path.name for path in (course / "feedback" / student / "tiny").iterdir()}
        assert sent == {"tiny.html"}, student  # never report.json, which is for staff


@pytest.mark.slow
def test_assignments_may_have_dots_spaces_and_brackets(tmp_path: Path, tiny: Assignment) -> None:
    name = "week.1 [b]"
    course = make_course(tmp_path / "my [course]")
    for folder in (course / "source", course / "tests" / "hidden"):
        (folder / "tiny").rename(folder / name)
    (course / "source" / name / "tiny.ipynb").rename(course / "source" / name / f"{name}.ipynb")
    hand_in(course, "student-001", notebook_of(tiny), name)
    for command in (
        ("nbgrader", "generate_assignment", name),
        ("autograder", "grade", name),
        ("nbgrader", "autograde", name),
        ("nbgrader", "generate_feedback", name),
    ):
        done = run(*command, cwd=course)
        assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((course / "autograded" / "student-001" / name / "report.json").read_text())
    assert (report["status"], report["assignment"]) == ("graded", name)
    assert [path.name for path in (course / "feedback" / "student-001" / name).glob("*.html")] == [f"{name}.html"]


@pytest.mark.slow
def test_partners_have_one_hand_in_and_each_their_own_report_mark_and_page(tmp_path: Path, tiny: Assignment) -> None:
    course = make_course(tmp_path / "course")
    with (course / "nbgrader_config.py").open("a") as file:
        file.write("\nc.Grading.partners = {'tiny': [['student-001', 'student-002']]}\n")
    submitted_with_nbgrader(course, "student-001", notebook_of(tiny, WRONG), "one")
    hand_in(course, "student-003", notebook_of(tiny))
    done = run("autograder", "grade", "tiny", cwd=course)
    assert "Graded 3 of 3 submissions" in done.stdout, done.stderr
    reports = {
        student: json.loads((course / "autograded" / student / "tiny" / "report.json").read_text())
        for student in ("student-001", "student-002")
    }
    assert reports["student-002"]["student"] == "student-002"
    assert reports["student-001"]["exercises"] == reports["student-002"]["exercises"]
    marks = gradebook_contents(f"sqlite:///{course}/gradebook.db")["submissions"]
    assert marks["student-001"] == marks["student-002"] != marks["student-003"]
    assert "Graded 0 of 3" in run("autograder", "grade", "tiny", cwd=course).stdout
    for command in ("generate_feedback", "release_feedback"):
        done = run("nbgrader", command, "tiny", cwd=course)
        assert done.returncode == 0, done.stderr
    assert released(course) == {page_of("one")}
    assert (course / "feedback" / "student-002" / "tiny" / "tiny.html").is_file()
    assert "'student-002': the hand-in is that of student-001. Send" in done.stderr


def test_a_part_of_a_pattern_that_is_a_name_stands_for_that_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for student in ("x[1]", "x1", ".x"):
        (tmp_path / student / "a*b").mkdir(parents=True)
    (tmp_path / "x1" / "aab").mkdir()
    monkeypatch.chdir(tmp_path)
    start = f"{tmp_path}{os.sep}"
    assert glob_names(f"{start}x[1]{os.sep}*") == [f"{start}x[1]{os.sep}a*b"]
    assert sorted(glob_names(f"{start}*{os.sep}a*b")) == [f"{start}x1{os.sep}a*b", f"{start}x[1]{os.sep}a*b"]
    assert glob_names(f"{start}nobody{os.sep}*") == []
    assert sorted(glob_names("x?")) == ["x1"]


@pytest.mark.slow
def test_who_has_a_report_of_another_version_gets_no_page_of_nbgrader_s(tmp_path: Path, tiny: Assignment) -> None:
    course = make_course(tmp_path / "course")
    for student in ("student-001", "student-002"):
        hand_in(course, student, notebook_of(tiny))
    assert run("autograder", "grade", "tiny", cwd=course).returncode == 0
    report = course / "autograded" / "student-001" / "tiny" / "report.json"
    report.write_text(json.dumps({**json.loads(report.read_text()), "unknown": 1}))
    done = run("nbgrader", "generate_feedback", "tiny", cwd=course)
    assert done.returncode != 0
    assert "report.json is of another version of the grader, or damaged. Grade 'student-001' again." in done.stderr
    assert [path.parts[-3] for path in course.glob("feedback/*/tiny/*.html")] == ["student-002"]
