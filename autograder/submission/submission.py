"""A submitted file or folder -> `Submission`: read with good will, every repair noted, never an exception."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nbformat

from autograder.checks import handed_in
from autograder.checks.messages import shown
from autograder.course.assignment import Assignment
from autograder.sandbox.cell_run import RunCell
from autograder.submission.files import candidates, extra_files
from autograder.submission.reading import Unreadable, read_cells
from autograder.submission.repair import repair
from autograder.submission.submitted_cell import parse_cell

_PATIENCE_SECONDS = 30.0  # then no further file is read; an honest one takes a second
_WORK = 2  # what a submission is worth that has work in it; 1 is one to be read, 0 one that can't be


@dataclass(frozen=True)
class Submission:
    """What a student handed in, made whole.

    Attributes:
        student: the student's id.
        notebook: the repaired notebook, outputs stripped; the untouched release if nothing could be read.
        cells: its code cells in the order in which they run.
        repairs: one sentence for each thing that was mended.
        problem: None, or one sentence for the student that says why nothing could be read.
        extra_files: other files that the student handed in, by the path relative to the notebook.
        left_out: a few sentences on files that did not become such.
        untouched: names of solution cells whose stub was left as it was and that nothing else defines.
        missing: of the untouched ones those that are not there either.
        another: if it is probably another notebook, how many cells of the release are in it, and of how many.
    """

    student: str
    notebook: Any
    cells: tuple[RunCell, ...]
    repairs: tuple[str, ...] = ()
    problem: str | None = None
    extra_files: tuple[tuple[str, Path], ...] = ()
    left_out: tuple[str, ...] = ()
    untouched: frozenset[str] = frozenset()
    missing: frozenset[str] = frozenset()
    another: tuple[int, int] | None = None


def read_submission(path: Path, assignment: Assignment, student: str) -> Submission:
    """Reads a notebook file, or a student's folder that holds one. Never raises for what a student did.

    Of several notebooks in a folder the one with the right name counts, unless only another one has work in it.
    """
    if not path.is_dir():
        return _read(path, assignment, student)
    started = time.monotonic()
    wanted = path / f"{assignment.notebook_name}.ipynb"
    read: dict[Path, Submission] = {}
    for each in (looked_at := candidates(path, assignment)):
        read[each] = _read(each, assignment, student)
        if _worth(read[each], assignment) == _WORK or time.monotonic() - started > _PATIENCE_SECONDS:
            break
    nothing = handed_in.NO_NOTEBOOK.format(wanted=wanted.name)
    if not read:
        return _unread(assignment, student, nothing)
    chosen = max(read, key=lambda each: _worth(read[each], assignment))
    submission = read[chosen]
    if submission.problem is not None:
        is_notebook = chosen.suffix.lower() == ".ipynb"
        return submission if is_notebook else replace(submission, problem=f"{nothing} {submission.problem}")
    # What is said of a file that has another name or place than it should, or is not the only one.
    name = shown(str(chosen.relative_to(path)))
    was = "missing" if wanted not in read else "damaged" if read[wanted].problem else "untouched"
    extras = extra_files(path, chosen, assignment)
    return replace(
        submission,
        repairs=(*handed_in.which_was_graded(wanted.name, name, len(looked_at), was), *submission.repairs),
        extra_files=extras.kept,
        left_out=extras.left_out,
    )


def _read(path: Path, assignment: Assignment, student: str) -> Submission:
    try:
        found, notes = read_cells(path)
        repaired = repair(assignment, found)
        if not repaired.recognised:
            raise Unreadable(handed_in.OTHER_NOTEBOOK.format(name=shown(path.name), assignment=assignment.name))
    except Unreadable as problem:
        return _unread(assignment, student, str(problem))
    repairs = (*notes, *repaired.repairs)
    return Submission(
        student=student,
        notebook=repaired.notebook,
        cells=repaired.cells,
        repairs=repairs,
        untouched=repaired.untouched,
        missing=repaired.missing,
        another=repaired.another,
    )


def _unread(assignment: Assignment, student: str, problem: str) -> Submission:
    return Submission(student, nbformat.from_dict(assignment.release), (), problem=problem)


def _worth(submission: Submission, assignment: Assignment) -> int:
    if submission.problem is not None:
        return 0
    has_work = len(submission.untouched) < len(assignment.solutions) and submission.another is None
    return _WORK if has_work else 1


def reference_submission(assignment: Assignment) -> Submission:
    """The instructor's own solution, as if it had been handed in."""
    return _from_notebook(assignment, assignment.source, "instructor")


def untouched_submission(assignment: Assignment) -> Submission:
    """The release as students get it, as if it had been handed in."""
    return _from_notebook(assignment, assignment.release, "untouched")


def _from_notebook(assignment: Assignment, notebook: Any, student: str) -> Submission:
    repaired = repair(assignment, [each for cell in notebook.cells if (each := parse_cell(cell)) is not None])
    return Submission(student, repaired.notebook, repaired.cells, untouched=repaired.untouched)
