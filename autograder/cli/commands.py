"""What each command does: from a course and options to an exit code."""

from __future__ import annotations

import shlex
import time
from collections import deque
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.console import Console

from autograder.cli.exit_codes import BELOW, FAULT, OK
from autograder.cli.output import output_of
from autograder.course.assignment import Assignment
from autograder.course.course import Course
from autograder.course.errors import CourseError
from autograder.sandbox.ahead import MANY_GUESTS
from autograder.sandbox.forked import open_sandbox

if TYPE_CHECKING:
    from autograder.batch.pool import OpenPool, Pool
    from autograder.cli.changed import Changed
    from autograder.report.report import Report
    from autograder.sandbox.sandbox import Sandbox

# The modules that need torch or nbgrader are imported where they are used: while they load, the sandbox warms up.

MAX_NAMES = 20
errors = Console(stderr=True, highlight=False, soft_wrap=True)


@dataclass(frozen=True)
class GradeOptions:
    """Options of `autograder grade`, by their names there."""

    force: bool = False
    format: str = "table"
    fail_under: float | None = None
    quiet: bool = False
    timings: bool = False
    scheduler: str = ""
    dry_run: bool = False
    output: str = ""


def grade_all(course: Course, name: str, chosen: list[str], options: GradeOptions) -> int:
    """Grades all of `submitted/`, or the students `chosen`, and prints the class table.

    Raises:
        CourseError: something is not there, or can't be reached.
    """
    started = time.monotonic()
    output = output_of(options.format, options.output, options.quiet)
    if not (course.folders.source / name).is_dir():
        course.assignment(name)  # says what is wrong
    with ExitStack() as stack:
        sandbox: Sandbox | None = None
        ungraded = 0 if options.scheduler or options.force else course.count_ungraded(name, MANY_GUESTS)
        if not options.scheduler and (options.force or ungraded):
            sandbox = stack.enter_context(open_sandbox(course.limits, course.isolation))
        assignment: Assignment = course.assignment(name)
        if sandbox is not None:
            sandbox.prepare(assignment.imported, ungraded)
        from autograder.batch.batch import choose_students, grade_batch
        from autograder.cli.changed import print_changed, print_what_if
        from autograder.cli.progress import batch_progress
        from autograder.cli.tables import print_lines, print_timings
        from autograder.gradebook.roster import names_in
        from autograder.report.formats import FORMATS
        from autograder.report.formats.handed_in_file import HandedInFile
        from autograder.report.formats.screen import counted
        from autograder.report.timings import Timings

        students = choose_students(course, assignment, chosen)
        open_pool = _pool_opener(stack, course, assignment, sandbox, options)
        timings = Timings()
        timings.add({"start": time.monotonic() - started})
        tally, lines = Tally(options.fail_under), list[str]()

        def file_of(report: Report) -> HandedInFile:
            place = course.submitted(report.student, name) / f"{assignment.notebook_name}.ipynb"
            return HandedInFile(output.path_of(place))

        take, draw = stack.enter_context(output.taking(file_of))

        def reports() -> Iterator[Report]:
            with batch_progress(len(students), output.shown != "table") as progress:
                for report in grade_batch(
                    course,
                    assignment,
                    students,
                    open_pool,
                    options.force,
                    timings,
                    progress.tell_slow,
                    lines.append,
                    options.dry_run,
                ):
                    tally.add(report)
                    take(report)
                    progress.advance(report.needs_a_look)
                    yield report

        if output.has_table:
            for text in FORMATS["table"].many(reports(), output.screen, lambda: names_in(course)):
                draw(text)
        else:
            deque(reports(), maxlen=0)
    seconds = time.monotonic() - started
    if not options.quiet:
        # Beside JSON, what is not JSON goes to standard error.
        console = Console(highlight=False, soft_wrap=True) if output.shown == "table" else errors
        print_lines(lines, console)
        if options.dry_run:
            print_what_if(tally.changes, tally.scores, console)
        else:
            print_changed(tally.changes, console)
        if output.shown == "table":
            done = "Tried" if options.dry_run else "Graded"
            graded = f"{done} {tally.fresh} of {counted(tally.count, 'submission')} in {seconds:.1f} s"
            print(f"{graded}; {tally.count - tally.fresh} had not changed.")
            pages = f"autograder feedback {shlex.quote(name)}"
            kept = f"Reports and notebooks: {course.folders.autograded}. Pages: {pages}"
            print("Nothing was saved: this was a dry run." if options.dry_run else kept)
    tally.tell_below()
    if options.timings:
        print_timings(timings, tally.fresh, seconds, errors)
    return tally.code


@dataclass
class Tally:
    """What a run comes to: how many submissions, how many of them graded now, whose marks changed, and who has less
    than `fail_under` points."""

    fail_under: float | None
    count: int = 0
    fresh: int = 0
    changes: list[Changed] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    below: list[tuple[str, float]] = field(default_factory=list)
    _faults: int = 0

    def add(self, report: Report) -> None:
        self.count += 1
        self.fresh += not report.unchanged
        self._faults += report.is_our_fault
        self.scores.append(report.score)
        from autograder.cli.changed import changed

        if (change := changed(report)) is not None:
            self.changes.append(change)
        if self.fail_under is not None and report.score < self.fail_under:
            self.below.append((report.student, report.score))

    @property
    def code(self) -> int:
        """The exit code."""
        return FAULT if self._faults else BELOW if self.below else OK

    def tell_below(self) -> None:
        """Says who has less than `fail_under` points."""
        if self.below:
            who = ", ".join(f"{student} ({score:g})" for student, score in sorted(self.below)[:MAX_NAMES])
            more = f" and {len(self.below) - MAX_NAMES} more" if len(self.below) > MAX_NAMES else ""
            from autograder.report.formats.screen import without_controls

            who = without_controls(who)
            errors.print(f"Below {self.fail_under:g} points: {who}{more}.", markup=False)


def _pool_opener(
    stack: ExitStack, course: Course, assignment: Assignment, sandbox: Sandbox | None, options: GradeOptions
) -> OpenPool:
    """Opens workers once it is known that there is something to grade. A sandbox that is needed lives in `stack`."""

    def open_pool(submissions: int) -> AbstractContextManager[Pool]:
        nonlocal sandbox
        if options.scheduler:
            try:
                from autograder.batch.dask_pool import cluster_pool
            except ModuleNotFoundError as error:
                raise CourseError(
                    f"Grading on a cluster needs the extra `cluster` (no {error.name} here): see docs/scale.md."
                ) from error
            return cluster_pool(course, assignment, options.scheduler)
        from autograder.batch.local import local_pool

        sandbox = sandbox or stack.enter_context(open_sandbox(course.limits, course.isolation))
        return local_pool(course, assignment, sandbox, submissions, options.dry_run, not options.force)

    return open_pool
