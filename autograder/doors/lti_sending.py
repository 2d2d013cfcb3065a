"""Sends scores one after another: what fails for a while is tried again, what is refused is told, the rest goes on."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from autograder.course.errors import CourseError
from autograder.doors.lti_client import Answer, Client, Unreachable
from autograder.doors.lti_scores import MEDIA_TYPE, Plan, Posting, Sent, log_line, next_timestamp, scores_url

_TRIES = 5
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 120.0
# What speaks for a platform that is gone, of students in a row. A 500 may be about one student, as Moodle's can be.
_STRIKES, _STRIKES_OF_500, _GONE = 4, 1, 10
_NEWER = 409
_REFUSED = {
    400: "the platform does not accept it: is this student in its course, and is the clock right?",
    401: "the platform does not accept the token: may this client post to this line item?",
    403: "this client may not post to this line item, or not for this student",
    404: "the platform knows no such line item or user: are --line-item and the roster's lms_user_id right?",
    405: "no scores can be posted there: is --line-item a line item's address?",
    409: "the platform has a newer mark: somebody changed it there, or the clocks differ",
    412: "the platform does not accept the maximum",
    413: "the platform says that it is too large",
    415: "no scores can be posted there: is --line-item a line item's address?",
    422: "the platform can't grade this user: is this student in its course, and is the roster's lms_user_id right?",
}


@dataclass(frozen=True)
class Outcome:
    """What became of a student's score: accepted, or why not, and how much that speaks for a platform that is gone."""

    posting: Posting
    why: str = ""
    strikes: int = 0


@dataclass
class Sending:
    """Sends to one line item, and writes down what was accepted.

    Attributes:
        log: what was accepted, a line each.
        sent: what was accepted before, by the platform's id of the user.
        pause: waits so many seconds.
        more: what else a platform wants in each score.
    """

    client: Client
    line_item: str
    log: Path
    sent: Mapping[str, Sent]
    pause: Callable[[float], None] = time.sleep
    more: Mapping[str, object] = field(default_factory=dict)
    _token_worked: bool = False
    _renewed: bool = False

    def send(self, plan: Plan) -> Iterator[Outcome]:
        """Sends what is planned, each on its own. It stops where the platform is gone: what is left stays to be sent.

        Raises:
            CourseError: the platform gives no token, or the log can't be written.
        """
        strikes = 0
        for posting in plan.postings:
            outcome = self._send(posting)
            yield outcome
            strikes = strikes + outcome.strikes if outcome.strikes else 0
            if strikes >= _GONE:
                return

    def _send(self, posting: Posting) -> Outcome:
        why, pause, strikes = "", _FIRST_PAUSE_SECONDS, _STRIKES
        for number in range(_TRIES):
            last = self.sent[posting.user_id].timestamp if posting.user_id in self.sent else ""
            timestamp = next_timestamp(datetime.now(UTC), last)
            try:
                answer = self._post(posting, timestamp)
            except Unreachable as error:
                why, wait, strikes = str(error), pause, _STRIKES
            else:
                if 200 <= answer.status < 300:
                    self._keep(posting, timestamp)
                    return Outcome(posting)
                if answer.status not in (429, _NEWER) and answer.status < 500:
                    return Outcome(posting, _why(answer.status))
                if answer.status == _NEWER and number:
                    return Outcome(posting, _why(answer.status))
                why, wait = _why(answer.status), max(pause, answer.retry_after_seconds or 0.0)
                strikes = _STRIKES_OF_500 if answer.status == 500 else _STRIKES
                if wait > _LONGEST_PAUSE_SECONDS:
                    return Outcome(posting, f"{why}; it asks to wait for {wait:,.0f} seconds", strikes)
            if number < _TRIES - 1:
                self.pause(wait)
                pause *= 2
        return Outcome(posting, f"{why}, {_TRIES} times", strikes)

    def _post(self, posting: Posting, timestamp: str) -> Answer:
        """Posts; if the token ran out in the middle, once more with a new one."""
        data = json.dumps({**self.more, **posting.body, "userId": posting.user_id, "timestamp": timestamp}).encode()
        answer = self.client.post(scores_url(self.line_item), MEDIA_TYPE, data)
        if answer.status == 401 and (self._token_worked or not self._renewed):
            self._token_worked, self._renewed = False, True
            self.client.renew()
            answer = self.client.post(scores_url(self.line_item), MEDIA_TYPE, data)
        self._token_worked = self._token_worked or answer.status < 400
        return answer

    def _keep(self, posting: Posting, timestamp: str) -> None:
        try:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            with self.log.open("ab+") as file:
                file.seek(max(0, file.tell() - 1))
                whole = file.read(1) in (b"", b"\n")  # else a run was killed while it wrote a line
                file.write((b"" if whole else b"\n") + log_line(self.line_item, posting, timestamp).encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise CourseError(
                f"{self.log} can't be written: {error.strerror or error}. The score of {posting.student} was sent, and "
                "will be sent again, which does no harm."
            ) from error


def _why(status: int) -> str:
    if 300 <= status < 400:
        said = "the platform sends us elsewhere, which is not followed: --line-item is not the last address"
    elif status == 429:
        said = "the platform asks to wait"
    elif 400 <= status < 500:
        said = _REFUSED.get(status, "the platform does not accept it")
    else:
        said = "the platform has a fault"
    return f"HTTP {status}: {said}"
