"""Accounts that only a test knows: in a mount namespace with users of its own, so that the machine stays as it is."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from helpers import ROOT, run_environment

_PASSWD = Path("/etc/passwd")
_PROGRAMS = ("unshare", "setpriv", "mount")


@cache
def no_accounts_because() -> str:
    """Why this process can't have accounts of its own; "" if it can, or has to, as in CI."""
    if "NEEDS_NETWORK_NAMESPACES" in os.environ:  # root, who may make namespaces
        return ""
    if missing := [each for each in _PROGRAMS if shutil.which(each) is None]:
        return f"no program {missing[0]} here"
    if os.geteuid() != 0:
        return "only root can become two other users"
    tried = subprocess.run(["unshare", "--mount", "true"], capture_output=True)
    return "" if tried.returncode == 0 else "this machine lets nobody make mount namespaces"


@dataclass(frozen=True)
class Account:
    """A user of this machine, so to speak.

    Attributes:
        name: as in the list of users.
        uid: its number, and that of its group.
        home: its own folder, which it alone may enter.
        start: a shell's lines that become this user in a namespace of its own.
    """

    name: str
    uid: int
    home: Path
    start: str

    def command(self, *command: str | Path) -> list[str]:
        """`command` run by this user, if root runs what is given back."""
        arguments = [str(each) for each in command]
        if not arguments[0].startswith("/"):
            arguments[0] = str(Path(sys.executable).parent / arguments[0])
        return ["unshare", "--mount", "--propagation=private", "sh", "-c", self.start, "sh", *arguments]

    def environment(self, **variables: str) -> dict[str, str]:
        kept = {name: each for name, each in run_environment().items() if not name.startswith(("JUPYTER", "XDG_"))}
        return {**kept, "HOME": str(self.home), "USER": self.name, "LOGNAME": self.name, **variables}

    def run(self, *command: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Runs a program of our environment as this user; never raises for its exit code."""
        return subprocess.run(
            self.command(*command),
            cwd=cwd or self.home,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=120,
        )

    def owns(self, *folders: Path) -> None:
        """Gives folders, with all that is in them, to this user."""
        for folder in folders:
            for each in (folder, *folder.rglob("*")):
                os.chown(each, self.uid, self.uid, follow_symlinks=False)


def accounts(folder: Path, *names: str, first_uid: int = 43210) -> list[Account]:
    """Accounts with these names, and homes in `folder`, which others must be able to enter."""
    users = list(enumerate(names, first_uid))
    homes = [folder / "home" / name for name in names]
    lines = [f"{name}:x:{uid}:{uid}::{home}:/bin/sh\n" for (uid, name), home in zip(users, homes, strict=True)]
    (folder / "passwd").write_text(_PASSWD.read_text() + "".join(lines))
    made = []
    for (uid, name), home in zip(users, homes, strict=True):
        home.mkdir(parents=True, mode=0o700)
        become = f"exec setpriv --reuid={uid} --regid={uid} --clear-groups --inh-caps=-all --no-new-privs"
        script = ["set -e", "umask 022", f"mount --bind {folder / 'passwd'} {_PASSWD}", *_openings(folder / "stage")]
        # What it writes is its own, where nobody says otherwise.
        made.append(Account(name, uid, home, "\n".join([*script, "umask 077", f'{become} "$@"'])))
        made[-1].owns(home)
    return made


def _openings(stage: Path) -> list[str]:
    """Lines that open the way to Python and to this repository: in place of folders which only root may enter stand
    empty ones with what is needed."""
    closed: dict[Path, set[Path]] = {}
    for needed in (Path(sys.base_prefix).resolve(), Path(sys.prefix), ROOT):
        way = [*reversed(needed.parents)]
        if first := next((each for each in way if not each.stat().st_mode & stat.S_IXOTH), None):
            closed.setdefault(first, set()).add(needed)
    lines = []
    for number, (folder, needed) in enumerate(sorted(closed.items())):
        moves: Sequence[tuple[str, str]] = [
            (shlex.quote(str(stage / f"{number}-{index}")), shlex.quote(str(each)))
            for index, each in enumerate(sorted(needed))
        ]
        lines += [f"mkdir -p {kept} && mount --bind {place} {kept}" for kept, place in moves]
        lines += [f"mount -t tmpfs -o mode=755 tmpfs {shlex.quote(str(folder))}"]
        lines += [f"mkdir -p {place} && mount --move {kept} {place}" for kept, place in moves]
    return lines
