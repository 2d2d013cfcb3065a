"""A Dask cluster gives the same marks as this machine alone; machines may die, be cut off, or not be fit for it."""

from __future__ import annotations

import asyncio
import http.server
import json
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import dask
import distributed
import hosts
import pytest
from helpers import RIGHT, gone, hand_in, make_course, notebook_of, run, wait_until
from hosts import Cluster, below, graders, oldest
from nbgrader.api import Gradebook

from autograder.batch import dask_pool, pool, saving
from autograder.batch.batch import choose_students, grade_batch
from autograder.batch.dask_pool import cluster_pool
from autograder.batch.local import local_pool
from autograder.cli import commands
from autograder.cli.commands import GradeOptions
from autograder.course.assignment import Assignment
from autograder.course.course import Course, load_course
from autograder.course.errors import CourseError
from autograder.course.loading import load_assignment
from autograder.report.report import Report
from autograder.report.timings import Timings
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.server import ForkServer

pytestmark = pytest.mark.cluster


SHORT = """
c.Limits.cell_wall_seconds = c.Limits.call_wall_seconds = 4.0
c.Limits.lost_wall_seconds = c.Limits.patience_wall_seconds = 1.0
"""


WRONG = {**RIGHT, "double": "def double(x):\n    return x + 1"}


LOOPS = {**RIGHT, "mean_of": "def mean_of(x):\n    import time\n    while True: time.sleep(1)"}


POINTS = {"right": 20, "wrong": 16, "exits": 20, "loops": 14, "no-notebook": 0, "[red]évil 'x' & <b>": 20}


STUDENTS = sorted([*POINTS, *(f"student-{number}" for number in range(1, 5))])


def new_course(folder: Path, submitted: Path | None = None) -> Course:
    """A course with short limits and a class in which each submission takes a while, or with somebody else's."""
    make_course(folder)
    with (folder / "course_config.py").open("a") as config:
        config.write(SHORT)
    if submitted:
        shutil.copytree(submitted, folder / "submitted")
        return load_course(folder)
    tiny = load_assignment(folder, "tiny")
    slow = {"setup": "import time; time.sleep(0.1)"}
    for student in STUDENTS:
        hand_in(folder, student, notebook_of(tiny, RIGHT, extra=slow))
    hand_in(folder, "wrong", notebook_of(tiny, WRONG))
    hand_in(folder, "exits", notebook_of(tiny, RIGHT, extra={"setup": "import os; os._exit(1)"}))
    hand_in(folder, "loops", notebook_of(tiny, LOOPS))
    hand_in(folder, "no-notebook", "{")
    return load_course(folder)


def start_grading(course: Course, scheduler: str, *students: str, force: bool = True, **more: Any) -> Iterator[Report]:
    """Grades on a cluster."""
    assignment = course.assignment("tiny")
    chosen = choose_students(course, assignment, students)
    return grade_batch(course, assignment, chosen, lambda _: cluster_pool(course, assignment, scheduler), force, **more)


def reports_of(course: Course) -> dict[str, dict[str, Any]]:
    found = {}
    for path in course.folder.glob("autograded/*/tiny/report.json"):
        found[path.parent.parent.name] = {**json.loads(path.read_text()), "seconds": 0}
    return found


def recorded(course: Course) -> list[Any]:
    """What the gradebook holds."""
    with Gradebook(course.gradebook_url, course.course_id) as gradebook:
        return sorted(
            (submission.student_id, grade.name, grade.auto_score, grade.needs_manual_grade)
            for submission in gradebook.assignment_submissions("tiny")
            for notebook in submission.notebooks
            for grade in notebook.grades
        )


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory, server: ForkServer) -> Course:
    """The class, graded on this machine."""
    course = new_course(tmp_path_factory.mktemp("local") / "course")
    assignment = course.assignment("tiny")
    open_pool = partial(local_pool, course, assignment, ForkSandbox(server, course.limits))
    rows = grade_batch(course, assignment, STUDENTS, open_pool)
    assert {row.student: row.score for row in rows} == {student: POINTS.get(student, 20) for student in STUDENTS}
    return course


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory, local: Course) -> Course:
    """The same class, to be graded on a cluster."""
    return new_course(tmp_path_factory.mktemp("cluster") / "course", local.folder / "submitted")


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with hosts.network(3) as made:
        machines = Cluster(made, tmp_path_factory.mktemp("machines"))
        yield machines
        for each in [*machines.workers, machines.scheduler]:
            if each is not None and each.poll() is None:
                machines.end(each)


