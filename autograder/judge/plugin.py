"""The pytest plugin: `pytest tests/hidden/NAME --submission FILE` judges a file, and without `--submission` the
instructor's own solution.

pytest loads it in each of its runs, whatever they are about, so it imports little and does nothing by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from autograder.judge import recorder
from autograder.judge.recorder import INFO
from autograder.report.report import Report

if TYPE_CHECKING:
    from autograder.sandbox.notebook_run import NotebookRun

REPORT = pytest.StashKey[Report]()


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.register(recorder, "autograder-recorder")
    group = parser.getgroup("autograder", "judging notebooks by hidden checks")
    group.addoption("--submission", metavar="FILE", help="the notebook to judge (the instructor's own if left out)")
    group.addoption("--isolation", choices=("full", "partial"), default="full", help="as for `autograder grade`")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    folders = {item.path.parent for item in items if INFO in item.stash}
    if config.getoption("--submission") and len(folders) > 1:
        raise pytest.UsageError(f"--submission is of one assignment: name its folder, such as {min(folders)}")


@pytest.fixture(scope="session")
def run_of_folder(request: pytest.FixtureRequest) -> Iterator[Callable[[Path], NotebookRun]]:
    """The notebook that a folder of checks judges: the one on the command line, or the instructor's own."""
    from autograder.course.startup import skip_address_grammar

    skip_address_grammar()
    from autograder.course.course import assignment_of
    from autograder.judge.grader import grade
    from autograder.judge.runs import notebook_run
    from autograder.sandbox.forked import open_sandbox
    from autograder.sandbox.limits import Limits
    from autograder.submission.submission import read_submission, reference_submission

    chosen = request.config.getoption("--submission")
    if chosen is not None and not Path(chosen).is_file():
        raise pytest.UsageError(f"--submission: there is no file {chosen}")
    isolation = request.config.getoption("--isolation")
    with open_sandbox(Limits(), isolation) as sandbox, ExitStack() as stack:

        @cache
        def run_of(folder: Path) -> NotebookRun:
            assignment = assignment_of(folder)
            if chosen is None:
                submission = reference_submission(assignment)
            else:
                submission = read_submission(Path(chosen), assignment, Path(chosen).stem)
                if submission.problem:
                    raise pytest.UsageError(submission.problem)
                request.config.stash[REPORT] = grade(Path(chosen), assignment, sandbox)
            return stack.enter_context(notebook_run(sandbox, assignment, submission.cells, submission.extra_files))

        yield run_of


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    graded = config.stash.get(REPORT, None)
    if graded is None:
        return
    terminalreporter.section("exercises, as they are graded")
    for each in graded.exercises:
        share = each.points / each.max_points if each.max_points else 0.0
        terminalreporter.write_line(f"{each.name:<24} {share:7.1%} of its points")
