"""What is left out of the figures of a class, and why, a sentence each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograder.report.class_report.read_reports import ReadClass

_MOST_NAMES = 10
_MOST_CHARACTERS = 200
_WHY = (("unreadable", "in which nothing could be judged"), ("grader_error", "that the grader failed on"))


def notes(found: ReadClass, assignment: str) -> Iterator[str]:
    """What to know of how the figures came about."""
    for status, why in _WHY:
        if students := [student for student, each in found.reports.items() if each.status == status]:
            ending, them = ("s", "them") if len(students) > 1 else ("", "it")
            yield (
                f"Left out of the mean and of all figures of scores, exercises and checks: {len(students)} "
                f"submission{ending} {why} ({listed(students)}). The table of `autograder grade` counts {them} as 0 "
                "in its means."
            )
    if found.impossible:
        yield what_can_t_be(found, assignment)


def what_can_t_be(found: ReadClass, assignment: str) -> str:
    """Whose reports say what can't be, and what to do."""
    told = [f"{student} ({why[:_MOST_CHARACTERS]})" for student, why in found.impossible.items()]
    return (
        "Left out, as they are damaged: reports that say what can't be. Delete report.json in the student's folder in "
        f"autograded/, and `autograder grade {assignment}` makes it anew: {listed(told)}."
    )


def listed(students: Sequence[str]) -> str:
    """The first of them, and how many more there are."""
    more = f" and {len(students) - _MOST_NAMES} more" if len(students) > _MOST_NAMES else ""
    return ", ".join(students[:_MOST_NAMES]) + more
