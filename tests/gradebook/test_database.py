"""Tables, marks and moves in SQLite and in PostgreSQL: whole or not at all, even if the process is killed halfway."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import alembic.script
import nbformat
import pytest
from helpers import gradebook_contents, make_course, recorded_students, report_of
from nbgrader.api import Base, Gradebook
from postgres import PASSWORD, USER, Cluster
from sqlalchemy import create_engine, inspect, text
from typer.testing import CliRunner

from autograder.cli.main import app
from autograder.course.assignment import Assignment
from autograder.course.course import Course, load_course
from autograder.course.errors import CourseError
from autograder.course.lock import alone
from autograder.gradebook import copy_gradebook as copying
from autograder.gradebook import database, submitted_rows
from autograder.gradebook import record as recording
from autograder.gradebook.copy_gradebook import copy_gradebook
from autograder.gradebook.database import read_url
from autograder.gradebook.record import ensure_assignment, open_gradebook, record
from autograder.report.report import Report

STUDENTS = ("student-001", "student-002", "student-003")
KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return load_course(make_course(tmp_path_factory.mktemp("database") / "course"))


@pytest.fixture(scope="module")
def new(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Gives the address of a gradebook that does not exist yet."""

    def new(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path_factory.mktemp('new')}/new.db"
        cluster: Cluster = request.getfixturevalue("postgres")
        return cluster.new_database()

    return new


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, new: Callable[[str], str]) -> str:
    return new(request.param)


@pytest.fixture
def settings(course: Course, url: str) -> Course:
    return replace(course, gradebook_url=url)


@pytest.fixture(scope="module")
def report(tiny: Assignment) -> Report:
    return report_of(tiny, "student-001", double=0)


@pytest.fixture(scope="module", params=KINDS)
def filled(
    request: pytest.FixtureRequest, course: Course, new: Callable[[str], str], tiny: Assignment, report: Report
) -> Course:
    """A course whose gradebook holds all that staff may write into it. Tests may read and copy it."""
    found = replace(course, gradebook_url=new(request.param))
    with open_gradebook(found) as opened:
        ensure_assignment(opened, tiny)
        opened.update_or_create_assignment("tiny", duedate=datetime(2030, 1, 1))
        opened.update_or_create_student("student-001", first_name="Student", last_name="Øne ☺")
        for student in STUDENTS:
            record(opened, tiny, [replace(report, student=student, handed_in="2030-01-02T03:04:05.000678+00:00")])
        opened.grant_extension("tiny", "student-001", days=2, hours=3)
        opened.find_grade("test_double", "tiny", "tiny", "student-002").manual_score = 2.5
        opened.find_grade("test_double", "tiny", "tiny", "student-002").extra_credit = 0.1
        opened.find_comment("double", "tiny", "tiny", "student-002").manual_comment = "Nearly:\n\t'a' \\ \"b\" 100 % ☺"
        opened.find_submission_notebook("tiny", "tiny", "student-002").flagged = True
        opened.db.commit()
    return found


def other_kind(url: str) -> str:
    return KINDS[url.startswith(KINDS[0])]


def in_another_process(work: Callable[[], object]) -> multiprocessing.Process:
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    return process


