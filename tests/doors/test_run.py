"""A submission in a platform's container: results whatever happens, and nothing forged.

Most tests run in this process, over folders that stand for the container's. Those that need it run the platform's own
script in a root of its own, as root without the right to make namespaces (`containers.py`).
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from containers import PYTHON, need_root, run_inside
from helpers import RIGHT, make_course, notebook_of, write_notebook

from autograder.course.assignment import Assignment
from autograder.course.course import load_course
from autograder.doors import container_files, judging, run, uploads
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.outcome import IsolationError
from autograder.sandbox.server import ForkServer

SCHEMAS = {
    name: json.loads((Path(__file__).parent / f"{name}.schema.json").read_text(encoding="utf-8"))
    for name in run.PLATFORMS
}


@pytest.fixture(params=run.PLATFORMS)
def platform(
    request: pytest.FixtureRequest, tmp_path: Path, server: ForkServer, monkeypatch: pytest.MonkeyPatch
) -> run.Platform:
    """A platform's folders with the tiny assignment, in this process."""
    there = replace(run.PLATFORMS[request.param], root=tmp_path / "container")
    make_course(there.root / there.ours / "course")
    settings = {"assignment": "tiny", "container_bytes": 0, "late": True}
    (there.root / there.ours / "door.json").write_text(json.dumps(settings))
    (there.root / there.submission).mkdir(parents=True)
    monkeypatch.setattr(judging, "open_sandbox", lambda *how: contextlib.nullcontext(ForkSandbox(server, *how)))
    return there


def results_of(platform: run.Platform) -> dict[str, Any]:
    results = json.loads((platform.root / platform.results).read_text(encoding="utf-8"))
    name = next(name for name, each in run.PLATFORMS.items() if each.ours == platform.ours)
    jsonschema.validate(results, SCHEMAS[name])
    return results


def hand_in(platform: run.Platform, notebook: Any) -> None:
    write_notebook(platform.root / platform.submission / "tiny.ipynb", notebook)


def test_a_right_submission_gets_all_points_and_staff_are_told_of_it(
    platform: run.Platform, tiny: Assignment, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(platform, notebook_of(tiny, RIGHT))
    assert run.run(platform)
    results = results_of(platform)
    assert results["score"] == (1.0 if "gradable" in results else 20.0)
    assert "tiny: 20 of 20 points (graded)" in capsys.readouterr().out


@pytest.mark.parametrize("content", [None, b"", b"{", b"PK\x03\x04", b"\x80\x81"])
def test_a_missing_or_damaged_notebook_is_told_to_the_student(platform: run.Platform, content: bytes | None) -> None:
    if content is not None:
        (platform.root / platform.submission / "tiny.ipynb").write_bytes(content)
    assert run.run(platform)
    results = results_of(platform)
    assert results.get("gradable", False) is False
    assert "tiny.ipynb" in str(results.get("format_errors") or results["output"])
    assert "our fault" not in str(results)


@pytest.mark.parametrize(
    "fault", [IsolationError("no such layer"), RuntimeError("a fault"), SystemExit(0), KeyboardInterrupt()]
)
def test_a_fault_of_ours_is_told_as_ours_and_its_trace_to_staff_alone(
    platform: run.Platform, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], fault: BaseException
) -> None:
    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr(run, "judge", fail)
    assert not run.run(platform)
    assert "our fault" in str(results_of(platform))
    assert "no such layer" not in str(results_of(platform))
    assert str(fault) in capsys.readouterr().out


def test_settings_that_are_damaged_are_a_fault_of_ours(platform: run.Platform) -> None:
    (platform.root / platform.ours / "door.json").write_text("{")
    assert not run.run(platform)
    assert "our fault" in str(results_of(platform))


DUE = {"assignment": {"due_date": "2026-03-01T12:00:00.000000-08:00"}, "created_at": "2026-03-01T21:00:00.5+00:00"}


@pytest.mark.parametrize(
    ("metadata", "seconds"),
    [
        (DUE, 3600.5),
        (DUE | {"created_at": "2026-03-01T11:59:59-08:00"}, -1.0),
        (DUE | {"assignment": {"due_date": None}}, 0.0),
        (DUE | {"users": [{"id": 1}, {"assignment": {"due_date": "2026-03-01T12:30:00-08:00"}}]}, 1800.5),
        (DUE | {"users": [{"assignment": {"due_date": None}}]}, 3600.5),
    ],
)
def test_lateness_is_by_gradescopes_clock_and_extensions_count(metadata: dict[str, Any], seconds: float) -> None:
    assert run.late_seconds(metadata) == seconds


of_gradescope = pytest.mark.parametrize("platform", ["gradescope"], indirect=True)  # it alone says when work was due


