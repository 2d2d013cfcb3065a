"""Notebooks wherever they lie: graded by the same workers as a class, told in the order in which they were named."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from autograder.batch.local import files_pool
from autograder.batch.packed import Result
from autograder.batch.pool import grade_each
from autograder.course.assignment import Assignment
from autograder.course.course import Course
from autograder.report.marks import counted
from autograder.report.report import Report
from autograder.sandbox.sandbox import Sandbox


@dataclass(frozen=True)
class NamedFile:
    """A notebook to grade.

    Attributes:
        path: absolute.
        id: stands for the student in its report; no other file of the run has it.
    """

    path: Path
    id: str
    assignment: Assignment


def grade_files(
    course: Course,
    files: Sequence[NamedFile],
    sandbox: Sandbox,
    tell_slow: Callable[[Sequence[str]], None] = lambda ids: None,
) -> Iterator[Report]:
    """Reports in the order of `files`, each as soon as it and those before it are there; nothing is saved.

    Each assignment has its own workers. Those whose turn it is not yet are graded as well meanwhile.

    Args:
        tell_slow: told every second which ones have been graded for more than five.
    Raises:
        CourseError: an assignment is not usable.
    """
    of: dict[str, list[NamedFile]] = {}
    for each in files:
        of.setdefault(each.assignment.name, []).append(each)
    with ExitStack() as stack:
        results: dict[str, Iterator[Result | None]] = {}
        for name, group in of.items():
            assignment = group[0].assignment
            open_pool = partial(files_pool, course, assignment, sandbox, {each.id: each.path for each in group})
            graded = grade_each(assignment, [each.id for each in group], open_pool, tell_slow)
            results[name] = stack.enter_context(closing(graded))
        early: dict[str, Report] = {}
        for each in files:
            while each.id not in early:
                if (result := next(results[each.assignment.name])) is not None:  # None: nothing has come for a second
                    early[result.report.student] = result.report
            yield counted(early.pop(each.id), each.assignment, course.questions.get(each.assignment.name))
