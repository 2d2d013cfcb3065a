"""`autograder new-course` makes a course that works at once, from the repository and from an installed wheel."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers import ROOT, run

from autograder import DISTRIBUTION, __version__
from autograder.course import new_course
from autograder.course.course import load_course
from autograder.course.errors import CourseError
from autograder.course.new_course import create_course
from autograder.gradebook.roster_import import COLUMNS

Command = Callable[..., tuple[int, str, str]]
ASSIGNMENTS = sorted(path.name for path in (ROOT / "source").iterdir() if path.is_dir())
BEGINNING = {".gitignore", "README.md", "course_config.py", "nbgrader_config.py", "roster.csv"}
BEGINNING |= {"doors", "source", "tests"}


def files_in(folder: Path) -> dict[str, bytes]:
    """Files by their path there, without what Python leaves beside them."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not {"__pycache__", ".ipynb_checkpoints"} & {*path.parts}
    }


def everything(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


@pytest.mark.slow
def test_a_new_course_makes_the_release_and_gives_its_own_solution_all_points(tmp_path: Path, command: Command) -> None:
    folder = tmp_path / "ml-2027"
    code, out, err = command("new-course", folder, "--exchange", tmp_path / "exchange")
    assert (code, err) == (0, "")
    assert f"Made the course ml-2027 in {folder}, with the assignments {', '.join(ASSIGNMENTS)}." in out
    assert {path.name for path in folder.iterdir()} == BEGINNING
    name = ASSIGNMENTS[-1]
    done = run("nbgrader", "generate_assignment", name, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert files_in(folder / "release" / name) == files_in(ROOT / "release" / name)
    solution = folder / "source" / name / f"{name}.ipynb"
    code, _, err = command("grade", "--notebook", solution, "--course-dir", folder, "--fail-under", 100)
    assert (code, err) == (0, "")


def test_its_settings_are_its_own(tmp_path: Path) -> None:
    exchange = tmp_path / 'shared "exchange"'
    course = load_course(create_course(tmp_path / "a course", "ml-2027", exchange))
    assert course.course_id == "ml-2027"
    assert course.config.Exchange.root == str(exchange)
    assert course.gradebook_url == f"sqlite:///{tmp_path}/a course/gradebook.db"
    assert course.assignment_names() == ASSIGNMENTS
    assert all(course.assignment(name).checks_folder.is_dir() for name in ASSIGNMENTS)
    changed = [line for line in (course.folder / "course_config.py").read_text().splitlines() if "ml-2027" in line]
    assert changed == ['c.CourseDirectory.course_id = "ml-2027"']
    assert next(csv.reader((course.folder / "roster.csv").open())) == [*COLUMNS]


@pytest.mark.parametrize("line", ['c.Exchange.root = "/elsewhere"  # ours', "# no exchange"])
def test_settings_that_somebody_changed_are_the_new_course_s_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    shutil.copyfile(ROOT / "nbgrader_config.py", tmp_path / "nbgrader_config.py")
    settings = (ROOT / "course_config.py").read_text().replace("deep-learning-basics", "the-old-one")
    (tmp_path / "course_config.py").write_text(re.sub(r"(?m)^c\.Exchange\.root.*", line, settings))
    monkeypatch.setattr(new_course, "shipped", lambda: tmp_path)
    course = load_course(create_course(tmp_path / "course", "ml-2027", tmp_path / "exchange"))
    assert (course.course_id, course.config.Exchange.root) == ("ml-2027", str(tmp_path / "exchange"))


def test_only_the_owner_enters_the_course_and_everybody_the_exchange(tmp_path: Path) -> None:
    course = create_course(tmp_path / "course", exchange=tmp_path / "exchange")
    assert course.stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "exchange").stat().st_mode & 0o7777 == 0o1777


def test_a_folder_that_was_made_before_keeps_its_mode_and_others_are_spoken_of(
    tmp_path: Path, command: Command
) -> None:
    for each in (tmp_path, *tmp_path.parents):
        if os.stat(each).st_uid == os.getuid() and each != Path("/") and each != Path("/tmp"):
            each.chmod(0o755)
    (tmp_path / "course").mkdir(mode=0o755)
    _, out, _ = command("new-course", tmp_path / "course")
    assert "Note: others on this machine can enter it, and it holds solutions: chmod o-rwx " in out
    (tmp_path / "closed").mkdir(mode=0o700)
    _, out, _ = command("new-course", tmp_path / "second", "--exchange", tmp_path / "closed" / "exchange")
    assert f"students can't reach the exchange, as only its owner may enter {tmp_path / 'closed'}." in out


@pytest.mark.parametrize("course_id", ["a/b", "a b", " ", "..", "-x", "ml+1", "kürs", "x" * 129, "a\n"])
def test_what_can_t_be_a_course_s_id_is_one_sentence(tmp_path: Path, command: Command, course_id: str) -> None:
    code, out, err = command("new-course", tmp_path / "course", f"--course-id={course_id}")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert f"{course_id!r} can't be a course's id" in err
    assert everything(tmp_path) == []


def test_a_folder_s_name_that_can_t_be_an_id_asks_for_one(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match=r"'my course' can't be a course's id.* Say one with --course-id\."):
        create_course(tmp_path / "my course")


IN_THE_WAY = {
    "a file": (
        lambda at: (at / "course").write_text("mine"),
        (),
        "course is a file, and nothing was written.",
    ),
    "something in it": (
        lambda at: (at / "course" / "mine").mkdir(parents=True),
        (),
        "has something in it, and nothing",
    ),
    "no folder above": (lambda at: None, ("no/course",), "no/course can't be made: No such file or directory."),
    "exchange in it": (lambda at: None, ("course", "course/exchange"), "is in the course, which students can't enter"),
    "exchange is a file": (
        lambda at: (at / "x").write_text("mine"),
        ("course", "x"),
        "x is a file, and the exchange is",
    ),
    "exchange nowhere": (lambda at: None, ("course", "no/x"), "no to make the exchange in. Make it, or name another."),
    "exchange for some": (lambda at: (at / "x").mkdir(mode=0o755), ("course", "x"), "Not everybody can write to"),
    "exchange in proc": (
        lambda at: None,
        ("course", "/proc/x"),
        "nothing was kept: No such file" if os.geteuid() == 0 else "x can't be made: you may",
    ),
}


@pytest.mark.parametrize("case", IN_THE_WAY)
def test_what_is_in_the_way_is_one_sentence_and_nothing_is_written(tmp_path: Path, command: Command, case: str) -> None:
    prepare, names, said = IN_THE_WAY[case]
    prepare(tmp_path)
    before = everything(tmp_path)
    folder, *exchange = [tmp_path / name for name in names or ("course",)]
    options = [f"--exchange={each}" for each in exchange]
    code, out, err = command("new-course", folder, "--course-id=ml", *options)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert said in err
    assert everything(tmp_path) == before


@pytest.mark.parametrize("made_before", [True, False])
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made_before: bool) -> None:
    def full(*_: object, **__: object) -> None:
        raise shutil.Error([("one", "two", "[Errno 28] No space left on device")])

    if made_before:
        (tmp_path / "course").mkdir()
    before = everything(tmp_path)
    monkeypatch.setattr(new_course.shutil, "copytree", full)
    with pytest.raises(CourseError, match=r"nothing was kept: .*No space left on device\."):
        create_course(tmp_path / "course", exchange=tmp_path / "exchange")
    assert everything(tmp_path) == before