@of_gradescope
def test_the_course_s_penalty_is_taken_off_where_that_was_asked_for(platform: run.Platform, tiny: Assignment) -> None:
    config = platform.root / platform.ours / "course" / "course_config.py"
    config.write_text(config.read_text() + '\nc.LateSubmissionPlugin.penalty_method = "zero"\n')
    hand_in(platform, notebook_of(tiny, RIGHT))
    (platform.root / platform.metadata).write_text(json.dumps(DUE))
    assert run.run(platform)
    results = results_of(platform)
    assert (results["score"], sum(each["score"] for each in results["tests"])) == (0.0, 20.0)
    assert "1 h after it was due: 20 points, less 20" in results["output"]
    settings = {"assignment": "tiny", "container_bytes": 0, "late": False}
    (platform.root / platform.ours / "door.json").write_text(json.dumps(settings))
    assert run.run(platform)
    assert results_of(platform)["score"] == 20.0


@of_gradescope
@pytest.mark.parametrize(
    "metadata", [None, "", "{", "[]", "{}", '{"assignment": {"due_date": "soon"}, "created_at": 7}']
)
def test_odd_metadata_costs_the_student_nothing_and_staff_are_told(
    platform: run.Platform, tiny: Assignment, capsys: pytest.CaptureFixture[str], metadata: str | None
) -> None:
    hand_in(platform, notebook_of(tiny, RIGHT))
    if metadata is not None:
        (platform.root / platform.metadata).write_text(metadata)
    assert run.run(platform)
    assert results_of(platform)["score"] == 20.0
    assert "no penalty was taken off" in capsys.readouterr().out


