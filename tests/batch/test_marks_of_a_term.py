"""Marks follow dates, rulings, points and marks by hand on every run, and no run grades for that."""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import nbformat
import pytest
from helpers import RIGHT, hand_in, make_course, notebook_of, run
from nbgrader.api import Gradebook

from autograder.batch.batch import choose_students, grade_batch
from autograder.batch.local import local_pool
from autograder.course.assignment import Assignment
from autograder.course.course import load_course
from autograder.course.errors import CourseError
from autograder.course.loading import load_assignment
from autograder.gradebook.marking import read_report
from autograder.report.exercise_result import Verdict
from autograder.report.report import Report
from autograder.sandbox.forked import ForkSandbox

pytestmark = pytest.mark.slow  # commands of nbgrader's, one after another
DUE = datetime(2026, 3, 1, 23)
HANDED_IN = {
    "on-time": (RIGHT, "2026-03-01 22:00:00 UTC"),
    "late": (RIGHT, "2026-03-02 01:00:00 UTC"),
    "late-and-wrong": ({**RIGHT, "double": "def double(x):\n    return x"}, "2026-03-02 23:00:00 UTC"),
}
ALL_OF_IT = 'c.LateSubmissionPlugin.penalty_method = "zero"'


@dataclass
class Term:
    """A course in the middle of a term."""

    folder: Path
    sandbox: ForkSandbox
    lines: list[str] = field(default_factory=list)

    def settings(self, *lines: str) -> None:
        """The settings as they are from now on."""
        shutil.copyfile(self.folder / "settings.txt", self.folder / "course_config.py")
        with (self.folder / "course_config.py").open("a") as file:
            file.writelines(f"\n{line}\n" for line in lines)

    def grade(self, *, grades: bool = False, **options: Any) -> dict[str, Report]:
        """The reports of a run, by student. Without `grades` it fails if anything has to be graded."""
        course = load_course(self.folder)
        load_assignment.cache_clear()
        assignment = course.assignment("tiny")
        self.lines.clear()

        def refuse(submissions: int) -> Any:
            raise AssertionError(f"{submissions} submissions would be graded again")

        pool = partial(local_pool, replace(course, workers=1), assignment, self.sandbox) if grades else refuse
        students = choose_students(course, assignment, ())
        found = grade_batch(course, assignment, students, pool, tell=self.lines.append, **options)
        return {each.student: each for each in found}

    def gradebook(self, work: Callable[[Gradebook], object]) -> Any:
        """What `work` gives of the gradebook; what it changes is kept."""
        with Gradebook(f"sqlite:///{self.folder}/gradebook.db", "deep-learning-basics") as gradebook:
            found = work(gradebook)
            gradebook.db.commit()
            return found

    def due(self, when: datetime) -> None:
        self.gradebook(lambda gradebook: gradebook.update_or_create_assignment("tiny", duedate=when))

    def give(self, student: str, cell: str, points: float | None) -> None:
        """A mark by hand, as formgrader gives it."""
        self.gradebook(
            lambda gradebook: setattr(gradebook.find_grade(cell, "tiny", "tiny", student), "manual_score", points)
        )

    def export(self) -> dict[str, dict[str, str]]:
        done = run("nbgrader", "export", "--to", "grades.csv", cwd=self.folder)
        assert done.returncode == 0, done.stderr
        text = (self.folder / "grades.csv").read_text()
        return {row["student_id"]: row for row in csv.DictReader(io.StringIO(text))}

    def page(self, student: str) -> str:
        path = self.folder / "autograded" / student / "tiny" / "tiny.ipynb"
        return nbformat.writes(nbformat.read(path, as_version=4))


def scores(reports: dict[str, Report]) -> dict[str, float]:
    return {student: report.score for student, report in reports.items()}


