"""What may be wrong with a database: each has its own sentence and its own next step, and at once."""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from helpers import make_course, report_of, run

from autograder.course.assignment import Assignment
from autograder.course.course import Course, load_course
from autograder.course.errors import CourseError
from autograder.gradebook.record import ensure_assignment, open_gradebook, record

Sabotage = Callable[[Path], str]
AT_ONCE_SECONDS = 5.0


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    monkeypatch.delenv("GRADEBOOK_URL", raising=False)
    return load_course(make_course(tmp_path / "course"))


@pytest.fixture
def file(settings: Course) -> Path:
    """The gradebook, made and closed."""
    with open_gradebook(settings):
        pass
    return settings.folder / "gradebook.db"


def said_of(settings: Course, url: str | None = None) -> str:
    started = time.monotonic()
    with (
        pytest.raises(CourseError) as refused,
        open_gradebook(settings if url is None else replace(settings, gradebook_url=url)),
    ):
        pass
    assert time.monotonic() - started < AT_ONCE_SECONDS
    assert "\n" not in str(refused.value)
    return str(refused.value)


@contextmanager
def held(file: Path, begin: str) -> Iterator[sqlite3.Connection]:
    holder = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    try:
        holder.execute(begin)
        yield holder
    finally:
        holder.close()


@pytest.mark.parametrize("begin", ["BEGIN EXCLUSIVE", "BEGIN IMMEDIATE"])
def test_a_locked_file_is_said_at_once(settings: Course, file: Path, begin: str) -> None:
    with held(file, begin):
        assert "it is locked, as another program writes to it. Close formgrader" in said_of(settings)
    with open_gradebook(settings):
        pass


def test_a_lock_of_moments_is_waited_for(settings: Course, file: Path) -> None:
    with held(file, "BEGIN EXCLUSIVE") as holder:
        timer = threading.Timer(1.0, lambda: holder.execute("ROLLBACK"))
        timer.start()
        with open_gradebook(settings) as gradebook:
            assert gradebook.students == []
        timer.join()


def test_a_file_that_is_only_for_reading_is_said_at_once(settings: Course, file: Path) -> None:
    said = said_of(settings, f"sqlite:///file:{file}?mode=ro&uri=true")
    assert "it is read-only. Give yourself the right to write: chmod u+w" in said
    assert str(file) in said
    said = said_of(settings, f"sqlite:///file:{file}?immutable=1&uri=true")
    assert "it is read-only" in said


def test_opening_changes_nothing(settings: Course, file: Path) -> None:
    before = file.read_bytes()
    with open_gradebook(settings):
        pass
    assert file.read_bytes() == before


def junk(path: Path) -> str:
    path.write_text("This is a letter, and no database at all.\n" * 50)
    return f"sqlite:///{path}"


def folder(path: Path) -> str:
    path.mkdir()
    return f"sqlite:///{path}"


def cut(path: Path) -> str:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE a (b)")
    connection.executemany("INSERT INTO a VALUES (?)", [("x" * 900,)] * 100)
    connection.commit()
    connection.close()
    path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 9000)
    return f"sqlite:///{path}"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (junk, r"it is no SQLite database, but some other file. Put back a copy"),
        (folder, r"it is a folder. Name a file"),
        (cut, r"damaged|malformed"),
        ("sqlite:////no/such/folder/gradebook.db", r"there is no folder /no/such/folder. Make it"),
        ("sqlite://gradebook.db", r"three slashes before a relative path, sqlite:///gradebook.db"),
        ("sqlite://", r"would be gone when the command ends.* sqlite:///gradebook.db"),
        ("sqlite:///:memory:", r"would be gone when the command ends"),
        ("postgres://teacher@host/grades", r"another, postgresql\+psycopg://user@host/database; .*pip install"),
        ("postgresql://teacher@host/grades", r"psycopg2.*Write GRADEBOOK_URL as postgresql\+psycopg://.*pip install"),
        ("postgresql+nodriver://teacher@host/grades", r"nodriver.*Write GRADEBOOK_URL as postgresql\+psycopg://"),
        ("mysql://teacher@host/grades", r"in SQLite or PostgreSQL, not in 'mysql'"),
        ("mysql+pymysql://teacher@host/grades", r"in SQLite or PostgreSQL, not in 'mysql'"),
        ("sqllite:///gradebook.db", r"no kind of database called 'sqllite'; you may mean 'sqlite'"),
        ("postgressql://teacher@host/grades", r"no kind of database called 'postgressql'; you may mean 'postgresql'"),
        ("sqlite+nodriver:///gradebook.db", r"nodriver.*sqlite:///gradebook.db"),
        ("here", r"its address is not one of SQLAlchemy's"),
        ("", r"its address is not one of SQLAlchemy's"),
    ],
)
def test_a_wrong_address_says_what_to_write(settings: Course, tmp_path: Path, url: str | Sabotage, said: str) -> None:
    sentence = said_of(settings, url if isinstance(url, str) else url(tmp_path / "there"))
    assert re.search(said, sentence), sentence
    assert "GRADEBOOK_URL" in sentence or "gradebook" in sentence


def test_a_folder_without_rights_is_said(settings: Course, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.gradebook.trouble.os.access", lambda *_: False)  # rights do not stop root
    file.unlink()
    file.symlink_to("/dev/full/gradebook.db")
    assert "you may not write in" in said_of(settings)


def test_a_gradebook_that_becomes_read_only_is_not_waited_for(
    settings: Course, file: Path, tiny: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_gradebook(settings) as gradebook:
        ensure_assignment(gradebook, tiny)
    moved = replace(settings, gradebook_url=f"sqlite:///file:{file}?mode=ro&uri=true")
    monkeypatch.setattr("autograder.gradebook.record.prepare", lambda *_: None)
    started = time.monotonic()
    with open_gradebook(moved) as gradebook, pytest.raises(CourseError, match=r"refuses what is to be .*readonly"):
        record(gradebook, tiny, [report_of(tiny, "student-001")])
    assert time.monotonic() - started < AT_ONCE_SECONDS


@pytest.mark.slow
def test_the_command_says_it_and_ends_with_1(settings: Course, file: Path) -> None:
    (settings.folder / "submitted" / "student-001" / "tiny").mkdir(parents=True)
    with held(file, "BEGIN IMMEDIATE"):
        done = run("autograder", "grade", "tiny", cwd=settings.folder)
    assert done.returncode == 1
    assert "it is locked" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
