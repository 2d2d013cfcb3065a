"""Who got what where, as arrays."""

from __future__ import annotations

import numpy

from autograder.report.class_report.matrix import checks_of, matrix_of
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


def test_checks_stand_in_the_order_of_exercises_and_partial_credit_is_a_failure() -> None:
    half = ReadExercise("x", 1.0, 2.0, "failed", checks=(ReadCheck("x::a", "passed", 0.5),))
    whole = ReadExercise("y", 1.0, 1.0, "passed", checks=(ReadCheck("y::a", "passed"),))
    more = ReadExercise("x", 1.0, 2.0, "failed", checks=(ReadCheck("x::a", "passed", 1.0), ReadCheck("x::b", "error")))
    late = ReadExercise("x", 1.0, 2.0, "failed", checks=(ReadCheck("x::c", "failed"),))
    found = checks_of([report(half, whole), report(more, whole), report(late)])
    assert found.ids == ("x::a", "x::c", "y::a")
    assert found.failed.tolist() == [[True, False, False], [False, False, False], [False, True, False]]
    assert found.ran.tolist() == [[True, False, True], [True, False, True], [False, True, False]]
