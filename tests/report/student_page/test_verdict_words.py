"""Verdicts in words, messages in parts, points in hundredths."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from page_cases import DOUBLE, UNTOUCHED, WRONG_MEAN, exercise

from autograder.course.settings import Ruling
from autograder.report.exercise_result import CheckResult, ExerciseResult, Verdict
from autograder.report.marks import earned
from autograder.report.student_page.verdict_words import LOOKS, look_of, parts, shares

OURS = exercise("mean_of", 6.0, Verdict.PASSED, Verdict.ERROR)


@pytest.mark.parametrize(
    ("result", "was_read", "name"),
    [
        (DOUBLE, True, "right"),
        (replace(WRONG_MEAN, points=2.0), True, "partly"),
        (WRONG_MEAN, True, "wrong"),
        (UNTOUCHED[0], True, "empty"),
        (UNTOUCHED[0], False, "unjudged"),
        (OURS, True, "ours"),
        (replace(OURS, auto_points=0.0), True, "staff"),
        (replace(WRONG_MEAN, ruling=Ruling.WAIVED), True, "waived"),
        (replace(DOUBLE, ruling=Ruling.WAIVED), True, "right"),
        (replace(WRONG_MEAN, ruling=Ruling.DROPPED, auto_points=1.0), True, "dropped"),
    ],
)
def test_each_verdict_has_its_words(result: ExerciseResult, was_read: bool, name: str) -> None:
    assert look_of(result, was_read) is LOOKS[name]


def test_no_two_verdicts_have_the_same_words_and_each_has_a_sign() -> None:
    assert len({each.words for each in LOOKS.values()}) == len(LOOKS)
    assert all(each.sign.strip() for each in LOOKS.values())


@pytest.mark.parametrize(
    ("message", "is_name", "expected"),
    [
        ("", False, ("", "", "")),
        ("`f(x)` returned 9.", False, ("`f(x)` returned 9.", "", "")),
        ("`f(x)` is 9. It should be 3.", False, ("`f(x)` is 9.", "", "It should be 3.")),
        ("It is 9. It should be 3. Divide.", False, ("It is 9. It should be 3.", "", "Divide.")),
        ("Both. Are wrong.", True, ("Both. Are wrong.", "", "")),
        ("`a. B` is 0.5. Is it?", False, ("`a. B` is 0.5.", "", "Is it?")),
        ("It is 9. Divide. Try it: `f` of 1 gave 2.", False, ("It is 9.", "`f` of 1 gave 2.", "Divide.")),
    ],
)
def test_a_message_has_what_happened_an_example_and_a_next_step(
    message: str, is_name: bool, expected: tuple[str, str, str]
) -> None:
    assert parts(message, is_name) == expected


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0, 100).map(lambda value: round(value, 2)),
    st.lists(st.tuples(st.floats(0.1, 9), st.booleans()), min_size=1, max_size=7),
)
def test_points_of_checks_add_up_to_the_hundredth(points: float, checks: list[tuple[float, bool]]) -> None:
    results = [
        CheckResult(str(number), "", Verdict.PASSED if passed else Verdict.FAILED, weight)
        for number, (weight, passed) in enumerate(checks)
    ]
    split = shares(points, results)
    assert round(sum(split), 2) == points
    passed = sum(share for share, each in zip(split, results, strict=True) if each.verdict is Verdict.PASSED)
    assert round(passed, 2) == earned(points, results)
    assert all(share >= 0 and round(share, 2) == share for share in split)


def test_only_the_grader_s_own_example_is_one() -> None:
    said = "`f` raised ValueError on line 2 (`raise ValueError(text)`): 10 points. Try it: 'f' of 1 gave 1. Look there."
    assert parts(said, True)[1] == ""
    assert (
        parts(f"{said} Try it: `f(x)` of x = 1 gave 2, expected 3.", True)[1] == "`f(x)` of x = 1 gave 2, expected 3."
    )
