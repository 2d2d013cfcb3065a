"""Where reports go: a file that is there whole or not at all, a job's summary, the terminal."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from helpers import RIGHT, hand_in, make_course, notebook_of, open_the_way, write_notebook
from made_up_reports import of_all_kinds, runner_commands, unreadable

from autograder.cli import output
from autograder.cli.output import output_of
from autograder.course.assignment import Assignment
from autograder.course.errors import CourseError
from autograder.report.formats import FORMATS
from autograder.report.formats.handed_in_file import NO_FILE, of_no_file
from autograder.report.report import Report

Command = Callable[..., tuple[int, str, str]]
WRONG = {**RIGHT, "mean_of": "def mean_of(x):\n    return x.sum().item()"}


def put_class(format_: str, file: Path | str, *reports: Report) -> None:
    with output_of(format_, str(file), quiet=True).taking(of_no_file) as (take, _):
        for each in reports:
            take(each)


@pytest.mark.parametrize("format_", [name for name, each in FORMATS.items() if each.document])
def test_a_class_in_a_file_is_what_is_printed_without_one(
    format_: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    file = tmp_path / "new" / "reports"
    put_class(format_, file, of_all_kinds(), unreadable())
    printed_beside = capsys.readouterr().out
    put_class(format_, "-", of_all_kinds(), unreadable())
    assert capsys.readouterr().out == file.read_text() + printed_beside
    assert bool(printed_beside) == (format_ == "github")  # its annotations
    assert os.listdir(file.parent) == ["reports"]


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "reports.xml"
    file.write_text("before")

    def stop_in_the_middle() -> None:
        with output_of("junit", str(file), quiet=True).taking(of_no_file) as (take, _):
            take(of_all_kinds())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stop_in_the_middle()
    assert file.read_text() == "before"
    assert os.listdir(tmp_path) == ["reports.xml"]


def test_what_cannot_be_written_is_said_before_anything_is_graded(tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")
    for file, why in (
        (tmp_path, "no ordinary file"),
        ("/dev/null", "no ordinary file"),
        (tmp_path / "a file" / "x", ""),
    ):
        with pytest.raises(CourseError, match=f"can't be written: .*{why}.*--output"):
            put_class("junit", file)
    assert Path("/dev/null").is_char_device()


def test_a_full_disk_is_one_sentence_and_leaves_what_was_there(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this machine has no /dev/full")
    file = tmp_path / "reports.xml"
    (tmp_path / f".reports.xml.{os.getpid()}").symlink_to("/dev/full")
    with pytest.raises(CourseError, match="No space left"):
        put_class("junit", file, of_all_kinds())
    assert os.listdir(tmp_path) == []


def test_the_summary_of_a_job_is_added_to_what_is_there_and_never_too_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "summary"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(file))
    file.write_text("from an earlier command\n")
    put_class("github", "", of_all_kinds())
    first = file.read_text()
    assert first.startswith("from an earlier command\n## lab: 1 submission")
    monkeypatch.setattr(output, "_MOST_SUMMARY_BYTES", len(first.encode()) + 60)
    put_class("github", "", of_all_kinds())
    added = file.read_text().removeprefix(first)
    assert 0 < len(added.encode()) <= 60
    assert added.endswith("\n")
    put_class("markdown", tmp_path / "other", of_all_kinds())  # which is not for the summary
    assert file.read_text() == first + added


def test_paths_are_told_from_the_top_of_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "repository" / "course").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "repository" / "course")
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    monkeypatch.delenv("CI_PROJECT_DIR", raising=False)
    file = Path("lab.ipynb").absolute()
    assert output_of("github", "", True).path_of(file) == "lab.ipynb"
    for name in ("CI_PROJECT_DIR", "GITHUB_WORKSPACE"):
        monkeypatch.setenv(name, str(tmp_path / "repository"))
        assert output_of("github", "", True).path_of(file) == "course/lab.ipynb"
        monkeypatch.delenv(name)
    assert output_of("github", "", True).path_of(Path("/elsewhere/lab.ipynb")) == "lab.ipynb"


def test_a_notebook_goes_to_a_file_and_is_shown_all_the_same(
    command: Command, tiny: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = make_course(tmp_path / "course")
    path = write_notebook(course / "mine.ipynb", notebook_of(tiny, WRONG))

    def grade(*options: object) -> tuple[int, str, str]:
        monkeypatch.chdir(course)  # what is named is meant from here, wherever grading goes
        return command("grade", "--notebook", path.name, "--assignment", "tiny", *options)

    code, out, _ = grade("--format", "junit", "--output", "out.xml", "--fail-under", 20)
    assert (code, "mine: 16 of 20 points" in out) == (4, True)
    suite = ElementTree.parse(course / "out.xml").getroot()[0]
    failed = next(case for case in suite.iter("testcase") if case.find("failure") is not None)
    assert failed.get("file") == "mine.ipynb"
    assert "def mean_of(x):" in path.read_text().splitlines()[int(failed.get("line", "")) - 1]
    code, out, _ = grade("--format", "github", "--output", "out.md", "--quiet")
    assert (code, [each.name for each in runner_commands(out)]) == (0, ["warning"])
    assert (course / "out.md").read_text().startswith("### mine: 16 of 20 points")
    code, out, _ = grade("--format", "gitlab", "--output", "-", "--quiet")
    assert (code, [each["check_name"] for each in json.loads(out)]) == (0, ["tiny/mean_of"])
    assert grade("--quiet", "--output", "table.txt")[:2] == (0, "")
    assert "\x1b" not in (course / "table.txt").read_text()
    assert "mine: 16 of 20 points" in (course / "table.txt").read_text()


@pytest.mark.slow
def test_a_class_goes_to_a_file_beside_the_table(
    command: Command, tiny: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = make_course(tmp_path / "course")
    open_the_way(course)
    hand_in(course, "student-001", notebook_of(tiny, RIGHT))
    hand_in(course, "student-002", notebook_of(tiny, WRONG))
    hand_in(course, "student-003", "no notebook")
    monkeypatch.chdir(course)
    code, out, _ = command("grade", "tiny", "--format", "junit", "--output", "out.xml", "--fail-under", 20)
    assert (code, "tiny: 3 submissions" in out) == (4, True)
    suites = ElementTree.parse(course / "out.xml").getroot()
    assert sorted(each.get("failures") for each in suites) == ["0", "2", "3"]
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(course / "summary"))
    monkeypatch.chdir(course)
    code, out, _ = command("grade", "tiny", "--format", "github")
    assert [(each.name, each.properties["title"]) for each in runner_commands(out)] == [("warning", "student-003")]
    assert "tiny: 3 submissions" in out
    assert (course / "summary").read_text().startswith("## tiny: 3 submissions, mean 12.0 of 20, 1 to look at")


def test_nothing_is_said_of_files_where_there_are_none() -> None:
    assert of_no_file(of_all_kinds()) is NO_FILE
