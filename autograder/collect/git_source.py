"""Hand-ins from git: one repository a student, several at a time, and only what is new.

What was collected stands in a file of ours, in the course's folder: which commit of which repository, and when that was
seen. So a server is asked once what is there, and a repository is fetched only if that is something else.
"""

from __future__ import annotations

import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path

import msgspec

from autograder.collect.collecting import Filled, Found, HandIn
from autograder.collect.copying import Bounds, ChangingError
from autograder.collect.git_history import Chosen, fetch_chosen, find_head
from autograder.collect.git_objects import FOLDER, Objects, opened_objects
from autograder.collect.git_runs import TOKEN, TOKEN_HOST, Git
from autograder.collect.git_tree import copy_tree
from autograder.collect.git_words import Fault, GitError
from autograder.collect.inbound import shown_time
from autograder.collect.repository_list import LeftOutRow, Repository
from autograder.gradebook.plain_files import NotPlainError
from autograder.report.report import write_whole

_FORMAT = "%Y-%m-%d %H:%M:%S UTC"
_MAX_FAULTS = 3  # one after the other, of one host; then it is not asked any more
_MAY_BE_ALL = (Fault.REFUSED, Fault.NETWORK, Fault.SLOW)
_GRACE = timedelta(minutes=10)
_WHAT = "the repository"
_AGAIN_SECONDS = 30.0
_AHEAD = 2  # times as many repositories are fetched as are fetched at once, before they are put into their places


class Seen(msgspec.Struct, frozen=True):
    """What a repository had when it was asked last.

    Attributes:
        url, branch: as the list had them.
        head: the object that the branch pointed to; empty if nothing.
        asked_at: when, in UTC without a zone.
        due_at: the due date that was looked for; None: none.
        commit: what was collected of it; empty if nothing.
        at: when that was committed.
        doubts: what there was to say of that.
        pushed: of these, that it was pushed later than it says; empty if not.
    """

    url: str
    branch: str
    head: str
    asked_at: datetime
    due_at: datetime | None = None
    commit: str = ""
    at: datetime | None = None
    doubts: tuple[str, ...] = ()
    pushed: str = ""


@dataclass(frozen=True)
class GitWanted:
    """What is asked for.

    Attributes:
        assignment: its name; a folder of that name with a notebook in it is collected, or else the whole repository.
        due_at: of each student's the last commit before this counts, or else the newest; None: the newest.
        bounds: of each hand-in.
        asks: whether to ask for what a student has there, by the id; if not, what was collected before stays.
        collected_at: when what was collected before of a student was handed in; None if there is nothing.
    """

    assignment: str
    due_at: datetime | None
    bounds: Bounds
    asks: Callable[[str], bool]
    collected_at: Callable[[str], datetime | None]