def snapshot(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, tiny: Assignment, sandbox: ForkSandbox) -> Path:
    """The class after its first grading: due at DUE, where lateness costs everything."""
    folder = make_course(tmp_path_factory.mktemp("term") / "course")
    shutil.copyfile(folder / "course_config.py", folder / "settings.txt")
    for student, (answers, when) in HANDED_IN.items():
        path = hand_in(folder, student, notebook_of(tiny, answers))
        (path.parent / "timestamp.txt").write_text(when)
    term = Term(folder, sandbox)
    term.settings(ALL_OF_IT)
    term.gradebook(lambda gradebook: gradebook.add_assignment("tiny", duedate=DUE))
    assert scores(term.grade(grades=True)) == {"on-time": 20, "late": 0, "late-and-wrong": 0}
    return folder


@pytest.fixture
def term(graded: Path, tmp_path: Path, sandbox: ForkSandbox) -> Iterator[Term]:
    shutil.copytree(graded, tmp_path / "course")
    yield Term(tmp_path / "course", sandbox)
    load_assignment.cache_clear()


def test_a_report_says_the_raw_score_the_penalty_the_score_and_how_late_it_was(term: Term) -> None:
    late = term.grade()["late-and-wrong"]
    assert (late.raw_score, late.late_penalty, late.score, late.late_seconds) == (16, 16, 0, 86_400)
    assert "This was handed in 1 day after it was due: 16 points, less 16 for that, are 0." in term.page(late.student)
    row = term.export()["late-and-wrong"]
    told = ("raw_score", "late_submission_penalty", "score", "late_seconds")
    assert [float(row[name]) for name in told] == [16, 16, 0, 86_400]


def test_a_due_date_that_moves_changes_marks_and_says_whose(term: Term) -> None:
    term.due(DUE + timedelta(hours=3))
    reports = term.grade()
    assert scores(reports) == {"on-time": 20, "late": 20, "late-and-wrong": 0}
    assert {student: report.previous_score for student, report in reports.items()} == {
        "on-time": 20,
        "late": 0,
        "late-and-wrong": 0,
    }
    assert "after it was due" not in term.page("late")
    assert scores(term.grade()) == scores(reports)
    assert term.export()["late"]["score"] == "20.0"


def test_an_export_says_today_s_marks_without_a_run_in_between(term: Term) -> None:
    term.due(DUE + timedelta(days=7))
    assert {student: row["score"] for student, row in term.export().items()} == {
        "on-time": "20.0",
        "late": "20.0",
        "late-and-wrong": "16.0",
    }


def test_one_student_s_extension_is_theirs_alone(term: Term) -> None:
    term.gradebook(lambda gradebook: gradebook.grant_extension("tiny", "late-and-wrong", days=2))
    assert scores(term.grade()) == {"on-time": 20, "late": 0, "late-and-wrong": 16}


def test_another_penalty_counts_for_everybody_at_once(term: Term) -> None:
    (term.folder / "my_penalty.py").write_text(
        "from nbgrader.plugins import BasePlugin\n\n\nclass Hourly(BasePlugin):\n"
        "    def late_submission_penalty(self, student_id, score, total_seconds_late):\n"
        "        return total_seconds_late / 3600\n"
    )
    term.settings('c.AssignLatePenalties.plugin_class = "my_penalty.Hourly"')
    assert scores(term.grade()) == {"on-time": 20, "late": 18, "late-and-wrong": 0}
    assert term.export()["late"]["score"] == "18.0"
    done = run("nbgrader", "autograde", "tiny", cwd=term.folder)
    assert done.returncode == 0, done.stderr
    assert scores(term.grade()) == {"on-time": 20, "late": 18, "late-and-wrong": 0}
    term.settings()
    assert scores(term.grade()) == {"on-time": 20, "late": 20, "late-and-wrong": 16}


