"""A learning platform on loopback, as far as LTI's scores go: it checks assertions and tokens for real, keeps a
gradebook, and fails or misbehaves as it is told."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt

CLIENT = "10000001"
SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
READ_ITEMS = "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly"
ITEMS = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE = "application/vnd.ims.lis.v1.score+json"
_ACTIVITY = ("Initialized", "Started", "InProgress", "Submitted", "Completed")
_GRADING = ("FullyGraded", "Pending", "PendingManual", "Failed", "NotReady")


class Refused(Exception):
    """An answer that is no success: a status and a body."""

    def __init__(self, status: int, body: object = "", **headers: str) -> None:
        super().__init__(status)
        self.status, self.body, self.headers = status, body, headers


@dataclass
class Lms:
    """What the platform knows and what it was asked.

    Attributes:
        public_key: of the tool, as PEM.
        users: who is in the course.
        token_lives: how many scores a token is good for, then it has run out.
        fail: what to do with a request before all else, by its path and the number of requests to it so far.
        gradebook: by user: the last score.
        scores: all that were accepted, in order.
        assertions: ids of assertions that were used.
        secrets: all that was secret: assertions and tokens.
    """

    public_key: str
    users: set[str] = field(default_factory=lambda: {"101", "102", "103", "104"})
    token_lives: int = 1000
    expires_in: object = 3600
    fail: Callable[[str, int], None] = lambda path, number: None
    gradebook: dict[str, dict[str, Any]] = field(default_factory=dict)
    scores: list[dict[str, Any]] = field(default_factory=list)
    assertions: set[str] = field(default_factory=set)
    secrets: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    tokens: dict[str, int] = field(default_factory=dict)
    scope_of: dict[str, str] = field(default_factory=dict)
    scopes: tuple[str, ...] = (SCOPE, READ_ITEMS)
    items: object = ()
    url: str = ""

    @property
    def line_item(self) -> str:
        return f"{self.url}/course/1/lineitems/7/lineitem?type_id=2"

    @property
    def token_url(self) -> str:
        return f"{self.url}/token"

    def answer(self, path: str, headers: Any, data: bytes) -> tuple[int, object, str]:
        """Status, body and media type. Raises Refused."""
        where = urlsplit(path).path
        self.paths.append(where)
        self.fail(where, self.paths.count(where))
        if where == "/token":
            return 200, self._token(headers, parse_qs(data.decode(), strict_parsing=True)), "application/json"
        if where == "/course/1/lineitems/7/lineitem/scores":
            if urlsplit(path).query != "type_id=2":
                raise Refused(400, "the line item's parameters are lost")
            self._score(headers, data)
            return 200, {"resultUrl": f"{self.url}/result"}, SCORE
        if where == "/course/1/lineitems":
            self._check(headers, READ_ITEMS)
            assert headers["Accept"] == ITEMS
            return 200, self.items, ITEMS
        raise Refused(404, "there is no such place")

    def _token(self, headers: Any, form: dict[str, list[str]]) -> object:
        if headers["Content-Type"] != "application/x-www-form-urlencoded" or "Authorization" in headers:
            raise Refused(400, {"error": "invalid_request"})
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        if form["grant_type"] != ["client_credentials"] or form["client_assertion_type"] != [kind]:
            raise Refused(400, {"error": "unsupported_grant_type"})
        if form["scope"][0] not in self.scopes:
            raise Refused(400, {"error": "invalid_scope"})
        assertion = form["client_assertion"][0]
        self.secrets.append(assertion)
        try:
            claims = jwt.decode(
                assertion,
                self.public_key,
                algorithms=["RS256"],
                audience=self.token_url,
                issuer=CLIENT,
                options={"require": ["iss", "sub", "aud", "iat", "exp", "jti"]},
            )
        except jwt.PyJWTError as error:
            raise Refused(401, {"error": "invalid_client", "error_description": f"{error}: {assertion}"}) from error
        if claims["sub"] != CLIENT or claims["exp"] - claims["iat"] > 3600 or claims["jti"] in self.assertions:
            raise Refused(400, {"error": "invalid_grant"})
        if not jwt.get_unverified_header(assertion)["kid"]:
            raise Refused(400, {"error": "invalid_client"})
        self.assertions.add(claims["jti"])
        token = secrets.token_urlsafe(24)
        self.secrets.append(token)
        self.tokens[token] = self.token_lives
        self.scope_of[token] = form["scope"][0]
        return {"access_token": token, "token_type": "Bearer", "expires_in": self.expires_in, "scope": form["scope"][0]}

    def _check(self, headers: Any, scope: str) -> None:
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        if self.tokens.get(token, 0) <= 0:
            raise Refused(401, f"the token {token} has run out")
        if self.scope_of[token] != scope:
            raise Refused(403, f"the token {token} is for something else")
        self.tokens[token] -= 1

    def _score(self, headers: Any, data: bytes) -> None:
        self._check(headers, SCOPE)
        if headers["Content-Type"] != SCORE:
            raise Refused(415, "no score")
        score = json.loads(data)
        user = score["userId"]
        if not isinstance(user, str) or user not in self.users:
            raise Refused(422, "no such user")
        if score["activityProgress"] not in _ACTIVITY or score["gradingProgress"] not in _GRADING:
            raise Refused(400, "no such progress")
        if "scoreGiven" in score and not (score["scoreMaximum"] > 0 and score["scoreGiven"] >= 0):
            raise Refused(412, "no maximum")
        at = datetime.fromisoformat(score["timestamp"])
        assert at.tzinfo is not None, "a time without a zone"
        assert "." in score["timestamp"], "a time without parts of seconds"
        if user in self.gradebook and at <= datetime.fromisoformat(self.gradebook[user]["timestamp"]):
            raise Refused(409, "there is a newer one")
        self.gradebook[user] = score
        self.scores.append(score)


@contextmanager
def running(lms: Lms) -> Iterator[Lms]:
    """The platform, answering at `lms.url`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.answer(self.rfile.read(int(self.headers["Content-Length"])))

        def do_GET(self) -> None:
            self.answer(b"")

        def answer(self, data: bytes) -> None:
            kind, more = "text/plain", {}
            try:
                status, body, kind = lms.answer(self.path, self.headers, data)
            except Refused as refused:
                status, body, more = refused.status, refused.body, refused.headers
            raw = body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
            if status == 0:  # gone in the middle
                self.connection.close()
                return
            self.send_response(status)
            self.send_header("Content-Type", kind)
            for name, value in more.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    lms.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield lms
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def at(path: str, number: int, what: Callable[[], None]) -> Callable[[str, int], None]:
    """What to do at one request of a path, counted from 1."""

    def fail(where: str, count: int) -> None:
        if where.endswith(path) and count == number:
            what()

    return fail


def refuse(status: int, body: object = "", **headers: str) -> Callable[[], None]:
    """Refuses, whatever was asked."""

    def what() -> None:
        raise Refused(status, body, **headers)

    return what


def dawdle(seconds: float) -> Callable[[], None]:
    """Answers late."""
    return lambda: time.sleep(seconds)
