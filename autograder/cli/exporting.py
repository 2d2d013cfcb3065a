"""What exporting marks does: reads them, has a table made, writes it whole, and says who is not in it and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.table import Table

from autograder.cli.commands import errors
from autograder.cli.exit_codes import OK, UNMATCHED
from autograder.course.course import Course, find_course, load_course
from autograder.course.errors import CourseError
from autograder.course.settings import read_root
from autograder.doors.scores import Person, Scores, Settled, State, read_people, read_scores
from autograder.doors.sheets import Sheet, read_sheet, write_bytes_whole
from autograder.doors.tables import Filled, Given
from autograder.report.formats.screen import counted, printable, without_middle

_FOLDER = "reports"
_MAX_ROWS = 100
_MAX_CHARACTERS = 60
_NEXT = {
    State.LOOK: "Look at their pages; then --looked-at ID, or --all-looked-at",
    State.WAITING: "Mark them in formgrader",
    State.FAULT: "`autograder grade {name}` says what failed",
    State.UNGRADED: "`autograder grade {name}`",
    State.NOTHING: "--zeros gives them 0",
    State.EXCUSED: "--excused says so",
}

Make = Callable[[Sequence[Scores], Mapping[str, Person], Given, Sheet | None], Filled]


@dataclass(frozen=True)
class Job:
    """What to export, for which platform, from what it gave (`source`), to where."""

    names: Sequence[str]
    course_dir: Path
    platform: str
    output: Path | None
    source: Path | None
    quiet: bool


def given_of(
    columns: Sequence[str] | None,
    compared: Sequence[str] | None,
    *,
    zeros: bool = False,
    scale: bool = False,
    exercises: bool = False,
) -> Given:
    """What options say of the table. Raises CourseError if one has no `=`."""
    fields = {field: column for column, field in _pairs("--match COLUMN=FIELD", compared or (), last=True)}
    return Given(dict(_pairs("--column ASSIGNMENT=TITLE", columns or ())), fields, zeros, scale, exercises)


def settled_of(looked_at: Sequence[str] | None, all_looked_at: bool, excused: Sequence[str] | None) -> Settled:
    """What options say of marks."""
    return Settled(frozenset(looked_at or ()), all_looked_at, frozenset(excused or ()))


def export(job: Job, given: Given, settled: Settled, make: Make) -> int:
    """Writes a platform's table, and says who has no mark in it.

    Raises:
        CourseError: something can't be read or written; then nothing is written.
    """
    course = load_course(find_course(job.course_dir))
    names = list(dict.fromkeys(each.rstrip("/") for each in job.names))
    if unknown := sorted(set(given.columns) - set(names)):
        raise CourseError(f"--column names {unknown[0]!r}, which is not exported here.")
    sheet = read_sheet(job.source) if job.source else None
    output = job.output or _default(course, names, job.platform)
    if job.source and output.resolve() == job.source.resolve():
        raise CourseError(f"{output} is what the platform gave. Name another file with --output, so that it is kept.")
    people, scores = read_marks(course, names, settled)
    filled = make(scores, people, given, sheet)
    if sheet is not None and filled.matched is not None and not filled.matched.student_of:
        raise CourseError(
            f"No row of {sheet.path} is of a student in the gradebook, so nothing was written. Compared were ids, "
            "e-mails and lms_user_id: `autograder roster FILE` puts them into the gradebook, and --match COLUMN=FIELD "
            "says which column holds which."
        )
    write_bytes_whole(output, filled.data)
    unmatched = tell(scores, people, filled, sheet, given, job.quiet)
    if not job.quiet:
        errors.print(f"{_counts(scores, filled)}: {printable(str(output))}")
    return UNMATCHED if unmatched else OK


def read_marks(course: Course, names: Sequence[str], settled: Settled) -> tuple[dict[str, Person], list[Scores]]:
    """The students in the gradebook, and the marks of some assignments.

    Raises:
        CourseError: something can't be read, or options name a student whom nobody knows.
    """
    for name in names:
        if name not in course.assignment_names():
            course.assignment(name)  # says what is wrong
    people = read_people(course)
    scores = [read_scores(course, name, people, settled) for name in names]
    known = {student for each in scores for student in each.of}
    if not known:
        raise CourseError("Nobody is in the gradebook, and nobody handed in anything: there are no marks yet.")
    if strangers := sorted((settled.looked_at | settled.excused) - known):
        raise CourseError(f"Nobody has the id {strangers[0]!r}, which --looked-at or --excused names.")
    return people, scores


def tell(
    scores: Sequence[Scores],
    people: Mapping[str, Person],
    filled: Filled,
    sheet: Sheet | None,
    given: Given,
    quiet: bool,
) -> bool:
    """Says who has no mark and why; whether somebody could not be matched."""
    matched = filled.matched
    rows = []
    if matched is not None and sheet is not None:
        rows += [(f"line {line}", called, why) for line, called, why in matched.unmatched]
        handed_in = {who for each in scores for who, one in each.of.items() if one.state is not State.NOTHING}
        for who in sorted({*matched.missing, *handed_in} - set(matched.student_of.values())):
            name = people[who].name if who in people else ""
            rows.append((who, name, f"is in no row of {sheet.path.name}"))
    print_rows("not matched", ("where", "who", "why"), rows)
    print_rows("left as it was", ("where", "who", "why"), [(f"line {line}", *more) for line, *more in filled.left])
    if quiet:
        return bool(rows)
    if matched is not None and sheet is not None:
        found = (f"{sheet.header[column].strip()} is {field}" for field, column in matched.columns.items())
        errors.print(printable(f"Matched by: {', '.join(found)}."))
    for sentence in _unmarked(scores, set(matched.student_of.values()) if matched else None, given):
        errors.print(printable(sentence))
    for note in filled.notes:
        errors.print(note, markup=False)
    if filled.neutralised:
        lines = ", ".join(map(str, filled.neutralised[:20])) + (" …" if len(filled.neutralised) > 20 else "")
        errors.print(f"A spreadsheet would take cells for formulas; an apostrophe is before them now. Lines: {lines}.")
    return bool(rows)


def _unmarked(scores: Sequence[Scores], rows_of: set[str] | None, given: Given) -> Iterator[str]:
    """Who is in the table without a mark, a sentence for each reason."""
    for each in scores:
        why = defaultdict[State, list[str]](list)
        for student, one in each.of.items():
            if one.state is not State.FINAL and (rows_of is None or student in rows_of):
                why[one.state].append(student)
        for state, students in sorted(why.items()):
            if state is State.NOTHING and given.zeros:
                yield f"{each.assignment}: 0 points, as nothing was handed in, for {listed(students)}."
            else:
                step = _NEXT[state].format(name=each.assignment)
                yield f"{each.assignment}: no mark for {listed(students)}: {state.value}. {step}."


def _counts(scores: Sequence[Scores], filled: Filled) -> str:
    students = set(filled.matched.student_of.values()) if filled.matched else None
    marks = sum(
        one.final is not None and (students is None or who in students)
        for each in scores
        for who, one in each.of.items()
    )
    return counted(marks - len(filled.left), "mark")


def print_rows(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table of rows whose last column is ours; the others may be what students are called."""
    if not rows:
        return
    table = Table(title=title, box=box.SIMPLE_HEAD)
    for column in columns:
        table.add_column(column, overflow="fold")
    for *names, why in rows[:_MAX_ROWS]:
        table.add_row(*(printable(without_middle(each, _MAX_CHARACTERS)) for each in names), printable(why))
    errors.print(table, soft_wrap=False)
    if len(rows) > _MAX_ROWS:
        errors.print(f"And {len(rows) - _MAX_ROWS:,} more.")


def _pairs(form: str, texts: Sequence[str], last: bool = False) -> Iterator[tuple[str, str]]:
    for each in texts:
        before, sign, after = each.rpartition("=") if last else each.partition("=")
        if not (before.strip() and sign and after.strip()):
            raise CourseError(f"{form}: {each!r} has not this form.")
        yield before.strip(), after.strip()


def _default(course: Course, names: Sequence[str], platform: str) -> Path:
    stem = names[0] if len(names) == 1 else "scores"
    return read_root(course.config, course.folder) / _FOLDER / f"{stem}-{platform}.csv"


def listed(students: Sequence[str]) -> str:
    """The first few of them, and how many more there are."""
    return ", ".join(students[:10]) + (f" and {len(students) - 10:,} more" if len(students) > 10 else "")
