"""A container as a platform starts it, without its programs: a root of its own over this machine's, few capabilities.

Of this machine's packages all are there; the grader is the wheel that was exported. Inside, one is root as in Docker:
no `CAP_SYS_ADMIN`, so no namespaces and no mounts, and a filter of system calls like Docker's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HOME = "/usr/local/lib/autograder"
PYTHON = f"{HOME}/venv/bin/python"
# What Docker leaves root.
_FILES = ("chown", "dac_override", "fowner", "fsetid", "mknod", "setfcap", "sys_chroot")
_OTHERS = ("audit_write", "kill", "net_bind_service", "net_raw", "setgid", "setpcap", "setuid")
_CAPABILITIES = ",".join(f"+{each}" for each in (*_FILES, *_OTHERS))
_MAKE = r"""
set -eu
folder=$1 outside=$2 packages=$3 base=$4 wheel=$5 capabilities=$6
shift 6
mount -t tmpfs -o mode=755 tmpfs "$folder/top"
cd "$folder/top"
mkdir up work root own own-work
mount -t overlay overlay -o "lowerdir=/,upperdir=up,workdir=work" root
home=root@HOME@
lib=$home/venv/lib/$(basename "$(dirname "$packages")")
mkdir -p "root$outside" "$home/python" "$home/venv/bin" "$lib/site-packages"
mount --bind "$folder/inside" "root$outside"
mount --bind "$base" "$home/python"
mount -t overlay overlay -o "lowerdir=$packages,upperdir=own,workdir=own-work" "$lib/site-packages"
rm -rf "$lib"/site-packages/__editable__* "$lib"/site-packages/*autograder*
python3 -m zipfile -e "$wheel" "$lib/site-packages"
ln -s "@HOME@/python/bin/python3" "$home/venv/bin/python"
printf 'home = @HOME@/python/bin\ninclude-system-site-packages = false\n' > "$home/venv/pyvenv.cfg"
mount -t tmpfs -o mode=1777 tmpfs root/tmp
mount --rbind /proc root/proc
mount --rbind /dev root/dev
for each in shm mqueue; do [ ! -d root/dev/$each ] || mount -t tmpfs -o mode=1777 tmpfs root/dev/$each; done
cd root
exec chroot . setpriv --bounding-set "-all,$capabilities" -- "$@"
""".replace("@HOME@", HOME)
# Docker's filter, as far as a grader meets it; and a kernel without Landlock, if asked.
_FILTERED = """
import errno, os, sys
import pyseccomp
rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
for name in ("unshare", "setns", "mount", "umount2", "pivot_root", "open_tree", "move_mount", "fsopen", "bpf"):
    rules.add_rule(pyseccomp.ERRNO(errno.EPERM), name)
lacking = int(sys.argv[1])
if lacking >= 1:
    rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "landlock_create_ruleset")
if lacking >= 2:
    rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "seccomp")
    rules.add_rule(pyseccomp.ERRNO(errno.EINVAL), "prctl", pyseccomp.Arg(0, pyseccomp.EQ, 22))
rules.load()
os.chdir(sys.argv[2])
os.execv(sys.argv[3], sys.argv[3:])
"""


def need_root() -> None:
    """Skips where nobody can make such a container, but never in CI."""
    if os.getuid() == 0 and shutil.which("unshare") and shutil.which("setpriv"):
        return
    assert "NEEDS_CONTAINERS" not in os.environ, "containers need root, unshare and setpriv"
    pytest.skip("only root can make a container's root, with unshare and setpriv (util-linux)")


def run_inside(
    folder: Path, outside: str, wheel: Path, *command: str, without: int = 0, timeout: float = 200
) -> subprocess.CompletedProcess[str]:
    """Runs a command in a new container, in which `folder/inside` is at `outside`.

    Args:
        wheel: of the grader.
        without: 1: its kernel has no Landlock; 2: no seccomp either.
    """
    (folder / "top").mkdir(exist_ok=True)
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    filtered = (PYTHON, "-c", _FILTERED, str(without), outside, *command)
    own_mounts = ("unshare", "-m", "--propagation", "private", "sh", "-c", _MAKE, "sh")
    return subprocess.run(
        [*own_mounts, str(folder), outside, packages, sys.base_prefix, str(wheel), _CAPABILITIES, *filtered],
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
