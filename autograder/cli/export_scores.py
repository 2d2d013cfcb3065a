"""`autograder export canvas|moodle|gradescope-scores|csv`: today's marks in the form that a platform reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.cli.arguments import CourseDir, Name, assignments
from autograder.cli.exit_codes import epilog

if TYPE_CHECKING:
    from autograder.doors.scores import Person, Scores
    from autograder.doors.sheets import Sheet
    from autograder.doors.tables import Filled, Given

Names = Annotated[
    list[str], typer.Argument(metavar="ASSIGNMENT", help="Folders' names in source/.", autocompletion=assignments)
]
Output = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Where to write it.", show_default="reports/ASSIGNMENT-PLATFORM.csv")
]
Roster = Annotated[
    Path | None, typer.Option(metavar="FILE", help="What the platform gave: its students, in its order.")
]
Columns = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="ASSIGNMENT=TITLE", help="The assignment's title or id there; can be repeated."),
]
Compared = Annotated[
    list[str] | None,
    typer.Option(
        "--match",
        metavar="COLUMN=FIELD",
        help="The platform's column that holds id, email or lms_user_id; can be repeated.",
        show_default="found",
    ),
]
Exercises = Annotated[bool, typer.Option("--exercises", help="A column for each exercise too.")]
Scale = Annotated[bool, typer.Option("--scale", help="Scale marks to the points that the platform has.")]
Zeros = Annotated[bool, typer.Option("--zeros", help="0 for who handed in nothing, in place of no mark.")]
LookedAt = Annotated[
    list[str] | None,
    typer.Option(metavar="ID", help="This student's work was looked at: export the mark; can be repeated."),
]
AllLookedAt = Annotated[bool, typer.Option("--all-looked-at", help="All were looked at.")]
Excused = Annotated[list[str] | None, typer.Option(metavar="ID", help="This student needs no mark; can be repeated.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say only who was left out.")]


def register(app: typer.Typer) -> None:
    """Adds the commands to `autograder export`."""
    app.command(
        short_help="Marks for Canvas's gradebook.",
        epilog=epilog(
            "autograder export canvas my_lab --roster downloaded/gradebook.csv",
            "autograder export canvas my_lab --roster gradebook.csv --column my_lab=12345",
            "autograder export canvas my_lab --column 'my_lab=Lab 1 (12345)'",
        ),
    )(canvas)
    app.command(
        short_help="Marks in Moodle's grading worksheet.",
        epilog=epilog("autograder export moodle my_lab --worksheet downloaded/Grades-ML-Lab.csv"),
    )(moodle)
    app.command(
        "gradescope-scores",
        short_help="Marks in the form of Gradescope's scores.",
        epilog=epilog(
            "autograder export gradescope-scores my_lab",
            "autograder export gradescope-scores my_lab --roster roster.csv --exercises",
        ),
    )(gradescope_scores)
    app.command(
        "csv",
        short_help="All that is known of marks, for a spreadsheet.",
        epilog=epilog("autograder export csv my_lab my_second_lab --output marks.csv"),
    )(csv_)


def canvas(
    names: Names,
    course_dir: CourseDir = Path(),
    roster: Roster = None,
    output: Output = None,
    column: Columns = None,
    match: Compared = None,
    exercises: Exercises = False,
    scale: Scale = False,
    zeros: Zeros = False,
    looked_at: LookedAt = None,
    all_looked_at: AllLookedAt = False,
    excused: Excused = None,
    quiet: Quiet = False,
) -> None:
    """Marks for Canvas: in its downloaded gradebook (--roster), or in one made anew from the roster here."""
    if roster is not None and exercises:
        raise typer.BadParameter("--exercises goes without --roster: Canvas makes an assignment of each exercise")
    if roster is None and (match or scale):
        raise typer.BadParameter("--match and --scale go with --roster")
    from autograder.cli.exporting import Job, export, given_of, settled_of
    from autograder.doors.canvas import fill, make

    def table(scores: Sequence[Scores], people: Mapping[str, Person], given: Given, sheet: Sheet | None) -> Filled:
        return make(scores, people, given) if sheet is None else fill(sheet, scores, people, given)

    given = given_of(column, match, zeros=zeros, scale=scale, exercises=exercises)
    job = Job(names, course_dir, "canvas", output, roster, quiet)
    raise typer.Exit(export(job, given, settled_of(looked_at, all_looked_at, excused), table))


def moodle(
    name: Name,
    worksheet: Annotated[Path, typer.Option(metavar="FILE", help="The grading worksheet that Moodle gave.")],
    course_dir: CourseDir = Path(),
    output: Output = None,
    grade_column: Annotated[
        str, typer.Option(metavar="NAME", help="What the column of grades is called.", show_default="found")
    ] = "",
    match: Compared = None,
    scale: Scale = False,
    zeros: Zeros = False,
    looked_at: LookedAt = None,
    all_looked_at: AllLookedAt = False,
    excused: Excused = None,
    quiet: Quiet = False,
) -> None:
    """Marks in the grading worksheet that an assignment in Moodle gives, in whatever language the site is."""
    from autograder.cli.exporting import Job, export, given_of, settled_of
    from autograder.doors.moodle import fill

    def table(scores: Sequence[Scores], people: Mapping[str, Person], given: Given, sheet: Sheet | None) -> Filled:
        assert sheet is not None  # --worksheet is required
        return fill(sheet, scores[0], people, given, grade_column)

    given = given_of(None, match, zeros=zeros, scale=scale)
    job = Job([name], course_dir, "moodle", output, worksheet, quiet)
    raise typer.Exit(export(job, given, settled_of(looked_at, all_looked_at, excused), table))


def gradescope_scores(
    name: Name,
    course_dir: CourseDir = Path(),
    roster: Roster = None,
    output: Output = None,
    match: Compared = None,
    exercises: Exercises = False,
    zeros: Zeros = False,
    looked_at: LookedAt = None,
    all_looked_at: AllLookedAt = False,
    excused: Excused = None,
    quiet: Quiet = False,
) -> None:
    """Marks as Gradescope itself writes them; with its downloaded roster (--roster), its students in its order."""
    if roster is None and match:
        raise typer.BadParameter("--match goes with --roster")
    from autograder.cli.exporting import Job, export, given_of, settled_of
    from autograder.doors.score_tables import gradescope

    def table(scores: Sequence[Scores], people: Mapping[str, Person], given: Given, sheet: Sheet | None) -> Filled:
        return gradescope(scores[0], people, given, sheet)

    given = given_of(None, match, zeros=zeros, exercises=exercises)
    job = Job([name], course_dir, "gradescope", output, roster, quiet)
    raise typer.Exit(export(job, given, settled_of(looked_at, all_looked_at, excused), table))


def csv_(
    names: Names,
    course_dir: CourseDir = Path(),
    output: Output = None,
    zeros: Zeros = False,
    looked_at: LookedAt = None,
    all_looked_at: AllLookedAt = False,
    excused: Excused = None,
    quiet: Quiet = False,
) -> None:
    """All that is known of marks, exercise by exercise: a line for each student and assignment."""
    from autograder.cli.exporting import Job, export, given_of, settled_of
    from autograder.doors.score_tables import spreadsheet

    def table(scores: Sequence[Scores], people: Mapping[str, Person], given: Given, sheet: Sheet | None) -> Filled:
        return spreadsheet(scores, people, given)

    job = Job(names, course_dir, "marks", output, None, quiet)
    raise typer.Exit(
        export(job, given_of(None, None, zeros=zeros), settled_of(looked_at, all_looked_at, excused), table)
    )
