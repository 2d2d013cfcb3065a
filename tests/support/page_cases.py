"""Reports and notebooks for each case of the student's page, the same each time: of the tiny assignment."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import nbformat
from helpers import RIGHT, notebook_of

from autograder.checks import messages, page_words
from autograder.course.assignment import Assignment
from autograder.course.marked_cells import grade_id
from autograder.report.exercise_result import CheckResult, CodePlace, ExerciseResult, Verdict
from autograder.report.marks import ByHand, counted, less_penalty
from autograder.report.report import Report, Status
from autograder.report.student_page import PageFacts
from autograder.report.student_page.outline import outline_of
from autograder.report.verdicts import show_marks

Case = tuple[Report, Any, PageFacts]
PASSED, FAILED, SKIPPED, ERROR = Verdict.PASSED, Verdict.FAILED, Verdict.SKIPPED, Verdict.ERROR
_TITLES = {
    "double": (
        ("`double` gives twice each number of the notebook.", 1.0),
        ("`double` works on a tensor of any shape.", 2.0),
        ("A gradient flows back through `double`.", 1.0),
    ),
    "mean_of": (("`mean_of` gives the mean of the notebook's numbers.", 1.0), ("`mean_of` works for any count.", 1.0)),
    "double_mean": (
        ("`double_mean` gives the mean of the doubles.", 2.0),
        ("`double_mean` works for any count of numbers.", 3.0),
    ),
}
SUM = "def mean_of(x):\n    total = x.sum()\n    return total.item()"
STUB = "def {name}(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()"


def exercise(name: str, points: float, *verdicts: Verdict, **more: Any) -> ExerciseResult:
    """An exercise with these verdicts of its checks; `said` are their messages."""
    said = more.pop("said", ("",) * len(verdicts))
    checks = tuple(
        CheckResult(f"{name}::test_{number}", title, verdict, weight, message)
        for number, ((title, weight), verdict, message) in enumerate(zip(_TITLES[name], verdicts, said, strict=False))
    )
    found = set(verdicts)
    verdict = ERROR if ERROR in found else PASSED if found == {PASSED} else FAILED if FAILED in found else SKIPPED
    cells = {"graded_cell": f"test_{name}", "solution_cell": name}
    return ExerciseResult(name, 0.0, points, verdict, checks=checks, **cells, **more)


DOUBLE = exercise("double", 4.0, PASSED, PASSED, PASSED)
MEAN = exercise("mean_of", 6.0, PASSED, PASSED)
BOTH = exercise("double_mean", 10.0, PASSED, PASSED)
NAMED = "In line 2 of your cell: That is the sum: divide by the count."
FLAT = "`double(x)` returned a tensor of shape (4,). It should have the shape of x, (2, 2). Leave out `flatten`."
WRONG_MEAN = exercise(
    "mean_of",
    6.0,
    FAILED,
    FAILED,
    said=(
        "`mean_of(values)` returned 9. It should be the mean of the numbers.",
        "`mean_of(x)` returned a Python number. It should be the mean. "
        "Try it: `mean_of` of x = [1, 3] gave 4, expected 2.",
    ),
    message=NAMED,
    misconceptions=("sum-for-mean",),
    places=(CodePlace(6, 2, 2),),
)
UNTOUCHED = tuple(
    replace(each, verdict=SKIPPED, message=messages.NOT_WRITTEN_YET, checks=()) for each in (DOUBLE, MEAN, BOTH)
)


def picture(width: int = 120, height: int = 40) -> bytes:
    """A small PNG: a rising line."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (
        b"\0" + bytes(60 if abs(y - (height - 1 - x * height // width)) < 2 else 255 for x in range(width))
        for y in range(height)
    )
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"".join(rows), 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def make(
    tiny: Assignment, exercises: tuple[ExerciseResult, ...], code: dict[str, str] | None = None, **more: Any
) -> Case:
    """A case with these exercises and this code; `more` goes into the report, or into the page's facts."""
    facts = {key: more.pop(key) for key in ("name", "comments", "ask", "timezone") if key in more}
    by_hand, late_seconds = more.pop("by_hand", {}), more.pop("late_seconds", 0.0)
    more.setdefault("handed_in", "2026-03-01T22:30:00+00:00")
    report = Report("tiny", more.pop("student", "student-007"), 0.0, 20.0, Status.GRADED, exercises)
    report = counted(replace(report, **more), tiny, by_hand=by_hand)
    report = less_penalty(report, late_seconds, lambda raw: raw / 10)
    notebook = notebook_of(tiny, {**RIGHT, **(code or {})}, extra={"test_double_mean": "plot(values)"})
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        if cell.source == "plot(values)":
            data = {"image/png": base64.b64encode(picture()).decode(), "text/plain": "<Figure>"}
            cell.outputs = [nbformat.v4.new_output("display_data", data)]
        if grade_id(cell) == "show":
            cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text="The mean of 4 numbers is 5.\n")]
    outline = outline_of(tiny.source, tiny.name, tiny.cells)
    return report, show_marks(notebook, report), PageFacts(outline, **facts)


