"""The audit says what falls short of an assignment, where, and how to mend it; ours is proven in full."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
from helpers import ROOT, make_course, run

from autograder.audit.audit import judge_answers, points_left
from autograder.audit.files import catalogue_row, static_rows
from autograder.audit.probes import Answer, Probe, all_probes, answer_all
from autograder.audit.row import Row
from autograder.checks.catalogue import load_equivalents
from autograder.course.addresses import Addresses
from autograder.course.assignment import Assignment
from autograder.course.loading import load_assignment
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.limits import Limits
from autograder.sandbox.server import ForkServer


def problems_of(rows: list[Row]) -> str:
    return "\n".join(f"{each.where} {each.what} | {each.mend}" for row in rows for each in row.problems)


def with_catalogue(folder: Path, misconceptions: str) -> Assignment:
    """The tiny assignment with another catalogue."""
    make_course(folder)
    (folder / "tests" / "hidden" / "tiny" / "misconceptions.py").write_text(
        "from autograder.checks import Misconception as M\nMISCONCEPTIONS = (" + misconceptions + ",)\n"
    )
    return load_assignment(folder, "tiny")


def asked(assignment: Assignment, server: ForkServer, probes: list[Probe]) -> list[Answer]:
    return list(answer_all(assignment, probes, ForkSandbox(server, Limits(call_wall_seconds=2))))


@pytest.mark.slow
def test_our_lab_is_ready_to_release() -> None:
    # `make audit` asks for all of it.
    done = run("autograder", "audit", "logistic_regression", "--quick", cwd=ROOT, timeout=500)
    assert "Nothing found." in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0


def test_a_quick_audit_asks_for_each_known_answer_and_some_of_the_mutants() -> None:
    lab = load_assignment(ROOT, "linear_regression")
    whole, quick = (all_probes(lab, quick=how) for how in (False, True))
    known = ("twins", "misconception", "alternative")
    assert [each for each in quick if each.kind in known] == [each for each in whole if each.kind in known]
    mutants, some = ([each.id for each in found if each.kind == "mutant"] for found in (whole, quick))
    assert len(mutants) / 8 < len(some) < len(mutants) / 3
    assert set(load_equivalents(lab)) <= set(some) <= set(mutants)


def test_an_entry_that_no_check_catches_is_an_error(tmp_path: Path, server: ForkServer) -> None:
    assignment = with_catalogue(tmp_path, "M('double', 'is-right', 'No.', 'def double(x):\\n    return x + x')")
    rows = judge_answers(
        assignment,
        asked(assignment, server, [Probe("misconception", "double", "is-right", "def double(x):\n    return x + x")]),
    )
    assert "misconception double/is-right loses no points" in problems_of(rows)


def test_entries_with_the_same_values_are_an_error(tmp_path: Path, server: ForkServer) -> None:
    one = "M('double', 'one', 'A.', 'def double(x):\\n    return 3 * x')"
    two = "M('double', 'two', 'B.', 'def double(x):\\n    return x + x + x')"
    assignment = with_catalogue(tmp_path, f"{one}, {two}")
    rows = judge_answers(assignment, asked(assignment, server, [Probe("twins", "double", "")]))
    assert "double: one and two give the same values" in problems_of(rows)


def test_what_each_mistake_leaves_is_told_exercise_by_exercise(tmp_path: Path, server: ForkServer) -> None:
    one = "M('mean_of', 'none', 'A.', 'def mean_of(x):\\n    return None')"
    two = "M('double', 'detached', 'B.', 'def double(x):\\n    return (2 * x).detach()')"
    three = "M('double', 'none', 'B.', 'def double(x):\\n    return None')"
    assignment = with_catalogue(tmp_path, f"{one}, {two}, {three}")
    left = points_left(assignment, ForkSandbox(server, Limits(call_wall_seconds=2)), lambda done, total: None)
    assert [(each.exercise, each.id) for each in left] == [
        ("double", "none"),
        ("double", "detached"),
        ("mean_of", "none"),
    ]
    assert [each.points for each in left] == [0.0, 0.75 * assignment.exercise("double").points, 0.0]
    assert all(each.failed_checks and each.max_points > 0 for each in left)


def test_an_entry_that_costs_points_elsewhere_or_is_named_wrongly_is_an_error(tiny: Assignment) -> None:
    probe = Probe("misconception", "double", "square-for-double")
    answer = Answer(probe, points=0, lost_elsewhere=("mean_of",), named=("no-gradient",), failed_checks=("double::a",))
    text = problems_of(judge_answers(tiny, [answer]))
    assert "double/square-for-double costs points in mean_of" in text
    assert "double/square-for-double is named no-gradient" in text
    assert "0% of the entries are named" in text


def test_a_mutant_that_survives_and_a_right_answer_that_does_not_pass_are_errors(tiny: Assignment) -> None:
    both = ("double::a", "double::b")
    answers = [
        Answer(Probe("mutant", "double", "double: 2 to 3"), points=tiny.exercise("double").points),
        Answer(Probe("alternative", "double", "sum"), points=1, failed_checks=both),
        Answer(
            Probe("mutant", "double", "double: x"), points=0, failed_checks=("double::a", "double::b"), errors=("E",)
        ),
    ]
    text = problems_of(judge_answers(tiny, answers))
    assert "double: 2 to 3 survives | Add a check that catches it, or list it in equivalents.py" in text
    assert "alternative double/sum does not get full marks | Loosen double::a, double::b" in text
    assert "double::a catches nothing that another check does not" in text
    assert "double: x E | Mend the check." in text
    assert "catches nothing" not in problems_of(judge_answers(tiny, answers, quick=True))  # what it is for was left out


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ("M('double', 'a', 'Say.', 'def double(x')", "Misconception double/a does not parse (line 1)"),
        ("M('triple', 'a', 'Say.', 'pass')", "Misconception triple/a is for no exercise of this assignment"),
        ("M('double', 'a', ' ', 'pass')", "Misconception double/a has no sentence"),
        ("M('double', 'a', 'A.', 'pass'), M('double', 'a', 'B.', 'x')", "Misconception double/a is there 2 times"),
    ],
)
def test_an_entry_that_is_not_well_formed_is_an_error(tmp_path: Path, entries: str, expected: str) -> None:
    assignment = with_catalogue(tmp_path, entries)
    assert expected in problems_of([catalogue_row(assignment)])


def test_a_release_that_is_missing_stale_or_leaking_is_an_error(tmp_path: Path) -> None:
    course = make_course(tmp_path)
    assignment = load_assignment(course, "tiny")
    release = course / "release" / "tiny"
    assert "release/tiny.ipynb is missing" in problems_of(static_rows(assignment, release, Addresses()))
    shutil.copytree(course / "source" / "tiny", release)
    text = problems_of(static_rows(assignment, release, Addresses()))
    assert "release/tiny.ipynb is not what source/ makes | Run `nbgrader generate_assignment tiny --force`." in text
    assert "release/tiny.ipynb holds 'BEGIN SOLUTION'" in text
    (release / "grades.csv").write_text("a,b\n")
    assert "release/grades.csv is a stray file" in problems_of(static_rows(assignment, release, Addresses()))


def test_an_exercise_without_points_checks_or_hints_is_an_error(tmp_path: Path) -> None:
    course = make_course(tmp_path)
    path = course / "source" / "tiny" / "tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace("<details>", "")
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "test_double":
            cell.metadata.nbgrader.points = 0
            cell.source = "print(1)"
    nbformat.write(notebook, path)
    load_assignment.cache_clear()
    text = problems_of(static_rows(load_assignment(course, "tiny"), course / "release", Addresses()))
    assert "double has no points" in text
    assert "double has no visible check" in text
    assert "double has no hints" in text


def test_what_staff_mark_needs_points_and_hints_and_no_checks(tmp_path: Path) -> None:
    course = make_course(tmp_path)
    path = course / "source" / "tiny" / "tiny.ipynb"
    notebook = nbformat.read(path, as_version=4)
    marks = {"schema_version": 3, "task": False, "grade": True, "solution": True, "locked": False}
    hints = "<details><summary>Hint</summary>Think.</details>"
    scheme = "### BEGIN MARK SCHEME\nAll of it.\n### END MARK SCHEME"
    for name, points, text in (("essay", 5, "It is so."), ("bare", 0, "It is so."), ("task", 3, f"{hints}\n{scheme}")):
        notebook.cells.append(
            nbformat.v4.new_code_cell("1 + 1") if name == "bare" else nbformat.v4.new_markdown_cell(hints)
        )
        task = {"task": True, "grade": False, "solution": False, "locked": True} if name == "task" else {}
        own = {"nbgrader": {**marks, **task, "grade_id": name, "points": points}}
        notebook.cells.append(nbformat.v4.new_markdown_cell(text, metadata=own))
    nbformat.write(notebook, path)
    load_assignment.cache_clear()
    assignment, release = load_assignment(course, "tiny"), course / "release" / "tiny"
    text = problems_of(static_rows(assignment, release, Addresses()))
    told = [line.partition(" |")[0] for line in text.splitlines() if line.startswith(("essay", "bare", "task"))]
    assert told == [
        "bare has no points",
        "bare has no hints",
    ]
    shutil.copytree(course / "source" / "tiny", release)
    assert "holds 'BEGIN MARK SCHEME'" in problems_of(static_rows(assignment, release, Addresses()))


@pytest.mark.slow
def test_the_audit_of_a_broken_assignment_exits_with_1_and_says_how_to_mend(tmp_path: Path) -> None:
    assignment = with_catalogue(tmp_path, "M('double', 'a', 'Say.', 'def double(x')")
    done: subprocess.CompletedProcess[str] = run("autograder", "audit", assignment.name, cwd=tmp_path)
    assert done.returncode == 1
    assert "double/a does not parse" in done.stdout
    assert "Mend its code." in done.stdout
    assert "Traceback" not in done.stderr
