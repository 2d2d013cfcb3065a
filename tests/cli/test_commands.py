"""The command line: exit codes, one clear sentence for bad input, and output that machines can read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers import hand_in, make_variant, notebook_of, run, write_notebook

from autograder import __version__
from autograder.cli import notebooks
from autograder.course.loading import load_assignment
from autograder.sandbox.outcome import SandboxError

Command = Callable[..., tuple[int, str, str]]

CHECKS = '''
import pytest
from autograder.checks import Notebook, expect_float

@pytest.mark.exercise("f", public=True)
def test_number(student: Notebook) -> None:
    """`f` gives a number."""
    if expect_float(student.f(), "f()") == 13:
        raise RuntimeError("bad luck")

@pytest.mark.exercise("f", public=True)
def test_other(student: Notebook) -> None:
    """`f` can be called twice."""
    student.f()
'''
RIGHT = {"f": "def f():\n    return 1.0"}
HALF = {"f": "def f():\n    return '[bold]half'"}
CRASHES_THE_CHECK = {"f": "def f():\n    return 13.0"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A course with one assignment of a name of its own."""
    return make_variant(tmp_path_factory.mktemp("cli"), CHECKS)


@pytest.fixture
def write(place: tuple[Path, str], tmp_path: Path) -> Callable[[dict[str, str]], Path]:
    assignment = load_assignment(*place)

    def write(answers: dict[str, str]) -> Path:
        return write_notebook(tmp_path / "mine.ipynb", notebook_of(assignment, answers))

    return write


def test_one_notebook_is_graded_and_shown(command: Command, place: Any, write: Any) -> None:
    code, out, err = command("grade", "--notebook", write(HALF), "--course-dir", place[0])
    assert (code, err) == (0, "")
    assert "mine: 5 of 10 points" in out
    assert "5 / 10" in out
    assert "`f()` returned text (a str)" in out


def test_json_is_one_object_that_parses(command: Command, place: Any, write: Any) -> None:
    code, out, err = command("grade", "--notebook", write(RIGHT), "--course-dir", place[0], "--json")
    report = json.loads(out)
    assert (code, err, report["score"], report["schema_version"]) == (0, "", 10, 2)
    assert out.count("\n") == 1


def test_fail_under_is_for_continuous_integration(command: Command, place: Any, write: Any) -> None:
    where = ("--notebook", write(HALF), "--course-dir", place[0], "--quiet")
    assert command("grade", *where, "--fail-under", 5) == (0, "", "")
    code, _, err = command("grade", *where, "--fail-under", "5.01")
    assert (code, err) == (4, "Below 5.01 points: mine (5).\n")
    assert command("grade", *where)[0] == 0


def test_a_fault_of_a_check_is_a_fault_of_ours(command: Command, place: Any, write: Any) -> None:
    code, out, err = command("grade", "--notebook", write(CRASHES_THE_CHECK), "--course-dir", place[0])
    assert code == 3
    assert "RuntimeError: bad luck" in out
    assert "A check or the grader failed" in err


@pytest.mark.parametrize("content", ["", "not json", "{}", '{"cells": []}'])
def test_an_unreadable_notebook_is_bad_input(command: Command, place: Any, tmp_path: Path, content: str) -> None:
    path = tmp_path / "mine.ipynb"
    path.write_text(content)
    code, _, err = command("grade", "--notebook", path, "--course-dir", place[0], "--quiet")
    assert code == 1
    assert len(err.strip().splitlines()) == 1
    assert "Traceback" not in err


def test_bad_input_is_one_sentence_on_the_error_output(
    command: Command, place: Any, write: Any, tmp_path: Path
) -> None:
    folder, name = place
    empty = tmp_path / "empty"
    empty.mkdir()
    cases: list[tuple[tuple[object, ...], str]] = [
        (("grade", "nonsense", "--course-dir", folder), f"There is no assignment 'nonsense' in {folder}/source"),
        (("grade", name, "--course-dir", folder), f"No submissions of '{name}' in"),
        (("grade", name, "--course-dir", empty), "neither it nor a folder above it has nbgrader_config.py"),
        (("grade", name, "--course-dir", tmp_path / "missing"), f"{tmp_path}/missing is not in a course"),
        (("grade", "--notebook", tmp_path / "no.ipynb", "--course-dir", folder), "There is no notebook"),
        (("grade", "--notebook", empty, "--course-dir", folder), "There is no notebook"),
        (
            ("grade", "--notebook", write(RIGHT), "--assignment", "x", "--course-dir", folder),
            "There is no assignment 'x'",
        ),
        (("grade", "../source", "--course-dir", folder), "'../source'"),
    ]
    for arguments, said in cases:
        code, out, err = command(*arguments)
        assert (code, out) == (1, ""), (arguments, err)
        assert err.startswith("Error: ")
        assert said in err, (arguments, err)
        assert len(err.strip().splitlines()) == 1, err


