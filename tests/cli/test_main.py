"""The command line as people meet it: help, completion, where the course is, and what is not installed."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers import ROOT, hand_in, make_course, notebook_of, run
from rich.console import Console

from autograder.cli import main
from autograder.cli.exit_codes import BAD_INPUT, MEANINGS, OK, USAGE
from autograder.course.assignment import Assignment
from autograder.course.errors import CourseError
from autograder.sandbox.outcome import SandboxError

COMMANDS = (
    *("grade", "audit", "import", "new", "doctor", "move-gradebook", "send-scores", "lti-key", "lti-line-items"),
    *(f"export {each}" for each in ("canvas", "moodle", "gradescope-scores", "csv")),
)
SEVERAL = ("export canvas", "export csv")  # typer itself says list[…] where there may be several arguments
Command = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_examples_and_every_exit_code(name: str, command: Command) -> None:
    code, shown, _ = command(*name.split(), "--help")
    assert code == OK
    examples = shown.partition("Examples:\n")[2].partition("\n\n")[0]
    assert f"autograder {name}" in examples
    codes = dict(re.findall(r"^ +(\d)  (.+)$", shown.partition("Exit codes:\n")[2], re.MULTILINE))
    assert {int(code): meaning for code, meaning in codes.items()} == MEANINGS


@pytest.mark.parametrize("name", ["", *(each for each in COMMANDS if each not in SEVERAL)])
def test_help_is_for_people(name: str, command: Command) -> None:
    _, shown, _ = command(*name.split(), "--help", columns=80)
    assert "[[" not in shown
    assert "list[" not in shown
    assert "..." not in shown.replace("[ARGS]...", "")
    assert max(map(len, shown.splitlines())) <= 84


def test_a_shell_completes_names_of_assignments_and_formats(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")

    def completed(words: str) -> list[str]:
        number = str(len(words.split(" ")) - 1)
        asked = {"_AUTOGRADER_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": number}
        return run("autograder", cwd=course, **asked).stdout.split()

    assert completed("autograder aud") == ["audit"]
    assert completed("autograder grade t") == ["tiny"]
    assert completed("autograder audit ") == ["tiny"]
    assert completed("autograder grade --format j") == ["json", "junit"]


@pytest.mark.slow
def test_a_folder_in_a_course_is_in_the_course(tmp_path: Path, tiny: Assignment) -> None:
    course = make_course(tmp_path / "course")
    path = hand_in(course, "student-001", notebook_of(tiny))
    for folder in (path.parent, course / "source" / "tiny"):
        done = run("autograder", "grade", "--notebook", path, "--json", cwd=folder)
        assert done.returncode == OK, done.stderr
        assert '"assignment": "tiny"' in done.stdout
    done = run("autograder", "grade", "--notebook", path, "--json", "--course-dir", path.parent, cwd=tmp_path)
    assert done.returncode == OK, done.stderr


@pytest.mark.slow
def test_to_grade_one_notebook_nothing_is_imported_that_is_for_gradebooks_and_servers(
    tmp_path: Path, tiny: Assignment
) -> None:
    course = make_course(tmp_path / "course")
    path = hand_in(course, "student-001", notebook_of(tiny))
    done = run("autograder", "grade", "--notebook", path, "--json", cwd=course, PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == OK, done.stderr
    imported = set(re.findall(r"^import time: .*\| +([\w.]+)$", done.stderr, re.MULTILINE))
    assert {"torch", "nbgrader.preprocessors.clearsolutions"} <= imported
    assert not imported & {
        *("sqlalchemy", "alembic", "nbgrader", "nbgrader.api", "nbgrader.preprocessors", "nbgrader.exchange"),
        *("bleach", "nbconvert", "jupyter_client", "jupyter_server", "requests", "anyio", "torch._dynamo"),
    }


@pytest.mark.parametrize("command", [["grade", "tiny"], ["audit", "tiny"], ["doctor"]], ids=" ".join)
def test_outside_of_a_course_it_says_so_in_one_sentence(command: list[str], tmp_path: Path) -> None:
    done = run("autograder", *command, cwd=tmp_path)
    assert done.returncode == BAD_INPUT
    assert done.stdout == ""
    assert done.stderr == (
        f"Error: {tmp_path} is not in a course: neither it nor a folder above it has nbgrader_config.py. "
        "Name the course with --course-dir.\n"
    )


@pytest.mark.slow
def test_one_submission_is_one(tmp_path: Path, tiny: Assignment) -> None:
    course = make_course(tmp_path / "course")
    hand_in(course, "student-001", notebook_of(tiny))
    done = run("autograder", "grade", "tiny", cwd=course, fresh=True)
    assert done.returncode == OK, done.stderr
    assert "tiny: 1 submission\n" in done.stdout.replace("1 submission ", "1 submission\n")
    assert re.search(r"Graded 1 of 1 submission in \d+\.\d s; 0 had not changed\.", done.stdout)


@pytest.mark.parametrize("arguments", [["--help"], ["grade", "--help"]])
def test_a_full_disk_is_one_sentence_and_no_success(arguments: list[str], tmp_path: Path) -> None:
    program = Path(sys.executable).parent / "autograder"
    with open("/dev/full", "w") as full:
        done = subprocess.run([program, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    assert done.returncode == BAD_INPUT
    assert done.stderr == "No room is left on the disk. Make room, and run it again: what was finished is kept.\n"


def test_an_unknown_format_is_wrong_usage(tmp_path: Path) -> None:
    done = run("autograder", "grade", "tiny", "--format", "nope", cwd=make_course(tmp_path / "course"))
    assert done.returncode == USAGE
    assert "there is no format 'nope'; --format is one of: table, json" in done.stderr


def test_without_the_packages_of_graders_it_says_which_extra_to_install(tmp_path: Path) -> None:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from autograder.cli import start; start()"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, "grade", "tiny"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == BAD_INPUT
    assert done.stderr == (
        "Error: the command `autograder` needs typer, which is not installed here. Install what graders need: "
        "pip install 'notebook-autograder[grader]'\n"
    )


def test_importing_the_package_and_its_plugin_changes_nothing_for_others() -> None:
    look = "print(sorted(each for each in sys.modules if sys.modules[each] is None))"
    done = run("python", "-c", f"import sys, autograder, autograder.judge.plugin; {look}", cwd=ROOT)
    assert done.stdout == "[]\n", done.stderr


def test_other_people_s_pytest_runs_import_neither_torch_nor_nbgrader(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_nothing_is_changed():
            assert sys.modules.get("rfc3987_syntax", "not there") is not None
            assert not {"torch", "nbgrader", "nbformat", "numpy"} & set(sys.modules)
        """
    )
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


@pytest.mark.parametrize("error", [CourseError, SandboxError, ValueError])
def test_an_error_can_not_steer_the_terminal(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A student's file name, say, may stand in it."""

    def fails(**_: object) -> None:
        raise error("first \x1b]0;x\x07\x9b2J\u202e\nsecond [bold]")

    monkeypatch.setattr(main, "app", fails)
    monkeypatch.setattr(main.signal, "signal", lambda *_: None)
    monkeypatch.setattr(main, "errors", Console(stderr=True, highlight=False, soft_wrap=True))
    with pytest.raises(SystemExit):
        main.run()
    shown = capsys.readouterr().err
    assert all(line.isprintable() for line in shown.splitlines())
    assert "first" in shown
    assert "\nsecond [bold]" in shown
