"""What staff mark by hand: it waits for them, nothing of it is lost, and all sums are the same everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import marked
import pytest
from helpers import ROOT, SECOND_COURSE, TINY_COURSE, make_course, report_of, run, write_notebook
from marked import PIXEL, answer, cell, essay, judged_by, task

from autograder.cli.tools import make_feedback
from autograder.course.assignment import Assignment
from autograder.course.course import Course, load_course
from autograder.course.loading import load_assignment
from autograder.course.marked_cells import grade_id
from autograder.gradebook.marking import read_marking
from autograder.gradebook.record import ensure_assignment, open_gradebook, record
from autograder.gradebook.student_pages import Person, page_of
from autograder.judge.grader import Grader
from autograder.report.exercise_result import Verdict
from autograder.report.formats.class_table import many
from autograder.report.formats.screen import Screen
from autograder.report.formats.table import one
from autograder.report.report import Report
from autograder.sandbox.forked import ForkSandbox

NAME = "mixed"
SCHEME = "### BEGIN MARK SCHEME\n2 points for a curve\n### END MARK SCHEME"
DOUBLE = "def double(x):\n    return 2 * x"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("by-hand") / "course"
    assignment = marked.make_assignment(
        folder,
        NAME,
        {
            "one": [
                answer("double", DOUBLE),
                judged_by("test_double", "assert double(2) == 4", 2),
                essay("why", 3),
                cell(
                    "code",
                    "### BEGIN SOLUTION\nprint(1)\n### END SOLUTION",
                    "plot",
                    grade=True,
                    solution=True,
                    points=4,
                ),
                task("draw", 5, f"## Draw\n\nDraw it.\n{SCHEME}"),
                cell("markdown", "Your plan here", "plan"),
            ],
            "two": [essay("why", 6), answer("double", DOUBLE), judged_by("test_double", "assert double(1) == 2", 1)],
        },
    )
    one_, two = assignment.notebooks
    right = {"double": DOUBLE, "why": "My words ![](attachment:mine.png)", "plot": "print(2)", "plan": "My plan"}
    notebook = marked.hand_in(folder, "answered", one_, right)
    next(each for each in notebook.cells if grade_id(each) == "why")["attachments"] = {"mine.png": PIXEL}
    write_notebook(folder / "submitted" / "answered" / NAME / "one.ipynb", notebook)
    marked.hand_in(folder, "answered", two, right)
    marked.hand_in(folder, "untouched", one_)
    marked.hand_in(folder, "untouched", two)
    marked.hand_in(folder, "half", one_, right)
    return folder


@pytest.fixture(scope="module")
def course(folder: Path) -> Course:
    patch = pytest.MonkeyPatch()
    patch.delenv("GRADEBOOK_URL", raising=False)
    loaded = load_course(folder)
    patch.undo()
    return loaded


@pytest.fixture(scope="module")
def graded(course: Course, sandbox: ForkSandbox) -> dict[str, Any]:
    """What was graded of each student."""
    with Grader(course.assignment(NAME), sandbox) as grader:
        return {each: grader.grade(course.submitted(each, NAME), each) for each in course.students(NAME)}


@pytest.fixture
def recorded(course: Course, graded: dict[str, Any], tmp_path: Path) -> Iterator[Any]:
    """A new gradebook with all of that in it."""
    from dataclasses import replace

    assignment = course.assignment(NAME)
    with open_gradebook(replace(course, gradebook_url=f"sqlite:///{tmp_path}/gradebook.db")) as gradebook:
        ensure_assignment(gradebook, assignment)
        for each in graded.values():
            record(gradebook, assignment, [each.report])
        yield gradebook


def grades(gradebook: Any, student: str, notebook: str) -> dict[str, tuple[float | None, bool]]:
    found = gradebook.find_submission_notebook(notebook, NAME, student)
    return {each.name: (each.auto_score, bool(each.needs_manual_grade)) for each in found.grades}


def comments(gradebook: Any, student: str, notebook: str) -> dict[str, str | None]:
    found = gradebook.find_submission_notebook(notebook, NAME, student)
    return {each.name: each.auto_comment for each in found.comments}


def test_an_answer_waits_for_staff_and_an_untouched_one_gets_0(recorded: Any) -> None:
    assert grades(recorded, "answered", "one") == {
        "test_double": (2, False),
        "why": (None, True),
        "plot": (None, True),
        "draw": (None, True),
    }
    assert grades(recorded, "untouched", "one") == {
        "test_double": (0, False),
        "why": (0, False),
        "plot": (0, False),
        "draw": (None, True),  # nobody can tell where the student did the task
    }
    said = {"double": "No response.", "why": "No response.", "plot": "No response.", "draw": None}
    assert comments(recorded, "untouched", "one") == said
    assert set(comments(recorded, "answered", "one").values()) == {None}


def test_notebooks_may_have_cells_of_one_name(graded: dict[str, Any], recorded: Any) -> None:
    report: Report = graded["answered"].report
    names = [(each.notebook, each.name, each.points) for each in report.exercises if "double" in each.name]
    assert names == [("one", "one.double", 2), ("two", "two.double", 1)]
    assert grades(recorded, "answered", "two") == {"why": (None, True), "test_double": (1, False)}


def test_a_notebook_that_is_missing_costs_its_own_points(graded: dict[str, Any], recorded: Any) -> None:
    report: Report = graded["half"].report
    assert (report.status, report.score, report.max_score) == ("graded", 2, 21)
    assert "two.ipynb" in report.message
    assert report.looks == ("two.ipynb is not among what was handed in",)
    assert {each.verdict for each in report.exercises if each.notebook == "two"} == {Verdict.SKIPPED}
    assert grades(recorded, "half", "two") == {"why": (0, False), "test_double": (0, False)}


def test_the_page_of_a_notebook_that_is_missing_or_damaged_says_what_to_do_and_not_to_write_code(
    course: Course, graded: dict[str, Any], sandbox: ForkSandbox, tmp_path: Path
) -> None:
    missing = graded["half"].report.of_notebook("two")
    assert (missing.status, missing.message) == ("unreadable", missing.exercises[0].message)
    assert graded["half"].report.of_notebook("one").status == "graded"
    assert graded["untouched"].report.of_notebook("two").status == "graded"
    for name in ("one", "two"):
        (tmp_path / f"{name}.ipynb").write_text("{")
    with Grader(course.assignment(NAME), sandbox) as grader:
        report = grader.grade(tmp_path, "both").report
    for name in ("one", "two"):
        part = report.of_notebook(name)
        assert (part.status, part.message.count(f"{name}.ipynb")) == ("unreadable", 1)
    assert report.message == report.of_notebook("one").message  # the file's name stands there once


def test_one_file_of_several_is_graded_by_itself(course: Course, sandbox: ForkSandbox) -> None:
    with Grader(course.assignment(NAME), sandbox) as grader:
        report = grader.grade(course.submitted("answered", NAME) / "two.ipynb", "two").report
    assert (report.score, report.max_score, {each.notebook for each in report.exercises}) == (1, 7, {"two"})


def test_what_students_wrote_and_pasted_stays(graded: dict[str, Any]) -> None:
    cells = {grade_id(each): each for each in graded["answered"].notebooks["one"].cells}
    assert cells["plan"].source == "My plan"
    assert cells["why"].source.startswith("My words")
    assert cells["why"].attachments == {"mine.png": PIXEL}
    assert graded["answered"].report.repairs == ()


def test_mark_schemes_are_there_for_staff_and_not_for_students(
    course: Course, graded: dict[str, Any], recorded: Any
) -> None:
    cells = {grade_id(each): each for each in graded["answered"].notebooks["one"].cells}
    assert "2 points for a curve" in cells["draw"].source
    assignment = course.assignment(NAME)
    assert "curve" not in str(assignment.release)
    marking = read_marking(recorded, course, assignment)
    folder = course.autograded("answered", NAME)
    write_notebook(folder / "one.ipynb", graded["answered"].notebooks["one"])
    write_notebook(folder / "two.ipynb", graded["answered"].notebooks["two"])
    (folder / "report.json").write_text(graded["answered"].report.to_json())
    page = page_of(marking, assignment.notebooks[0], "answered", Person())
    assert "Draw it." in page
    assert "curve" not in page
    assert "My words" in page
    assert "Staff still mark a part by hand: 12 points." in page
    assert "All notebooks of the assignment together: 3 of 21 points so far." in page


def test_each_page_of_several_notebooks_says_what_lateness_cost_the_whole(
    course: Course, graded: dict[str, Any], recorded: Any
) -> None:
    from dataclasses import replace

    assignment = course.assignment(NAME)
    marking = read_marking(recorded, course, assignment)
    kept = replace(marking.recorded["answered"], timestamp=datetime(2026, 3, 1, 2))
    marking = replace(
        marking, due=datetime(2026, 3, 1), recorded={"answered": kept}, penalty=lambda student, raw, late: raw / 10
    )
    folder = course.autograded("answered", NAME)
    for name, notebook in graded["answered"].notebooks.items():
        write_notebook(folder / f"{name}.ipynb", notebook)
    (folder / "report.json").write_text(graded["answered"].report.to_json())
    for part, own in zip(assignment.notebooks, ("2 of 14 points so far", "1 of 7 points so far"), strict=True):
        page = page_of(marking, part, "answered", Person())
        assert own in page
        assert "All notebooks of the assignment together: 2.7 of 21 points so far." in page
        assert "This was handed in 2 h after it was due: 3 points, less 0.3 for that, are 2.7." in page


def test_all_pages_of_several_notebooks_are_counted_and_named(
    course: Course, graded: dict[str, Any], recorded: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from dataclasses import replace

    for student in ("answered", "untouched"):
        folder = course.autograded(student, NAME)
        for name, notebook in graded[student].notebooks.items():
            write_notebook(folder / f"{name}.ipynb", notebook)
        (folder / "report.json").write_text(graded[student].report.to_json())
    here = replace(course, gradebook_url=f"sqlite:///{tmp_path}/gradebook.db")
    assert make_feedback(here, NAME, ["answered", "untouched"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Made 4 pages in ")
    assert said.endswith(f"/feedback/<student>/{NAME}/one.html and two.html\n")
    assert len(list(course.folders.feedback.glob(f"*/{NAME}/*.html"))) == 4
    (course.autograded("untouched", NAME) / "two.ipynb").write_text("{")
    assert make_feedback(here, NAME, ["answered", "untouched"]) == 1
    assert capsys.readouterr().out.startswith("Made 3 pages in ")


def test_staff_s_marks_count_and_every_sum_is_the_same(course: Course, graded: dict[str, Any], recorded: Any) -> None:
    assignment = course.assignment(NAME)
    report = graded["answered"].report
    assert (report.score, report.max_score, report.waiting_points) == (3, 21, 18)
    grade = recorded.find_grade("why", "one", NAME, "answered")
    grade.manual_score = 2.5
    recorded.db.commit()
    marked_report = read_marking(recorded, course, assignment).mark(report)
    assert (marked_report.score, marked_report.waiting_points) == (5.5, 15)
    assert marked_report.exercise("one.why").points == 2.5
    submission = recorded.find_submission(NAME, "answered")
    assert (submission.score, submission.max_score) == (marked_report.score, marked_report.max_score)
    screen = Screen(100)
    assert "5.5 of 21 points, 15 still to be marked by hand" in one(marked_report, screen)
    assert "? still to be marked by hand." in "".join(many([marked_report], screen))


@pytest.mark.parametrize(
    ("home", "name"), [(TINY_COURSE, "tiny"), (SECOND_COURSE, "statistics"), (ROOT, "logistic_regression")]
)
def test_report_and_gradebook_have_the_same_maximum(home: Path, name: str, tmp_path: Path) -> None:
    from dataclasses import replace

    assignment = load_assignment(home, name)
    settings = replace(load_course(make_course(tmp_path / "c")), gradebook_url=f"sqlite:///{tmp_path}/gradebook.db")
    with open_gradebook(settings) as gradebook:
        ensure_assignment(gradebook, assignment)
        record(gradebook, assignment, [report_of(assignment, "student-001")])
        submission = gradebook.find_submission(name, "student-001")
        assert submission.max_score == assignment.max_score == submission.score


def test_an_assignment_of_essays_alone_can_be_graded(tmp_path: Path, sandbox: ForkSandbox) -> None:
    assignment: Assignment = marked.make_assignment(tmp_path, "words", {"words": [essay("why", 3), essay("how", 2)]})
    marked.hand_in(tmp_path, "s", assignment, {"why": "So."})
    with Grader(assignment, sandbox) as grader:
        report = grader.grade(tmp_path / "submitted" / "s" / "words", "s").report
    assert [each.verdict for each in report.exercises] == [Verdict.BY_HAND, Verdict.SKIPPED]
    assert (report.status, report.max_score, report.waiting_points) == ("graded", 5, 3)


def test_nbgrader_itself_makes_the_release_of_several_notebooks(folder: Path, course: Course) -> None:
    done = run("nbgrader", "generate_assignment", NAME, "--log-level=ERROR", cwd=folder)
    assert done.returncode == 0, done.stderr
    made = folder / "release" / NAME
    assert sorted(each.name for each in made.iterdir()) == ["one.ipynb", "two.ipynb"]
    assert "curve" not in (made / "one.ipynb").read_text()
