"""Of each student the hand-in that counts, whatever their folders are called and whoever made them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from exchanges import AT, COURSE_ID, Inbound

from autograder.collect import inbound as module
from autograder.collect.collecting import Found
from autograder.collect.inbound import Wanted, find_sent, opened_inbound
from autograder.course.errors import CourseError

NOBODY = 65534


@pytest.fixture
def inbound(tmp_path: Path) -> Inbound:
    return Inbound(tmp_path / "exchange")


@pytest.fixture
def opened(inbound: Inbound) -> Iterator[int]:
    with opened_inbound(inbound.exchange, COURSE_ID) as folder:
        yield folder


def texts(found: Found, folder: Path) -> dict[str, str]:
    """What each student's notebook is."""
    got = {}
    for each in found.hand_ins:
        (folder / each.student).mkdir(parents=True)
        each.fill(folder / each.student)
        got[each.student] = (folder / each.student / "tiny.ipynb").read_text()
    return got


def why(found: Found) -> dict[str, str]:
    return {student: words for student, _, words in found.left_out}


def test_the_newest_of_each_student_counts_by_its_name(inbound: Inbound, opened: int, tmp_path: Path) -> None:
    inbound.send("uno", "2026-03-01 09:59:59.000000 UTC", "old")
    inbound.send("uno", "2026-03-01 10:00:00.000000 UTC", "new")
    inbound.send("due", "2026-03-01 19:00:00.000000 KST", "first by its zone")
    inbound.send("due", "2026-03-01 11:00:00.000000 UTC", "last by its zone")
    inbound.send("a+b", text="plus")
    (inbound.folder / "uno+other+2027-01-01 00:00:00.000000 UTC+x").mkdir()
    (inbound.folder / "uno+tinyness+2027-01-01 00:00:00.000000 UTC+x").mkdir()
    found = find_sent(opened, Wanted("tiny"))
    assert texts(found, tmp_path / "ours") == {"a+b": "plus", "due": "last by its zone", "uno": "new"}
    assert found.left_out == ()


@pytest.mark.parametrize(
    ("when", "at"),
    [
        ("2026-03-01 10:00:00.000000 UTC+AbCdEfGhIjKl", datetime(2026, 3, 1, 10)),
        ("2026-03-01 10:00:00.000000 UTC", datetime(2026, 3, 1, 10)),
        ("2026-03-01 10:00:00.000000 +0900+AbCd-_Gh1234", datetime(2026, 3, 1, 1)),
        ("2026-03-01 10:00:00.000000 +0900", datetime(2026, 3, 1, 1)),
        ("2026-03-01 10:00:00 KST+00000000", datetime(2026, 3, 1, 1)),
        ("2026-03-01T10:00:00Z+x", datetime(2026, 3, 1, 10)),
    ],
)
def test_times_in_names_are_read_with_and_without_random_text(when: str, at: datetime, inbound: Inbound) -> None:
    (inbound.folder / f"uno+tiny+{when}").mkdir()
    with opened_inbound(inbound.exchange, COURSE_ID) as opened:
        found = find_sent(opened, Wanted("tiny", timezone="Asia/Seoul"))
    assert [each.at for each in found.hand_ins] == [at]


@pytest.mark.parametrize(
    "when", ["", "x", "soon+x", "2026-02-30 10:00:00.000000 UTC+x", "9999999999", "99-99-99 UTC+x", "2026+x", "0" * 150]
)
def test_an_odd_time_in_a_name_ends_it_for_nobody(when: str, inbound: Inbound, opened: int, tmp_path: Path) -> None:
    (inbound.folder / f"uno+tiny+{when}").mkdir()
    inbound.send("due", text="here")
    (inbound.folder / f"tre+tiny+{when}").mkdir()
    inbound.send("tre", text="the one that can be read")
    found = find_sent(opened, Wanted("tiny"))
    assert texts(found, tmp_path / "ours") == {"due": "here", "tre": "the one that can be read"}
    assert why(found) == dict.fromkeys(("tre", "uno"), "has a name that says no time")


