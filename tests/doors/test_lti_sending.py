"""Scores into a platform on loopback that checks keys, tokens and scores for real, and fails and misbehaves as told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lms import CLIENT, Lms, Refused, at, dawdle, refuse, running
from marks_made_up import PEOPLE, scores_of

from autograder.course.errors import CourseError
from autograder.doors import lti_client
from autograder.doors.lti_client import Client, Registration
from autograder.doors.lti_keys import make_key, public_pem, read_key
from autograder.doors.lti_scores import plan, read_log
from autograder.doors.lti_sending import Outcome, Sending
from autograder.doors.scores import Scores, State

Send = Callable[..., dict[str, str]]
MARKS = scores_of(ann=87.25, ben=State.LOOK, cid=0.0, dot=100.0)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A private key and its public half, as PEM."""
    path = tmp_path_factory.mktemp("keys") / "lti.pem"
    make_key(path, 2048)
    return read_key(path), public_pem(read_key(path))


@pytest.fixture
def lms(keys: tuple[str, str]) -> Iterator[Lms]:
    with running(Lms(keys[1])) as platform:
        yield platform


@pytest.fixture
def send(lms: Lms, keys: tuple[str, str], tmp_path: Path) -> Send:
    """Sends marks; gives why each was not accepted, by student, and notes pauses in `send.pauses`."""
    log = tmp_path / "log.jsonl"
    pauses: list[float] = []

    def send(marks: Scores = MARKS, again: bool = False, **registration: str) -> dict[str, str]:
        who = replace(Registration(lms.token_url, CLIENT, keys[0], "first"), **registration)
        sent = read_log(log, lms.line_item)
        sending = Sending(Client(who), lms.line_item, log, sent, pauses.append)
        outcomes: list[Outcome] = list(sending.send(plan(marks, PEOPLE, sent, False, again)))
        text = f"{outcomes} {who!r} {sending!r} {log.read_text() if log.exists() else ''}"
        assert not [each for each in [*lms.secrets, keys[0].splitlines()[3]] if each in text]
        return {each.posting.student: each.why for each in outcomes}

    send.pauses = pauses  # type: ignore[attr-defined]
    return send


def test_scores_come_into_the_gradebook_and_only_final_ones_as_graded(lms: Lms, send: Send) -> None:
    assert send() == {"ann": "", "ben": "", "cid": "", "dot": ""}
    found = {
        user: {name: each for name, each in score.items() if name != "timestamp"}
        for user, score in lms.gradebook.items()
    }
    graded = {"scoreMaximum": 100.0, "activityProgress": "Completed", "gradingProgress": "FullyGraded"}
    assert found == {
        "101": {"userId": "101", "scoreGiven": 87.25, **graded},
        "102": {"userId": "102", "activityProgress": "Submitted", "gradingProgress": "PendingManual"},
        "103": {"userId": "103", "scoreGiven": 0.0, **graded},
        "104": {"userId": "104", "scoreGiven": 100.0, **graded},
    }
    assert lms.paths.count("/token") == 1


def test_what_was_sent_is_not_sent_again_and_what_changed_is(lms: Lms, send: Send) -> None:
    send()
    assert send() == {}
    assert send(scores_of(ann=90.0, ben=50.0, cid=0.0, dot=State.WAITING)) == {"ann": "", "ben": "", "dot": ""}
    assert "scoreGiven" not in lms.gradebook["104"]
    assert len(send(again=True)) == 4
    for user in lms.users:
        times = [each["timestamp"] for each in lms.scores if each["userId"] == user]
        assert times == sorted(set(times))


def test_faults_of_ours_ungraded_excused_and_nothing_are_not_sent(lms: Lms, send: Send) -> None:
    assert send(scores_of(ann=State.FAULT, ben=State.UNGRADED, cid=State.EXCUSED)) == {}
    assert lms.paths == []


def test_a_token_that_ran_out_in_the_middle_is_renewed(lms: Lms, send: Send) -> None:
    lms.token_lives = 1
    assert set(send().values()) == {""}
    assert len(lms.gradebook) == 4
    assert len(lms.assertions) == lms.paths.count("/token") == 4


def test_a_token_is_renewed_before_it_runs_out(lms: Lms, send: Send) -> None:
    lms.expires_in = 0.001
    assert set(send().values()) == {""}
    assert lms.paths.count("/token") > 1


