"""What students sent through nbgrader's exchange: folders called `<student>+<assignment>+<time>+<random>`.

A student makes their own folder, and gives it any name and any content. So nothing here is believed but what the kernel
says of it: who it belongs to, and when it was changed last.
"""

from __future__ import annotations

import os
import pwd
import re
import stat
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from functools import lru_cache, partial
from pathlib import Path

from autograder.collect.collecting import Filled, Found, HandIn
from autograder.collect.copying import Bounds, copy_folder, kernel_time
from autograder.course.course import TIMESTAMP_FILE
from autograder.course.errors import CourseError
from autograder.gradebook.plain_files import NotPlainError, opened_beneath, opened_root, read_plain
from autograder.gradebook.timestamps import parse_moment

_MAX_TRIES = 100  # of one student's that are looked at: the last by their names
_MAX_TIMESTAMP_BYTES = 200
_SAME_TIME = timedelta(seconds=1)
_SOON = timedelta(days=1)
_ZONE = re.compile(r"(?:[ \d])\+(?:\d\d:?\d\d)$")  # "+0900", which is no random text
_NBGRADER = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} UTC")
_FORMAT = "%Y-%m-%d %H:%M:%S.%f UTC"  # nbgrader's own


@dataclass(frozen=True)
class Wanted:
    """What is asked for.

    Attributes:
        assignment: its name.
        students: ids, or patterns of them; empty: everybody.
        due_at: of each student's the last before this one is taken, or else the last; None: the last.
        check_owner: whether a folder must belong to the student's account, if there is an account of that name.
        timezone: of times that name none.
        bounds: of each hand-in.
    """

    assignment: str
    students: tuple[str, ...] = ()
    due_at: datetime | None = None
    check_owner: bool = True
    timezone: str = "UTC"
    bounds: Bounds = field(default_factory=Bounds)

    def wants(self, student: str) -> bool:
        return not self.students or any(student == each or fnmatchcase(student, each) for each in self.students)


@dataclass(frozen=True)
class _Sent:
    """A folder: its name, whose it says that it is, when it says that it was handed in, the account it is of, and when
    that was changed last."""

    name: str
    student: str
    at: datetime
    owner: int
    changed_at: datetime


@contextmanager
def opened_inbound(exchange: Path, course_id: str) -> Iterator[int]:
    """A descriptor of the course's folder of hand-ins in the exchange.

    Raises:
        CourseError: there is none, or it can't be read, or a link stands in its place.
    """
    where = exchange / course_id / "inbound"
    if not course_id or os.sep in course_id:
        raise CourseError("The course has no id to find its hand-ins by. Set c.CourseDirectory.course_id.")
    if not where.is_dir():
        raise CourseError(
            f"There are no hand-ins: {where} is not there. It is made when an assignment is released; is "
            "c.Exchange.root right? For files from a learning platform, name their folder with --from."
        )
    try:
        with opened_root(exchange) as root, opened_beneath(root, course_id, "inbound") as inbound:
            yield inbound
    except NotPlainError as error:
        raise CourseError(
            f"{where} can't be collected from: it, or the folder that it is in, {error}. In an exchange that all may "
            "write to, anybody may have put it there; if it was you, set c.Exchange.root to where it leads."
        ) from error


def find_sent(inbound: int, wanted: Wanted) -> Found:
    """Of each student the hand-in that counts. `inbound` must stay open while they are collected."""
    left_out: list[tuple[str, str, str]] = []
    hand_ins = []
    for student, sent in sorted(_listed(inbound, wanted, left_out).items()):
        for each in sorted(sent, key=lambda each: (_in_time(each, wanted), each.at, each.name), reverse=True):
            if why := _refused(inbound, each, wanted):
                left_out.append((student, each.name, why))
            else:
                doubts = tuple(_of_several(sent, wanted))
                fill = partial(_fill, inbound, each, doubts, wanted)
                hand_ins.append(HandIn(student, each.at, fill, each.changed_at))
                break
    return Found(tuple(hand_ins), tuple(left_out), tuple(_notes(inbound)))


def _listed(inbound: int, wanted: Wanted, left_out: list[tuple[str, str, str]]) -> dict[str, list[_Sent]]:
    """All that says that it is a hand-in, by student. What can't be one comes to what was left out."""
    names: dict[tuple[str, int], list[tuple[str, str, float]]] = defaultdict(list)
    with os.scandir(inbound) as entries:
        for entry in entries:
            student, found, when = entry.name.rpartition(f"+{wanted.assignment}+")
            if not (found and student and wanted.wants(student)):
                continue
            with suppress(FileNotFoundError):
                status = entry.stat(follow_symlinks=False)
                names[student, status.st_uid].append((when, entry.name, status.st_ctime))
    sent: dict[str, list[_Sent]] = defaultdict(list)
    for (student, owner), found_names in sorted(names.items()):  # one account can't drown what another one sent
        for when, name, changed in sorted(found_names, reverse=True)[:_MAX_TRIES]:
            if (at := _moment(when, wanted.timezone)) is None:
                left_out.append((student, name, "has a name that says no time"))
            else:
                sent[student].append(_Sent(name, student, at, owner, kernel_time(changed)))
        if len(found_names) > _MAX_TRIES:
            many = f"are {len(found_names):,}, of which the last {_MAX_TRIES} were looked at"
            left_out.append((student, "hand-ins", many))
    return sent