@dataclass
class GitSource:
    """Repositories to collect from. What can't be read comes to `left_out` and `unread`, while it is asked."""

    git: Git
    wanted: GitWanted
    scratch: Path
    memory_file: Path
    left_out: list[LeftOutRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._seen = _read_memory(self.memory_file)
        self._faults: Counter[str] = Counter()
        self._last: dict[str, Fault] = {}
        self._not_asked: Counter[str] = Counter()
        self._readable: dict[str, Repository] = {}
        self._shut: set[str] = set()
        self._lock = threading.Lock()

    def found(self, repositories: Sequence[Repository]) -> Found:
        """What there is, with rows that grow until all is asked."""
        known = {each.url for each in self._seen.values() if each.commit}
        self._readable = {each.host: each for each in repositories if each.url in known}
        return Found((), self.left_out, self.notes, self.unread, len(repositories))

    def hand_ins(self, repositories: Sequence[Repository], jobs: int) -> Generator[HandIn]:
        """Hand-ins as they come, each to be collected before the next one is asked for."""
        waiting = iter(repositories)
        running: dict[Future[HandIn | None], Path] = {}
        pool = ThreadPoolExecutor(jobs, thread_name_prefix="git")
        try:
            while True:
                for each in islice(waiting, _AHEAD * jobs - len(running)):
                    folder = self.scratch / f"line {each.line}"
                    running[pool.submit(self._ask, each, folder)] = folder
                if not running:
                    break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    if (hand_in := future.result()) is not None:
                        yield hand_in
                    shutil.rmtree(running.pop(future), ignore_errors=True)
            for host, count in self._not_asked.items():
                self.notes.append(_why_not_asked(host, count, self._last[host]))
        finally:
            self.git.close()
            pool.shutdown(cancel_futures=True)
            write_whole(self.memory_file, msgspec.json.format(msgspec.json.encode(self._seen), indent=1).decode())

    def _ask(self, repository: Repository, folder: Path) -> HandIn | None:
        """One student's; None if it can't be had, which is told then."""
        student, host = repository.student, repository.host
        if not self.wanted.asks(student):
            return HandIn(student, None, _nothing, known=Filled())
        if self._has_shut(host):
            self._not_asked[host] += 1
            self._leave_out(student, "was not asked any more: see below")
            return None
        until = time.monotonic() + self.git.limits.wall_seconds
        try:
            hand_in = self._hand_in(repository, folder, until)
        except GitError as error:
            if error.fault in _MAY_BE_ALL:
                self._faults[host] += 1
                self._last[host] = error.fault
            before = "; what was collected before stays" if self.wanted.collected_at(student) else ""
            self._leave_out(student, f"{error}{before}")
            return None
        self._faults[host], self._readable[host] = 0, repository
        return hand_in

    def _has_shut(self, host: str) -> bool:
        """Whether a host gives nothing at all any more: so many times in a row, and not what it gave before."""
        with self._lock:
            if not host or self._faults[host] < _MAX_FAULTS or host in self._shut:
                return host in self._shut
            if (readable := self._readable.get(host)) is not None:
                with suppress(GitError):
                    find_head(self.git, readable, self.scratch / "again", time.monotonic() + _AGAIN_SECONDS)
                    self._faults[host] = 0
                    return False
            self._shut.add(host)
            return True

    def _leave_out(self, student: str, why: str) -> None:
        self.left_out.append((student, _WHAT, why))
        self.unread.append(student)

    def _hand_in(self, repository: Repository, folder: Path, until: float) -> HandIn | None:
        student, wanted = repository.student, self.wanted
        folder.mkdir()
        asked_at = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        head = find_head(self.git, repository, folder, until)
        old = self._seen.get(student)
        if old is not None and (old.url, old.branch) != (repository.url, repository.branch):
            old = None
        new = Seen(repository.url, repository.branch, head.name if head else "", asked_at, wanted.due_at)
        if head is None:
            self._seen[student] = new
            self.left_out.append((student, _WHAT, "has no commit yet"))
            return None
        there = old is not None and old.at is not None and wanted.collected_at(student) == old.at
        if old is not None and there and (old.head, old.due_at) == (new.head, new.due_at):
            self._seen[student] = msgspec.structs.replace(old, asked_at=asked_at)
            return HandIn(student, old.at, _nothing, known=Filled(doubts=old.doubts))
        chosen = fetch_chosen(self.git, repository, head, folder, wanted.due_at, until)
        pushed = _pushed_late(chosen, old)
        doubts = (*chosen.doubts, pushed) if pushed else chosen.doubts
        new = msgspec.structs.replace(new, commit=chosen.name, at=chosen.at, doubts=doubts, pushed=pushed)
        if old is not None and there and old.commit == chosen.name:
            self._seen[student] = new
            return HandIn(student, old.at, _nothing, known=Filled(doubts=doubts))
        return HandIn(student, chosen.at, partial(self._fill, student, folder, chosen, new))

    def _fill(self, student: str, folder: Path, chosen: Chosen, new: Seen, target: Path) -> Filled:
        """Raises NotPlainError if there is nothing to take."""
        until = time.monotonic() + self.git.limits.wall_seconds
        try:
            with opened_objects(self.git, folder, until) as objects:
                tree = _tree_of(objects, chosen.tree, self.wanted.assignment)
                left_out = copy_tree(objects, tree, target, self.wanted.bounds)
        except GitError as error:
            self.unread.append(student)
            raise NotPlainError(str(error)) from error
        self._seen[student] = new
        text = chosen.at.strftime(_FORMAT) if chosen.at else ""
        return Filled(text, chosen.at, left_out, new.doubts)


def _tree_of(objects: Objects, tree: str, assignment: str) -> str:
    """The folder that is called like the assignment, if a notebook is in it; or else all."""
    folder = next((name for mode, called, name in objects.tree(tree) if called == assignment and mode == FOLDER), tree)
    return folder if any(called.endswith(".ipynb") for _, called, _ in objects.tree(folder)) else tree


def _pushed_late(chosen: Chosen, old: Seen | None) -> str:
    """Says if a commit is older than our last look, and the branch did not lead to it then, as far as that can be told:
    its student may have been without a network, or have set a date."""
    if old is None or chosen.at is None or old.commit == chosen.name:
        return old.pushed if old is not None else ""
    was_there = old.head == chosen.name or old.head in chosen.after
    if was_there or chosen.at >= old.asked_at - _GRACE:
        return ""
    return f"its commit says {shown_time(chosen.at)}, but at {shown_time(old.asked_at)} the branch ended elsewhere"


def _why_not_asked(host: str, count: int, fault: Fault) -> str:
    what, advice = f"{host} could not be reached {_MAX_FAULTS} times", "Is it up, and its name right?"
    if fault is Fault.REFUSED:
        what = f"{host} refused {_MAX_FAULTS} repositories"
        advice = f"Is the token in {TOKEN} still valid, may it read these repositories, and is {TOKEN_HOST} that host?"
    more = f"{count} more of it {'was' if count == 1 else 'were'} not asked"
    return f"{what} one after the other, so {more}. {advice} Then the same command goes on."


def _read_memory(path: Path) -> dict[str, Seen]:
    """What was seen before; nothing if that can't be read, and all is fetched again."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Seen])
    except (OSError, msgspec.MsgspecError):
        return {}


def _nothing(_: Path) -> Filled:
    raise ChangingError  # what was there a moment ago is not any more
