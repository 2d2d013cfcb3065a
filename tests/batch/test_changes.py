"""A submission is graded again if anything that its mark depends on has changed, and only then."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import pytest
from helpers import RIGHT, hand_in, listen, notebook_of, run
from nbgrader.api import Gradebook

from autograder.batch import changes, pool
from autograder.batch.batch import choose_students, grade_batch
from autograder.batch.local import local_pool
from autograder.course.assignment import Assignment
from autograder.course.course import Course, load_course
from autograder.course.loading import load_assignment
from autograder.judge import grade
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.limits import Limits
from autograder.sandbox.outcome import Cause
from autograder.sandbox.server import ForkServer

LOOPS = {**RIGHT, "mean_of": "def mean_of(x):\n    while True: pass"}


def digest_of(folder: Path) -> str:
    """What the submission of student-001 is known by."""
    course, assignment = load_course(folder), load_assignment(folder, "tiny")
    base = changes.assignment_digest(assignment, course.limits, course.show_cells)
    return changes.submission_digest(course.submitted("student-001", "tiny"), base)


def append(name: str, text: str) -> Callable[[Path], object]:
    """A change: `text` at the end of a file of the course."""

    def change(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with (folder / name).open("a", encoding="utf-8") as file:
            file.write(text)

    return change


def edit(change: Callable[[Any], object]) -> Callable[[Path], object]:
    """A change of the instructor's notebook."""

    def edited(folder: Path) -> None:
        path = folder / "source/tiny/tiny.ipynb"
        notebook = nbformat.read(path, as_version=4)
        change(notebook)
        nbformat.write(notebook, path)

    return edited


def other_text(notebook: Any) -> None:
    notebook.cells[0].source += " And more."


def other_points(notebook: Any) -> None:
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.metadata.nbgrader.points += 1


def touch(folder: Path) -> None:
    for path in folder.rglob("*"):
        path.touch()


@pytest.mark.parametrize(
    ("change", "matters"),
    [
        (append("submitted/student-001/tiny/tiny.ipynb", " "), True),
        (append("submitted/student-001/tiny/helper.py", "x = 1"), True),
        (edit(other_text), True),
        (edit(other_points), False),
        (append("source/tiny/tiny.ipynb", " "), False),
        (append("submitted/student-001/tiny/timestamp.txt", "2030-01-01 00:00:00 UTC"), False),
        (append("source/tiny/numbers.csv", "7\n"), True),
        (append("tests/hidden/tiny/test_double.py", "# another remark\n"), True),
        (append("tests/hidden/tiny/misconceptions/new.py", "# a mistake\n"), True),
        (append("nbgrader_config.py", "\nc.Limits.cell_wall_seconds = 7.0\n"), True),
        (append("course_config.py", "\nc.Grading.show_cells = True\n"), True),
        (append("course_config.py", "\nc.Grading.workers = 1\n"), False),
        (append("submitted/student-002/tiny/tiny.ipynb", " "), False),
        (append("source/another/another.ipynb", "{}"), False),
        (touch, False),
    ],
    ids=[
        "the notebook",
        "another file of the student's",
        "the instructor's notebook",
        "points",
        "blanks between a notebook's parts",
        "when it was handed in",
        "data",
        "a check",
        "the catalogue of mistakes",
        "a limit",
        "pictures",
        "number of workers",
        "somebody else's notebook",
        "another assignment",
        "times of files",
    ],
)
def test_what_a_verdict_depends_on_is_in_the_fingerprint(
    course: Path, tiny: Assignment, change: Callable[[Path], object], matters: bool
) -> None:
    hand_in(course, "student-001", notebook_of(tiny, RIGHT))
    before = digest_of(course)
    change(course)
    assert (digest_of(course) != before) is matters


def test_a_change_at_the_end_of_a_large_file_is_noticed(course: Path, tiny: Assignment) -> None:
    hand_in(course, "student-001", notebook_of(tiny, RIGHT))
    for path in (course / "submitted/student-001/tiny/large.bin", course / "source/tiny/large.bin"):
        with path.open("wb") as file:
            file.truncate(80 << 20)
        before = digest_of(course)
        with path.open("r+b") as file:
            file.seek(-1, os.SEEK_END)
            file.write(b"1")
        assert digest_of(course) != before