def test_a_broken_plugin_is_found_out_before_anything_is_graded(term: Term) -> None:
    (term.folder / "bad_penalty.py").write_text(
        "from nbgrader.plugins import BasePlugin\n\n\nclass Bad(BasePlugin):\n"
        "    def late_submission_penalty(self, student_id, score, total_seconds_late):\n        return 'all'\n"
    )
    term.settings('c.AssignLatePenalties.plugin_class = "bad_penalty.Bad"')
    before = snapshot(term.folder)
    with pytest.raises(CourseError, match="The late plugin Bad answered 'all' for late"):
        term.grade(force=True)
    assert snapshot(term.folder) == before


@pytest.mark.parametrize("text", [None, "yesterday"])
def test_where_there_is_a_due_date_a_time_that_nobody_knows_needs_a_look(term: Term, text: str | None) -> None:
    path = term.folder / "submitted/on-time/tiny/timestamp.txt"
    path.unlink() if text is None else path.write_text(text)
    if text is None:  # of the same work, what is known counts
        [look] = term.grade()["on-time"].all_looks
        assert "there is no timestamp.txt. What the gradebook has counts, 2026-03-01 22:00 UTC;" in look
    term.gradebook(lambda gradebook: setattr(gradebook.find_submission("tiny", "on-time"), "timestamp", None))
    report = term.grade()["on-time"]
    assert report.score == 20
    assert report.needs_a_look
    assert not report.is_our_fault
    [look] = report.all_looks
    assert look.startswith("nobody knows when it was handed in, and there is a due date: ")
    term.due(None)  # type: ignore[arg-type]
    assert not term.grade()["on-time"].needs_a_look


def test_a_mark_by_hand_is_what_table_page_and_export_say(term: Term) -> None:
    term.settings()
    assert term.grade()["late-and-wrong"].score == 16
    term.give("late-and-wrong", "test_double", 3)
    report = term.grade()["late-and-wrong"]
    exercise = report.exercise("double")
    assert (report.score, exercise.points, exercise.auto_points, exercise.verdict) == (19, 3, 0, Verdict.FAILED)
    assert report.previous_score == 16
    assert "3 of 4 points" in term.page("late-and-wrong")
    assert "These points were given by hand." in term.page("late-and-wrong")
    assert term.export()["late-and-wrong"]["score"] == "19.0"
    term.give("late-and-wrong", "test_double", None)
    assert term.grade()["late-and-wrong"].score == 16


def test_the_feedback_page_says_the_marks_of_the_day_on_which_it_is_made(term: Term) -> None:
    term.give("on-time", "test_double", 1.5)
    done = run("nbgrader", "generate_feedback", "tiny", cwd=term.folder)
    assert done.returncode == 0, done.stderr
    page = (term.folder / "feedback/on-time/tiny/tiny.html").read_text()
    assert ">17.5 of 20 points<" in page
    assert "1.5 of 4 points: set by staff" in page
    late = (term.folder / "feedback/late/tiny/tiny.html").read_text()
    assert ">0 of 20 points<" in late
    assert "handed in 2 h after it was due: 20 points, less 20 for that, are 0." in late


def test_a_waived_question_gives_its_points_to_all_and_takes_none_from_anybody(term: Term) -> None:
    term.settings('c.Grading.questions = {"tiny": {"double": "waived"}}')
    reports = term.grade()
    assert scores(reports) == {"on-time": 20, "late": 20, "late-and-wrong": 20}
    wrong = reports["late-and-wrong"]
    assert (wrong.exercise("double").verdict, wrong.exercise("double").ruling) == (Verdict.FAILED, "waived")
    assert wrong.exercise("double_mean").points == 10  # judged on its own code, as before
    assert "This question was waived: everybody gets its points." in term.page("late-and-wrong")
    assert term.export()["late-and-wrong"]["score"] == "20.0"
    term.settings()
    assert scores(term.grade())["late-and-wrong"] == 16


