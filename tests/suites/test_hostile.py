"""Attacks and honest submissions, graded together: nobody gets more than is deserved, learns anything, or stays behind.

Each attack is a file in hostile/, or a builder in hostile_crafted.py; both say what points it deserves.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import nbformat
import psutil
import pytest
from helpers import RIGHT, hand_in, make_course, notebook_of, open_the_way, wait_until
from hostile_crafted import all_attacks
from hostile_submissions import Attack
from nbgrader.api import Gradebook

from autograder.batch.batch import grade_batch
from autograder.batch.local import local_pool
from autograder.course.assignment import Assignment
from autograder.course.course import load_course
from autograder.course.loading import load_assignment
from autograder.report.formats import FORMATS
from autograder.report.formats.screen import Screen
from autograder.report.report import Report, Status
from autograder.sandbox import guest
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.limits import Limits
from autograder.sandbox.server import ForkServer

pytestmark = pytest.mark.slow

ATTACKS = all_attacks()
BY_NAME = {attack.name: attack for attack in ATTACKS}
LIMITS = Limits(
    cell_wall_seconds=1.5,
    call_wall_seconds=1.5,
    lost_wall_seconds=4,
    patience_wall_seconds=0.5,
    submission_wall_seconds=12,
    memory_bytes=256 << 20,
    folder_bytes=32 << 20,
    mend_cpu_seconds=0.3,
)

HALF = {"double": RIGHT["double"], "mean_of": "def mean_of(x):\n    return x.sum().item()"}
# Who hands in what between the attacks, and the points that it is worth.
HONEST: dict[str, tuple[Mapping[str, str], tuple[float, float, float]]] = {
    **{f"right-{number}": (RIGHT, (4, 6, 10)) for number in range(1, 7)},
    **{f"half-{number}": (HALF, (4, 2, 0)) for number in range(1, 4)},
    **{f"untouched-{number}": ({}, (0, 0, 0)) for number in range(1, 3)},
}
# The inputs of hidden checks, which no page may tell.
# Whole numbers and parts of them that attacks tell by sizes and exit codes: 1234.5, 617.25, 17.75.
TOLD_BY_SIZE = re.compile(r"\b(?:1234|617|123|105|1775)\b")
HIDDEN_INPUTS = ("1234.5", "617.25", "-8.5", "17.75", "-3.25")


@dataclass(frozen=True)
class Batch:
    """All that is left of the batch.

    Attributes:
        secrets: texts that no attacker may have been told, by what they are the secrets of.
        reached: what came out at the course's own sockets.
        survivors: processes of guests that were there when the batch was over.
        traces: files outside the course that attacks made.
    """

    folder: Path
    rows: dict[str, Report]
    secrets: Mapping[str, str]
    before: dict[str, object]
    after: dict[str, object]
    reached: list[str]
    survivors: list[str]
    traces: list[str]
    bystander_lives: bool
    server_lives: bool


def snapshot(course: Path) -> dict[str, object]:
    """Contents, modes, owners, times and attributes of all that grading must not touch."""
    found: dict[str, object] = {}
    for path in (each for name in ("source", "submitted", "tests") for each in files_below(course / name)):
        about = path.lstat()
        facts = (about.st_mode, about.st_uid, about.st_gid, about.st_size, about.st_mtime_ns, about.st_nlink)
        attributes = os.listxattr(path, follow_symlinks=False)
        small = path.is_file() and not path.is_symlink() and about.st_size < 1 << 20
        found[str(path)] = (facts, attributes, path.read_bytes() if small else b"")
    return found


def files_below(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in ("__pycache__", "d")]
        yield from (Path(parent, name) for name in (*folders, *names))


def plant_secrets(course: Path, secrets: Mapping[str, str]) -> None:
    """Puts a secret into the hidden checks and into the solution of `double`."""
    for path in (course / "tests/hidden/tiny").glob("*.py"):
        path.write_text(f"{path.read_text()}\nSECRET = {secrets['checks']!r}\n")
    path = course / "source/tiny/tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.replace("    return 2 * x", f"    note = {secrets['solution']!r}\n    return 2 * x")
    nbformat.write(notebook, path)


@contextlib.contextmanager
def bystander(secrets: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """Another program of the same user: secrets in its environment, memory and command line."""
    code = f"import time; secret = {secrets['memory']!r}; time.sleep(600)"
    process = subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "SECRET": secrets["environment"]})
    yield process
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Batch]:
    """The class after grading, by two processes."""
    mark = f"mark-of-{os.getpid()}-"
    secrets = {
        name: f"canary-{name}-{os.getpid()}-"
        for name in ("checks", "solution", "submission", "gradebook", "environment", "memory")
    }
    top = tmp_path_factory.mktemp("hostile")
    work = top / "work"
    work.mkdir(mode=0o777)
    open_the_way(work)
    folder = make_course(top / "course")
    (folder / "tests/hidden/tiny/__pycache__").mkdir()  # Python would make it, and so change its parent's time
    plant_secrets(folder, secrets)
    assignment = load_assignment(folder, "tiny")
    course = replace(load_course(folder), workers=2, limits=LIMITS)
    with contextlib.ExitStack() as stack:
        stack.callback(subprocess.run, ["rm", "-rf", top], check=False)  # deeper than Python's own way can remove
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("SECRET", secrets["environment"])
        server = stack.enter_context(ForkServer())
        patch.setattr(tempfile, "tempdir", str(work))
        other = stack.enter_context(bystander(secrets))
        sockets = listen(stack, top / "socket")
        server.wait_until_ready()
        places = {
            "COURSE": str(folder),
            "PIDS": str([os.getpid(), other.pid, server._process.pid]),
            "MARK": mark,
            "SOCKET": str(top / "socket"),
            "PORT": str(sockets[1].getsockname()[1]),
        }
        hand_in_all(folder, assignment, places, secrets)
        with Gradebook(course.gradebook_url, course.course_id) as gradebook:
            gradebook.add_student("right-1", last_name=secrets["gradebook"])
        before = snapshot(folder)
        open_pool = partial(local_pool, course, assignment, ForkSandbox(server, LIMITS))
        graded = grade_batch(course, assignment, interleaved(), open_pool)
        rows = {row.student: row for row in graded}
        yield Batch(
            folder,
            rows,
            secrets,
            before,
            snapshot(folder),
            received(sockets),
            guests_left(server),
            traces(mark, work, folder),
            other.poll() is None,
            server._process.poll() is None,
        )


def listen(stack: contextlib.ExitStack, path: Path) -> list[socket.socket]:
    """Sockets that wait for whoever gets out: a Unix one at `path`, TCP and UDP at one port."""
    unix, tcp, udp = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM), socket.create_server(("127.0.0.1", 0)), None
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(tcp.getsockname())
    unix.bind(str(path))
    path.chmod(0o777)
    for each in (unix, tcp, udp):
        each.setblocking(False)
        stack.enter_context(each)
    return [unix, tcp, udp]


def received(sockets: list[socket.socket]) -> list[str]:
    """What came in."""
    found = []
    for each in sockets:
        with contextlib.suppress(BlockingIOError):
            if each.type == socket.SOCK_STREAM:
                found.append(f"a connection from {each.accept()[1]}")
            else:
                found.append(f"{each.recv(4096)!r}")
    return found


def hand_in_all(folder: Path, assignment: Assignment, places: Mapping[str, str], secrets: Mapping[str, str]) -> None:
    for student, (answers, _) in HONEST.items():
        notebook = notebook_of(assignment, answers)
        if student == "right-1":
            notebook.cells.append(nbformat.v4.new_code_cell(f"# {secrets['submission']}"))
        hand_in(folder, student, notebook)
    right = json.dumps(notebook_of(assignment, RIGHT))
    for attack in ATTACKS:
        target = folder / "submitted" / attack.student / "tiny"
        target.mkdir(parents=True)
        attack.build(target, json.loads(right), places)


def interleaved() -> list[str]:
    """All students, the honest ones spread between the others."""
    order = [attack.student for attack in ATTACKS]
    step = len(order) // len(HONEST)
    for number, student in enumerate(HONEST):
        order.insert(number * (step + 1), student)
    return order


def guests_left(server: ForkServer) -> list[str]:
    """Processes that the server forked and that are still there after a moment to end in, or that nobody is the parent
    of any more."""
    wait_until(lambda: not guests_of(server), seconds=5)
    return guests_of(server)


def guests_of(server: ForkServer) -> list[str]:
    inner = {child.pid for child in psutil.Process(server._process.pid).children()}  # it is in namespaces of its own
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            command = (stat.parent / "cmdline").read_bytes()
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
            orphan = parent == 1 != os.getpid() and b"autograder.sandbox.inside" in command
            if parent in inner or orphan:
                found.append(f"{stat.parent.name} {command!r}")
    return found


def traces(mark: str, work: Path, course: Path) -> list[str]:
    """Names that hold the batch's mark, and what is left of working folders."""
    folders = [Path(each) for each in ("/tmp", "/dev/shm", "/var/tmp", *sys.path) if os.path.isdir(each)]
    found = [
        str(path) for folder in (*folders, course, course.parent) for path in folder.iterdir() if mark in path.name
    ]
    found += [str(path) for path in (course / "autograded").rglob(f"*{mark}*")]
    sockets = [line for line in Path("/proc/net/unix").read_text().splitlines() if mark in line]
    return [*found, *sockets, *(str(path) for path in work.iterdir())]


