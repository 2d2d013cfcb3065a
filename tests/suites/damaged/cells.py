"""Damage within the notebook: cells, metadata, format."""

from __future__ import annotations

import copy
import json
from typing import Any

import nbformat
from helpers import RIGHT, cell_of

from autograder.course.marked_cells import grade_id
from damaged.case import right, stub, to_cells

CODE = nbformat.v4.new_code_cell
TEXT = nbformat.v4.new_markdown_cell
WRONG = "def double(x):\n    return x"

RESTORED = "The locked cell {} is not as the assignment has it now; today's was used."
MISSING = "The cell {} was missing; it was put back."
SEVERAL_MISSING = "The cells {} were missing; they were put back."
TWICE = "The cell {} was there 2 times; the last one with work in it counts."
LOCKED_TWICE = "The cell {} was there 2 times."
TYPE = "The cell {} was a {} cell; it is a code cell again."
SPLIT = "The cell {} was split; its parts were put together."
ELSEWHERE = "{} was found in another cell."
LOST = "{} cell(s) had lost nbgrader's marks"
MARKS = "nbgrader's marks of {} are not as the assignment has them now; today's were used."
HOLDS = "The cell {} holds {}; it was judged as that."
ORDER = "Cells were in another order"
IDS = "Different cells had the same id"
DAMAGED = "{} damaged cell(s) could not be read."
LINE_ENDS = "The line ends of another system were made plain ones."
NOT_THERE = "The cells were not where they should be in the file; they were found."
CHARACTERS = "Characters that code can't hold were taken out."
ALL_CELLS = ("setup", "double", "test_double", "mean_of", "test_mean_of", "double_mean", "test_double_mean", "show")


def index_of(nb: Any, name: str) -> int:
    return next(index for index, cell in enumerate(nb.cells) if grade_id(cell) == name)


def copy_of(nb: Any, name: str, source: str | None = None) -> Any:
    """A copy of a cell as Jupyter makes it: with its metadata, but an id of its own."""
    made = copy.deepcopy(cell_of(nb, name))
    made.id = f"copy-of-{made.id}"
    made.source = made.source if source is None else source
    return made


def put_after(nb: Any, name: str, *cells: Any) -> None:
    position = index_of(nb, name) + 1
    nb.cells[position:position] = cells


def put_before(nb: Any, name: str, *cells: Any) -> None:
    position = index_of(nb, name)
    nb.cells[position:position] = cells


def retype(cell: Any, kind: str) -> None:
    cell.cell_type = kind
    for key in ("outputs", "execution_count"):
        cell.pop(key, None)


@to_cells()
def whole(nb: Any) -> None:
    """As it was handed in."""


# Cells that are there more than once


@to_cells(TWICE.format("double"))
def duplicated_solution(nb: Any) -> None:
    put_after(nb, "double", copy_of(nb, "double"))


@to_cells(TWICE.format("double"))
def duplicated_stub_below(nb: Any) -> None:
    put_after(nb, "double", copy_of(nb, "double", stub("double")))


@to_cells(TWICE.format("double"))
def duplicated_stub_above(nb: Any) -> None:
    put_before(nb, "double", copy_of(nb, "double", stub("double")))


@to_cells(TWICE.format("double"))
def duplicated_and_emptied(nb: Any) -> None:
    nb.cells.append(copy_of(nb, "double", " \n"))


@to_cells(TWICE.format("double"))
def duplicated_wrong_then_right(nb: Any) -> None:
    put_before(nb, "double", copy_of(nb, "double", WRONG))


@to_cells(TWICE.format("double"), points=(0, 6, 10))
def duplicated_right_then_wrong(nb: Any) -> None:
    put_after(nb, "double", copy_of(nb, "double", WRONG))


@to_cells("The cell double was there 3 times; the last one with work in it counts.")
def three_versions(nb: Any) -> None:
    put_before(nb, "double", copy_of(nb, "double", WRONG))
    put_before(nb, "double", copy_of(nb, "double", "def double(x):\n    return 1 / 0"))


