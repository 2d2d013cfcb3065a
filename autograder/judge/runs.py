"""A submission, or the reference, ready to run in a sandbox."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from autograder.course.assignment import Assignment
from autograder.judge.follow_through import with_references
from autograder.sandbox.cell_run import RunCell
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import ServerGone
from autograder.sandbox.retries import again_if_killed
from autograder.sandbox.sandbox import Sandbox
from autograder.submission.submission import reference_submission

T = TypeVar("T")


def notebook_run(
    sandbox: Sandbox,
    assignment: Assignment,
    cells: Sequence[RunCell],
    extra_files: Sequence[tuple[str, Path]] = (),
    deadline: float = math.inf,
    lost_seconds: float = 0.0,
    is_reference: bool = False,
    make: Callable[..., NotebookRun] = NotebookRun,
) -> NotebookRun:
    """Cells that run beside the student's own files and the assignment's.

    Args:
        deadline: a `time.monotonic()` value, in seconds.
        lost_seconds: what the submission has already lost to cells and calls that had to be stopped.
        is_reference: whether it is the instructor's, with their own modules.
        make: what is made of it.
    """
    files = assignment.files if is_reference else assignment.student_files
    handed_in = {name for name, _ in extra_files}  # a module in which students write is theirs
    data = {name: each for name, each in files.items() if name not in handed_in}
    data |= _empty_folders(assignment.source_folder)
    own, stubs = dict(extra_files), assignment.file_stubs
    return make(sandbox, tuple(cells), assignment.homes, own, data, deadline, lost_seconds, file_stubs=stubs)


@lru_cache(maxsize=8)
def _empty_folders(source_folder: Path) -> dict[str, Path]:
    """Folders of the assignment with nothing in them, by their paths beside the notebook: a student may save there."""
    empty = (path for path in source_folder.rglob("*") if path.is_dir() and not any(path.iterdir()))
    named = {path.relative_to(source_folder): path for path in empty}
    return {str(name): path for name, path in named.items() if not any(map(_is_hidden, name.parts))}


def _is_hidden(name: str) -> bool:
    return name.startswith((".", "__pycache__"))


def reference_run(assignment: Assignment, sandbox: Sandbox) -> NotebookRun:
    """The instructor's own notebook, without what only shows things."""
    cells = with_references(reference_submission(assignment).cells, assignment)
    return notebook_run(sandbox, assignment, cells, is_reference=True)


def own_run(assignment: Assignment, sandbox: Sandbox) -> NotebookRun:
    """The same, with each cell in its own place, as its tests have theirs."""
    cells = [each for each in reference_submission(assignment).cells if not each.show]
    return notebook_run(sandbox, assignment, cells, is_reference=True)


def in_new_guests(
    make: Callable[[], NotebookRun], check: Callable[[NotebookRun], list[T]]
) -> tuple[NotebookRun, list[T]]:
    """Runs checks in a new guest; in another one if it was killed, which shows what the first one showed. The last one
    is there still."""
    tried: list[NotebookRun] = []

    def attempt() -> tuple[tuple[NotebookRun, list[T]], bool]:
        run = make()
        for earlier in tried:
            run.go_on_from(earlier)
        tried.append(run)
        check_runs = check(run)
        if run.killed:
            run.stop()
        if run.server_gone:  # checks have only seen an error
            raise ServerGone("the fork server is gone")
        return (run, check_runs), run.killed

    return again_if_killed(attempt)
