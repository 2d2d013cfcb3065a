"""`autograder feedback`: a page for everybody whom there can be one for, and a sentence for who else."""

from __future__ import annotations

import errno
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers import RIGHT, hand_in, make_course, notebook_of, run
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from page_cases import picture
from sqlalchemy import Engine, event

from autograder.cli import tools
from autograder.course.assignment import Assignment
from autograder.course.course import load_course
from autograder.course.errors import CourseError
from autograder.gradebook.student_pages import read_picture

ODD = ("x[1]", "Zoë Müller", "50%", "<b>")
Make = Callable[..., int]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, tiny: Assignment) -> Path:
    course = make_course(tmp_path_factory.mktemp("pages") / "course")
    with (course / "course_config.py").open("a") as file:
        file.write('c.Grading.ask = "Write to labs@example.org."\nc.Exchange.timezone = "Asia/Seoul"\n')
    wrong = {"mean_of": "def mean_of(x):\n    return x.sum().item()"}
    for student in ("student-001", *ODD):
        notebook = notebook_of(tiny, {**RIGHT, **(wrong if student == "x[1]" else {})})
        folder = hand_in(course, student, notebook).parent
        (folder / "timestamp.txt").write_text("2026-03-01 22:30:00 UTC\n")
        (folder / "submission_secret.txt").write_text("secret")
    done = run("autograder", "grade", "tiny", cwd=course)
    assert done.returncode == 0, done.stderr
    return course


@pytest.fixture
def make(graded: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Make]:
    """Makes pages; `make.said` is what was printed last. What a test broke is mended after it."""
    before = {path: path.read_bytes() for path in graded.glob("autograded/*/tiny/*") if path.is_file()}

    def make(*students: str, name: str = "tiny") -> int:
        code = tools.make_feedback(load_course(graded), name, list(students))
        captured = capsys.readouterr()
        make.said = captured.out + captured.err  # type: ignore[attr-defined]
        return code

    yield make
    for path, data in before.items():
        path.write_bytes(data)


def page_of(course: Path, student: str) -> str:
    return (course / "feedback" / student / "tiny" / "tiny.html").read_text(encoding="utf-8")


def test_everybody_gets_a_page_whatever_their_id(graded: Path, make: Make) -> None:
    assert make() == 0
    assert re.search(r"Made 5 pages in [\d.]+ s: \S+/feedback/<student>/tiny/tiny\.html", make.said)  # type: ignore[attr-defined]
    for student in ODD:
        assert student.replace("<", "&lt;").replace(">", "&gt;") in page_of(graded, student)
        kept = {path.name for path in (graded / "feedback" / student / "tiny").iterdir()}
        assert kept == {"tiny.html", "timestamp.txt", "submission_secret.txt"}  # what `release_feedback` needs
    assert "<b> " not in page_of(graded, "<b>")
    assert "Handed in 2 March 2026, 07:30 (Asia/Seoul)" in page_of(graded, "x[1]")
    assert '<a href="mailto:labs@example.org">labs@example.org</a>' in page_of(graded, "x[1]")


def test_only_those_who_are_chosen_get_a_new_page(graded: Path, make: Make) -> None:
    make()
    old = {student: page_of(graded, student) for student in ODD}
    for student in ODD:
        (graded / "feedback" / student / "tiny" / "tiny.html").write_text("old")
    assert make("x[1]", "50%") == 0
    assert {student for student in ODD if page_of(graded, student) == old[student]} == {"x[1]", "50%"}


def test_nbgrader_s_command_makes_the_same_pages(graded: Path, make: Make) -> None:
    make()
    mine = {student: page_of(graded, student) for student in ODD}
    done = run("nbgrader", "generate_feedback", "tiny", "--force", cwd=graded)
    assert done.returncode == 0, done.stderr
    assert {student: page_of(graded, student) for student in ODD} == mine


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("report.json", None, "report.json is missing."),
        ("report.json", "{", "report.json is of another version of the grader, or damaged."),
        ("report.json", "[]", "report.json is of another version of the grader, or damaged."),
        ("report.json", '{"schema_version": 0}', "report.json is of another version of the grader, or damaged."),
        ("tiny.ipynb", "{", "can't be read."),
        ("tiny.ipynb", '{"cells": 1}', "can't be read."),
        ("tiny.ipynb", "[" * 100_000, "can't be read."),
    ],
)
def test_who_can_t_have_a_new_page_keeps_the_old_one_and_does_not_stop_the_others(
    graded: Path, make: Make, name: str, text: str | None, said: str
) -> None:
    make()
    before = page_of(graded, "x[1]")
    path = graded / "autograded" / "x[1]" / "tiny" / name
    if text is None:
        path.unlink()
    else:
        path.write_text(text)
    for student in ODD[1:]:
        (graded / "feedback" / student / "tiny" / "tiny.html").unlink()
    assert make() == 1
    lines = [each for each in make.said.splitlines() if each.startswith("No new page")]  # type: ignore[attr-defined]
    assert len(lines) == 1
    assert lines[0].startswith("No new page for x[1]: ")
    assert said in lines[0]
    assert lines[0].endswith("Run `autograder grade tiny --student 'x[1]' --force`, and make the page again.")
    assert page_of(graded, "x[1]") == before
    assert all(page_of(graded, student) for student in ODD[1:])
    assert not list(graded.glob("feedback/*/tiny/.*"))


