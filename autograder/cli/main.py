"""The command `autograder`.

Exit codes: 0 grading ran, whatever the marks; 1 bad input, or marks below --fail-under; 2 wrong usage; 3 a fault of
the grader or of a check.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from autograder import __version__, commands
from autograder.assignment import CourseError
from autograder.commands import BAD_INPUT, FAULT, INTERRUPTED, OK, Wanted, errors
from autograder.course import Course, load_course
from autograder.forkserver import IsolationError, SandboxError
from autograder.pool import asked_to_leave

SIGNAL_CODES = 128  # what a shell adds to the number of a signal
_TOLD_TO_END = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback(invoke_without_command=True)
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False) -> None:
    """Judge notebook submissions by hidden checks, from outside the student's process."""
    if version:
        print(__version__)
        raise typer.Exit(OK)


@app.command()
def grade(
    name: Annotated[str | None, typer.Argument(metavar="[ASSIGNMENT]", help="Grade all of submitted/.")] = None,
    notebook: Annotated[Path | None, typer.Option(help="Grade this one notebook; nothing is saved.")] = None,
    assignment: Annotated[str | None, typer.Option(help="The notebook's assignment, if not its file name.")] = None,
    course_dir: Annotated[Path, typer.Option(help="The course's folder.")] = Path(),
    student: Annotated[list[str] | None, typer.Option(help="Grade only this student; can be repeated.")] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0: as course_config.py says.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Grade again what has not changed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print reports as JSON, one a line.")] = False,
    fail_under: Annotated[float | None, typer.Option(help="Exit with 1 if a score is below this.")] = None,
    isolation: Annotated[str | None, typer.Option(help="full or partial; see docs/security.md.")] = None,
    scheduler: Annotated[str, typer.Option(help="Grade on a Dask cluster: tcp://HOST:8786; see docs/scale.md.")] = "",
    timings: Annotated[bool, typer.Option("--timings", help="Say where the time went, stage by stage.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no bar and no table.")] = False,
) -> None:
    """Grade one notebook (--notebook FILE), or every submission of ASSIGNMENT."""
    if (name is None) == (notebook is None):
        raise typer.BadParameter("name an assignment, or a notebook with --notebook, and not both")
    if isolation not in (None, "full", "partial"):
        raise typer.BadParameter("--isolation is full or partial")
    if scheduler and (notebook is not None or workers):
        raise typer.BadParameter("--scheduler goes with neither --notebook nor --workers")
    course = load_course(course_dir)
    settings = {"isolation": isolation or course.isolation, "workers": workers or course.workers}
    course = Course(**{**vars(course), **settings})
    wanted = Wanted(force, as_json, fail_under, quiet, timings, scheduler)
    if notebook is not None:
        raise typer.Exit(commands.grade_notebook(course, assignment, notebook, wanted))
    raise typer.Exit(commands.grade_all(course, name or "", student or [], wanted))


@app.command()
def audit(
    name: Annotated[str, typer.Argument(metavar="ASSIGNMENT", help="The assignment to prove.")],
    course_dir: Annotated[Path, typer.Option(help="The course's folder.")] = Path(),
) -> None:
    """Prove an assignment before release: right answers pass, wrong ones don't, each check earns its place."""
    raise typer.Exit(commands.audit_assignment(load_course(course_dir), name))


@app.command()
def doctor(course_dir: Annotated[Path, typer.Option(help="The course's folder.")] = Path()) -> None:
    """Say what this machine can do: layers of confinement, limits, versions, and how to get what it lacks."""
    raise typer.Exit(commands.doctor(load_course(course_dir)))


@app.command()
def move_gradebook(
    target: Annotated[str, typer.Argument(metavar="TARGET_URL", help="An empty database, as SQLAlchemy writes it.")],
    course_dir: Annotated[Path, typer.Option(help="The course's folder.")] = Path(),
) -> None:
    """Copy the gradebook into another database, all or nothing; the one that there is stays as it is."""
    from autograder.move import move_gradebook as move

    rows = move(load_course(course_dir), target)
    print(
        f"Copied {rows['student']} student(s), {rows['assignment']} assignment(s), "
        f"{rows['submitted_assignment']} submission(s): {sum(rows.values())} rows. "
        "The old gradebook is as it was. Set GRADEBOOK_URL to the new one."
    )


def run() -> None:
    """Runs the command; bad input becomes one sentence and exit code 1, a fault of ours exit code 3."""
    for each in _TOLD_TO_END:
        signal.signal(each, _leave)
    try:
        app()
    except (CourseError, IsolationError) as error:
        errors.print(f"Error: {error}", markup=False)
        sys.exit(BAD_INPUT)
    except (KeyboardInterrupt, SystemExit) as leaving:
        code = leaving.code if isinstance(leaving, SystemExit) else INTERRUPTED
        if isinstance(code, int) and code > SIGNAL_CODES:  # typer turns Ctrl-C into 130
            errors.print("Stopped. What was finished is kept; the same command goes on from there.")
        sys.exit(code)
    except SandboxError as error:
        errors.print(f"The sandbox failed: {error}", markup=False)
        sys.exit(FAULT)
    except Exception:
        errors.print_exception()
        errors.print("This is a fault of the grader, not of a submission. Nothing that was finished is lost.")
        sys.exit(FAULT)


def main() -> NoReturn:
    """The program `autograder`: `run`, and an end at once, as Python would take PyTorch apart for half a second."""
    try:
        run()
        code: object = OK
    except SystemExit as leaving:
        code = leaving.code
    for each in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):  # nobody may be reading any more
            each.flush()
    os._exit(code if isinstance(code, int) else BAD_INPUT if code else OK)


def _leave(number: int, _: object) -> None:
    """Whatever was started is ended and cleared away on the way out; only a second Ctrl-C hurries that."""
    for each in _TOLD_TO_END:
        signal.signal(each, signal.default_int_handler if each == signal.SIGINT else signal.SIG_IGN)
    asked_to_leave.append(SIGNAL_CODES + number)
    sys.exit(SIGNAL_CODES + number)
