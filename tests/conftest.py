"""Fixtures of the engine's own suite. One fork server and one grader serve all tests that can share them."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any

import pytest
from helpers import RIGHT, TINY_COURSE, make_course, notebook_of, run, write_notebook
from postgres import Cluster, cluster, find_programs
from readers import hand_in_hostile_class, name_the_students

from autograder.course.assignment import Assignment
from autograder.course.loading import load_assignment
from autograder.judge.grader import Grader
from autograder.judge.unjudged import Graded
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.guest import ForkedGuest
from autograder.sandbox.limits import Limits
from autograder.sandbox.server import ForkServer

# The tiny course's hidden checks are material for tests, not tests; golden submissions are folders of data.
pytest_plugins = ["pytester"]
collect_ignore = ["fixtures"]

_MARKS = {"browser": "browser", "postgres": "postgres", "hostile_class": "slow", "benchmark_run": "slow"}
_PATH = tuple(sys.path)
SHORT = Limits(cell_wall_seconds=1.5, call_wall_seconds=1.5, patience_wall_seconds=0.5)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write expected reports and pages of the golden tests anew"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests are marked by the fixtures that they use; files in which something takes long are begun first."""
    for item in items:
        for fixture in _MARKS.keys() & set(getattr(item, "fixturenames", ())):
            item.add_marker(_MARKS[fixture])
    long = {item.path for item in items if any(item.get_closest_marker(mark) for mark in ("slow", "cluster"))}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(autouse=True)
def _courses_of_other_tests_are_off_the_path() -> Iterator[None]:
    """A course that is loaded puts its folder on the path; the plugins of one test are not to answer another."""
    yield
    sys.path[:] = [each for each in sys.path if each in _PATH]


@pytest.fixture(scope="session")
def server() -> Iterator[ForkServer]:
    with ForkServer() as server:
        yield server


@pytest.fixture(scope="session")
def sandbox(server: ForkServer) -> ForkSandbox:
    """The real sandbox with the usual limits."""
    return ForkSandbox(server)


@pytest.fixture(scope="session")
def tiny() -> Assignment:
    return load_assignment(TINY_COURSE, "tiny")


@pytest.fixture(scope="session")
def grader(tiny: Assignment, server: ForkServer) -> Iterator[Grader]:
    """A grader of the tiny assignment with short time limits."""
    with Grader(tiny, ForkSandbox(server, SHORT)) as grader:
        yield grader


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A real PostgreSQL. Where `NEEDS_POSTGRESQL` is set, as in CI, going without it is a failure."""
    programs = find_programs()
    if programs is None:
        assert "NEEDS_POSTGRESQL" not in os.environ, "PostgreSQL's programs are not here"
        pytest.skip("no PostgreSQL here: `apt-get install postgresql`")
    with cluster(programs) as running:
        yield running


@pytest.fixture
def make_notebook(tiny: Assignment) -> Callable[..., Any]:
    """Makes a tiny notebook: right answers but for those given, `extra` cells after named ones."""

    def make(answers: Mapping[str, str] | None = None, **more: Any) -> Any:
        return notebook_of(tiny, {**RIGHT, **(answers or {})}, **more)

    return make


@pytest.fixture
def grade(grader: Grader, make_notebook: Callable[..., Any], tmp_path: Path) -> Callable[..., Graded]:
    """Grades a tiny notebook made by `make_notebook`, or a path."""

    def grade(answers: Mapping[str, str] | Path | None = None, **more: Any) -> Graded:
        path = answers if isinstance(answers, Path) else tmp_path / "handed-in" / "tiny.ipynb"
        if not isinstance(answers, Path):
            write_notebook(path, make_notebook(answers, **more))
        return grader.grade(path, "student-001")

    return grade


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A tiny course of its own, to hand in and grade in."""
    return make_course(tmp_path / "course")


@pytest.fixture
def command(
    server: ForkServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs `autograder` in this process, with the session's fork server in the place of one of its own; gives the exit
    code and what was printed."""
    from autograder.cli import commands, main, notebooks, starting, tools

    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(name, raising=False)

    def command(*arguments: object, columns: int = 160) -> tuple[int, str, str]:
        for module in (commands, notebooks, starting, tools):
            monkeypatch.setattr(module, "open_sandbox", lambda *how: nullcontext(ForkSandbox(server, *how)))
        monkeypatch.setattr(sys, "argv", ["autograder", *[str(each) for each in arguments]])
        monkeypatch.setenv("COLUMNS", str(columns))
        capsys.readouterr()
        code: Any = 0
        try:
            main.run()
        except SystemExit as leaving:
            code = leaving.code
        out, err = capsys.readouterr()
        return code, out, err

    return command


@pytest.fixture
def spawn(server: ForkServer) -> Iterator[Callable[..., ForkedGuest]]:
    """Starts guests that are gone when the test is over."""
    with ExitStack() as stack:

        def spawn(**limits: Any) -> ForkedGuest:
            return stack.enter_context(ForkSandbox(server, Limits(**limits)).start({}))

        yield spawn


@pytest.fixture(scope="session")
def hostile_class(tmp_path_factory: pytest.TempPathFactory, tiny: Assignment) -> Path:
    """A graded course with all that `readers.py` could think of; `grade.log` is what the command printed."""
    course = make_course(tmp_path_factory.mktemp("hostile") / "course")
    hand_in_hostile_class(course, tiny)
    done = run("autograder", "grade", "tiny", cwd=course)
    assert done.returncode == 0, done.stderr
    (course / "grade.log").write_text(done.stdout + done.stderr)
    name_the_students(course)
    return course


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A real browser. Where `NEEDS_BROWSER` is set, as in CI, going without it is a failure."""
    program = shutil.which("chromium")
    if program is None:
        assert "NEEDS_BROWSER" not in os.environ, "chromium is not here"
        pytest.skip("no chromium here: `apt-get install chromium`")
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def tiny_gradebook(tmp_path_factory: pytest.TempPathFactory, tiny: Assignment) -> Path:
    """A gradebook that has the tiny assignment, to be copied: nbgrader needs seconds to make one."""
    from scored import make_gradebook

    return make_gradebook(tmp_path_factory.mktemp("gradebook") / "course", tiny)