def _perfect(tiny: Assignment) -> Case:
    return make(tiny, (DOUBLE, MEAN, BOTH), name="Ada Lovelace", ask="Write to labs@example.org within two weeks.")


def _untouched(tiny: Assignment) -> Case:
    return make(tiny, UNTOUCHED, {each.name: STUB.format(name=each.name) for each in UNTOUCHED}, handed_in="")


def _half(tiny: Assignment) -> Case:
    partly = exercise(
        "double",
        4.0,
        PASSED,
        FAILED,
        PASSED,
        said=("", FLAT, ""),
        message=FLAT,
    )
    code = {"double": "def double(x):\n    return (2 * x).flatten()", "double_mean": STUB.format(name="double_mean")}
    return make(tiny, (partly, MEAN, UNTOUCHED[2]), code, repairs=("The cell setup was changed; it was put back.",))


def _follow_through(tiny: Assignment) -> Case:
    words = page_words.followed_through("double_mean", ["mean_of"])
    return make(tiny, (DOUBLE, WRONG_MEAN, replace(BOTH, follow_through=True, message=words)), {"mean_of": SUM})


def _timeout(tiny: Assignment) -> Case:
    said = "`double_mean(values)` was stopped: it did not finish in 10 seconds. Is there a loop that never ends?"
    loop = "def double_mean(x):\n    while True:\n        x = double(x)"
    stopped = exercise("double_mean", 10.0, FAILED, SKIPPED, said=(said, messages.NOT_TRIED_EITHER), message=said)
    return make(tiny, (DOUBLE, MEAN, stopped), {"double_mean": loop}, outcome="timed_out")


def _unreadable(tiny: Assignment) -> Case:
    said = "tiny.ipynb is empty. Save the notebook and hand it in again."
    exercises = tuple(replace(each, message=said) for each in UNTOUCHED)
    return make(tiny, exercises, status=Status.UNREADABLE, message=said)


def _manual(tiny: Assignment) -> Case:
    comments = {"mean_of": "A fair idea: the sum is half of the way. **Two points.**"}
    return make(tiny, (DOUBLE, WRONG_MEAN, BOTH), {"mean_of": SUM}, by_hand={"mean_of": ByHand(2.0)}, comments=comments)


def _late(tiny: Assignment) -> Case:
    return make(tiny, (DOUBLE, MEAN, BOTH), late_seconds=93_600.0, timezone="Asia/Seoul")


def _ours(tiny: Assignment) -> Case:
    broken = exercise("mean_of", 6.0, PASSED, ERROR, message=messages.OURS)
    return make(tiny, (DOUBLE, broken, BOTH))


CASES: dict[str, Callable[[Assignment], Case]] = {
    "perfect": _perfect,
    "untouched": _untouched,
    "half": _half,
    "follow_through": _follow_through,
    "timeout": _timeout,
    "unreadable": _unreadable,
    "manual_mark": _manual,
    "late": _late,
    "error_of_ours": _ours,
}
