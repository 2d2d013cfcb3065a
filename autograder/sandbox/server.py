"""Starts the fork server, a clean program of its own, and asks it for guests.

This module imports no torch, so that a command can start the server first and import torch while it warms up.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection
from pathlib import Path
from typing import Self

import platformdirs

from autograder.sandbox.ahead import MANY_GUESTS, worth_importing
from autograder.sandbox.limits import Limits
from autograder.sandbox.outcome import SandboxError, ServerGone

START_SECONDS = 120.0
_FOLDER_PREFIX = "autograder-"
_SWEPT_AFTER_SECONDS = 60.0  # a new folder is not locked at once
_USER = "student"  # a guest's number has no name
_KEPT_VARIABLES = ("LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


class ForkServer:
    """A warm process that forks guests. It knows no check and no solution: it is a fresh program, not a fork.

    Attributes:
        folder: where guests' work folders belong; it is removed when the server ends.
    """

    def __init__(self) -> None:
        _sweep()
        self.folder = Path(tempfile.mkdtemp(prefix=_FOLDER_PREFIX)).resolve()
        self.folder.chmod(0o711)  # guests are another user, and pass through to their own folders
        self._lock = os.open(self.folder, os.O_RDONLY)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-I", "-m", "autograder.sandbox.inside.server", str(theirs.fileno())]
            self._process = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno()],
                env=_clean_environment(str(self.folder)),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._owner = os.getpid()
        self._ready = False
        self._imported: set[str] = set()

    def spawn(
        self, work_folder: Path, limits: Limits, data_folder: Path | None = None
    ) -> tuple[socket.socket, socket.socket]:
        """Forks a guest that confines itself in `work_folder`, in which it finds what is in `data_folder` as well.

        Returns:
            The channel to it, and the socket on which the server tells how it is (`sandbox.inside.server`).
        Raises:
            ServerGone: the server was ended.
            SandboxError: the server did not start.
        """
        self.wait_until_ready()
        channel, guest_channel = socket.socketpair()
        watch, guest_watch = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        data = str(data_folder) if data_folder else None
        asked = {"work_folder": str(work_folder), "data_folder": data, "limits": limits.to_dict()}
        request = json.dumps(asked).encode()
        try:
            with guest_channel, guest_watch:
                descriptors = [guest_channel.fileno(), guest_watch.fileno()]
                socket.send_fds(self._control, [request], descriptors)
        except OSError as error:
            channel.close()
            watch.close()
            raise ServerGone("the fork server is gone") from error
        return channel, watch

    def prepare(self, modules: Collection[str], guests: int = 0) -> None:
        """Has the server import what is worth it of these modules (`ahead`), for the guests to come, and put its memory
        together if they are many; it need not be ready yet."""
        wanted = set(worth_importing(modules)) - self._imported
        if wanted or guests >= MANY_GUESTS:
            self._imported |= wanted
            with contextlib.suppress(OSError):  # it is gone: whoever starts a guest is told
                self._control.send(json.dumps({"modules": sorted(wanted), "guests": guests}).encode())

    def close(self) -> None:
        """Ends the server and with it every guest that it still has. In a fork of its owner, only lets go of it."""
        self._control.close()
        if os.getpid() != self._owner:
            os.close(self._lock)
            return
        try:
            # A server that is still warming up has no guests and hears nothing.
            self._process.wait(5 if self._ready else 0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def wait_until_ready(self) -> None:
        """Waits until the server is warm. Call it before forking workers that share it."""
        if self._ready:
            return
        self._control.settimeout(START_SECONDS)
        try:
            greeting = self._control.recv(16)
        except OSError:
            greeting = b""
        if greeting != b"ready":
            code = self._process.poll()
            raise SandboxError(f"the fork server did not start (exit code {code}); its error is above")
        self._control.settimeout(None)
        self._ready = True


def _sweep() -> None:
    """Removes folders whose grader and server were both killed. A living grader holds a lock on its own."""
    for path in Path(tempfile.gettempdir()).glob(f"{_FOLDER_PREFIX}*"):
        with contextlib.suppress(OSError):
            if path.lstat().st_uid != os.getuid() or time.time() - path.lstat().st_mtime < _SWEPT_AFTER_SECONDS:
                continue
            descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(descriptor)


def _clean_environment(scratch: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    cache = platformdirs.user_cache_path("autograder") / "matplotlib"
    with contextlib.suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": scratch,
        "IPYTHONDIR": scratch,
        "MPLCONFIGDIR": str(cache),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "USER": _USER,
        "LOGNAME": _USER,
        # An arena for each thread, of 64 MiB, would leave room for a dozen threads.
        "MALLOC_ARENA_MAX": "2",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
        "NBGRADER_EXECUTION": "autograde",  # as nbgrader has it: a notebook may ask whether it is being graded
        "LANG": "C.UTF-8",
        **kept,
    }
