"""Marks go into Classroom 50's `scores.json` as it wants overrides, and its own runs lose nothing by that."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from classroom50_contract import RESULT, SCORES
from scored import Made, make_class, make_gradebook
from typer.testing import CliRunner, Result

from autograder.cli.exit_codes import OK, UNMATCHED
from autograder.cli.main import app
from autograder.course.assignment import Assignment
from autograder.course.errors import CourseError
from autograder.doors.classroom50 import find_place, override, owner_of

NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)


def real(owner: str, at: str = "2026-03-01T10:00:00Z", score: int = 3) -> dict[str, Any]:
    """A submission as a run of theirs leaves it."""
    return {
        "schema": "classroom50/result/v1",
        "classroom": "cs-101",
        "assignment_type": "individual",
        "owner": owner,
        "submission": "submit/2026-03-01T10-00-00Z-abcdef0",
        **dict.fromkeys(("commit", "release", "review"), "https://github.com/org/repo"),
        "datetime": at,
        "score": score,
        "max-score": 3,
        "tests": [{"test-name": "a", "passed": True, "score": score, "max-score": 3, "output": "kept"}],
        "late": False,
    }


@pytest.fixture
def classroom(tmp_path: Path) -> Path:
    folder = tmp_path / "classroom50" / "cs-101"
    folder.mkdir(parents=True)
    manifest = {
        "schema": "classroom50/assignments/v1",
        "assignments": [{"slug": "tiny", "mode": "individual"}, {"slug": "other-lab", "mode": "group"}],
    }
    (folder / "assignments.json").write_text(json.dumps(manifest))
    entries = [{"owner": "Uno", "submissions": [real("Uno")]}, {"owner": "due", "submissions": [real("due")]}]
    bucket = {"type": "individual", "entries": entries, "collected_at": "2026-03-02T10:00:00Z"}
    scores = {
        "schema": "classroom50/scores/v1",
        "assignments": {"other-lab": {"type": "group", "entries": []}, "tiny": bucket},
    }
    (folder / "scores.json").write_text(json.dumps(scores, indent=2) + "\n")
    return folder


def overridden(classroom: Path, marks: dict[str, float], most: float = 20.0, **how: Any) -> tuple[dict[str, Any], Any]:
    """The file's entries by owner after marks were written, and what became of them; the form is theirs."""
    file = classroom / "scores.json"
    done = override(find_place(file, "", "tiny"), marks, most, how.pop("now", NOW), **how)
    file.write_text(done.text)
    data = json.loads(done.text)
    jsonschema.validate(data, SCORES, format_checker=jsonschema.FormatChecker())
    return {each["owner"]: each for each in data["assignments"]["tiny"]["entries"]}, done


def test_a_mark_leads_and_what_their_runs_said_stays_below(classroom: Path) -> None:
    before = json.loads((classroom / "scores.json").read_text())
    entries, done = overridden(classroom, {"uno": 17.0, "tre": 20.0})
    assert done.new == ("tre", "uno")
    first, *others = entries["Uno"]["submissions"]
    assert (entries["Uno"]["override"], first["score"], first["max-score"]) == (True, 17, 20)
    assert first["submission"].startswith("submit/manual-"), "their page clears no other override"
    assert first["datetime"] == "2026-04-01T12:00:00Z"
    assert others == before["assignments"]["tiny"]["entries"][0]["submissions"]
    assert entries["due"] == before["assignments"]["tiny"]["entries"][1]
    after = json.loads((classroom / "scores.json").read_text())
    assert after["assignments"]["other-lab"] == before["assignments"]["other-lab"]
    assert after["assignments"]["tiny"]["collected_at"] == "2026-03-02T10:00:00Z"


def test_written_again_nothing_changes_and_a_new_mark_takes_the_old_one_s_place(classroom: Path) -> None:
    overridden(classroom, {"uno": 17.0})
    text = (classroom / "scores.json").read_text()
    later = datetime(2026, 5, 1, tzinfo=UTC)
    assert overridden(classroom, {"uno": 17.0}, now=later)[1].same == ("uno",)
    assert (classroom / "scores.json").read_text() == text
    entries, done = overridden(classroom, {"UNO": 12.0}, now=later)
    assert done.changed == ("UNO",)
    assert [each["score"] for each in entries["Uno"]["submissions"]] == [12, 3]