@to_cells(TWICE.format("double"))
def wrong_attempt_kept_above(nb: Any) -> None:
    attempt = copy_of(nb, "double", "def double(x):\n    return helper(x)")
    put_before(nb, "double", attempt, CODE("def helper(x):\n    return 2 * x"))
    cell_of(nb, "mean_of").source = "def mean_of(x):\n    return helper(x).mean().item() / 2"


@to_cells(TWICE.format("double"))
def copy_used_to_try_it(nb: Any) -> None:
    nb.cells.append(copy_of(nb, "double", "print(double(values))"))


@to_cells(TWICE.format("double"), points=(0, 6, 10))
def stub_and_a_copy_used_to_try_it(nb: Any) -> None:
    cell_of(nb, "double").source = stub("double")
    nb.cells.append(copy_of(nb, "double", "print(double(values))"))


@to_cells(LOCKED_TWICE.format("test_mean_of"))
def duplicated_test(nb: Any) -> None:
    nb.cells.append(copy_of(nb, "test_mean_of"))


@to_cells(LOCKED_TWICE.format("setup"), LOCKED_TWICE.format("test_double"))
def copies_of_locked_cells_with_code_of_their_own(nb: Any) -> None:
    put_before(nb, "setup", copy_of(nb, "setup", "factor = 2"))
    put_after(nb, "mean_of", copy_of(nb, "test_double", "def twice(x):\n    return factor * x"))
    cell_of(nb, "double").source = "def double(x):\n    return twice(x)"


@to_cells(*[(TWICE if name in RIGHT else LOCKED_TWICE).format(name) for name in ALL_CELLS])
def every_cell_twice(nb: Any) -> None:
    nb.cells = [copy.deepcopy(cell) for cell in nb.cells for _ in range(2)]


# Cells that were split


@to_cells()
def split_between_statements(nb: Any) -> None:
    cell_of(nb, "double").source = "factor = 2"
    put_after(nb, "double", CODE("def double(x):\n    return factor * x"))


@to_cells(TWICE.format("double"))
def split_between_statements_by_jupyterlab(nb: Any) -> None:
    put_after(nb, "double", copy_of(nb, "double", "def double(x):\n    return factor * x"))
    cell_of(nb, "double").source = "factor = 2"


@to_cells(SPLIT.format("double"))
def split_in_the_function_by_jupyterlab(nb: Any) -> None:
    put_after(nb, "double", copy_of(nb, "double", "    return y"))
    cell_of(nb, "double").source = 'def double(x):\n    """Twice x."""\n    y = 2 * x\n'


@to_cells(SPLIT.format("double"))
def split_in_the_function_by_the_classic_notebook(nb: Any) -> None:
    put_before(nb, "double", CODE("def double(x):"))
    cell_of(nb, "double").source = "    return 2 * x"


@to_cells(SPLIT.format("double"))
def split_in_the_middle_of_a_line(nb: Any) -> None:
    cell_of(nb, "double").source = "def double(x):\n    return 2"
    put_after(nb, "double", CODE(" * x"))


@to_cells(SPLIT.format("double"))
def split_below_a_decorator(nb: Any) -> None:
    cell_of(nb, "double").source = "@torch.enable_grad()"
    put_after(nb, "double", CODE(RIGHT["double"]))


@to_cells(LOST.format(6), SPLIT.format("double"), SEVERAL_MISSING.format("setup, show"))
def split_and_marks_lost(nb: Any) -> None:
    put_after(nb, "double", CODE("    return 2 * x"))
    cell_of(nb, "double").source = "def double(x):"
    nb.cells = [cell for cell in nb.cells if grade_id(cell) not in ("setup", "show")]
    for number, cell in enumerate(nb.cells):
        cell.id, cell.metadata = f"other-{number}", {}


