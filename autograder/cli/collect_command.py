"""`autograder collect`: hand-ins from nbgrader's exchange, from what a learning platform gave, or from git."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from autograder.cli.arguments import CourseDir, Name
from autograder.cli.exit_codes import BAD_INPUT, OK, epilog
from autograder.course.course import Course, find_course, load_course

if TYPE_CHECKING:
    from autograder.collect.collect_from import Collecting
    from autograder.collect.collected_words import Told

_MAX_ROWS = 100
_MAX_CHARACTERS = 60
_GIT = "git"  # a folder of that name is ./git
EPILOG = epilog(
    "autograder collect my_lab",
    "autograder collect my_lab --update",
    "autograder collect my_lab --from downloaded/my_lab/archive",
    "autograder collect my_lab --from git --roster roster.csv --before-duedate",
)


def collect(
    name: Name,
    course_dir: CourseDir = Path(),
    from_: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FOLDER",
            help="What a learning platform gave: a folder of zips and files, or a zip. Or the word git.",
            show_default="nbgrader's exchange",
        ),
    ] = None,
    student: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Collect only this student's; can be repeated.")
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Take newer hand-ins in place of what was collected before.")
    ] = False,
    before_duedate: Annotated[
        bool, typer.Option("--before-duedate", help="Take the last hand-in before the due date, if there is one.")
    ] = False,
    roster: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --from git: a CSV file with the columns id, clone_url.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="With --from git: repositories that are asked at once.")] = 4,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print only what was left out.")] = False,
) -> None:
    """Collect hand-ins: the newest of each student. What is no plain file is left out, and listed."""
    if from_ not in (None, _GIT) and before_duedate:
        raise typer.BadParameter("--before-duedate goes with nbgrader's exchange and with git, not with a folder")
    if (from_ == _GIT) != (roster is not None):
        raise typer.BadParameter("--from git and --roster FILE go together: the file says whose repository is where")
    course, name = load_course(find_course(course_dir)), name.rstrip("/")
    if name not in course.assignment_names():
        course.assignment(name)  # says what is wrong
    source: AbstractContextManager[Collecting]
    if roster is not None:
        from autograder.collect.collect_from import FromGit, from_git

        source = from_git(course, name, roster, student or [], FromGit(update, before_duedate, jobs))
    else:
        place = None if from_ is None else Path(from_)
        source = _source(course, name, place, student or [], update, before_duedate)
    raise typer.Exit(_run(source, update, quiet))


def _source(
    course: Course, name: str, place: Path | None, students: list[str], update: bool, before_duedate: bool
) -> AbstractContextManager[Collecting]:
    from nbgrader.exchange.default.collect import ExchangeCollect

    from autograder.collect.collect_from import coursedir_of, from_downloads, from_exchange, zip_app

    if place is not None:
        return from_downloads(course, zip_app(course, name), place, students, update)
    settings = ExchangeCollect(coursedir=coursedir_of(course, name), config=course.config)
    settings.update, settings.before_duedate = update, before_duedate
    return from_exchange(course, settings, students)


def _run(source: AbstractContextManager[Collecting], update: bool, quiet: bool) -> int:
    from autograder.cli.commands import errors
    from autograder.cli.progress import bar
    from autograder.collect.collected_words import tell
    from autograder.report.formats.screen import printable

    collected = []
    with bar(errors) as progress:
        task = progress.add_task("reading", total=None, note="", visible=not quiet)
        with source as (found, collecting):
            progress.update(task, description="collecting", total=found.asked or len(found.hand_ins))
            for each in collecting:
                collected.append(each)
                progress.update(task, advance=1)
    told = tell(found, collected, "" if update else "--update")
    console = Console(highlight=False, soft_wrap=True)
    _print_rows(told, console)
    for sentence in told.sentences if not quiet else ():
        console.print(printable(sentence))
    return BAD_INPUT if found.unread else OK


def _print_rows(told: Told, console: Console) -> None:
    """What was left out, and what to look at: in tables, as students chose the names."""
    from autograder.report.formats.screen import printable, without_middle

    tables = (
        ("left out", ("student", "what", "why"), told.left_out),
        ("to look at", ("student", "why"), told.looks),
    )
    for title, columns, rows in tables:
        if not rows:
            continue
        table = Table(title=title, box=box.SIMPLE_HEAD)
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows[:_MAX_ROWS]:
            *names, words = row
            table.add_row(*(printable(without_middle(each, _MAX_CHARACTERS)) for each in names), printable(words))
        console.print(table, soft_wrap=False)
        if len(rows) > _MAX_ROWS:
            console.print(f"And {len(rows) - _MAX_ROWS:,} more.")
