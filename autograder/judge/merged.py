"""Several notebooks of one assignment: what was found in each, as one report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from autograder.judge.unjudged import Graded
from autograder.report.report import Report, Status, round_points, with_notebook
from autograder.sandbox.outcome import Outcome, worst


def merged(found: Sequence[Graded]) -> Graded:
    """What was found in one submission, notebook by notebook; what is said of one begins with its name."""
    if len(found) == 1:
        return found[0]
    reports = [each.report for each in found]
    names = [next(iter(each.notebooks)) for each in found]
    statuses = [each.status for each in reports]
    status = Status.GRADED if Status.GRADED in statuses else Status.UNREADABLE
    status = Status.GRADER_ERROR if Status.GRADER_ERROR in statuses else status
    said = [with_notebook(name, each.message) for name, each in zip(names, reports, strict=True) if each.message]

    def all_of(field: str) -> tuple[str, ...]:
        return tuple(
            with_notebook(name, line)
            for name, each in zip(names, reports, strict=True)
            for line in getattr(each, field)
        )

    report: Report = replace(
        reports[0],
        exercises=tuple(exercise for each in reports for exercise in each.exercises),
        score=round_points(sum(each.score for each in reports)),
        max_score=round_points(sum(each.max_score for each in reports)),
        status=status,
        message=said[0] if said else "",
        repairs=all_of("repairs"),
        outcome=worst([Outcome(each.outcome) for each in reports]),
        seconds=round(sum(each.seconds for each in reports), 3),
        isolation=max((each.isolation for each in reports), key=len),
        staff=all_of("staff"),
        looks=all_of("looks"),
    )
    seconds: dict[str, float] = {}
    for each in found:
        for stage, spent in each.seconds.items():
            seconds[stage] = seconds.get(stage, 0.0) + spent
    notebooks = {name: notebook for each in found for name, notebook in each.notebooks.items()}
    answers = [each.answers for each in found if each.answers is not None]
    kept = {name: runs for each in answers for name, runs in each.items()} if len(answers) == len(found) else None
    return Graded(report, notebooks, found[0].submission, seconds, kept)