@to_cells(points=(0, 6, 10))
def code_below_that_only_looks_like_a_part(nb: Any) -> None:
    cell_of(nb, "double").source = "def double(x):\n    y = 2 * x"
    put_after(nb, "double", CODE("    print('an indented cell runs in Jupyter, too')"))


@to_cells(points=(0, 6, 10))
def a_mistake_next_to_another(nb: Any) -> None:
    cell_of(nb, "double").source = "def double(x:\n    return 2 * x"
    put_after(nb, "double", CODE("!ls -l"), CODE(")("))


# Cells that are gone


@to_cells(MISSING.format("double"), points=(0, 6, 10))
def deleted_solution(nb: Any) -> None:
    nb.cells.remove(cell_of(nb, "double"))


@to_cells(MISSING.format("test_double"))
def deleted_test(nb: Any) -> None:
    nb.cells.remove(cell_of(nb, "test_double"))


@to_cells(MISSING.format("setup"))
def deleted_setup(nb: Any) -> None:
    nb.cells.remove(cell_of(nb, "setup"))


@to_cells()
def deleted_texts(nb: Any) -> None:
    nb.cells = [cell for cell in nb.cells if cell.cell_type == "code"]


@to_cells(SEVERAL_MISSING.format(", ".join(name for name in ALL_CELLS if name not in RIGHT)))
def only_solutions_left(nb: Any) -> None:
    nb.cells = [cell for cell in nb.cells if grade_id(cell) in RIGHT]


@to_cells(SEVERAL_MISSING.format("double, mean_of, double_mean"), points=(0, 0, 0))
def no_solutions_left(nb: Any) -> None:
    nb.cells = [cell for cell in nb.cells if grade_id(cell) not in RIGHT]


@to_cells(points=(0, 6, 10))
def solution_cell_emptied(nb: Any) -> None:
    cell_of(nb, "double").source = ""


# Cells in other places, of other types


@to_cells(ORDER)
def reversed_order(nb: Any) -> None:
    nb.cells = nb.cells[::-1]


@to_cells(ORDER)
def solutions_moved_to_the_end(nb: Any) -> None:
    nb.cells.sort(key=lambda cell: grade_id(cell) in RIGHT)


@to_cells(TYPE.format("double", "markdown"))
def retyped_as_text(nb: Any) -> None:
    retype(cell_of(nb, "double"), "markdown")


@to_cells(TYPE.format("double", "raw"))
def retyped_as_raw(nb: Any) -> None:
    retype(cell_of(nb, "double"), "raw")


@to_cells(LOST.format(1), TYPE.format("double", "markdown"))
def retyped_and_marks_lost(nb: Any) -> None:
    cell = cell_of(nb, "double")
    retype(cell, "markdown")
    cell.metadata, cell.id = {}, "another"


@to_cells(TYPE.format("test_double", "raw"))
def retyped_test(nb: Any) -> None:
    retype(cell_of(nb, "test_double"), "raw")


@to_cells()
def no_types(nb: Any) -> None:
    for cell in nb.cells:
        del cell["cell_type"]


@to_cells(ELSEWHERE.format("double"))
def solution_in_a_text_turned_into_code(nb: Any) -> None:
    cell_of(nb, "double").source = stub("double")
    text = next(cell for cell in nb.cells if cell.id == "about-double")
    text.update(cell_type="code", source=RIGHT["double"], outputs=[], execution_count=None)


# Metadata lost or forged


@to_cells(LOST.format(8))
def lost_metadata(nb: Any) -> None:
    for cell in nb.cells:
        cell.metadata = {}


@to_cells(LOST.format(8))
def lost_metadata_and_ids(nb: Any) -> None:
    for number, cell in enumerate(nb.cells):
        cell.metadata = {}
        cell.id = f"other-{number}"


@to_cells(LOST.format(4))
def odd_metadata(nb: Any) -> None:
    odd = [None, 5, [], "x", {"nbgrader": 5}, {"nbgrader": {"grade_id": 7}}]
    for cell, metadata in zip(nb.cells, odd * 9, strict=False):
        if not grade_id(cell) or "double" in cell.source:
            cell["metadata"] = metadata


