"""A tool's side of LTI 1.3: a signed assertion, the token that it gets, and requests that give nothing away.

The contract is that of https://www.imsglobal.org/spec/security/v1p1 (client credentials with a JWT, RFC 7523). Answers
are read in part, with a deadline, and never shown: whatever a platform writes there, a secret is not in our words.
"""

from __future__ import annotations

import json
import math
import queue
import re
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from requests.auth import AuthBase

from autograder.course.errors import CourseError
from autograder.doors.lti_keys import load_key
from autograder.doors.lti_scores import SCOPE

_WHOLE_ANSWER_SECONDS = 60.0
_CONNECT_SECONDS, _READ_SECONDS = 10.0, 30.0
_MOST_BYTES = 1 << 20
_ASSERTION_SECONDS = 300
_MOST_TOKEN_SECONDS = 3600.0
_EARLY_SECONDS = 10.0  # a token is renewed so long before it runs out
_NO_PROXIES: dict[str, Any] = {"http": None, "https": None}
_TOKEN = re.compile(r"[\x21-\x7e]{1,8192}")
# RFC 6749, 5.2: the only words of an answer that are shown.
_ERRORS = {
    "invalid_request": "the request is not as it expects",
    "invalid_client": "it does not know the client id, or the key that it has is not the public half of ours",
    "invalid_grant": "it does not accept the signed assertion: is the clock right, and --audience?",
    "unauthorized_client": "this client may have no token",
    "unsupported_grant_type": "it gives no tokens to tools: is --token-url right?",
    "invalid_scope": "this client lacks the scope: allow it Assignment and Grade Services on the platform",
}


@dataclass(frozen=True)
class Registration:
    """How a platform knows us.

    Attributes:
        key: private, as PEM; never shown.
        key_id: which of our keys it is, if the platform knows several.
        audience: who the assertion is for; usually the token's URL.
        deployment_id: some platforms want it in the assertion.
    """

    token_url: str
    client_id: str
    key: str = field(repr=False)
    key_id: str = ""
    audience: str = ""
    deployment_id: str = ""


@dataclass(frozen=True)
class Answer:
    """What came back: a status, the beginning of a body, and how long to wait if it asks for that."""

    status: int
    body: bytes = field(default=b"", repr=False)
    retry_after_seconds: float | None = None


class Unreachable(Exception):
    """No whole answer came; the text says why in a few words of ours."""


def assertion(registration: Registration, now_seconds: float) -> str:
    """A JWT that says who we are, once, and for a few minutes.

    Raises:
        CourseError: PyJWT is missing, or the key is none for RS256.
    """
    try:
        import jwt
    except ImportError:
        raise CourseError(
            "Scores are sent with PyJWT, which is not here: pip install 'notebook-autograder[lti]'."
        ) from None
    claims: dict[str, Any] = {
        "iss": registration.client_id,
        "sub": registration.client_id,
        "aud": registration.audience or registration.token_url,
        "iat": int(now_seconds),
        "exp": int(now_seconds) + _ASSERTION_SECONDS,
        "jti": uuid.uuid4().hex,
    }
    if registration.deployment_id:
        claims["https://purl.imsglobal.org/spec/lti/claim/deployment_id"] = registration.deployment_id
    headers = {"kid": registration.key_id} if registration.key_id else None
    return jwt.encode(claims, load_key(registration.key), algorithm="RS256", headers=headers)


