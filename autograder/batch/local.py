"""Processes on this machine that grade: each has a warm `Grader` and takes one submission after another."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from autograder.batch.changes import answers_digest, assignment_digest, submission_digest
from autograder.batch.packed import Result
from autograder.batch.pool import Pool, result_of
from autograder.batch.processes import most_seconds, processor_time, worker_processes
from autograder.checks.counter_examples import has_counter_examples
from autograder.course.assignment import Assignment
from autograder.course.course import Course
from autograder.judge.answers_file import read_answers
from autograder.judge.grader import Grader
from autograder.judge.memory import MemoryFile
from autograder.judge.own_notebook import OwnNotebooks
from autograder.judge.recorded_answers import NoAnswers, Runs
from autograder.judge.search import hypothesis_package
from autograder.sandbox.ahead import import_ahead
from autograder.sandbox.sandbox import Sandbox

_MANY = 20  # submissions: somebody of so many is likely to need a counter-example

_grader: Grader | None = None
_failure: Exception | None = None


@contextmanager
def local_pool(
    course: Course,
    assignment: Assignment,
    sandbox: Sandbox,
    submissions: int,
    verdicts_only: bool = False,
    from_answers: bool = False,
) -> Iterator[Pool]:
    """Workers for so many submissions. However it is left, none of them goes on grading.

    Each keeps to its own processor, and its guests with it: it waits while they work. `verdicts_only`: nothing is done
    that no verdict depends on, and nothing is kept. `from_answers`: what was kept is used as far as it goes.
    """
    memory = memory_file(course, assignment)
    own_notebooks = OwnNotebooks(course.folders.autograded / f".own.{assignment.name}", memory.version)
    from_answers = from_answers and verdicts_only
    keep_answers = course.keep_answers and not verdicts_only
    places = (None, None) if verdicts_only else (memory, own_notebooks)
    how = (course.show_cells, places[0], keep_answers, verdicts_only, places[1])
    base = answers_digest(assignment, course.limits) if from_answers else ""
    workers = min(course.workers, submissions)
    with _graders(workers, 0 if from_answers else submissions, assignment, sandbox, *how) as executor:
        yield Pool(
            lambda student: executor.submit(
                grade_one,
                student,
                course.submitted(student, assignment.name),
                course.answers(student, assignment.name) if from_answers else None,
                base,
            ),
            lambda: workers,
        )


@contextmanager
def files_pool(
    course: Course, assignment: Assignment, sandbox: Sandbox, files: Mapping[str, Path], submissions: int
) -> Iterator[Pool]:
    """The same for files by their ids, wherever they lie. The course's ways to mend are used; nothing is kept."""
    workers, known = min(course.workers, submissions), memory_file(course, assignment)
    with TemporaryDirectory() as scratch:
        memory = replace(known, path=Path(scratch, known.path.name))
        with suppress(OSError):
            shutil.copyfile(known.path, memory.path)
        with _graders(workers, submissions, assignment, sandbox, False, memory) as executor:
            yield Pool(lambda name: executor.submit(grade_one, name, files[name]), lambda: workers)


def memory_file(course: Course, assignment: Assignment) -> MemoryFile:
    """Where the course keeps what was found of mistakes: by grading, and of known ones by the audit."""
    version = assignment_digest(assignment, course.limits, course.show_cells)
    return MemoryFile(course.folders.autograded / ".mended" / f"{assignment.name}.jsonl", version)


@contextmanager
def _graders(workers: int, submissions: int, assignment: Assignment, sandbox: Sandbox, *how: Any) -> Iterator[Executor]:
    """Processes with a `Grader` each, which get ready for so many submissions; `how` has its further arguments."""
    if not assignment.checks_folder.is_dir():
        import_ahead(assignment.imported)  # workers are forks of this process, and the notebook's tests run there
    sandbox.wait_until_ready()
    if submissions >= _MANY and has_counter_examples(assignment):
        hypothesis_package()  # here, once, rather than in each worker
    each = submissions // workers
    with worker_processes(workers, _start_grader, (each, assignment, sandbox, *how)) as executor:
        yield executor


def _start_grader(submissions: int, *arguments: Any) -> None:
    global _grader, _failure
    try:
        _grader = Grader(*arguments)
    except Exception as error:  # told with the first submission: a pool can't say why a worker did not start
        _failure = error
        return
    with suppress(Exception):  # the first submission tries again, and says why not
        _grader.get_ready(submissions)


def grade_one(student: str, folder: Path, answers: Path | None = None, base: str = "") -> Result:
    """Grades one submission in a worker. Raises what kept the worker from starting, if something did.

    `answers`: the file of those that were kept, if they are to be used, and `base` the digest of what they depend on.
    """
    if _failure is not None:
        raise _failure
    assert _grader is not None, "_start_grader() comes first"
    known: Mapping[str, Runs] = {}
    if answers is not None:
        with suppress(NoAnswers):
            known = read_answers(answers, submission_digest(folder, base))
    with processor_time(most_seconds(_grader.sandbox.limits, len(_grader.judges))):
        return result_of(_grader.grade(folder, student, known=known))
