"""`autograder grade --notebook` with many files: which are graded, what they are called, and how it ends."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import psutil
import pytest
from helpers import RIGHT, SECOND_COURSE, gone, make_course, notebook_of, write_notebook
from made_up_reports import runner_commands

from autograder.cli import main, notebooks
from autograder.course.assignment import Assignment

Command = Callable[..., tuple[int, str, str]]
WRONG = {**RIGHT, "mean_of": "def mean_of(x):\n    return x.sum().item()"}


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory, tiny: Assignment) -> Path:
    """A course with two assignments, and notebooks of both in two folders, two in each with the same names."""
    course = make_course(tmp_path_factory.mktemp("both") / "course")
    for part in ("source", "tests"):
        shutil.copytree(SECOND_COURSE / part, course / part, dirs_exist_ok=True)
    write_notebook(course / "a" / "tiny.ipynb", notebook_of(tiny, WRONG))
    write_notebook(course / "b" / "tiny.ipynb", notebook_of(tiny, RIGHT))
    shutil.copyfile(course / "source" / "statistics" / "statistics.ipynb", course / "a" / "statistics.ipynb")
    write_notebook(course / "b" / "more" / "tiny.ipynb", notebook_of(tiny))
    write_notebook(course / "b" / ".ipynb_checkpoints" / "tiny-checkpoint.ipynb", notebook_of(tiny))
    (course / "b" / "notes.ipynb").write_text("no notebook")
    return course


def without_times(line: str) -> dict[str, Any]:
    report: dict[str, Any] = json.loads(line)
    del report["seconds"]
    return report


def test_files_of_several_assignments_are_told_in_the_order_in_which_they_were_named(
    command: Command, both: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(both)
    code, out, err = command("grade", "--notebook", "b/tiny.ipynb", "a/statistics.ipynb", "a/tiny.ipynb", "--json")
    assert (code, err) == (0, "")
    many = [without_times(line) for line in out.splitlines()]
    assert [(each["student"], each["assignment"], each["score"]) for each in many] == [
        ("b/tiny.ipynb", "tiny", 20),
        ("statistics", "statistics", many[1]["max_score"]),
        ("a/tiny.ipynb", "tiny", 16),
    ]
    code, out, err = command("grade", "--notebook", "a/tiny.ipynb", "--json")
    assert (code, err) == (0, "")
    assert without_times(out) == {**many[2], "student": "tiny"}


def test_what_cannot_be_graded_is_told_and_the_others_are_graded(
    command: Command, both: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(both)
    where = (
        "a/tiny.ipynb",
        "--fail-under",
        20,
        "--format",
        "junit",
        "--output",
        "out.xml",
        "b/no.ipynb",
        "b",
        "a/../a",
    )
    code, out, err = command("grade", "--notebook", *where)
    assert code == 1
    assert "tiny: 3 submissions" in out
    assert "statistics: 1 submission" in out
    assert "Graded 4 notebooks in" in out
    assert [line for line in err.splitlines() if not line.startswith("graded ")] == [
        "Error: There is no notebook b/no.ipynb. The others are graded.",
        "Error: Which assignment is notes.ipynb? Say --assignment with one of: statistics, tiny. "
        "The others are graded.",
        "Below 20 points: a/tiny.ipynb (16), b/more/tiny.ipynb (0).",
    ]
    suites = ElementTree.parse(both / "out.xml").getroot()
    assert [each.get("name") for each in suites] == [
        "tiny.a/tiny.ipynb",
        "tiny.b/more/tiny.ipynb",
        "tiny.b/tiny.ipynb",
        "statistics.statistics",
    ]
    assert {case.get("file") for case in suites[0].iter("testcase")} == {"a/tiny.ipynb"}


def test_an_unreadable_one_among_others_is_bad_input_and_named(
    command: Command, both: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(both)
    where = ("b/notes.ipynb", "a/tiny.ipynb", "--assignment", "tiny", "--quiet", "--format", "github")
    code, out, err = command("grade", "--notebook", *where)
    assert code == 1
    assert err.startswith("notes: ")
    assert len(err.splitlines()) == 1
    assert "## tiny: 2 submissions" in out
    told = [(each.name, each.properties["file"]) for each in runner_commands(out)]
    assert told == [("error", "b/notes.ipynb"), ("warning", "a/tiny.ipynb")]


def test_where_nothing_can_be_graded_one_sentence_says_it(
    command: Command, both: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(both)
    (both / "empty").mkdir(exist_ok=True)
    for named, said in (
        (("x.ipynb",), "There is no notebook x.ipynb."),
        (("x.ipynb", "empty"), "There are no notebooks x.ipynb, empty."),
        (("b/notes.ipynb",), "Which assignment is notes.ipynb? Say --assignment with one of: statistics, tiny."),
        ((f"{number}" for number in range(30)), "19 and 10 more."),
    ):
        code, out, err = command("grade", "--notebook", *named)
        assert (code, out) == (1, "")
        assert err.startswith("Error: ")
        assert err.endswith(f"{said}\n")
    assert command("grade", "tiny", "--notebook", "a/tiny.ipynb")[0] == 2


@pytest.mark.parametrize(
    ("words", "files"),
    [
        ("--notebook a b --json c", "a b c"),
        ("--notebook a --notebook b c -q d", "a b c d"),
        ("--notebook=a b --assignment tiny c --workers=2 d", "a b c d"),
        ("--assignment tiny --notebook a --fail-under -5 b", "a b"),
        ("--notebook a -- -b --c", "a -b --c"),
    ],
)
def test_every_word_after_the_option_is_a_file(
    words: str, files: str, command: Command, both: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[Path] = []

    def take(course: object, assignment: object, named: list[Path], options: object) -> int:
        taken.extend(named)
        return 0

    monkeypatch.chdir(both)
    monkeypatch.setattr(main.notebooks, "grade_notebooks", take)
    assert command("grade", *words.split()) == (0, "", "")
    assert [str(each) for each in taken] == files.split()


def test_ids_tell_all_files_of_a_run_apart() -> None:
    assert notebooks._ids([Path("a/x.ipynb")]) == {Path("a/x.ipynb"): "x"}
    paths = [Path("x.ipynb"), Path("a/x.ipynb"), Path("x.ipynb.ipynb"), Path("y"), Path("b/z.ipynb")]
    assert list(notebooks._ids(paths).values()) == ["x.ipynb", "a/x.ipynb", "x.ipynb.ipynb", "y", "z"]


@pytest.mark.slow
def test_each_report_is_told_when_it_is_there_and_a_run_can_be_stopped(
    both: Path, tiny: Assignment, tmp_path: Path
) -> None:
    endless = {**RIGHT, "double": "def double(x):\n    while True: pass"}
    path = write_notebook(tmp_path / "endless.ipynb", notebook_of(tiny, endless))
    command = [
        sys.executable,
        "-m",
        "autograder",
        "grade",
        "--notebook",
        "b/tiny.ipynb",
        str(path),
        "--assignment=tiny",
    ]
    with subprocess.Popen(
        [*command, "--json"], cwd=both, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as grader:
        assert grader.stdout is not None
        assert json.loads(grader.stdout.readline())["score"] == 20
        started = psutil.Process(grader.pid).children(recursive=True)
        grader.send_signal(signal.SIGINT)
        out, err = grader.communicate(timeout=60)
    assert (grader.returncode, out) == (130, "")
    assert err.startswith("Stopped.")
    assert len(started) > 2
    assert [each.pid for each in started if not gone(each.pid)] == []
