"""The real commands and formgrader's button on an inbound folder of attacks: honest work arrives, and no secret."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from exchanges import AT, Inbound, everything_in
from helpers import make_course, run
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import PyFileConfigLoader
from typer.testing import CliRunner, Result

from autograder.cli.exit_codes import USAGE
from autograder.cli.main import app
from autograder.course.course import load_course
from autograder.course.errors import CourseError
from autograder.gradebook.database import in_one_transaction
from autograder.gradebook.record import open_gradebook

NEWER = "2026-03-02 10:00:00.000000 UTC"
HONEST = ("honest", "zoe")


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = make_course(tmp_path / "course")
    monkeypatch.setenv("NBGRADER_EXCHANGE", str(tmp_path / "exchange"))
    return folder


@pytest.fixture
def inbound(tmp_path: Path, course: Path) -> Inbound:
    """Honest hand-ins among attacks, each of which reaches staff's files or ends nbgrader's own `collect`."""
    inbound = Inbound(tmp_path / "exchange")
    for each in HONEST:
        inbound.send(each, text=f"of {each}")
    solution = course / "source" / "tiny" / "tiny.ipynb"
    hidden = course / "tests" / "hidden" / "tiny"

    def replaced(student: str) -> Path:
        notebook = inbound.send(student) / "tiny.ipynb"
        notebook.unlink()
        return notebook

    replaced("solution-by-link").symlink_to(solution)
    replaced("solution-by-hard-link").hardlink_to(solution)
    (inbound.send("checks-by-link") / "data.txt").symlink_to(hidden / "test_double.py")
    (inbound.send("checks-by-folder") / "data").symlink_to(hidden)
    replaced("dangling").symlink_to("nowhere")
    os.mkfifo(replaced("pipe"))
    (inbound.folder / f"linked-folder+tiny+{AT}+x").symlink_to(solution.parent)
    (inbound.folder / "odd-time+tiny+tomorrow+x").mkdir()
    (inbound.folder / f"../odd+tiny+{AT}+x".replace("../", "..")).mkdir()
    with (inbound.send("huge") / "huge.bin").open("wb") as file:
        file.truncate(1 << 42)
    stamp = inbound.send("stamp-by-link") / "timestamp.txt"
    stamp.unlink()
    stamp.symlink_to("/dev/zero")
    secret = inbound.send("secret-by-pipe") / "submission_secret.txt"
    secret.unlink()
    os.mkfifo(secret)
    inbound.send("early", NEWER, timestamp=AT)
    return inbound


def assert_plain_and_whole(course: Path) -> None:
    submitted = course / "submitted"
    assert not [each for each in submitted.rglob("*") if each.is_symlink() or not (each.is_file() or each.is_dir())]
    texts = everything_in(submitted)
    for each in HONEST:
        assert texts[f"{each}/tiny/tiny.ipynb"] == f"of {each}"
        assert texts[f"{each}/tiny/timestamp.txt"] == AT
        assert texts[f"{each}/tiny/submission_secret.txt"] == f"secret of {each}"
    assert not [name for name, text in texts.items() if "SOLUTION" in text or "import" in text or "cells" in text]
    assert texts["early/tiny/timestamp.txt"] == NEWER
    assert texts["stamp-by-link/tiny/timestamp.txt"] == AT
    assert sorted(os.listdir(submitted)) == sorted(
        {*HONEST, "solution-by-link", "solution-by-hard-link", "checks-by-link", "checks-by-folder", "dangling", "pipe"}
        | {"huge", "stamp-by-link", "secret-by-pipe", "early"}
    )


LEFT_OUT = ("solution-by-link", "solution-by-hard-link", "checks-by-link", "checks-by-folder", "dangling", "pipe")
LEFT_OUT += ("linked-folder", "odd-time", "..odd", "huge", "stamp-by-link", "secret-by-pipe", "early")


def test_nbgrader_collect_takes_plain_files_from_everybody(course: Path, inbound: Inbound) -> None:
    done = run("nbgrader", "collect", "tiny", cwd=course, timeout=60, NBGRADER_EXCHANGE=str(inbound.exchange))
    assert done.returncode == 0, done.stderr
    assert_plain_and_whole(course)
    assert [each for each in LEFT_OUT if f"'{each}'" not in done.stderr] == []


def collect_command(course: Path, *options: str) -> Result:
    """Runs `autograder collect tiny` in this process."""
    return CliRunner().invoke(app, ["collect", "tiny", "--course-dir", str(course), *options])


def test_autograder_collect_says_in_a_table_what_it_left_out(course: Path, inbound: Inbound) -> None:
    done = run("autograder", "collect", "tiny", cwd=course, timeout=60, NBGRADER_EXCHANGE=str(inbound.exchange))
    assert done.returncode == 0, done.stderr
    assert_plain_and_whole(course)
    assert [each for each in LEFT_OUT if each not in done.stdout] == []
    assert "Collected the work of 12 of 15 students: 12 new, 3 left out." in done.stdout
    inbound.send("zoe", NEWER, "again")
    (inbound.folder / f"honest+tiny+{NEWER}+x").symlink_to(course)
    again = collect_command(course, "--update", "--quiet", "--student", "honest", "--student", "zoe")
    assert again.exit_code == 0, again.output
    assert (course / "submitted" / "zoe" / "tiny" / "tiny.ipynb").read_text() == "again"
    assert (course / "submitted" / "honest" / "tiny" / "tiny.ipynb").read_text() == "of honest"
    assert "Collected" not in again.stdout
    assert again.stdout.count("is a link") == 1


def formgrader_of(course: Path, **collecting: bool) -> Any:
    config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    config.ExchangeCollect.update(collecting)
    return NbGraderAPI(CourseDirectory(config=config, root=str(course)), config=config)


def test_formgrader_s_button_takes_plain_files_and_what_is_newer(course: Path, inbound: Inbound) -> None:
    answer = formgrader_of(course).collect("tiny")
    assert answer["success"] is True, answer
    assert "'solution-by-link': 'tiny.ipynb' is a link" in answer["log"]
    assert_plain_and_whole(course)
    inbound.send("zoe", NEWER, "again")
    assert "1 newer than before" in formgrader_of(course).collect("tiny")["log"]
    assert (course / "submitted" / "zoe" / "tiny" / "tiny.ipynb").read_text() == "again"


def test_formgrader_says_why_nothing_can_be_collected(course: Path) -> None:
    answer = formgrader_of(course).collect("tiny")
    assert answer["success"] is False
    assert "inbound is not there" in answer["log"]


def test_before_the_due_date_the_gradebook_says_when_that_is(course: Path, inbound: Inbound) -> None:
    inbound.send("zoe", NEWER, "too late")
    with open_gradebook(load_course(course)) as gradebook:
        in_one_transaction(gradebook, lambda: gradebook.add_assignment("tiny", duedate="2026-03-01 12:00 UTC"))
    assert formgrader_of(course, before_duedate=True).collect("tiny")["success"] is True
    assert everything_in(course / "submitted")["zoe/tiny/tiny.ipynb"] == "of zoe"


@pytest.fixture
def archive(course: Path) -> Path:
    """What a platform gave, and archives that end nbgrader's own `zip_collect`."""
    folder = course / "downloaded" / "tiny" / "archive"
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "class.zip", "w") as zipped:
        zipped.writestr("uno_1_900_tiny.ipynb", "of uno")
        zipped.writestr("../../../climbs_2_901_tiny.ipynb", "of climbs")
        zipped.writestr("due_3_902_tiny.ipynb", "of due")
        zipped.writestr("tre_4_903_work.zip", "stays closed")
    (folder / "damaged.zip").write_bytes((folder / "class.zip").read_bytes()[:200])
    (folder / "tiny_quattro_attempt_2027-99-01-10-00-00_tiny.ipynb").write_text("of quattro")
    (folder / "linked_5_904_tiny.ipynb").symlink_to(course / "source" / "tiny" / "tiny.ipynb")
    return folder