def test_the_instructor_s_own_notebook_is_tried_where_the_image_is_built(
    platform: run.Platform, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run.rehearse(platform)
    assert "20 of 20" in capsys.readouterr().out

    def refuse(*_: object) -> None:
        raise IsolationError("no namespaces while an image is built")

    monkeypatch.setattr(run, "judge", refuse)
    assert run.rehearse(platform)
    assert "Not rehearsed: no namespaces" in capsys.readouterr().out


def test_an_image_is_not_built_if_the_instructor_s_own_notebook_loses_points(
    platform: run.Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    source = platform.root / platform.ours / "course" / "source" / "tiny" / "tiny.ipynb"
    source.write_text(source.read_text().replace("return 2 * x", "return 3 * x"))
    assert not run.rehearse(platform)
    assert "should have 20 points" in capsys.readouterr().out


# What a student tries in the container: if anything of it succeeds, `double` says so and is wrong.
_TRIES = """
import os, subprocess
won = []
def attempt(what):
    try:
        what()
        won.append(what.__code__.co_firstlineno)
    except BaseException:
        pass
for root in ("/autograder", "/grade"):
    for name in ("results/results.json", "run_autograder", "source/door.json", "tests/door.json", "new"):
        attempt(lambda: open(f"{root}/{name}", "w"))
        attempt(lambda: os.replace("numbers.csv", f"{root}/{name}"))
        attempt(lambda: os.symlink("numbers.csv", f"{root}/{name}"))
    for name in ("source", "tests", "results", "data"):
        attempt(lambda: os.listdir(f"{root}/{name}"))
        attempt(lambda: os.chmod(f"{root}/{name}", 0o777))
        attempt(lambda: os.rename(f"{root}/{name}", f"{root}/gone"))
    for name in ("submission_metadata.json", "data/data.json", "source/course/tests/hidden/tiny/test_double.py"):
        attempt(lambda: open(f"{root}/{name}").read())
for folder in ("/tmp", "/var/tmp", "/dev/shm", "/usr/local/lib/autograder", os.path.dirname(os.__file__)):
    attempt(lambda: open(f"{folder}/left", "w"))
for number in filter(str.isdigit, os.listdir("/proc") if os.access("/proc", os.R_OK) else ()):
    if int(number) != os.getpid():
        attempt(lambda: open(f"/proc/{number}/environ").read())
        attempt(lambda: open(f"/proc/{number}/mem", "rb"))
        attempt(lambda: os.kill(int(number), 9))
attempt(lambda: subprocess.run(["true"], check=True))
attempt(lambda: os.setuid(0))

def double(x):
    if won:
        raise RuntimeError(str(won))
    return 2 * x
"""


def forged(folder: Path, tiny: Assignment) -> None:
    """A submission that is worth 14 of 20 points, with all around it that could pass for something else."""
    answers = {
        "double": _TRIES,
        "mean_of": "def mean_of(x):\n    return 'no number'",
        "double_mean": RIGHT["double_mean"],
    }
    write_notebook(folder / "tiny.ipynb", notebook_of(tiny, answers))
    full = json.dumps({"score": 1000, "gradable": True, "tests": [{"name": "all", "score": 1000, "max_score": 1000}]})
    for name in ("results.json", "results/results.json", "not_graded.json", "door.json", "report.json", "data.json"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(full)
    for name in ("run_autograder", "setup.sh", "run.sh"):
        (folder / name).write_text("#!/bin/sh\necho forged > /autograder/results/results.json\n")
        (folder / name).chmod(0o755)
    for name in ("conftest.py", "sitecustomize.py", "usercustomize.py", "autograder.py", "torch.py", "json.py"):
        (folder / name).write_text("import os\nos._exit(0)\n")
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --collect-only\n")
    for name, target in (
        ("checks", "../source/course/tests/hidden"),
        ("r.json", "../results/results.json"),
        ("a", "a"),
    ):
        (folder / name).symlink_to(target)
    os.mkfifo(folder / "pipe")
    (folder / ("\x1b[31m::error::" + "x" * 200)).write_text("")
    with (folder / "large.csv").open("wb") as file:
        file.truncate(1 << 34)


def container(folder: Path, name: str, course: Path, seconds: int) -> tuple[Path, Path]:
    """A platform's folders inside `folder`, as it fills them from what was exported; and the wheel."""
    loaded, inside = load_course(course), folder / "inside"
    assignment = loaded.assignment_names()[0]
    if name == "gradescope":
        contents = uploads.gradescope_archive(loaded, assignment, 768 << 20, seconds, False)
        container_files.write(contents, inside / "source")
        shutil.copy(inside / "source" / "run_autograder", inside / "run_autograder")
        (inside / "submission_metadata.json").write_text(json.dumps(DUE))
        (inside / "submission").mkdir()
        return inside / "submission", next((inside / "source").glob("*.whl"))
    write_notebook(course / "release" / assignment / f"{assignment}.ipynb", notebook_of(loaded.assignment(assignment)))
    question = uploads.prairielearn_question(loaded, assignment, "grader", seconds)
    tests = {path.removeprefix("tests/"): data for path, data in question.items() if path.startswith("tests/")}
    container_files.write(tests, inside / "tests")
    for each in ("student", "data"):
        (inside / each).mkdir()
    (inside / "data" / "data.json").write_text("{}")
    wheel, content = container_files.wheel()
    (folder / wheel).write_bytes(content)
    return inside / "student", folder / wheel


@pytest.mark.slow
@pytest.mark.parametrize("name", run.PLATFORMS)
def test_a_forged_submission_gains_nothing_in_a_container_without_namespaces_and_landlock(
    name: str, course: Path, tiny: Assignment, tmp_path: Path
) -> None:
    need_root()
    submission, wheel = container(tmp_path, name, course, 60)
    forged(submission, tiny)
    outside, script = {"gradescope": ("/autograder", "run_autograder"), "prairielearn": ("/grade", "tests/run.sh")}[
        name
    ]
    done = run_inside(
        tmp_path, outside, wheel, "/usr/bin/env", f"AUTOGRADER_PYTHON={PYTHON}", f"{outside}/{script}", without=1
    )
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "inside" / "results" / "results.json").read_text())
    jsonschema.validate(results, SCHEMAS[name])
    points = {each["name"]: each.get("score", each.get("points")) for each in results["tests"]}
    assert points == {"double": 4.0, "mean_of": 0.0, "double_mean": 10.0}, done.stdout + json.dumps(results)
    assert results["score"] == pytest.approx(14 / 20 if name == "prairielearn" else 14.0)
    assert "no layer 'files'" in done.stdout
    assert "file permissions and another user stand in for it" in done.stdout
    assert all(each.isprintable() or each == "\n" for each in done.stdout)
    assert not list((tmp_path / "inside").rglob("left"))
    assert not (tmp_path / "inside" / "new").exists()


@pytest.mark.slow
def test_where_student_code_can_t_be_confined_nothing_of_it_is_run(
    course: Path, tiny: Assignment, tmp_path: Path
) -> None:
    need_root()
    submission, wheel = container(tmp_path, "gradescope", course, 60)
    write_notebook(submission / "tiny.ipynb", notebook_of(tiny, RIGHT))
    done = run_inside(tmp_path, "/autograder", wheel, "/autograder/run_autograder", without=2)
    assert "This container can't confine student code. Missing: files" in done.stdout
    results = json.loads((tmp_path / "inside" / "results" / "results.json").read_text())
    assert (results["score"], results["tests"][0]["name"]) == (0.0, "Not graded: our fault")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("end", "told"),
    [("kill -9 $$", "ended with 137"), ("sleep 60", "ended with 124"), ("echo '{' ; exit 3", "ended with 3")],
)
def test_however_the_grader_ends_there_are_results_that_say_so(
    course: Path, tmp_path: Path, end: str, told: str
) -> None:
    """The platform's own script, with a program in the grader's place that ends so."""
    need_root()
    _, wheel = container(tmp_path, "gradescope", course, 1)
    (tmp_path / "inside" / "results" / "results.json").mkdir(parents=True)  # even that is in nobody's way
    ends = (
        f"rm {PYTHON}; printf '#!/bin/sh\\n%s\\n' \"$1\" > {PYTHON}; chmod +x {PYTHON}; exec /autograder/run_autograder"
    )
    done = run_inside(tmp_path, "/autograder", wheel, "/bin/sh", "-c", ends, "sh", end)
    assert done.returncode == 0, done.stderr
    assert told in done.stdout
    results = json.loads((tmp_path / "inside" / "results" / "results.json").read_text())
    jsonschema.validate(results, SCHEMAS["gradescope"])
    assert "our fault" in results["output"]