@pytest.mark.slow
def test_what_is_built_holds_all_it_needs_and_makes_a_course_elsewhere_that_grades(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(ROOT, tree, ignore=_left_out, symlinks=True)
    source = _built("--sdist", tree, tmp_path / "built")
    with tarfile.open(source) as archive:
        kept = {name.partition("/")[2] for name in archive.getnames()}
    assert {str(each.relative_to(tree)) for each in tree.rglob("*") if each.is_file()} <= kept
    shutil.unpack_archive(source, tmp_path / "unpacked")
    wheel = _built("--wheel", next((tmp_path / "unpacked").iterdir()), tmp_path / "built")
    names = zipfile.ZipFile(wheel).namelist()
    # Guests may read the folder of Python's packages.
    assert not [name for name in names if "hidden" in Path(name).parts and ".data/data/share/" not in name]

    prefix = tmp_path / "prefix"
    # Without the first of these, pip would take this environment's own autograder away.
    options = ["--ignore-installed", "--quiet", "--no-deps", "--no-index", "--no-compile", f"--prefix={prefix}"]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, wheel], check=True, capture_output=True)
    packages = next(prefix.glob("lib/python*/site-packages"))

    def installed(*arguments: str | Path, cwd: Path) -> str:
        done = run(sys.executable, "-m", "autograder", *arguments, cwd=cwd, PYTHONPATH=str(packages))
        assert done.returncode == 0, done.stderr
        return done.stdout

    installed("new-course", tmp_path / "theirs", "--course-id=ml", cwd=tmp_path)
    create_course(tmp_path / "ours", "ml")
    assert files_in(tmp_path / "theirs") == files_in(tmp_path / "ours")
    solved = tmp_path / "theirs" / "source" / "linear_regression" / "linear_regression.ipynb"
    report = json.loads(installed("grade", "--notebook", solved, "--json", cwd=tmp_path / "theirs"))
    assert report["raw_score"] + report["waiting_points"] == report["max_score"] > 0


def _built(kind: str, tree: Path, folder: Path) -> Path:
    before = everything(folder)
    done = run("python", "-m", "build", "--no-isolation", kind, "--outdir", folder, tree, cwd=tree)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = [each for each in everything(folder) if each not in before]
    return made


def _left_out(folder: str, names: list[str]) -> set[str]:
    """What git does not have, so that the copy is a checkout without its history."""
    kept = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=folder, capture_output=True
    )
    first = {name.partition("/")[0] for name in os.fsdecode(kept.stdout).split("\0")}
    return set(names) - first


def test_the_package_has_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == __version__
    assert project["name"] == DISTRIBUTION
