"""Notebooks damaged in every way that students' tools damage them: what is mended, what is said, what it scores."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from helpers import RIGHT, cell_of, notebook_of

from autograder.assignment import Assignment, grade_id
from autograder.grading import Graded, Grader
from autograder.repair import Found, Repaired, repair
from autograder.report import Status
from autograder.submission import read_submission

CODE = nbformat.v4.new_code_cell
TEXT = nbformat.v4.new_markdown_cell
STUB = "def double(x):"


def index_of(notebook: Any, name: str) -> int:
    return next(index for index, cell in enumerate(notebook.cells) if grade_id(cell) == name)


def nothing(nb: Any) -> None:
    """As it was handed in."""


def duplicated_solution(nb: Any) -> None:
    nb.cells.insert(4, copy.deepcopy(cell_of(nb, "double")))


def duplicated_stub_below(nb: Any) -> None:
    extra = copy.deepcopy(cell_of(nb, "double"))
    extra.source = nb.metadata["stub of double"]
    nb.cells.insert(index_of(nb, "double") + 1, extra)


def duplicated_test(nb: Any) -> None:
    nb.cells.append(copy.deepcopy(cell_of(nb, "test_mean_of")))


def duplicated_wrong_then_right(nb: Any) -> None:
    extra = copy.deepcopy(cell_of(nb, "double"))
    extra.source = "def double(x):\n    return x"
    nb.cells.insert(index_of(nb, "double"), extra)


def every_cell_twice(nb: Any) -> None:
    nb.cells = [copy.deepcopy(cell) for cell in nb.cells for _ in range(2)]


def split_solution(nb: Any) -> None:
    cell = cell_of(nb, "double")
    cell.source = "factor = 2"
    nb.cells.insert(index_of(nb, "double") + 1, CODE("def double(x):\n    return factor * x"))


def deleted_solution(nb: Any) -> None:
    nb.cells.remove(cell_of(nb, "double"))


def deleted_test(nb: Any) -> None:
    nb.cells.remove(cell_of(nb, "test_double"))


def deleted_setup(nb: Any) -> None:
    nb.cells.remove(cell_of(nb, "setup"))


def deleted_texts(nb: Any) -> None:
    nb.cells = [cell for cell in nb.cells if cell.cell_type == "code"]


def only_solutions_left(nb: Any) -> None:
    nb.cells = [cell for cell in nb.cells if grade_id(cell) in RIGHT]


def reversed_cells(nb: Any) -> None:
    nb.cells = nb.cells[::-1]


def retyped_as_text(nb: Any) -> None:
    cell = cell_of(nb, "double")
    cell.cell_type = "markdown"
    del cell["outputs"], cell["execution_count"]


def retyped_test_as_raw(nb: Any) -> None:
    cell = cell_of(nb, "test_double")
    cell.cell_type = "raw"
    del cell["outputs"], cell["execution_count"]


def lost_metadata(nb: Any) -> None:
    for cell in nb.cells:
        cell.metadata = {}


def lost_metadata_and_ids(nb: Any) -> None:
    for number, cell in enumerate(nb.cells):
        cell.metadata = {}
        cell.id = f"other-{number}"


def forged_points(nb: Any) -> None:
    cell_of(nb, "test_double").metadata.nbgrader.points = 1000


def forged_test_cell(nb: Any) -> None:
    cell_of(nb, "test_double").source = "1000"


def forged_grade_ids_swapped(nb: Any) -> None:
    first, second = cell_of(nb, "test_double"), cell_of(nb, "test_mean_of")
    first.metadata.nbgrader.grade_id, second.metadata.nbgrader.grade_id = "test_mean_of", "test_double"


def unlocked_everything(nb: Any) -> None:
    for cell in nb.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.update(locked=False, grade=False, solution=True)


def odd_metadata(nb: Any) -> None:
    for cell, odd in zip(
        nb.cells, [None, 5, [], "x", {"nbgrader": 5}, {"nbgrader": {"grade_id": 7}}] * 9, strict=False
    ):
        if not grade_id(cell) or "double" in cell.source:
            cell["metadata"] = odd


def changed_setup(nb: Any) -> None:
    cell_of(nb, "setup").source = "import torch\nvalues = None"


def solution_in_a_locked_cell(nb: Any) -> None:
    test = cell_of(nb, "test_double")
    test.source = f"{RIGHT['double']}\n\n{test.source}"
    cell_of(nb, "double").source = nb.metadata["stub of double"]


def solution_pasted_below(nb: Any) -> None:
    cell_of(nb, "double").source = nb.metadata["stub of double"]
    nb.cells.insert(index_of(nb, "double") + 1, CODE(RIGHT["double"]))


def solution_pasted_above(nb: Any) -> None:
    cell_of(nb, "double").source = nb.metadata["stub of double"]
    nb.cells.insert(index_of(nb, "double"), CODE(RIGHT["double"]))


def solution_pasted_at_the_end(nb: Any) -> None:
    cell_of(nb, "double").source = nb.metadata["stub of double"]
    nb.cells.append(CODE(RIGHT["double"]))


def all_solutions_in_one_cell(nb: Any) -> None:
    for name in RIGHT:
        cell_of(nb, name).source = nb.metadata[f"stub of {name}"]
    nb.cells.append(CODE("\n\n".join(RIGHT.values())))


def helper_cell_in_between(nb: Any) -> None:
    cell_of(nb, "double").source = "def double(x):\n    return helper(x)"
    nb.cells.insert(3, CODE("helper = lambda x: x + x"))


def solution_in_a_text_turned_into_code(nb: Any) -> None:
    cell_of(nb, "double").source = nb.metadata["stub of double"]
    text = next(cell for cell in nb.cells if cell.id == "about-double")
    text.update(cell_type="code", source=RIGHT["double"], outputs=[], execution_count=None)


def wrong_attempt_kept_above(nb: Any) -> None:
    wrong = copy.deepcopy(cell_of(nb, "double"))
    wrong.source = "def double(x):\n    return helper(x)"
    position = index_of(nb, "double")
    nb.cells[position:position] = [wrong, CODE("def helper(x):\n    return 2 * x")]
    cell_of(nb, "mean_of").source = "def mean_of(x):\n    return helper(x).mean().item() / 2"


def empty_cells_everywhere(nb: Any) -> None:
    nb.cells = [each for cell in nb.cells for each in (cell, CODE("  \n"))]


def solution_cell_emptied(nb: Any) -> None:
    cell_of(nb, "double").source = ""


def missing_ids(nb: Any) -> None:
    for cell in nb.cells:
        del cell["id"]


def repeated_ids(nb: Any) -> None:
    for cell in nb.cells:
        cell["id"] = "same"


def another_kernel(nb: Any) -> None:
    nb.metadata["kernelspec"] = {"name": "ir", "display_name": "R", "language": "R"}


def no_notebook_metadata(nb: Any) -> None:
    del nb["metadata"]


def newer_format(nb: Any) -> None:
    nb["nbformat"], nb["nbformat_minor"] = 5, 99


def format_is_text(nb: Any) -> None:
    nb["nbformat"] = "4"


def source_as_lines(nb: Any) -> None:
    for cell in nb.cells:
        cell["source"] = cell["source"].splitlines(keepends=True)


def windows_line_ends(nb: Any) -> None:
    for cell in nb.cells:
        cell["source"] = cell["source"].replace("\n", "\r\n")


def broken_cells(nb: Any) -> None:
    nb.cells += [None, 5, [], "text", {"cell_type": "code", "source": 7}, {"cell_type": "code"}, {}]


def huge_outputs(nb: Any) -> None:
    cell_of(nb, "double")["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "x" * 1_000_000}]


def odd_outputs(nb: Any) -> None:
    cell_of(nb, "double")["outputs"] = 5
    cell_of(nb, "mean_of")["outputs"] = [{"output_type": "nonsense"}]


def attachments_and_unknown_keys(nb: Any) -> None:
    for cell in nb.cells:
        cell["attachments"] = {"a.png": {"image/png": "!!"}}
        cell["unknown"] = {"deep": [1, 2]}


def lone_surrogates(nb: Any) -> None:
    cell_of(nb, "double")["source"] += '\nnote = "\ud800"'


def nul_characters(nb: Any) -> None:
    nb.cells.append(CODE("x = '\x00'"))


RESTORED = "The locked cell {} was changed; it was restored."
MISSING = "The cell {} was missing; it was put back."
TWICE = "The cell {} was there 2 times."
ORDER = "Cells were in another order; they were judged in the order of the notebook you were given."
TYPE = "The cell {} was a {} cell; it is a code cell again."

# How it was damaged, what it still scores of 20, and which repairs are noted ("..." if only some are looked for).
DAMAGE: list[tuple[Callable[[Any], None], float, list[Any]]] = [
    (nothing, 20, []),
    (duplicated_solution, 20, [TWICE.format("double")]),
    (duplicated_stub_below, 20, [TWICE.format("double")]),
    (duplicated_test, 20, [TWICE.format("test_mean_of"), ...]),
    (duplicated_wrong_then_right, 20, [TWICE.format("double")]),
    (every_cell_twice, 20, [TWICE.format("double"), TWICE.format("setup"), TWICE.format("test_double"), ...]),
    (split_solution, 20, []),
    (deleted_solution, 16, [MISSING.format("double")]),
    (deleted_test, 20, [MISSING.format("test_double")]),
    (deleted_setup, 20, [MISSING.format("setup")]),
    (deleted_texts, 20, []),
    (only_solutions_left, 20, [MISSING.format("setup"), MISSING.format("test_double"), ...]),
    (reversed_cells, 20, [ORDER]),
    (retyped_as_text, 20, [TYPE.format("double", "markdown")]),
    (retyped_test_as_raw, 20, [TYPE.format("test_double", "raw")]),
    (lost_metadata, 20, []),
    (lost_metadata_and_ids, 20, []),
    (forged_points, 20, []),
    (forged_test_cell, 20, [RESTORED.format("test_double")]),
    (forged_grade_ids_swapped, 20, [RESTORED.format("test_double"), RESTORED.format("test_mean_of"), ...]),
    (unlocked_everything, 20, []),
    (odd_metadata, 20, []),
    (changed_setup, 20, [RESTORED.format("setup")]),
    (solution_in_a_locked_cell, 20, [RESTORED.format("test_double")]),
    (solution_pasted_below, 20, []),
    (solution_pasted_above, 20, []),
    (solution_pasted_at_the_end, 20, []),
    (all_solutions_in_one_cell, 20, []),
    (solution_in_a_text_turned_into_code, 20, []),
    (wrong_attempt_kept_above, 20, [TWICE.format("double")]),
    (helper_cell_in_between, 20, []),
    (empty_cells_everywhere, 20, []),
    (solution_cell_emptied, 16, []),
    (missing_ids, 20, []),
    (repeated_ids, 20, []),
    (another_kernel, 20, []),
    (no_notebook_metadata, 20, []),
    (newer_format, 20, ["The notebook's format was 5, not 4."]),
    (format_is_text, 20, ["The notebook's format was 4, not 4."]),
    (source_as_lines, 20, []),
    (windows_line_ends, 20, []),
    (broken_cells, 20, ["5 damaged cell(s) could not be read."]),
    (huge_outputs, 20, []),
    (odd_outputs, 20, []),
    (attachments_and_unknown_keys, 20, []),
    (lone_surrogates, 20, []),
    (nul_characters, 20, []),
]


@pytest.fixture
def damaged(tiny: Assignment, make_notebook: Callable[..., Any], tmp_path: Path) -> Callable[..., Path]:
    """Writes a right notebook with one kind of damage."""
    import json

    def damaged(damage: Callable[[Any], None]) -> Path:
        notebook = make_notebook()
        stubs = notebook_of(tiny)
        for name in RIGHT:
            notebook.metadata[f"stub of {name}"] = cell_of(stubs, name).source
        damage(notebook)
        path = tmp_path / "tiny.ipynb"
        path.write_text(json.dumps(notebook), encoding="utf-8")
        return path

    return damaged


@pytest.mark.parametrize(("damage", "score", "repairs"), DAMAGE, ids=[row[0].__name__ for row in DAMAGE])
def test_a_damaged_notebook_is_mended_and_scores_what_the_work_deserves(
    grader: Grader, damaged: Callable[..., Path], damage: Callable[[Any], None], score: float, repairs: list[Any]
) -> None:
    graded = grader.grade(damaged(damage), "student-001")
    report = graded.report
    assert report.status is Status.GRADED
    assert report.score == score
    assert report.max_score == 20
    if ... in repairs:
        assert set(repairs) - {...} <= set(report.repairs)
    else:
        assert sorted(report.repairs) == sorted(repairs)
    nbformat.validate(graded.notebook)
    nbformat.writes(graded.notebook).encode("utf-8")
    assert [grade_id(cell) for cell in graded.notebook.cells if grade_id(cell)] == [
        grade_id(cell) for cell in grader.assignment.release.cells if grade_id(cell)
    ]


def test_an_untouched_release_needs_no_repair(tiny: Assignment, tmp_path: Path) -> None:
    path = tmp_path / "tiny.ipynb"
    nbformat.write(tiny.release, path)
    submission = read_submission(path, tiny, "student-001")
    assert submission.repairs == ()
    assert submission.problem is None
    assert submission.untouched == {"double", "mean_of", "double_mean"}
    assert [cell.source for cell in submission.notebook.cells] == [cell.source for cell in tiny.release.cells]


def found_in(notebook: Any) -> list[Found]:
    return [Found(cell.cell_type, cell.source, grade_id(cell), cell.get("id")) for cell in notebook.cells]


def repaired_from(tiny: Assignment, notebook: Any) -> Repaired:
    return repair(tiny, found_in(notebook))


def test_repairing_never_changes_the_assignment(tiny: Assignment, make_notebook: Callable[..., Any]) -> None:
    before = nbformat.writes(tiny.release)
    repaired_from(tiny, make_notebook(extra={"setup": "x = 1"})).notebook.cells[0].source = "changed"
    assert nbformat.writes(tiny.release) == before


def test_extra_cells_run_where_the_student_put_them(tiny: Assignment, make_notebook: Callable[..., Any]) -> None:
    repaired = repaired_from(tiny, make_notebook(extra={"setup": "a = 1", "test_double": "b = 2"}))
    labels = [cell.label for cell in repaired.cells]
    assert labels == ["setup", "cell 3", "double", "cell 7", "mean_of", "double_mean", "show"]
    assert [repaired.notebook.cells[cell.position].source for cell in repaired.cells] == [
        cell.source for cell in repaired.cells
    ]


def test_a_stub_left_below_the_students_own_cell_does_not_run(tiny: Assignment) -> None:
    notebook = notebook_of(tiny, extra={"setup": RIGHT["double"]})
    repaired = repaired_from(tiny, notebook)
    assert "double" not in [cell.label for cell in repaired.cells]
    assert repaired.untouched == {"mean_of", "double_mean"}


@pytest.mark.parametrize(
    "code",
    ["double = lambda x: 2 * x", "double: object = abs", "async def double(x): pass", "class double: pass"],
)
def test_any_way_to_define_a_name_counts_as_an_attempt(tiny: Assignment, code: str) -> None:
    assert "double" not in repaired_from(tiny, notebook_of(tiny, extra={"setup": code})).untouched


@pytest.mark.parametrize(
    "code",
    ["double == 1", "doubles = 3", "print(double)", "    double = 1", "# def double(x):", "x.double = 1"],
)
def test_merely_mentioning_a_name_is_no_attempt(tiny: Assignment, code: str) -> None:
    assert "double" in repaired_from(tiny, notebook_of(tiny, extra={"setup": code})).untouched


def test_white_space_in_a_stub_is_no_attempt(tiny: Assignment) -> None:
    stub = cell_of(tiny.release, "double").source
    assert "double" in repaired_from(tiny, notebook_of(tiny, {"double": f"\n{stub}\n\n   "})).untouched


def test_some_other_notebook_is_not_recognised(tiny: Assignment) -> None:
    other = nbformat.v4.new_notebook(cells=[CODE("print('hello')"), TEXT("# Title")])
    assert not repaired_from(tiny, other).recognised
    assert not repair(tiny, []).recognised
    assert repaired_from(tiny, nbformat.v4.new_notebook(cells=[CODE(RIGHT["double"])])).recognised


def test_a_graded_notebook_handed_in_again_scores_the_same(grade: Callable[..., Graded], tmp_path: Path) -> None:
    first = grade({"double": "def double(x):\n    return x * x"})
    path = tmp_path / "again.ipynb"
    nbformat.write(first.notebook, path)
    second = grade(path)
    assert second.report.score == first.report.score
    assert second.report.exercises == first.report.exercises
