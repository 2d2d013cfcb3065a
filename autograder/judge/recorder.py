"""Hidden checks as pytest knows them: the mark `exercise`, the fixture `student`, and what is recorded of each check.

    @pytest.mark.exercise("cost", weight=2, public=True)
    def test_mean(student):
        \"\"\"The line that the student reads: `cost` is the mean of the losses.\"\"\"
        expect_close(student.cost(h, y), ...)

Two kinds of pytest sessions use it: the grader's own (`session`), and one that somebody starts (`plugin`).
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from autograder.checks import closed_words, inputs, messages
from autograder.checks.loading import blame, is_checks_folder, line_at_work, load_check_module, place_of
from autograder.judge import looks
from autograder.judge.faults import id_of, mark_fault
from autograder.judge.telling import tells_hidden_inputs
from autograder.report.exercise_result import CheckResult, Verdict

if TYPE_CHECKING:
    from autograder.checks.notebook import Call, Notebook
    from autograder.sandbox.notebook_run import NotebookRun

MARK = "exercise"


@dataclass(frozen=True)
class CheckInfo:
    """What a check's mark and docstring say: its exercise, weight, title, and if its inputs are the notebook's.

    `tells`: whether it is public, and tells guests others as well.
    """

    id: str
    exercise: str
    weight: float
    title: str
    public: bool
    tells: bool = False


class Recorder:
    """What this pytest session has found out so far; `pytest_configure` puts one into its stash."""

    def __init__(self) -> None:
        self.begin(None)

    def begin(self, run: NotebookRun | None) -> None:
        """Judge another notebook from here on; None: the one on the command line."""
        self.run = run
        self.results: dict[str, list[tuple[str, CheckResult, str]]] = {}
        self.stopped: dict[str, str] = {}
        self.calls: dict[str, list[Call]] = {}
        self.seconds: dict[str, float] = {}
        self.guarded: set[str] = set()
        self.hidden: set[str] = set()
        self.looks: dict[str, str] = {}
        self.advice: dict[str, str] = {}

    def record(self, info: CheckInfo, verdict: Verdict, message: str, trace: str) -> None:
        """Keeps one verdict. A check that reports twice keeps both, and then counts as neither."""
        result = CheckResult(info.id, info.title, verdict, info.weight, message)
        self.results.setdefault(info.id, []).append((info.exercise, result, trace))


RECORDER = pytest.StashKey[Recorder]()
INFO = pytest.StashKey[CheckInfo]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "exercise(name, weight=1, public=False): a hidden check of an exercise; public if it uses only inputs "
        "that students have in their notebook, so that messages may show values.",
    )
    config.stash[RECORDER] = Recorder()


class _CheckModule(pytest.Module):
    """A module of checks, which is loaded by its path."""

    def _getobj(self) -> ModuleType:
        try:
            return load_check_module(self.path.parent, self.path.stem)
        except (Exception, SystemExit) as error:
            raise self.CollectError(f"{self.path} can't be imported: {blame(error, self.path.parent)}") from error


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    return _CheckModule.from_parent(parent, path=module_path) if is_checks_folder(module_path.parent) else None


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Dir | None:
    # A package would be imported by its bare name.
    return pytest.Dir.from_parent(parent, path=path) if is_checks_folder(path) else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        mark = item.get_closest_marker(MARK)
        if mark is None and "student" in getattr(item, "fixturenames", ()) and is_checks_folder(item.path.parent):
            where = place_of(item.path, (item.location[1] or 0) + 1, item.path.parent)
            raise pytest.UsageError(
                f"{item.name} uses `student` and has no mark; add @pytest.mark.exercise(…) ({where})"
            )
        if mark is not None:
            item.stash[INFO] = _check_info(item, mark)


def _check_info(item: pytest.Item, mark: pytest.Mark) -> CheckInfo:
    title = " ".join((getattr(getattr(item, "function", None), "__doc__", "") or "").split())
    if fault := mark_fault(item, mark, title):
        raise pytest.UsageError(fault)
    weight, public = float(mark.kwargs.get("weight", 1)), bool(mark.kwargs.get("public", False))
    tells = public and tells_hidden_inputs(getattr(item, "function", None), item.path.parent)
    return CheckInfo(id_of(item), mark.args[0], weight, title, public, tells)


@pytest.fixture
def student(request: pytest.FixtureRequest) -> Iterator[Notebook]:
    """The submission's notebook, run in a guest: call its functions by name."""
    from autograder.checks.notebook import Notebook

    recorder = request.config.stash[RECORDER]
    info = request.node.stash.get(INFO, None)
    if info is None:
        raise pytest.UsageError(f"{request.node.nodeid} uses `student` and needs the mark `exercise`")
    if info.exercise in recorder.stopped:
        pytest.skip(recorder.stopped[info.exercise])
    run = recorder.run or request.getfixturevalue("run_of_folder")(request.node.path.parent)
    run.ahead.has_told = False
    closed_words.told_sizes.set(frozenset())
    calls = recorder.calls[info.id] = []
    with inputs.of_check(info.public):
        yield Notebook(run, info.exercise, calls)


@pytest.hookimpl(specname="pytest_runtest_makereport", tryfirst=True)
def pytest_report_without_traceback(item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport | None:
    """Of a check that failed: nobody reads where, and to write it down takes longer than most checks."""
    if INFO not in item.stash or call.excinfo is None or not isinstance(call.excinfo.value, messages.CheckFailed):
        return None
    report = pytest.TestReport.from_item_and_call(item, pytest.CallInfo.from_call(lambda: None, call.when))
    report.outcome, report.longrepr = "failed", str(call.excinfo.value)
    report.start, report.stop, report.duration = call.start, call.stop, call.duration
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    info = item.stash.get(INFO, None)
    if info is None or (report.passed and report.when != "call"):
        return report
    recorder = item.config.stash[RECORDER]
    recorder.seconds[info.id] = call.duration
    error = call.excinfo.value if call.excinfo else None
    if report.passed:
        recorder.record(info, Verdict.PASSED, "", "")
    elif isinstance(error, messages.CheckFailed):
        if not error.public:
            recorder.hidden.add(info.id)
        recorder.advice[info.id] = error.advice
        if error.stopped:
            recorder.stopped[info.exercise] = messages.NOT_TRIED.format(failed=error)
        elif info.public and not (error.not_written or inputs.public_inputs.get() or _has_told(recorder)):
            recorder.guarded.add(info.id)
        recorder.record(info, Verdict.SKIPPED if error.not_written else Verdict.FAILED, str(error), "")
    elif report.skipped:
        recorder.record(info, Verdict.SKIPPED, str(getattr(error, "msg", "")), "")
    else:
        recorder.record(info, Verdict.ERROR, "", str(report.longrepr))
        if error is not None:
            place = line_at_work(error, item.path.parent).rpartition("/")[2]
            recorder.looks[info.id] = looks.check_raised(info.id, type(error).__name__, place)
    return report


def _has_told(recorder: Recorder) -> bool:
    """Whether the check has told its guest hidden inputs itself: another guest would know them by then as well."""
    return recorder.run is not None and recorder.run.ahead.has_told