def _fill(inbound: int, sent: _Sent, doubts: tuple[str, ...], wanted: Wanted, target: Path) -> Filled:
    with _opened(inbound, sent) as folder:
        copied = copy_folder(folder, target, wanted.bounds)
        raw = read_plain(folder, TIMESTAMP_FILE, _MAX_TIMESTAMP_BYTES)
    text = "" if raw is None else raw.decode("utf-8-sig", "replace").strip()
    told = parse_moment(text, wanted.timezone) if text else None
    at = sent.at
    if raw is None:
        doubts += (f"there is no {TIMESTAMP_FILE} to read, which nbgrader writes last: see if all has arrived",)
    if text and told is None:
        doubts += (f"{TIMESTAMP_FILE} says no time that can be read; that of the folder's name counts",)
    elif told is not None and abs(told - sent.at) > _SAME_TIME:
        at = max(told, sent.at)
        both = f"the folder's name says {shown_time(sent.at)} and {TIMESTAMP_FILE} {shown_time(told)}"
        doubts += (f"{both}; the later counts",)
    if at > datetime.now(UTC).replace(tzinfo=None) + _SOON:
        doubts += (f"it says that it was handed in at {shown_time(at)}, which is still to come",)
    kept = text if told == at and text.isprintable() else at.strftime(_FORMAT)
    return Filled(kept, at, copied.left_out, doubts, copied.changed_at)


def shown_time(at: datetime) -> str:
    """A time of the gradebook's, as staff read it."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _moment(text: str, timezone: str) -> datetime | None:
    """The time in a folder's name, with or without random text after it."""
    when, plus, _ = text.rpartition("+")
    if not plus or _ZONE.search(text):
        when = text
    if _NBGRADER.fullmatch(when):
        try:
            return datetime.strptime(when, _FORMAT)
        except ValueError:
            return None
    return parse_moment(when, timezone)


def _in_time(sent: _Sent, wanted: Wanted) -> bool:
    return wanted.due_at is not None and sent.at <= wanted.due_at


def _refused(inbound: int, sent: _Sent, wanted: Wanted) -> str:
    """Why a folder is no hand-in, as the end of a sentence; empty if it is one."""
    try:
        with _opened(inbound, sent):
            pass
    except NotPlainError as error:
        return str(error)
    account = _account(sent.student)
    if not wanted.check_owner or account in (None, sent.owner) or sent.owner in (0, os.geteuid()):
        return ""  # staff may hand in for a student
    return f"belongs to {_name_of(sent.owner)} and not to that student's account (c.ExchangeCollect.check_owner)"


@contextmanager
def _opened(inbound: int, sent: _Sent) -> Iterator[int]:
    with opened_beneath(inbound, sent.name) as folder:
        if os.fstat(folder).st_uid != sent.owner:
            raise NotPlainError("has become another account's")
        yield folder


def _of_several(sent: list[_Sent], wanted: Wanted) -> Iterator[str]:
    """Says whether one student's hand-ins belong to several accounts, where their own is not known."""
    if wanted.check_owner and _account(sent[0].student) is None:
        owners = {each.owner for each in sent} - {0, os.geteuid()}
        if len(owners) > 1:
            names = ", ".join(sorted(_name_of(each) for each in owners))
            yield f"the student's hand-ins belong to several accounts ({names}): did others hand in for them"


@lru_cache
def _account(student: str) -> int | None:
    """The account of that name; None if ids of students are no accounts here, as where each has a container."""
    try:
        return pwd.getpwnam(student).pw_uid
    except (KeyError, ValueError):
        return None


@lru_cache
def _name_of(owner: int) -> str:
    try:
        return pwd.getpwuid(owner).pw_name
    except KeyError:
        return f"the account {owner}"


def _notes(inbound: int) -> Iterator[str]:
    """What is wrong with the exchange's permissions: its secrets are folders' names."""
    for folder, name in ((".", "inbound"), ("..", "the course's folder in the exchange")):
        status = os.stat(folder, dir_fd=inbound)
        if status.st_uid not in (0, os.geteuid()) and not status.st_mode & stat.S_IWGRP:
            owner = _name_of(status.st_uid)
            yield f"{name} belongs to {owner}, who can take away and rename all hand-ins: is that staff?"
    if os.fstat(inbound).st_mode & stat.S_IROTH:
        yield "All can list the hand-ins of all in the exchange, and read them: chmod o-r inbound."
    for folder, name in (("..", "the course's folder in the exchange"), ("../..", "the exchange")):
        mode = os.stat(folder, dir_fd=inbound).st_mode
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            yield f"All can take away what others put into {name}: chmod +t on it."
