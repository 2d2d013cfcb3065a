"""An assertion says who we are, once and for minutes, and nothing that goes wrong says what is secret."""

from __future__ import annotations

import socket
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import jwt
import pytest

from autograder.course.errors import CourseError
from autograder.doors import lti_client
from autograder.doors.lti_client import Client, Registration, Unreachable, assertion
from autograder.doors.lti_keys import make_key, public_pem, read_key


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("keys") / "lti.pem"
    make_key(path, 2048)
    return read_key(path)


@pytest.fixture
def registration(pem: str) -> Registration:
    return Registration("http://127.0.0.1:1/token", "client", pem, "kid-1")


@contextmanager
def answering(what: Callable[[socket.socket], None]) -> Iterator[str]:
    """An address at which something answers with bytes of its own."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            try:
                connection, _ = server.accept()
                with connection:
                    connection.recv(65536)
                    what(connection)
            except OSError:
                pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/token"


def test_an_assertion_is_what_the_security_framework_asks_for(registration: Registration, pem: str) -> None:
    signed = assertion(replace(registration, deployment_id="d1"), 1_000_000.7)
    claims = jwt.decode(
        signed, public_pem(pem), algorithms=["RS256"], options={"verify_exp": False, "verify_aud": False}
    )
    jti = claims.pop("jti")
    assert claims == {
        "iss": "client",
        "sub": "client",
        "aud": "http://127.0.0.1:1/token",
        "iat": 1_000_000,
        "exp": 1_000_300,
        "https://purl.imsglobal.org/spec/lti/claim/deployment_id": "d1",
    }
    assert jwt.get_unverified_header(signed) == {"alg": "RS256", "typ": "JWT", "kid": "kid-1"}
    again = jwt.decode(assertion(registration, 0), options={"verify_signature": False})
    assert again["jti"] != jti
    assert "kid" not in jwt.get_unverified_header(assertion(replace(registration, key_id=""), 0))


@pytest.mark.parametrize(
    "key", ["", "secret-text", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"]
)
def test_what_is_no_key_is_a_sentence_that_does_not_hold_it(registration: Registration, key: str) -> None:
    with pytest.raises(CourseError, match="private RSA key") as caught:
        assertion(replace(registration, key=key), 0)
    said = "".join(traceback.format_exception(caught.value))
    assert "secret" not in said
    assert "c2VjcmV0" not in said


def test_without_the_extra_there_is_a_sentence(registration: Registration, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jwt", None)
    with pytest.raises(CourseError, match=r"pip install 'notebook-autograder\[lti\]'"):
        assertion(registration, 0)


def test_nothing_shows_the_key_or_a_token(registration: Registration, pem: str) -> None:
    client = Client(registration)
    client._token = "token-text"
    assert pem.splitlines()[1] not in f"{registration!r} {client!r}"
    assert "token-text" not in repr(client)


@pytest.mark.parametrize(
    "what",
    [
        lambda connection: connection.sendall(b"nonsense\r\n\r\n"),
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"),
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\n" + b"X: 1\r\n" * 5000 + b"\r\n"),
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n"),
        lambda connection: None,
    ],
)
def test_an_answer_that_is_none_is_told_in_words_of_ours(
    registration: Registration, what: Callable[[socket.socket], None]
) -> None:
    with answering(what) as url, pytest.raises((Unreachable, CourseError)) as caught:
        Client(replace(registration, token_url=url)).renew()
    said = str(caught.value)
    assert len(said) < 200
    assert "nonsense" not in said
    assert "client_assertion" not in said


def test_an_endless_answer_ends(registration: Registration, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lti_client, "_WHOLE_ANSWER_SECONDS", 0.3)
    end = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not end.wait(0.05):
            connection.sendall(b" ")

    with answering(drip) as url, pytest.raises(Unreachable, match="as a whole in time"):
        Client(replace(registration, token_url=url)).renew()
    end.set()


def test_a_huge_answer_is_read_in_part(registration: Registration) -> None:
    def flood(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        connection.sendall(b" " * 50_000_000)

    with answering(flood) as url, pytest.raises(CourseError, match="without a token"):
        Client(replace(registration, token_url=url)).renew()


def test_nobody_at_the_address_is_told(registration: Registration) -> None:
    with pytest.raises(Unreachable, match=r"could not be reached \(ConnectionError\)"):
        Client(registration).renew()