@pytest.fixture
def lab(machines: Cluster) -> Cluster:
    """A scheduler and two workers, on three hosts. What a test has ended is started again for the next."""
    machines.start()
    return machines


@pytest.fixture(autouse=True)
def each_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each submission is saved as soon as it is graded, so that there are moments between them to disturb."""
    monkeypatch.setattr(saving, "SAVED_WITHIN_SECONDS", 0.0)


def test_a_cluster_gives_the_same_reports_and_gradebook_as_this_machine(
    lab: Cluster, course: Course, local: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_SLOW_SECONDS", 0.5)
    timings, slow = Timings(), set[str]()
    students, warm, forked = [], set[int](), set[int]()
    for row in start_grading(course, lab.address, timings=timings, tell_slow=slow.update):
        students.append(row.student)
        for worker in lab.workers:
            there = {each.pid for each in below(worker, "autograder.batch.dask_grader")}
            forked |= {each.pid for each in graders(worker)}
            warm |= there - forked
    assert sorted(students) == STUDENTS
    assert warm
    assert len(forked) > 1
    assert slow
    assert {"cells", "checks", "gradebook"} <= set(timings.seconds)
    assert reports_of(course) == reports_of(local)
    assert recorded(course) == recorded(local)
    for student in STUDENTS:
        mine, theirs = (each.autograded(student, "tiny") / "tiny.ipynb" for each in (course, local))
        assert mine.read_bytes() == theirs.read_bytes()
    lab.assert_nothing_of_a_run_stays()
    stay = {each.pid for worker in lab.workers for each in below(worker, "autograder.batch.dask_grader")}
    assert len(stay) == 2  # whoever was slow to start has started by now
    assert warm <= stay


def test_processes_that_are_killed_lose_nothing_and_double_nothing(lab: Cluster, course: Course, local: Course) -> None:
    killed = []
    students = []
    for row in start_grading(course, lab.address):
        students.append(row.student)
        if len(students) == 2:
            worker = oldest(lab.workers[:1], "spawn_main")  # its nanny lives, and starts another
            killed = below(worker)
            worker.kill()
        if len(students) == 4:
            oldest(lab.workers, "autograder.batch.dask_grader").kill()
        if len(students) == 6:
            oldest(lab.workers, "autograder.sandbox.inside.server").kill()
    assert sorted(students) == STUDENTS
    assert reports_of(course) == reports_of(local)
    assert recorded(course) == recorded(local)
    assert killed
    assert all(gone(each.pid) for each in killed)


def test_a_fork_server_that_ends_between_two_runs_is_replaced(lab: Cluster, course: Course) -> None:
    some = [student for student in STUDENTS if student.startswith("student-")]
    list(start_grading(course, lab.address, *some))
    servers = {each.pid: each for worker in lab.workers for each in below(worker, "autograder.sandbox.inside.server")}
    for each in servers.values():
        if each.ppid() in servers:  # the one in the namespaces: the other sees its end, and clears away their folder
            each.kill()
    assert servers
    assert all(gone(pid) for pid in servers)
    again = {report.student: report.score for report in start_grading(course, lab.address, *some)}
    assert again == dict.fromkeys(some, 20)


@pytest.mark.skipif(bool(hosts.no_network_because()), reason=hosts.no_network_because())
def test_a_worker_that_is_cut_off_loses_nothing_and_doubles_nothing(
    lab: Cluster, course: Course, local: Course
) -> None:
    students = []
    try:
        for row in start_grading(course, lab.address):
            students.append(row.student)
            if len(students) == 2:
                lab.hosts[2].cut()
        assert lab.known_workers() == [lab.hosts[1].address]  # it was given up, not waited for: it is still cut off
    finally:
        lab.hosts[2].mend()
        lab.end(lab.workers[1])
    assert sorted(students) == STUDENTS
    assert reports_of(course) == reports_of(local)
    assert recorded(course) == recorded(local)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_command_that_is_stopped_leaves_nothing_queued_and_no_file_on_workers(
    lab: Cluster, course: Course, how: signal.Signals
) -> None:
    shutil.rmtree(course.folder / "autograded", ignore_errors=True)
    command = [sys.executable, "-m", "autograder", "grade", "tiny", "--scheduler", lab.address]
    with subprocess.Popen(command, cwd=course.folder, stderr=subprocess.PIPE, text=True) as grader:
        assert wait_until(lambda: any(course.folders.autograded.glob("*/tiny/tiny.ipynb")), seconds=60)
        grader.send_signal(how)
        _, said = grader.communicate(timeout=120)
    assert grader.returncode in (128 + how, -how)
    assert how == signal.SIGKILL or "Stopped. What was finished is kept" in said
    assert set(reports_of(course)) <= set(STUDENTS)  # a machine that was held up may have had time for all
    lab.assert_nothing_of_a_run_stays()


def test_workers_that_stay_use_checks_that_were_changed(lab: Cluster, course: Course, local: Course) -> None:
    path = course.folder / "tests/hidden/tiny/test_double.py"
    checks = path.read_text()
    try:
        path.write_text(checks.replace("[2.0, 4.0, 12.0]", "[2.0, 4.0, 13.0]"))
        [changed] = start_grading(course, lab.address, "right")
    finally:
        path.write_text(checks)
    assert (reports_of(local)["right"]["score"], changed.score) == (20, 19)


NO_LANDLOCK = """
import pyseccomp
rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
rules.add_rule(pyseccomp.ERRNO(95), "landlock_create_ruleset")
rules.load()
"""


@pytest.mark.parametrize(
    ("start_up", "sentence"),
    [
        ("import autograder; autograder.__version__ = '0.0.1'", r"The worker tcp://.* has autograder 0\.0\.1; this"),
        (
            "import sys; sys.modules['autograder'] = None",
            r"The worker tcp://.* can't run the autograder: .*No module",
        ),
        (NO_LANDLOCK, r"The worker tcp://.* can't grade: This machine can't isolate .* Missing: files "),
    ],
    ids=["another version", "no package", "no isolation"],
)
def test_a_worker_that_is_not_fit_is_refused_with_a_sentence_that_names_it(
    lab: Cluster, course: Course, tmp_path: Path, start_up: str, sentence: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(start_up)
    worker = lab.start_worker(lab.hosts[2], "--no-nanny", PYTHONPATH=str(tmp_path))
    lab.wait_for(3)
    try:
        with pytest.raises(CourseError, match=sentence) as caught:
            list(start_grading(course, lab.address))
        assert lab.hosts[2].address in str(caught.value)
        assert "\n" not in str(caught.value)
    finally:
        lab.end(worker)


def test_a_scheduler_that_dies_is_told_in_a_sentence_and_the_same_command_goes_on(
    lab: Cluster, course: Course, local: Course
) -> None:
    shutil.rmtree(course.folder / "autograded", ignore_errors=True)

    def kill_scheduler() -> None:
        assert wait_until(lambda: len(reports_of(course)) >= 3, seconds=120)
        lab.scheduler.kill()
        lab.scheduler.wait()

    thread = threading.Thread(target=kill_scheduler)
    thread.start()
    done = run("autograder", "grade", "tiny", "--scheduler", lab.address, cwd=course.folder)
    thread.join()
    assert done.returncode == 1
    said = [line for line in done.stderr.splitlines() if not line.startswith("graded ")]
    assert said == [
        f"Error: The scheduler {lab.address} is gone. What was finished is kept; the same command goes on from there."
    ]
    finished = len(reports_of(course))
    orphans = lab.workers
    lab.start(workers=1)
    rows = list(start_grading(course, lab.address, force=False))
    assert [row.unchanged for row in rows] == [True] * finished + [False] * (len(STUDENTS) - finished)
    assert reports_of(course) == reports_of(local)
    assert recorded(course) == recorded(local)
    for worker in orphans:
        worker.wait(60)
        lab.assert_no_files(worker)


def test_a_machine_without_dask_says_how_to_get_it(local: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "autograder.batch.dask_pool", raising=False)
    monkeypatch.setitem(sys.modules, "distributed", None)
    options = GradeOptions(force=True, quiet=True, scheduler="tcp://127.0.0.1:1")
    with pytest.raises(CourseError, match=r"needs the extra `cluster` \(no distributed here\)"):
        commands.grade_all(local, "tiny", ["right"], options)
    assert reports_of(local)["right"]["score"] == 20


class Silent(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web_server() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Silent) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"tcp://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_addresses_without_a_scheduler_get_one_sentence(
    course: Course, tiny: Assignment, web_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_pool, "CONNECT_SECONDS", 0.5)
    for address, why in {
        "tcp://127.0.0.1:1": "Timed out trying to connect",
        "tcp://127.0.0.1": "missing port number",
        "http://127.0.0.1:8786": "unknown address scheme",
        "nonsense": "missing port number",
        web_server: "something answers, but not as a scheduler would",
    }.items():
        with pytest.raises(CourseError) as caught, cluster_pool(course, tiny, address):
            pass
        assert str(caught.value).startswith(f"No Dask scheduler answers at {address}: {why}")
        assert "\n" not in str(caught.value)


def test_a_scheduler_without_workers_is_told_in_a_sentence(
    course: Course, tiny: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_pool, "FIRST_WORKER_SECONDS", 0.3)
    with distributed.LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=None) as empty:
        address = empty.scheduler_address
        with pytest.raises(
            CourseError, match=rf"The scheduler {address} has no workers\. Start some with `dask worker"
        ):
            next(start_grading(course, address))


def test_a_run_ends_with_a_sentence_when_workers_stay_away(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = 0.0
    monkeypatch.setattr(dask_pool, "time", SimpleNamespace(monotonic=lambda: seconds))
    threads = {"a": 1, "b": 2}
    count = dask_pool.count_threads(SimpleNamespace(nthreads=lambda: threads), "tcp://there")
    assert count() == 3
    threads.clear()
    seconds = dask_pool._COUNT_EVERY_SECONDS
    assert count() == 1
    seconds = dask_pool.NO_WORKERS_SECONDS
    assert count() == 1
    seconds = dask_pool.NO_WORKERS_SECONDS + dask_pool._COUNT_EVERY_SECONDS
    with pytest.raises(CourseError, match=r"has lost its last worker\. What was finished is kept"):
        count()


def key_pair(folder: Path) -> tuple[Path, Path]:
    """A certificate that vouches for itself, and its key, made as docs/scale.md says."""
    key, certificate = folder / "key.pem", folder / "cluster.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:3072", "-nodes", "-days", "2", "-subj", "/CN=cluster"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    return key, certificate


def tls_settings(key: Path, certificate: Path) -> dict[str, Any]:
    """What docs/scale.md has in a file."""
    settings: dict[str, Any] = {"distributed.comm.require-encryption": True}
    settings["distributed.comm.tls.ca-file"] = str(certificate)
    for role in ("scheduler", "worker", "client"):
        settings[f"distributed.comm.tls.{role}.cert"] = str(certificate)
        settings[f"distributed.comm.tls.{role}.key"] = str(key)
    return {**settings, "distributed.scheduler.http.routes": [], "distributed.worker.http.routes": []}


def variables_of(settings: dict[str, Any]) -> dict[str, str]:
    return {f"DASK_{key.upper().replace('.', '__').replace('-', '_')}": str(each) for key, each in settings.items()}


THIEF = """
import os, socket
for path in {paths}:
    try:
        print("LOOT", os.listdir(path) if os.path.isdir(path) else open(path).read())
    except OSError:
        pass