@pytest.mark.parametrize("seconds", [None, "soon", -5, 0, 1e300, float("nan"), True])
def test_an_odd_life_of_a_token_does_no_harm(lms: Lms, send: Send, seconds: object) -> None:
    lms.expires_in = seconds
    assert set(send().values()) == {""}


def test_a_token_that_is_never_good_is_renewed_once_and_each_is_told(lms: Lms, send: Send) -> None:
    lms.token_lives = 0
    found = send()
    assert len(found) == 4
    assert all("HTTP 401: the platform does not accept the token" in each for each in found.values())
    assert lms.paths.count("/token") == 2


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, "does not accept it"),
        (403, "may not post"),
        (404, "no such line item or user"),
        (418, "does not accept it"),
        (422, "can't grade this user"),
        (301, "sends us elsewhere"),
        (307, "sends us elsewhere"),
    ],
)
def test_who_is_refused_is_told_and_the_rest_goes_on(lms: Lms, send: Send, status: int, said: str) -> None:
    lms.fail = at("/scores", 2, refuse(status, "no", Location="http://127.0.0.1:1/elsewhere"))
    found = send()
    assert f"HTTP {status}: " in found.pop("ben")
    assert set(found.values()) == {""}
    assert sorted(lms.gradebook) == ["101", "103", "104"]
    assert list(send()) == ["ben"]  # and it is tried again the next time
    assert sorted(lms.gradebook) == ["101", "102", "103", "104"]
    assert said


def test_an_unknown_user_is_told_by_the_platform(lms: Lms, send: Send) -> None:
    lms.users.remove("103")
    assert [student for student, why in send().items() if "HTTP 422" in why] == ["cid"]


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 0])
def test_what_fails_for_a_while_is_tried_again_with_longer_pauses(lms: Lms, send: Send, status: int) -> None:
    def fail(where: str, count: int) -> None:
        if where.endswith("/scores") and count <= 3:
            raise Refused(status)

    lms.fail = fail
    assert set(send().values()) == {""}
    assert len(lms.scores) == 4
    assert send.pauses == [1.0, 2.0, 4.0]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("asked", "waited"), [("7", 7.0), ("soon", 1.0), ("-3", 1.0), ("Wed, 21 Oct 2015 07:28:00 GMT", 1.0)]
)
def test_a_platform_is_given_the_time_that_it_asks_for(lms: Lms, send: Send, asked: str, waited: float) -> None:
    lms.fail = at("/scores", 1, refuse(429, Retry_After=asked))
    assert set(send().values()) == {""}
    assert send.pauses == [waited]  # type: ignore[attr-defined]


def test_nobody_waits_for_days(lms: Lms, send: Send) -> None:
    lms.fail = lambda where, count: refuse(503, Retry_After="999999")() if where.endswith("/scores") else None
    found = send()
    assert len(found) == 3  # then it is given up, and the fourth stays to be sent
    assert all("asks to wait for 999,999 seconds" in each for each in found.values())
    assert send.pauses == []  # type: ignore[attr-defined]


def test_a_platform_that_is_gone_is_not_asked_for_everybody(lms: Lms, send: Send) -> None:
    lms.fail = lambda where, count: refuse(503)() if where.endswith("/scores") else None
    assert send() == dict.fromkeys(["ann", "ben", "cid"], "HTTP 503: the platform has a fault, 5 times")
    lms.fail = lambda where, count: None
    assert list(send()) == ["ann", "ben", "cid", "dot"]
    assert len(lms.scores) == 4


def test_a_fault_that_some_students_meet_keeps_nobody_elses_mark(lms: Lms, send: Send) -> None:
    original = lms._score

    def faulty(headers: Any, data: bytes) -> None:
        if json.loads(data)["userId"] != "104":
            raise Refused(500)
        original(headers, data)

    lms._score = faulty  # type: ignore[method-assign]
    assert send()["dot"] == ""
    assert list(lms.gradebook) == ["104"]


def test_a_newer_mark_there_is_told_after_a_second_try(lms: Lms, send: Send) -> None:
    lms.gradebook["101"] = {"timestamp": "2999-01-01T00:00:00.000+00:00"}
    found = send()
    assert "a newer mark" in found.pop("ann")
    assert set(found.values()) == {""}
    lms.fail = at("/scores", lms.paths.count("/course/1/lineitems/7/lineitem/scores") + 1, refuse(409))
    del lms.gradebook["101"]
    assert send() == {"ann": ""}


