"""`autograder export classroom50`: today's marks as overrides in a classroom's `scores.json`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autograder.cli.arguments import CourseDir, Name
from autograder.cli.exit_codes import OK, UNMATCHED, epilog
from autograder.course.course import find_course, load_course
from autograder.course.errors import CourseError

if TYPE_CHECKING:
    from autograder.doors.classroom50 import Place
    from autograder.doors.scores import Scores

_MAX_NAMES = 20


def register(app: typer.Typer) -> None:
    """Adds the command to `autograder export`."""
    app.command(
        "classroom50",
        short_help="Marks for Classroom 50, as overrides.",
        epilog=epilog(
            "autograder export classroom50 my_lab --scores classroom50/cs-101/scores.json --roster roster.csv"
        ),
    )(classroom50)


def classroom50(
    name: Name,
    scores: Annotated[
        Path,
        typer.Option(metavar="FILE", help="The classroom's scores.json, in a clone of the repository classroom50."),
    ],
    course_dir: CourseDir = Path(),
    roster: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The list for --from git, whose addresses say whose login is whose.",
            show_default="ids are logins",
        ),
    ] = None,
    classroom: Annotated[str, typer.Option(metavar="NAME", show_default="the file's folder")] = "",
    slug: Annotated[
        str, typer.Option(metavar="NAME", help="The assignment's name there.", show_default="the same, with - for _")
    ] = "",
    looked_at: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="This student's work was looked at; can be repeated.")
    ] = None,
    all_looked_at: Annotated[bool, typer.Option("--all-looked-at", help="All were looked at.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Change overrides that a teacher entered, too.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say only who was left out.")] = False,
) -> None:
    """Write marks into a classroom's scores.json as overrides, which its own collecting leaves alone."""
    from autograder.cli.commands import errors
    from autograder.doors.classroom50 import find_place, override, slug_of
    from autograder.doors.scores import Settled, read_people, read_scores
    from autograder.report.formats.screen import counted, printable
    from autograder.report.report import write_whole

    name = name.rstrip("/")
    course = load_course(find_course(course_dir))
    place = find_place(scores, classroom, slug or slug_of(name))
    settled = Settled(frozenset(looked_at or ()), all_looked_at)
    marks = read_scores(course, name, read_people(course), settled)
    owners, strangers = _owners(marks, roster, place)
    final = {owners[who]: mark.final for who, mark in marks.of.items() if who in owners and mark.final is not None}
    done = override(place, final, marks.max_points, datetime.now(UTC).replace(microsecond=0), replace)
    if done.new or done.changed:
        try:
            write_whole(scores, done.text)
        except OSError as error:
            raise CourseError(f"{scores} can't be written: {error.strerror or error}.") from error
    for sentence in _left_out(marks, strangers):
        errors.print(printable(sentence), markup=False)
    if done.kept:
        told = f"A teacher has entered scores by hand, which stay: {_listed(done.kept)}. --replace changes them, too."
        errors.print(printable(told), markup=False)
    if not quiet:
        if done.rounded:
            told = f"Scores there are whole numbers. Rounded: {_listed(done.rounded)}."
            errors.print(printable(told), markup=False)
        parts = ((done.new, "new"), (done.changed, "changed"), (done.same, "as before"))
        count = ", ".join(f"{len(each)} {words}" for each, words in parts if each) or "none"
        written = len(done.new) + len(done.changed)
        errors.print(printable(f"{counted(written, 'override')} written to {scores}: {count}."), markup=False)
        if written:
            errors.print("Now commit and push that file; its page shows the scores as entered by hand.", markup=False)
    raise typer.Exit(UNMATCHED if strangers else OK)


def _owners(marks: Scores, roster: Path | None, place: Place) -> tuple[dict[str, str], dict[str, str]]:
    """The login by student, and why there is none, as the end of a sentence."""
    from autograder.collect.repository_list import read_repositories
    from autograder.doors.classroom50 import is_login, owner_of

    if roster is None:
        found = {who: who if is_login(who) else "" for who in marks.of}
        why = "no login can be: name the list with --roster"
    else:
        repositories, _ = read_repositories(roster)
        found = dict.fromkeys(marks.of, "") | {
            each.student: owner_of(each.url, place) for each in repositories if each.student in marks.of
        }
        why = f"in the list without a repository called {place.classroom}-{place.slug}-LOGIN"
    owners = {who: owner for who, owner in found.items() if owner}
    strangers = {who: why for who in found if who not in owners and marks.of[who].points is not None}
    by_login = defaultdict[str, list[str]](list)
    for who, owner in owners.items():
        by_login[owner.casefold()].append(who)
    for several in by_login.values():
        if len(several) > 1 and len({marks.of[who].final for who in several}) > 1:
            for who in several:
                strangers[who] = "with others in one repository, and they have different marks"
                del owners[who]
    return owners, strangers


def _left_out(marks: Scores, strangers: Mapping[str, str]) -> Iterator[str]:
    from autograder.doors.scores import State

    by_reason = defaultdict[str, list[str]](list)
    for who, why in strangers.items():
        by_reason[f"Not written, as these are {why}"].append(who)
    for who, mark in marks.of.items():
        if mark.state not in (State.FINAL, State.NOTHING) and who not in strangers:
            look = "; then --looked-at ID, or --all-looked-at" if mark.state is State.LOOK else ""
            by_reason[f"No mark yet: {mark.state.value}{look}"].append(who)
    for reason, students in sorted(by_reason.items()):
        yield f"{reason}: {_listed(students)}."


def _listed(names: list[str] | tuple[str, ...]) -> str:
    more = f" and {len(names) - _MAX_NAMES:,} more" * (len(names) > _MAX_NAMES)
    return ", ".join(names[:_MAX_NAMES]) + more
