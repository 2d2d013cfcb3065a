"""A report as the results of PrairieLearn's external grader.

The format: https://docs.prairielearn.com/externalGrading/#grading-results. `gradable` is false where nothing was
judged: then no attempt is lost, and no points.
"""

from __future__ import annotations

from typing import Any

from autograder.checks import door_words
from autograder.report.formats.parts import Part, about, fitting, parts_of, plain
from autograder.report.report import Report, Status

MOST_BYTES = 1_000_000  # "limited to 1 MB"


def results_json(report: Report) -> bytes:
    """The whole file, of at most `MOST_BYTES`."""
    return fitting(lambda characters: results(report, characters), MOST_BYTES, len(report.exercises))


def results(report: Report, characters: int | None = 2_000) -> dict[str, Any]:
    """A report as `results.json` has it.

    Args:
        characters: how long a text may be; None: no tests, only the score.
    Returns:
        Plain data. `score` is the share of the points that checks give, from 0 to 1: what staff mark by hand is not in
        it, as PrairieLearn has manual points of its own.
    """
    if report.status is Status.UNREADABLE:
        said = [plain(each) for each in (report.message, *report.repairs[:5]) if each]
        return {"gradable": False, "format_errors": said}
    if report.status is Status.GRADER_ERROR:
        return not_graded()
    lines = about(report, characters or 0)
    tests = [] if characters is None else [_test(each) for each in parts_of(report, characters)]
    if characters is None:
        lines.append(door_words.TOO_MUCH_TO_SHOW)
    if report.is_our_fault:  # a part has no mark: no score at all is better than one that is too low
        return {"gradable": False, "format_errors": [door_words.NO_MARK_YET], "message": "\n".join(lines)}
    return {"gradable": True, "score": _share(report), "message": "\n".join(lines), "tests": tests}


def not_graded() -> dict[str, Any]:
    """What stands where nothing could be graded, through no fault of the student's."""
    return {"gradable": False, "format_errors": [door_words.OURS_HERE]}


def _share(report: Report) -> float:
    possible = report.max_score - report.waiting_points
    return min(max(report.score / possible, 0.0), 1.0) if possible > 0 else 0.0


def _test(part: Part) -> dict[str, Any]:
    lines = [*part.said]
    for check in part.checks:
        lines.append(f"{check.sign} {check.title}")
        lines += [f"    {check.message}"] if check.message else []
    return {
        "name": part.name,
        "description": part.look.words,
        "points": part.points if part.counts else 0.0,
        "max_points": part.max_points if part.counts else 0.0,
        "output": "\n".join(lines),
    }
