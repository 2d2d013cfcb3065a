"""What a platform is told: addresses, times, and who is meant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from marks_made_up import PEOPLE, scores_of

from autograder.course.errors import CourseError
from autograder.doors.lti_scores import (
    Posting,
    Sent,
    check_url,
    log_line,
    next_timestamp,
    plan,
    read_log,
    scores_url,
)
from autograder.doors.scores import Person, State

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line_item", "url"),
    [
        ("https://x.org/items/7", "https://x.org/items/7/scores"),
        ("https://x.org/items/7/", "https://x.org/items/7/scores"),
        ("https://x.org/i/7/lineitem?type_id=2&a=b", "https://x.org/i/7/lineitem/scores?type_id=2&a=b"),
        ("https://x.org/i/7/scores?a=b", "https://x.org/i/7/scores?a=b"),
        ("https://x.org/i/7#here", "https://x.org/i/7/scores"),
    ],
)
def test_scores_are_posted_below_the_line_item_with_its_parameters(line_item: str, url: str) -> None:
    assert scores_url(line_item) == url


@pytest.mark.parametrize(
    "url", ["https://lms.example.org/7", "http://127.0.0.1:80/7", "http://localhost/7", "http://[::1]:8080/7"]
)
def test_addresses_on_which_nobody_listens_are_taken(url: str) -> None:
    check_url("--line-item", url)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://lms.example.org/7", "Use https"),
        ("http://127.0.0.1.example.org/7", "Use https"),
        ("http://localhost@example.org/7", "a password"),
        ("https://somebody:secret@example.org/7", "a password"),
        ("ftp://example.org/7", "no address"),
        ("file:///etc/passwd", "no address"),
        ("", "no address"),
        ("lms.example.org", "no address"),
        ("https://", "no address"),
        ("https://example.org:port/", "no address"),
        ("https://[::1/", "no address"),
        ("https://example.org/\r\nX: 1", "no address"),
        ("https://example.org/a b", "no address"),
    ],
)
def test_other_addresses_are_refused_without_what_they_hold(url: str, said: str) -> None:
    with pytest.raises(CourseError, match=said) as caught:
        check_url("--line-item", url)
    assert "secret" not in str(caught.value)


def test_times_grow_even_where_a_clock_was_put_back() -> None:
    first = next_timestamp(NOON, "")
    assert first == "2026-03-01T12:00:00.000+00:00"
    second = next_timestamp(NOON - timedelta(days=1), first)
    assert second == "2026-03-01T12:00:00.001+00:00"
    elsewhere = NOON.astimezone(timezone(timedelta(hours=5)))
    assert next_timestamp(elsewhere + timedelta(seconds=1), second) == "2026-03-01T12:00:01.000+00:00"


def test_who_has_no_id_there_or_anothers_is_left_out() -> None:
    people = {**PEOPLE, "ben": Person("ben", lms_user_id="101"), "cid": Person("cid")}
    planned = plan(scores_of(ann=1.0, ben=2.0, cid=3.0, dot=4.0, guy=5.0), people, {}, False, False)
    assert [each.student for each in planned.postings] == ["dot"]
    assert {student: why.split(":")[0] for student, why in planned.left_out} == {
        "ann": "shares the lms_user_id 101 with another student",
        "ben": "shares the lms_user_id 101 with another student",
        "cid": "has no lms_user_id in the gradebook",
        "guy": "has no lms_user_id in the gradebook",
    }


def test_nothing_handed_in_is_0_only_if_staff_say_so() -> None:
    marks = scores_of(ann=State.EXCUSED)
    assert plan(marks, PEOPLE, {}, False, False).postings == ()
    bodies = [each.body for each in plan(marks, PEOPLE, {}, True, False).postings]
    zero = {
        "scoreGiven": 0.0,
        "scoreMaximum": 100.0,
        "activityProgress": "Initialized",
        "gradingProgress": "FullyGraded",
    }
    assert bodies == [zero] * 3


def test_what_was_said_last_is_not_said_again() -> None:
    marks = scores_of(ann=1.0, ben=State.LOOK)
    first = plan(marks, PEOPLE, {}, False, False)
    sent = {each.user_id: Sent(each.body, NOON.isoformat()) for each in first.postings}
    assert (plan(marks, PEOPLE, sent, False, False).postings, plan(marks, PEOPLE, sent, False, False).same) == ((), 2)
    assert plan(marks, PEOPLE, sent, False, True).postings == first.postings
    assert [each.student for each in plan(scores_of(ann=1.0, ben=2.0), PEOPLE, sent, False, False).postings] == ["ben"]


def test_an_assignment_without_points_is_a_sentence() -> None:
    with pytest.raises(CourseError, match="no points any more"):
        plan(scores_of(max_points=0.0, ann=0.0), PEOPLE, {}, False, False)


def test_the_log_is_of_one_line_item_and_its_damaged_lines_count_for_nothing(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    assert read_log(log, "a") == {}
    line = log_line("a", Posting("ann", "101", {"scoreGiven": 1.0}), NOON.isoformat())
    later = log_line("a", Posting("ann", "101", {"scoreGiven": 2.0}), NOON.isoformat())
    other = log_line("b", Posting("ann", "101", {"scoreGiven": 3.0}), NOON.isoformat())
    damaged = (
        '{"line_item": "a", "user_id": "8", "timestamp": "2026-03-01", "score": {}}\n{"line_item": "a"}\n[]\n5\nnull\n'
        '{"line_item": "a", "user_id": "9", "timestamp": "x", "score": {}}\n'
    )
    log.write_text(line + later + other + damaged + line[:30])
    assert read_log(log, "a") == {"101": Sent({"scoreGiven": 2.0}, NOON.isoformat())}
    log.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CourseError, match="move it away"):
        read_log(log, "a")