def test_a_dropped_question_is_out_of_the_maximum_everywhere(term: Term) -> None:
    term.settings('c.Grading.questions = {"tiny": {"double": "dropped"}}')
    reports = term.grade()
    assert {(each.score, each.max_score) for each in reports.values()} == {(16, 16)}
    found = term.gradebook(
        lambda gradebook: [(each.score, each.max_score) for each in gradebook.assignment_submissions("tiny")]
    )
    assert found == [(16, 16)] * 3
    assert {(row["score"], row["max_score"]) for row in term.export().values()} == {("16.0", "16.0")}
    term.settings()
    assert {each.max_score for each in term.grade().values()} == {20}


def test_a_mark_by_hand_in_a_waived_or_dropped_question_takes_nothing_away(term: Term) -> None:
    term.settings()
    term.give("late-and-wrong", "test_double", 1)
    assert term.grade()["late-and-wrong"].score == 17
    for ruling, expected in (("waived", 20), ("dropped", 16)):
        term.settings(f'c.Grading.questions = {{"tiny": {{"double": "{ruling}"}}}}')
        assert term.grade()["late-and-wrong"].score == expected
        again = term.grade()["late-and-wrong"]
        assert (again.score, again.previous_score) == (expected, expected)
        assert term.export()["late-and-wrong"]["score"] == f"{expected:.1f}"


def test_points_that_change_count_at_once_and_are_said(term: Term) -> None:
    term.settings()
    path = term.folder / "source/tiny/tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "test_double":
            cell.metadata.nbgrader.points = 8
    nbformat.write(notebook, path)
    assert term.grade(dry_run=True)["on-time"].score == 24
    said = list(term.lines)
    reports = term.grade()
    assert term.lines == said
    assert said == [
        "Points of exercises have changed: double 4 → 8. Verdicts stay; marks are worked out anew.",
    ]
    assert {each.student: (each.score, each.max_score) for each in reports.values()} == {
        "on-time": (24, 24),
        "late": (24, 24),
        "late-and-wrong": (16, 24),
    }
    assert "8 of 8 points" in term.page("on-time")
    assert term.export()["on-time"]["max_score"] == "24.0"
    term.grade()
    assert term.lines == []


def test_a_dry_run_says_what_would_change_and_changes_nothing(term: Term, tiny: Assignment) -> None:
    term.settings('c.Grading.questions = {"tiny": {"double": "waived"}}')
    hand_in(term.folder, "new", notebook_of(tiny, RIGHT))
    before = snapshot(term.folder)
    reports = term.grade(grades=True, dry_run=True)
    assert snapshot(term.folder) == before
    found = {student: (each.previous_score, each.score) for student, each in reports.items()}
    assert found == {"on-time": (20, 20), "late": (0, 20), "late-and-wrong": (0, 20), "new": (None, 20)}
    done = run("autograder", "grade", "tiny", "--dry-run", cwd=term.folder)
    assert done.returncode == 0, done.stderr
    assert "Marks that would change: 2 students of 4; 2 up, 0 down. Mean 10.0 → 20.0." in done.stdout
    said = " ".join(done.stdout.split())
    assert "late 0 20 in all -20 → 0: the penalty for lateness" in said
    assert "late-and-wrong 0 20 double 0 → 4: the question is waived in all -16 → 0: the penalty for lateness" in said
    assert "Nothing was saved: this was a dry run." in done.stdout
    assert snapshot(term.folder) == before
    done = run("autograder", "grade", "tiny", cwd=term.folder)
    assert "Marks that changed: 2 students.\n  late: 0 → 20\n  late-and-wrong: 0 → 20\n" in done.stdout


def test_a_dry_run_of_a_new_course_makes_no_gradebook(tmp_path: Path, tiny: Assignment, sandbox: ForkSandbox) -> None:
    folder = make_course(tmp_path / "course")
    hand_in(folder, "student-001", notebook_of(tiny, RIGHT))
    before = snapshot(folder)
    assert scores(Term(folder, sandbox).grade(grades=True, dry_run=True)) == {"student-001": 20}
    assert {path for path in snapshot(folder) if path.suffix != ".lock"} == set(before)


