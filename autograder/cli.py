"""The command `autograder`.

Exit codes: 0 grading ran, whatever the marks; 1 bad input, or marks below --fail-under; 2 wrong usage; 3 a fault of
the grader or of a check.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from autograder import __version__
from autograder.assignment import Assignment, CourseError, assignment_names, load_assignment
from autograder.course import Course, load_course
from autograder.forkserver import ForkServer, IsolationError, SandboxError

# The modules that need torch or nbgrader are imported where they are used: while they load, the fork server does too.

OK, BAD_INPUT, USAGE, FAULT, INTERRUPTED = 0, 1, 2, 3, 130

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


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
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no bar and no table.")] = False,
) -> None:
    """Grade one notebook (--notebook FILE), or every submission of ASSIGNMENT."""
    if (name is None) == (notebook is None):
        raise typer.BadParameter("name an assignment, or a notebook with --notebook, and not both")
    if isolation not in (None, "full", "partial"):
        raise typer.BadParameter("--isolation is full or partial")
    course = load_course(course_dir)
    settings = {"isolation": isolation or course.isolation, "workers": workers or course.workers}
    course = Course(**{**vars(course), **settings})
    if notebook is not None:
        if not notebook.is_file():
            raise CourseError(f"There is no notebook {notebook}.")
        wanted = assignment or _guess_assignment(course.folder, notebook)
        code = _grade_notebook(course, wanted, notebook, as_json, fail_under, quiet)
    else:
        code = _grade_all(course, name or "", student or [], force, as_json, fail_under, quiet)
    raise typer.Exit(code)


@app.command()
def audit(
    name: Annotated[str, typer.Argument(metavar="ASSIGNMENT", help="The assignment to prove.")],
    course_dir: Annotated[Path, typer.Option(help="The course's folder.")] = Path(),
) -> None:
    """Prove an assignment before release: right answers pass, wrong ones don't, each check earns its place."""
    course = load_course(course_dir)
    with ForkServer(course.isolation) as server:
        from autograder.audit import audit as run_audit
        from autograder.tables import print_audit

        assignment = load_assignment(course.folder, name)
        with _progress(hidden=False) as progress:
            bar = progress.add_task("asking the grader", total=None, looks="")
            rows = run_audit(
                assignment,
                course.folder / "release" / name,
                server,
                course.limits,
                lambda done, total: progress.update(bar, completed=done, total=total),
            )
    print_audit(rows, name, Console())
    problems = sum(len(row.problems) for row in rows)
    print(f"{problems} problem(s)." if problems else "Ready to release.")
    raise typer.Exit(BAD_INPUT if problems else OK)


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


def _guess_assignment(folder: Path, notebook: Path) -> str:
    names = assignment_names(folder)
    if notebook.stem in names:
        return notebook.stem
    if len(names) == 1:
        return names[0]
    raise CourseError(f"Which assignment is {notebook.name}? Say --assignment with one of: {', '.join(names)}.")


def _grade_notebook(
    course: Course, name: str, notebook: Path, as_json: bool, fail_under: float | None, quiet: bool
) -> int:
    with ForkServer(course.isolation) as server:
        from autograder.grading import Grader
        from autograder.report import Status
        from autograder.tables import print_report

        with Grader(load_assignment(course.folder, name), server, course.limits, show_cells=False) as grader:
            report = grader.grade(notebook, notebook.stem).report
    if as_json:
        print(json.dumps(report.to_dict(), ensure_ascii=False))
    elif not quiet:
        print_report(report, Console())
    if report.status is Status.UNREADABLE:
        errors.print(report.message, markup=False)
        return BAD_INPUT
    if report.needs_a_look:
        errors.print("A check or the grader failed; the report says where. No mark was given for it.")
        return FAULT
    return BAD_INPUT if fail_under is not None and report.score < fail_under else OK


def _grade_all(
    course: Course,
    name: str,
    chosen: list[str],
    force: bool,
    as_json: bool,
    fail_under: float | None,
    quiet: bool,
) -> int:
    started = time.monotonic()
    assignment_folder = course.folder / "source" / name
    with ForkServer(course.isolation) as server:
        if not assignment_folder.is_dir():
            load_assignment(course.folder, name)  # says what is wrong
        from autograder.batch import Outline, choose_students, grade_batch
        from autograder.report import FILE_NAME, Status
        from autograder.tables import print_class

        assignment: Assignment = load_assignment(course.folder, name)
        students = choose_students(course, assignment, chosen)
        rows: list[Outline] = []
        with _progress(quiet or as_json) as progress:
            bar = progress.add_task("grading", total=len(students), looks="")
            for row in grade_batch(course, assignment, students, server, force):
                rows.append(row)
                looks = sum(each.needs_a_look for each in rows)
                progress.update(bar, advance=1, looks=f"{looks} need a look" if looks else "")
                if as_json:
                    path = course.autograded(row.student, name) / FILE_NAME
                    print(json.dumps(json.loads(path.read_text(encoding="utf-8")), ensure_ascii=False), flush=True)
    if not quiet and not as_json:
        print_class(rows, assignment, Console())
        fresh = sum(row.fresh for row in rows)
        seconds = time.monotonic() - started
        print(f"Graded {fresh} of {len(rows)} submissions in {seconds:.1f} s; {len(rows) - fresh} had not changed.")
        print(f"Reports and notebooks: {course.folder / 'autograded'}. Pages: nbgrader generate_feedback {name}")
    if any(row.needs_a_look and row.status != Status.UNREADABLE for row in rows):
        return FAULT
    return BAD_INPUT if fail_under is not None and any(row.score < fail_under for row in rows) else OK


def _progress(hidden: bool) -> Progress:
    """A bar on a terminal; nothing where it is not wanted or there is no terminal to draw it on."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("[magenta]{task.fields[looks]}"),
    )
    console = Console(stderr=True)
    return Progress(*columns, console=console, disable=hidden or not console.is_terminal, transient=True)


def main() -> None:
    """Runs the command; bad input becomes one sentence and exit code 1, a fault of ours exit code 3."""
    try:
        app()
    except (CourseError, IsolationError) as error:
        errors.print(f"Error: {error}", markup=False)
        sys.exit(BAD_INPUT)
    except (KeyboardInterrupt, SystemExit) as leaving:
        code = leaving.code if isinstance(leaving, SystemExit) else INTERRUPTED
        if code == INTERRUPTED:  # typer turns Ctrl-C into it
            errors.print("Stopped. What was finished is kept; the same command goes on from there.")
        sys.exit(code)
    except SandboxError as error:
        errors.print(f"The sandbox failed: {error}", markup=False)
        sys.exit(FAULT)
    except Exception:
        errors.print_exception()
        errors.print("This is a fault of the grader, not of a submission. Nothing that was finished is lost.")
        sys.exit(FAULT)