@pytest.mark.parametrize("change", [{"schema_version": 1}, {"new_field": 1}, {"exercises": None}, {"status": "odd"}])
def test_a_report_of_another_schema_is_to_be_graded_again(graded: Path, make: Make, change: dict[str, object]) -> None:
    path = graded / "autograded" / "x[1]" / "tiny" / "report.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    assert make("x[1]") == 1
    assert "is of another version of the grader" in make.said  # type: ignore[attr-defined]


def test_what_is_not_there_is_said_in_a_sentence(graded: Path, make: Make, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="There is no graded submission of 'tiny' by nobody, x1"):
        make("x1", "nobody", "x[1]")
    with pytest.raises(CourseError, match="There is no assignment 'tinny'"):
        make(name="tinny")
    course = load_course(make_course(tmp_path / "course"))
    with pytest.raises(
        CourseError, match=r"No submission of 'tiny' has been graded yet. Run `autograder grade tiny` first"
    ):
        tools.make_feedback(course, "tiny", [])


def test_who_s_page_can_t_be_written_is_named_and_the_others_get_theirs(graded: Path, make: Make) -> None:
    folder = graded / "feedback" / "x[1]"
    make("x[1]")
    for path in folder.rglob("*"):
        if path.is_file():
            path.unlink()
    (folder / "tiny").rmdir()
    (folder / "tiny").write_text("in the way")
    for path in graded.glob("feedback/*/tiny/tiny.html"):
        path.unlink()
    assert make() == 1
    assert re.search(r"The page of x\[1\] can't be written: .*run this\s+again", make.said)  # type: ignore[attr-defined]
    assert len(list(graded.glob("feedback/*/tiny/tiny.html"))) == 4
    (folder / "tiny").unlink()


def test_a_full_disk_ends_the_run_with_a_sentence(graded: Path, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, text: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr("autograder.gradebook.student_pages.write_whole", full)
    with pytest.raises(CourseError, match="can't be written: No space left on device"):
        make()


def test_without_a_gradebook_no_page_loses_what_staff_gave(graded: Path, make: Make) -> None:
    (graded / "gradebook.db").rename(graded / "elsewhere.db")
    try:
        before = page_of(graded, "student-001")
        with pytest.raises(
            CourseError, match=r"There is no gradebook sqlite:///.*, which holds names, comments and marks"
        ):
            make()
        assert page_of(graded, "student-001") == before
        assert not (graded / "gradebook.db").exists()
    finally:
        (graded / "elsewhere.db").rename(graded / "gradebook.db")


def test_comments_and_names_come_from_the_gradebook_of_today(graded: Path, make: Make) -> None:
    with Gradebook(f"sqlite:///{graded}/gradebook.db", "deep-learning-basics") as gradebook:
        gradebook.update_or_create_student("x[1]", first_name="Ada", last_name="<i>Byron</i>")
        for comment in gradebook.find_submission_notebook("tiny", "tiny", "x[1]").comments:
            if comment.name == "mean_of":
                comment.manual_comment = "Look at **line 2**."
        gradebook.db.commit()
    make()
    page = page_of(graded, "x[1]")
    assert "Feedback for Ada &lt;i&gt;Byron&lt;/i&gt; (x[1])" in page
    assert "Look at <strong>line 2</strong>." in page
    assert "Look at" not in page_of(graded, "50%")


def test_a_class_has_its_pages_soon(graded: Path, make: Make) -> None:
    make()  # warm
    started = time.process_time()
    for _ in range(4):
        make()
    assert (time.process_time() - started) / (4 * 5) < 0.1  # five times what is promised, for a busy machine


def test_the_gradebook_is_asked_as_often_for_one_student_as_for_a_class(graded: Path, make: Make) -> None:
    asked: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        asked.append(statement)

    def by_nbgrader(students: str) -> None:
        config = load_course(graded).config
        folders = CourseDirectory(config=config, root=str(graded), assignment_id="tiny", student_id=students)
        pages = GenerateFeedback(coursedir=folders, config=config)
        pages.force = True
        pages.start()

    def queries(work: Callable[[], Any]) -> int:
        asked.clear()
        work()
        return len(asked)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        assert queries(lambda: make("50%")) == queries(make) > 0
        written = graded / "feedback" / "Zoë Müller" / "tiny" / "tiny.html"
        written.unlink()
        assert queries(lambda: by_nbgrader("50%")) == queries(lambda: by_nbgrader("*")) > 0
        assert written.is_file()
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_only_pictures_beside_the_notebook_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "notebook"
    (folder / "figures").mkdir(parents=True)
    (folder / "figures" / "a.png").write_bytes(picture())
    (tmp_path / "secret.png").write_bytes(picture())
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    (folder / "elsewhere").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.png")
    assert read_picture(folder, "figures/a.png") == picture()
    for name in ("link.png", "../secret.png", "elsewhere/secret.png", "pipe.png", "figures", "none.png", "a\0.png"):
        assert read_picture(folder, name) is None
