"""Whatever is killed, filled up or taken away at whatever moment: the next run ends as if nothing had happened."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from helpers import (
    RIGHT,
    TINY_COURSE,
    gone,
    hand_in,
    make_course,
    notebook_of,
    run,
    run_in,
    wait_until,
    write_notebook,
)

from autograder.batch import saving
from autograder.batch.batch import grade_batch
from autograder.batch.local import local_pool
from autograder.cli.main import _leave
from autograder.course.assignment import Assignment
from autograder.course.course import load_course
from autograder.course.errors import CourseError
from autograder.course.loading import load_assignment
from autograder.gradebook.record import ensure_assignment, open_gradebook
from autograder.judge.grader import Grader
from autograder.judge.recorded_answers import pack_answers
from autograder.report.report import Report
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.guest import ForkedGuest
from autograder.sandbox.limits import Limits
from autograder.sandbox.outcome import ServerGone
from autograder.sandbox.prompt import Prompt
from autograder.sandbox.server import ForkServer

pytestmark = pytest.mark.slow

MOMENTS = 50
WRONG = {**RIGHT, "double": "def double(x):\n    return 3 * x"}
HANDED_IN: dict[str, Any] = {
    "student-001": RIGHT,
    "student-002": WRONG,
    "student-003": {},
    "student-004": {**RIGHT, "mean_of": "def mean_of(x):\n    return x.median()"},
    "student-005": "not a notebook",
    "student-006": RIGHT,
}
Facts = dict[str, Any]


def hand_all_in(folder: Path) -> Path:
    course = make_course(folder)
    assignment = load_assignment(TINY_COURSE, "tiny")
    for student, answers in HANDED_IN.items():
        hand_in(course, student, answers if isinstance(answers, str) else notebook_of(assignment, answers))
    return course


def grade_course(course_folder: Path, server: ForkServer) -> list[Report]:
    course = replace(load_course(course_folder), workers=2)
    assignment = load_assignment(TINY_COURSE, "tiny")
    open_pool = partial(local_pool, course, assignment, ForkSandbox(server, course.limits))
    return list(grade_batch(course, assignment, list(HANDED_IN), open_pool))


def grade_like_the_command(course_folder: Path, server: ForkServer) -> None:
    """In a process of its own, with the signals of the command line."""
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, _leave)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        grade_course(course_folder, server)
    except KeyboardInterrupt:
        sys.exit(130)


def facts(course: Path) -> Facts:
    """Everything that a run leaves: the gradebook's rows, and each file, without times and numbers of rows.

    What was found of mistakes stands in the order in which workers came upon them, and need only be there.
    """
    database = sqlite3.connect(course / "gradebook.db")
    with database:
        grades = database.execute(
            "select s.student_id, c.name, g.auto_score, g.manual_score, g.needs_manual_grade from grade g"
            " join submitted_notebook n on g.notebook_id = n.id join submitted_assignment s on n.assignment_id = s.id"
            " join base_cell c on g.cell_id = c.id order by 1, 2"
        ).fetchall()
        counts = [
            database.execute(f"select count(*) from {table}").fetchone()[0]
            for table in ("student", "submitted_assignment", "submitted_notebook", "grade", "comment", "source_cell")
        ]
    database.close()
    found: Facts = {"grades": grades, "counts": counts}
    for path in sorted(path for path in course.rglob("*") if path.is_file()):
        name = str(path.relative_to(course))
        if path.name == "report.json":
            found[name] = {**json.loads(path.read_text()), "seconds": 0}
        elif path.name == "gradebook.db" or path.parent.name == ".mended":
            found[name] = "there"
        else:
            found[name] = path.read_bytes()
    return found


def finished(course: Path) -> dict[str, int]:
    """Reports that are whole, and when they were written."""
    return {
        path.parent.parent.name: path.stat().st_mtime_ns for path in (course / "autograded").glob("*/tiny/report.json")
    }


@pytest.fixture(scope="module")
def own_server() -> Iterator[ForkServer]:
    """One whose guests are these tests' alone: the session's may have some that a grader goes on asking."""
    with ForkServer() as server:
        yield server


@pytest.fixture(scope="module")
def template(own_server: ForkServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Facts, float]:
    """A course where all have handed in, what a run leaves there that nothing disturbs, and how long it takes.

    The course has an empty gradebook, as nbgrader takes a second or two to make one.
    """
    course = hand_all_in(tmp_path_factory.mktemp("template") / "course")
    empty = replace(load_course(course), workers=2)
    with open_gradebook(empty) as gradebook:
        ensure_assignment(gradebook, load_assignment(TINY_COURSE, "tiny"))
    graded = shutil.copytree(course, course.with_name("graded"))
    started = time.monotonic()
    grade_course(graded, own_server)
    return course, facts(graded), time.monotonic() - started


@pytest.fixture
def handed_in(template: tuple[Path, Facts, float], tmp_path: Path) -> Path:
    return shutil.copytree(template[0], tmp_path / "course")


@pytest.fixture
def undisturbed(template: tuple[Path, Facts, float]) -> Facts:
    return template[1]


def victims(kind: str, grader: Any, server: ForkServer) -> list[int]:
    """Process ids that can be struck now."""
    try:
        if kind == "worker":
            return [each.pid for each in psutil.Process(grader.pid).children()]
        if kind == "guest":
            inner = psutil.Process(server._process.pid).children()
            return [each.pid for one in inner for each in one.children()]
    except psutil.NoSuchProcess:
        return []
    return [grader.pid]


STRIKES = [
    ("grader", signal.SIGKILL),
    ("grader", signal.SIGINT),
    ("grader", signal.SIGTERM),
    ("worker", signal.SIGKILL),
    ("guest", signal.SIGKILL),
]


def strike(
    kind: str, number: signal.Signals, course: Path, server: ForkServer, after_seconds: float, dice: random.Random
) -> None:
    """Starts a grader, strikes at the moment, and waits until it has ended, with all that it started."""
    grader = multiprocessing.get_context("fork").Process(target=grade_like_the_command, args=(course, server))
    grader.start()
    assert grader.pid is not None
    grader.join(after_seconds)
    workers = victims("worker", grader, server)
    hit = victims(kind, grader, server)
    if hit:
        with suppress(ProcessLookupError):  # it was done
            os.kill(dice.choice(hit), number)
    grader.join(60)
    assert grader.exitcode is not None, f"the grader goes on after {number.name} for a {kind}"
    left = [pid for pid in workers if not gone(pid)]
    assert left == [], f"workers stay after {number.name} for the {kind}"


def test_killed_at_any_moment_the_next_run_ends_as_an_undisturbed_one(
    own_server: ForkServer, template: tuple[Path, Facts, float], tmp_path: Path
) -> None:
    handed_in, expected, whole_seconds = template
    dice = random.Random(20261122)
    for number in range(MOMENTS // len(STRIKES)):
        course = shutil.copytree(handed_in, tmp_path / f"course-{number}")
        for kind, how in dice.sample(STRIKES, len(STRIKES)):
            before = finished(course)
            strike(kind, how, course, own_server, dice.uniform(0, 0.5 * whole_seconds), dice)
            after = finished(course)
            assert {name: after.get(name) for name in before} == before, "something finished was done again"
        done = finished(course)
        rows = grade_course(course, own_server)
        assert {row.student for row in rows if row.unchanged} == set(done)
        assert facts(course) == expected
        assert guests_of(own_server) == []


def guests_of(server: ForkServer) -> list[int]:
    """Guests that are left, after a moment to end in."""
    wait_until(lambda: not victims("guest", None, server), seconds=5)
    return victims("guest", None, server)


def test_a_grader_that_dies_while_its_guest_is_forked_leaves_the_server_to_the_others(
    server: ForkServer, spawn: Callable[..., ForkedGuest], tmp_path: Path
) -> None:
    server.wait_until_ready()
    [inner] = psutil.Process(server._process.pid).children()
    inner.suspend()
    for line in server.spawn(tmp_path, Limits()):
        line.close()
    inner.resume()
    assert run_in(spawn(), "print(1)") == "1"


@dataclass
class Strike:
    """Kills a guest right before it gets a request: the one of that number, whether it is told ahead or not."""

    moment: int = 0
    asked: list[str] = field(default_factory=list)

    def note(self, guest: ForkedGuest, operation: str) -> None:
        self.asked.append(operation)
        if len(self.asked) == self.moment:
            os.kill(guest.pid, signal.SIGKILL)


@pytest.fixture
def blow(monkeypatch: pytest.MonkeyPatch) -> Strike:
    request, send, found = ForkedGuest.request, Prompt.send_next, Strike()

    def struck(self: ForkedGuest, message: Any, *more: Any) -> Any:
        found.note(self, message["op"])
        return request(self, message, *more)

    def struck_ahead(self: Prompt) -> None:
        assert isinstance(self.guest, ForkedGuest)
        found.note(self.guest, self.script.requests[self.sent][0]["op"])
        send(self)

    monkeypatch.setattr(ForkedGuest, "request", struck)
    monkeypatch.setattr(Prompt, "send_next", struck_ahead)
    return found


@pytest.mark.parametrize("moment", [2, 5, 12], ids=["among the cells", "in the first check", "in the last check"])
def test_a_guest_that_somebody_kills_costs_the_student_nothing(
    grade: Callable[..., Any], blow: Strike, moment: int
) -> None:
    blow.moment = moment
    report = grade(RIGHT).report
    assert (report.score, report.outcome) == (20, "ok")
    assert len(blow.asked) > 12


def test_whenever_a_guest_is_killed_the_same_answers_are_kept(
    tiny: Assignment, server: ForkServer, blow: Strike, tmp_path: Path
) -> None:
    hand_in_at = tmp_path / "tiny.ipynb"
    write_notebook(hand_in_at, notebook_of(tiny, RIGHT))
    with Grader(tiny, ForkSandbox(server), show_cells=False, keep_answers=True) as grader:

        def kept() -> bytes:
            blow.asked.clear()
            return pack_answers(grader.grade(hand_in_at, "student-001").answers or {})

        for _ in range(4):  # from then on requests are told ahead
            kept()
        undisturbed = kept()
        requests = list(blow.asked)
        assert requests.count("state") == 2
        for moment in range(1, len(requests) + 1):
            blow.moment = moment
            assert kept() == undisturbed, (moment, requests[moment - 1])
            assert len(blow.asked) > len(requests)


@pytest.mark.parametrize(("killed", "score"), [(1, 20), (2, 0)], ids=["once", "each time"])
def test_a_guest_that_is_killed_before_it_greets_is_started_once_more(
    grade: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, killed: int, score: int
) -> None:
    for _ in range(4):  # the instructor's notebook runs once meanwhile
        grade(RIGHT)
    greet = ForkedGuest.greet
    greetings = 0

    def struck(self: ForkedGuest) -> None:
        nonlocal greetings
        greetings += 1
        if greetings <= killed:
            self._channel.close()
            self._channel, theirs = socket.socketpair()
            theirs.close()
        greet(self)

    monkeypatch.setattr(ForkedGuest, "greet", struck)
    report = grade(RIGHT).report
    assert report.score == score
    assert report.needs_a_look is (score == 0)
    assert greetings == 2


def test_a_guest_that_would_kill_itself_goes_on_and_loses_its_own_points(grade: Callable[..., Any]) -> None:
    report = grade({"double": "import os\ndef double(x):\n    os.kill(os.getpid(), 9)"}).report
    assert [each.points for each in report.exercises] == [0, 6, 10]
    assert report.outcome in ("ok", "died")  # died: where no namespaces can be made


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a file system of 24 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", folder], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("only root can mount a small file system to fill")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_is_said_at_once_and_nothing_is_lost(
    server: ForkServer, undisturbed: Facts, template: tuple[Path, Facts, float], small_disk: Path
) -> None:
    course = shutil.copytree(template[0], small_disk / "course")
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(10 << 20))
    with pytest.raises(CourseError, match=r"nearly full: .* Make room"):
        grade_course(course, server)
    ballast.unlink()
    grade_course(course, server)
    assert facts(course) == undisturbed


def test_a_disk_that_fills_up_on_the_way_ends_in_one_sentence_and_a_rerun_completes(
    server: ForkServer,
    undisturbed: Facts,
    template: tuple[Path, Facts, float],
    small_disk: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(saving, "SAVED_WITHIN_SECONDS", 0.0)  # each by itself
    folder = shutil.copytree(template[0], small_disk / "course")
    course = load_course(folder)
    assignment = load_assignment(TINY_COURSE, "tiny")
    ballast = small_disk / "ballast"
    rows = []
    open_pool = partial(local_pool, course, assignment, ForkSandbox(server, course.limits))
    graded = grade_batch(course, assignment, list(HANDED_IN), open_pool)
    rows.append(next(graded))
    fill(ballast)
    with pytest.raises(CourseError, match="What was finished is kept"):
        rows += graded
    ballast.unlink()
    again = grade_course(folder, server)
    assert [row.student for row in again if row.unchanged] == [row.student for row in rows]
    assert facts(folder) == undisturbed


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(1 << 16)):
            pass


def test_a_folder_that_can_not_be_written_is_said_before_anything_is_graded(
    server: ForkServer, undisturbed: Facts, template: tuple[Path, Facts, float], small_disk: Path
) -> None:
    course = shutil.copytree(template[0], small_disk / "course")
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)
    with pytest.raises(CourseError, match=r"Can't write in .*/course: Read-only file system\. "):
        grade_course(course, server)
    subprocess.run(["mount", "-o", "remount,rw", small_disk], check=True)
    grade_course(course, server)
    assert facts(course) == undisturbed


@pytest.mark.parametrize("which", [0, 1], ids=["the outer process", "the one in the namespaces"])
def test_a_fork_server_that_is_killed_ends_the_run_and_blames_nobody(
    undisturbed: Facts, server: ForkServer, handed_in: Path, monkeypatch: pytest.MonkeyPatch, which: int
) -> None:
    folder = handed_in
    course = load_course(folder)
    assignment = load_assignment(TINY_COURSE, "tiny")
    spawn, spawned = ForkServer.spawn, multiprocessing.get_context("fork").Value("i", 0)

    def killed_at_the_third(self: ForkServer, *arguments: Any) -> Any:
        with spawned.get_lock():
            spawned.value += 1
            if spawned.value == 3:
                outer = psutil.Process(self._process.pid)
                [outer, *outer.children()][which].kill()
        return spawn(self, *arguments)

    with ForkServer() as doomed:
        open_pool = partial(local_pool, course, assignment, ForkSandbox(doomed, course.limits))
        monkeypatch.setattr(ForkServer, "spawn", killed_at_the_third)
        with pytest.raises(ServerGone):
            list(grade_batch(course, assignment, list(HANDED_IN), open_pool))
    assert not doomed.folder.exists()
    monkeypatch.undo()
    grade_course(folder, server)
    assert facts(folder) == undisturbed


def test_a_fork_server_that_ended_before_a_run_blames_nobody(handed_in: Path) -> None:
    with ForkServer() as ended:
        ended.wait_until_ready()
        [inner] = psutil.Process(ended._process.pid).children()
        inner.kill()
        ended._process.wait(60)
        with pytest.raises(ServerGone):
            grade_course(handed_in, ended)
    assert finished(handed_in) == {}


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_the_command_can_be_stopped_and_leaves_no_process_and_no_folder(
    how: signal.Signals, handed_in: Path, tmp_path: Path
) -> None:
    folder = handed_in
    with (folder / "nbgrader_config.py").open("a") as config:  # so that waiting for the endless one would take too long
        config.write("c.Limits.cell_wall_seconds = c.Limits.call_wall_seconds = 600.0\n")
        config.write("c.Limits.submission_wall_seconds = 600.0\nc.Limits.cpu_seconds = 600\n")
    endless = {**RIGHT, "double": "def double(x):\n    while True: pass"}
    hand_in(folder, "student-000", notebook_of(load_assignment(folder, "tiny"), endless))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    scratch.chmod(0o711)
    command = [sys.executable, "-m", "autograder", "grade", "tiny", "--workers=2"]
    with subprocess.Popen(
        command, cwd=folder, env={**os.environ, "TMPDIR": str(scratch)}, stderr=subprocess.PIPE, text=True
    ) as grader:
        assert wait_until(lambda: bool(finished(folder)), seconds=120)
        started = psutil.Process(grader.pid).children(recursive=True)
        assert len(started) > 2
        grader.send_signal(how)
        _, said = grader.communicate(timeout=120)
    assert grader.returncode in (128 + how, -how)
    assert how == signal.SIGKILL or "Stopped. What was finished is kept" in said
    assert [each.pid for each in started if not gone(each.pid)] == []
    wait_until(lambda: not list(scratch.iterdir()), seconds=5)
    assert list(scratch.iterdir()) == []
    assert "student-000" not in finished(folder)


def test_a_folder_whose_owners_were_all_killed_is_swept_by_the_next(tmp_path: Path) -> None:
    orphan = tmp_path / "autograder-orphan"
    (orphan / "guest-1").mkdir(parents=True)
    os.utime(orphan, (1, 1))
    young = tmp_path / "autograder-young"
    young.mkdir()
    code = (
        "from autograder.sandbox.server import ForkServer; server = ForkServer(); print(server.folder); server.close()"
    )
    done = run("python", "-c", code, cwd=tmp_path, TMPDIR=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["autograder-young"]
