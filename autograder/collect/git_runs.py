"""Runs git on repositories of strangers: nothing that they wrote is executed, and no run takes too long or too much.

Nothing is ever checked out, so that no filter, link or odd name of a tree comes to the disk. git reads no settings but
those here: not the user's, not the machine's, and a repository's own are ours.
https://git-scm.com/docs/git#_environment_variables, https://git-scm.com/docs/git-config
"""

from __future__ import annotations

import base64
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from autograder.collect.git_words import Fault, GitError, git_error
from autograder.course.errors import CourseError

TOKEN, TOKEN_FILE, TOKEN_HOST = "AUTOGRADER_GIT_TOKEN", "AUTOGRADER_GIT_TOKEN_FILE", "AUTOGRADER_GIT_HOST"
_DEFAULT_HOST = "github.com"
_OLDEST = (2, 32)  # has GIT_CONFIG_GLOBAL
_MAX_OUTPUT_BYTES = 4 << 20
_SSH_OPTIONS = "-oBatchMode=yes -oConnectTimeout=20 -oForwardAgent=no -oClearAllForwardings=yes -oPermitLocalCommand=no"
_PASSED_ON = (
    *("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR"),
    *("GIT_SSL_CAINFO", "GIT_SSL_CAPATH"),
    *(each for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy") for each in (name, name.upper())),
)
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.askPass=",
    "core.bigFileThreshold=16m",  # larger files are not held in memory
    "credential.helper=",
    "fetch.recurseSubmodules=false",
    "fetch.unpackLimit=1",  # all that comes is one file, which the limit on its size holds
    "gc.auto=0",
    "maintenance.auto=false",
    "http.followRedirects=false",  # a stranger's address could lead on into this network, and take the token along
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=30",
    "pack.threads=1",
    "protocol.version=2",
    "transfer.fsckObjects=true",
)
# The shell sets the limits: in a child of a program with threads, Python must not.
_LIMITED = 'ulimit -f "$1"; ulimit -v "$2"; shift 2; exec "$@"'
_BLOCK_BYTES, _KB = 512, 1024


@dataclass(frozen=True)
class GitLimits:
    """What one repository may take.

    Attributes:
        wall_seconds: with all that is tried again.
        fetched_bytes: of one fetch, packed as git sends it.
        memory_bytes: of each process.
        tries: of what a network may mend.
        pause_seconds: before the second try; before the third twice as much.
        commits: that are looked through for the last one before a date.
    """

    wall_seconds: float = 300.0
    fetched_bytes: int = 500_000_000
    memory_bytes: int = 4 << 30
    tries: int = 3
    pause_seconds: float = 3.0
    commits: int = 10_000


class Git:
    """git, as it is run here. Threads may share one; `close` ends what runs."""

    def __init__(self, limits: GitLimits, environment: Mapping[str, str] | None = None) -> None:
        """Raises CourseError if there is no git, an old one, or a token that can't be one."""
        self.limits = limits
        given = os.environ if environment is None else environment
        self._environment = _environment(given)
        self._with_token = self._environment | _token(given)
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        _check_version(self._environment)

    def run(self, arguments: Sequence[str], folder: Path, until: float, most_bytes: int | None = None) -> bytes:
        """What a run prints, or its beginning.

        Args:
            folder: a bare repository of ours; or an empty folder, for what needs none.
            until: the moment of `time.monotonic` when it is ended.
            most_bytes: of what it prints or writes; None: as many as are fetched.

        Raises:
            GitError: it failed, or took too long.
        """
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = self._start(arguments, folder, self._with_token, (subprocess.DEVNULL, out, err), most_bytes)
            try:
                code = process.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                raise GitError(Fault.SLOW, "took too long") from None
            finally:
                self.end(process)
            if code:
                raise git_error(code, _beginning(err).decode("utf-8", "replace"))
            return _beginning(out)

    def start(self, arguments: Sequence[str], folder: Path) -> subprocess.Popen[bytes]:
        """Starts what is asked and answers through pipes; to be ended with `end`. It asks nobody elsewhere."""
        pipe = subprocess.PIPE
        return self._start(arguments, folder, self._environment, (pipe, pipe, subprocess.DEVNULL), None)

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """Ends a process, and all that it has started."""
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        process.wait()
        with self._lock:
            self._running.discard(process)

    def pause(self, seconds: float) -> bool:
        """Waits, unless it is closed; whether it was not."""
        return not self._closed.wait(seconds)

    def close(self) -> None:
        """Ends all that runs; nothing is started any more."""
        self._closed.set()
        with self._lock:
            for process in self._running:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    def _start(
        self,
        arguments: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        streams: tuple[int, int | IO[bytes], int | IO[bytes]],
        most_bytes: int | None,
    ) -> subprocess.Popen[bytes]:
        limits = ((most_bytes or self.limits.fetched_bytes) // _BLOCK_BYTES, self.limits.memory_bytes // _KB)
        settings = [word for each in _SETTINGS for word in ("-c", each)]
        command = ["/bin/sh", "-c", _LIMITED, "sh", *map(str, limits), "git", f"--git-dir={folder}", *settings]
        with self._lock:
            if self._closed.is_set():
                raise GitError(Fault.OTHER, "was not asked any more")
            process = subprocess.Popen(
                [*command, *arguments],
                cwd=folder,
                env=dict(environment),
                stdin=streams[0],
                stdout=streams[1],
                stderr=streams[2],
                start_new_session=True,
            )
            self._running.add(process)
        return process


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    return {name: given[name] for name in _PASSED_ON if name in given} | {
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "https:ssh:file",
        "GIT_PROTOCOL_FROM_USER": "0",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_SSH_COMMAND": f"{given.get('GIT_SSH_COMMAND', 'ssh')} {_SSH_OPTIONS}",
    }


def _token(given: Mapping[str, str]) -> dict[str, str]:
    """A token as a setting in the environment, which no list of processes shows. It goes to one host alone: addresses
    may be students', and any server can ask for it."""
    token = given.get(TOKEN, "")
    if not token and (path := given.get(TOKEN_FILE)):
        try:
            token = Path(path).read_text().strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CourseError(f"{TOKEN_FILE} names a file that can't be read: {path}.") from error
    if not token:
        return {}
    host = given.get(TOKEN_HOST, "") or _DEFAULT_HOST
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]*(:\d+)?", host):
        raise CourseError(f"{TOKEN_HOST} is no host: write it like {_DEFAULT_HOST}, without https:// and path.")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise CourseError(f"{TOKEN} holds what no token does: a space, or a character that can't be printed.")
    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"http.https://{host}/.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
    }


def _check_version(environment: Mapping[str, str]) -> None:
    try:
        words = subprocess.run(["git", "version"], env=environment, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise CourseError("There is no git on this machine. Install it (Debian: apt install git).") from error
    version = tuple(map(int, re.findall(r"\d+", words)[:2]))
    if version < _OLDEST:
        raise CourseError(f"git is too old: {words.strip()}; {'.'.join(map(str, _OLDEST))} or newer is needed.")


def _beginning(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.read(_MAX_OUTPUT_BYTES)
