"""Modules in which students write: they get a stub, theirs counts, and the instructor's never runs beside it."""

from __future__ import annotations

from pathlib import Path

import marked
import pytest
from helpers import run
from marked import answer, cell, essay, judged_by

from autograder.course.assignment import Assignment
from autograder.course.errors import CourseError
from autograder.course.loading import load_assignment
from autograder.judge.grader import Grader
from autograder.report.report import Report
from autograder.sandbox.forked import ForkSandbox

MODULE = "SECRET = 42\n\n\ndef f(x):\n    ### BEGIN SOLUTION\n    return x + SECRET\n    ### END SOLUTION\n"
STUB = "SECRET = 42\n\n\ndef f(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()\n"


@pytest.fixture(scope="module")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    folder = tmp_path_factory.mktemp("modules")
    cells = [
        cell("code", "import helper\nfrom work import f"),
        judged_by("test_f", "from work import f as g\nassert f(1) == 43 and g(2) == 44 and helper.twice(2) == 4", 3),
        essay("why", 1),
    ]
    return marked.make_assignment(
        folder, "own", {"own": cells}, work_py=MODULE, helper_py="def twice(x):\n    return 2 * x\n"
    )


def graded(assignment: Assignment, sandbox: ForkSandbox, student: str, module: str | None) -> Report:
    course = assignment.source_folder.parents[1]
    marked.hand_in(course, student, assignment)
    if module is not None:
        (course / "submitted" / student / "own" / "work.py").write_text(module)
    with Grader(assignment, sandbox) as grader:
        return grader.grade(course / "submitted" / student / "own", student).report


def test_students_get_the_stub(assignment: Assignment) -> None:
    assert assignment.student_modules == (("work.py", STUB),)
    assert assignment.student_files["work.py"] == STUB.encode()
    assert assignment.student_files["helper.py"] == assignment.files["helper.py"]


def test_the_student_s_module_counts_and_not_the_instructor_s(assignment: Assignment, sandbox: ForkSandbox) -> None:
    assert graded(assignment, sandbox, "right", MODULE).score == 3
    assert (
        graded(assignment, sandbox, "other-way", STUB.replace("raise NotImplementedError()", "return x + 42")).score
        == 3
    )
    assert graded(assignment, sandbox, "wrong", STUB.replace("raise NotImplementedError()", "return x")).score == 0


def test_without_one_the_stub_is_there_and_no_solution(assignment: Assignment, sandbox: ForkSandbox) -> None:
    report = graded(assignment, sandbox, "nothing", None)
    assert report.score == 0
    said = "`f` in work.py is not written yet: it still holds the `raise NotImplementedError()` it was given with."
    assert report.exercise("test_f").message == said


def test_what_a_module_leaves_unwritten_is_blamed_there_and_not_on_the_cell_that_needs_it(
    tmp_path: Path, sandbox: ForkSandbox
) -> None:
    stub = "class Table:\n    def rows(self):\n        ### BEGIN SOLUTION\n        return 2\n        ### END SOLUTION\n"
    cells = [
        cell("code", "from work import Table, f"),
        answer("g", "def g(x):\n    return f(x)"),
        judged_by("test_g", "assert g(1) == 43", 5),
        answer("count", "def count(table):\n    return table.rows()"),
        judged_by("test_count", "assert count(Table()) == 2", 5),
        answer("twice", "def twice(x):\n    return g(g(x))"),
        judged_by("test_twice", "assert twice(1) == 85", 5),
    ]
    files = {"work_py": f"{MODULE}\n\n{stub}"}
    assignment = marked.make_assignment(tmp_path, "own", {"own": cells}, **files)
    assert assignment.file_stubs == {("work.py", "f"), ("work.py", "Table.rows")}
    written = {
        "g": "def g(x):\n    return f(x)",
        "count": "def count(table):\n    return table.rows()",
        "twice": "from mine import later\ndef twice(x):\n    return later(x)",
    }
    marked.hand_in(tmp_path, "s", assignment, written)
    mine = "def later(x):\n    raise NotImplementedError()\n"
    (tmp_path / "submitted" / "s" / "own" / "mine.py").write_text(mine)
    with Grader(assignment, sandbox) as grader:
        report = grader.grade(tmp_path / "submitted" / "s" / "own", "s").report
    assert [each.message for each in report.exercises] == [
        "`g(1)` needs `f`, but `f` in work.py is not written yet.",
        "`count(…)` needs `Table.rows`, but `Table.rows` in work.py is not written yet.",
        "`twice(1)` raised NotImplementedError in a file beside the notebook.",
    ]


def test_a_helper_of_the_instructor_s_stays_theirs(assignment: Assignment, sandbox: ForkSandbox) -> None:
    course = assignment.source_folder.parents[1]
    marked.hand_in(course, "evil", assignment)
    (course / "submitted" / "evil" / "own" / "helper.py").write_text("def twice(x):\n    return 4\n")
    assert graded(assignment, sandbox, "evil", STUB).score == 0


def test_nbgrader_releases_the_stub(assignment: Assignment) -> None:
    course = assignment.source_folder.parents[1]
    done = run("nbgrader", "generate_assignment", "own", "--log-level=ERROR", cwd=course)
    assert done.returncode == 0, done.stderr
    assert (course / "release" / "own" / "work.py").read_text() == STUB
    assert "SECRET" in (course / "source" / "own" / "work.py").read_text()


def test_a_region_without_an_end_is_one_sentence(tmp_path: Path) -> None:
    broken = MODULE.replace("    ### END SOLUTION\n", "")
    with pytest.raises(CourseError, match=r"The module .*work\.py can't be given to students: .*\. Mend it"):
        marked.make_assignment(tmp_path, "own", {"own": [essay("why", 1)]}, work_py=broken)
    load_assignment.cache_clear()
