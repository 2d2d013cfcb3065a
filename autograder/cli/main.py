"""The command line: options, help, and what becomes of errors. Exit codes: see `exit_codes`."""

from __future__ import annotations

import math
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from autograder import __version__
from autograder.batch.pool import asked_to_leave
from autograder.cli import (
    beginning,
    collect_command,
    commands,
    export_command,
    group_command,
    notebooks,
    reporting,
    send_scores_command,
    tools,
)
from autograder.cli.arguments import CourseDir, Name, assignments
from autograder.cli.commands import GradeOptions, errors
from autograder.cli.ending import end_by, flushed
from autograder.cli.exit_codes import BAD_INPUT, FAULT, INTERRUPTED, OK, SIGNAL_CODES, epilog
from autograder.cli.workflow_commands import guarded_output
from autograder.course.course import find_course, load_course
from autograder.course.errors import CourseError
from autograder.report.formats import FORMATS
from autograder.report.formats.screen import lines_without_controls
from autograder.sandbox.outcome import IsolationError, SandboxError

_TOLD_TO_END = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None)


def _formats(incomplete: str) -> list[str]:
    return [name for name in FORMATS if name.startswith(incomplete)]


@app.callback(invoke_without_command=True, epilog=epilog("autograder COMMAND --help"))
def _root(version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False) -> None:
    """Judge notebook submissions by hidden checks, from outside the student's process."""
    if version:
        print(__version__)
        raise typer.Exit(OK)


@app.command(
    cls=notebooks.TakesNotebooks,
    short_help="Grade notebooks, or all submissions.",
    epilog=epilog(
        "autograder grade my_lab",
        "autograder grade my_lab --student student-001 --force",
        "autograder grade my_lab --dry-run",
        "autograder grade --notebook mine.ipynb",
        "autograder grade --notebook *.ipynb more/ --format json",
        "autograder grade my_lab --format junit --output my_lab.xml --fail-under 50",
    ),
)
def grade(
    name: Annotated[
        str, typer.Argument(metavar="ASSIGNMENT", help="Grade all of submitted/.", autocompletion=assignments)
    ] = "",
    notebook: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILES", help="Grade these notebooks, and those in these folders; nothing is saved."),
    ] = None,
    assignment: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The notebooks' assignment, if not their file names.", autocompletion=assignments
        ),
    ] = None,
    course_dir: CourseDir = Path(),
    student: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Grade only this student; can be repeated.")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=0, metavar="N", help="Processes; 0: as course_config.py says.", show_default=False)
    ] = 0,
    force: Annotated[bool, typer.Option("--force", help="Grade again what has not changed.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be graded and whose marks would change; save nothing.")
    ] = False,
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="NAME",
            help=f"How reports are shown: {', '.join(FORMATS)}.",
            autocompletion=_formats,
        ),
    ] = "table",
    output: Annotated[
        str, typer.Option(metavar="FILE", help="Write reports in that format to FILE, - for standard output.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json: reports, one a line.")] = False,
    fail_under: Annotated[
        float | None, typer.Option(metavar="POINTS", help="Exit with 4 if a score is below this; says whose.")
    ] = None,
    isolation: Annotated[
        str | None, typer.Option(metavar="LEVEL", help="full or partial; see docs/security.md.")
    ] = None,
    scheduler: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Grade on a Dask cluster: tcp://HOST:8786; see docs/scale.md.")
    ] = "",
    timings: Annotated[bool, typer.Option("--timings", help="Say where the time went, stage by stage.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no bar and no table.")] = False,
) -> None:
    """Grade every submission of ASSIGNMENT, or notebooks wherever they lie (--notebook FILES)."""
    if (not name) == (not notebook):
        raise typer.BadParameter("name an assignment, or notebooks after --notebook, and not both")
    if fail_under is not None and math.isnan(fail_under):
        raise typer.BadParameter("--fail-under is a number of points")
    if isolation not in (None, "full", "partial"):
        raise typer.BadParameter("--isolation is full or partial")
    if scheduler and (notebook or workers):
        raise typer.BadParameter("--scheduler goes with neither --notebook nor --workers")
    if format_ not in FORMATS:
        raise typer.BadParameter(f"there is no format {format_!r}; --format is one of: {', '.join(FORMATS)}")
    course = load_course(find_course(course_dir))
    course = replace(course, isolation=isolation or course.isolation, workers=workers or course.workers)
    if dry_run and notebook:
        raise typer.BadParameter("--dry-run goes with an assignment: of --notebook nothing is saved anyway")
    shown = "json" if as_json else format_
    options = GradeOptions(force, shown, fail_under, quiet, timings, scheduler, dry_run, output)
    if notebook:
        raise typer.Exit(notebooks.grade_notebooks(course, assignment, notebook, options))
    raise typer.Exit(commands.grade_all(course, name.rstrip("/"), student or [], options))  # shells complete folders


