"""Judges the one submission of a container that a platform has started for it, by the grader that every door has.

Such a container often lets nobody make namespaces, and its kernel may lack Landlock. The rule for what is enough stands
here: `refuse_too_little`.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.checks.messages import one_line
from autograder.course.course import Course
from autograder.course.new_course import closed_to_others
from autograder.judge.grader import grade
from autograder.report.marks import counted
from autograder.report.report import Report
from autograder.sandbox.confinement import REQUIRED_LAYERS, Layer, missing_layers
from autograder.sandbox.forked import ForkSandbox, open_sandbox
from autograder.sandbox.outcome import IsolationError

# What the grader itself uses at most, its fork server and the file cache that they need included (docs/gradescope.md).
GRADER_BYTES = 576 << 20
_LEAST_GUEST_BYTES = 128 << 20
_USUALLY_OPEN = ("/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run/lock")


@dataclass(frozen=True)
class Judged:
    """A report, and how its guests were confined."""

    report: Report
    layers: tuple[Layer, ...]


def judge(course: Course, name: str, path: Path, container_bytes: int = 0) -> Judged:
    """Judges a folder, or a notebook, with the course's rulings and before any penalty.

    Args:
        container_bytes: the memory of the container, grader and guests together; 0: only the course's limit counts.
    Raises:
        CourseError: the course or the assignment is not as it should be.
        IsolationError: guests can't be confined well enough; nothing of the submission has run.
        SandboxError: no guest can be started.
    """
    limits = course.limits
    if container_bytes:
        left = max(container_bytes - GRADER_BYTES, _LEAST_GUEST_BYTES)
        limits = replace(limits, memory_bytes=min(limits.memory_bytes, left))
    with open_sandbox(limits, "partial") as sandbox:
        layers, user = _tried(sandbox)
        if course.isolation == "full":
            refuse_too_little(layers, user != os.getuid(), course.folder, open_to_all())
        if not missing_layers(layers):
            sandbox = replace(sandbox, isolation="full")  # then no guest may lack one
        assignment = course.assignment(name)
        report = grade(path, assignment, sandbox, "submission")
    return Judged(counted(report, assignment, course.questions.get(name)), layers)


def _tried(sandbox: ForkSandbox) -> tuple[tuple[Layer, ...], int]:
    """The layers of a guest, and its user as the kernel has it. Raises SandboxError."""
    with contextlib.closing(sandbox.start({})) as guest:
        lines = Path(f"/proc/{guest.pid}/status").read_text().splitlines()
        return tuple(guest.layers), next(int(line.split()[1]) for line in lines if line.startswith("Uid:"))


def open_to_all() -> list[str]:
    """Folders that any user may write to, of those that containers have: usual ones, and what is mounted."""
    lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    places = {*_USUALLY_OPEN, *(line.split()[1] for line in lines)}
    return sorted(each for each in places if os.path.isdir(each) and os.stat(each).st_mode & stat.S_IWOTH)


def refuse_too_little(
    layers: Sequence[Layer], is_another_user: bool, folder: Path, open_folders: Sequence[str] = ()
) -> None:
    """Raises IsolationError if code in a guest could reach what it must not.

    All required layers are needed, but one: `files` (Landlock) may be missing where the file system's permissions do
    its work. That is where guests are another user than the grader, only the grader's user may enter the course's
    folder, and there is no place to leave anything for the next guest. What a container of one submission holds
    besides is a system that is thrown away.

    Args:
        is_another_user: whether guests are.
        folder: the course's, with hidden checks and solutions.
        open_folders: those that any user may write to.
    """
    missing = missing_layers(layers)
    if [each.name for each in missing] == ["files"] and is_another_user:
        if closed_to_others(folder) is not None and not open_folders:
            return
        open_folders = open_folders or (str(folder),)
        raise IsolationError(
            "This container has no Landlock, and permissions can't stand in for it, as all users may enter or write to "
            f"{', '.join(open_folders)}. Nothing of the submission was run."
        )
    if missing:
        names = "; ".join(f"{each.name} ({each.detail})" for each in missing)
        raise IsolationError(f"This container can't confine student code. Missing: {names}. Nothing of it was run.")


def staff_lines(judged: Judged) -> list[str]:
    """What staff should know of how it was judged: never for the student."""
    report = judged.report
    lines = [f"{report.assignment}: {report.score:g} of {report.max_score:g} points ({report.status})"]
    lines += [f"look: {each}" for each in report.all_looks]
    missing = [each for each in judged.layers if not each.active]
    required = [each for each in missing if each.name in REQUIRED_LAYERS]
    for each in missing:
        lines.append(f"isolation: no layer {each.name!r} in this container: {each.detail}")
    if required:
        lines.append("isolation: file permissions and another user stand in for it; see docs/security.md#containers")
    elif missing:
        lines.append("isolation: what it needs is there; see docs/security.md#if-a-layer-is-missing")
    lines += [f"fault: {line}" for trace in report.staff for line in trace.splitlines()]
    return [one_line(each) for each in lines]
