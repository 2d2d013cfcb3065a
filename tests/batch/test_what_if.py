"""A dry run judges by what guests answered: it says whose marks would change and why, saves nothing, and runs nobody's
code unless it has to."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from helpers import RIGHT, hand_in, make_course, notebook_of

from autograder.batch.what_if import told, with_names
from autograder.course.assignment import Assignment
from autograder.judge.replaying import NoSandbox, NotRecorded
from autograder.report.exercise_result import CheckResult, CodePlace, ExerciseResult, Verdict
from autograder.report.report import Report, Status
from autograder.sandbox.forked import ForkSandbox

HANDED_IN: dict[str, Any] = {
    "half": {"double": "def double(x):\n    return 2 * x if x.dim() == 1 else x"},
    "right": {},
    "square": {"double": "def double(x):\n    return x ** 2"},
    "twin": {},
    "unreadable": "no notebook",
}
REMEMBERS = "n = []\ndef mean_of(x):\n    n.append(1)\n    return x.mean().item()"


def snapshot(folder: Path) -> dict[Path, bytes]:
    files = (each for each in folder.rglob("*") if each.is_file() and each.suffix != ".pyc")
    return {each: each.read_bytes() for each in files if each.name != ".autograder.lock"}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, tiny: Assignment) -> Path:
    """A class to be graded once; each test has a copy."""
    folder = make_course(tmp_path_factory.mktemp("what-if") / "course")
    for student, answers in HANDED_IN.items():
        hand_in(folder, student, answers if isinstance(answers, str) else notebook_of(tiny, {**RIGHT, **answers}))
    return folder


@pytest.fixture
def what_if(
    graded: Path, tmp_path: Path, command: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> Any:
    """The class, graded, with checks changed by `replacements`; gives what a dry run says, and how many it ran."""
    if not (graded / "autograded").is_dir():
        assert command("grade", "tiny", "--course-dir", graded)[0] == 0
    folder = tmp_path / "course"
    shutil.copytree(graded, folder)
    started: list[int] = []

    def what_if(*arguments: str, check: str = "test_mean_of.py", **replacements: str) -> tuple[str, str, int]:
        path = folder / "tests/hidden/tiny" / check
        for old, new in replacements.items():
            path.write_text(path.read_text().replace(old, new))
        before = snapshot(folder)
        from autograder.batch import local

        open_pool = local.local_pool
        monkeypatch.setattr(local, "local_pool", lambda *more: started.append(more[3]) or open_pool(*more))
        started.clear()
        code, out, err = command("grade", "tiny", "--course-dir", folder, "--dry-run", *arguments)
        assert code == 0, err
        assert snapshot(folder) == before
        return out, err, sum(started)

    what_if.folder = folder  # type: ignore[attr-defined]
    return what_if


def test_it_says_who_and_why_and_runs_nothing(what_if: Any) -> None:
    out, _, ran = what_if(check="test_double_mean.py", **{"1234.75": "1234.5"})
    assert ran == 1  # `half`, as its `double_mean` is judged beside another's `double` only now
    line = "Judged by the answers that were kept: 4 of 5, without running any. Run again: 1 as something else is asked."
    assert line in out
    said = " ".join(out.partition("Marks that would change")[2].split())
    assert said.startswith(": 4 students of 5; 0 up, 4 down. Mean 14.8 → 10.0.")
    assert "right 20 14 double_mean 10 → 4: `test_other_values` fails now: `double_mean(x)`" in said
    assert "By reason: 4 students: double_mean: `test_other_values` fails now" in said
    assert "Nothing was saved: this was a dry run." in out


def test_json_has_the_same(what_if: Any) -> None:
    out, err, _ = what_if(
        "--format",
        "json",
        **{"weight=2)\ndef test_other_shapes": "weight=6)\ndef test_other_shapes"},
        check="test_double.py",
    )
    reports = {each["student"]: each for each in map(json.loads, out.splitlines())}
    assert "without running any" in err
    assert "changes" not in reports["right"]
    [change] = reports["half"]["changes"]
    assert (change["exercise"], change["points_before"], change["points"]) == ("double", 2.0, 1.0)
    assert change["why"] == [{"what": "`test_other_shapes` weighs 6, not 2", "message": ""}]
    assert (reports["half"]["previous_score"], reports["half"]["score"]) == (18.0, 17.0)
    names = {each["name"]: each["misconceptions"] for each in reports["square"]["exercises"]}
    assert names["double"] == ["square-for-double"]  # as it was found when it was graded


def test_what_was_not_kept_runs_again_and_it_says_so(what_if: Any, tiny: Assignment) -> None:
    folder: Path = what_if.folder
    hand_in(folder, "right", notebook_of(tiny, {**RIGHT, "double": "def double(x):\n    return x + x"}))
    hand_in(folder, "new", notebook_of(tiny, {**RIGHT, "mean_of": REMEMBERS}))
    kept = folder / "autograded/.answers.tiny"
    assert {each.stem for each in kept.iterdir()} == set(HANDED_IN)
    (kept / "twin.bin").write_bytes((kept / "twin.bin").read_bytes()[:-9])
    (kept / "half.bin").unlink()
    out, _, ran = what_if(check="test_double_mean.py", **{"1234.75": "1234.5"})
    assert ran == 4
    assert "Judged by the answers that were kept: 2 of 6, without running any. Run again: " in out
    for reason in (
        "2 as no answers were kept",
        "1 as what was handed in, the notebook or a setting has changed",
        "1 as the kept answers are damaged",
    ):
        assert reason in out
    assert "Marks that would change: 4 students of 6; 0 up, 4 down." in out


def test_force_runs_everything(what_if: Any) -> None:
    out, _, ran = what_if("--force")
    assert ran == 5
    assert "No mark would change." in out
    assert "kept" not in out.partition("Columns")[2]


def test_where_nothing_is_kept_all_run_again(
    tmp_path: Path, tiny: Assignment, command: Callable[..., tuple[int, str, str]]
) -> None:
    folder = make_course(tmp_path / "course")
    with (folder / "course_config.py").open("a") as file:
        file.write("\nc.Grading.keep_answers = False\n")
    hand_in(folder, "right", notebook_of(tiny, RIGHT))
    assert command("grade", "tiny", "--course-dir", folder)[0] == 0
    assert not list((folder / "autograded").glob(".answers*"))


def test_how_many_ran_is_counted_by_reason() -> None:
    assert told(3, []) == "Judged by the answers that were kept: 3 of 3, without running any."
    assert told(1200, ["b", "a", "b"]) == (
        "Judged by the answers that were kept: 1197 of 1200, without running any. Run again: 2 as b, 1 as a."
    )


def test_names_stay_where_checks_came_to_the_same() -> None:
    def report(verdict: Verdict, **more: Any) -> Report:
        checks = (CheckResult("a::b", "title", verdict, 1.0, "words"),)
        exercise = ExerciseResult("f", 0.0, 1.0, Verdict.FAILED, "words", checks=checks, **more)
        return Report("tiny", "s", 0.0, 1.0, Status.GRADED, (exercise,))

    place = (CodePlace(1, 2, 2),)
    earlier = report(Verdict.FAILED, misconceptions=("name",), places=place)
    [named] = with_names(report(Verdict.FAILED), earlier).exercises
    assert (named.misconceptions, named.places) == (("name",), place)
    [other] = with_names(report(Verdict.PASSED), earlier).exercises
    assert other.misconceptions == ()
    assert with_names(earlier, None) == earlier


def test_nothing_can_be_started_where_there_is_no_sandbox(sandbox: ForkSandbox) -> None:
    nowhere = NoSandbox(sandbox.limits)
    nowhere.prepare(["pandas"])
    for ask in (nowhere.wait_until_ready, lambda: nowhere.start({})):
        with pytest.raises(NotRecorded, match="nothing is run here"):
            ask()