@to_cells(MARKS.format("test_double"))
def forged_points(nb: Any) -> None:
    cell_of(nb, "test_double").metadata.nbgrader.points = 1000


@to_cells(RESTORED.format("test_double"), points=(0, 6, 10))
def forged_test_cell(nb: Any) -> None:
    cell_of(nb, "double").source = WRONG
    cell_of(nb, "test_double").source = "1000"


@to_cells(MARKS.format(", ".join(ALL_CELLS)))
def unlocked_everything(nb: Any) -> None:
    for cell in nb.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.update(locked=False, grade=not cell.metadata.nbgrader.grade)


@to_cells(
    MARKS.format("test_double, test_mean_of"),
    "The locked cells test_mean_of, test_double are not as the assignment has them now; today's were used.",
    ORDER,
)
def marks_of_tests_swapped(nb: Any) -> None:
    first, second = cell_of(nb, "test_double"), cell_of(nb, "test_mean_of")
    first.metadata.nbgrader.grade_id, second.metadata.nbgrader.grade_id = "test_mean_of", "test_double"


@to_cells(HOLDS.format("mean_of", "double"), HOLDS.format("double", "mean_of"))
def exercise_marks_swapped(nb: Any) -> None:
    first, second = cell_of(nb, "double"), cell_of(nb, "mean_of")
    first.metadata.nbgrader.grade_id, second.metadata.nbgrader.grade_id = "mean_of", "double"


@to_cells(HOLDS.format("mean_of", "double"), HOLDS.format("double", "mean_of"), points=(4, 0, 10))
def exercise_marks_swapped_and_one_not_done(nb: Any) -> None:
    exercise_marks_swapped(nb)
    cell_of(nb, "double").source = stub("mean_of")


@to_cells("nbgrader's marks of double are not", HOLDS.format("double", "mean_of"), ...)
def every_cell_marked_as_one(nb: Any) -> None:
    for cell in nb.cells:
        if grade_id(cell):
            cell.metadata.nbgrader.grade_id = "double"


@to_cells(TWICE.format("double"))
def helper_marked_as_a_solution(nb: Any) -> None:
    cell_of(nb, "double").source = "def double(x):\n    return helper(x)"
    put_after(nb, "mean_of", copy_of(nb, "double", "def helper(x):\n    return x + x"))


@to_cells(LOST.format(3))
def marks_of_no_cell(nb: Any) -> None:
    for name in RIGHT:
        cell_of(nb, name).metadata.nbgrader.grade_id = f"no-{name}"


# Locked cells changed, solutions in other cells


@to_cells(RESTORED.format("setup"))
def changed_setup(nb: Any) -> None:
    cell_of(nb, "setup").source = "import torch\nvalues = None"


@to_cells(RESTORED.format("setup"))
def import_added_to_a_locked_cell(nb: Any) -> None:
    cell_of(nb, "setup").source += "\nimport math as m, statistics"
    cell_of(nb, "double").source = "def double(x):\n    return m.sqrt(4) * x"


@to_cells(RESTORED.format("test_double"), ELSEWHERE.format("double"))
def solution_in_a_locked_cell(nb: Any) -> None:
    test = cell_of(nb, "test_double")
    test.source = f"{RIGHT['double']}\n\n{test.source}"
    cell_of(nb, "double").source = stub("double")


@to_cells(ELSEWHERE.format("double"))
def solution_pasted_below(nb: Any) -> None:
    cell_of(nb, "double").source = stub("double")
    put_after(nb, "double", CODE(RIGHT["double"]))


@to_cells(ELSEWHERE.format("double"))
def solution_pasted_above(nb: Any) -> None:
    cell_of(nb, "double").source = stub("double")
    put_before(nb, "double", CODE(RIGHT["double"]))


@to_cells("double, mean_of, double_mean were found in another cell.")
def all_solutions_in_one_cell(nb: Any) -> None:
    for name in RIGHT:
        cell_of(nb, name).source = stub(name)
    nb.cells.append(CODE("\n\n".join(RIGHT.values())))


