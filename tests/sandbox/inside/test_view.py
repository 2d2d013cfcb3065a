"""The guests' root: what is not needed is not there, what is can't be written, and clearing up harms nothing."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from helpers import ROOT, run

# In namespaces, with only `wanted` readable; the outer process ends with the inner one.
PRELUDE = """
import os, shutil, sys
from pathlib import Path
from autograder.sandbox.inside import namespaces, view
folder, *wanted = map(Path, sys.argv[1:])
view.readable = lambda: [str(each) for each in wanted]
if not namespaces.enter().active:
    print("no namespaces"); sys.stdout.flush(); os._exit(0)
def refused(what):
    try:
        return what() and False
    except OSError:
        return True
# before
print(view.enter(folder).active)
"""


def in_a_view(tmp_path: Path, code: str, *wanted: Path, before: str = "") -> list[str]:
    """The lines that `code` prints in a view of the folder `server` and of `wanted`."""
    folder, script = tmp_path / "server", tmp_path / "script.py"
    folder.mkdir()
    prelude = PRELUDE.replace("# before", dedent(before))
    script.write_text(prelude + dedent(code) + "\nsys.stdout.flush()\nos._exit(0)\n")
    done = run("python", script, folder, *wanted, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    if lines == ["no namespaces"]:
        pytest.skip("this machine lets us make no namespaces")
    return lines


@pytest.fixture
def needed(tmp_path: Path) -> Path:
    """A folder that guests read, beside one that they don't."""
    for name in ("needed", "secret"):
        (tmp_path / name / "deeper").mkdir(parents=True)
        (tmp_path / name / "deeper" / "file.txt").write_text(name)
    return tmp_path / "needed"


def test_only_what_is_needed_exists(tmp_path: Path, needed: Path) -> None:
    code = """
    print((wanted[0] / "deeper" / "file.txt").read_text(), os.listdir(wanted[0].parent))
    print(os.path.exists("/etc/passwd"), os.path.exists("/home"), os.path.exists("/dev/null"), Path.cwd() == folder)
    """
    lines = in_a_view(tmp_path, code, needed)
    assert lines[0] == "True"
    assert lines[1].startswith("needed ")
    assert sorted(lines[1].split(" ", 1)[1].strip("[]").replace("'", "").split(", ")) == ["needed", "server"]
    assert lines[2] == "False False True True"


def test_nothing_that_is_needed_can_be_changed_from_there(tmp_path: Path, needed: Path) -> None:
    code = """
    file = wanted[0] / "deeper" / "file.txt"
    print(refused(lambda: file.write_text("x")), refused(file.unlink), refused(lambda: file.chmod(0o600)))
    (folder / "mine").write_text("x")
    """
    assert in_a_view(tmp_path, code, needed) == ["True", "True True True"]
    assert (tmp_path / "server" / "mine").read_text() == "x"


def test_who_clears_the_folder_clears_nothing_else(tmp_path: Path, needed: Path) -> None:
    code = """
    print(os.listdir(folder / "root"))
    shutil.rmtree(folder, ignore_errors=True)
    """
    assert in_a_view(tmp_path, code, needed) == ["True", "[]"]
    assert (needed / "deeper" / "file.txt").read_text() == "needed"
    assert not list((tmp_path / "server").iterdir())


def test_a_folder_is_found_by_the_links_that_lead_to_it(tmp_path: Path, needed: Path) -> None:
    (tmp_path / "first").symlink_to("second")
    (tmp_path / "second").symlink_to(needed)
    code = 'print((wanted[0] / "file.txt").read_text(), os.path.islink(wanted[0].parent))'
    assert in_a_view(tmp_path, code, tmp_path / "first" / "deeper") == ["True", "needed True"]


def test_processes_are_hidden_but_not_what_the_processor_can_do(tmp_path: Path, needed: Path) -> None:
    code = """
    before = Path("/proc/cpuinfo").read_text()
    view.hide_processes()
    print(os.listdir("/proc"), len(Path("/proc/cpuinfo").read_text()) == len(before), os.path.exists("/proc/self"))
    """
    assert in_a_view(tmp_path, code, needed) == ["True", "['cpuinfo'] True False"]


def test_where_a_root_can_t_be_had_the_layer_says_so_and_all_stays(tmp_path: Path, needed: Path) -> None:
    older = """
    class Older:
        def pivot_root(self, *places):
            return -1
        def __getattr__(self, name):
            return getattr(namespaces.libc, name)
    view.libc = Older()
    """
    code = 'print(os.path.exists("/etc/passwd"), Path.cwd() == folder, os.listdir(folder / "root"))'
    assert in_a_view(tmp_path, code, needed, before=older) == ["False", "True True []"]
