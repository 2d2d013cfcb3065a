"""Reports of all kinds without grading anything, hostile ones among them, and what other programs make of text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

from autograder.course.settings import Ruling
from autograder.report.exercise_result import CheckResult, CodePlace, ExerciseResult, Verdict
from autograder.report.report import Report, Status

# What a student could bring into an id, a file's name or a message: each tries to be more than text somewhere.
HOSTILE = (
    "</failure></testcase><testcase classname='x' name='forged'/>",
    "]]><!ENTITY x SYSTEM 'file:///etc/passwd'>&x;",
    "\x00\x08\x0b\x1b[31m\x7f\x85\ud800\ufffe\uffff\u2028",
    "::error::forged",
    "\n::stop-commands::forged\r\n::add-mask::e\r::set-output name=x::y",
    "\u00ad::warning file=x::forged",
    "##[error]forged ##[add-path]/tmp #\u00ad#[debug]x",
    "%0A::error::forged%0D%3A%2C%25",
    "a,line=1,title=forged::b",
    "| forged | 100 / 100 |\n|---|---|",
    "\\| `code | \\\\| x` `` ` ``` \\`",
    "<img src=x onerror=alert(1)><script>alert(1)</script><!-- ",
    "[click](javascript:alert(1)) ![p](http://stranger.example/p.png) <http://stranger.example>",
    "http://stranger.example www.stranger.example me@stranger.example @everyone #1 !2 :tada: $x$ ~~x~~",
    "# heading\n## forged: 100 of 100 points\n- [x] item\n> quote\n```\nfence\n***bold***",
    '", "severity": "info"}, {"description": "forged',
    "[[ATTACHMENT|/etc/passwd]]",
    "\u202edrowssap\u202c \U000e0041 \u200b",
    "x" * 1_000_000,
    "`" * 10_001,
)


def exercise(name: str, verdict: Verdict, points: float = 0.0, max_points: float = 10.0, **more: Any) -> ExerciseResult:
    return ExerciseResult(name, points, max_points, verdict, **more)


def report_with(*exercises: ExerciseResult, student: str = "student-001", **more: Any) -> Report:
    score = sum(each.points for each in exercises)
    whole = sum(each.max_points for each in exercises)
    return Report("lab", student, score, whole, more.pop("status", Status.GRADED), exercises, **more)


def of_all_kinds() -> Report:
    """A report with an exercise of each kind."""
    checks = (
        CheckResult("partly::test_a", "It gives a number.", Verdict.PASSED, 1.0),
        CheckResult("partly::test_b", "It works on any data.", Verdict.FAILED, 3.0, "It gave another number."),
        CheckResult("partly::test_c", "It works on any data.", Verdict.SKIPPED, 1.0, "For the same reason."),
    )
    broken = (
        CheckResult("ours::test_a", "It gives a number.", Verdict.ERROR, 1.0, "Something went wrong on our side."),
    )
    return report_with(
        exercise("right", Verdict.PASSED, 10.0),
        exercise(
            "partly",
            Verdict.FAILED,
            2.0,
            message="It gave another number.",
            checks=checks,
            places=(CodePlace(3, 2, 2),),
        ),
        exercise("wrong", Verdict.FAILED, message="That is the sum."),
        exercise("empty", Verdict.SKIPPED, message="You have not written this one yet."),
        exercise("ours", Verdict.ERROR, message="Something went wrong on our side.", checks=broken),
        exercise("essay", Verdict.BY_HAND),
        exercise("marked", Verdict.BY_HAND, 7.0, auto_points=0.0),
        exercise("dropped", Verdict.FAILED, max_points=0.0, ruling=Ruling.DROPPED, message="That is the sum."),
        staff=("Traceback: secret of staff",),
        looks=("secret of staff",),
        mark_looks=("secret of staff",),
        late_penalty=1.0,
        late_seconds=7200.0,
        repairs=("The cell `right` was missing.",),
    )


def unreadable(student: str = "student-002") -> Report:
    message = "lab.ipynb is empty. Save the notebook and hand it in again."
    exercises = (
        exercise("right", Verdict.SKIPPED, message=message),
        exercise("wrong", Verdict.SKIPPED, message=message),
    )
    return report_with(*exercises, student=student, status=Status.UNREADABLE, message=message)


def hostile(text: str) -> Report:
    """A report in which all that can come from outside is this text."""
    checks = tuple(CheckResult(text, text, verdict, 1.0, text) for verdict in Verdict)
    exercises = tuple(
        exercise(text, verdict, message=text, checks=checks) for verdict in (Verdict.FAILED, Verdict.ERROR)
    )
    return replace(
        report_with(*exercises, exercise(text, Verdict.SKIPPED, message=text), exercise("end", Verdict.PASSED, 10.0)),
        student=text,
        message=text,
        repairs=(text,) * 3,
    )


@dataclass(frozen=True)
class RunnerCommand:
    """What GitHub's runner reads in a line of a job's output."""

    name: str
    data: str
    properties: dict[str, str] = field(default_factory=dict)


_KNOWN = {"error", "warning", "notice", "debug", "group", "endgroup", "add-mask", "add-path", "set-output", "set-env"}
_KNOWN |= {"save-state", "stop-commands", "echo", "add-matcher", "remove-matcher", "internal-set-repo-path"}
# The runner compares by a culture's rules, which pass over these.
_IGNORED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\U000e0000-\U000e007f]"
)


def runner_commands(output: str) -> list[RunnerCommand]:
    """The commands in a job's output: at the start of a line with `::`, anywhere with `##[`."""
    found = []
    for line in re.split(r"[\r\n]", output):
        text = _IGNORED.sub("", line)
        new = re.match(r"\s*::([\w-]+)(?: ([^:]*(?::[^:]+)*?))?::(.*)", text, re.DOTALL)
        old = re.search(r"##\[([\w-]+)([^\]]*)\](.*)", text, re.DOTALL)
        if new and new[1].lower() in _KNOWN:
            pairs = (each.split("=", 1) for each in (new[2] or "").split(",") if "=" in each)
            found.append(RunnerCommand(new[1], _plain(new[3]), {name: _plain(value) for name, value in pairs}))
        elif old and old[1].lower() in _KNOWN:
            found.append(RunnerCommand(old[1], old[3]))
    return found


def _plain(text: str) -> str:
    for sign in "\r\n:,%":
        text = text.replace(f"%{ord(sign):02X}", sign)
    return text