@to_cells(LOST.format(1), ORDER, "double, double_mean were found in another cell.")
def all_solutions_in_one_cell_at_the_end(nb: Any) -> None:
    for name in RIGHT:
        cell_of(nb, name).source = stub(name)
    nb.cells.remove(cell_of(nb, "mean_of"))
    nb.cells.append(CODE("\n\n".join(RIGHT.values())))


@to_cells()
def helper_cell_in_between(nb: Any) -> None:
    cell_of(nb, "double").source = "def double(x):\n    return helper(x)"
    put_after(nb, "setup", CODE("helper = lambda x: x + x"))


@to_cells()
def empty_cells_everywhere(nb: Any) -> None:
    nb.cells = [each for cell in nb.cells for each in (cell, CODE("  \n"), TEXT(""))]


@to_cells(points=(0, 6, 10))
def conflict_of_git_in_a_cell(nb: Any) -> None:
    cell_of(nb, "double").source = f"<<<<<<< HEAD\n{RIGHT['double']}\n=======\n{WRONG}\n>>>>>>> theirs"


@to_cells()
def the_notebook_in_itself(nb: Any) -> None:
    nb.cells.append(CODE(json.dumps(nb)))
    nb.cells.append({"cells": copy.deepcopy(nb.cells), "cell_type": "code"})


# The notebook's own form


@to_cells()
def missing_ids(nb: Any) -> None:
    for cell in nb.cells:
        del cell["id"]


@to_cells(IDS)
def repeated_ids(nb: Any) -> None:
    for cell in nb.cells:
        cell["id"] = "same"


@to_cells(IDS, LOST.format(8))
def marks_lost_and_all_ids_that_of_one_cell(nb: Any) -> None:
    for cell in nb.cells:
        cell["id"], cell["metadata"] = "mean-of", {}


@to_cells()
def another_kernel(nb: Any) -> None:
    nb.metadata["kernelspec"] = {"name": "my-env", "display_name": "My environment", "language": "python"}


@to_cells("The notebook's language was R; it was judged as Python.")
def another_language(nb: Any) -> None:
    nb.metadata["kernelspec"] = {"name": "ir", "display_name": "R", "language": "R"}


@to_cells()
def no_notebook_metadata(nb: Any) -> None:
    del nb["metadata"]


@to_cells()
def notebook_metadata_is_a_list(nb: Any) -> None:
    nb["metadata"] = [{"kernelspec": 5}]


@to_cells("The notebook's format was 5, not 4.")
def newer_format(nb: Any) -> None:
    nb["nbformat"], nb["nbformat_minor"] = 5, 99


@to_cells()
def format_is_text(nb: Any) -> None:
    nb["nbformat"], nb["nbformat_minor"] = "4", "5"


@to_cells("The notebook's format was missing, not 4.")
def no_format(nb: Any) -> None:
    del nb["nbformat"], nb["nbformat_minor"]


@to_cells("The notebook's format was nan, not 4.")
def numbers_that_are_none(nb: Any) -> None:
    nb["nbformat"], nb["nbformat_minor"] = float("nan"), float("-inf")
    nb.cells[1]["execution_count"] = float("inf")


@to_cells("The notebook's format was odd, not 4.")
def format_is_a_list(nb: Any) -> None:
    nb["nbformat"] = [4, [4]]


@to_cells(NOT_THERE)
def cells_in_worksheets(nb: Any) -> None:
    nb["worksheets"] = [{"cells": nb.pop("cells")[:4]}, None, {"cells": right().cells[4:]}]


@to_cells(NOT_THERE)
def cells_in_a_dict(nb: Any) -> None:
    nb["cells"] = {str(number): cell for number, cell in enumerate(nb["cells"])}


@to_cells(DAMAGED.format(5))
def broken_cells(nb: Any) -> None:
    nb.cells += [None, 5, [], "text", {"cell_type": "code", "source": 7}, {"cell_type": "code"}, {}]


