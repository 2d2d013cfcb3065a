"""Fetches a student's repository, as little of it as can be, and finds the commit that counts.

When a commit was made is what its author's machine, and so the author, says. A server knows when it was pushed, but git
doesn't ask it; what contradicts a commit's date is told.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

from autograder.collect.git_objects import Commit, Objects, opened_objects
from autograder.collect.git_runs import Git
from autograder.collect.git_words import Fault, GitError
from autograder.collect.inbound import shown_time
from autograder.collect.repository_list import Repository, is_branch

_REF = "refs/collected/it"
_HEADS = "refs/heads/"
_MAX_LISTED_BYTES = 16_000_000
_DEPTHS = (1, 20, 400)  # and as many as may be looked through
_SHA256_CHARACTERS = 64
_GRACE = timedelta(minutes=10)  # for clocks that differ

_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Head:
    """What a repository's branch points to: the ref to fetch it by, and the object's name."""

    ref: str
    name: str


@dataclass(frozen=True)
class Chosen:
    """The commit that counts.

    Attributes:
        name: its object's.
        tree: likewise.
        at: when it was committed, in UTC; None if what it says is no time.
        doubts: what speaks against that, as sentences without an end.
        after: names of the commits after it on the branch.
    """

    name: str
    tree: str
    at: datetime | None
    doubts: tuple[str, ...] = ()
    after: frozenset[str] = frozenset()


def find_head(git: Git, repository: Repository, scratch: Path, until: float) -> Head | None:
    """Asks a server what the branch points to; None if there is no commit yet.

    Args:
        scratch: an empty folder, or none yet.

    Raises:
        GitError: it can't be asked, or has no such branch.
    """
    scratch.mkdir(exist_ok=True)
    arguments = ("ls-remote", "--", repository.url, "HEAD", f"{_HEADS}*")
    listed = _patiently(git, until, lambda: git.run(arguments, scratch, until, _MAX_LISTED_BYTES))
    refs: dict[str, str] = {}
    for line in listed.decode("utf-8", "replace").splitlines():
        name, _, ref = line.partition("\t")
        if name and set(name) <= set("0123456789abcdef"):
            refs[ref] = name
    if repository.branch:
        if (ref := _HEADS + repository.branch) not in refs:
            raise GitError(Fault.MISSING, "does not have that branch" if refs else "has no commit yet")
        return Head(ref, refs[ref])
    if "HEAD" in refs:
        return Head("HEAD", refs["HEAD"])
    heads = [ref for ref in refs if ref.startswith(_HEADS) and is_branch(ref.removeprefix(_HEADS))]
    if not heads:
        return None
    if len(heads) > 1:
        raise GitError(Fault.MISSING, "has no default branch, but several others: write one into the column branch")
    return Head(heads[0], refs[heads[0]])


def fetch_chosen(
    git: Git, repository: Repository, head: Head, folder: Path, due_at: datetime | None, until: float
) -> Chosen:
    """Fetches into `folder`, which is made, until the commit that counts is there: the last one that was committed at
    `due_at` or before, on the branch itself (first parents), or else the newest.

    Raises:
        GitError: that can't be done.
    """
    depths = (*(each for each in _DEPTHS if each < git.limits.commits), git.limits.commits)
    shutil.rmtree(folder, ignore_errors=True)
    kind = "sha256" if len(head.name) == _SHA256_CHARACTERS else "sha1"
    folder.mkdir()
    git.run(("init", "--quiet", "--bare", "--template=", f"--object-format={kind}", str(folder)), folder, until)
    for depth in depths:
        how = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--update-shallow", f"--depth={depth}")
        arguments = (*how, "--", repository.url, f"+{head.ref}:{_REF}")
        _patiently(git, until, lambda arguments=arguments: git.run(arguments, folder, until))  # type: ignore[misc]
        with opened_objects(git, folder, until) as objects:
            walked = list(_first_parents(objects, due_at, git.limits.commits))
        newest, (name, last) = walked[0], walked[-1]
        if due_at is None or _is_in_time(last, due_at):
            return _chosen(name, last, walked, due_at)
        if not last.parent or len(walked) < depth:
            break
    doubts: tuple[str, ...] = ()
    if last.parent:
        doubts = (f"more than {len(walked):,} commits are after the due date; it was not looked for one before them",)
    return _chosen(*newest, [newest], None, doubts)


def time_doubts(commit: Commit, now: datetime) -> Iterator[str]:
    """What is odd in the times of one commit."""
    at, authored_at = commit.committed_at, commit.authored_at
    if at is None:
        yield "its commit has a date that is none"
    elif at > now + _GRACE:
        yield f"its commit says {shown_time(at)}, which is still to come"
    if at is not None and authored_at is not None and authored_at > at + _GRACE:
        written = shown_time(authored_at)
        yield f"its commit says {shown_time(at)}, but that it was written at {written}: was a date set by hand"


def _first_parents(objects: Objects, due_at: datetime | None, most: int) -> Iterator[tuple[str, Commit]]:
    """The branch's commits from the newest on, as far as they are there, until one is in time."""
    found = objects.look(_REF)
    if found is None or found[1] != "commit":
        raise GitError(Fault.OTHER, "has a branch that is no commit")
    name = found[0]
    for _ in range(most):
        commit = objects.commit(name)
        yield name, commit
        if due_at is None or _is_in_time(commit, due_at) or not commit.parent or objects.look(commit.parent) is None:
            return
        name = commit.parent


def _is_in_time(commit: Commit, due_at: datetime) -> bool:
    return commit.committed_at is not None and commit.committed_at <= due_at


def _chosen(
    name: str,
    commit: Commit,
    walked: list[tuple[str, Commit]],
    due_at: datetime | None,
    more: tuple[str, ...] = (),
) -> Chosen:
    """Args: `walked`: what was looked at, the newest first, `commit` last."""
    doubts = [*time_doubts(commit, datetime.now(UTC).replace(tzinfo=None)), *more]
    times = [each.committed_at for _, each in walked if each.committed_at is not None]
    if any(child < parent - _GRACE for child, parent in pairwise(times)):
        doubts.append("a commit says that it is older than the one before it: was a date set by hand")
    if due_at is not None and len(walked) > 1:
        late = len(walked) - 1
        last = f", the last of {shown_time(times[0])}" if times and times[0] > due_at else ""
        doubts.append(f"{late:,} commit{'s' * (late != 1)} after the due date{last}: what came before counts")
    after = frozenset(name for name, _ in walked[:-1])
    return Chosen(name, commit.tree, commit.committed_at, tuple(doubts), after)


def _patiently(git: Git, until: float, ask: Callable[[], _Answer]) -> _Answer:
    """Asks, and asks again if it was the network."""
    for tried in range(1, git.limits.tries + 1):
        try:
            return ask()
        except GitError as error:
            pause = git.limits.pause_seconds * tried
            last = tried == git.limits.tries or time.monotonic() + pause > until
            if error.fault is not Fault.NETWORK or last or not git.pause(pause):
                raise
    raise AssertionError("unreachable")
