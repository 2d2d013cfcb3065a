"""Of a student's commits the one counts that the due date says; a shallow fetch has all that is needed for that."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from repositories import AT, Repository, git

from autograder.collect import git_history
from autograder.collect.git_history import Chosen, fetch_chosen, find_head
from autograder.collect.git_runs import Git, GitLimits
from autograder.collect.git_words import GitError
from autograder.collect.repository_list import Repository as Listed

DUE = datetime(2026, 3, 1, 12)
LIMITS = GitLimits(wall_seconds=20, tries=1, pause_seconds=0)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "a.git")


def chosen(
    repository: Repository, tmp_path: Path, due_at: datetime | None = None, branch: str = "", limits: GitLimits = LIMITS
) -> Chosen:
    runs, until = Git(limits), time.monotonic() + limits.wall_seconds
    listed = Listed("uno", repository.path.as_uri(), branch=branch)
    head = find_head(runs, listed, tmp_path / "asked", until)
    assert head is not None
    return fetch_chosen(runs, listed, head, tmp_path / "fetched", due_at, until)


def test_without_a_due_date_the_newest_counts_and_its_time_is_read_in_its_zone(
    repository: Repository, tmp_path: Path
) -> None:
    repository.commit({"a": "1"}, "2026-03-01T10:00:00+00:00")
    name = repository.commit({"a": "2"}, "2026-03-01T20:30:00+0900")
    found = chosen(repository, tmp_path)
    assert (found.name, found.at, found.doubts) == (name, datetime(2026, 3, 1, 11, 30), ())


@pytest.mark.parametrize(
    ("times", "counts"),
    [
        (("10:00:00+0000", "12:00:00+0000"), 1),  # at the second is in time
        (("10:00:00+0000", "12:00:01+0000"), 0),
        (("10:00:00+0000", "21:00:00+0900", "12:00:00-0100"), 1),
        (("11:59:59+0000", "12:00:00+0000", "12:00:00+0000", "13:00:00+0000"), 2),
        (("12:00:01+0000", "13:00:00+0000"), 1),  # none is in time: the newest
        (("10:00:00+0000", *["12:30:00+0000"] * 30), 0),  # more than the first two fetches bring
    ],
)
def test_the_last_commit_at_the_due_date_or_before_counts(
    repository: Repository, tmp_path: Path, times: tuple[str, ...], counts: int
) -> None:
    names = [repository.commit({"a": str(number)}, f"2026-03-01T{at}") for number, at in enumerate(times)]
    found = chosen(repository, tmp_path, DUE)
    assert names.index(found.name) == counts
    late = len(times) - 1 - counts
    assert bool(found.doubts) == (late > 0)
    assert not late or f"{late} commit" in found.doubts[0]


def test_what_was_merged_from_another_branch_is_not_the_branch(repository: Repository, tmp_path: Path) -> None:
    first = repository.commit({"a": "1"}, "2026-03-01T09:00:00Z")
    other = repository.commit({"a": "other"}, "2026-03-01T11:00:00Z", branch="other", parent=first)
    who = f"a <a> {int(DUE.timestamp()) + 3600} +0000"
    lines = (
        f"tree {repository.tree_of({})}",
        f"parent {first}",
        f"parent {other}",
        f"author {who}",
        f"committer {who}",
    )
    repository.point("main", repository.write("commit", "\n".join((*lines, "", "a", "")).encode()))
    assert chosen(repository, tmp_path, DUE).name == first


@pytest.mark.parametrize("kind", ["sha1", "sha256"])
def test_a_branch_can_be_named_and_both_kinds_of_names_are_read(tmp_path: Path, kind: str) -> None:
    repository = Repository(tmp_path / "b.git", kind)
    repository.commit({"a": "1"})
    name = repository.commit({"a": "2"}, branch="feature/lab-1")
    assert chosen(repository, tmp_path, branch="feature/lab-1").name == name


def test_without_a_default_branch_the_only_one_counts_and_of_several_none(
    repository: Repository, tmp_path: Path
) -> None:
    name = repository.commit({"a": "1"}, branch="work")
    assert chosen(repository, tmp_path).name == name
    repository.commit({"a": "2"}, branch="more")
    with pytest.raises(GitError, match="column branch"):
        chosen(repository, tmp_path)


def test_an_empty_repository_has_no_head_and_a_missing_branch_is_told(repository: Repository, tmp_path: Path) -> None:
    runs, until = Git(LIMITS), time.monotonic() + 20
    assert find_head(runs, Listed("uno", repository.path.as_uri()), tmp_path / "asked", until) is None
    with pytest.raises(GitError, match="no commit yet"):
        find_head(runs, Listed("uno", repository.path.as_uri(), branch="gone"), tmp_path / "asked", until)
    repository.commit({"a": "1"})
    with pytest.raises(GitError, match="does not have that branch"):
        find_head(runs, Listed("uno", repository.path.as_uri(), branch="gone"), tmp_path / "asked", until)


@pytest.mark.parametrize("branch", ["--upload-pack=touch ran", "--exec=x", "-u"])
def test_a_branch_that_looks_like_an_option_is_a_branch(repository: Repository, tmp_path: Path, branch: str) -> None:
    branch = branch.replace(" ", "-")
    repository.commit({"a": "1"})
    name = repository.commit({"a": "2"}, branch=branch)
    assert chosen(repository, tmp_path, branch=branch).name == name
    (repository.path / "HEAD").write_text(f"ref: refs/heads/{branch}\n")
    assert chosen(repository, tmp_path).name == name


@pytest.mark.parametrize("kind", ["tree", "tag", "blob"])
def test_a_branch_that_is_no_commit_is_refused(repository: Repository, tmp_path: Path, kind: str) -> None:
    commit = repository.commit({"a": "1"})
    tag = f"object {commit}\ntype commit\ntag a\ntagger a <a> 1772359200 +0000\n\na\n".encode()
    name = {
        "tree": lambda: repository.tree_of({"a": "1"}),
        "blob": lambda: repository.blob(b"1"),
        "tag": lambda: repository.write("tag", tag),
    }[kind]()
    repository.point("main", name)
    with pytest.raises(GitError):
        chosen(repository, tmp_path)


@pytest.mark.parametrize(
    ("at", "written_at", "words"),
    [
        ("2090-03-01T10:00:00Z", "", "still to come"),
        (AT, "2026-03-05T10:00:00Z", "set by hand"),
        (AT, "2026-02-01T10:00:00Z", ""),  # written before, and changed since: as git itself does
    ],
)
def test_odd_times_are_told(repository: Repository, tmp_path: Path, at: str, written_at: str, words: str) -> None:
    repository.commit({"a": "1"}, at, written_at=written_at)
    doubts = chosen(repository, tmp_path).doubts
    assert words in " ".join(doubts) if words else not doubts


def test_a_commit_that_is_older_than_the_one_before_it_is_told(repository: Repository, tmp_path: Path) -> None:
    for hour in (9, 15, 13):
        repository.commit({"a": str(hour)}, f"2026-03-01T{hour:02}:00:00Z")
    assert "older than the one before" in " ".join(chosen(repository, tmp_path, DUE).doubts)


@pytest.mark.parametrize("seconds", ["99999999999999999999", "18446744073709551615", "-5", "253402300800"])
def test_a_date_that_is_none_ends_nothing(repository: Repository, tmp_path: Path, seconds: str) -> None:
    tree = repository.tree_of({"a": "1"})
    raw = f"tree {tree}\nauthor a <a> {seconds} +0000\ncommitter a <a> {seconds} +0000\n\na\n".encode()
    repository.point("main", repository.write("commit", raw))
    with suppress(GitError):  # git's own check of what it fetches
        found = chosen(repository, tmp_path, DUE)
        assert found.at is None or found.at < datetime(1971, 1, 1)


@pytest.mark.slow
def test_a_hundred_thousand_commits_are_not_fetched(repository: Repository, tmp_path: Path) -> None:
    stream = [b"blob\nmark :1\ndata 1\na\n"]
    for number in range(100_000):
        at = 1772359200 + number
        stream.append(b"commit refs/heads/main\ncommitter a <a> %d +0000\ndata 1\na\nM 100644 :1 a\n" % at)
    git(repository.path, "fast-import", "--quiet", stdin=b"".join(stream))
    found = chosen(repository, tmp_path)
    assert found.at == datetime(2026, 3, 1, 10) + timedelta(seconds=99_999)
    taken = sum(each.stat().st_size for each in (tmp_path / "fetched").rglob("*") if each.is_file())
    assert taken < 100_000


def test_so_many_commits_after_the_due_date_are_looked_through_and_no_more(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_history, "_DEPTHS", (1, 3))
    for minute in range(12):
        name = repository.commit({"a": str(minute)}, f"2026-03-01T{11 + (minute > 0)}:{minute:02}:00Z")
    found = chosen(repository, tmp_path, DUE, limits=replace(LIMITS, commits=6))
    assert found.name == name
    assert "more than 6 commits are after the due date" in found.doubts[0]


def test_a_repository_that_takes_too_much_is_left_out_and_nothing_stays(repository: Repository, tmp_path: Path) -> None:
    repository.commit({"a.bin": bytes((number * 7919) % 251 ^ (number >> 8) & 255 for number in range(1 << 19))})
    with pytest.raises(GitError, match="larger than is fetched"):
        chosen(repository, tmp_path, limits=replace(LIMITS, fetched_bytes=4_096))


def test_what_a_repository_is_told_to_run_is_not_run(repository: Repository, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    name = repository.commit({"a": "1", ".gitattributes": "* filter=x\n", ".gitmodules": "[core]\n\thooksPath = /x\n"})
    for hook in ("post-checkout", "pre-receive", "post-upload-pack", "reference-transaction", "post-merge"):
        path = repository.path / "hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\necho {hook} >> {ran}\n")
        path.chmod(0o755)
    with (repository.path / "config").open("a") as config:
        config.write(f'[filter "x"]\n\tsmudge = touch {ran}\n[uploadpack]\n\tpackObjectsHook = touch {ran}\n')
        config.write(f"[core]\n\tfsmonitor = touch {ran}\n\tsshCommand = touch {ran}\n\tgitProxy = touch {ran}\n")
        config.write(f"[credential]\n\thelper = !touch {ran}\n[core]\n\talternateRefsCommand = touch {ran}\n")
    assert chosen(repository, tmp_path, DUE).name == name
    assert not ran.exists()
