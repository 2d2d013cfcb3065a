"""`autograder groups`: wrong answers that behave alike, a comment for all of a group, a name for its mistake."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from autograder.cli.arguments import CourseDir, Name
from autograder.cli.commands import errors
from autograder.cli.exit_codes import OK, epilog
from autograder.course.assignment import Assignment
from autograder.course.course import Course, find_course, load_course

if TYPE_CHECKING:
    from autograder.audit.groups import Found, Group
    from autograder.gradebook.commenting import Outcome

# The modules that need torch or nbgrader are imported where they are used: `--help` shall not wait for them.

EPILOG = epilog(
    "autograder groups my_lab",
    "autograder groups my_lab --group mean-1f0c2a",
    'autograder groups my_lab --group mean-1f0c2a --comment "Divide by the number of rows."',
    "autograder groups my_lab --unnamed --write",
)
MAX_GROUPS = 30
_MAX_NAMES = 20


def groups(
    name: Name,
    course_dir: CourseDir = Path(),
    exercise: Annotated[str, typer.Option(metavar="NAME", help="Only groups of this exercise.")] = "",
    group: Annotated[str, typer.Option(metavar="ID", help="Show this group with all of its students.")] = "",
    comment: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Say this to all of --group, in Markdown, on their pages.")
    ] = None,
    remove_comment: Annotated[
        bool, typer.Option("--remove-comment", help="Take the comment of --group back from all who have it.")
    ] = False,
    unnamed: Annotated[bool, typer.Option("--unnamed", help="Only groups whose mistake has no name yet.")] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Ask for a sentence for each without a name: add it to the catalogue.")
    ] = False,
) -> None:
    """Show wrong answers of graded submissions, those that behave alike together, the largest group first."""
    commenting = comment is not None or remove_comment
    if commenting and not group:
        raise typer.BadParameter("--comment and --remove-comment go with --group: `autograder groups` shows the ids")
    if comment is not None and remove_comment:
        raise typer.BadParameter("--comment and --remove-comment don't go together")
    if group and (exercise or unnamed or write):
        raise typer.BadParameter("--group goes with --comment or --remove-comment alone")
    course = load_course(find_course(course_dir))
    assignment = course.assignment(name.rstrip("/"))
    if commenting:
        raise typer.Exit(_comment(course, assignment, group, comment, errors))
    if group:
        raise typer.Exit(_show_one(course, assignment, group, Console()))
    raise typer.Exit(_show(course, assignment, exercise, unnamed or write, write))


def _show(course: Course, assignment: Assignment, exercise: str, unnamed: bool, write: bool) -> int:
    from autograder.audit.groups import code_of, find_groups, write_entry
    from autograder.cli.tables import print_group
    from autograder.report.formats.screen import counted

    found = find_groups(course, assignment, exercise, unnamed)
    console = Console()
    shown = found.groups[:MAX_GROUPS]
    for number, each in enumerate(shown, 1):
        code = code_of(course, assignment, each)
        print_group(number, each, code, console)
        if (
            write
            and code
            and (sentence := typer.prompt("Sentence for students (empty: none)", default="", show_default=False))
        ):
            entry, file = write_entry(assignment, each, code, sentence)
            print(f"Added {entry.exercise}/{entry.id} to {file}.")
    if more := found.groups[MAX_GROUPS:]:
        hint = "" if exercise else "; --exercise NAME shows those of one exercise"
        console.print(
            f"… and {counted(len(more), 'group')} of {len(more[0].students)} or fewer{hint}.", highlight=False
        )
    without = " without a name" if unnamed else ""
    answers = sum(len(each.students) for each in found.groups)
    print(f"{counted(len(found.groups), 'group')}{without}, {counted(answers, 'answer')}.")
    _tell_rest(found, assignment)
    if write and shown:
        print(f"Prove them with `autograder audit {assignment.name}`; the next run of `autograder grade` uses them.")
    return OK


def _tell_rest(found: Found, assignment: Assignment) -> None:
    from autograder.report.formats.screen import counted, printable

    for each in found.left:
        who = counted(len(each.given), "student")
        errors.print(
            f"Nobody is in group {printable(each.group)} any more; its comment is still with {who}, until you say "
            "--remove-comment."
        )
    again = f"Grade again: `autograder grade {assignment.name}"
    if found.unread:
        errors.print(f"Can't be read, and in no group: {counted(found.unread, 'report')}. {again}`.")
    if found.ungrouped:
        failed = counted(found.ungrouped, "failed answer")
        errors.print(f"In no group, as an earlier version graded it: {failed}. {again} --force`.")


def _show_one(course: Course, assignment: Assignment, name: str, console: Console) -> int:
    from autograder.audit.groups import code_of, find_groups, group_called
    from autograder.cli.tables import print_group

    found = group_called(find_groups(course, assignment), name)
    print_group(None, found, code_of(course, assignment, found), console)
    return OK


def _comment(course: Course, assignment: Assignment, name: str, text: str | None, console: Console) -> int:
    from autograder.audit.groups import comment_on

    group, done = comment_on(course, assignment, name, text)
    from autograder.report.formats.screen import without_controls

    for each in _words(group, done, text is None):
        print(without_controls(each))
    print(f"Their pages show it once they are made again: `autograder feedback {assignment.name}`.")
    return OK


def _words(group: Group, done: Outcome, is_removed: bool) -> list[str]:
    """What became of a comment, a line each."""
    from autograder.report.formats.screen import counted

    said = []
    if is_removed:
        said.append(f"{group.id}: taken back from {counted(len(done.removed), 'student')}.")
    else:
        before = f", {len(done.had)} had it before" if done.had else ""
        said.append(f"{group.id}: given to {counted(len(done.added), 'student')}{before}.")
    if done.beside:
        said.append(f"{len(done.beside)} had words of staff's already: they stay, with the comment below them.")
    if done.by_hand:
        said.append(f"Left as somebody changed it by hand: {_listed(done.by_hand)}.")
    if done.missing:
        said.append(f"Not in the gradebook, so not reached: {_listed(done.missing)}.")
    return said


def _listed(students: Sequence[str]) -> str:
    more = f" and {len(students) - _MAX_NAMES} more" if len(students) > _MAX_NAMES else ""
    return ", ".join(students[:_MAX_NAMES]) + more
