"""What the notebook's checks say, and when: `lab.py` as a student's cells call it."""

from __future__ import annotations

import contextlib
import io
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pytest
from helpers import ROOT

from autograder.checks.python_errors import PYTHON_ERRORS
from autograder.checks.torch_errors import TORCH_ERRORS
from autograder.course.assignment import Assignment
from autograder.course.loading import load_assignment

SOURCE = ROOT / "source" / "logistic_regression"
MODULES = ("lab", "lab_checks", "lab_tools", "lab_pictures")


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A fresh `lab`, in which nothing has been checked."""
    import matplotlib as mpl

    mpl.use("agg")
    monkeypatch.syspath_prepend(str(SOURCE))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    for name in MODULES:
        sys.modules.pop(name, None)
    import lab  # type: ignore[import-not-found]

    yield lab
    for name in MODULES:
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def assignment() -> Assignment:
    return load_assignment(ROOT, "logistic_regression")


@pytest.fixture
def cells(lab: ModuleType, assignment: Assignment) -> dict[str, Any]:
    """The namespace of a notebook with all reference answers."""
    namespace: dict[str, Any] = {"__name__": "__main__", "lab": lab, "check": lab.check}
    exec("import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\nimport torch.optim as optim", namespace)
    for each in assignment.exercises:
        exec(each.reference, namespace)
    return namespace


def shown(cells: dict[str, Any], code: str, call: str) -> str:
    """What the check says of other code in one cell."""
    exec(compile(code, "<cell>", "exec"), cells)
    return str(eval(compile(call, "<check>", "eval"), cells))


def test_the_table_of_exercises_is_the_notebooks(lab: ModuleType, assignment: Assignment) -> None:
    found = [(each.name, each.points, each.functions) for each in lab.EXERCISES]
    assert found == [(each.name, each.points, each.functions) for each in assignment.exercises]
    first = nbformat.read(SOURCE / "logistic_regression.ipynb", 4).cells[0].source
    for each in lab.EXERCISES:
        assert f"| {each.number} | [{each.title}](#exercise-{each.number}) |" in first


def test_an_exercise_says_that_it_waits_for_a_wrong_one_that_it_uses(cells: dict[str, Any]) -> None:
    wrong = "def hypothesis(x, W, b):\n    return torch.sigmoid(x @ W - b)"
    said = shown(cells, wrong, "check(train)")
    headline, why, _ = said.splitlines()
    assert headline == "… Exercise 6 waits for Exercise 2."
    assert why.startswith(
        "    It uses what you write in Exercise 2 (the hypothesis with sigmoid), and that is not right yet. "
    )
    assert "✓ Exercise 8" in str(eval("check(BinaryClassifier)", cells)), "which uses none of them"


def test_an_exercise_says_that_it_waits_for_one_that_is_not_written(
    cells: dict[str, Any], assignment: Assignment
) -> None:
    said = shown(cells, assignment.exercise("accuracy").stub, "check(train_classifier)")
    assert said.startswith("… Exercise 9 waits for Exercise 7.")
    assert "and that is not written yet" in said


def test_an_exercise_that_is_wrong_itself_is_told_so(cells: dict[str, Any], assignment: Assignment) -> None:
    code = assignment.exercise("train").reference.replace("optimizer.zero_grad()", "pass")
    said = shown(cells, code, "check(train)").splitlines()
    assert said[0] == "✗ Exercise 6 is not right yet."
    assert said[1] == "    Called: `train(x_train, y_train, lr=0.1, nb_epochs=2)`"
    assert said[2].startswith("    Came back: the costs 0.6931, 0.6475, ")
    assert said[4] == "    Try: Only the third is off: are the old gradients cleared in each epoch?"


def test_a_function_under_two_names_is_checked_as_the_one_in_the_cell(cells: dict[str, Any]) -> None:
    assert shown(cells, "hypothesis = hypothesis_exp", "check(hypothesis)").startswith("✓ Exercise 2")
    assert shown(cells, "", "check(hypothesis_exp)").startswith("✓ Exercise 1")
    assert "all functions of one exercise" in shown(cells, "", "check(cost)")


def test_progress_counts_what_is_right_now(cells: dict[str, Any], lab: ModuleType) -> None:
    assert shown(cells, "", "check(hypothesis_exp)").endswith("1 of 9 exercises, 10 of 100 points; next: Exercise 2")
    assert shown(cells, "", "check(train)").endswith("2 of 9 exercises, 30 of 100 points; next: Exercise 2")
    wrong = "def train(x, y, lr=1.0, nb_epochs=1000):\n    return None"
    assert shown(cells, wrong, "check(train)").endswith("1 of 9 exercises, 10 of 100 points; next: Exercise 2")
    said = str(lab.progress())
    assert "✗ Exercise 6, Train the model (20 points): not right yet" in said
    assert "○ Exercise 2, The hypothesis with sigmoid (10 points): not checked yet" in said
    assert "You did it" not in said


@pytest.mark.parametrize(
    ("code", "came_back", "hint"),
    [
        ("return torch.sigmoid(x @ weight + b)", "NameError: name 'weight' is not defined", "Did you mean `weights`?"),
        ("return torch.sigmoid(weights @ x)", "RuntimeError: mat1 and mat2 shapes cannot be", "In `a @ b`, a needs as"),
        (
            "return x.sigmoidd()",
            "AttributeError: 'Tensor' object has no attribute",
            "There is nothing of that name in it",
        ),
        ("return 1 / 0", "ZeroDivisionError: division by zero", "Something is divided by 0"),
        ("raise SystemExit", "SystemExit", "Look at that line"),
        ("raise KeyboardInterrupt", "nothing: you stopped it", "Is there a loop that never ends?"),
        ("x @ weights + b", "None, as from a function without `return`", "The function gives nothing back"),
    ],
)
def test_what_raises_is_explained(cells: dict[str, Any], code: str, came_back: str, hint: str) -> None:
    said = shown(cells, f"def hypothesis(x, weights, b):\n    {code}", "check(hypothesis)")
    assert f"Came back: {came_back}" in said
    assert f"Try: {hint}" in said
    assert "Traceback" not in said


def test_a_warning_of_pytorch_is_explained_and_not_repeated(cells: dict[str, Any]) -> None:
    code = "def bce_cost(h, y):\n    return F.mse_loss(h, y.flatten())"
    with warnings.catch_warnings(record=True) as repeated, contextlib.redirect_stderr(io.StringIO()) as printed:
        said = shown(cells, code, "check(bce_cost)")
    assert "Try: Both need the same shape: leave out the `squeeze`" in said
    assert repeated == []
    assert printed.getvalue() == ""


def test_a_check_leaves_a_students_random_numbers_alone(cells: dict[str, Any]) -> None:
    exec("torch.manual_seed(7); first = torch.rand(1); torch.manual_seed(7)", cells)
    assert shown(cells, "", "check(BinaryClassifier)").startswith("✓")
    assert eval("torch.rand(1) == first", cells)


def test_where_nbgrader_runs_the_notebook_a_check_that_fails_is_an_error(
    cells: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "validate")
    assert shown(cells, "", "check(bce_cost)").startswith("✓")
    with pytest.raises(AssertionError, match=r"✗ Exercise 5 is not right yet\."):
        shown(cells, "def bce_cost(h, y):\n    return F.binary_cross_entropy(y, h)", "check(bce_cost)")


def test_no_check_tells_more_expected_values_than_those_of_the_first_answer_that_is_wrong(
    cells: dict[str, Any],
) -> None:
    said = shown(cells, "def hypothesis_exp(x, W, b):\n    return x @ W + b", "check(hypothesis_exp)")
    assert "0.5" in said
    assert "0.7311" not in said


def test_a_box_escapes_what_a_student_wrote(cells: dict[str, Any]) -> None:
    exec("def hypothesis(x, W, b):\n    return '<img src=x onerror=alert(1)>'", cells)
    box = eval("check(hypothesis)", cells)
    assert "<img" not in box._repr_html_()
    assert "&lt;img src=x" in box._repr_html_()


def test_pictures_say_in_words_what_they_show(cells: dict[str, Any], lab: ModuleType) -> None:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec("lab.picture_losses(element_loss)", cells)
    assert out.getvalue().startswith("[picture: Your losses over the expected ones")
    picture = sys.modules["lab_pictures"].Picture(("gif", b"film"), ("png", b"still"), words="A <line> turns.")
    page = picture._repr_html_()
    assert "alt='A &lt;line&gt; turns.'" in page
    assert re.search(r"@media print, \(prefers-reduced-motion\) { \.lab-moving { display: none } }", page)
    assert page.count("<img") == 2


def test_causes_are_told_in_the_words_of_the_grading(lab: ModuleType) -> None:
    known = [text for each in (*PYTHON_ERRORS, *TORCH_ERRORS) for text in (each.cause, each.here)]
    for pattern, cause in sys.modules["lab_tools"].CAUSES:
        words = set(re.findall(r"\w+", cause.lower()))
        best = max(len(words & set(re.findall(r"\w+", text.lower()))) / len(words) for text in known)
        assert best >= 0.5, (pattern, best)


def test_each_module_is_short(lab: ModuleType) -> None:
    lengths = {path.name: len(path.read_text().splitlines()) for path in SOURCE.glob("*.py")}
    assert {name: lines for name, lines in lengths.items() if lines > 350} == {}


def test_a_release_holds_all_files_that_its_first_cell_looks_for() -> None:
    release = ROOT / "release" / "logistic_regression"
    files = next(
        each.source for each in nbformat.read(release / "logistic_regression.ipynb", 4).cells if each.id == "files"
    )
    wanted = re.search(r"for name in (\[.*?\])", files)
    assert wanted is not None
    assert all((release / name).is_file() for name in eval(wanted[1]))
    assert {f"{name}.py" for name in MODULES} <= set(eval(wanted[1])), Path(release)


def test_a_cell_that_can_not_be_read_leaves_no_old_function_behind(cells: dict[str, Any], lab: ModuleType) -> None:
    class Shell:
        user_ns = cells

    cells["In"] = ["def bce_cost(h, y):\n    return ("]
    cells["display"] = print
    vars(lab.builtins)["display"] = said = io.StringIO().write  # what Jupyter has
    try:
        error = SyntaxError("'(' was never closed", ("<cell>", 2, 12, "    return (", 2, 13))
        vars(lab.builtins)["display"] = lambda box: said(box.text)
        lab._without_a_traceback(Shell(), SyntaxError, error, None)
    finally:
        del vars(lab.builtins)["display"]
    assert shown(cells, "", "check(bce_cost)").startswith("✗ The cell of `bce_cost` could not be read")
    again = "def bce_cost(h, y):\n    return F.binary_cross_entropy(h, y)"
    assert shown(cells, again, "check(bce_cost)").startswith("✓"), "once it has been run again"


@pytest.mark.parametrize(
    ("code", "call", "told"),
    [
        ("for epoch in range(nb_epochs + 1)", "for epoch in range(nb_epochs)", "Came back: W, b and 2 costs"),
        ("return W, b, costs", "return costs, W, b", "Are they returned in that order?"),
        ("return W, b, costs", "print(costs)", "The function gives nothing back"),
        ("optimizer.step()", "optimizer.step", "The cost never changes"),
        ("[W, b]", "[W]", "is b trained as well"),
        ("epoch_cost.item()", "epoch_cost.detach()", "Expected: floats"),
        ("x.shape[1]", "x.shape[0]", "In `a @ b`, a needs as many columns as b has rows"),
    ],
)
def test_each_slip_of_a_training_loop_has_a_hint_of_its_own(
    cells: dict[str, Any], assignment: Assignment, code: str, call: str, told: str
) -> None:
    right = assignment.exercise("train").reference
    assert code in right
    assert told in shown(cells, right.replace(code, call), "check(train)")


def test_an_error_is_told_with_the_line_of_the_function_that_is_checked(
    cells: dict[str, Any], assignment: Assignment
) -> None:
    import linecache

    code = assignment.exercise("train").reference.replace("x.shape[1]", "x.shape[0]")
    linecache.cache["<train>"] = (len(code), None, code.splitlines(keepends=True), "<train>")
    exec(compile(code, "<train>", "exec"), cells)
    said = str(eval("check(train)", cells))
    assert ", in line 19 of your cell: `h = hypothesis(x, W, b)`" in said


def test_what_is_half_written_is_said_to_be(cells: dict[str, Any], assignment: Assignment) -> None:
    code = assignment.exercise("batch_losses").reference.partition("def cost")[0]
    said = shown(cells, f"{code}\ndef cost(h, y):\n    raise NotImplementedError()", "check(batch_losses, cost)")
    assert said.startswith(
        "✗ Exercise 4 is not complete yet.\n    Shown: one loss a row.\n    Not written yet: what `cost(h, y)`"
    )
    said = shown(
        cells,
        "class BinaryClassifier(nn.Module):\n    def foward(self, x):\n        return x",
        "check(BinaryClassifier)",
    )
    assert "Came back: no parameters at all" in said


def test_functions_that_call_each_other_without_end_are_told_so(cells: dict[str, Any]) -> None:
    exec("def bce_cost(h, y):\n    return cost(h, y)", cells)
    said = shown(cells, "def cost(h, y):\n    return bce_cost(h, y)", "check(batch_losses, cost)")
    assert said.startswith("✗ Exercise 4 is not right yet.")
    assert "Came back: RecursionError" in said
    assert shown(cells, "", "check(bce_cost)").startswith("… Exercise 5 waits for Exercise 4.")


def test_a_cell_may_be_called_after_the_notebook_that_it_is_in(cells: dict[str, Any], assignment: Assignment) -> None:
    name = str(SOURCE / "logistic_regression.ipynb") + " Cell 7"
    exec(compile(assignment.exercise("bce").stub, name, "exec"), cells)
    assert str(eval("check(bce_cost)", cells)).startswith("○ Exercise 5 is not written yet.")
