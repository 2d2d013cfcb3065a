"""A PostgreSQL server of the tests' own: a fresh cluster in a temporary folder, on a free port of the loopback."""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

ADMIN = "admin"
USER = "teacher"  # has no rights but to own the databases
PASSWORD = "se%cret@/:word"  # all that has a meaning in an address


def find_programs() -> Path | None:
    """The folder of PostgreSQL's server programs; Debian keeps them off the path."""
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return folders[-1] if folders and (folders[-1] / "initdb").exists() else None


def _somebody_else() -> dict[str, Any]:
    """How to run a program as another user, as PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    user = next(each for each in pwd.getpwall() if each.pw_name in ("postgres", "nobody"))
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@dataclass
class Cluster:
    """A server that can be stopped and started again."""

    programs: Path
    folder: Path
    port: int
    _process: subprocess.Popen[bytes] | None = None
    _names: Iterator[int] = field(default_factory=itertools.count)

    def start(self) -> None:
        import psycopg

        command = [self.programs / "postgres", "-D", self.folder / "data", "-p", str(self.port)]
        for setting in ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "shared_buffers=16MB"):
            command += ["-c", setting]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/", **_somebody_else())
        deadline = time.monotonic() + 60
        while True:
            try:
                self.execute("SELECT 1")
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise AssertionError((self.folder / "log").read_text()) from None
                time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Cuts all connections and ends; with SIGQUIT as if it had crashed."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(60)
            self._process = None

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        import psycopg

        with psycopg.connect(
            host="127.0.0.1", port=self.port, user=ADMIN, password=PASSWORD, dbname=database, autocommit=True
        ) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def cut_connections(self) -> int:
        """Ends every other connection, as a failing network or an administrator would; tells how many."""
        rows = self.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return len(rows)

    def new_database(self) -> str:
        """The address of a new, empty database, as it stands in `GRADEBOOK_URL`."""
        name = f"course_{next(self._names)}"
        self.execute(f"CREATE DATABASE {name} OWNER {USER}")
        return f"postgresql+psycopg://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}/{name}"


@contextlib.contextmanager
def cluster(programs: Path) -> Iterator[Cluster]:
    """A running server, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        made = Cluster(programs, folder, free.getsockname()[1])
    try:
        (folder / "password").write_text(PASSWORD + "\n")
        other = _somebody_else()
        if other:
            for path in (folder, folder / "password"):
                os.chown(path, other["user"], other["group"])
        command = [programs / "initdb", "-D", folder / "data", "-U", ADMIN, "-A", "scram-sha-256", "--no-locale"]
        command += ["--pwfile", folder / "password", "-E", "UTF8", "--no-sync"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **other)
        made.start()
        made.execute(f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'")
        yield made
    finally:
        made.stop(signal.SIGQUIT)
        shutil.rmtree(folder, ignore_errors=True)