def test_a_score_that_was_taken_without_an_answer_is_sent_again_and_stays_one(lms: Lms, send: Send) -> None:
    original = lms._score

    def taken(headers: object, data: bytes) -> None:
        original(headers, data)
        if len(lms.scores) == 1:
            raise Refused(0)

    lms._score = taken  # type: ignore[method-assign]
    assert set(send().values()) == {""}
    assert lms.gradebook["101"]["scoreGiven"] == 87.25


def test_what_was_killed_in_the_middle_goes_on_from_there(lms: Lms, send: Send, tmp_path: Path) -> None:
    send()
    log = tmp_path / "log.jsonl"
    lines = log.read_text().splitlines(keepends=True)
    log.write_text("".join(lines[:2]) + lines[2][:20])
    assert list(send()) == ["cid", "dot"]
    assert send() == {}


@pytest.mark.parametrize(
    "error", ["invalid_client", "invalid_grant", "invalid_scope", "made_up", None, ["x"], {"a": 1}]
)
def test_no_token_is_one_sentence_in_words_of_ours(lms: Lms, send: Send, error: object) -> None:
    lms.fail = at("/token", 1, refuse(400, {"error": error, "error_description": "\x1b[31m ::error:: secret"}))
    with pytest.raises(CourseError, match=r"gives no token \(HTTP 400\)") as caught:
        send()
    assert "secret" not in str(caught.value)
    assert ("invalid" in str(caught.value)) == str(error).startswith("invalid")


@pytest.mark.parametrize("wrong", [{"client_id": "another"}, {"audience": "https://other.example.org"}, {"key_id": ""}])
def test_who_is_not_registered_gets_no_token(lms: Lms, send: Send, wrong: dict[str, str]) -> None:
    lms.fail = lambda where, count: refuse(400, {"error": "invalid_client"})() if "key_id" in wrong else None
    with pytest.raises(CourseError, match="invalid_client"):
        send(**wrong)
    assert lms.scores == []


def test_another_key_gets_no_token(lms: Lms, send: Send, tmp_path: Path) -> None:
    make_key(tmp_path / "other.pem", 2048)
    with pytest.raises(CourseError, match="invalid_client"):
        send(key=read_key(tmp_path / "other.pem"))


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>",
        "[" * 100_000,
        "x" * 1_000_000,
        [],
        {},
        {"access_token": 5, "token_type": "Bearer"},
        {"access_token": "a\r\nX-Evil: 1", "token_type": "Bearer"},
        {"access_token": "a" * 100_000, "token_type": "Bearer"},
        {"access_token": "abc", "token_type": "mac"},
        {"access_token": "abc", "token_type": ["Bearer"]},
        {"access_token": "abc", "token_type": "Bearer", "scope": "https://example.org/other"},
    ],
)
def test_what_is_no_token_is_a_sentence(lms: Lms, send: Send, body: object) -> None:
    lms.fail = at("/token", 1, refuse(200, body))
    with pytest.raises(CourseError, match=r"without a token|not for this"):
        send()
    assert "/course/1/lineitems/7/lineitem/scores" not in lms.paths


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("path", ["/token", "/scores"])
def test_a_redirect_gets_neither_assertion_nor_token(
    lms: Lms, keys: tuple[str, str], send: Send, path: str, status: int
) -> None:
    with running(Lms(keys[1])) as elsewhere:
        lms.fail = lambda where, count: (
            refuse(status, Location=f"{elsewhere.url}{where}")() if where.endswith(path) else None
        )
        if path == "/token":
            with pytest.raises(CourseError, match="sends us elsewhere"):
                send()
        else:
            assert all("sends us elsewhere" in why for why in send().values())
        assert elsewhere.paths == []


def test_slow_answers_end(lms: Lms, send: Send, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lti_client, "_WHOLE_ANSWER_SECONDS", 0.2)
    lms.fail = at("/scores", 1, dawdle(1.0))
    assert set(send().values()) == {""}
    assert send.pauses == [1.0]  # type: ignore[attr-defined]


def test_a_netrc_and_a_proxy_of_the_machine_get_nothing_on_loopback(
    lms: Lms, send: Send, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password secret\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert set(send().values()) == {""}
