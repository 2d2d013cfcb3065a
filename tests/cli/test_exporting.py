"""`autograder export canvas|moodle|gradescope-scores|csv` from end to end: what is written, where, and what is said."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from marks_made_up import table
from scored import Made, make_class

from autograder.course.assignment import Assignment
from autograder.report.exercise_result import Verdict

Command = Callable[..., tuple[int, str, str]]
CLASS = (
    Made("ann", "Ann", "Bee", "ann@example.org", "101", points={}),
    Made("ben", "Ben", "Cee", "ben@example.org", "102", points={"double": 1.0}, verdicts={"double": Verdict.FAILED}),
    Made("cid", "Cid", "Dee", "cid@example.org", "103", points={}, change={"looks": ("two notebooks",)}),
    Made("dot", "=1+1", "\u202eEff\x1b[31m", "dot@example.org", "104", handed_in=False),
)
GRADEBOOK = """Student,ID,SIS User ID,SIS Login ID,Section,Tiny (7)
    Points Possible,,,,,20.00
"Bee, Ann",101,u1,ann@example.org,A,
"Cee, Ben",102,u2,ben@example.org,A,
"Dee, Cid",103,u3,cid@example.org,A,
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, tiny_gradebook: Path, tiny: Assignment) -> Path:
    folder = tmp_path_factory.mktemp("scored")
    return make_class(folder / "course", tiny_gradebook, tiny, CLASS).folder


def test_a_downloaded_gradebook_is_filled_in_and_it_is_said_who_has_no_mark(
    made: Path, command: Command, tmp_path: Path
) -> None:
    roster = tmp_path / "gradebook.csv"
    roster.write_text(GRADEBOOK)
    code, out, err = command("export", "canvas", "tiny", "--course-dir", made, "--roster", roster)
    path = made / "reports" / "tiny-canvas.csv"
    assert (code, out) == (5, "")
    assert [row[-1] for row in table(path.read_bytes())] == ["Tiny (7)", "20", "20", "17", ""]
    assert "Matched by: SIS Login ID is email, ID is lms_user_id." in err
    assert "tiny: no mark for cid: staff should look at it. Look at their pages; then --looked-at ID" in err
    assert "is in no row of gradebook.csv" in err
    assert "dot" in err
    assert f"2 marks: {path}" in err
    assert roster.read_text() == GRADEBOOK


def test_all_matched_is_exit_code_0_and_quiet_says_nothing(made: Path, command: Command, tmp_path: Path) -> None:
    roster, output = tmp_path / "gradebook.csv", tmp_path / "new" / "out.csv"
    roster.write_text(f"{GRADEBOOK}Dot,104,,,A,\n")
    done = command(
        *("export", "canvas", "tiny/", "--course-dir", made, "--roster", roster, "--output", output, "--quiet"),
        *("--looked-at", "cid", "--excused", "dot", "--column", "tiny=7"),
    )
    assert done == (0, "", "")
    assert [row[-1] for row in table(output.read_bytes())[2:]] == ["20", "17", "20", "EX"]


def test_a_worksheet_is_filled_in(made: Path, command: Command, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(
        "Kennung;Name;Mail;Punkte;Höchstens;Änderbar\nT 1;A;ann@example.org;;20,00;Ja\nT 2;?;x@y;;20,00;Ja\n"
    )
    code, _, err = command("export", "moodle", "tiny", "--course-dir", made, "--worksheet", sheet)
    assert code == 5
    assert "T 2;?;x@y" not in err
    assert "is nobody in the gradebook" in err
    assert table((made / "reports" / "tiny-moodle.csv").read_bytes(), ";")[1][3] == "20"


def test_gradescope_and_spreadsheets_need_no_file(made: Path, command: Command) -> None:
    code, _, err = command("export", "gradescope-scores", "tiny", "--course-dir", made, "--zeros")
    assert code == 0
    assert "0 points, as nothing was handed in, for dot" in err
    rows = table((made / "reports" / "tiny-gradescope.csv").read_bytes())
    assert {row[2]: row[5] for row in rows[1:]} == {"ann": "20", "ben": "17", "cid": "", "dot": "0"}
    assert command("export", "csv", "tiny", "--course-dir", made, "--quiet") == (0, "", "")
    assert (made / "reports" / "tiny-marks.csv").is_file()


def test_no_name_steers_the_terminal(made: Path, command: Command, tmp_path: Path) -> None:
    roster = tmp_path / "gradebook.csv"
    roster.write_text(GRADEBOOK.replace("Cee, Ben", "\x1b]0;owned\x07[bold]Ben[/]").replace(",102,", ",1002,"))
    command("export", "canvas", "tiny", "--course-dir", made, "--roster", roster)
    _, _, err = command("export", "canvas", "tiny", "--course-dir", made, "--roster", roster)
    assert "\x1b" not in err
    assert "\u202e" not in err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["canvas", "none"], "'none'"),
        (["canvas", "tiny", "--roster", "FILE", "--output", "FILE"], "so that it is kept"),
        (["canvas", "tiny", "--roster", "FILE", "--column", "other=7"], "--column names 'other'"),
        (["canvas", "tiny", "--roster", "FILE", "--column", "tiny"], "has not this form"),
        (["canvas", "tiny", "--roster", "FILE", "--match", "Nr=id"], "no column 'Nr'"),
        (["canvas", "tiny", "--roster", "FILE", "--match", "Section=id"], None),
        (["canvas", "tiny", "--looked-at", "nobody"], "Nobody has the id 'nobody'"),
        (["moodle", "tiny", "--worksheet", "FILE"], "line 2: the first cell is no word and number"),
        (["moodle", "tiny", "--worksheet", "NONE"], "can't be read"),
        (["gradescope-scores", "tiny", "--roster", "FILE"], "neither SID nor Email"),
    ],
)
def test_what_is_wrong_is_one_sentence_and_nothing_is_written(
    made: Path, command: Command, tmp_path: Path, arguments: list[str], said: str | None
) -> None:
    roster = tmp_path / "gradebook.csv"
    roster.write_text(GRADEBOOK.replace("ann@", "x@").replace("ben@", "y@").replace("cid@", "z@").replace(",10", ",90"))
    places = {"FILE": str(roster), "NONE": str(tmp_path / "none.csv")}
    before = sorted(made.rglob("*.csv"))
    code, out, err = command("export", *[places.get(each, each) for each in arguments], "--course-dir", made)
    assert (code, out) == (1, "")
    assert (said or "No row of") in err.replace("\n", " ")
    assert "Traceback" not in err
    assert sorted(made.rglob("*.csv")) == before


def test_options_that_go_together_with_nothing_are_refused(made: Path, command: Command, tmp_path: Path) -> None:
    for more in (["--scale"], ["--match", "ID=id"]):
        assert command("export", "canvas", "tiny", "--course-dir", made, *more)[0] == 2
    assert command("export", "canvas", "tiny", "--course-dir", made, "--exercises", "--roster", tmp_path / "x")[0] == 2
    assert command("export", "moodle", "tiny", "--course-dir", made)[0] == 2