def test_a_file_of_a_student_s_that_nobody_reads_is_not_hashed(course: Path, tiny: Assignment) -> None:
    hand_in(course, "student-001", notebook_of(tiny, RIGHT))
    path = course / "submitted/student-001/tiny/endless.bin"
    digests = set()
    for size in (1 << 40, (1 << 40) + 1):
        with path.open("wb") as file:
            file.truncate(size)
        digests.add(digest_of(course))
    assert len(digests) == 2


def test_another_version_of_the_grader_is_in_the_fingerprint(
    course: Path, tiny: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(course, "student-001", notebook_of(tiny, RIGHT))
    before = digest_of(course)
    monkeypatch.setattr(changes, "versions", lambda: {"autograder": "another"})
    assert digest_of(course) != before


def regraded(folder: Path) -> str:
    """Grades the class by the command, as a process loads a module of checks only once; how many had changed."""
    done = run("autograder", "grade", "tiny", cwd=folder)
    assert done.returncode == 0, done.stderr
    [said] = [line for line in done.stdout.splitlines() if line.startswith("Graded ")]
    return said.split(" submissions")[0]


def manual_marks(course: Course, change: bool = False) -> tuple[float, str]:
    """The score and the comment that staff gave to student-002; `change` gives them."""
    with Gradebook(course.gradebook_url, course.course_id) as gradebook:
        score = gradebook.find_grade("test_double", "tiny", "tiny", "student-002")
        comment = gradebook.find_comment("double", "tiny", "tiny", "student-002")
        if change:
            score.manual_score, comment.manual_comment = 2.5, "Talk to me."
            gradebook.db.commit()
        return score.manual_score, comment.manual_comment


@pytest.mark.slow
def test_changing_the_text_of_one_check_regrades_everybody_and_keeps_what_staff_gave(
    course: Path, tiny: Assignment
) -> None:
    for student in ("student-001", "student-002"):
        hand_in(course, student, notebook_of(tiny, RIGHT))
    assert regraded(course) == "Graded 2 of 2"
    given = manual_marks(load_course(course), change=True)
    assert regraded(course) == "Graded 0 of 2"
    append("tests/hidden/tiny/test_double.py", "# another remark\n")(course)
    assert regraded(course) == "Graded 2 of 2"
    assert manual_marks(load_course(course)) == given == (2.5, "Talk to me.")


def _of_another(report: dict[str, Any]) -> None:
    report["student"] = "student-002"


def _of_no_exercise(report: dict[str, Any]) -> None:
    report["exercises"] = []


def _of_one_exercise_more(report: dict[str, Any]) -> None:
    report["exercises"].append({**report["exercises"][0], "name": "another"})


def _of_endless_points(report: dict[str, Any]) -> None:
    report["exercises"][0]["points"] = 1e308


def _of_points_that_are_text(report: dict[str, Any]) -> None:
    report["score"] = "all"


@pytest.mark.parametrize(
    "change", [_of_another, _of_no_exercise, _of_one_exercise_more, _of_endless_points, _of_points_that_are_text]
)
def test_a_report_that_can_t_be_this_one_is_made_anew_and_gives_nobody_marks(
    course: Path, tiny: Assignment, change: Callable[[dict[str, Any]], None], command: Callable[..., Any]
) -> None:
    for student, answers in (("student-001", RIGHT), ("student-002", {})):
        hand_in(course, student, notebook_of(tiny, answers))
    assert command("grade", "tiny", "--course-dir", course)[0] == 0
    paths = [course / f"autograded/{student}/tiny/report.json" for student in ("student-001", "student-002")]
    before = [_plain(path) for path in paths]
    report = json.loads(paths[0].read_text())
    change(report)
    paths[0].write_text(json.dumps(report))
    code, out, err = command("grade", "tiny", "--course-dir", course)
    assert (code, "1 had not changed" in out) == (0, True), err
    assert [_plain(path) for path in paths] == before
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        scores = [gradebook.find_submission("tiny", student).score for student in ("student-001", "student-002")]
    assert scores == [each["score"] for each in before]


def _plain(path: Path) -> dict[str, Any]:
    """A report without what takes time."""
    report: dict[str, Any] = json.loads(path.read_text())
    return {name: value for name, value in report.items() if name in ("student", "score", "max_score", "status")}


@pytest.mark.slow
def test_a_rerun_without_changes_does_not_wait_for_pytorch(course: Path, tiny: Assignment) -> None:
    hand_in(course, "student-001", notebook_of(tiny, RIGHT))
    code = (
        "import sys\nfrom autograder.cli.main import run\ntry: run()\nexcept SystemExit: print('torch' in sys.modules)"
    )
    said = [run("python", "-c", code, "grade", "tiny", "--quiet", cwd=course).stdout for _ in range(2)]
    assert said == ["True\n", "False\n"]


def test_a_submission_that_never_ends_holds_up_one_worker_and_not_the_others(
    course: Path, tiny: Assignment, server: ForkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(course, "a-loop", notebook_of(tiny, LOOPS))
    others = [f"student-{number}" for number in range(6)]
    for student in others:
        hand_in(course, student, notebook_of(tiny, RIGHT))
    endless = Limits(cell_wall_seconds=600, submission_wall_seconds=600, cpu_seconds=600)
    settings = replace(load_course(course), workers=2, limits=endless)
    monkeypatch.setattr(pool, "_SLOW_SECONDS", -1.0)
    in_work: list[Sequence[str]] = []
    open_pool = partial(local_pool, settings, tiny, ForkSandbox(server, endless))
    graded = grade_batch(settings, tiny, choose_students(settings, tiny, []), open_pool, tell_slow=in_work.append)
    rows = [next(graded) for _ in others]
    graded.close()  # or it would go on for ten minutes
    assert in_work
    assert all("a-loop" in each for each in in_work)  # it was the first to begin
    assert {row.student: row.score for row in rows} == dict.fromkeys(others, 20)


@pytest.mark.slow
def test_a_submission_that_never_ends_costs_its_limit_once_and_then_little(
    course: Path, tiny: Assignment, server: ForkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = listen(monkeypatch)
    notebook = hand_in(course, "a-loop", notebook_of(tiny, LOOPS))
    limits = Limits(cell_wall_seconds=1.5, lost_wall_seconds=1.0, patience_wall_seconds=0.5)
    report = grade(notebook, tiny, ForkSandbox(server, limits))
    assert (report.score, report.outcome) == (14, "timed_out")
    # the cell that shows things, then a call of `mean_of` by the checks, and one by way of `double_mean`
    assert [(stop.cause, stop.value) for stop in heard.stops] == [(Cause.TOO_SLOW, each) for each in (1.5, 0.5, 0.5)]
    assert report.seconds > 1.5 + 0.5 + 0.5


def test_large_and_sparse_files_are_not_read_and_yet_a_change_of_them_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = {"a.ipynb": 40 << 20, "b.ipynb": 40 << 20, "c.bin": 1 << 40, "small.txt": 3}
    for name, size in sizes.items():
        with (tmp_path / name).open("wb") as file:
            file.truncate(size)
    read: list[int] = []
    digest_of_file = changes.hashlib.file_digest

    def noted(file: Any, name: str) -> Any:
        read.append(os.fstat(file.fileno()).st_size)
        return digest_of_file(file, name)

    monkeypatch.setattr(changes.hashlib, "file_digest", noted)
    before = changes.submission_digest(tmp_path, "")
    assert read == [sizes["a.ipynb"], sizes["small.txt"]]
    assert changes.submission_digest(tmp_path, "") == before
    os.utime(tmp_path / "c.bin", (1, 1))
    assert changes.submission_digest(tmp_path, "") != before


def test_a_small_file_is_known_by_what_is_in_it_and_not_by_its_time(tmp_path: Path) -> None:
    (tmp_path / "a.ipynb").write_text("{}")
    before = changes.submission_digest(tmp_path, "")
    os.utime(tmp_path / "a.ipynb", (1, 1))
    assert changes.submission_digest(tmp_path, "") == before
    (tmp_path / "a.ipynb").write_text("[]")
    assert changes.submission_digest(tmp_path, "") != before