app.command(short_help="Collect hand-ins into submitted/.", epilog=collect_command.EPILOG)(collect_command.collect)


@app.command(short_help="Prove an assignment before release.", epilog=epilog("autograder audit my_lab"))
def audit(
    name: Name,
    course_dir: CourseDir = Path(),
    points: Annotated[
        bool, typer.Option("--points", help="Show only what each known mistake leaves of its exercise's points.")
    ] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out most mutants: for while you write, not for the release.")
    ] = False,
) -> None:
    """Prove an assignment before release: right answers pass, wrong ones don't, each check earns its place."""
    raise typer.Exit(tools.audit_assignment(load_course(find_course(course_dir)), name, points, quick))


@app.command(
    short_help="Make each student's page.",
    epilog=epilog("autograder feedback my_lab", "autograder feedback my_lab --student student-001"),
)
def feedback(
    name: Name,
    course_dir: CourseDir = Path(),
    student: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Make only this student's; can be repeated.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no bar, and only what went wrong.")] = False,
) -> None:
    """Make each student's page: points, what went wrong and where, with today's marks and comments of staff."""
    raise typer.Exit(tools.make_feedback(load_course(find_course(course_dir)), name.rstrip("/"), student or [], quiet))


app.command(short_help="Show answers that behave alike, and comment on them.", epilog=group_command.EPILOG)(
    group_command.groups
)


app.command(
    short_help="Report on a class: a page, tables or JSON.",
    epilog=epilog("autograder report my_lab", "autograder report my_lab --format csv --output my_lab.csv"),
)(reporting.report)


app.add_typer(beginning.app)
app.add_typer(export_command.app, name="export", short_help="Export for other places: archives, scores.")
send_scores_command.register(app)


@app.command(short_help="Say what this machine can do.", epilog=epilog("autograder doctor"))
def doctor(course_dir: CourseDir = Path()) -> None:
    """Say what this machine can do: layers of confinement, limits, versions, and how to get what it lacks."""
    raise typer.Exit(tools.doctor(load_course(find_course(course_dir))))


@app.command(
    short_help="Copy the gradebook into another database.",
    epilog=epilog("autograder move-gradebook postgresql+psycopg://user@host/gradebook"),
)
def move_gradebook(
    target: Annotated[str, typer.Argument(metavar="TARGET_URL", help="An empty database, as SQLAlchemy writes it.")],
    course_dir: CourseDir = Path(),
) -> None:
    """Copy the gradebook into another database, all or nothing; the one that there is stays as it is."""
    raise typer.Exit(tools.move_gradebook(load_course(find_course(course_dir)), target))


def run() -> None:
    """Runs the command; bad input becomes one sentence and exit code 1, a fault of ours exit code 3."""
    for each in _TOLD_TO_END:
        signal.signal(each, _leave)
    with guarded_output():
        _run()


def _run() -> None:
    try:
        app(prog_name="autograder")
    except (CourseError, IsolationError) as error:
        errors.print(f"Error: {lines_without_controls(str(error))}", markup=False)
        sys.exit(BAD_INPUT)
    except (KeyboardInterrupt, SystemExit) as leaving:
        code = leaving.code if isinstance(leaving, SystemExit) else INTERRUPTED
        if isinstance(code, int) and code > SIGNAL_CODES:  # typer turns Ctrl-C into 130
            errors.print(
                "Stopped. What was finished is kept (of --notebook nothing), and the same command goes on from there."
            )
        sys.exit(code)
    except SandboxError as error:
        errors.print(f"The sandbox failed: {lines_without_controls(str(error))}", markup=False)
        sys.exit(FAULT)
    except Exception as error:
        end_by(error)


def main() -> NoReturn:
    """`run`, and an end at once, as Python would take PyTorch apart for half a second."""
    try:
        run()
        code: object = OK
    except SystemExit as leaving:
        code = leaving.code
    last_code = flushed()
    code = code or last_code
    os._exit(code if isinstance(code, int) else BAD_INPUT if code else OK)


def _leave(number: int, _: object) -> None:
    """Whatever was started is ended and cleared away on the way out; only a second Ctrl-C hurries that."""
    for each in _TOLD_TO_END:
        signal.signal(each, signal.default_int_handler if each == signal.SIGINT else signal.SIG_IGN)
    asked_to_leave.append(SIGNAL_CODES + number)
    sys.exit(SIGNAL_CODES + number)