def points_of(report: Report) -> tuple[float, ...]:
    return tuple(each.points for each in report.exercises)


def report_of(batch: Batch, student: str) -> Report:
    return Report.from_dict(json.loads((batch.folder / "autograded" / student / "tiny/report.json").read_text()))


def loot_of(batch: Batch, student: str) -> list[str]:
    """What a student's cells say that they got."""
    notebook = json.loads((batch.folder / "autograded" / student / "tiny/tiny.ipynb").read_text())
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", ())]
    return [line for each in outputs for line in str(each.get("text", "")).splitlines() if "LOOT" in line]


def page_of(batch: Batch, student: str) -> str:
    """All that a student could be sent: the report, the graded notebook and what lies beside it."""
    folder = batch.folder / "autograded" / student / "tiny"
    files = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_size < 4 << 20]
    return "\n".join(path.read_text(errors="replace") for path in files)


def longest_seconds(batch: Batch) -> float:
    """What the limits allow an attack, with all patience for its last request, and a hundred times what an honest
    submission takes here."""
    usual = statistics.median(row.seconds for student, row in batch.rows.items() if student.startswith("right"))
    return LIMITS.submission_wall_seconds + guest._MOST_PATIENCE * LIMITS.cell_wall_seconds + 100 * usual


def test_there_are_attacks_of_every_kind() -> None:
    assert len(ATTACKS) >= 100
    assert len(BY_NAME) == len(ATTACKS)
    assert len({attack.student for attack in ATTACKS} | set(HONEST)) == len(ATTACKS) + len(HONEST)


