"""The gradebook on a real PostgreSQL: the same marks as in SQLite, whatever happens to the server or the connection."""

from __future__ import annotations

import csv
import itertools
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from helpers import RIGHT, gradebook_contents, hand_in, make_course, notebook_of, recorded_students, report_of, run
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from postgres import PASSWORD, USER, Cluster

from autograder.batch import saving
from autograder.batch.batch import grade_batch
from autograder.batch.local import local_pool
from autograder.cli import commands
from autograder.cli.exit_codes import BAD_INPUT
from autograder.cli.main import run as run_command
from autograder.course.assignment import Assignment
from autograder.course.course import REPORT_FILE, Course, load_course
from autograder.course.errors import CourseError
from autograder.gradebook import database, submitted_rows
from autograder.gradebook import record as recording
from autograder.gradebook.record import ensure_assignment, open_gradebook, record
from autograder.report.report import Report
from autograder.sandbox.forked import ForkSandbox

CLASS = {
    "student-001": RIGHT,
    "student-002": {**RIGHT, "double": "def double(x):\n    return x"},
    "student-003": {},
    "student-004": {**RIGHT, "mean_of": "1 +"},
    "student-005": RIGHT,
}
AtEachTry = Callable[[Callable[[int], object]], Iterator[int]]
LATE, UNREADABLE = "student-002", "finn"
STUDENTS = [*CLASS, UNREADABLE]
DUE = datetime(2030, 1, 1)
# Commands as if typed one after the other; Python and nbgrader start only once.
NBGRADER = """
import contextlib, shlex, sys
from jupyter_core.application import NoStart
from nbgrader.apps.nbgraderapp import NbGraderApp
for command in sys.argv[1:]:
    app = NbGraderApp()
    app.initialize(shlex.split(command))
    with contextlib.suppress(NoStart):
        app.start()
    while app := app.subapp:
        app.clear_instance()
"""