def test_marks_of_the_whole_class_cost_no_writing_where_nothing_changed(
    term: Term, monkeypatch: pytest.MonkeyPatch
) -> None:
    term.grade()
    before = snapshot(term.folder)
    term.grade()
    assert snapshot(term.folder) == before


def test_work_that_is_graded_again_says_what_it_had_before(term: Term, tiny: Assignment) -> None:
    term.settings()
    term.grade()
    hand_in(term.folder, "late-and-wrong", notebook_of(tiny, RIGHT))
    report = term.grade(grades=True)["late-and-wrong"]
    assert (report.previous_score, report.score, report.unchanged) == (16, 20, False)


def test_a_mark_by_hand_outlives_work_that_is_graded_again_and_is_shown_for_another_look(
    term: Term, tiny: Assignment
) -> None:
    term.settings()
    term.give("late-and-wrong", "test_double", 3)
    hand_in(term.folder, "late-and-wrong", notebook_of(tiny, RIGHT))
    report = term.grade(grades=True)["late-and-wrong"]
    assert (report.score, report.exercise("double").points, report.exercise("double").auto_points) == (19, 3, 4)
    assert "3 of 4 points" in term.page("late-and-wrong")
    again = term.gradebook(
        lambda gradebook: gradebook.find_grade("test_double", "tiny", "tiny", "late-and-wrong").needs_manual_grade
    )
    assert again
    # A run that only works out marks asks for nothing.
    term.gradebook(
        lambda gradebook: setattr(
            gradebook.find_grade("test_double", "tiny", "tiny", "late-and-wrong"), "needs_manual_grade", False
        )
    )
    term.settings(ALL_OF_IT)
    assert term.grade()["late-and-wrong"].score == 0
    assert not term.gradebook(
        lambda gradebook: gradebook.find_grade("test_double", "tiny", "tiny", "late-and-wrong").needs_manual_grade
    )


def test_a_notebook_that_is_gone_from_autograded_is_graded_again(term: Term) -> None:
    (term.folder / "autograded/late/tiny/tiny.ipynb").unlink()
    reports = term.grade(grades=True)
    assert [student for student, report in reports.items() if not report.unchanged] == ["late"]
    assert "after it was due" in term.page("late")


@pytest.mark.parametrize("command", ["export", "generate_feedback"])
def test_a_plugin_that_is_not_there_is_a_sentence_of_nbgrader_s_commands_too(term: Term, command: str) -> None:
    term.settings('c.AssignLatePenalties.plugin_class = "no_such_plugin.Late"')
    done = run("nbgrader", command, *(["tiny"] if command == "generate_feedback" else []), cwd=term.folder)
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert "The late plugin 'no_such_plugin.Late' can't be loaded: No module named 'no_such_plugin'." in said
    assert "Traceback" not in said
    assert not (term.folder / "grades.csv").exists()


def test_other_work_without_a_time_of_its_own_is_never_in_silence_on_time(term: Term, tiny: Assignment) -> None:
    (term.folder / "submitted/on-time/tiny/timestamp.txt").unlink()
    hand_in(term.folder, "on-time", notebook_of(tiny, {**RIGHT, "mean_of": "def mean_of(x):\n    return 3.0"}))
    for grades in (True, False):
        [look] = term.grade(grades=grades)["on-time"].all_looks
        assert "there is no timestamp.txt. What the gradebook has counts, 2026-03-01 22:00 UTC;" in look