for address in {addresses}:
    try:
        print("LOOT", socket.create_connection(address, timeout=1))
    except OSError:
        pass
print("looked")
"""


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no program openssl here: `apt-get install openssl`")
@pytest.mark.skipif(bool(hosts.no_network_because()), reason=hosts.no_network_because())
def test_over_tls_nothing_is_to_be_overheard_and_nobody_takes_part_without_the_key(
    course: Course, tiny: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = key_pair(tmp_path)
    (tmp_path / "stranger").mkdir()
    settings, strange = tls_settings(key, certificate), tls_settings(*key_pair(tmp_path / "stranger"))
    with hosts.network(2) as made, dask.config.set(settings), hosts.overheard() as heard:
        lab = Cluster(made, tmp_path / "machines", "tls", variables_of(settings))
        lab.start(workers=1)
        stranger = lab.start_worker(made[1], "--no-nanny", **variables_of(strange))
        with distributed.Client(lab.address, set_as_default=False) as client:
            info = client.scheduler_info()
        [worker] = (urlsplit(each) for each in info["workers"])
        ports = [(made[0].address, urlsplit(lab.address).port), (made[1].address, worker.port)]
        steals = THIEF.format(paths=[str(key), str(certificate), str(tmp_path / "machines")], addresses=ports)
        hand_in(course.folder, "thief", notebook_of(tiny, RIGHT, extra={"setup": steals}))
        [stolen] = start_grading(course, lab.address, "thief")
        shutil.rmtree(course.folder / "submitted" / "thief")
        with pytest.raises(HTTPError, match="404"):
            urlopen(f"http://{made[0].address}:{info['services']['dashboard']}/info/main/workers.html", timeout=10)
        monkeypatch.setattr(dask_pool, "CONNECT_SECONDS", 0.5)
        for other, why in ((strange, "certificate"), (dict.fromkeys(settings), "TLS")):
            refused = pytest.raises(CourseError, match=rf"No Dask scheduler.*{why}.*docs/scale\.md\.$")
            with dask.config.set(other), refused:
                next(start_grading(course, lab.address, "right"))
        assert f"TLS handshake failed with remote 'tls://{made[1].address}:" in lab.log_of(lab.scheduler)
        assert lab.known_workers() == [made[1].address]
        for each in (stranger, *lab.workers, lab.scheduler):
            lab.end(each)
    assert stolen.score == 20
    graded = (course.autograded("thief", "tiny") / "tiny.ipynb").read_text()
    assert "looked\\n" in graded
    assert "LOOT " not in graded.replace('print(\\"LOOT', "")
    assert len(heard) > 100_000
    for secret in (b"grade_packed", b"thief", b"Hidden checks of the exercise", key.read_bytes().splitlines()[1]):
        assert secret not in heard


def test_an_event_loop_that_is_running_is_no_obstacle(
    course: Course, tiny: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_pool, "CONNECT_SECONDS", 0.5)

    async def as_in_a_notebook() -> None:
        refused = pytest.raises(CourseError, match="Timed out trying to connect")
        with refused, cluster_pool(course, tiny, "tcp://127.0.0.1:1"):
            pass

    with ThreadPoolExecutor(1) as thread:  # in this one there may be a loop of the browser's
        thread.submit(asyncio.run, as_in_a_notebook()).result()