@pytest.fixture(autouse=True)
def each_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each submission is saved as soon as it is graded, so that there are moments between them to disturb."""
    monkeypatch.setattr(saving, "SAVED_WITHIN_SECONDS", 0.0)


def hand_in_class(folder: Path, tiny: Assignment) -> Course:
    """A course with a small class, one of whom is late."""
    course = make_course(folder)
    with (course / "course_config.py").open("a") as config:
        config.write('c.LateSubmissionPlugin.penalty_method = "zero"\n')
    for student, answers in CLASS.items():
        hand_in(course, student, notebook_of(tiny, answers))
    hand_in(course, UNREADABLE, "this is no notebook")
    (course / "submitted" / LATE / "tiny" / "timestamp.txt").write_text("2030-02-03 14:00:00 UTC\n")
    return replace(load_course(course), workers=2)


def set_due_date(course: Course, tiny: Assignment) -> None:
    with open_gradebook(course) as opened:
        ensure_assignment(opened, tiny)
        opened.update_or_create_assignment("tiny", duedate=DUE)


def grade_all(course: Course, tiny: Assignment, sandbox: ForkSandbox) -> list[Report]:
    return list(grade_batch(course, tiny, STUDENTS, partial(local_pool, course, tiny, sandbox)))


@pytest.fixture(scope="module")
def in_sqlite(tmp_path_factory: pytest.TempPathFactory, tiny: Assignment, sandbox: ForkSandbox) -> dict[str, Any]:
    """The class in a gradebook of SQLite, undisturbed: what each gradebook here must hold."""
    course = hand_in_class(tmp_path_factory.mktemp("sqlite") / "course", tiny)
    set_due_date(course, tiny)
    grade_all(course, tiny, sandbox)
    return gradebook_contents(course.gradebook_url)


@pytest.fixture
def settings(tmp_path: Path, tiny: Assignment, postgres: Cluster) -> Course:
    """The class in a course with an empty database of PostgreSQL."""
    return replace(hand_in_class(tmp_path / "course", tiny), gradebook_url=postgres.new_database())


@pytest.fixture
def report(tiny: Assignment) -> Report:
    return report_of(tiny, "student-001", double=0)


@pytest.fixture
def command(
    settings: Course,
    tiny: Assignment,
    sandbox: ForkSandbox,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Callable[[], tuple[int, str, str]]:
    """Runs `autograder grade tiny --quiet`, with what is warm already; its exit code, and what it printed."""

    def command() -> tuple[int, str, str]:
        monkeypatch.setattr(commands, "open_sandbox", lambda *how: nullcontext(ForkSandbox(sandbox.server, *how)))
        monkeypatch.setattr(Course, "assignment", lambda *_: tiny)
        monkeypatch.setattr(sys, "argv", ["autograder", "grade", "tiny", f"--course-dir={settings.folder}", "--quiet"])
        with pytest.raises(SystemExit) as ended:
            run_command()
        return ended.value.code, *capfd.readouterr()

    return command


@pytest.fixture
def down(postgres: Cluster) -> Iterator[Cluster]:
    """The server, for a test that stops it."""
    yield postgres
    postgres.start()


def test_a_class_has_the_same_gradebook_as_in_sqlite(
    settings: Course, tiny: Assignment, sandbox: ForkSandbox, in_sqlite: dict[str, Any]
) -> None:
    set_due_date(settings, tiny)
    rows = grade_all(settings, tiny, sandbox)
    assert {row.student: row.raw_score for row in rows} == {
        "student-001": 20,
        "student-002": 16,
        "student-003": 0,
        "student-004": 14,
        "student-005": 20,
        "finn": 0,
    }
    found = gradebook_contents(settings.gradebook_url)
    assert found["submissions"][LATE]["penalty"] == 16
    assert found == in_sqlite
    assert not [row for row in grade_all(settings, tiny, sandbox) if not row.unchanged]


def test_nbgrader_makes_grades_shows_and_exports_the_same(settings: Course, in_sqlite: dict[str, Any]) -> None:
    commands = [
        "generate_assignment tiny",
        "db student add student-001 --last-name=One",
        f"db assignment add tiny --duedate='{DUE} UTC'",
        "autograde tiny",
        "generate_feedback tiny",
        "export",
    ]
    url = f"postgresql+psycopg://{USER}@{settings.gradebook_url.rpartition('@')[2]}"
    secret = {"GRADEBOOK_URL": url, "PGPASSWORD": PASSWORD}
    done = run("python", "-c", NBGRADER, *commands, cwd=settings.folder, **secret)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    found = gradebook_contents(settings.gradebook_url)
    assert found["students"].pop("student-001") == (None, "One", None)
    assert found == {
        **in_sqlite,
        "students": {name: row for name, row in in_sqlite["students"].items() if name != "student-001"},
    }
    page = (settings.folder / "feedback" / "student-002" / "tiny" / "tiny.html").read_text()
    assert "16 points, less 16 for that, are 0." in page
    rows = {row["student_id"]: row for row in csv.DictReader((settings.folder / "grades.csv").open())}
    assert {name: float(row["score"]) for name, row in rows.items()} == {
        "student-001": 20,
        "student-002": 0,
        "student-003": 0,
        "student-004": 14,
        "student-005": 20,
        "finn": 0,
    }


def test_formgrader_finds_the_class(settings: Course, tiny: Assignment, sandbox: ForkSandbox) -> None:
    grade_all(settings, tiny, sandbox)
    settings.config.CourseDirectory.db_url = settings.gradebook_url
    settings.config.CourseDirectory.root = str(settings.folder)
    api = NbGraderAPI(CourseDirectory(config=settings.config), config=settings.config)
    assert [(each["name"], each["num_submissions"], each["max_score"]) for each in api.get_assignments()] == [
        ("tiny", len(STUDENTS), 20)
    ]
    assert {each["id"]: each["score"] for each in api.get_students()}["student-004"] == 14
    assert {each["student"]: each["score"] for each in api.get_submissions("tiny")}["student-002"] == 16
    assert [each["average_score"] for each in api.get_notebooks("tiny")] == [pytest.approx(70 / 6)]
    assert [each["needs_manual_grade"] for each in api.get_student_submissions(UNREADABLE)] == [True]
    assert [each["failed_tests"] for each in api.get_student_notebook_submissions("student-002", "tiny")] == [True]
    assert len(api.get_notebook_submission_indices("tiny", "tiny")) == len(STUDENTS)


@pytest.fixture
def at_each_try(monkeypatch: pytest.MonkeyPatch) -> AtEachTry:
    """Has something done before each try of a transaction from here on; the counter's next is the number of the next
    try."""

    def at_each_try(act: Callable[[int], object]) -> Iterator[int]:
        once, numbers = database._once, itertools.count(1)

        def counted(*arguments: Any) -> Any:
            act(next(numbers))
            return once(*arguments)

        monkeypatch.setattr(database, "_once", counted)
        return numbers

    return at_each_try


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT], ids=["restarts", "crashes"])
def test_a_server_that_comes_back_while_a_class_is_graded_costs_nothing_but_time(
    settings: Course,
    tiny: Assignment,
    sandbox: ForkSandbox,
    in_sqlite: dict[str, Any],
    postgres: Cluster,
    how: signal.Signals,
    at_each_try: AtEachTry,
    capfd: pytest.CaptureFixture[str],
) -> None:
    set_due_date(settings, tiny)
    graded = grade_batch(settings, tiny, STUDENTS, partial(local_pool, settings, tiny, sandbox))
    next(graded)
    postgres.stop(how)
    back = threading.Thread(target=postgres.start)
    tries = at_each_try(lambda number: back.start() if number == 3 else None)
    next(graded)
    assert next(tries) > 3
    assert len(list(graded)) == len(STUDENTS) - 2
    back.join()
    assert gradebook_contents(settings.gradebook_url) == in_sqlite
    assert "Traceback" not in capfd.readouterr().err


def test_connections_that_are_cut_again_and_again_cost_nothing_but_time(
    settings: Course,
    tiny: Assignment,
    sandbox: ForkSandbox,
    in_sqlite: dict[str, Any],
    postgres: Cluster,
    at_each_try: AtEachTry,
) -> None:
    set_due_date(settings, tiny)
    over, disturbed, at_work, cut = threading.Event(), threading.Event(), threading.Lock(), []

    def cutter() -> None:
        while not over.wait(0.01):
            with at_work:
                if disturbed.is_set():
                    cut.append(postgres.cut_connections())

    def spare_each_third(number: int) -> None:
        with at_work:
            if number % 3:
                disturbed.set()
            else:
                disturbed.clear()

    graded = grade_batch(settings, tiny, STUDENTS, partial(local_pool, settings, tiny, sandbox))
    next(graded)
    thread = threading.Thread(target=cutter)
    thread.start()
    tries = at_each_try(spare_each_third)
    try:
        assert len(list(graded)) == len(STUDENTS) - 1
    finally:
        over.set()
        thread.join()
    assert sum(cut) > 0
    assert next(tries) > len(STUDENTS)  # some were tried again
    assert gradebook_contents(settings.gradebook_url) == in_sqlite


@pytest.mark.parametrize(
    ("owner", "step"),
    [(submitted_rows, "_rows"), (recording, "_record_notebook"), (recording, "_record_penalties")],
    ids=["early", "halfway", "before the end"],
)
def test_a_transaction_whose_connection_is_cut_is_done_again(
    settings: Course,
    tiny: Assignment,
    report: Report,
    postgres: Cluster,
    owner: Any,
    step: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    calls, cut = [], []
    done_before = getattr(owner, step)

    def cut_once(*arguments: Any) -> Any:
        calls.append(step)
        try:
            return done_before(*arguments)
        finally:
            if not cut:
                cut.append(postgres.cut_connections())

    with open_gradebook(settings) as opened:
        ensure_assignment(opened, tiny)
        monkeypatch.setattr(owner, step, cut_once)
        record(opened, tiny, [report])
        assert cut == [1]
        assert len(calls) > 1
    monkeypatch.undo()
    grades = gradebook_contents(settings.gradebook_url)["submissions"]["student-001"]["grades"]
    assert {name: score for name, (score, *_) in grades.items()} == {
        "test_double": 0,
        "test_mean_of": 6,
        "test_double_mean": 10,
    }
    assert "Traceback" not in capfd.readouterr().err


def test_between_two_submissions_no_connection_is_open(
    settings: Course, tiny: Assignment, report: Report, postgres: Cluster
) -> None:
    with open_gradebook(settings) as opened:
        for work in (
            lambda: ensure_assignment(opened, tiny),
            lambda: record(opened, tiny, [report]),
            lambda: recorded_students(opened, tiny),
        ):
            work()
            assert postgres.cut_connections() == 0


def test_a_server_that_stays_away_is_one_sentence_and_the_same_command_completes_the_class_later(
    settings: Course,
    tiny: Assignment,
    sandbox: ForkSandbox,
    in_sqlite: dict[str, Any],
    down: Cluster,
    command: Callable[[], tuple[int, str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    set_due_date(settings, tiny)

    def record_then_stop(*arguments: Any) -> None:
        record(*arguments)
        down.stop()

    monkeypatch.setattr(saving, "record", record_then_stop)
    monkeypatch.setattr(database, "PATIENCE_SECONDS", 0.5)
    monkeypatch.setenv("GRADEBOOK_URL", settings.gradebook_url)
    code, out, err = command()
    assert (code, out) == (BAD_INPUT, "")
    assert err.count("\n") == 1, err
    assert "could not be reached for 0.5 s: " in err
    assert "Run the same command again: what was finished is kept." in err
    assert PASSWORD not in err
    assert len(list(settings.folder.glob(f"autograded/*/tiny/{REPORT_FILE}"))) == 1
    monkeypatch.undo()

    down.start()
    rows = grade_all(settings, tiny, sandbox)
    assert [row.unchanged for row in rows].count(True) == 1
    assert gradebook_contents(settings.gradebook_url) == in_sqlite
    down.stop()


def test_a_name_that_is_too_long_is_refused_at_once(
    settings: Course,
    tiny: Assignment,
    report: Report,
    at_each_try: AtEachTry,
) -> None:
    with open_gradebook(settings) as opened:
        ensure_assignment(opened, tiny)
        tries = at_each_try(lambda _: None)
        with pytest.raises(CourseError, match=r"refuses .*value too long"):
            record(opened, tiny, [replace(report, student="x" * 129)])
        assert next(tries) == 2  # it was tried once
        record(opened, tiny, [report])
        assert recorded_students(opened, tiny) == {"student-001"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda url: url.replace("127.0.0.1", "no-such-host.invalid"), "no-such-host.invalid"),
        (lambda url: url.rpartition(":")[0] + ":1/course", "refused"),
        (lambda url: url.replace("teacher:", "teacher:not-"), "password authentication failed"),
        (lambda url: url.replace("teacher:", "nobody:"), "password authentication failed"),
        (lambda url: f"{url}x", "does not exist"),
        (lambda url: f"{url}?colour=blue", "colour"),
        (lambda url: url.replace("+psycopg:", ":"), "install"),
        (lambda url: url.replace("postgresql+psycopg:", "postgres:"), "install"),
        (lambda url: url.replace("+psycopg:", "+nodriver:"), "install"),
        (lambda url: url.replace("/course", "port/course"), "address"),
        (lambda url: url.replace("://", ":"), "address"),
    ],
)
def test_a_wrong_address_is_one_sentence_without_the_password(
    settings: Course, change: Callable[[str], str], reason: str
) -> None:
    url = change(settings.gradebook_url)
    with pytest.raises(CourseError) as caught, open_gradebook(replace(settings, gradebook_url=url)):
        pass
    sentence = str(caught.value)
    assert "can't be opened" in sentence
    assert reason in sentence
    assert "GRADEBOOK_URL" in sentence
    assert "\n" not in sentence
    assert not [each for each in ("se%", "se%25cret", "word@", "3Aword") if each in sentence]


def test_a_host_that_never_answers_is_given_up(settings: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGCONNECT_TIMEOUT", "2")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql+psycopg://teacher@127.0.0.1:{silent.getsockname()[1]}/course"
        with pytest.raises(CourseError, match="timeout"), open_gradebook(replace(settings, gradebook_url=url)):
            pass


def test_an_address_out_of_reach_stops_the_command_before_anything_is_graded(
    settings: Course, command: Callable[[], tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADEBOOK_URL", settings.gradebook_url.replace("teacher:", "teacher:not-"))
    code, out, err = command()
    assert (code, out) == (BAD_INPUT, "")
    assert err.startswith("Error: The gradebook postgresql+psycopg://127.0.0.1:")
    assert err.count("\n") == 1
    assert "cret" not in err
    assert not (settings.folder / "autograded").exists()
