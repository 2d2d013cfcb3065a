"""Below the table of a class: why staff should look, and at whose work; what is the same for many is told once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from autograder.report.formats.screen import LOOK, printable

_MAX_LOOKS = 3  # of one submission
_MAX_NAMES = 5  # of whom the same is told


def look_lines(looks: Iterable[tuple[str, Sequence[str]]], most: int) -> Iterator[str]:
    """At most so many lines, and one that says how many students are in none of them.

    Args:
        looks: students' ids with their reasons, in the order in which they are told.
    """
    students_of: dict[str, list[str]] = {}
    for student, reasons in looks:
        for reason in reasons[:_MAX_LOOKS]:
            students_of.setdefault(reason, []).append(student)
    told: set[str] = set()
    for reason, students in list(students_of.items())[:most]:
        told |= set(students)
        names = ", ".join(map(printable, students[:_MAX_NAMES]))
        more = f" and {len(students) - _MAX_NAMES} more" if len(students) > _MAX_NAMES else ""
        verb = "needs a look" if len(students) == 1 else "need a look"
        yield f"{LOOK.format(verb)} {names}{more}: {printable(reason)}"
    if untold := len({each for students in students_of.values() for each in students} - told):
        yield f"… and {untold} more: {LOOK.format('need a look')}."