@to_cells()
def sources_as_lines(nb: Any) -> None:
    for cell in nb.cells:
        cell["source"] = cell["source"].splitlines(keepends=True)


@to_cells()
def sources_as_lines_without_ends(nb: Any) -> None:
    for cell in nb.cells:
        cell["source"] = cell["source"].splitlines()


@to_cells()
def sources_as_lists_of_lists(nb: Any) -> None:
    for cell in nb.cells:
        cell["source"] = [[line, [None]] for line in cell["source"].splitlines(keepends=True)]


@to_cells(LINE_ENDS)
def line_ends_of_windows(nb: Any) -> None:
    for cell in nb.cells:
        cell["source"] = cell["source"].replace("\n", "\r\n")


@to_cells(LINE_ENDS, ELSEWHERE.format("double"))
def line_ends_of_old_macs(nb: Any) -> None:
    cell_of(nb, "double").source = stub("double")
    nb.cells.append(CODE(f"x = 1\n{RIGHT['double']}"))
    for cell in nb.cells:
        cell["source"] = cell["source"].replace("\n", "\r")


@to_cells(CHARACTERS)
def lone_surrogates(nb: Any) -> None:
    cell_of(nb, "double")["source"] += '\nnote = "\ud800"'


@to_cells(CHARACTERS)
def nul_characters(nb: Any) -> None:
    cell_of(nb, "double").source = "def double(x):\0\n    return 2 * x\0"


@to_cells()
def stale_outputs(nb: Any) -> None:
    cell_of(nb, "test_double")["outputs"] = [
        {"output_type": "execute_result", "data": {"text/plain": "1000"}, "metadata": {}, "execution_count": 1},
        {"output_type": "error", "ename": "NameError", "evalue": "double", "traceback": ["\x1b[31m"]},
    ]


@to_cells()
def odd_outputs(nb: Any) -> None:
    cell_of(nb, "double")["outputs"] = 5
    cell_of(nb, "mean_of")["outputs"] = [{"output_type": "nonsense"}]
    cell_of(nb, "mean_of")["execution_count"] = 10**4000


@to_cells()
def attachments_and_unknown_keys(nb: Any) -> None:
    for cell in nb.cells:
        cell["attachments"] = {"a.png": {"image/png": "!!"}}
        cell["unknown"] = {"deep": [1, 2]}


@to_cells()
def deep_metadata(nb: Any) -> None:
    deep: Any = 1
    for _ in range(300):
        deep = [{"deeper": deep}]
    nb["metadata"] = nb.cells[1]["unknown"] = deep


@to_cells()
def state_of_widgets_of_15_megabytes(nb: Any) -> None:
    nb.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": "x" * (15 << 20)}}


@to_cells()
def a_line_of_two_megabytes(nb: Any) -> None:
    cell_of(nb, "double").source += f"\nnote = '{'x' * (2 << 20)}'"


@to_cells("The notebook has 20012 cells; the first 5000 were read.")
def many_cells(nb: Any) -> None:
    nb.cells += [{"cell_type": "markdown", "source": "text"}] * 20_000


@to_cells(
    DAMAGED.format(1),
    SPLIT.format("mean_of"),
    TYPE.format("double", "markdown"),
    TWICE.format("double_mean"),
    RESTORED.format("test_double"),
    SEVERAL_MISSING.format("setup, show"),
    ORDER,
)
def many_kinds_of_damage(nb: Any) -> None:
    retype(cell_of(nb, "double"), "markdown")
    cell_of(nb, "test_double").source = "4"
    nb.cells.append(copy_of(nb, "double_mean", stub("double_mean")))
    nb.cells = nb.cells[:1:-1]
    nb.cells.remove(cell_of(nb, "show"))
    put_after(nb, "mean_of", CODE("    return x.mean().item()"))
    cell_of(nb, "mean_of").source = "def mean_of(x):"
    nb.cells.append(None)
