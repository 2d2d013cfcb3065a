"""What this machine can do for the grader: layers, kernel limits, versions, and how to mend what is missing."""

from __future__ import annotations

import contextlib
import os
import platform
import re
import resource
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from autograder import DISTRIBUTION
from autograder.sandbox.confinement import REQUIRED_LAYERS, Layer, missing_layers
from autograder.sandbox.limits import Limits
from autograder.sandbox.sandbox import Sandbox

# How to get a layer that is missing.
MEND = {
    "namespaces": "run as root, or allow user namespaces: sysctl user.max_user_namespaces=10000, and on Ubuntu "
    "kernel.apparmor_restrict_unprivileged_userns=0; a container needs the options that are named at `container`",
    "view": "as for namespaces: without it a guest can tell by their names which files this machine has",
    "folder": "as for namespaces: without it only single files have a size limit, not all of a guest's together",
    "user": "run as an ordinary user, or install Python where other users can read it, such as /usr or /opt",
    "memory": "it needs nothing that Linux does not have; another program may be tracing this one",
    "files": "Linux 6.2 or later with Landlock: CONFIG_SECURITY_LANDLOCK=y, and landlock in the boot option lsm=",
    "syscalls": "install libseccomp (Debian: libseccomp2), on a kernel with CONFIG_SECCOMP_FILTER=y",
    "signals": "as for syscalls; Linux 6.12 or later guards signals by Landlock as well",
    "descriptors": "it needs nothing that Linux does not have",
    "limits": "it needs nothing that Linux does not have",
}
# A guest's own filter is stricter than Docker's, which keeps the grader from making what guests are put into.
_CONTAINER_OPTIONS = (
    "start it with --security-opt seccomp=unconfined --security-opt apparmor=unconfined, where user namespaces are "
    "allowed; else as root and with --cap-add SYS_ADMIN besides: docs/images.md"
)
_MARKS = {"/.dockerenv": "Docker", "/run/.containerenv": "Podman"}
_SETTINGS = (
    "/proc/sys/user/max_user_namespaces",
    "/proc/sys/kernel/unprivileged_userns_clone",
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
    "/proc/sys/kernel/yama/ptrace_scope",
    "/sys/kernel/security/lsm",
)
_PACKAGES = (DISTRIBUTION, "torch", "ipython", "nbgrader", "pytest", "sandlock", "pyseccomp", "distributed", "psycopg")
_EXTRAS = {"distributed": "cluster", "psycopg": "postgres"}
_COMMENT = re.compile(r"(?:^|\s)#.*")
_PIP_OPTION = re.compile(r"\s--?[a-z].*")
_LEAST_MEMORY_BYTES = 2 << 30


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, whether it is as it should be (None: only a fact), and what to do if not."""

    title: str
    value: str
    good: bool | None = None
    mend: str = ""


@dataclass(frozen=True)
class Diagnosis:
    """All that was found. `can_grade` is whether full isolation is possible."""

    findings: tuple[Finding, ...]
    can_grade: bool


def diagnose(sandbox: Sandbox, requirements: Mapping[str, Path] | None = None) -> Diagnosis:
    """Starts a guest as grading would, and asks it what holds.

    Args:
        sandbox: where guests start.
        requirements: each assignment's `requirements.txt`, which may not be there: what its notebooks may import.
    Raises:
        SandboxError: not even a guest with missing layers can be made.
    """
    with contextlib.closing(sandbox.start({})) as guest:
        layers = guest.layers
    findings = [*(_layer(layer) for layer in layers), *_container(all(layer.active for layer in layers))]
    findings += [*_kernel(), *_machine(sandbox.limits), *_versions()]
    findings += [each for name, path in (requirements or {}).items() for each in required_packages(name, path)]
    return Diagnosis(tuple(findings), not missing_layers(layers))


def _layer(layer: Layer) -> Finding:
    need = "required" if layer.name in REQUIRED_LAYERS else "wanted"
    return Finding(f"layer {layer.name} ({need})", layer.detail, layer.active, MEND.get(layer.name, ""))


def _container(is_full: bool) -> list[Finding]:
    """What kind of container this is, if it is one, and how one is started that lacks no layer."""
    kind = container_kind(Path("/"), os.environ)
    return [Finding("container", kind, is_full, _CONTAINER_OPTIONS)] if kind else []


def container_kind(root: Path, environment: Mapping[str, str]) -> str:
    """ "Docker", "Podman", "Kubernetes" or what a container calls itself; empty outside of one."""
    if "KUBERNETES_SERVICE_HOST" in environment:
        return "Kubernetes"
    found = (name for mark, name in _MARKS.items() if (root / mark.lstrip("/")).exists())
    return next(found, "") or environment.get("container", "")


def _kernel() -> list[Finding]:
    found = [Finding("kernel", platform.release())]
    for path in map(Path, _SETTINGS):
        if path.is_file():
            found.append(Finding(path.name, path.read_text(errors="replace").strip() or "empty"))
    return found


def _machine(limits: Limits) -> list[Finding]:
    processes = len(os.sched_getaffinity(0))
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    open_files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    free_bytes = shutil.disk_usage(tempfile.gettempdir()).free
    return [
        Finding("processors", str(processes)),
        Finding(
            "memory",
            f"{memory_bytes / (1 << 30):.1f} GiB",
            memory_bytes >= _LEAST_MEMORY_BYTES,
            "2 GiB or more; fewer workers (c.Grading.workers) need less",
        ),
        Finding("open files", str(open_files), open_files >= 256, "raise it: ulimit -n 1024; each worker holds a few"),
        Finding(
            f"free in {tempfile.gettempdir()}",
            f"{free_bytes / (1 << 20):.0f} MiB",
            free_bytes >= 2 * limits.folder_bytes,
            "make room, or set TMPDIR to a folder on another disk",
        ),
    ]


def _versions() -> list[Finding]:
    found = [Finding("Python", f"{platform.python_version()} at {sys.executable}", sys.version_info >= (3, 11), "3.11")]
    for name in _PACKAGES:
        try:
            found.append(Finding(name, version(name)))
        except PackageNotFoundError:
            found.append(Finding(name, f"not installed: only for the extra {_EXTRAS[name]!r}"))
    return found


def required_packages(assignment: str, path: Path) -> list[Finding]:
    """Whether the grader has what an assignment allows its students to import, a line of the file each."""
    if not path.is_file():
        return []
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        return [Finding(f"{assignment}: {path.name}", f"can't be read: {error}", False, f"write {path} anew")]
    found, start = [], ""
    for number, line in enumerate(text.splitlines(), 1):
        if line.endswith("\\"):  # it goes on in the next
            start += line[:-1]
            continue
        wanted, start = _COMMENT.sub("", start + line).strip(), ""
        if not wanted or wanted.startswith("-"):  # an option of pip's
            continue
        try:
            requirement = Requirement(_PIP_OPTION.sub("", wanted))
        except InvalidRequirement:
            what = f"line {number} is no requirement: {wanted}"
            mend = f"write it as pip does, such as numpy>=1.26, in {path}"
            found.append(Finding(f"{assignment}: {path.name}", what, False, mend))
            continue
        if requirement.marker is None or requirement.marker.evaluate():
            found.append(_required(assignment, requirement, f"{sys.executable} -m pip install -r {path}"))
    return found


def _required(assignment: str, requirement: Requirement, mend: str) -> Finding:
    title = f"{assignment}: {requirement.name}{requirement.specifier}"
    try:
        here = version(requirement.name)
    except PackageNotFoundError:
        return Finding(title, "not installed", False, mend)
    return Finding(title, here, requirement.specifier.contains(here, prereleases=True), mend)
