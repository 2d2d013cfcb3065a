"""Keeps one pytest session open and judges one submission after another with it: collected once, run many times."""

from __future__ import annotations

import itertools
import os
import queue
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import pytest

from autograder.course.assignment import Assignment
from autograder.course.errors import CourseError
from autograder.judge import recorder
from autograder.judge.check_runs import CheckRun, only
from autograder.judge.faults import Faults, conftest_fault, misfits, unexplained
from autograder.judge.recorder import INFO, RECORDER, Recorder
from autograder.judge.recording import RecordingRun
from autograder.judge.replaying import RecordedRun
from autograder.judge.scripts import Scripts
from autograder.report.exercise_result import Verdict
from autograder.sandbox.notebook_run import NotebookRun


@dataclass(frozen=True)
class _Job:
    run: NotebookRun
    checks: frozenset[str]


class CheckSession:
    """A pytest session over one assignment's hidden checks, on a thread of its own.

    Attributes:
        checks: ids of the checks of each exercise; none where its test cell, or staff, judge it.
        scripts: what checks ask whatever they are answered.
    """

    def __init__(self, assignment: Assignment) -> None:
        self.checks: dict[str, list[str]] = {each.name: [] for each in assignment.exercises}
        self.scripts = Scripts()
        self._ran: tuple[pytest.Item | None, pytest.Item | None] = (None, None)
        self._assignment = assignment
        self._faults = Faults(assignment.checks_folder)
        self._is_open = assignment.checks_folder.is_dir()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[list[CheckRun] | BaseException] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True, name="checks")
        if not self._is_open:
            return
        self._thread.start()
        started = self._answers.get()
        if isinstance(started, BaseException):
            raise started

    def run(self, run: NotebookRun, exercises: frozenset[str]) -> list[CheckRun]:
        """Runs the checks of `exercises` against a submission, public ones first; results are in the files' order."""
        return self.run_checks(run, frozenset(each for name in exercises for each in self.checks[name]))

    def run_checks(self, run: NotebookRun, checks: frozenset[str]) -> list[CheckRun]:
        """Runs some checks, by their ids."""
        if not checks:
            return []
        self._jobs.put(_Job(run, checks))
        answer = self._answers.get()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def close(self) -> None:
        """Ends the session; the fixtures of the checks are torn down."""
        if self._is_open:
            self._jobs.put(None)
            self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self) -> None:
        for variable in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):  # meant for somebody's own pytest runs
            os.environ.pop(variable, None)
        faults = self._faults
        try:
            if fault := conftest_fault(faults.folder):
                faults.found.append(fault)
            else:
                code = pytest.main(_quiet_arguments(faults.folder), plugins=[recorder, faults, self])
                faults.found.append(unexplained(code, faults.folder))
        except BaseException as error:
            self._answers.put(error)
        else:
            # Read only if the session ended before it was asked to.
            reason = faults.found[0].rstrip(".")
            self._answers.put(CourseError(f"The hidden checks in {faults.folder} can't be collected: {reason}."))

    def pytest_configure(self, config: pytest.Config) -> None:
        """Tracebacks as Python writes them: pytest's own style parses sources anew at each failure, 10 ms a check."""
        config.option.tbstyle = "native"

    def pytest_collection(self, session: pytest.Session) -> bool:
        """Collects without a path on the command line, where pytest would take `hw[1]` apart."""
        config, mine = session.config, session.config.invocation_params
        config.invocation_params = replace(mine, dir=self._assignment.checks_folder)
        try:
            session.perform_collect(["."])
        finally:
            config.invocation_params = mine  # in the end pytest goes there
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        checks = [(item, item.stash[INFO]) for item in session.items if INFO in item.stash]
        if not self._faults.found:
            self._faults.found += misfits([(item, info.exercise) for item, info in checks], self._assignment)
        if session.testsfailed or self._faults.found:
            return True
        for _, each in checks:
            self.checks[each.exercise].append(each.id)
        self._answers.put([])
        while (job := self._jobs.get()) is not None:
            try:
                self._answers.put(self._run_job(session, job))
            except BaseException as error:
                self._answers.put(error)
        return True

    def _run_job(self, session: pytest.Session, job: _Job) -> list[CheckRun]:
        record = session.config.stash[RECORDER]
        record.begin(job.run)
        chosen = [item for item in session.items if INFO in item.stash and item.stash[INFO].id in job.checks]
        # A guest that knows no hidden inputs yet can't put them into the words of a public check.
        ordered = sorted(chosen, key=lambda item: (not item.stash[INFO].public, item.stash[INFO].tells))
        if isinstance(job.run, RecordedRun):
            return self._judged_again(job.run, record, chosen, ordered)
        self.scripts.ask_early(job.run, [each.stash[INFO].id for each in ordered if each.stash[INFO].public])
        found: dict[str, CheckRun] = {}
        for item, following in itertools.zip_longest(ordered, ordered[1:]):
            info = item.stash[INFO]
            if isinstance(job.run, RecordingRun):
                job.run.begin(info.id)
            known = None if info.exercise in record.stopped else self.scripts.begin(job.run, info.id)
            if known is None:
                self._run_check(item, following)
                known = only(info, record)
                self.scripts.end(job.run, known)
            found[info.id] = known
        return [found[item.stash[INFO].id] for item in chosen]

    def _run_check(self, item: pytest.Item, following: pytest.Item | None) -> None:
        """Runs a check. pytest keeps of it what `following` needs, which may not be the next one that is run."""
        last, expected = self._ran
        if last is not None and expected is not item:
            item.config.hook.pytest_runtest_teardown(item=last, nextitem=item)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        self._ran = item, following

    def _judged_again(
        self, run: RecordedRun, record: Recorder, chosen: list[pytest.Item], ordered: list[pytest.Item]
    ) -> list[CheckRun]:
        """Checks against answers that were kept; what was judged on the same answers before is not run."""
        found: dict[str, CheckRun] = {}
        for item in ordered:
            info = item.stash[INFO]
            known = run.begin(info.id, may_be_known=info.exercise not in record.stopped)
            if known is None:
                self._run_check(item, None)  # which is next is not known yet
                known = only(info, record)
                run.end(known, known.result.verdict is Verdict.ERROR)
            found[info.id] = known
        return [found[item.stash[INFO].id] for item in chosen]


def _quiet_arguments(checks_folder: Path) -> list[str]:
    """pytest's arguments for judging inside the grader: these checks, and nothing of the surroundings."""
    # The first is a file in which there is nothing: if none is named, pytest reads `conftest.py` of the current folder.
    arguments = [os.devnull, "-c", os.devnull, "--rootdir", str(checks_folder), "--capture=no"]
    arguments += ["--confcutdir", str(checks_folder)]
    unused = ("terminal", "cacheprovider", "faulthandler", "logging", "junitxml", "hypothesispytest", "autograder")
    # They look for errors that nobody caught, and search all memory five times in the end.
    watching = ("unraisableexception", "threadexception")
    # They take long to import, and are for tests that are coroutines, and for many processes.
    slow = ("anyio", "xdist", "xdist.looponfail")
    for plugin in (*unused, *watching, *slow):
        arguments += ["-p", f"no:{plugin}"]
    return arguments
