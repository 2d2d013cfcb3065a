"""The pytest plugin: hidden checks are ordinary tests with the fixture `student` and the mark `exercise`.

    @pytest.mark.exercise("cost", weight=2, public=True)
    def test_mean(student):
        \"\"\"The line that the student reads: `cost` is the mean of the losses.\"\"\"
        expect_close(student.cost(h, y), ...)

`pytest tests/hidden/NAME --submission FILE` judges a file, and without `--submission` the instructor's own solution.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from autograder.report import CheckResult, Verdict

if TYPE_CHECKING:
    from autograder.running import Running
    from autograder.student import Call, Student

MARK = "exercise"


@dataclass(frozen=True)
class CheckInfo:
    """What a check's mark and docstring say: its exercise, weight, title, and if its inputs are the notebook's."""

    id: str
    exercise: str
    weight: float
    title: str
    public: bool


class Judge:
    """The state of the judging in this pytest session; one is registered as a plugin by `pytest_configure`."""

    def __init__(self) -> None:
        self.running: Running | None = None
        self.results: dict[str, list[tuple[str, CheckResult, str]]] = {}
        self.stopped: dict[str, str] = {}
        self.calls: dict[str, list[Call]] = {}
        self.seconds: dict[str, float] = {}
        self.guarded: set[str] = set()

    def begin(self, running: Running) -> None:
        """Judge another submission from here on."""
        self.running = running
        self.results = {}
        self.stopped = {}
        self.calls = {}
        self.seconds = {}
        self.guarded = set()

    def record(self, info: CheckInfo, verdict: Verdict, message: str, trace: str) -> None:
        """Keeps one verdict. A check that reports twice keeps both, and then counts as neither."""
        result = CheckResult(info.id, info.title, verdict, info.weight, message)
        self.results.setdefault(info.id, []).append((info.exercise, result, trace))


JUDGE = pytest.StashKey[Judge]()
INFO = pytest.StashKey[CheckInfo]()


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("autograder", "judging notebooks by hidden checks")
    group.addoption("--submission", metavar="FILE", help="the notebook to judge (the instructor's own if left out)")
    group.addoption("--isolation", choices=("full", "partial"), default="full", help="as for `autograder grade`")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "exercise(name, weight=1, public=False): a hidden check of an exercise; public if it uses only inputs "
        "that students have in their notebook, so that messages may show values.",
    )
    config.stash[JUDGE] = Judge()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        mark = item.get_closest_marker(MARK)
        if mark is not None:
            item.stash[INFO] = _check_info(item, mark)


def _check_info(item: pytest.Item, mark: pytest.Mark) -> CheckInfo:
    name = f"{item.path.stem.removeprefix('test_')}::{item.name}"
    if len(mark.args) != 1 or not set(mark.kwargs) <= {"weight", "public"}:
        raise pytest.UsageError(f"{name}: the mark is exercise(name, weight=1, public=False)")
    weight = float(mark.kwargs.get("weight", 1))
    title = " ".join((getattr(getattr(item, "function", None), "__doc__", "") or "").split())
    if weight <= 0 or not title:
        raise pytest.UsageError(f"{name}: a check needs a weight above 0 and a docstring, the line students read")
    return CheckInfo(name, mark.args[0], weight, title, bool(mark.kwargs.get("public", False)))


@pytest.fixture
def student(request: pytest.FixtureRequest) -> Iterator[Student]:
    """The submission's notebook, run in a guest: call its functions by name."""
    from autograder import expect
    from autograder.student import Student

    judge = request.config.stash[JUDGE]
    info = request.node.stash.get(INFO, None)
    if info is None:
        raise pytest.UsageError(f"{request.node.nodeid} uses `student` and needs the mark `exercise`")
    if info.exercise in judge.stopped:
        pytest.skip(judge.stopped[info.exercise])
    running = judge.running or request.getfixturevalue("_submission_on_the_command_line")
    token = expect.public_inputs.set(info.public)
    calls = judge.calls[info.id] = []
    yield Student(running, info.exercise, calls)
    expect.public_inputs.reset(token)


@pytest.fixture(scope="session")
def _submission_on_the_command_line(request: pytest.FixtureRequest) -> Iterator[Running]:
    from autograder.assignment import load_assignment
    from autograder.forkserver import ForkServer
    from autograder.limits import Limits
    from autograder.running import Running
    from autograder.submission import read_submission, reference_submission

    folder = next(item.path.parent for item in request.session.items if INFO in item.stash)
    assignment = load_assignment(folder.parents[2], folder.name)
    chosen = request.config.getoption("--submission")
    if chosen is None:
        submission = reference_submission(assignment)
    else:
        if not Path(chosen).is_file():
            raise pytest.UsageError(f"--submission: there is no file {chosen}")
        submission = read_submission(Path(chosen), assignment, Path(chosen).stem)
        if submission.problem:
            raise pytest.UsageError(submission.problem)
    with (
        ForkServer(request.config.getoption("--isolation")) as server,
        Running(server, assignment, submission.cells, submission.extra_files, Limits()) as running,
    ):
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    info = item.stash.get(INFO, None)
    if info is None or (report.passed and report.when != "call"):
        return report
    from autograder import expect

    judge = item.config.stash[JUDGE]
    judge.seconds[info.id] = call.duration
    error = call.excinfo.value if call.excinfo else None
    if report.passed:
        judge.record(info, Verdict.PASSED, "", "")
    elif isinstance(error, expect.CheckFailed):
        report.longrepr = str(error)
        if error.stopped:
            judge.stopped[info.exercise] = f"Not tried, because of this: {error}"
        elif info.public and not error.not_written and not expect.public_inputs.get():
            judge.guarded.add(info.id)
        judge.record(info, Verdict.SKIPPED if error.not_written else Verdict.FAILED, str(error), "")
    elif report.skipped:
        judge.record(info, Verdict.SKIPPED, str(getattr(error, "msg", "")), "")
    else:
        judge.record(info, Verdict.ERROR, "", str(report.longrepr))
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    judge = config.stash[JUDGE]
    rows = [entry for entries in judge.results.values() for entry in entries]
    if not rows or not config.getoption("--submission"):
        return
    terminalreporter.section("exercises")
    for name in dict.fromkeys(exercise for exercise, _, _ in rows):
        mine = [result for exercise, result, _ in rows if exercise == name]
        passed = sum(result.weight for result in mine if result.verdict is Verdict.PASSED)
        total = sum(result.weight for result in mine)
        terminalreporter.write_line(f"{name:<24} {passed / total:7.1%} of its points")


def quiet_arguments(checks_folder: Path) -> list[str]:
    """pytest's arguments for judging inside the grader: these checks, and nothing of the surroundings."""
    arguments = [str(checks_folder), "-c", os.devnull, "--rootdir", str(checks_folder), "--capture=no"]
    arguments += ["--confcutdir", str(checks_folder)]
    unused = ("terminal", "cacheprovider", "faulthandler", "logging", "junitxml", "autograder")
    # They look for errors that nobody caught, and search all memory five times in the end.
    watching = ("unraisableexception", "threadexception")
    for plugin in (*unused, *watching):
        arguments += ["-p", f"no:{plugin}"]
    return arguments
