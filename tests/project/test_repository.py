"""What the repository promises of its own files: the release leaks nothing and can be rebuilt, all is in its place."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import fields
from functools import cache
from itertools import chain
from pathlib import Path

import nbformat
import pytest

from autograder.course.assignment import Assignment
from autograder.course.loading import load_assignment
from autograder.report.exercise_result import CheckResult, ExerciseResult, Verdict
from autograder.report.report import Report, Status

ROOT = Path(__file__).resolve().parents[2]
ASSIGNMENTS = sorted(path.name for path in (ROOT / "source").iterdir() if path.is_dir())
MODULES = sorted((ROOT / "autograder").rglob("*.py"))
MAX_LINES = 260
_LEAKS = (
    "BEGIN SOLUTION",
    "END SOLUTION",
    "BEGIN HIDDEN",
    "END HIDDEN",
    "tests/hidden",
    "misconception",
    "MARK SCHEME",
)
# Lines as short as `return W, b` stand in docstrings and hints too.
_MIN_SOLUTION_CHARACTERS = 16
# Put together from parts, so that this file is not what it looks for.
_HOMES = "|".join(("ho" + "me", "ro" + "ot", "wo" + "rk", "op" + "t", "Us" + "ers"))
_MACHINE_PATHS = re.compile(rf"/(?:{_HOMES})/\w")
_PACKAGE_INDEX = re.compile("|".join(("index" + "-url", "find" + "-links", "trusted" + "-host", "/simp" + "le/")))


@cache
def tracked_files() -> tuple[Path, ...]:
    """Files that git has or would take, or, outside of a checkout, all that are not generated."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("this is not a git checkout")
    names = os.fsdecode(done.stdout).split("\0")
    return tuple(path for name in names if name and (path := ROOT / name).is_file())


@pytest.fixture(params=ASSIGNMENTS)
def assignment(request: pytest.FixtureRequest) -> Assignment:
    return load_assignment(ROOT, request.param)


