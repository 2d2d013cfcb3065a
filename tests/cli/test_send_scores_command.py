"""`autograder send-scores` and `lti-key` from end to end: what a platform gets, what is said, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from filelock import FileLock
from lms import CLIENT, Lms, Refused, running
from scored import Made, make_class

from autograder.course.assignment import Assignment
from autograder.doors import lti_keys
from autograder.doors.lti_keys import make_key, public_pem, read_key

Command = Callable[..., tuple[int, str, str]]
CLASS = (
    Made("ann", "Ann", "Bee", "ann@example.org", "101", points={}),
    Made("ben", "Ben", "Cee", "ben@example.org", "102", points={}),
    Made("cid", "Cid", "Dee", "cid@example.org", "103", points={}, change={"looks": ("two notebooks",)}),
    Made("dot", "Dot", "Eff", "dot@example.org", "104", handed_in=False),
    Made("eve", "Eve", "Gee", "eve@example.org", "", points={}),
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, tiny_gradebook: Path, tiny: Assignment) -> Path:
    folder = tmp_path_factory.mktemp("scored")
    make_key(folder / "lti.pem", 2048)
    return make_class(folder / "course", tiny_gradebook, tiny, CLASS).folder


@pytest.fixture
def key(made: Path) -> Path:
    return made.parent / "lti.pem"


@pytest.fixture
def lms(key: Path) -> Iterator[Lms]:
    with running(Lms(public_pem(read_key(key)))) as platform:
        yield platform


@pytest.fixture
def send(made: Path, key: Path, lms: Lms, command: Command) -> Callable[..., tuple[int, str, str]]:
    (made / "reports" / "tiny-sent.jsonl").unlink(missing_ok=True)
    where = ("--line-item", lms.line_item, "--token-url", lms.token_url, "--client-id", CLIENT)

    def send(*more: object) -> tuple[int, str, str]:
        done = command("send-scores", "tiny", "--course-dir", made, *where, *(more or ("--key", key)))
        said = "".join(done[1:])
        assert not [each for each in [*lms.secrets, read_key(key).splitlines()[2]] if each in said]
        return done

    return send


def test_marks_are_sent_once_and_what_is_not_is_said(lms: Lms, send: Command) -> None:
    code, out, err = send()
    assert (code, out) == (6, "")  # eve has no id there
    assert {user: score.get("scoreGiven") for user, score in lms.gradebook.items()} == {
        "101": 20,
        "102": 20,
        "103": None,
    }
    assert "eve" in err
    assert "has no lms_user_id" in err
    assert "tiny: sent as pending, without a score, as staff should see it: cid." in err
    assert "tiny: nothing to send of dot: nothing handed in." in err
    assert "tiny: 3 scores sent, 0 not." in err
    asked = len(lms.paths)
    assert "tiny: 0 scores to send; 3 the platform has already." in send()[2]
    assert len(lms.paths) == asked


def test_a_dry_run_asks_nobody(lms: Lms, send: Command, key: Path) -> None:
    code, _, err = send("--dry-run", "--excused", "eve")
    assert (code, lms.paths) == (0, [])
    assert "tiny: 3 scores to send" in err


def test_all_sent_is_exit_code_0_and_quiet_says_nothing(lms: Lms, send: Command, key: Path) -> None:
    assert send("--key", key, "--excused", "eve", "--quiet", "--looked-at", "cid", "--zeros") == (0, "", "")
    assert sorted((user, score["scoreGiven"]) for user, score in lms.gradebook.items()) == [
        *(("101", 20), ("102", 20), ("103", 20), ("104", 0))
    ]


def test_canvas_is_told_that_a_mark_is_no_attempt_and_others_are_not(lms: Lms, send: Command, key: Path) -> None:
    extension = "https://canvas.instructure.com/lti/submission"
    send("--key", key, "--excused", "eve")
    assert not [score for score in lms.scores if extension in score]
    send("--key", key, "--excused", "eve", "--canvas", "--again")
    assert [score[extension] for score in lms.scores[3:]] == [{"new_submission": False}] * 3


def test_the_key_may_stand_in_the_environment(
    lms: Lms, send: Command, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert send("--excused", "eve")[0] == 1
    monkeypatch.setenv("AUTOGRADER_LTI_KEY", read_key(key))
    assert send("--excused", "eve")[0] == 0


def test_who_is_refused_is_in_a_table_and_the_exit_code_says_so(lms: Lms, send: Command, key: Path) -> None:
    lms.users.remove("102")
    code, _, err = send("--key", key, "--excused", "eve")
    assert code == 6
    assert "HTTP 422" in err
    assert "tiny: 2 scores sent, 1 not." in err


def test_a_token_that_is_refused_in_the_middle_tells_what_was_sent(lms: Lms, send: Command, key: Path) -> None:
    lms.token_lives = 1

    def fail(path: str, number: int) -> None:
        if path == "/token" and number > 1:
            raise Refused(400, {"error": "invalid_client"})

    lms.fail = fail
    code, _, err = send("--key", key, "--excused", "eve")
    assert code == 1
    assert "tiny: 1 score sent, 0 not; 2 not tried: the same command goes on from there." in err
    assert "Error: The platform gives no token (HTTP 400): invalid_client" in err


def test_a_key_that_others_can_read_is_told(send: Command, key: Path) -> None:
    key.chmod(0o644)
    assert f"chmod 600 {key}" in send("--key", key, "--excused", "eve")[2].replace("\n", "")
    key.chmod(0o600)


def test_two_at_a_time_do_not_send(made: Path, lms: Lms, send: Command) -> None:
    with FileLock(made / "reports" / "tiny-sent.lock"):
        code, _, err = send()
    assert (code, lms.paths) == (1, [])
    assert "being sent already" in err


@pytest.mark.parametrize("option", ["--line-item", "--token-url"])
def test_an_address_that_others_can_listen_on_is_refused(lms: Lms, send: Command, key: Path, option: str) -> None:
    code, _, err = send("--key", key, option, "http://lms.example.org/7")
    assert (code, lms.paths) == (1, [])
    assert f"{option} begins with http://" in err


def test_a_new_key_is_made_once_and_only_its_public_half_printed(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lti_keys.make_key, "__defaults__", (2048,))  # larger ones take longer
    path = tmp_path / "new.pem"
    code, out, err = command("lti-key", path)
    assert (code, err) == (0, "")
    assert '"kty": "RSA"' in out
    assert "PRIVATE" not in out
    assert '"d"' not in out
    assert command("lti-key", path)[1] == out
    assert "BEGIN PUBLIC KEY" in command("lti-key", path, "--pem")[1]


def test_line_items_are_listed_and_what_they_are_called_steers_no_terminal(
    lms: Lms, command: Command, key: Path
) -> None:
    lms.items = [
        {"id": lms.line_item, "label": "My lab", "scoreMaximum": 20},
        {"id": "https://x.org/2", "label": "\x1b[31m[red]odd[/]" + "x" * 1000},
        {"label": "no address"},
        "nonsense",
    ]
    where = ("--token-url", lms.token_url, "--client-id", CLIENT, "--key", key)
    code, out, _ = command("lti-line-items", f"{lms.url}/course/1/lineitems", *where)
    assert code == 0
    assert lms.line_item in out
    assert "My lab" in out
    assert "\x1b" not in out
    assert "no address" not in out
    assert len(out) < 5000
    lms.items = {"not": "a list"}
    assert command("lti-line-items", f"{lms.url}/course/1/lineitems", *where)[0] == 1
    lms.items = []
    assert "no line items yet" in command("lti-line-items", f"{lms.url}/course/1/lineitems", *where)[1]
    lms.scopes = ()
    code, _, err = command("lti-line-items", f"{lms.url}/course/1/lineitems", *where)
    assert code == 1
    assert "this client lacks the scope" in err.replace("\n", " ")
