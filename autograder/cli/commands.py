"""What each command does: from a course and options to an exit code."""

from __future__ import annotations

import json
import time
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from autograder.assignment import Assignment, CourseError, assignment_names, load_assignment
from autograder.course import Course
from autograder.forkserver import ForkServer

if TYPE_CHECKING:
    from autograder.pool import OpenPool, Pool

# The modules that need torch or nbgrader are imported where they are used: while they load, the fork server does too.

OK, BAD_INPUT, USAGE, FAULT, INTERRUPTED = 0, 1, 2, 3, 130

errors = Console(stderr=True, highlight=False, soft_wrap=True)


@dataclass(frozen=True)
class Wanted:
    """Options of `autograder grade`, by their names there."""

    force: bool = False
    as_json: bool = False
    fail_under: float | None = None
    quiet: bool = False
    timings: bool = False
    scheduler: str = ""


def grade_notebook(course: Course, name: str | None, notebook: Path, wanted: Wanted) -> int:
    """Grades one notebook and prints its report.

    Raises:
        CourseError: there is no such notebook, or no telling which assignment it is of.
    """
    if not notebook.is_file():
        raise CourseError(f"There is no notebook {notebook}.")
    name = name or _guess_assignment(course.folder, notebook)
    with ForkServer(course.isolation) as server:
        from autograder.grading import Grader
        from autograder.report import Status
        from autograder.tables import print_report

        with Grader(load_assignment(course.folder, name), server, course.limits, show_cells=False) as grader:
            report = grader.grade(notebook, notebook.stem).report
    if wanted.as_json:
        print(json.dumps(report.to_dict(), ensure_ascii=False))
    elif not wanted.quiet:
        print_report(report, Console())
    if report.status is Status.UNREADABLE:
        errors.print(report.message, markup=False)
        return BAD_INPUT
    if report.needs_a_look:
        errors.print("A check or the grader failed; the report says where. No mark was given for it.")
        return FAULT
    return BAD_INPUT if wanted.fail_under is not None and report.score < wanted.fail_under else OK


def grade_all(course: Course, name: str, chosen: list[str], wanted: Wanted) -> int:
    """Grades all of `submitted/`, or the students `chosen`, and prints the class table.

    Raises:
        CourseError: something is not there, or can't be reached.
    """
    started = time.monotonic()
    if not (course.folder / "source" / name).is_dir():
        load_assignment(course.folder, name)  # says what is wrong
    with ExitStack() as stack:
        server = None
        if not wanted.scheduler and (wanted.force or course.has_ungraded(name)):
            server = stack.enter_context(ForkServer(course.isolation))
        from autograder.batch import Outline, choose_students, grade_batch
        from autograder.progress import batch_progress
        from autograder.report import FILE_NAME, Status
        from autograder.stages import Stages
        from autograder.tables import print_class, print_stages

        assignment: Assignment = load_assignment(course.folder, name)
        students = choose_students(course, assignment, chosen)
        open_pool = _pool_opener(stack, course, assignment, server, wanted.scheduler)
        rows: list[Outline] = []
        stages = Stages()
        stages.add({"start": time.monotonic() - started})
        progress = stack.enter_context(batch_progress(len(students), wanted.quiet or wanted.as_json))
        for row in grade_batch(course, assignment, students, open_pool, wanted.force, stages, progress.tell_slow):
            rows.append(row)
            progress.advance(row.needs_a_look)
            if wanted.as_json:
                path = course.autograded(row.student, name) / FILE_NAME
                print(json.dumps(json.loads(path.read_text(encoding="utf-8")), ensure_ascii=False), flush=True)
    seconds = time.monotonic() - started
    if not wanted.quiet and not wanted.as_json:
        print_class(rows, assignment, Console())
        fresh = sum(row.fresh for row in rows)
        print(f"Graded {fresh} of {len(rows)} submissions in {seconds:.1f} s; {len(rows) - fresh} had not changed.")
        print(f"Reports and notebooks: {course.folder / 'autograded'}. Pages: nbgrader generate_feedback {name}")
    if wanted.timings:
        print_stages(stages, sum(row.fresh for row in rows), seconds, errors)
    if any(row.needs_a_look and row.status != Status.UNREADABLE for row in rows):
        return FAULT
    return BAD_INPUT if wanted.fail_under is not None and any(row.score < wanted.fail_under for row in rows) else OK


def _pool_opener(
    stack: ExitStack, course: Course, assignment: Assignment, server: ForkServer | None, scheduler: str
) -> OpenPool:
    """Opens workers once it is known that there is something to grade. A server that is needed lives in `stack`."""

    def open_pool(submissions: int) -> AbstractContextManager[Pool]:
        nonlocal server
        if scheduler:
            try:
                from autograder.cluster import cluster_pool
            except ModuleNotFoundError as error:
                raise CourseError(
                    f"Grading on a cluster needs the extra `cluster` (no {error.name} here): see docs/scale.md."
                ) from error
            return cluster_pool(course, assignment, scheduler)
        from autograder.workers import local_pool

        server = server or stack.enter_context(ForkServer(course.isolation))
        return local_pool(course, assignment, server, submissions)

    return open_pool


def audit_assignment(course: Course, name: str) -> int:
    """Proves an assignment and prints what was proven."""
    with ForkServer(course.isolation) as server:
        from autograder.audit import audit
        from autograder.progress import bar
        from autograder.tables import print_audit

        assignment = load_assignment(course.folder, name)
        with bar(errors) as progress:
            task = progress.add_task("asking the grader", total=None, note="")
            rows = audit(
                assignment,
                course.folder / "release" / name,
                server,
                course.limits,
                lambda done, total: progress.update(task, completed=done, total=total),
            )
    print_audit(rows, name, Console())
    problems = sum(len(row.problems) for row in rows)
    print(f"{problems} problem(s)." if problems else "Ready to release.")
    return BAD_INPUT if problems else OK


def doctor(course: Course) -> int:
    """Says what this machine can do, and how to get what it lacks."""
    with ForkServer("partial") as server:
        from autograder.doctor import diagnose
        from autograder.tables import print_diagnosis

        found = diagnose(server, course.limits)
    print_diagnosis(found, Console())
    return OK if found.can_grade else BAD_INPUT


def _guess_assignment(folder: Path, notebook: Path) -> str:
    names = assignment_names(folder)
    if notebook.stem in names:
        return notebook.stem
    if len(names) == 1:
        return names[0]
    raise CourseError(f"Which assignment is {notebook.name}? Say --assignment with one of: {', '.join(names)}.")
