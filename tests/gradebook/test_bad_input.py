"""What is wrong with an instructor's notebook is one sentence with the cell and the mend, before release: the same one
from nbgrader's `generate_assignment`, from `audit` and from `import`."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from marked import PIXEL, answer, cell, essay, judged_by, make_assignment, task
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import PyFileConfigLoader

from autograder.course.loading import load_assignment
from autograder.gradebook.release import check_first

Command = Callable[..., tuple[int, str, str]]
RIGHT = [answer("f", "def f():\n    return 1"), judged_by("test_f", "assert f() == 1", 2)]


def marks(number: int, **changed: Any) -> Callable[[Path], None]:
    """Changes nbgrader's marks of a cell; None takes one out."""

    def change(path: Path) -> None:
        notebook = json.loads(path.read_text())
        own = notebook["cells"][number]["metadata"]["nbgrader"]
        own.update(changed)
        for key in [key for key, value in own.items() if value is None]:
            del own[key]
        path.write_text(json.dumps(notebook))

    return change


def with_cells(*cells: Any) -> Callable[[Path], None]:
    """Adds cells."""

    def change(path: Path) -> None:
        notebook = json.loads(path.read_text())
        notebook["cells"] += cells
        path.write_text(json.dumps(notebook))

    return change


def as_markdown(path: Path) -> None:
    notebook = json.loads(path.read_text())
    tests = notebook["cells"][1]
    notebook["cells"][1] = {key: tests[key] for key in ("id", "metadata", "source")} | {"cell_type": "markdown"}
    path.write_text(json.dumps(notebook))


def cut_off(path: Path) -> None:
    path.write_text(path.read_text()[:200])


def twice(path: Path) -> None:
    shutil.copyfile(path, path.with_name("ONE.ipynb"))


SCHEME = "Draw.\n=== BEGIN MARK SCHEME ===\n![scheme](attachment:scheme.png)\n=== END MARK SCHEME ==="
PICTURE = task("draw", 1, SCHEME)
PICTURE["attachments"] = {"scheme.png": PIXEL}
FAULTS: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "missing points": (marks(1, points=None), "'test_f'", "must be a number, 0 or more"),
    "points that are text": (marks(1, points="two"), "'test_f'", "must be a number, 0 or more"),
    "no word on grading": (marks(1, grade=None), "'test_f'", "is a required property"),
    "grading that is text": (marks(1, grade="yes"), "'test_f'", "is not of type 'boolean'"),
    "duplicate ids": (marks(1, grade_id="f"), "'f'", "Give all but one another"),
    "a wrong cell type": (as_markdown, "'test_f'", "Turn it into a code cell"),
    "a schema too old": (marks(0, schema_version=1), "cell 1", "`nbgrader update"),
    "a schema too new": (marks(0, schema_version=9), "cell 1", "Install that nbgrader"),
    "broken JSON": (cut_off, "one.ipynb", "Save it anew"),
    "two notebooks of one name": (twice, "ONE.ipynb, one.ipynb", "Rename all but one"),
    "an unclosed solution": (
        with_cells(cell("code", "### BEGIN SOLUTION\ny = 1", "open", solution=True)),
        "'open'",
        "Put the line that ends the region",
    ),
    "unclosed hidden tests": (
        with_cells(judged_by("hiding", "### BEGIN HIDDEN TESTS\nassert f() == 1", 1)),
        "'hiding'",
        "Put the line that ends the region",
    ),
    "an unclosed mark scheme": (
        with_cells(task("write", 1, "Write.\n=== BEGIN MARK SCHEME ===\nAll")),
        "'write'",
        "Put the line that ends the region",
    ),
    "a solution in another cell": (
        with_cells(cell("code", "### BEGIN SOLUTION\ny = 1\n### END SOLUTION")),
        "its cell 3",
        "Give the cell the type of an answer",
    ),
    "hidden tests in another cell": (
        with_cells(cell("code", "### BEGIN HIDDEN TESTS\ny = 1\n### END HIDDEN TESTS", "given", locked=True)),
        "'given'",
        "Give the cell the type of tests",
    ),
    "a mark scheme in another cell": (
        with_cells(cell("markdown", "=== BEGIN MARK SCHEME ===\ny\n=== END MARK SCHEME ===")),
        "its cell 3",
        "Give the cell the type of a task",
    ),
    "an attachment in a mark scheme": (with_cells(PICTURE), "'draw'", "take it out of the mark scheme"),
    "an answer without points": (with_cells(essay("why", -1)), "'why'", "must be a number, 0 or more"),
}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with an assignment for each fault, and one without any."""
    folder = tmp_path_factory.mktemp("bad") / "course"
    make_assignment(folder, "right", {"one": RIGHT})
    for name, (change, _, _) in FAULTS.items():
        make_assignment(folder, name, {"one": RIGHT})
        change(folder / "source" / name / "one.ipynb")
    load_assignment.cache_clear()
    return folder


def generated(course: Path, name: str) -> str:
    """What `nbgrader generate_assignment` says; it is this step that the command runs, before anything is written."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    directory = CourseDirectory(config=config)
    directory.assignment_id = name
    with pytest.raises(NbGraderException) as refused:
        check_first(GenerateAssignment(coursedir=directory, config=config, parent=None))
    return f"Error: {refused.value}"


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_sentence_from_each_command(
    course: Path, name: str, command: Command, caplog: pytest.LogCaptureFixture
) -> None:
    _, cell_, mend = FAULTS[name]
    with caplog.at_level(logging.DEBUG):
        told = generated(course, name)
    assert "Traceback" not in caplog.text
    code, out, err = command("audit", name, "--course-dir", course)
    assert (code, out) == (1, "")
    assert err == f"{told}\n"
    code, out, err = command("import", course / "source" / name)
    assert (code, err) == (1, "")
    (line,) = [line for line in out.splitlines() if "can't be graded" in line]
    assert line == f"✗ {name} can't be graded: {told.removeprefix('Error: ')}"
    assert cell_ in told
    assert mend in told
    assert str(course / "source" / name) in told
    assert not (course / "release").exists()
