"""Commands to begin with: an nbgrader course, a new one, its students, a new assignment. Each gives an exit code."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.cli.exit_codes import BAD_INPUT, OK
from autograder.course.assignment import Assignment
from autograder.course.course import CONFIG_FILE, Course, find_course, load_course
from autograder.course.errors import CourseError
from autograder.course.loading import load_assignment, names_in
from autograder.report.formats.screen import BAD, GOOD, counted, printable
from autograder.sandbox.forked import open_sandbox
from autograder.sandbox.limits import Limits

if TYPE_CHECKING:
    from autograder.audit.moving_in import Found


_MAX_NAMES = 20


@dataclass(frozen=True)
class _Place:
    """What was named to look at.

    Attributes:
        course: None if there are no settings.
        sources: the folder of the assignments' folders.
        names: of those to look at.
        load: reads one.
    """

    course: Course | None
    sources: Path
    names: tuple[str, ...]
    load: Callable[[str], Assignment]


def _place(folder: Path) -> _Place:
    """Raises CourseError if there is nothing to look at."""
    folder = folder.resolve()
    if not folder.is_dir():
        raise CourseError(f"There is no folder {folder}. Name an nbgrader course, or an assignment's folder.")
    try:
        course = load_course(find_course(folder))
    except CourseError:
        if any((each / CONFIG_FILE).is_file() for each in (folder, *folder.parents)):
            raise  # there are settings, and they are wrong
        course = None
    if course is not None and folder.parent == course.folders.source:
        return _Place(course, course.folders.source, (folder.name,), course.assignment)
    if course is not None and any(folder.glob("*.ipynb")):
        raise CourseError(
            f"{folder} is no assignment of the course in {course.folder}, whose assignments are in "
            f"{course.folders.source}. Move it there."
        )
    if course is not None:
        names = tuple(_folders_in(course.folders.source))
        place = _Place(course, course.folders.source, names, course.assignment)
    elif any(folder.glob("*.ipynb")):
        place = _Place(
            None, folder.parent, (folder.name,), lambda name: load_assignment(folder.parent, name, folder.parent)
        )
    else:
        sources = folder / "source"
        place = _Place(None, sources, tuple(_folders_in(sources)), lambda name: load_assignment(folder, name))
    if not place.names:
        raise CourseError(
            f"{folder} holds neither notebooks nor assignments in {place.sources}. Name an nbgrader course, or an "
            "assignment's folder."
        )
    return place


def _folders_in(sources: Path) -> list[str]:
    return names_in(sources) if sources.is_dir() else []


def import_course(folder: Path, pytest: bool) -> int:
    """Says of each assignment how it would be graded; with `pytest`, writes hidden checks as a start."""
    place, console = _place(folder), Console(highlight=False, soft_wrap=True)
    if pytest and place.course is None:
        raise CourseError(
            f"{folder} is in no course, so there is no place for hidden checks. Put `c = get_config()` into "
            f"{CONFIG_FILE} beside source/, and move the assignment into source/."
        )
    limits = place.course.limits if place.course is not None else Limits()
    with open_sandbox(limits, place.course.isolation if place.course is not None else "full") as sandbox:
        from autograder.audit.first_checks import write_checks
        from autograder.audit.moving_in import OUTSIDE, Found, look_at, odd_settings

        found: list[Found] = []
        for name in place.names:
            try:
                assignment = place.load(name)
                found.append(look_at(assignment, sandbox))
            except CourseError as error:
                found.append(Found(name, fault=str(error)))
            _print_found(found[-1], console)
            if pytest and not found[-1].fault:
                outside = frozenset(each.name for each in found[-1].cells if each.how == OUTSIDE)
                for line in write_checks(assignment, outside, sandbox):
                    console.print(printable(line))
                console.print(
                    f"Checks are a start: `autograder audit {escape(shlex.quote(name))}` says what they miss."
                )
    for line in odd_settings(place.course.config) if place.course is not None else ():
        console.print(printable(line))
    for line in _next_steps(place, [each for each in found if not each.fault]):
        console.print(printable(line))
    return OK if all(each.is_ready for each in found) else BAD_INPUT


def _print_found(found: Found, console: Console) -> None:
    from autograder.audit.moving_in import NOT_OUTSIDE, NOT_READY, WRONG
    from autograder.audit.outside import ALLOW, MEND_TESTS

    if found.fault:
        console.print(f"{BAD} [bold]{escape(found.name)}[/bold] can't be graded: {printable(found.fault)}\n")
        return
    points = sum(each.points for each in found.cells)
    table = Table(title=f"{escape(found.name)}, {points:g} point{'s' * (points != 1)}", box=box.SIMPLE_HEAD)
    table.add_column("")
    table.add_column("notebook", overflow="fold")
    table.add_column("cell", overflow="fold")
    table.add_column("points", justify="right")
    table.add_column("judged by", overflow="fold")
    for each in found.cells:
        sign = BAD if each.how in NOT_READY else GOOD
        table.add_row(sign, printable(each.notebook), printable(each.name), f"{each.points:g}", escape(each.how))
    console.print(table, soft_wrap=False)
    lines = [f"{BAD} {printable(each.where)} {printable(each.what)}. {printable(each.mend)}" for each in found.leaks]
    for how, mend in ((WRONG, MEND_TESTS), (NOT_OUTSIDE, ALLOW)):
        refused = [each for each in found.cells if each.how == how]
        lines += [f"{BAD} {printable(each.name)} ({how}): {printable(each.why_not)}." for each in refused]
        names = [each.name for each in refused]
        lines += [f"  → {escape(mend.format(assignment=found.name, cells=names))}"] if refused else []
    lines += [f"Can be forged: {printable(each)}." for each in found.forgeable]
    lines += [f"Odd: {printable(each)}" for each in found.odd]
    for line in lines:
        console.print(line)


def _next_steps(place: _Place, found: list[Found]) -> Iterator[str]:
    from autograder.gradebook.connect import LINE, is_connected

    name = next((each.name for each in found if each.is_ready), "")
    if place.course is None:
        yield f"Next: put `c = get_config()` and `{LINE}` into {CONFIG_FILE}, beside the folder source/."
    elif not is_connected(place.course.config):
        yield (
            f"Next: put this line at the end of {place.course.folder / CONFIG_FILE}, so that nbgrader's commands and "
            "formgrader's buttons go through this grader:"
        )
        yield f"  {LINE}"
    if name:
        name = shlex.quote(name)
        yield f"Then: `nbgrader generate_assignment {name}` and `autograder audit {name}`; with submissions,"
        yield f"`autograder grade {name}` or `nbgrader autograde {name}`, which does the same."
    ready = sum(each.is_ready for each in found)
    yield f"{ready} of {counted(len(place.names), 'assignment')} can be graded without a change."


def new_assignment(course: Course, name: str) -> int:
    """Writes the files of a new assignment, and says where they are."""
    from autograder.course.new_assignment import create

    for path in create(course, name):
        print(f"Made {path.relative_to(course.folder) if path.is_relative_to(course.folder) else path}")
    command = shlex.quote(name)
    print(f"Next: nbgrader generate_assignment {command}, then autograder audit {command}.")
    print("Where to go on: docs/new-assignment.md, and the comments in the files.")
    return OK


def new_course(folder: Path, course_id: str, exchange: Path | None) -> int:
    """Makes a course, and says what is in it and what comes next."""
    from autograder.course.new_course import closed_to_others, create_course

    made = create_course(folder, course_id, exchange)
    course, quoted = load_course(made), shlex.quote(str(made))
    print(f"Made the course {course.course_id} in {made}, with the assignments {', '.join(course.assignment_names())}.")
    if closed_to_others(made) is None:
        print(f"Note: others on this machine can enter it, and it holds solutions: chmod o-rwx {quoted}")
    if exchange is not None and (closed := closed_to_others(exchange.absolute())):
        print(f"Note: students can't reach the exchange, as only its owner may enter {closed}.")
    print(f"Next: README.md there. It begins with: cd {quoted} && autograder doctor")
    return OK


def import_roster(course: Course, file: Path) -> int:
    """Writes a roster's students into the gradebook, and says who is new, changed, or not in it."""
    from autograder.gradebook.roster_import import import_roster, read_roster

    found = import_roster(course, read_roster(file))
    number = len(found.new) + len(found.changed) + len(found.same)
    kinds = f"{len(found.new)} new, {len(found.changed)} changed, {len(found.same)} as before"
    print(f"{counted(number, 'student')} in {file}: {kinds}.")
    if found.left:
        more = f" and {len(found.left) - _MAX_NAMES} more" if len(found.left) > _MAX_NAMES else ""
        names = ", ".join(found.left[:_MAX_NAMES]) + more
        Console(highlight=False, soft_wrap=True).print(
            printable(f"In the gradebook, but not in this file: {names}. They stay, with their marks.")
        )
    return OK
