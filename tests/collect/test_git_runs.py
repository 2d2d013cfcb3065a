"""git is run without settings of anybody's but ours, within limits, and with a token for one host alone."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from repositories import Repository, Server, has_openssl, serving

from autograder.collect import git_runs
from autograder.collect.git_history import find_head
from autograder.collect.git_runs import TOKEN, TOKEN_FILE, TOKEN_HOST, Git, GitLimits
from autograder.collect.git_words import Fault, GitError, git_error
from autograder.collect.repository_list import Repository as Listed
from autograder.course.errors import CourseError

LIMITS = GitLimits(wall_seconds=20, tries=3, pause_seconds=0.01)
SECRET = "ghp_s3cret"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not has_openssl():
        assert not os.environ.get("CI"), "there is no openssl"
        pytest.skip("there is no openssl")
    root = tmp_path_factory.mktemp("served")
    Repository(root / "a.git").commit({"a": "1"})
    with serving(root) as server:
        yield server


def git_for(server: Server, **given: str) -> Git:
    environment = {"PATH": os.environ["PATH"], "GIT_SSL_CAINFO": str(server.certificate)}
    return Git(LIMITS, environment | given)


def ask(git: Git, server: Server, path: str, tmp_path: Path, seconds: float = 20) -> None:
    host = server.host
    server.asked.clear()
    head = find_head(git, Listed("uno", server.url(path), host), tmp_path / "asked", time.monotonic() + seconds)
    assert head is not None


def test_a_public_repository_needs_no_token(server: Server, tmp_path: Path) -> None:
    ask(git_for(server), server, "ok/a.git", tmp_path)


@pytest.mark.parametrize(
    ("path", "fault", "says"),
    [
        ("401/a.git", Fault.REFUSED, "refuses who asks"),
        ("403/a.git", Fault.REFUSED, "refuses who asks"),
        ("404/a.git", Fault.MISSING, "is not there"),
        ("ok/none.git", Fault.MISSING, "is not there"),
        ("301/a.git", Fault.OTHER, "has moved"),
        ("307/a.git", Fault.OTHER, "has moved"),
        ("429/a.git", Fault.NETWORK, "fewer questions"),
        ("500/a.git", Fault.NETWORK, "can't be reached"),
        ("503/a.git", Fault.NETWORK, "can't be reached"),
    ],
)
def test_what_a_server_answers_is_told_in_few_words(
    server: Server, tmp_path: Path, path: str, fault: Fault, says: str
) -> None:
    with pytest.raises(GitError, match=says) as caught:
        ask(git_for(server), server, path, tmp_path)
    assert caught.value.fault is fault
    assert all(asked.startswith(f"/{path}") for asked, _ in server.asked), "it was led on"
    assert len(server.asked) == (3 if fault is Fault.NETWORK else 1)


def test_what_the_network_may_mend_is_tried_again(server: Server, tmp_path: Path) -> None:
    server.left["a.git"] = 2
    ask(git_for(server), server, "once/a.git", tmp_path)


def test_a_host_that_nobody_hears_is_told(tmp_path: Path) -> None:
    git, listed = Git(LIMITS), Listed("uno", "https://127.0.0.1:9/a.git", "127.0.0.1:9")
    with pytest.raises(GitError, match="can't be reached"):
        find_head(git, listed, tmp_path / "asked", time.monotonic() + 20)
    with pytest.raises(GitError, match="can't be reached"):
        find_head(git, Listed("uno", "ssh://git@127.0.0.1:9/a"), tmp_path / "asked", time.monotonic() + 20)


def test_a_server_that_answers_never_is_left_when_time_is_up(server: Server, tmp_path: Path) -> None:
    started = time.monotonic()
    with pytest.raises(GitError, match="took too long"):
        ask(git_for(server), server, "hang/a.git", tmp_path, seconds=0.5)
    assert time.monotonic() - started < 5


def test_closing_ends_what_runs_and_nothing_starts_then(server: Server, tmp_path: Path) -> None:
    git = git_for(server)
    git.close()
    with pytest.raises(GitError, match="not asked any more"):
        ask(git, server, "ok/a.git", tmp_path)


@pytest.mark.parametrize("way", ["environment", "file"])
def test_a_token_goes_to_its_host(server: Server, tmp_path: Path, way: str) -> None:
    server.token = "Basic eC1hY2Nlc3MtdG9rZW46Z2hwX3MzY3JldA=="  # x-access-token:ghp_s3cret
    given = {TOKEN: SECRET}
    if way == "file":
        (tmp_path / "token").write_text(f"{SECRET}\n")
        given = {TOKEN_FILE: str(tmp_path / "token")}
    ask(git_for(server, **given, **{TOKEN_HOST: server.host}), server, "token/a.git", tmp_path)
    with pytest.raises(GitError, match="refuses"):
        ask(git_for(server), server, "token/a.git", tmp_path)


@pytest.mark.parametrize("host", ["", "localhost", "localhost:1"])
def test_a_token_goes_to_no_other_host_whatever_it_answers(server: Server, tmp_path: Path, host: str) -> None:
    for path in ("401/a.git", "301/a.git"):
        git = git_for(server, **{TOKEN: SECRET, TOKEN_HOST: host})
        with suppress(GitError):
            ask(git, server, path, tmp_path)
        assert server.asked
        assert not any(authorization for _, authorization in server.asked)


def test_a_token_is_in_no_argument_and_no_message(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []
    real = git_runs.subprocess.Popen

    def watched(command: list[str], **how: object) -> object:
        started.append(command)
        return real(command, **how)  # type: ignore[call-overload]

    monkeypatch.setattr(git_runs.subprocess, "Popen", watched)
    git = git_for(server, **{TOKEN: SECRET, TOKEN_HOST: server.host})
    with pytest.raises(GitError) as caught:
        ask(git, server, "401/a.git", tmp_path)
    assert server.asked[0][1]
    said = f"{started} {caught.value}"
    assert started
    assert SECRET not in said
    assert "Authorization" not in said


@pytest.mark.parametrize("token", ["two words", "line\nbreak", "esc\x1b", "ü"])
def test_a_token_that_can_be_none_is_refused_and_not_shown(token: str) -> None:
    with pytest.raises(CourseError, match=TOKEN) as caught:
        Git(LIMITS, {"PATH": os.environ["PATH"], TOKEN: token})
    assert token not in str(caught.value)


@pytest.mark.parametrize("host", ["https://github.com", "a b", "-x", "a/b", "a\nb"])
def test_a_host_that_can_be_none_is_refused(host: str) -> None:
    with pytest.raises(CourseError, match=TOKEN_HOST):
        Git(LIMITS, {"PATH": os.environ["PATH"], TOKEN: SECRET, TOKEN_HOST: host})


def test_a_token_file_that_is_not_there_is_told() -> None:
    with pytest.raises(CourseError, match="can't be read"):
        Git(LIMITS, {"PATH": os.environ["PATH"], TOKEN_FILE: "/none"})


def test_without_git_or_with_an_old_one_a_sentence_says_so(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="no git on this machine"):
        Git(LIMITS, {"PATH": str(tmp_path)})
    (tmp_path / "git").write_text("#!/bin/sh\necho git version 2.30.2\n")
    (tmp_path / "git").chmod(0o755)
    with pytest.raises(CourseError, match=r"too old: git version 2\.30\.2"):
        Git(LIMITS, {"PATH": str(tmp_path)})


def test_settings_of_the_user_and_of_the_machine_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = tmp_path / "ran"
    (tmp_path / ".gitconfig").write_text(
        f'[core]\n\tfsmonitor = touch {ran}\n\taskPass = touch {ran}\n[credential]\n\thelper = "!touch {ran}"\n'
        f'[url "ext::touch {ran} "]\n\tinsteadOf = file://\n[protocol "ext"]\n\tallow = always\n'
    )
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, str(tmp_path / ".gitconfig"))
    for name, value in {
        "HOME": str(tmp_path),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.sshCommand",
        "GIT_CONFIG_VALUE_0": f"touch {ran}",
        "GIT_TRACE_CURL": str(ran),
        "GIT_ASKPASS": f"touch {ran}",
        "GIT_PROXY_COMMAND": f"touch {ran}",
        "GIT_TEMPLATE_DIR": str(tmp_path),
        "GIT_EXEC_PATH": str(tmp_path),
    }.items():
        monkeypatch.setenv(name, value)
    repository = Repository(tmp_path / "a.git")
    name = repository.commit({"a": "1"})
    listed = Listed("uno", repository.path.as_uri())
    head = find_head(Git(LIMITS), listed, tmp_path / "asked", time.monotonic() + 20)
    assert head is not None
    assert head.name == name
    assert not ran.exists()


@pytest.mark.parametrize("url", ["ext::touch ran", "http://127.0.0.1/a", "git://127.0.0.1/a", "ftp://127.0.0.1/a"])
def test_git_itself_refuses_what_the_list_would_have_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(GitError, match="not allowed"):
        find_head(Git(replace(LIMITS, tries=1)), Listed("uno", url), tmp_path / "asked", time.monotonic() + 20)
    assert not (tmp_path / "asked" / "ran").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="another account's repository needs root")
def test_a_repository_of_another_account_on_this_machine_is_refused(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "a.git")
    repository.commit({"a": "1"})
    os.chown(repository.path, 65534, 65534)
    with pytest.raises(GitError, match="another account"):
        find_head(Git(LIMITS), Listed("uno", repository.path.as_uri()), tmp_path / "asked", time.monotonic() + 20)


def test_what_a_server_has_git_repeat_is_neither_believed_nor_shown() -> None:
    said = "remote: Authentication failed\nremote: \x1b[2J::error::\nfatal: something \x1b[31melse\x07 \n"
    error = git_error(128, said)
    assert error.fault is Fault.OTHER
    assert str(error).isprintable()
    assert "something" in str(error)
    assert "::error" not in str(error)
    assert len(str(git_error(128, "fatal: " + "x" * 10_000))) < 300