def test_what_is_no_folder_is_left_out_and_an_older_one_counts(inbound: Inbound, opened: int, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "tiny.ipynb").write_text("EXPECTED")
    newer = "2026-03-02 10:00:00.000000 UTC+x"
    (inbound.folder / f"linked+tiny+{newer}").symlink_to(hidden)
    (inbound.folder / f"dangling+tiny+{newer}").symlink_to("nowhere")
    (inbound.folder / f"file+tiny+{newer}").write_text("")
    os.mkfifo(inbound.folder / f"pipe+tiny+{newer}")
    inbound.send("linked", text="mine")
    found = find_sent(opened, Wanted("tiny"))
    assert texts(found, tmp_path / "ours") == {"linked": "mine"}
    assert why(found) == {"linked": "is a link", "dangling": "is a link", "file": "is a file", "pipe": "is a pipe"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_folder_of_another_account_is_not_the_student_s(
    inbound: Inbound, opened: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_account", {"uno": 4001, "due": 4002}.get)
    os.chown(inbound.send("uno", text="mine"), 4001, -1)
    os.chown(inbound.send("uno", "2026-03-02 10:00:00.000000 UTC", "forged"), 4002, -1)
    os.chown(inbound.send("due", text="forged"), 4001, -1)
    inbound.send("due", "2026-02-02 10:00:00.000000 UTC", "by staff")
    os.chown(inbound.send("in a container", text="of any account"), 1000, -1)
    os.chown(inbound.send("in a container", "2026-02-02 10:00:00.000000 UTC"), 1001, -1)
    found = find_sent(opened, Wanted("tiny"))
    assert texts(found, tmp_path / "ours") == {"due": "by staff", "in a container": "of any account", "uno": "mine"}
    assert {student: "not to that student's account" in words for student, words in why(found).items()} == {
        "uno": True,
        "due": True,
    }
    doubts = next(each for each in found.hand_ins if each.student == "in a container").fill(tmp_path).doubts
    assert "several accounts" in doubts[0]
    careless = find_sent(opened, Wanted("tiny", check_owner=False))
    assert texts(careless, tmp_path / "careless")["uno"] == "forged"


def test_before_the_due_date_the_last_one_in_time_counts(inbound: Inbound, opened: int, tmp_path: Path) -> None:
    for day in (1, 2, 3):
        inbound.send("uno", f"2026-03-0{day} 10:00:00.000000 UTC", f"{day}")
    inbound.send("late", "2026-03-03 09:00:00.000000 UTC", "first")
    inbound.send("late", "2026-03-03 10:00:00.000000 UTC", "last")
    found = find_sent(opened, Wanted("tiny", due_at=datetime(2026, 3, 2, 10)))
    assert texts(found, tmp_path / "ours") == {"uno": "2", "late": "last"}


def test_students_are_chosen_by_id_or_pattern(inbound: Inbound, opened: int) -> None:
    for each in ("uno", "due", "x[1]"):
        inbound.send(each)
    for chosen, expected in ((("uno",), ["uno"]), (("*u*",), ["due", "uno"]), (("x[1]",), ["x[1]"])):
        assert [each.student for each in find_sent(opened, Wanted("tiny", chosen)).hand_ins] == expected


BELIEVED = [
    (AT, AT, 0),
    ("2026-03-01 10:00:00 UTC", "2026-03-01 10:00:00 UTC", 0),  # the same moment, as it was written
    ("2026-02-01 10:00:00 UTC", AT, 1),  # earlier than the name: the name's
    ("2026-03-05 10:00:00 UTC", "2026-03-05 10:00:00 UTC", 1),  # later than the name: the file's
    ("soon", AT, 1),
    ("", AT, 0),
    ("2026-03-01 10:00:00 UTC\n\x1b[31m", AT, 1),
]


@pytest.mark.parametrize(("written", "counts", "doubts"), BELIEVED)
def test_of_two_times_the_later_counts_and_it_is_said(
    written: str, counts: str, doubts: int, inbound: Inbound, opened: int, tmp_path: Path
) -> None:
    inbound.send("uno", timestamp=written)
    filled = find_sent(opened, Wanted("tiny")).hand_ins[0].fill(tmp_path)
    assert (filled.timestamp, len(filled.doubts)) == (counts, doubts)


def test_a_hand_in_without_a_timestamp_has_the_time_of_its_name_and_a_doubt(
    inbound: Inbound, opened: int, tmp_path: Path
) -> None:
    (inbound.send("uno") / "timestamp.txt").unlink()
    filled = find_sent(opened, Wanted("tiny")).hand_ins[0].fill(tmp_path)
    assert filled.timestamp == AT
    assert "see if all has arrived" in filled.doubts[0]


def test_a_time_to_come_is_told(inbound: Inbound, opened: int, tmp_path: Path) -> None:
    inbound.send("uno", "2999-03-01 10:00:00.000000 UTC")
    assert "still to come" in find_sent(opened, Wanted("tiny")).hand_ins[0].fill(tmp_path).doubts[0]


def test_very_many_folders_of_one_student_are_not_all_read(
    inbound: Inbound, opened: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_TRIES", 3)
    for minute in range(10, 20):
        inbound.send("uno", f"2026-03-01 10:{minute}:00.000000 UTC")
    found = find_sent(opened, Wanted("tiny"))
    assert found.hand_ins[0].at == datetime(2026, 3, 1, 10, 19)
    assert why(found) == {"uno": "are 10, of which the last 3 were looked at"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_nobody_drowns_another_student_s_hand_in(
    inbound: Inbound, opened: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_TRIES", 3)
    monkeypatch.setattr(module, "_account", {"uno": 4001}.get)
    os.chown(inbound.send("uno", text="mine"), 4001, -1)
    for minute in range(10, 20):
        os.chown(inbound.send("uno", f"2026-03-09 10:{minute}:00.000000 UTC", "forged"), 4002, -1)
    assert texts(find_sent(opened, Wanted("tiny")), tmp_path / "ours") == {"uno": "mine"}


@pytest.mark.parametrize("part", [COURSE_ID, f"{COURSE_ID}/inbound"])
def test_a_link_in_place_of_the_inbound_folder_is_refused(part: str, inbound: Inbound, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (inbound.exchange / part).rename(elsewhere)
    (inbound.exchange / part).symlink_to(elsewhere)
    with pytest.raises(CourseError, match="is a link"), opened_inbound(inbound.exchange, COURSE_ID):
        pass


def test_an_exchange_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="--from"), opened_inbound(tmp_path, COURSE_ID):
        pass
    with pytest.raises(CourseError, match="course_id"), opened_inbound(tmp_path, ""):
        pass


def test_permissions_that_let_students_read_others_work_are_told(inbound: Inbound, opened: int) -> None:
    assert find_sent(opened, Wanted("tiny")).notes == ()
    inbound.folder.chmod(0o777)
    inbound.exchange.chmod(0o777)
    first, second = find_sent(opened, Wanted("tiny")).notes
    assert "chmod o-r" in first
    assert "chmod +t" in second


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_an_inbound_folder_of_a_stranger_s_is_told(inbound: Inbound, opened: int) -> None:
    os.chown(inbound.folder.parent, NOBODY, -1)
    (note,) = find_sent(opened, Wanted("tiny")).notes
    assert note.startswith("the course's folder in the exchange belongs to nobody")
