"""What is enough confinement in a platform's container, and what staff are told of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from door_reports import ATTACK, FAILED, report
from helpers import RIGHT, notebook_of, write_notebook

from autograder.course.assignment import Assignment
from autograder.course.course import load_course
from autograder.doors import judging
from autograder.sandbox.confinement import REQUIRED_LAYERS, Layer
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.limits import Limits
from autograder.sandbox.outcome import IsolationError
from autograder.sandbox.server import ForkServer


def layers(*missing: str) -> list[Layer]:
    names = ("namespaces", "view", "folder", "memory", *REQUIRED_LAYERS)
    return [Layer(name, name not in missing, "why") for name in names]


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """A course that only its owner may enter."""
    folder = tmp_path / "ours" / "course"
    folder.mkdir(parents=True)
    folder.parent.chmod(0o700)
    return folder


@pytest.mark.parametrize("missing", [(), ("namespaces", "view", "folder"), ("memory",)])
def test_without_what_is_not_required_all_goes_on(missing: tuple[str, ...]) -> None:
    judging.refuse_too_little(layers(*missing), False, Path("/"), ["/tmp"])


def test_permissions_may_stand_in_for_landlock(closed: Path) -> None:
    judging.refuse_too_little(layers("files", "namespaces", "view", "folder"), True, closed)


def test_permissions_can_t_stand_in_if_guests_are_the_same_user(closed: Path) -> None:
    with pytest.raises(IsolationError, match=r"Missing: files \(why\)"):
        judging.refuse_too_little(layers("files"), False, closed)


def test_permissions_can_t_stand_in_for_a_course_that_all_may_enter() -> None:
    with pytest.raises(IsolationError, match="may enter or write to /usr"):
        judging.refuse_too_little(layers("files"), True, Path("/usr"))


def test_permissions_can_t_stand_in_where_a_guest_could_leave_something(closed: Path) -> None:
    with pytest.raises(IsolationError, match="may enter or write to /tmp"):
        judging.refuse_too_little(layers("files"), True, closed, ["/tmp"])


@pytest.mark.parametrize("name", [name for name in REQUIRED_LAYERS if name != "files"])
def test_nothing_stands_in_for_another_layer(closed: Path, name: str) -> None:
    for missing in ((name,), (name, "files")):
        with pytest.raises(IsolationError, match="Nothing of it was run"):
            judging.refuse_too_little(layers(*missing), True, closed)


def test_folders_that_all_may_write_to_are_found() -> None:
    found = judging.open_to_all()
    assert ("/tmp" in found) == bool(Path("/tmp").stat().st_mode & 0o002)
    assert "/usr" not in found


def test_staff_are_told_which_layers_were_missing_and_of_every_fault_a_line_each() -> None:
    made = report(FAILED, message=ATTACK)
    lines = judging.staff_lines(judging.Judged(made, tuple(layers("view", "files"))))
    assert lines[0] == "lab: 4 of 10 points (graded)"
    assert any(each.startswith("isolation: no layer 'files'") for each in lines)
    assert any("file permissions and another user stand in" in each for each in lines)
    assert lines[-1] == "fault: only for staff 4711"
    assert all(each.isprintable() for each in lines)


def test_memory_is_shared_with_the_grader_and_never_more_than_the_course_allows(
    course: Path, tiny: Assignment, server: ForkServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Limits] = []

    @contextmanager
    def opened(limits: Limits, isolation: str) -> Iterator[ForkSandbox]:
        asked.append(limits)
        yield ForkSandbox(server, limits, isolation)

    monkeypatch.setattr(judging, "open_sandbox", opened)
    path = write_notebook(tmp_path / "handed_in" / "tiny.ipynb", notebook_of(tiny, RIGHT))
    for container_bytes, memory_bytes in ((0, 1 << 30), (768 << 20, 192 << 20), (1, 128 << 20), (8 << 30, 1 << 30)):
        judged = judging.judge(load_course(course), "tiny", path.parent, container_bytes)
        assert judged.report.score == 20
        assert asked.pop().memory_bytes == memory_bytes
