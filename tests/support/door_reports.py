"""Made-up reports for other platforms: every verdict, every way in which nothing is judged, and texts that attack."""

from __future__ import annotations

from typing import Any

from autograder.course.settings import Ruling
from autograder.report.exercise_result import CheckResult, ExerciseResult, Verdict
from autograder.report.report import Report, Status, round_points

# What no platform may be given as it is: tags, links, code that ends, workflow commands, terminals, odd characters.
ATTACK = (
    "</pre><script>alert(1)</script> [x](javascript:alert(1)) ![y](http://t.example/p.png) `a`b` ``` ::error::x"
    " ::set-output \x1b[31mred\x1b]0;t\x07 \x00\x08\ud800 \u202ereversed &lt;b&gt; $x$ <!-- {{c}} {% d %}"
    " | a | *b* _c_ ~~d~~"
    "\n# heading\n\n- list\n> quote\n---\n    code\r\n1. one\n+ plus"
)
SECRET = "only for staff 4711"


def check(verdict: Verdict, title: str = "It works.", message: str = "", weight: float = 1.0) -> CheckResult:
    return CheckResult(f"tests::{title}", title, verdict, weight, message)


def exercise(name: str, points: float, verdict: Verdict, *checks: CheckResult, **more: Any) -> ExerciseResult:
    return ExerciseResult(name, points, more.pop("max_points", 10.0), verdict, checks=tuple(checks), **more)


def report(*exercises: ExerciseResult, **more: Any) -> Report:
    late = more.get("late_penalty", 0.0)
    return Report(
        assignment="lab",
        student="student-001",
        score=more.pop("score", round_points(sum(each.points for each in exercises) - late)),
        max_score=round_points(sum(each.max_points for each in exercises)),
        status=more.pop("status", Status.GRADED),
        exercises=exercises,
        staff=(SECRET,),
        looks=(SECRET,),
        mark_looks=(SECRET,),
        seconds=1.25,
        **more,
    )


PASSED = exercise("one", 10.0, Verdict.PASSED, check(Verdict.PASSED))
FAILED = exercise(
    "two",
    4.0,
    Verdict.FAILED,
    check(Verdict.PASSED, "A sum."),
    check(Verdict.FAILED, "A mean.", "`f(x)` returned nothing."),
    check(Verdict.SKIPPED, "A form."),
    message="`f(x)` returned nothing.",
)
UNWRITTEN = exercise("three", 0.0, Verdict.SKIPPED, message="You have not written this one yet.")
BROKEN = exercise("four", 0.0, Verdict.ERROR, check(Verdict.ERROR), message="Something went wrong on our side.")
WAITING = exercise("five", 0.0, Verdict.BY_HAND, graded_by="hand", message="Staff will read this one.")
BY_HAND = exercise("six", 7.0, Verdict.FAILED, check(Verdict.FAILED), auto_points=3.0)
WAIVED = exercise("seven", 10.0, Verdict.FAILED, check(Verdict.FAILED), ruling=Ruling.WAIVED)
DROPPED = exercise("eight", 0.0, Verdict.FAILED, check(Verdict.FAILED), ruling=Ruling.DROPPED, max_points=0.0)
FOLLOWED = exercise("nine", 10.0, Verdict.PASSED, check(Verdict.PASSED), follow_through=True)
HOSTILE = exercise(ATTACK, 2.0, Verdict.FAILED, check(Verdict.FAILED, ATTACK, ATTACK + "?"), message=ATTACK)

REPORTS = {
    "all right": report(PASSED, FOLLOWED),
    "every verdict": report(PASSED, FAILED, UNWRITTEN, WAITING, WAIVED, DROPPED, FOLLOWED, BY_HAND),
    "a part is ours": report(PASSED, BROKEN),
    "unreadable": report(
        exercise("one", 0.0, Verdict.SKIPPED, message="lab.ipynb is empty."),
        status=Status.UNREADABLE,
        message="lab.ipynb is empty.",
        repairs=("The file is not UTF-8.",),
    ),
    "ours": report(BROKEN, status=Status.GRADER_ERROR, message="Something went wrong on our side."),
    "late": report(PASSED, FAILED, late_penalty=4.0, late_seconds=7200.0),
    "late, nothing left": report(PASSED, late_penalty=10.0, late_seconds=9e6),
    "only by hand": report(WAITING),
    "nothing counts": report(DROPPED),
    "no exercise": report(),
    "hostile": report(PASSED, HOSTILE, message=ATTACK, repairs=(ATTACK,) * 50),
    "large": report(
        *(exercise(f"e{n:04}", 1.0, Verdict.PASSED, check(Verdict.PASSED), max_points=1.0) for n in range(5000))
    ),
    "large and hostile": report(*[HOSTILE] * 5000, message=ATTACK * 100, repairs=(ATTACK * 1000,) * 1000),
    "one text": report(
        exercise("one", 0.0, Verdict.FAILED, check(Verdict.FAILED, "é" * 3_000_000, "漢" * 3_000_000)),
    ),
}
