"""`autograder report`: the report on a class as a page, as tables, or as JSON."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli.arguments import CourseDir, Name
from autograder.cli.exit_codes import OK
from autograder.cli.output import STDOUT
from autograder.course.course import Course, find_course, load_course
from autograder.course.errors import CourseError
from autograder.course.settings import read_root

FORMATS = ("html", "csv", "json")
_FOLDER = "reports"


def report(
    name: Name,
    course_dir: CourseDir = Path(),
    format_: Annotated[
        str, typer.Option("--format", metavar="NAME", help=f"What to make: {', '.join(FORMATS)}.")
    ] = "html",
    output: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="Where to write it; - for standard output, but for csv, which is several files.",
            show_default="reports/ASSIGNMENT.html",
        ),
    ] = "",
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Do not say where it is, nor what to know of it.")
    ] = False,
) -> None:
    """Report on a class from the last run: scores, exercises, mistakes, who needs a look, near-identical code."""
    if format_ not in FORMATS:
        raise typer.BadParameter(f"there is no format {format_!r}; --format is one of: {', '.join(FORMATS)}")
    if output == STDOUT and format_ == "csv":
        raise typer.BadParameter("csv is several files, so --output names one of them, such as lab.csv")
    course = load_course(find_course(course_dir))
    raise typer.Exit(report_class(course, name.rstrip("/"), format_, output, quiet))


def report_class(course: Course, name: str, format_: str, output: str, quiet: bool) -> int:
    """Writes the report on a class, and says where it is, unless that is standard output.

    Raises:
        CourseError: there is no such assignment, nobody was graded, or something can't be read or written.
    """
    if name not in course.assignment_names():
        course.assignment(name)  # says what is wrong
    from autograder.gradebook.class_facts import class_of
    from autograder.report.class_report.class_report import class_report
    from autograder.report.report import ordinary_file, write_whole

    gc.disable()  # a large class is a million small records, of which none is garbage
    try:
        report = class_report(*class_of(course, name))
    finally:
        gc.enable()
    path = Path(output) if output else read_root(course.config, course.folder) / _FOLDER / f"{name}.{format_}"
    texts = {path: ""}
    if format_ == "html":
        from autograder.report.class_report.class_page import class_page

        texts = {path: class_page(report, course.timezone)}
    elif format_ == "csv":
        from autograder.report.class_report.csv_tables import csv_tables

        tables = csv_tables(report)
        texts = {path.with_name(f"{path.stem}{each and '-'}{each}{path.suffix}"): tables[each] for each in tables}
    else:
        import msgspec

        texts = {path: msgspec.json.format(msgspec.json.encode(report), indent=1).decode() + "\n"}
    for file, text in texts.items():
        if output == STDOUT:
            print(text, end="")
            continue
        try:
            write_whole(ordinary_file(file), text)
        except OSError as error:
            raise CourseError(
                f"The report can't be written: {error.strerror or error}: {file}. Make room or give the right to write "
                "there, or name another place with --output."
            ) from error
    if not quiet:
        from autograder.cli.commands import errors
        from autograder.report.formats.screen import counted, printable

        for each in report.notes:
            errors.print(printable(each))
        what = counted(report.counts.graded, "graded submission")
        if output != STDOUT:
            print(f"Report on {what}: {', '.join(map(str, texts))}")
    return OK
