"""Processes on this machine that grade: each has a warm `Grader` and takes one submission after another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autograder.batch.changes import assignment_digest
from autograder.batch.pool import Pool, Result, result_of
from autograder.batch.processes import worker_processes
from autograder.course.assignment import Assignment
from autograder.course.course import Course
from autograder.judge.grader import Grader
from autograder.judge.memory import MemoryFile
from autograder.sandbox.ahead import import_ahead
from autograder.sandbox.sandbox import Sandbox

_grader: Grader | None = None
_failure: Exception | None = None


@contextmanager
def local_pool(
    course: Course, assignment: Assignment, sandbox: Sandbox, submissions: int, remember: bool = True
) -> Iterator[Pool]:
    """Workers for so many submissions. However it is left, none of them goes on grading.

    Each keeps to its own processor, and its guests with it: it waits while they work. `remember`: whether what mended a
    form of code is kept in the course, for the runs to come.
    """
    version = assignment_digest(assignment, course.limits, course.show_cells)
    memory = MemoryFile(course.folders.autograded / ".mended" / f"{assignment.name}.jsonl", version)
    arguments = (assignment, sandbox, course.show_cells, memory if remember else None)
    workers = min(course.workers, submissions)
    import_ahead(assignment.imported)  # workers are forks of this process, and their tests may want them
    sandbox.wait_until_ready(assignment.imported)
    with worker_processes(workers, _start_grader, arguments) as executor:
        yield Pool(
            lambda student: executor.submit(grade_one, student, course.submitted(student, assignment.name)),
            lambda: workers,
        )


def _start_grader(assignment: Assignment, sandbox: Sandbox, show_cells: bool, memory: MemoryFile | None) -> None:
    global _grader, _failure
    try:
        _grader = Grader(assignment, sandbox, show_cells, memory)
    except Exception as error:  # told with the first submission: a pool can't say why a worker did not start
        _failure = error


def grade_one(student: str, folder: Path) -> Result:
    """Grades one submission in a worker. Raises what kept the worker from starting, if something did."""
    if _failure is not None:
        raise _failure
    assert _grader is not None, "_start_grader() comes first"
    return result_of(_grader.grade(folder, student))