TAKEN = {"1/tiny/tiny.ipynb": "of uno", "3/tiny/tiny.ipynb": "of due", "4/tiny/work.zip": "stays closed"}
NOT_TAKEN = ("damaged.zip", "climbs_2_901", "2027-99-01", "linked_5_904")


def hand_in_again(archive: Path) -> None:
    with zipfile.ZipFile(archive / "class.zip", "w") as zipped:
        zipped.writestr("uno_1_900_tiny.ipynb", "again")


def test_nbgrader_zip_collect_takes_the_others_beside_a_bad_archive(course: Path, archive: Path) -> None:
    done = run("nbgrader", "zip_collect", "tiny", cwd=course)
    assert done.returncode == 0, done.stderr
    assert everything_in(course / "submitted") == TAKEN
    assert [each for each in NOT_TAKEN if each not in done.stderr] == []
    assert not list(course.parent.rglob("climbs*"))
    hand_in_again(archive)
    run("nbgrader", "zip_collect", "tiny", "--force", cwd=course)
    assert everything_in(course / "submitted") == {**TAKEN, "1/tiny/tiny.ipynb": "again"}


def test_autograder_collect_takes_what_a_platform_gave(course: Path, archive: Path) -> None:
    done = collect_command(course, "--from", str(archive))
    assert done.exit_code == 1, done.output  # an archive that staff named was not read
    assert everything_in(course / "submitted") == TAKEN
    assert [each for each in NOT_TAKEN if each not in done.stdout] == []
    hand_in_again(archive)
    collect_command(course, "--from", str(archive))
    assert everything_in(course / "submitted") == TAKEN
    (archive / "damaged.zip").unlink()
    assert collect_command(course, "--from", str(archive), "--update").exit_code == 0
    assert everything_in(course / "submitted") == {**TAKEN, "1/tiny/tiny.ipynb": "again"}
    assert collect_command(course, "--from", str(archive), "--student", "nobody").stdout.endswith(
        "There is nothing to collect.\n"
    )


@pytest.mark.parametrize(
    ("options", "words"), [((), "inbound is not there"), (("--from", "nowhere"), "There is nothing at nowhere")]
)
def test_where_there_is_nothing_to_collect_from_a_sentence_says_so(
    options: tuple[str, ...], words: str, course: Path
) -> None:
    done = collect_command(course, *options)
    assert isinstance(done.exception, CourseError)
    assert words in str(done.exception)
    assert not (course / "submitted" / ".collecting").exists()


def test_a_due_date_is_for_the_exchange_only(course: Path) -> None:
    assert collect_command(course, "--from", ".", "--before-duedate").exit_code == USAGE
