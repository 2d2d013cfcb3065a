"""Tests that need the notebook's own process: named before release, run beside student code only if that is allowed."""

from __future__ import annotations

from pathlib import Path

import marked
import pytest
from helpers import ROOT
from marked import answer, judged_by

from autograder.audit.outside import test_cells_row as outside_row
from autograder.checks import test_words
from autograder.course.assignment import Assignment
from autograder.course.course import load_course
from autograder.course.errors import CourseError
from autograder.judge.grader import Grader
from autograder.report.exercise_result import Verdict
from autograder.report.formats.class_table import many
from autograder.report.formats.screen import Screen
from autograder.report.formats.table import one
from autograder.report.report import Report
from autograder.report.verdicts import verdict_text
from autograder.sandbox.forked import ForkSandbox

SAME = "def same(x):\n    return x"
# The grader is no kernel of the notebook's.
ITSELF = 'assert get_ipython().user_ns["same"]([1]) == [1], "another one came back"'
THREE = "def same(x):\n    return 3"
EVIL = "def same(x):\n    raise SystemExit"


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    folder = tmp_path_factory.mktemp("inside")
    cells = [
        answer("same", SAME),
        judged_by("test_same", "helper = 2\nassert same(3) == 3", 1),
        judged_by("itself", f"assert helper == 2\n{ITSELF}", 4),
        judged_by("in-part", "2 * (get_ipython().user_ns['same'](5) == 5)", 2),
    ]
    made = marked.make_assignment(folder, "own", {"own": cells})
    for student, code in (
        ("right", SAME),
        ("wrong", THREE),
        ("evil", EVIL),
    ):
        marked.hand_in(folder, student, made, {"same": code})
    return made


def graded(assignment: Assignment, sandbox: ForkSandbox, student: str) -> Report:
    with Grader(assignment, sandbox) as grader:
        folder = assignment.source_folder.parents[1] / "submitted" / student / "own"
        return grader.grade(folder, student).report


def test_without_leave_such_tests_give_nobody_a_zero(assignment: Assignment, sandbox: ForkSandbox) -> None:
    report = graded(assignment, sandbox, "right")
    verdicts = {each.name: each.verdict for each in report.exercises}
    assert verdicts == {"same": Verdict.PASSED, "itself": Verdict.ERROR, "in-part": Verdict.ERROR}
    assert report.is_our_fault
    assert "the tests in `itself` can't judge anybody" in report.looks[0]


def test_the_audit_names_the_line_and_how_to_allow_it(assignment: Assignment, sandbox: ForkSandbox) -> None:
    with Grader(assignment, sandbox) as grader:
        row = outside_row(grader)
    assert row.figure == "1/3"
    first = row.problems[0]
    assert first.where == "tests in itself"
    assert "get_ipython().user_ns needs the notebook's kernel at `assert get_ipython()" in first.what
    assert "c.Grading.inside = {'own': ['itself']}" in first.mend


def test_where_they_are_allowed_they_judge_and_say_so_everywhere(assignment: Assignment, sandbox: ForkSandbox) -> None:
    allowed = assignment.allowing(frozenset({"*"}))
    right, wrong = (graded(allowed, sandbox, each) for each in ("right", "wrong"))
    assert [each.points for each in right.exercises] == [1, 4, 2]
    assert [each.points for each in wrong.exercises] == [1, 0, 0]
    assert [each.is_inside for each in right.exercises] == [False, True, True]
    assert wrong.exercise("itself").message == "another one came back"
    assert "Checked inside" in verdict_text(right.exercise("itself"))
    assert "(checked inside: could be forged)" in one(right, Screen(120))
    assert "° checked inside: could be forged." in "".join(many([right], Screen(120)))


def test_only_those_that_are_named_are_allowed(assignment: Assignment, sandbox: ForkSandbox) -> None:
    report = graded(assignment.allowing(frozenset({"itself"})), sandbox, "right")
    assert [each.verdict for each in report.exercises] == [Verdict.PASSED, Verdict.PASSED, Verdict.ERROR]


def test_a_notebook_that_ends_python_gets_nothing_inside(assignment: Assignment, sandbox: ForkSandbox) -> None:
    report = graded(assignment.allowing(frozenset({"*"})), sandbox, "evil")
    assert report.score == 0
    assert not report.is_our_fault


def test_what_a_hidden_test_says_inside_is_not_shown(tmp_path: Path, sandbox: ForkSandbox) -> None:
    hidden = f"### BEGIN HIDDEN TESTS\n{ITSELF}\n### END HIDDEN TESTS"
    made = marked.make_assignment(tmp_path, "own", {"own": [answer("same", SAME), judged_by("itself", hidden, 4)]})
    marked.hand_in(tmp_path, "wrong", made, {"same": THREE})
    itself = graded(made.allowing(frozenset({"*"})), sandbox, "wrong").exercise("itself")
    assert itself.points == 0
    assert itself.message == test_words.HIDDEN_DOES_NOT_HOLD


@pytest.mark.parametrize(
    ("setting", "found"),
    [("True", {"*"}), ("{'own': ['itself']}", {"itself"}), ("{'other': ['x']}", set()), ("False", set())],
)
def test_the_setting_is_read_for_each_assignment(assignment: Assignment, setting: str, found: set[str]) -> None:
    course = load_course(configured(assignment, setting))
    assert course.assignment("own").inside == found


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("3", "c.Grading.inside is 3; it is True for all"),
        ("{'own': 'itself'}", "names their cells"),
        ("{'own': ['no']}", "names a cell that 'own' does not have: no"),
    ],
)
def test_a_wrong_setting_is_one_sentence(assignment: Assignment, setting: str, said: str) -> None:
    with pytest.raises(CourseError, match=said):
        load_course(configured(assignment, setting)).assignment("own")


def configured(assignment: Assignment, setting: str) -> Path:
    folder = assignment.source_folder.parents[1]
    text = (ROOT / "course_config.py").read_text()
    (folder / "course_config.py").write_text(f"{text}\nc.Grading.inside = {setting}\n")
    return folder
