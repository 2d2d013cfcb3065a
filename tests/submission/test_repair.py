"""What a repaired notebook is made of: which cells run, in which order, and what counts as an attempt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from helpers import RIGHT, cell_of, notebook_of

from autograder.checks import handed_in
from autograder.course.assignment import Assignment
from autograder.course.marked_cells import grade_id
from autograder.judge.unjudged import Graded
from autograder.submission.repair import Repaired, repair
from autograder.submission.submission import read_submission
from autograder.submission.submitted_cell import SubmittedCell

CODE = nbformat.v4.new_code_cell
TEXT = nbformat.v4.new_markdown_cell


def test_an_untouched_release_needs_no_repair(tiny: Assignment, tmp_path: Path) -> None:
    path = tmp_path / "tiny.ipynb"
    nbformat.write(tiny.release, path)
    submission = read_submission(path, tiny, "student-001")
    assert submission.repairs == ()
    assert submission.problem is None
    assert submission.untouched == {"double", "mean_of", "double_mean"}
    assert [cell.source for cell in submission.notebook.cells] == [cell.source for cell in tiny.release.cells]


def found_in(notebook: Any) -> list[SubmittedCell]:
    return [SubmittedCell(cell.cell_type, cell.source, grade_id(cell), cell.get("id")) for cell in notebook.cells]


def repaired_from(tiny: Assignment, notebook: Any) -> Repaired:
    return repair(tiny, found_in(notebook))


def test_a_notebook_of_another_version_is_said_to_be_one_in_one_sentence(
    tiny: Assignment, make_notebook: Callable[..., Any]
) -> None:
    notebook = make_notebook()
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("locked"):
            cell.source = f"# as it was last year\n{cell.source}"
    repaired = repaired_from(tiny, notebook)
    assert repaired.repairs == (handed_in.OTHER_RELEASE,)
    assert repaired.untouched == frozenset()
    assert "last year" not in "".join(cell.source for cell in repaired.cells)


def test_a_cell_that_the_instructor_changed_after_the_release_is_blamed_on_nobody(
    tiny: Assignment, make_notebook: Callable[..., Any], tmp_path: Path
) -> None:
    notebook = make_notebook()
    test = cell_of(notebook, "test_double")
    test.source += "\n# as it was released"
    test.metadata.nbgrader["points"] = 3
    path = tmp_path / "tiny.ipynb"
    nbformat.write(notebook, path)
    assert read_submission(path, tiny, "student-001").repairs == (
        "nbgrader's marks of test_double are not as the assignment has them now; today's were used.",
        "The locked cell test_double is not as the assignment has it now; today's was used.",
    )


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


def test_cells_below_a_copy_stay_where_they_are(tiny: Assignment) -> None:
    notebook = notebook_of(tiny, RIGHT)
    again = {**cell_of(notebook, "double"), "id": "again", "source": "def double(x):\n    return x + x"}
    test = {**cell_of(notebook, "test_double"), "id": "test-again"}
    notebook.cells += [nbformat.from_dict(each) for each in (again, CODE("a = 1"), test, CODE("b = 2"))]
    labels = [cell.label for cell in repaired_from(tiny, notebook).cells]
    assert labels == ["setup", "cell 4", "double", "mean_of", "double_mean", "show", "cell 14", "cell 15"]


@pytest.mark.parametrize(
    "source",
    [
        "(" * 40_000,
        "-" * 40_000 + "1",
        "not " * 10_000 + "1",
        "1" + "+1" * 20_000,
        "a" + ".a" * 20_000,
        "a" + "[a" * 20_000,
        "lambda:" * 6_000 + "1",
        "1 if 1 else " * 4_000 + "1",
        "f'{" * 10_000,
        "\n".join(" " * depth + "if 1:" for depth in range(250)),
        "9" * 40_000,
        "x = 'a' * 10 ** 18",
        "x = 2 ** 10 ** 18",
        "'\\N{NO SUCH CHARACTER}'",
        "async " * 8_000,
    ],
    ids=lambda source: source[:10],
)
def test_looking_for_the_parts_of_a_split_cell_stands_any_code(tiny: Assignment, source: str) -> None:
    notebook = notebook_of(tiny, {**RIGHT, "double": source}, extra={"double": f"({source}"})
    sources = [cell.source for cell in repaired_from(tiny, notebook).cells]
    assert sources[1:3] == [source, f"({source}"]


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


SHEET = [TEXT("# Week 3: another sheet"), *(CODE(f"step_{number} = {number} * 2") for number in range(30))]

MORE = [CODE(f"another_{number} = {number}") for number in range(30)]


def notebook_with(cells: list[Any]) -> Any:
    return nbformat.v4.new_notebook(cells=cells)


@pytest.mark.parametrize(
    ("more", "there"),
    [
        ([CODE(RIGHT["double"])], 1),
        ([CODE("double = 3")], 1),
        ([CODE("from other import double")], 1),
        ([CODE("double = 3"), CODE("mean_of = x.mean()"), CODE("double_mean = double * mean_of")], 3),
        ([TEXT("# Tiny"), CODE(RIGHT["mean_of"])], 1),
        ([TEXT("Three small functions of a tensor."), CODE(RIGHT["mean_of"])], 1),
    ],
)
def test_another_notebook_is_known_by_how_little_of_the_frame_is_there(
    tiny: Assignment, more: list[Any], there: int
) -> None:
    repaired = repaired_from(tiny, notebook_with([*SHEET, *more]))
    assert repaired.recognised
    assert repaired.another == (there, 12)


def without_marks(notebook: Any) -> Any:
    """The same cells, of which nothing but the text is left."""
    return notebook_with(
        [CODE(cell.source) if cell.cell_type == "code" else TEXT(cell.source) for cell in notebook.cells]
    )


@pytest.mark.parametrize(
    "make",
    [
        lambda tiny: notebook_of(tiny),
        lambda tiny: notebook_of(tiny, {"double": RIGHT["double"]}),
        lambda tiny: notebook_of(tiny, RIGHT, extra={"setup": "\n".join(f"a{n} = {n}" for n in range(50))}),
        lambda tiny: notebook_with([*notebook_of(tiny, RIGHT).cells, *SHEET, *MORE]),
        lambda tiny: notebook_with([*without_marks(notebook_of(tiny, RIGHT)).cells, *SHEET, *MORE]),
        lambda tiny: without_marks(notebook_of(tiny)),
        lambda tiny: notebook_with([CODE(source) for source in RIGHT.values()]),
        lambda tiny: notebook_with([CODE("import torch"), CODE(RIGHT["double"]), CODE("double(torch.ones(3))")]),
        lambda tiny: notebook_with([CODE(RIGHT["double"]), CODE(RIGHT["mean_of"]), *SHEET]),
        lambda tiny: notebook_with([CODE("\n\n".join(cell.source for cell in notebook_of(tiny, RIGHT).cells)), *SHEET]),
        lambda tiny: notebook_with([CODE("\n".join(RIGHT.values()))]),
        lambda tiny: notebook_with(without_marks(notebook_of(tiny)).cells[:6] + SHEET),
    ],
    ids=[
        "untouched",
        "one exercise done",
        "a long cell added",
        "many cells added",
        "many added, marks lost",
        "marks lost",
        "definitions alone",
        "one definition tried out",
        "two definitions among many cells",
        "all in one cell",
        "a script",
        "the half that was given, and many cells",
    ],
)
def test_work_of_ones_own_is_no_other_notebook(tiny: Assignment, make: Callable[[Assignment], Any]) -> None:
    assert repaired_from(tiny, make(tiny)).another is None


def test_a_cell_that_is_not_there_is_told_from_one_that_was_left_as_it_was(tiny: Assignment) -> None:
    notebook = notebook_of(tiny)
    notebook.cells = [cell for cell in notebook.cells if grade_id(cell) not in ("double", "mean_of")]
    notebook.cells.append(CODE(RIGHT["mean_of"]))
    repaired = repaired_from(tiny, notebook)
    assert repaired.untouched == {"double", "double_mean"}
    assert repaired.missing == {"double"}