def release_of(assignment: Assignment) -> Path:
    folder = ROOT / "release" / assignment.name
    assert folder.is_dir(), "run `make release`"
    return folder


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def run_tool(name: str, *arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    tool = str(Path(sys.executable).parent / name)
    kept = {key: value for key, value in os.environ.items() if key not in ("GRADEBOOK_URL", "NBGRADER_EXCHANGE")}
    kept["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
    return subprocess.run(
        [tool, *arguments], cwd=cwd, env=kept, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.slow
def test_the_release_is_byte_for_byte_what_nbgrader_makes_of_the_source(assignment: Assignment, tmp_path: Path) -> None:
    for name in ("course_config.py", "nbgrader_config.py"):
        shutil.copyfile(ROOT / name, tmp_path / name)
    ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    shutil.copytree(assignment.source_folder, tmp_path / "source" / assignment.name, ignore=ignored)
    done = run_tool("nbgrader", "generate_assignment", assignment.name, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    rebuilt, committed = files_in(tmp_path / "release" / assignment.name), files_in(release_of(assignment))
    assert sorted(rebuilt) == sorted(committed)
    changed = [name for name in rebuilt if rebuilt[name] != committed[name]]
    assert not changed, f"run `make release` and commit it: {changed}"


def test_the_release_holds_the_notebook_what_it_uses_and_words_for_students_only(assignment: Assignment) -> None:
    wanted = {f"{assignment.notebook_name}.ipynb", "README.md", "HOW-IT-IS-GRADED.md", "requirements.txt"}
    found = set(files_in(release_of(assignment)))
    assert wanted <= found
    assert all(name.endswith((".csv", ".py")) for name in found - wanted)


def test_students_get_the_page_on_grading_and_no_link_that_leads_out_of_their_folder(assignment: Assignment) -> None:
    files = {name: data.decode() for name, data in files_in(release_of(assignment)).items() if name.endswith(".md")}
    assert files["HOW-IT-IS-GRADED.md"] == (ROOT / "docs" / "students.md").read_text(encoding="utf-8")
    links = {name: re.findall(r"\]\(([^)#\s]+)", text) for name, text in files.items()}
    assert "HOW-IT-IS-GRADED.md" in links["README.md"]
    for name, found in links.items():
        inside = [each for each in found if not each.startswith("https://")]
        assert all((release_of(assignment) / each).is_file() for each in inside), f"{name}: {inside}"


def test_binder_installs_what_each_released_assignment_needs() -> None:
    folder = ROOT / "binder"
    lines = (folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
    named = sorted((folder / line.removeprefix("-r ")).resolve() for line in lines if not line.startswith("#"))
    assert named == sorted((ROOT / "release").glob("*/requirements.txt"))


def test_the_release_says_nothing_of_solutions_or_hidden_checks(assignment: Assignment) -> None:
    for name, data in files_in(release_of(assignment)).items():
        text = data.decode().lower()
        assert not [word for word in _LEAKS if word.lower() in text], name
        assert not re.search(r"\bhidden\b", text), f"{name} speaks of something hidden"


def test_the_release_has_no_line_of_a_solution(assignment: Assignment) -> None:
    release = nbformat.read(release_of(assignment) / f"{assignment.notebook_name}.ipynb", as_version=4)
    given = {line.strip() for cell in release.cells if cell.cell_type == "code" for line in cell.source.splitlines()}
    for exercise in assignment.exercises:
        stub = {line.strip() for line in exercise.stub.splitlines()}
        lines = {line.strip() for line in exercise.reference.splitlines()} - stub
        told = [line for line in lines & given if len(line) >= _MIN_SOLUTION_CHARACTERS]
        assert not told, f"{exercise.name}: {told}"


def test_the_release_has_no_outputs(assignment: Assignment) -> None:
    release = nbformat.read(release_of(assignment) / f"{assignment.notebook_name}.ipynb", as_version=4)
    assert not [cell.id for cell in release.cells if cell.get("outputs") or cell.get("execution_count")]


def test_points_add_up_to_a_round_number(assignment: Assignment) -> None:
    assert assignment.max_score == {"linear_regression": 50}.get(assignment.name, 100)


def test_instructor_notebooks_hold_no_outputs() -> None:
    notebooks = [str(path) for path in sorted((ROOT / "source").glob("*/*.ipynb"))]
    done = run_tool("nbstripout", "--verify", "--keep-id", *notebooks)
    assert done.returncode == 0, f"run `make format`: {done.stdout}{done.stderr}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_is_short_and_says_what_it_is_for(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "it has no docstring"
    assert len(text.splitlines()) <= MAX_LINES


def test_the_grader_names_no_assignment() -> None:
    exercises = {each.name for name in ASSIGNMENTS for each in load_assignment(ROOT, name).exercises}
    # An exercise may be called like an English word that the grader uses.
    names = {*ASSIGNMENTS, *(name for name in exercises if "_" in name)}
    for path in MODULES:
        found = [name for name in names if re.search(rf"\b{name}\b", path.read_text(encoding="utf-8"))]
        assert not found, f"{path.relative_to(ROOT)} names {found}"


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    for path in tracked_files():
        text = path.read_bytes().decode("utf-8", "replace")
        for pattern in (_MACHINE_PATHS, _PACKAGE_INDEX):
            found = pattern.search(text)
            assert not found, f"{path.relative_to(ROOT)}: {found.group()}"


def test_every_pinned_package_is_pinned_to_a_public_version() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert lines
    assert not [line for line in lines if not re.fullmatch(r"[\w.\-]+==[\w.]+", line)]


def normal(package: str) -> str:
    return package.lower().replace("_", "-")


def test_dependencies_are_all_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *chain.from_iterable(project["optional-dependencies"].values())]
    names = {normal(re.split(r"[<>=\[]", each)[0]) for each in wanted} - {project["name"]}
    pinned = {normal(line.partition("==")[0]) for line in (ROOT / "constraints.txt").read_text().splitlines()}
    assert not names - pinned


@cache
def schema() -> dict[str, object]:
    return json.loads((ROOT / "docs" / "report.schema.json").read_text(encoding="utf-8"))


def a_report() -> Report:
    check = CheckResult("one::test_it", "It works.", Verdict.FAILED, 2.0, "It does not.")
    exercise = ExerciseResult("one", 0.0, 10.0, Verdict.FAILED, "It does not.", True, ("an-id",), (check,))
    return Report(
        "lab", "student-001", 0.0, 10.0, Status.GRADED, (exercise,), repairs=("Mended.",), fingerprint="0" * 64
    )


def stored_names() -> list[set[str]]:
    """The fields of a report, of an exercise and of a check that are stored: all but what only this run knows, and the
    raw score, which is the sum of two of them."""
    report, exercise, check = ({each.name for each in fields(cls)} for cls in (Report, ExerciseResult, CheckResult))
    return [(report - {"unchanged", "previous_score", "changes"}) | {"raw_score", "waiting_points"}, exercise, check]


def test_a_report_fits_the_schema() -> None:
    import jsonschema

    jsonschema.validate(json.loads(a_report().to_json()), schema())


def test_the_schema_has_exactly_the_fields_of_a_report() -> None:
    parts = schema()["$defs"]
    for names, part in zip(stored_names(), (schema(), parts["exercise"], parts["check"]), strict=True):
        assert set(part["properties"]) == names
        assert set(part["required"]) == names


def test_the_example_in_the_report_page_fits_the_schema() -> None:
    import jsonschema

    page = (ROOT / "docs" / "report.md").read_text(encoding="utf-8")
    example = json.loads(re.search(r"```json\n(.*?)```", page, re.DOTALL).group(1))
    jsonschema.validate(example, schema())
    assert example["score"] == sum(each["points"] for each in example["exercises"])
    assert sorted(example) == sorted(a_report().to_dict())


def test_the_report_page_lists_every_field() -> None:
    page = (ROOT / "docs" / "report.md").read_text(encoding="utf-8")
    for names in stored_names():
        assert not [name for name in names if f"`{name}`" not in page]


# Records and steps that are tested through what uses them, and where.
TESTED_THERE = {
    "checks/test_words": "judge/test_test_cells",
    "cli/ending": "cli/test_main",
    "judge/check_runs": "judge/test_session",
    "judge/learning": "judge/test_scripts",
    "sandbox/fitting": "checks/test_modules",
    "sandbox/prompt": "sandbox/test_asked_ahead",
    "sandbox/showing": "sandbox/test_notebook_run",
    "submission/another_notebook": "submission/test_submission",
    "gradebook/student_lists": "gradebook/test_roster_import",
    "audit/outside": "judge/test_inside_tests",
    "sandbox/inside/of_tests": "judge/stand_ins/test_of_tests",
    "judge/looks": "judge/test_test_cells",
    "course/loading": "course/test_assignment",
    "judge/merged": "gradebook/test_by_hand",
    "judge/why_failed": "judge/test_test_cells",
    "sandbox/inside/kinds": "sandbox/inside/test_looking",
    "audit/stubs": "judge/test_delegating",
    "audit/whole_notebook": "labs/linear_regression/test_linear_lab",
    "judge/answers_file": "judge/test_recorded_answers",
    "judge/recording": "judge/test_replaying",
    "judge/notebook_judge": "judge/test_grader",
    "report/exercise_result": "report/test_report",
    "sandbox/cell_run": "sandbox/test_notebook_run",
    "sandbox/decoding": "sandbox/test_values",
    "submission/submitted_cell": "submission/test_reading",
    "checks/counter_examples": "judge/test_counter_examples",
    "checks/calling": "checks/test_notebook",
    "checks/unanswered": "checks/test_notebook",
    "checks/answer_words": "checks/test_answers",
    "checks/handed_in": "checks/test_messages",
    "checks/page_words": "checks/test_messages",
    "cli/export_archives": "doors/test_uploads",
    "cli/group_command": "audit/test_groups",
    "cli/tools": "cli/test_main",
    "cli/export_classroom": "doors/test_classroom50",
    "cli/collect_command": "collect/test_nbgrader_collect",
    "cli/export_scores": "cli/test_exporting",
    "doors/tables": "doors/test_canvas",
    "doors/lti_line_items": "cli/test_send_scores_command",
    "collect/collect_from": "collect/test_nbgrader_collect",
    "collect/collected_words": "collect/test_collecting",
    "collect/git_tree": "collect/test_git_objects",
    "collect/git_words": "collect/test_git_runs",
    "gradebook/plain_files": "collect/test_copying",
    "cli/beginning": "cli/test_starting",
    "judge/tries": "judge/test_judge_mending",
    "checks/kinds": "checks/test_mended",
    "audit/files": "audit/test_audit",
    "batch/dask_grader": "batch/test_dask_pool",
    "batch/dask_worker": "batch/test_dask_pool",
    "batch/local": "batch/test_batch",
    "batch/processes": "audit/test_probes",
    "checks/came_back": "checks/test_expectations",
    "checks/catalogue": "checks/test_loading",
    "checks/python_errors": "checks/test_explained",
    "checks/torch_errors": "checks/test_explained",
    "gradebook/copy_gradebook": "gradebook/test_database",
    "gradebook/feedback_page": "batch/test_marks_of_a_term",
    "gradebook/marking": "batch/test_marks_of_a_term",
    "gradebook/submitted_rows": "gradebook/test_record",
    "judge/search": "judge/test_counter_examples",
    "judge/mending": "judge/test_judge_mending",
    "judge/recorder": "judge/test_hidden_inputs",
    "judge/unjudged": "judge/test_grade",
    "judge/test_cell": "judge/test_test_cells",
    **dict.fromkeys(
        (f"judge/stand_ins/{each}" for each in ["built_in", "library", "sources", "subclasses", "surroundings"]),
        "judge/test_same_as_nbgrader",
    ),
    **dict.fromkeys(
        (f"judge/stand_ins/{each}" for each in ["line", "methods", "names", "owned"]), "judge/stand_ins/test_stand_in"
    ),
    "report/formats/screen": "report/formats/test_table",
    **dict.fromkeys(
        (
            f"report/class_report/{each}"
            for each in ["attention", "facts", "left_out", "mistakes", "records", "scale", "times"]
        ),
        "report/class_report/test_class_report",
    ),
    **dict.fromkeys(
        (f"report/class_report/{each}" for each in ["charts", "page_filters"]), "report/class_report/test_class_page"
    ),
    "report/student_page/cards": "report/student_page/test_making",
    "report/verdicts": "report/test_annotated",
    "sandbox/inside/calls": "checks/test_notebook",
    **dict.fromkeys(
        (f"sandbox/{each}" for each in ["arrays", "containers", "parts", "records", "refs", "scalars"]),
        "sandbox/test_rich_values",
    ),
    "sandbox/shown": "sandbox/test_figures",
    **{
        f"sandbox/inside/edits/{name}": "sandbox/inside/test_edits"
        for name in (
            *("brackets", "calls", "classes", "insertions", "listing"),
            *("names", "numbers", "operators", "statements", "tree"),
        )
    },
    "sandbox/inside/describing": "sandbox/inside/test_cells",
    "sandbox/inside/magics": "sandbox/inside/test_cells",
    "sandbox/inside/recorder": "sandbox/inside/test_cells",
    "sandbox/inside/main": "sandbox/test_forked",
    "sandbox/inside/namespaces": "sandbox/test_confinement",
    "sandbox/inside/server": "sandbox/test_server",
    "sandbox/inside/surroundings": "checks/test_explained",
    "sandbox/inside/syscalls": "sandbox/test_confinement",
    **dict.fromkeys(
        (f"sandbox/inside/{each}" for each in ["doing", "tests_surroundings"]), "sandbox/inside/test_objects"
    ),
    "sandbox/operations": "sandbox/inside/test_objects",
    "sandbox/outcome": "checks/test_messages",
    "sandbox/sandbox": "judge/test_grade",
    "submission/matching": "submission/test_repair",
}
# What is about several modules of a folder.
TOPICS = {
    *("batch/test_marks_of_a_term", "course/test_student_ids", "gradebook/test_by_hand", "gradebook/test_postgres"),
    "doors/test_classroom50_autograder",
    *("gradebook/test_bad_input", "submission/test_student_modules"),
    *("judge/test_determinism", "judge/test_grade", "judge/test_hidden_inputs", "judge/test_two_assignments"),
    "judge/test_same_as_nbgrader",
    *("judge/test_odd_lines", "judge/test_words_of_reports", "judge/test_judge_mending", "sandbox/inside/test_edits"),
    "sandbox/inside/test_neighbours",
}
TRIVIAL_LINES = 40


def test_a_module_s_test_is_found_by_its_name() -> None:
    for path in MODULES:
        name = str(path.relative_to(ROOT / "autograder").with_suffix(""))
        if path.stem.startswith("__") or len(path.read_text(encoding="utf-8").splitlines()) <= TRIVIAL_LINES:
            continue
        test = TESTED_THERE.get(name, f"{Path(name).parent}/test_{path.stem}")
        assert (ROOT / "tests" / f"{test}.py").is_file(), f"there is no tests/{test}.py for autograder/{name}.py"


def test_a_test_s_module_is_found_by_its_name() -> None:
    folders = [path.name for path in (ROOT / "autograder").iterdir() if (path / "__init__.py").is_file()]
    found = [path for name in folders for path in (ROOT / "tests" / name).rglob("test_*.py")]
    assert len(found) > 40
    for path in found:
        name = path.relative_to(ROOT / "tests").with_suffix("")
        module = ROOT / "autograder" / name.parent / f"{name.name.removeprefix('test_')}.py"
        assert str(name) in TOPICS or module.is_file(), f"tests/{name}.py is of no module"


def test_names_of_test_files_are_unique() -> None:
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py") if "hidden" not in path.parts]
    assert len(names) == len(set(names))