def test_what_a_teacher_entered_by_hand_stays(classroom: Path) -> None:
    entries, _ = overridden(classroom, {"uno": 17.0})
    file = classroom / "scores.json"
    data = json.loads(file.read_text())
    entry = data["assignments"]["tiny"]["entries"][0]
    del entry["submissions"][0]["source"]
    entry["submissions"][0]["score"] = 19
    data["assignments"]["tiny"]["entries"][1]["override"] = True
    file.write_text(json.dumps(data))
    entries, done = overridden(classroom, {"uno": 12.0, "due": 1.0})
    assert done.kept == ("due", "uno")
    assert entries["Uno"]["submissions"][0]["score"] == 19
    entries, done = overridden(classroom, {"uno": 12.0, "due": 1.0}, replaces_teachers=True)
    assert done.changed == ("due", "uno")
    assert [entries[each]["submissions"][0]["score"] for each in ("Uno", "due")] == [12, 1]


@pytest.mark.parametrize("at", ["2090-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "no time", "2026-13-01T00:00:00Z", ""])
def test_a_mark_is_the_newest_whatever_date_a_student_gave_a_commit(classroom: Path, at: str) -> None:
    file = classroom / "scores.json"
    data = json.loads(file.read_text())
    data["assignments"]["tiny"]["entries"][0]["submissions"][0]["datetime"] = at
    file.write_text(json.dumps(data))
    done = override(find_place(file, "", "tiny"), {"uno": 17.0}, 20.0, NOW)
    first, second = json.loads(done.text)["assignments"]["tiny"]["entries"][0]["submissions"]
    assert second["datetime"] == at
    assert first["datetime"] == ("2090-01-01T00:00:01Z" if at.startswith("2090") else "2026-04-01T12:00:00Z")


@pytest.mark.parametrize(
    ("points", "most", "written", "rounded"),
    [
        (7.5, 10, (8, 10), True),
        (7.49, 10, (7, 10), True),
        (-1, 10, (0, 10), True),
        (11, 10, (10, 10), True),
        (10, 10, (10, 10), False),
    ],
)
def test_scores_are_whole_numbers_within_what_there_is(
    classroom: Path, points: float, most: float, written: tuple[int, int], rounded: bool
) -> None:
    entries, done = overridden(classroom, {"uno": points}, most)
    first = entries["Uno"]["submissions"][0]
    assert (first["score"], first["max-score"]) == written
    assert bool(done.rounded) is rounded


@pytest.mark.parametrize(
    "text",
    ["", "[", "[]", "{}", '{"schema": "classroom50/scores/v2", "assignments": {}}', "[" * 100_000]
    + [
        json.dumps({"schema": "classroom50/scores/v1", "assignments": each})
        for each in ([], {"tiny": []}, {"tiny": {"entries": {}}})
    ],
)
def test_a_file_of_another_form_is_left_as_it_is(classroom: Path, text: str) -> None:
    file = classroom / "scores.json"
    file.write_text(text)
    with pytest.raises(CourseError, match=r"scores\.json"):
        override(find_place(file, "", "tiny"), {"uno": 1.0}, 20.0, NOW)
    assert file.read_text() == text


def test_odd_entries_of_others_are_kept(classroom: Path) -> None:
    file = classroom / "scores.json"
    data = json.loads(file.read_text())
    odd = [None, 3, {"owner": None}, {"submissions": "x"}, {"owner": "uno2", "submissions": [None, 4]}]
    data["assignments"]["tiny"]["entries"] += odd
    file.write_text(json.dumps(data))
    done = override(find_place(file, "", "tiny"), {"uno2": 1.0}, 20.0, NOW)
    entries = json.loads(done.text)["assignments"]["tiny"]["entries"]
    assert entries[2:6] == odd[:4]
    assert entries[6]["submissions"][0]["score"] == 1


@pytest.mark.parametrize(
    ("url", "owner"),
    [
        ("https://github.com/org/cs-101-tiny-octo-cat.git", "octo-cat"),
        ("git@github.com:org/CS-101-Tiny-octocat", "octocat"),
        ("https://github.com/org/cs-101-tiny-", ""),
        ("https://github.com/org/other-tiny-octocat", ""),
        ("https://github.com/org/cs-101-tiny-octo.cat", ""),
        ("file:///srv/cs-101-tiny-a%20b", ""),
    ],
)
def test_whose_a_repository_is_its_name_says(classroom: Path, url: str, owner: str) -> None:
    assert owner_of(url, find_place(classroom / "scores.json", "", "tiny")) == owner


# The command, on a class with marks.


@pytest.fixture(scope="module")
def gradebook(tmp_path_factory: pytest.TempPathFactory, tiny: Assignment) -> Path:
    return make_gradebook(tmp_path_factory.mktemp("empty") / "course", tiny)


@pytest.fixture
def course(tmp_path: Path, gradebook: Path, tiny: Assignment) -> Path:
    students = (
        Made("student-001", points={}),
        Made("student-002", points={"double": 1.5}),
        Made("student-003", points={}, change={"looks": ("two notebooks",)}),
        Made("student-004", points={}),
        Made("student-005", handed_in=False),
    )
    return make_class(tmp_path / "course", gradebook, tiny, students).folder


def export(course: Path, classroom: Path, *options: str) -> Result:
    command = ["export", "classroom50", "tiny", "--course-dir", str(course), "--scores", str(classroom / "scores.json")]
    return CliRunner().invoke(app, [*command, *options])


def test_the_class_s_marks_are_written_to_whom_the_list_says(course: Path, classroom: Path) -> None:
    roster = course / "roster.csv"
    rows = "".join(
        f"student-00{n},https://github.com/org/cs-101-tiny-{who}\n" for n, who in ((1, "uno"), (2, "due"), (3, "tre"))
    )
    roster.write_text(f"id,clone_url\n{rows}student-004,https://github.com/org/elsewhere\n")
    result = export(course, classroom, "--roster", str(roster))
    assert result.exit_code == UNMATCHED
    assert "student-004" in result.output
    assert "student-003" in result.output
    data = json.loads((classroom / "scores.json").read_text())
    jsonschema.validate(data, SCORES)
    found = {each["owner"]: each["submissions"][0]["score"] for each in data["assignments"]["tiny"]["entries"]}
    assert found == {"Uno": 20, "due": 18}
    roster.write_text(f"id,clone_url\n{rows}student-004,https://github.com/org/cs-101-tiny-quattro\n")
    result = export(course, classroom, "--roster", str(roster), "--all-looked-at")
    assert result.exit_code == OK
    assert "2 new, 2 as before" in result.output
    text = (classroom / "scores.json").read_text()
    assert export(course, classroom, "--roster", str(roster), "--all-looked-at").exit_code == OK
    assert (classroom / "scores.json").read_text() == text


def test_without_a_list_ids_are_logins(course: Path, classroom: Path) -> None:
    assert export(course, classroom, "--quiet").exit_code == OK
    entries = json.loads((classroom / "scores.json").read_text())["assignments"]["tiny"]["entries"]
    assert {each["owner"] for each in entries if each.get("override")} == {"student-001", "student-002", "student-004"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--slug", "tinny"), "Is it tiny?"),
        (("--slug", "Not A Slug"), "is no name there"),
        (("--classroom", "../up"), "is no name there"),
        (("--scores", "/none/scores.json"), "is no classroom's folder"),
    ],
)
def test_what_is_no_classroom_gets_one_sentence(
    course: Path, classroom: Path, options: tuple[str, ...], says: str
) -> None:
    before = copy.deepcopy((classroom / "scores.json").read_text())
    result = export(course, classroom, *options)
    assert isinstance(result.exception, CourseError)
    assert says in str(result.exception)
    assert (classroom / "scores.json").read_text() == before


def test_the_contract_of_the_tests_refuses_what_theirs_refuses() -> None:
    good = {"assignment": "tiny"} | {name: value for name, value in real("uno").items() if name != "late"}
    jsonschema.validate(good, RESULT)
    for change in (
        {"score": -1},
        {"score": 1.5},
        {"submission": "x"},
        {"datetime": "yesterday"},
        {"usernames": []},
        {"owner": ""},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(good | change, RESULT)