def test_a_time_that_only_the_gradebook_has_outlives_a_change_of_checks(term: Term) -> None:
    (term.folder / "submitted/late/tiny/timestamp.txt").unlink()
    with (term.folder / "tests/hidden/tiny/test_double.py").open("a") as file:
        file.write("# another remark\n")
    report = term.grade(grades=True)["late"]
    assert (report.score, report.late_seconds) == (0, 7_200)
    assert report.needs_a_look


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("autograde", "c.Grading.questions = {'tiny':"),
        ("export", "from no_such_module import Late"),
        ("generate_feedback", "raise RuntimeError('odd')"),
    ],
)
def test_settings_that_can_t_be_read_stop_nbgrader_before_it_runs_anything(
    term: Term, command: str, line: str, tmp_path: Path, tiny: Assignment
) -> None:
    escaped = tmp_path / "escaped"
    hand_in(
        term.folder, "late", notebook_of(tiny, {**RIGHT, "double": f"open({str(escaped)!r}, 'w')\n{RIGHT['double']}"})
    )
    term.settings(line)
    before = snapshot(term.folder)
    done = run("nbgrader", command, *([] if command == "export" else ["tiny", "--force"]), cwd=term.folder)
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert "Error: course_config.py, line " in said
    assert "Traceback" not in said
    assert not escaped.exists()
    assert snapshot(term.folder) == before
    done = run("autograder", "grade", "tiny", cwd=term.folder)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("Error: course_config.py, line ")


def test_a_setting_that_there_is_not_is_refused_with_the_one_that_is_near(term: Term) -> None:
    term.settings('c.Grading.question = {"tiny": {"double": "waived"}}')
    with pytest.raises(CourseError, match=r"There is no setting c\.Grading\.question\. Is it c\.Grading\.questions\?"):
        term.grade()


@pytest.mark.parametrize(
    "line", ['c.Grading.questions = {"tiny": {"none": "waived"}}', 'c.Exchange.timezone = "Asia/Soul"']
)
def test_pages_stay_where_settings_are_wrong(term: Term, line: str) -> None:
    assert run("nbgrader", "generate_feedback", "tiny", cwd=term.folder).returncode == 0
    term.settings(line)
    before = snapshot(term.folder / "feedback")
    done = run("nbgrader", "generate_feedback", "tiny", "--force", cwd=term.folder)
    assert done.returncode == 1
    assert "Error: c." in done.stderr
    assert "Traceback" not in done.stderr
    assert snapshot(term.folder / "feedback") == before


def test_results_of_nobody_are_named(term: Term) -> None:
    shutil.copytree(term.folder / "autograded/late", term.folder / "autograded/gone")
    term.grade()
    assert term.lines == [
        "Left over in autograded/, and neither in submitted/ nor in the gradebook: gone. Remove "
        "autograded/<student>/tiny, as `nbgrader generate_feedback` fails there."
    ]


def test_points_of_an_essay_that_staff_marked_are_in_every_score(term: Term, tiny: Assignment) -> None:
    term.settings()
    path = term.folder / "source/tiny/tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    marks = {"grade_id": "essay", "grade": True, "solution": True, "locked": False, "task": False, "points": 5}
    essay = nbformat.v4.new_markdown_cell("Why?", metadata={"nbgrader": {**marks, "schema_version": 3}})
    notebook.cells.append(essay)
    nbformat.write(notebook, path)
    first = term.grade(grades=True)["on-time"]
    assert (first.score, first.max_score, first.exercise("essay").max_points) == (20, 25, 5)
    term.give("on-time", "essay", 3.5)
    for _ in range(2):
        report = term.grade()["on-time"]
        assert (report.score, report.max_score, report.exercise("essay").points) == (23.5, 25, 3.5)
    before = snapshot(term.folder)
    term.grade()
    assert snapshot(term.folder) == before
    row = term.export()["on-time"]
    assert (row["raw_score"], row["score"], row["max_score"]) == ("23.5", "23.5", "25.0")
    assert run("nbgrader", "generate_feedback", "tiny", cwd=term.folder).returncode == 0
    page = (term.folder / "feedback/on-time/tiny/tiny.html").read_text()
    assert ">23.5 of 25 points<" in page
    assert ">3.5 of 5 points<" in page


def test_a_pipe_in_the_place_of_a_report_is_no_report_and_nobody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "report.json")
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(read_report, tmp_path)
        try:
            assert asked.result(20) is None
        finally:
            os.close(os.open(tmp_path / "report.json", os.O_RDWR))  # whoever waits for it goes on
