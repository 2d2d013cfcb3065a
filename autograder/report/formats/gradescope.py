"""A report as Gradescope's `results.json`.

The format: https://gradescope-autograders.readthedocs.io/en/latest/specs/. Every test is `visible`, since one that is
hidden hides the total; what is for staff is no part of it, but printed where only they look.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from autograder.checks import door_words
from autograder.report.formats.handed_in_file import NO_FILE, HandedInFile
from autograder.report.formats.json_lines import printable_json
from autograder.report.formats.screen import Screen
from autograder.report.report import Report

if TYPE_CHECKING:
    from autograder.report.formats.parts import CheckLine, Part

# `parts` is imported where it is used: it takes half a second, and every command reads the table of formats.

# It documents no limit; a page of a megabyte is more than anybody reads.
MOST_BYTES = 1_000_000
_CODE = re.compile(r"(`[^`]+`)")
_SPECIAL = re.compile(r"([\\`*_\[\]~])")
_BLOCK_START = re.compile(r"^(\s*\d*)([-+=#.)])")  # of a list, a heading or a line
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def one(report: Report, screen: Screen, file: HandedInFile = NO_FILE) -> str:
    """One line; nothing in it says whose it is."""
    return printable_json(results_json(report).decode()) + "\n"


def results_json(report: Report) -> bytes:
    """The whole file, of at most `MOST_BYTES`."""
    from autograder.report.formats.parts import fitting

    return fitting(lambda characters: results(report, characters), MOST_BYTES, len(report.exercises))


def results(report: Report, characters: int | None = 2_000) -> dict[str, Any]:
    """A report as `results.json` has it.

    Args:
        characters: how long a text may be; None: no tests, only the total.
    Returns:
        Plain data. `score` counts; where no penalty was taken off, the tests add up to it.
    """
    from autograder.report.formats.parts import about, parts_of

    lines = about(report, characters or 0)
    tests = [] if characters is None else [_test(each) for each in parts_of(report, characters)]
    if characters is None:
        lines.append(door_words.TOO_MUCH_TO_SHOW)
    return _whole(report.score, lines, tests) | {"execution_time": round(report.seconds, 1)}


def not_graded() -> dict[str, Any]:
    """What stands where nothing could be graded, through no fault of the student's. Gradescope wants some score: it is
    0, and the page says that it is none."""
    test = {"name": door_words.NOT_GRADED, "score": 0.0, "status": "failed", "output": markdown(door_words.OURS_HERE)}
    return _whole(0.0, [door_words.OURS_HERE], [test | {"visibility": "visible"}])


def _whole(score: float, lines: list[str], tests: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "score": score,
        "output": "\n\n".join(map(markdown, lines)),
        "output_format": "md",
        "test_output_format": "md",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def _test(part: Part) -> dict[str, Any]:
    said = [f"{part.look.sign} {part.look.words}", *part.said]
    lines = ["\n\n".join(map(markdown, said)), "\n".join(map(_check, part.checks))]
    test: dict[str, Any] = {"name": part.name, "output": "\n\n".join(filter(None, lines)), "visibility": "visible"}
    if not part.counts:  # a test without points says something and counts for nobody
        return test
    return test | {
        "score": part.points,
        "max_score": part.max_points,
        "status": "passed" if part.passed else "failed",
    }


def _check(line: CheckLine) -> str:
    said = f"\n    - {markdown(line.message)}" if line.message else ""
    return f"- {line.sign} {markdown(line.title)}{said}"


def markdown(line: str) -> str:
    """One line of text for markdown: nothing in it is taken for a tag, a link or anything else but `code`."""
    pieces = _CODE.split(line)
    return "".join(each if number % 2 else _escaped(each, not number) for number, each in enumerate(pieces))


def _escaped(text: str, is_start: bool) -> str:
    text = _SPECIAL.sub(r"\\\1", text)
    text = _BLOCK_START.sub(r"\1\\\2", text) if is_start else text
    return re.sub(r"[&<>]", lambda found: _ENTITIES[found[0]], text)
