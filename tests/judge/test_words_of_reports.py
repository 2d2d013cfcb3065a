"""No report tells a student a name of the grader's own, the same thing twice, or advice that is about something else.

Reports of damaged and of golden submissions are looked at in the same way where they are made (`faults`).
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from words_of_reports import faults, faults_of_form

from autograder.judge.unjudged import Graded
from autograder.report.exercise_result import CheckResult, ExerciseResult, Verdict
from autograder.report.report import Report, Status

Grade = Callable[..., Graded]


@pytest.mark.parametrize(
    "source",
    [
        "def double(x):\n    yield x",
        "async def double(x):\n    return x",
        "def double(x):\n    return 3 * x",
        "def double(x):\n    return x + torch.ones(7)",
        "def double(x):\n    return x.sum",
        "def double(x):\n    return x.requires_grad_().numpy()",
        "def double(x):\n    return None * x",
        "def double(x):\n    return -2 * x",
        "class Base:\n    def go(self): raise NotImplementedError\ndef double(x):\n    return Base().go()",
        "def double(x):\n    return 2 * x",
        "",
        "raise NotImplementedError()",
        "def double(x):\n    return",
        "def double(x):\n    return x.tolist()",
        "def double(x):\n    return x.numpy()",
        "def double(x):\n    return x.sum()",
        "def double(x):\n    return (2 * x).long()",
        "def double(x):\n    return x / 0",
        "def double(x):\n    return x * float('nan')",
        "def double(x):\n    return object()",
        "def double(x):\n    return double",
        "def double(x):\n    return open('nothing.csv')",
        "def double(x):\n    return open('/proc/1/environ')",
        "def double(x):\n    import os; raise ValueError(os.getcwd())",
        "def double(x):\n    raise ValueError(object())",
        "def double(x):\n    return eval('1 +')",
        "def double(x):\n    return undefined_name * x",
        "def double(x):\n    while True: pass",
        "def double(x):\n    import os; os._exit(1)",
        "def double(x):\n    return x.reshape(7, 7)",
        "def double(x:\n    return x",
        "def double(x):\n    return f'[{x[0}'",
        "def double(x):\n    return 'x",
        "def double(x):\n    '''a text without an end\n    return x",
        "def double(x):\nreturn x",
        "def double(x):\n\treturn x\n        return x",
        "def double(x)\n    return x",
        "def double(x):\n    return x)",
        "def double(x):\n    return 08 * x",
        "def double(x):\n    return x\u00a0* 2",
        "double = 3",
        "double = None",
        "double = lambda x, y: x",
        "1 / 0\ndef double(x): return x",
        "import nothing_like_this\ndef double(x): return x",
        "%cd /\ndef double(x): return x",
        "%bookmark here\ndef double(x): return x",
    ],
)
def test_no_report_tells_what_students_can_not_use(grade: Grade, source: str) -> None:
    assert faults(grade({"double": source}).report) == []


def test_a_fault_would_be_found() -> None:
    twice = "`f(x)` returned NaN or infinity. Leave out any `squeeze`."
    checks = tuple(CheckResult(f"one::{n}", "It works.", Verdict.FAILED, 1.0, twice) for n in range(2))
    exercise = ExerciseResult("one", 0.0, 1.0, Verdict.FAILED, "raised SyntaxError (<tokenize>, line 3)", checks=checks)
    found = faults(Report("lab", "student-001", 0.0, 1.0, Status.GRADED, (exercise,)))
    assert [each.split(":")[0] for each in found] == ["inner name", "wrong advice", "wrong advice", "said twice"]


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        ("`f(x)` returned 3. It should be 1. Try it.", ""),
        ("`f` raised NameError on line 1 of cell 3 (`x. A? B`): name 'x' is not defined. Did you mean `y`?", ""),
        ("`f` raised NameError on line 1 of cell 3 (`None`): name 'x' is not defined. Did you mean `y`?", ""),
        ("It returned 3. It should be 1.", "says no called"),
        ("`f(x)` and so on. It should be right.", "says no came_back"),
        ("`f(x)` returned 3. That is odd.", "says neither"),
        ("`f(x)` returned 3. It should be 1", "has no end"),
        ("`f(x)` returned 3. It should be 1. It is not. Try it.", "has 4 sentences"),
        ("`f(x)` returned 3. It should be 1. Is there a log of 0 or a division by 0?", "strange advice"),
        (
            "`f(x)` returned 3. It should be 1. Something is divided by 0: is a counter still 0, or a list empty?",
            "strange",
        ),
        ("`f` raised NameError. Something is divided by 0: is a counter still 0, or a list empty?", "strange advice"),
        ("`f(x)` returned NaN or infinity. It should be 1. That is twice what it should be: is it?", "strange advice"),
        ("`f(x)` was stopped. That is 6 times what it should be: is it?", "strange advice"),
    ],
)
def test_a_message_of_another_form_would_be_found(message: str, fault: str) -> None:
    found = faults_of_form(message)
    assert [each[: len(fault)] for each in found[:1]] == ([fault] if fault else [])
