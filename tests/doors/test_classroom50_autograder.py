"""The folder for Classroom 50 runs as its runner has it: from a bundle, in a student's checkout."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import jsonschema
import nbformat
import pytest
from classroom50_contract import RESULT, assert_adds_up
from helpers import ROOT, TINY_COURSE

DOOR = ROOT / "doors" / "classroom50"
NAMES = ["test_double", "test_mean_of", "test_double_mean"]
ENVIRONMENT = {
    "CLASSROOM": "cs-101",
    "ASSIGNMENT": "tiny",
    "ASSIGNMENT_TYPE": "individual",
    "USERNAME": "octocat",
    "OWNER": "octocat",
    "SUBMISSION_TAG": "submit/2026-03-01T10-00-00Z-abcdef0",
    "COMMIT_URL": "https://github.com/org/cs-101-tiny-octocat/commit/abcdef0",
    "RELEASE_URL": "https://github.com/org/cs-101-tiny-octocat/releases/tag/submit%2F2026",
    "REVIEW_URL": "https://github.com/org/cs-101-tiny-octocat/compare/1...2",
    "PAGES_BASE_URL": "https://org.github.io/classroom50",
    "GITHUB_ACTOR": "octocat",
}


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The tiny course's notebook with its solutions taken out, as nbgrader releases it."""
    notebook = nbformat.read(TINY_COURSE / "source/tiny/tiny.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = "raise NotImplementedError()"
    return notebook


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory, released: Any) -> Path:
    """What their pages give away: a tar of the folder, as `docs/classroom50.md` says that it is made."""
    folder = tmp_path_factory.mktemp("bundle")
    nbformat.write(released, folder / "tiny.ipynb")
    path = folder / "tiny.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        tar.add(DOOR / "autograder.py", "autograder.py")
        tar.add(folder / "tiny.ipynb", "release/tiny.ipynb")
    return path


@pytest.fixture
def solved() -> Any:
    return nbformat.read(TINY_COURSE / "source/tiny/tiny.ipynb", as_version=4)


def grade(
    bundle: Path, tmp_path: Path, notebook: Any, name: str = "tiny.ipynb", requirements: str = ""
) -> tuple[dict[str, Any], str]:
    """What is in the checkout after their runner has run the entrypoint: `result.json`, and the release's text."""
    runtime, checkout = tmp_path / "runtime", tmp_path / "checkout"
    with tarfile.open(bundle) as tar:
        tar.extractall(runtime)
    path = checkout / name
    path.parent.mkdir(parents=True)
    if isinstance(notebook, str):
        path.write_text(notebook)
    elif notebook is not None:
        nbformat.write(notebook, path)
    if requirements:
        (runtime / "requirements.txt").write_text(requirements)
    environment = {**os.environ, **ENVIRONMENT, "RUNNER_TEMP": str(tmp_path)}
    command = [sys.executable, runtime / "autograder.py"]
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads((checkout / "result.json").read_text())
    jsonschema.validate(result, RESULT)
    assert_adds_up(result)
    assert (result["classroom"], result["assignment"], result["owner"]) == ("cs-101", "tiny", "octocat")
    assert [each["test-name"] for each in result["tests"]] == NAMES
    return result, (checkout / "release-body.md").read_text()


def cell_of(notebook: Any, name: str) -> Any:
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name)


def test_right_work_passes_what_a_student_sees_and_that_is_no_mark(bundle: Path, tmp_path: Path, solved: Any) -> None:
    are_there = "nbclient\nipykernel\n"  # so that nothing is fetched
    result, body = grade(bundle, tmp_path, solved, "tiny/tiny.ipynb", are_there)
    assert (result["score"], result["max-score"]) == (3, 3)
    assert "They are no mark" in body


def test_checks_are_the_released_ones_whatever_a_student_made_of_them(
    bundle: Path, tmp_path: Path, released: Any
) -> None:
    """None solved, and each of the ways to a better `result.json` that a notebook has: the mark is made elsewhere, but
    a row should not lie so easily. What an error is called puts nothing into the release, either."""
    notebook = copy.deepcopy(released)
    cell_of(notebook, "test_double").source = "pass"
    notebook.cells.remove(cell_of(notebook, "test_mean_of"))
    twice = copy.deepcopy(cell_of(notebook, "test_double_mean"))
    twice.source = "pass"
    notebook.cells.append(twice)
    cell_of(notebook, "double").source = (
        "def double(values):\n"
        "    raise type('<img src=x>|::error::', (Exception,), {})('::set-output name=a::b <script>')"
    )
    forged = json.dumps({"schema": "classroom50/result/v1", "score": 100, "max-score": 100})
    forging = f"open('result.json', 'w').write({forged!r}); open('release-body.md', 'w').write('# full marks')"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(forging))
    result, body = grade(bundle, tmp_path, notebook)
    assert result["score"] == 0
    text = json.dumps(result) + body
    assert not [each for each in ("full marks", "<", "::", "script") if each in text]


@pytest.mark.slow
def test_a_notebook_that_ends_python_is_told_apart(bundle: Path, tmp_path: Path, solved: Any) -> None:
    solved.cells.insert(0, nbformat.v4.new_code_cell("import os\nos._exit(0)"))
    result, body = grade(bundle, tmp_path, solved)
    assert result["score"] == 0
    assert body.count("Python ended before") == 3


@pytest.mark.parametrize("notebook", [None, "{", '{"cells": 3}'])
def test_no_notebook_or_a_damaged_one_is_a_result_all_the_same(
    bundle: Path, tmp_path: Path, notebook: str | None
) -> None:
    result, body = grade(bundle, tmp_path, notebook)
    assert result["score"] == 0
    assert ("damaged" if notebook else "No notebook called tiny.ipynb") in body


def test_without_a_release_it_is_a_fault_of_the_course(tmp_path: Path) -> None:
    (tmp_path / "autograder.py").write_bytes((DOOR / "autograder.py").read_bytes())
    environment = {**os.environ, **ENVIRONMENT}
    command = [sys.executable, tmp_path / "autograder.py"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "::error::there is no release/*.ipynb beside autograder.py\n")


def test_nothing_that_students_may_not_see_is_in_the_folder() -> None:
    assert {each.name for each in DOOR.iterdir()} == {"autograder.py", "requirements.txt", "runtime.json"}
    text = (DOOR / "autograder.py").read_text()
    assert "hidden" not in text.replace("nothing here is hidden", "")
    assert "import autograder" not in text
