"""What a platform is told of marks through LTI's Assignment and Grade Services, and a log of what it was told.

The contract is that of https://www.imsglobal.org/spec/lti-ags/v2p0 (score publish service). Only `FullyGraded` carries
a score: what staff are yet to mark or look at is `PendingManual` without one, which clears a score that was sent
before.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from autograder.course.errors import CourseError
from autograder.doors.scores import Person, Score, Scores, State
from autograder.report.report import round_points

MEDIA_TYPE = "application/vnd.ims.lis.v1.score+json"
SCOPE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
# Else Canvas counts each score as another attempt (`lti/ims/scores_controller.rb` in instructure/canvas-lms).
CANVAS = {"https://canvas.instructure.com/lti/submission": {"new_submission": False}}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_TICK = timedelta(milliseconds=1)

Body = Mapping[str, str | float]
"""A score as the platform gets it, without the timestamp."""


@dataclass(frozen=True)
class Posting:
    """What a platform should be told of a student."""

    student: str
    user_id: str
    body: Body


@dataclass(frozen=True)
class Plan:
    """What to send.

    Attributes:
        postings: in the order of students' ids.
        same: how many scores the platform has already.
        left_out: of whom nothing is sent although there is something to say, and why.
        unsent: of whom there is nothing to send, by why.
    """

    postings: tuple[Posting, ...]
    same: int = 0
    left_out: tuple[tuple[str, str], ...] = ()
    unsent: Mapping[State, tuple[str, ...]] = field(default_factory=dict)


def plan(scores: Scores, people: Mapping[str, Person], sent: Mapping[str, Sent], zeros: bool, again: bool) -> Plan:
    """What to send of an assignment's marks.

    Args:
        sent: what the platform was told last, by its id of the user.
        zeros: who handed in nothing gets 0.
        again: also what it was told already.
    """
    if not scores.max_points:
        raise CourseError(f"{scores.assignment} has no points any more, so there is no score to send.")
    count = Counter(each.lms_user_id for each in people.values())
    postings, left_out, same = [], [], 0
    unsent: dict[State, list[str]] = {}
    for student, one in scores.of.items():
        body = body_of(one, scores.max_points, zeros)
        if body is None:
            unsent.setdefault(one.state, []).append(student)
            continue
        user_id = people[student].lms_user_id if student in people else ""
        if not user_id:
            left_out.append((student, "has no lms_user_id in the gradebook: `autograder roster FILE` puts it there"))
        elif count[user_id] > 1:
            left_out.append((student, f"shares the lms_user_id {user_id} with another student: mend the roster"))
        elif not again and user_id in sent and sent[user_id].body == body:
            same += 1
        else:
            postings.append(Posting(student, user_id, body))
    return Plan(tuple(postings), same, tuple(left_out), {state: tuple(who) for state, who in unsent.items()})


def body_of(score: Score, max_points: float, zeros: bool) -> Body | None:
    """What a platform is told of a mark; None: nothing. A fault of ours is nobody else's business."""
    if score.final is not None:
        points = {"scoreGiven": round_points(score.final), "scoreMaximum": round_points(max_points)}
        return {**points, "activityProgress": "Completed", "gradingProgress": "FullyGraded"}
    if score.state in (State.LOOK, State.WAITING):
        return {"activityProgress": "Submitted", "gradingProgress": "PendingManual"}
    if score.state is State.NOTHING and zeros:
        points = {"scoreGiven": 0.0, "scoreMaximum": round_points(max_points)}
        return {**points, "activityProgress": "Initialized", "gradingProgress": "FullyGraded"}
    return None


def scores_url(line_item: str) -> str:
    """Where a line item's scores are posted: `/scores` at the end of its path, before any parameters."""
    parts = urlsplit(line_item)
    path = parts.path.rstrip("/").removesuffix("/scores")  # who copied the address of its scores meant the same
    return urlunsplit(parts._replace(path=f"{path}/scores", fragment=""))


def check_url(name: str, url: str) -> None:
    """Raises CourseError if something secret could be read on its way to `url`, or there is no such way."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or parts.scheme not in ("https", "http") or not url.isprintable() or " " in url:
        raise CourseError(f"{name} is no address of the form https://lms.example.org/…")
    if parts.username or parts.password:
        raise CourseError(f"{name} holds a name or a password. Take it out: a key identifies you.")
    if parts.scheme == "http" and host not in _LOOPBACK:
        raise CourseError(f"{name} begins with http://, so that others could read the token on its way. Use https://.")


def next_timestamp(now: datetime, last: str) -> str:
    """The time of a score, in UTC, later than the one before even where a clock was put back."""
    if last:
        now = max(now, datetime.fromisoformat(last) + _TICK)
    return now.astimezone(UTC).isoformat(timespec="milliseconds")


@dataclass(frozen=True)
class Sent:
    """What a platform accepted: a score, and its time."""

    body: Body
    timestamp: str


def read_log(path: Path, line_item: str) -> dict[str, Sent]:
    """What was accepted last of each user of a line item. A line that was not written whole does not count."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(
            f"{path} can't be read: {error}. It says what was sent before; move it away to send all."
        ) from error
    found = {}
    for line in lines:
        try:
            each = json.loads(line)
            has_zone = datetime.fromisoformat(each["timestamp"]).tzinfo is not None
            if each["line_item"] == line_item and has_zone:
                found[str(each["user_id"])] = Sent(dict(each["score"]), each["timestamp"])
        except (ValueError, KeyError, TypeError):
            continue
    return found


def log_line(line_item: str, posting: Posting, timestamp: str) -> str:
    """A line of the log: what was accepted. It holds no secret."""
    what = {"line_item": line_item, "user_id": posting.user_id, "timestamp": timestamp, "score": posting.body}
    return json.dumps(what) + "\n"