@pytest.mark.parametrize("name", BY_NAME)
def test_an_attack_gets_what_it_deserves(batch: Batch, name: str) -> None:
    attack: Attack = BY_NAME[name]
    row, report = batch.rows[attack.student], report_of(batch, attack.student)
    assert points_of(row) == attack.points, [each.message for each in report.exercises]
    assert report.status is (Status.UNREADABLE if attack.look else Status.GRADED), report.message
    assert row.needs_a_look == attack.look
    assert report.staff == ()
    assert attack.outcome in (None, report.outcome)
    assert row.seconds < longest_seconds(batch)
    assert report.max_score == 20
    assert loot_of(batch, attack.student) == []
    page = page_of(batch, attack.student)
    assert [name for name, secret in batch.secrets.items() if secret in page] == []
    assert [number for number in HIDDEN_INPUTS if number in page] == []
    words = [each.message for exercise in report.exercises for each in (exercise, *exercise.checks)]
    assert [each for each in words if TOLD_BY_SIZE.search(each)] == []
    assert len(page) < 4 << 20


@pytest.mark.parametrize("student", HONEST)
def test_an_honest_submission_gets_its_points_among_them(batch: Batch, student: str) -> None:
    row, report = batch.rows[student], report_of(batch, student)
    assert points_of(row) == HONEST[student][1]
    assert (report.status, report.staff, row.needs_a_look) == (Status.GRADED, (), False)
    assert report.outcome == "ok" or not student.startswith("right")


def test_everybody_is_in_the_gradebook_with_the_same_points(batch: Batch) -> None:
    course = load_course(batch.folder)
    with Gradebook(course.gradebook_url, course.course_id) as gradebook:
        for student, row in batch.rows.items():
            grades = {each.name: each for each in gradebook.find_submission_notebook("tiny", "tiny", student).grades}
            assert tuple(grades[f"test_{name}"].auto_score for name in RIGHT) == points_of(row), student
            assert len(grades) == 3
            assert {each.needs_manual_grade for each in grades.values()} == {row.needs_a_look}, student
    assert len(batch.rows) == len(ATTACKS) + len(HONEST)


def test_nothing_that_was_handed_in_or_is_the_courses_own_was_changed(batch: Batch) -> None:
    changed = [path for path in batch.before | batch.after if batch.before.get(path) != batch.after.get(path)]
    assert changed == []


def test_nothing_reached_a_socket_of_the_machine(batch: Batch) -> None:
    assert batch.reached == []


def test_no_process_and_no_file_is_left_and_none_was_ended(batch: Batch) -> None:
    assert batch.survivors == []
    assert batch.traces == []
    assert batch.bystander_lives
    assert batch.server_lives


def test_tables_show_hostile_ids_and_messages_as_plain_text(batch: Batch) -> None:
    for student in batch.rows:
        text = FORMATS["table"].one(report_of(batch, student), Screen(160))
        assert [each for each in text if not (each.isprintable() or each == "\n")] == [], student
    text = "".join(FORMATS["table"].many(batch.rows.values(), Screen(300)))
    assert [each for each in text if not (each.isprintable() or each == "\n")] == []
    hidden = [row for row in batch.rows.values() if "[red]x[/]" in row.student]
    assert len(hidden) == 1


def test_graded_notebooks_hold_only_known_kinds_of_output(batch: Batch) -> None:
    kinds = {"text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg"}
    for student in batch.rows:
        notebook = nbformat.read(batch.folder / "autograded" / student / "tiny/tiny.ipynb", as_version=4)
        nbformat.validate(notebook)
        outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
        assert {mime for output in outputs for mime in output.get("data", {})} <= kinds
        assert all(
            "<script" not in output.data["image/png"] for output in outputs if "image/png" in output.get("data", {})
        )
