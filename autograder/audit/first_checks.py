"""Hidden pytest checks as a start, from an assignment's own test cells: kept if they tell right from unwritten."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from autograder.audit.turned_tests import NotSimpleError, notebook_of, turned
from autograder.course.assignment import Assignment, Exercise
from autograder.course.errors import CourseError
from autograder.judge.runs import notebook_run, reference_run
from autograder.judge.session import CheckSession
from autograder.judge.test_cell import prepared
from autograder.report.exercise_result import Verdict
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.sandbox import Sandbox
from autograder.submission.submission import untouched_submission

_FIRST_LINE = '"""Hidden checks, of which the test cells were the start."""\n'


def write_checks(assignment: Assignment, names: frozenset[str], sandbox: Sandbox) -> list[str]:
    """Writes a file with one check for each of some exercises that are judged by their test cells. No file that is
    there is changed.

    Args:
        names: the exercises' graded cells.
        sandbox: where the instructor's notebook and the untouched release run.
    Returns:
        A sentence for each exercise: its file, or why it stays with its test cell.
    """
    made: dict[str, tuple[str, str]] = {}
    said: dict[str, str] = {}
    chosen = [each for each in assignment.exercises if each.graded_cell in names]
    for each in chosen:
        path = assignment.checks_folder / _file_name(each)
        if path.exists():
            said[each.name] = f"{each.graded_cell}: {path.name} is there already, and stays as it is."
            continue
        part = assignment.part_of(each.name)
        cell = prepared(part, each)
        title = cell.title or f"The tests of {each.graded_cell} hold."
        try:
            made[each.name] = path.name, turned(each, notebook_of(part), title, cell.is_public)
        except NotSimpleError as reason:
            said[each.name] = f"{each.graded_cell} stays with its test cell, which holds {reason}."
    faults = _faults(assignment, made, sandbox)
    for name, (file, text) in made.items():
        cell_name = assignment.exercise(name).graded_cell
        if name in faults:
            said[name] = f"{cell_name} stays with its test cell: as a check, it {faults[name]}."
            continue
        _write(assignment.checks_folder / "__init__.py", _FIRST_LINE)
        _write(assignment.checks_folder / file, text)
        said[name] = f"{cell_name}: wrote {assignment.checks_folder / file}."
    return [said[each.name] for each in chosen]


def _file_name(exercise: Exercise) -> str:
    name = "".join(each if each.isalnum() else "_" for each in exercise.name.removeprefix("test_"))
    return f"test_{name}.py"


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CourseError(f"{path} can't be written: {error.strerror}.") from error


def _faults(assignment: Assignment, made: Mapping[str, tuple[str, str]], sandbox: Sandbox) -> dict[str, str]:
    """What checks do that they should not: refuse the instructor's solution, or let the untouched release pass."""
    if not made:
        return {}
    faults: dict[str, str] = {}
    # A session of pytest ends in the folder of its checks.
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(Path.cwd()):
        for file, text in made.values():
            Path(folder, file).write_text(text, encoding="utf-8")
        Path(folder, "__init__.py").write_text(_FIRST_LINE, encoding="utf-8")
        with CheckSession(replace(assignment, checks_folder=Path(folder))) as session:
            for part in assignment.notebooks:
                own = [each.name for each in part.exercises if each.name in made]
                untouched = notebook_run(sandbox, part, untouched_submission(part).cells)
                with reference_run(part, sandbox) as right, untouched as unwritten:
                    for name in own:
                        if not _passes(session, right, name):
                            faults[name] = "does not let the notebook's own solution pass"
                        elif _passes(session, unwritten, name):
                            faults[name] = "lets the untouched release pass"
    return faults


def _passes(session: CheckSession, run: NotebookRun, name: str) -> bool:
    found = session.run(run, frozenset({name}))
    return bool(found) and all(each.result.verdict is Verdict.PASSED for each in found)
