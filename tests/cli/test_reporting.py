"""`autograder report`: what is written, where, and what is said where it can't be."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from made_up_class import NAME, make_course

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class")
    make_course(folder, 30)
    return folder


def test_the_page_is_where_it_is_said_to_be(made: Path, command: Command) -> None:
    code, out, err = command("report", NAME, "--course-dir", made)
    path = made / "reports" / f"{NAME}.html"
    assert (code, out, err) == (
        0,
        f"Report on {len(list((made / 'autograded').iterdir()))} graded submissions: {path}\n",
        "",
    )
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_json_holds_all_of_it(made: Path, command: Command, tmp_path: Path) -> None:
    path = tmp_path / "new" / "report.json"
    assert command("report", NAME, "--course-dir", made, "--format", "json", "--output", path)[0] == 0
    data = json.loads(path.read_text())
    assert data["schema_version"] == 1
    assert len(data["students"]) == data["counts"]["graded"] == data["scores"]["count"]
    assert len(data["students"]) + data["counts"]["nothing"] == 30
    assert [each["name"] for each in data["items"]] == [f"exercise_{number}" for number in range(1, 10)]
    assert data["mistakes"][0]["code"].startswith("def exercise_")


def test_csv_is_a_table_for_each_kind_of_thing(made: Path, command: Command, tmp_path: Path) -> None:
    code, out, _ = command("report", NAME, "--course-dir", made, "--format", "csv", "--output", tmp_path / "lab.csv")
    parts = ("", "-exercises", "-checks", "-mistakes", "-alike", "-summary")
    files = [tmp_path / f"lab{part}.csv" for part in parts]
    assert (code, sorted(tmp_path.iterdir())) == (0, sorted(files))
    assert all(str(each) in out for each in files)
    with files[0].open(newline="", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 30


def test_quiet_says_nothing(made: Path, command: Command) -> None:
    assert command("report", NAME, "--course-dir", made, "--quiet") == (0, "", "")


def test_two_reports_on_the_same_class_are_the_same_but_for_when_they_were_made(made: Path, command: Command) -> None:
    texts = []
    for _ in range(2):
        command("report", NAME, "--course-dir", made, "--format", "json", "-q")
        texts.append(json.loads((made / "reports" / f"{NAME}.json").read_text()))
        del texts[-1]["made_at"]
    assert texts[0] == texts[1]


def test_what_to_know_is_said_beside_the_result_and_steers_no_terminal(
    made: Path, command: Command, tmp_path: Path
) -> None:
    course = tmp_path / "course"
    shutil.copytree(made, course)
    odd = course / "autograded" / "odd[red] one" / NAME
    odd.mkdir(parents=True)
    (odd / "report.json").write_text("{")
    code, out, err = command("report", NAME, "--course-dir", course)
    assert code == 0
    assert "Damaged: the reports of odd[red] one." in err
    assert "Damaged" not in out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["another"], 1, "There is no assignment 'another'"),
        ([".."], 1, "'..' can't be an assignment's name"),
        ([NAME, "--format", "pdf"], 2, "one of: html, csv, json"),
    ],
)
def test_what_is_not_there_is_one_sentence(
    made: Path, command: Command, arguments: list[str], code: int, words: str
) -> None:
    found, _, err = command("report", *arguments, "--course-dir", made)
    assert found == code
    assert words in err


def test_nobody_graded_is_one_sentence_with_the_next_step(made: Path, command: Command, tmp_path: Path) -> None:
    shutil.copytree(made / "source", tmp_path / "source")
    shutil.copyfile(made / "nbgrader_config.py", tmp_path / "nbgrader_config.py")
    code, _, err = command("report", NAME, "--course-dir", tmp_path)
    assert (code, err) == (
        1,
        f"Error: No submission of '{NAME}' has been graded yet. Run `autograder grade {NAME}` first.\n",
    )
    assert not (tmp_path / "reports").exists()


def test_a_place_that_can_t_be_written_to_is_one_sentence(made: Path, command: Command, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file" / "x.html", tmp_path):
        code, _, err = command("report", NAME, "--course-dir", made, "--output", place)
        assert code == 1
        assert err.startswith("Error: The report can't be written: ")
        assert err.count("\n") == 1
    assert os.listdir(tmp_path) == ["file"]


def test_neither_a_pipe_nor_a_link_is_replaced(made: Path, command: Command, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    code, _, err = command("report", NAME, "--course-dir", made, "--output", tmp_path / "pipe")
    assert (code, err.count("\n")) == (1, 1)
    assert "it is no ordinary file" in err
    assert (tmp_path / "pipe").is_fifo()
    (tmp_path / "link").symlink_to("there.html")
    for _ in range(2):  # also where there is a file already
        assert command("report", NAME, "--course-dir", made, "--output", tmp_path / "link")[0] == 0
    assert (tmp_path / "link").is_symlink()
    assert "<html" in (tmp_path / "there.html").read_text()


def test_a_dash_is_standard_output_with_nothing_else_on_it(made: Path, command: Command) -> None:
    code, out, _ = command("report", NAME, "--course-dir", made, "--format", "json", "--output", "-")
    assert code == 0
    assert json.loads(out)["schema_version"] == 1
    code, out, _ = command("report", NAME, "--course-dir", made, "--output", "-")
    assert (code, out[:15], out.rstrip()[-7:]) == (0, "<!DOCTYPE html>", "</html>")
    assert not Path("-").exists()


def test_tables_are_several_files_and_do_not_go_to_standard_output(made: Path, command: Command) -> None:
    code, out, err = command("report", NAME, "--course-dir", made, "--format", "csv", "--output", "-")
    assert (code, out) == (2, "")
    assert "csv is several files" in " ".join(err.split())