def killed_at(owner: Any, step: str, work: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs `work` in a process that is killed as soon as it comes to a step."""
    with monkeypatch.context() as patch:
        patch.setattr(owner, step, lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
        process = in_another_process(work)
        process.join(60)
    assert process.exitcode == -signal.SIGKILL


def tables(url: str) -> dict[str, set[str]]:
    """The columns of each table."""
    engine = create_engine(url)
    try:
        found = inspect(engine)
        return {name: {column["name"] for column in found.get_columns(name)} for name in found.get_table_names()}
    finally:
        engine.dispose()


def execute(url: str, *statements: str) -> list[Any]:
    """Runs statements; the rows of the last."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            for statement in statements:
                result = connection.execute(text(statement))
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        engine.dispose()


def open_it(settings: Course) -> None:
    with open_gradebook(settings) as opened:
        assert opened.students == []


@pytest.fixture(scope="module")
def theirs(course: Course, new: Callable[[str], str]) -> str:
    """A gradebook that nbgrader made by itself."""
    url = new("sqlite")
    with pytest.MonkeyPatch.context() as patch:  # nbgrader runs a program that is installed beside our Python
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        Gradebook(url, course.course_id).close()
    return url


def test_a_new_gradebook_is_as_nbgrader_makes_one(settings: Course, url: str, theirs: str) -> None:
    open_it(settings)
    assert tables(url) == tables(theirs)
    for query in ("SELECT version_num FROM alembic_version", "SELECT id FROM course"):
        assert execute(url, query) == execute(theirs, query)


@pytest.mark.parametrize(("owner", "step"), [(alembic.script, "ScriptDirectory"), (database, "insert")])
def test_a_process_killed_while_it_makes_the_tables_leaves_none(
    settings: Course, url: str, owner: Any, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_at(owner, step, lambda: open_it(settings), monkeypatch)
    assert tables(url) == {}
    open_it(settings)
    assert set(tables(url)) == {*Base.metadata.tables, "alembic_version"}


@pytest.mark.parametrize(
    "damage",
    [
        ["DROP TABLE alembic_version"],
        ["DELETE FROM alembic_version"],
        ["DROP TABLE alembic_version", "DROP TABLE comment", "DROP TABLE grade"],
        ["DELETE FROM course"],
    ],
    ids=["no version", "an empty version", "some tables", "no course"],
)
def test_a_gradebook_that_nbgrader_did_not_finish_is_finished(settings: Course, url: str, damage: list[str]) -> None:
    open_it(settings)
    before = execute(url, "SELECT version_num FROM alembic_version")
    execute(url, *damage)
    open_it(settings)
    assert execute(url, "SELECT version_num FROM alembic_version") == before
    assert execute(url, "SELECT id FROM course") == [(settings.course_id,)]
    assert set(tables(url)) == {*Base.metadata.tables, "alembic_version"}


def test_the_tables_of_an_old_nbgrader_are_one_sentence_that_says_what_to_do(settings: Course, url: str) -> None:
    open_it(settings)
    execute(
        url, "ALTER TABLE student DROP COLUMN lms_user_id", "UPDATE alembic_version SET version_num = '167914646830'"
    )
    with pytest.raises(CourseError, match=r"student has no lms_user_id.*nbgrader db upgrade"):
        open_it(settings)
    assert execute(url, "SELECT version_num FROM alembic_version") == [("167914646830",)]


def test_many_processes_may_open_a_new_gradebook_at_once(settings: Course, url: str) -> None:
    processes = [in_another_process(lambda: open_it(settings)) for _ in range(4)]
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0] * 4
    assert execute(url, "SELECT count(*) FROM alembic_version") == [(1,)]


@pytest.mark.parametrize(
    ("owner", "step"),
    [(Gradebook, "update_or_create_grade_cell"), (Gradebook, "update_or_create_source_cell")],
    ids=["early", "late"],
)
def test_a_process_killed_while_it_records_an_assignment_leaves_nothing_of_it(
    settings: Course, tiny: Assignment, owner: Any, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work() -> None:
        with open_gradebook(settings) as opened:
            ensure_assignment(opened, tiny)

    killed_at(owner, step, work, monkeypatch)
    assert gradebook_contents(settings.gradebook_url)["assignments"] == {}
    work()
    cells = gradebook_contents(settings.gradebook_url)["assignments"]["tiny"][2]["tiny"]
    assert set(cells["graded"]) == {"test_double", "test_mean_of", "test_double_mean"}
    assert cells["solutions"] == {"double", "mean_of", "double_mean"}


@pytest.mark.parametrize(
    ("owner", "step"),
    [(submitted_rows, "_rows"), (recording, "_record_notebook"), (recording, "_record_penalties")],
    ids=["early", "halfway", "late"],
)
def test_a_process_killed_while_it_records_marks_leaves_none_of_them(
    settings: Course, tiny: Assignment, report: Report, owner: Any, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work() -> None:
        with open_gradebook(settings) as opened:
            record(opened, tiny, [report])

    with open_gradebook(settings) as opened:
        ensure_assignment(opened, tiny)
    before = gradebook_contents(settings.gradebook_url)
    killed_at(owner, step, work, monkeypatch)
    assert gradebook_contents(settings.gradebook_url) == before
    work()
    assert gradebook_contents(settings.gradebook_url)["submissions"]["student-001"]["grades"] == {
        "test_double": (0, None, None, False),
        "test_mean_of": (6, None, None, False),
        "test_double_mean": (10, None, None, False),
    }


def test_exercises_changed_after_grading_follow_in_either_kind_of_database(
    settings: Course, tiny: Assignment, report: Report
) -> None:
    with open_gradebook(settings) as opened:
        ensure_assignment(opened, tiny)
        record(opened, tiny, [report])
        source = {**tiny.source, "cells": tiny.source["cells"][:-2]}
        fewer = replace(tiny, source=nbformat.from_dict(source), exercises=tiny.exercises[:-1])
        ensure_assignment(opened, fewer)
        assert set(gradebook_contents(settings.gradebook_url)["submissions"]["student-001"]["grades"]) == {
            "test_double",
            "test_mean_of",
        }
        ensure_assignment(opened, tiny)
        record(opened, tiny, [report])
        assert recorded_students(opened, tiny) == {"student-001"}
    assert len(gradebook_contents(settings.gradebook_url)["submissions"]["student-001"]["grades"]) == 3


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_file_that_another_program_holds_is_tried_again(
    settings: Course, tiny: Assignment, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient = replace(settings, gradebook_url=f"{settings.gradebook_url}?timeout=0.05")
    with open_gradebook(impatient) as opened:
        ensure_assignment(opened, tiny)
        holder = sqlite3.connect(read_url(settings.gradebook_url).database or "", isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        once, tries = database._once, itertools.count(1)

        def let_go_at_the_third(*arguments: Any) -> Any:
            if next(tries) == 3:
                holder.execute("ROLLBACK")
            return once(*arguments)

        with monkeypatch.context() as patch:
            patch.setattr(database, "_once", let_go_at_the_third)
            record(opened, tiny, [report])
        assert next(tries) == 4
        assert recorded_students(opened, tiny) == {"student-001"}
        holder.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr(database, "PATIENCE_SECONDS", 0.3)
        with pytest.raises(CourseError, match=r"new.db could not be reached for 0.3 s: database is locked\. Run"):
            record(opened, tiny, [replace(report, student="student-002")])
        holder.close()


def test_a_gradebook_moves_to_another_kind_of_database_and_back_and_loses_nothing(
    filled: Course, new: Callable[[str], str], tiny: Assignment, report: Report
) -> None:
    here = filled.gradebook_url
    contents = gradebook_contents(here)
    assert contents["submissions"]["student-002"]["grades"]["test_double"] == (0, 2.5, 0.1, False)
    there = new(other_kind(here))
    rows = copy_gradebook(filled, there)
    assert (rows["student"], rows["submitted_assignment"], rows["grade"]) == (3, 3, 9)
    assert gradebook_contents(here) == contents
    assert gradebook_contents(there) == contents
    assert execute(there, "SELECT * FROM alembic_version") == execute(here, "SELECT * FROM alembic_version")
    # It goes on there, as if it had always been there.
    moved = replace(filled, gradebook_url=there)
    with open_gradebook(moved) as opened:
        assert recorded_students(opened, tiny) == set(STUDENTS)
        record(opened, tiny, [replace(report, student="student-004")])
    back = new(other_kind(there))
    copy_gradebook(moved, back)
    assert gradebook_contents(back) == gradebook_contents(there) != contents


@pytest.mark.parametrize("filled", ["sqlite"], indirect=True)
def test_the_command_moves_a_gradebook_in_small_parts_and_says_how_much(
    filled: Course, new: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = new("postgresql")
    open_it(replace(filled, gradebook_url=there))  # as good as empty
    monkeypatch.setattr(copying, "_ROWS_AT_ONCE", 2)
    passwords = tmp_path / "pgpass"
    passwords.write_text(f"127.0.0.1:*:*:{USER}:{PASSWORD.replace(':', chr(92) + ':')}\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passwords))
    monkeypatch.setenv("GRADEBOOK_URL", filled.gradebook_url)
    short = f"postgresql+psycopg://{USER}@{there.rpartition('@')[2]}"
    done = CliRunner().invoke(app, ["move-gradebook", short, "--course-dir", str(filled.folder)])
    assert done.exit_code == 0, done.output
    assert "3 students, 1 assignment, 3 submissions: " in done.output
    assert gradebook_contents(there) == gradebook_contents(filled.gradebook_url)


@pytest.mark.parametrize("after", ["student", Base.metadata.sorted_tables[-1].name])
def test_a_move_that_is_killed_leaves_the_target_empty(
    filled: Course, new: Callable[[str], str], after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = new(other_kind(filled.gradebook_url))
    copy = copying._copy

    def copy_until(table: Any, *connections: Any) -> int:
        rows = copy(table, *connections)
        if table.name == after:
            os.kill(os.getpid(), signal.SIGKILL)
        return rows

    with monkeypatch.context() as patch:
        patch.setattr(copying, "_copy", copy_until)
        process = in_another_process(lambda: copy_gradebook(filled, there))
        process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert tables(there) == {}
    copy_gradebook(filled, there)
    assert gradebook_contents(there) == gradebook_contents(filled.gradebook_url)


def test_a_move_to_where_something_is_is_refused(
    filled: Course, new: Callable[[str], str], tiny: Assignment, report: Report
) -> None:
    other = replace(filled, gradebook_url=new(other_kind(filled.gradebook_url)))
    with open_gradebook(other) as opened:
        ensure_assignment(opened, tiny)
        record(opened, tiny, [report])
    contents = gradebook_contents(other.gradebook_url)
    for target in (other.gradebook_url, filled.gradebook_url):
        with pytest.raises(CourseError, match=r"is not empty: its table \w+ has \d+ row") as caught:
            copy_gradebook(filled, target)
        assert PASSWORD not in str(caught.value)
    assert gradebook_contents(other.gradebook_url) == contents


@pytest.mark.parametrize("filled", ["sqlite"], indirect=True)
def test_what_else_is_in_the_way_of_a_move_is_one_sentence(filled: Course, new: Callable[[str], str]) -> None:
    with pytest.raises(CourseError, match="nothing to move"):
        copy_gradebook(replace(filled, gradebook_url=new("sqlite")), new("sqlite"))
    with pytest.raises(CourseError, match=r"can't be opened.*TARGET_URL"):
        copy_gradebook(filled, "sqlite:////no/such/folder/gradebook.db")
    with pytest.raises(CourseError, match=r"address.*TARGET_URL"):
        copy_gradebook(filled, "here")
    with alone(filled), pytest.raises(CourseError, match="Another grader is at work"):
        copy_gradebook(filled, new("sqlite"))


@pytest.mark.parametrize("filled", ["sqlite"], indirect=True)
def test_rows_that_postgresql_does_not_take_are_one_sentence_and_nothing_is_copied(
    filled: Course, new: Callable[[str], str]
) -> None:
    damaged, there = new("sqlite"), new("postgresql")
    shutil.copyfile(read_url(filled.gradebook_url).database or "", read_url(damaged).database or "")
    execute(damaged, "DELETE FROM student WHERE id = 'student-001'")  # SQLite lets go of a student who has marks
    with pytest.raises(CourseError, match=r"can't be copied: .*violates foreign key constraint") as caught:
        copy_gradebook(replace(filled, gradebook_url=damaged), there)
    assert "\n" not in str(caught.value)
    assert tables(there) == {}
