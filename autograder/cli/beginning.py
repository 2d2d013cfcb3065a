"""Options and help of the commands that a course begins with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from autograder.cli import starting
from autograder.cli.arguments import CourseDir
from autograder.cli.exit_codes import epilog
from autograder.course.course import find_course, load_course

app = typer.Typer()


@app.command(
    "import",
    short_help="Look at an nbgrader course, and say what can be graded.",
    epilog=epilog("autograder import .", "autograder import source/ps1", "autograder import . --pytest"),
)
def import_(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="A course with source/, or one assignment's folder.")
    ],
    pytest: Annotated[bool, typer.Option("--pytest", help="Write hidden checks as a start, one a test cell.")] = False,
) -> None:
    """Look at an nbgrader course: who judges which cell, what could be forged, what leaks. Nothing is changed."""
    raise typer.Exit(starting.import_course(folder, pytest))


@app.command(short_help="Make a new assignment to start from.", epilog=epilog("autograder new my_lab"))
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the new folder in source/.")],
    course_dir: CourseDir = Path(),
) -> None:
    """Make a small assignment that is complete: a notebook with two exercises, data, hidden checks, a release."""
    raise typer.Exit(starting.new_assignment(load_course(find_course(course_dir)), name))


@app.command(
    short_help="Make a new course that works at once.",
    epilog=epilog("autograder new-course ml-2027", "autograder new-course ml-2027 --exchange /srv/nbgrader/exchange"),
)
def new_course(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is new or empty.")],
    course_id: Annotated[
        str, typer.Option(metavar="ID", help="nbgrader's id of the course; else the folder's name.", show_default=False)
    ] = "",
    exchange: Annotated[
        Path | None, typer.Option(metavar="DIR", help="What staff and students share; made if it is not there.")
    ] = None,
) -> None:
    """Make a course: settings, the assignments that come with this package, a roster to fill in, next steps."""
    raise typer.Exit(starting.new_course(folder, course_id, exchange))


@app.command(short_help="Read the course's students from a file.", epilog=epilog("autograder roster roster.csv"))
def roster(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV with id, first_name, last_name, email, lms_user_id.")
    ],
    course_dir: CourseDir = Path(),
) -> None:
    """Read students from a CSV file into the gradebook: all of it or nothing. Who is not in it keeps all marks."""
    raise typer.Exit(starting.import_roster(load_course(find_course(course_dir)), file))