def test_wrong_usage_exits_with_2(command: Command, place: Any, write: Any) -> None:
    for arguments in (
        ("grade",),
        ("grade", "one", "--notebook", write(RIGHT)),
        ("grade", "--no-such-option"),
        ("grade", "one", "--workers", "-1"),
        ("grade", "one", "--isolation", "none"),
        ("grade", "one", "--fail-under", "much"),
        ("grade", "one", "--scheduler", "tcp://there:8786", "--workers", "2"),
        ("grade", "--notebook", write(RIGHT), "--scheduler", "tcp://there:8786"),
        ("no-such-command",),
    ):
        code, out, err = command(*arguments)
        assert code == 2, (arguments, out, err)
        assert "Traceback" not in err
    assert command("--version") == (0, f"{__version__}\n", "")
    assert command("--help")[0] == 0


def test_a_broken_course_file_is_bad_input(command: Command, tmp_path: Path) -> None:
    for text, said in {
        "1 / 0": "can't be read: ZeroDivisionError: division by zero",
        "c = get_config()\nc.Limits.memory_bytes = 0": "The settings c.Limits in",
        "c = get_config()\nc.Limits.nonsense = 1": "The settings c.Limits in",
        "c = get_config()\nc.Grading.isolation = 'none'": "it can be 'full' or 'partial'",
    }.items():
        (tmp_path / "nbgrader_config.py").write_text(text)
        code, _, err = command("grade", "tiny", "--course-dir", tmp_path)
        assert code == 1
        assert said in err
        assert "Traceback" not in err


def test_faults_of_ours_exit_with_3_and_say_whose_they_are(
    command: Command, place: Any, write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(error: Exception) -> Callable[..., Any]:
        def raises(*_: Any) -> Any:
            raise error

        return raises

    where = ("grade", "--notebook", write(RIGHT), "--course-dir", place[0])
    monkeypatch.setattr(notebooks, "grade_notebooks", broken(SandboxError("the fork server is gone")))
    code, _, err = command(*where)
    assert (code, err) == (3, "The sandbox failed: the fork server is gone\n")
    monkeypatch.setattr(notebooks, "grade_notebooks", broken(ZeroDivisionError("ours")))
    code, _, err = command(*where)
    assert code == 3
    assert "ZeroDivisionError" in err
    assert "This is a fault of the grader, not of a submission." in err
    monkeypatch.setattr(notebooks, "grade_notebooks", broken(KeyboardInterrupt()))  # type: ignore[arg-type]
    code, _, err = command(*where)
    assert code == 130
    assert "What was finished is kept" in err


@pytest.mark.slow
def test_a_class_is_graded_from_a_real_command_line(place: Any, tmp_path: Path) -> None:
    folder, name = place
    assignment = load_assignment(folder, name)
    hand_in(folder, "student-001", notebook_of(assignment, RIGHT), name)
    hand_in(folder, "student-002", notebook_of(assignment, HALF), name)
    hand_in(folder, "[red]cy", "not a notebook", name)
    try:
        done = run("python", "-m", "autograder", "grade", name, "--course-dir", folder, "--workers", "2", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert all(line.startswith("graded ") for line in done.stderr.splitlines())  # progress of a slow machine
        assert "Graded 3 of 3 submissions" in done.stdout
        assert "needs a look [red]cy: " in done.stdout
        assert "Columns: 1 f." in done.stdout
        assert [
            line.split()[1]
            for line in done.stdout.splitlines()
            if line.split()[:1] in (["student-001"], ["student-002"])
        ] == [
            "10",
            "5",
        ]
        hand_in(folder, "dan", notebook_of(assignment, CRASHES_THE_CHECK), name)
        done = run("autograder", "grade", name, "--course-dir", folder, "--json", "--fail-under", "1", cwd=tmp_path)
        assert done.returncode == 3
        reports = {each["student"]: each for each in map(json.loads, done.stdout.splitlines())}
        assert {student: each["score"] for student, each in reports.items()} == {
            "student-001": 10,
            "student-002": 5,
            "[red]cy": 0,
            "dan": 5,
        }
        assert "bad luck" in str(reports["dan"]["staff"])
    finally:
        shutil.rmtree(folder / "submitted")
