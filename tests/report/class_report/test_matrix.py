"""Who got what where, as arrays."""

from __future__ import annotations

from typing import Any

import numpy

from autograder.report.class_report.matrix import KINDS, checks_of, matrix_of
from autograder.report.class_report.read_reports import ReadCheck, ReadExercise, ReadReport


def report(*exercises: ReadExercise, status: str = "graded") -> ReadReport:
    return ReadReport(2, "s", sum(each.points for each in exercises), 10.0, status, exercises)


def test_shares_are_of_the_points_and_are_missing_where_there_are_none_yet() -> None:
    found = matrix_of(
        {
            "a": report(ReadExercise("x", 2.0, 4.0, "failed"), ReadExercise("y", 0.0, 1.0, "by_hand")),
            "b": report(ReadExercise("x", 5.0, 4.0, "passed")),  # with extra credit, and of an older assignment
            "c": report(ReadExercise("x", 4.0, 4.0, "passed"), status="unreadable"),
        }
    )
    assert (found.students, found.exercises) == (("a", "b"), ("x", "y"))
    assert numpy.array_equal(found.shares, [[0.5, numpy.nan], [1.0, numpy.nan]], equal_nan=True)


def test_a_dropped_exercise_has_no_shares() -> None:
    found = matrix_of({"a": report(ReadExercise("x", 0.0, 0.0, "passed", ruling="dropped"))})
    assert found.rulings == ("dropped",)
    assert numpy.isnan(found.shares).all()


def one_kind(*args: Any, **more: Any) -> str:
    return KINDS[matrix_of({"a": report(ReadExercise("x", *args, **more))}).kinds[0, 0]]


def test_where_there_are_no_points_verdicts_and_checks_say_how_an_answer_stands() -> None:
    right, wrong = ReadCheck("x::a", "passed"), ReadCheck("x::b", "failed")
    assert one_kind(0.0, 0.0, "passed", checks=(right,)) == "solved"
    assert one_kind(0.0, 0.0, "failed", checks=(right, wrong)) == "partly"
    assert one_kind(0.0, 0.0, "failed", checks=(ReadCheck("x::a", "passed", 0.5),)) == "partly"
    assert one_kind(0.0, 0.0, "failed", checks=(wrong,)) == "wrong"
    assert one_kind(0.0, 0.0, "skipped") == "untried"
    assert one_kind(0.0, 0.0, "by_hand") == "waiting"
    assert one_kind(0.0, 0.0, "by_hand", ruling="dropped") == "unjudged"
    assert one_kind(0.0, 0.0, "failed", checks=(wrong,), ruling="dropped") == "wrong"


def test_points_above_the_maximum_are_solved_and_marks_by_hand_are_an_attempt() -> None:
    assert one_kind(22.0, 20.0, "failed", auto_points=10.0) == "solved"
    assert one_kind(2.0, 0.0, "failed", auto_points=0.0) == "solved"
    assert one_kind(-2.0, 5.0, "by_hand", auto_points=0.0) == "wrong"
    assert one_kind(2.0, 5.0, "skipped", auto_points=0.0) == "partly"


def test_as_long_as_staff_have_marked_nobody_an_empty_answer_is_no_share() -> None:
    empty, waits = ReadExercise("x", 0.0, 5.0, "skipped"), ReadExercise("x", 0.0, 5.0, "by_hand")
    marked = ReadExercise("x", 4.0, 5.0, "by_hand", auto_points=0.0)
    found = matrix_of({"a": report(empty), "b": report(waits)})
    assert numpy.isnan(found.shares).all()
    found = matrix_of({"a": report(empty), "b": report(waits), "c": report(marked)})
    assert numpy.array_equal(found.shares, [[0.0], [numpy.nan], [0.8]], equal_nan=True)


def test_checks_stand_in_the_order_of_exercises_and_partial_credit_is_a_failure() -> None:
    half = ReadExercise("x", 1.0, 2.0, "failed", checks=(ReadCheck("x::a", "passed", 0.5),))
    whole = ReadExercise("y", 1.0, 1.0, "passed", checks=(ReadCheck("y::a", "passed"),))
    more = ReadExercise("x", 1.0, 2.0, "failed", checks=(ReadCheck("x::a", "passed", 1.0), ReadCheck("x::b", "error")))
    late = ReadExercise("x", 1.0, 2.0, "failed", checks=(ReadCheck("x::c", "failed"),))
    found = checks_of([report(half, whole), report(more, whole), report(late)])
    assert found.ids == ("x::a", "x::c", "y::a")
    assert found.failed.tolist() == [[True, False, False], [False, False, False], [False, True, False]]
    assert found.ran.tolist() == [[True, False, True], [True, False, True], [False, True, False]]
