"""The working folder is what Jupyter gives: the course's files of any size, sub-folders, and room to write."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest
from helpers import ROOT, open_the_way, run, run_in

from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.guest import ForkedGuest
from autograder.sandbox.limits import Limits
from autograder.sandbox.server import ForkServer

SMALL = Limits(folder_bytes=4 << 20, file_bytes=2 << 20)


@pytest.fixture
def data(tmp_path: Path) -> dict[str, Path]:
    """A course's files: a small one, a large one, one in a folder, and an empty folder."""
    contents = {"numbers.csv": b"1,2", "large.bin": bytes(80 << 20), "images/cat.png": b"cat"}
    for name, content in contents.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    (tmp_path / "models").mkdir()
    return {name: tmp_path / name for name in (*contents, "models")}


@pytest.fixture
def guests(server: ForkServer, data: Mapping[str, Path]) -> Iterator[list[ForkedGuest]]:
    """Two guests of one assignment, with small limits."""
    sandbox = ForkSandbox(server, SMALL)
    with closing(sandbox.start({}, data)) as first, closing(sandbox.start({}, data)) as second:
        yield [first, second]


def test_the_course_s_files_may_be_larger_than_all_that_a_guest_may_write(guests: list[ForkedGuest]) -> None:
    code = "import os; print(os.path.getsize('large.bin'), open('images/cat.png').read(), os.listdir('models'))"
    assert run_in(guests[0], code) == f"{80 << 20} cat []"


@pytest.mark.parametrize(
    "code",
    [
        "open('models/best.pt', 'wb').write(b'1')",
        "open('images/mine.png', 'wb').write(b'1')",
        "open('numbers.csv', 'a').write('3')",
        "open('numbers.csv', 'w').write('3')",
        "import os; os.remove('numbers.csv')",
        "import os; os.rename('numbers.csv', 'images/numbers.csv')",
        "import shutil; shutil.rmtree('images'); import os; os.mkdir('images'); print(os.listdir('images'))",
        "import os; os.makedirs('models/a/b'); open('models/a/b/c', 'w').write('1')",
        "import os; os.chdir('models'); open('best.pt', 'wb').write(b'1')",
        "import torch; torch.save(torch.ones(3), 'models/best.pt'); print(torch.load('models/best.pt'))",
    ],
)
def test_a_guest_may_change_what_it_was_given_and_no_other_notices(guests: list[ForkedGuest], code: str) -> None:
    shown = "import pathlib; print(sorted((str(p), p.stat().st_size) for p in pathlib.Path().rglob('*')))"
    given = run_in(guests[1], shown)
    assert "raised" not in run_in(guests[0], code)
    assert run_in(guests[0], f"import os; os.chdir(os.environ['HOME']); {shown}") != given
    assert run_in(guests[1], shown) == given


def test_what_a_guest_writes_is_limited_all_the_same(guests: list[ForkedGuest]) -> None:
    code = """
    for number in range(10):
        open(f"models/{number}", "wb").write(bytes(1 << 20))
    """
    assert "raised: OSError: [Errno 28]" in run_in(guests[0], code)
    assert "raised: OSError: [Errno 27]" in run_in(guests[1], "open('one', 'wb').write(bytes(3 << 20))")


def test_a_student_s_own_file_does_not_stand_in_for_one_of_the_course(
    server: ForkServer, data: Mapping[str, Path], tmp_path: Path
) -> None:
    (tmp_path / "mine").write_text("mine")
    files = dict.fromkeys(("numbers.csv", "images/extra.txt", "own/notes.txt"), tmp_path / "mine")
    with closing(ForkSandbox(server, SMALL).start(files, data)) as guest:
        code = "print(*[open(each).read() for each in ('numbers.csv', 'images/extra.txt', 'own/notes.txt')])"
        assert run_in(guest, code) == "1,2 mine mine"
        assert run_in(guest, "open('own/more.txt', 'w').write('x'); open('images/more.txt', 'w').write('x')") == ""


def test_the_shared_copy_can_t_be_changed_and_another_assignment_s_not_be_seen(
    server: ForkServer, guests: list[ForkedGuest], tmp_path: Path
) -> None:
    shared = [each for each in server.folder.iterdir() if each.name.startswith("data-")]
    mine = next(each for each in shared if (each / "large.bin").exists())
    (tmp_path / "other.csv").write_text("other")
    with closing(ForkSandbox(server, SMALL).start({}, {"other.csv": tmp_path / "other.csv"})):
        other = next(each for each in server.folder.iterdir() if (each / "other.csv").exists())
        for what in (
            f"open({str(mine / 'numbers.csv')!r}, 'w')",
            f"open({str(mine / 'new')!r}, 'w')",
            f"import os; os.remove({str(mine / 'numbers.csv')!r})",
            f"import os; os.chmod({str(mine / 'numbers.csv')!r}, 0)",
            f"open({str(other / 'other.csv')!r})",
            f"import os; os.listdir({str(other)!r})",
            f"import os; os.listdir({str(server.folder)!r})",
        ):
            said = run_in(guests[0], what)
            refused = ("PermissionError", "FileNotFoundError", "OSError: [Errno 30]")
            assert any(f"raised: {each}" in said for each in refused), what
    assert (mine / "numbers.csv").read_bytes() == b"1,2"


# A kernel that lays no folder over another: what a guest then finds, seen by itself.
WITHOUT_OVERLAYS = """
import ctypes, os, sys
from pathlib import Path
from autograder.sandbox.inside import folder, namespaces
work, data = map(Path, sys.argv[1:])
if not namespaces.enter().active:
    print("no namespaces"); os._exit(0)
class Older:
    def mount(self, source, target, kind, *more):
        return -1 if kind == b"overlay" else namespaces.libc.mount(source, target, kind, *more)
    def __getattr__(self, name):
        return getattr(namespaces.libc, name)
folder.libc = Older()
print(folder.mount_folder(work, data, 4 << 20).active)
print((work / "mine.txt").read_text(), (work / "numbers.csv").read_text(), (work / "large.bin").stat().st_size)
(work / "numbers.csv").write_text("changed")
(work / "models" / "best.pt").write_text("x")
print((data / "numbers.csv").read_text(), list((data / "models").iterdir()))
sys.stdout.flush()
os._exit(0)
"""


def test_where_the_kernel_lays_no_folder_over_another_there_are_copies_and_links(
    data: Mapping[str, Path], tmp_path: Path
) -> None:
    open_the_way(tmp_path)
    script, work = tmp_path / "alone.py", tmp_path / "work"
    script.write_text(WITHOUT_OVERLAYS)
    work.mkdir()
    (work / "mine.txt").write_text("mine")
    shared = tmp_path / "shared"
    shared.mkdir()
    for name, path in data.items():
        (shared / name).parent.mkdir(exist_ok=True)
        os.link(path, shared / name) if path.is_file() else (shared / name).mkdir()
    done = run("python", script, str(work), str(shared), cwd=ROOT)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    if lines == ["no namespaces"]:
        pytest.skip("this machine lets us make no namespaces")
    assert lines == ["True", f"mine 1,2 {80 << 20}", "1,2 []"]
