"""`autograder import` and `autograder new` from the command line: what they print, what they leave, how they end."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from marked import answer, essay, judged_by, make_assignment

from autograder.course.loading import load_assignment
from autograder.gradebook.connect import LINE

Command = Callable[..., tuple[int, str, str]]
CELLS = [answer("f", "def f():\n    return 1"), judged_by("test_f", "assert f() == 1", 2), essay("why", 3)]
PLAIN = "c = get_config()\nc.CourseDirectory.course_id = 'course101'\n"


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """A course as `nbgrader quickstart` makes it: no settings of ours."""
    course = tmp_path / "course"
    make_assignment(course, "ps1", {"one": CELLS})
    kernel = judged_by("test_kernel", "assert get_ipython().user_ns['f']() == 1", 1)
    make_assignment(course, "ps2", {"one": [*CELLS[:1], judged_by("test_f", "assert f() == 2", 2), kernel]})
    (course / "course_config.py").unlink()
    (course / "nbgrader_config.py").write_text(PLAIN)
    load_assignment.cache_clear()
    return course


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if "__pycache__" not in path.parts}


def row(out: str, cell: str) -> str:
    return next(line for line in out.splitlines() if f" {cell} " in line)


def test_a_course_is_looked_at_and_nothing_is_written(plain: Path, command: Command) -> None:
    (plain / "source" / "ps3").mkdir()
    (plain / "source" / "ps3" / "one.ipynb").write_text("{")
    before = files_in(plain)
    code, out, err = command("import", plain)
    assert (code, err) == (1, "")
    assert row(out, "why").split()[-2:] == ["by", "hand"]
    assert "ps1, 5 points" in out
    assert "✗ ps3 can't be graded: The instructor's notebook" in out
    assert "✗ test_f (tests: the notebook's own solution fails them): AssertionError: no reason given at `ass" in out
    assert "✗ test_kernel (tests: can't be judged from outside): NotImplementedError" in out
    assert "c.Grading.inside = {'ps2': ['test_kernel']}" in out
    assert f"  {LINE}\n" in out
    assert "Then: `nbgrader generate_assignment ps1` and `autograder audit ps1`" in out
    assert "1 of 3 assignments can be graded without a change." in out
    assert files_in(plain) == before


def test_one_assignment_is_looked_at_by_its_folder(plain: Path, command: Command) -> None:
    (plain / "nbgrader_config.py").write_text(f"{PLAIN}{LINE}\n")
    code, out, _ = command("import", plain / "source" / "ps1")
    assert code == 0
    assert "tests, judged from outside" in row(out, "test_f")
    assert "ps2" not in out
    assert LINE not in out  # it is there already


def test_a_folder_without_a_course_says_what_a_course_needs(plain: Path, command: Command, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    shutil.copytree(plain / "source" / "ps1", alone)
    code, out, _ = command("import", alone)
    assert code == 0
    assert "tests, judged from outside" in row(out, "test_f")
    assert f"put `c = get_config()` and `{LINE}` into nbgrader_config.py" in out
    code, out, err = command("import", alone, "--pytest")
    assert (code, out) == (1, "")
    assert "is in no course, so there is no place for hidden checks." in err


def test_checks_are_written_when_they_are_asked_for(plain: Path, command: Command) -> None:
    code, out, _ = command("import", plain / "source" / "ps1", "--pytest")
    assert code == 0
    file = plain / "tests" / "hidden" / "ps1" / "test_f.py"
    assert f"test_f: wrote {file}." in out
    load_assignment.cache_clear()
    _, out, _ = command("import", plain / "source" / "ps1", "--pytest")
    assert "hidden pytest checks" in row(out, "test_f")


@pytest.mark.parametrize("kind", ["empty", "missing", "other"])
def test_a_folder_with_nothing_to_look_at_is_one_sentence(
    plain: Path, command: Command, tmp_path: Path, kind: str
) -> None:
    folder = {"empty": tmp_path / "empty", "missing": tmp_path / "missing", "other": plain / "other"}[kind]
    if kind != "missing":
        folder.mkdir()
    if kind == "other":
        shutil.copyfile(plain / "source" / "ps1" / "one.ipynb", folder / "one.ipynb")
    code, out, err = command("import", folder)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert str(folder) in err


def test_a_new_assignment_says_what_to_do_next(plain: Path, command: Command) -> None:
    code, out, _ = command("new", "my lab", "--course-dir", plain)
    assert code == 0
    assert "Made source/my lab/my lab.ipynb\n" in out
    assert "Next: nbgrader generate_assignment 'my lab', then autograder audit 'my lab'." in out
    code, out, err = command("new", "my lab", "--course-dir", plain)
    assert (code, out) == (1, "")
    assert "is there already, and nothing was written" in err