@dataclass
class Client:
    """Posts to a platform with a token, which is renewed when it runs out."""

    registration: Registration
    scope: str = SCOPE
    session: requests.Session = field(default_factory=requests.Session, repr=False)
    wall_clock: Callable[[], float] = time.time
    _token: str = field(default="", repr=False)
    _until: float = 0.0

    def post(self, url: str, media_type: str, data: bytes) -> Answer:
        """Posts with the token that we have, or a new one.

        Raises:
            CourseError: the platform gives no token.
            Unreachable: no whole answer came.
        """
        return self._ask(url, {"Content-Type": media_type}, data)

    def get(self, url: str, media_type: str) -> Answer:
        """Gets, likewise."""
        return self._ask(url, {"Accept": media_type}, None)

    def _ask(self, url: str, headers: Mapping[str, str], data: bytes | None) -> Answer:
        if not self._token or self.wall_clock() > self._until:
            self.renew()
        return _ask(self.session, url, headers, data, f"Bearer {self._token}")

    def renew(self) -> None:
        """Gets a new token.

        Raises:
            CourseError: the platform gives none.
            Unreachable: no whole answer came, or it asks to wait.
        """
        self._token = ""
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion(self.registration, self.wall_clock()),
            "scope": self.scope,
        }
        answer = _ask(self.session, self.registration.token_url, {"Accept": "application/json"}, form, "")
        if answer.status == 429 or answer.status >= 500:
            raise Unreachable(f"the token's address answered {answer.status}")
        said = json_of(answer.body)
        said = said if isinstance(said, dict) else {}
        if answer.status != 200:
            raise CourseError(f"The platform gives no token (HTTP {answer.status}): {_why(answer.status, said)}.")
        token, kind, seconds = said.get("access_token"), said.get("token_type"), said.get("expires_in")
        if not isinstance(token, str) or not _TOKEN.fullmatch(token) or str(kind).lower() != "bearer":
            raise CourseError("The platform answered without a token of the kind “bearer”. Is --token-url right?")
        scope = said.get("scope")
        if isinstance(scope, str) and scope.strip() and self.scope not in scope.split():
            raise CourseError(f"The platform's token is not for this: {_ERRORS['invalid_scope']}.")
        lasts = _MOST_TOKEN_SECONDS
        if isinstance(seconds, int | float) and math.isfinite(seconds) and seconds > 0:
            lasts = min(float(seconds), _MOST_TOKEN_SECONDS)
        self._token, self._until = token, self.wall_clock() + max(lasts - _EARLY_SECONDS, lasts / 2)


def _why(status: int, said: Mapping[str, Any]) -> str:
    error = said.get("error")
    if isinstance(error, str) and error in _ERRORS:
        return f"{error}: {_ERRORS[error]}"
    if 300 <= status < 400:
        return "it sends us elsewhere, which is not followed; --token-url is not the last address"
    return "look whether --token-url, --client-id and the key are those of its registration"


class _Header(AuthBase):
    """The Authorization header as it is given, and none if there is none: requests would ask ~/.netrc."""

    def __init__(self, value: str) -> None:
        self.value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self.value:
            request.headers["Authorization"] = self.value
        return request


def _ask(
    session: requests.Session,
    url: str,
    headers: Mapping[str, str],
    data: bytes | Mapping[str, str] | None,
    authorization: str,
) -> Answer:
    """Posts once, or gets if there is nothing to post. Redirects are not followed: a token is for one place.

    Raises:
        Unreachable: no whole answer came in time.
    """

    def work() -> Answer:
        with session.request(
            "GET" if data is None else "POST",
            url,
            data=data,
            headers={**headers, "Accept-Encoding": "identity"},
            auth=_Header(authorization),
            allow_redirects=False,
            stream=True,
            timeout=(_CONNECT_SECONDS, _READ_SECONDS),
            proxies=_NO_PROXIES if url.startswith("http:") else None,  # loopback: a proxy would see the token
        ) as response:
            body = response.raw.read(_MOST_BYTES, decode_content=False)
            return Answer(response.status_code, body, _seconds(response.headers.get("Retry-After", "")))

    came = queue.SimpleQueue[Answer | str]()

    def run() -> None:
        try:
            came.put(work())
        except requests.exceptions.SSLError:
            came.put("its certificate is not trusted here")
        except requests.exceptions.Timeout:
            came.put("it did not answer in time")
        except Exception as error:  # whatever it sends; the text could hold what we sent
            came.put(f"it could not be reached ({type(error).__name__})")

    threading.Thread(target=run, daemon=True).start()
    try:
        answer = came.get(timeout=_WHOLE_ANSWER_SECONDS)
    except queue.Empty:
        raise Unreachable("it did not answer as a whole in time") from None
    if isinstance(answer, str):
        raise Unreachable(answer)
    return answer


def json_of(body: bytes) -> Any:
    """What a body says as JSON; None if it is none."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _seconds(text: str) -> float | None:
    """What Retry-After says, seconds or a date; None if nothing that can be read."""
    if re.fullmatch(r"\d{1,9}", text.strip()):
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
