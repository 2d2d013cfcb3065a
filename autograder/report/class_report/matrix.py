"""Who got what where, as arrays: what the figures of a class report are worked out from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy
import numpy.typing

from autograder.report.class_report.read_reports import ReadReport

Array = numpy.typing.NDArray[Any]
KINDS = ("solved", "partly", "wrong", "untried", "waiting", "unjudged")
"""How an answer stands; its index is what `Matrix.kinds` holds."""

_MOST_CHECKS = 1 << 20


@dataclass(frozen=True)
class Matrix:
    """The graded students (rows) and the exercises (columns).

    Attributes:
        students: their ids.
        exercises: their names, in the order of the notebook.
        max_points: (exercises,) what each gives; 0: it was dropped, or counts for nothing.
        points: (students, exercises) what they gave, NaN where the student's report does not have the exercise.
        kinds: (students, exercises) indices into `KINDS`, -1 where it does not have it.
        scores: (students,) after penalties.
        rulings: of each exercise, in words; empty if none.
    """

    students: tuple[str, ...]
    exercises: tuple[str, ...]
    max_points: Array
    points: Array
    kinds: Array
    scores: Array
    rulings: tuple[str, ...]

    @property
    def shares(self) -> Array:
        """(students, exercises) points out of those possible, from 0 to 1; NaN where there are none yet.

        Where answers wait and staff have marked none yet, that is all of the exercise: those who left it empty have 0
        already, and would be all that there is to tell of it.
        """
        with numpy.errstate(invalid="ignore", divide="ignore"):
            found = numpy.clip(self.points / self.max_points, 0.0, 1.0)
        found[:, self.max_points <= 0] = numpy.nan
        is_open = numpy.isin(self.kinds, (KINDS.index("waiting"), KINDS.index("unjudged")))
        found[is_open | (self.kinds == -1)] = numpy.nan
        is_marked = numpy.isin(self.kinds, (KINDS.index("solved"), KINDS.index("partly"), KINDS.index("wrong")))
        found[:, is_open.any(axis=0) & ~is_marked.any(axis=0)] = numpy.nan
        return found


def matrix_of(reports: Mapping[str, ReadReport]) -> Matrix:
    """The matrix of those reports that are graded."""
    graded = {student: report for student, report in reports.items() if report.status == "graded"}
    columns: dict[str, int] = {}
    for report in graded.values():
        for each in report.exercises:
            columns.setdefault(each.name, len(columns))
    shape = len(graded), len(columns)
    points, kinds = numpy.full(shape, numpy.nan), numpy.full(shape, -1, dtype=numpy.int8)
    most, rulings = numpy.zeros(len(columns)), [""] * len(columns)
    for row, report in enumerate(graded.values()):
        for each in report.exercises:
            column = columns[each.name]
            points[row, column] = each.points
            kinds[row, column] = _kind(each)
            rulings[column] = rulings[column] or each.ruling
            if each.max_points > most[column]:
                most[column] = each.max_points
    scores = numpy.array([report.score for report in graded.values()], dtype=float)
    return Matrix(tuple(graded), tuple(columns), most, points, kinds, scores, tuple(rulings))


def _kind(exercise: Any) -> int:
    if exercise.is_waiting:
        return 4
    if exercise.verdict == "error" and exercise.auto_points is None and not exercise.ruling:
        return 5
    if exercise.points >= exercise.max_points and exercise.points > 0:
        return 0
    if exercise.is_untried and exercise.points == 0:
        return 3
    if not exercise.max_points and exercise.points == 0:
        return _kind_by_verdict(exercise)
    return 1 if exercise.points > 0 else 2


def _kind_by_verdict(exercise: Any) -> int:
    """Where there are no points to tell by."""
    if exercise.verdict == "passed":
        return 0
    if exercise.verdict != "failed":
        return 5
    given = [each.verdict == "passed" if each.share is None else each.share for each in exercise.checks]
    return 1 if any(given) else 2


@dataclass(frozen=True)
class Checks:
    """Which checks failed for whom.

    Attributes:
        ids: of the checks.
        exercises: whose each is.
        ran: (students, checks) whether it was judged.
        failed: (students, checks) whether it was judged and gave less than all.
    """

    ids: tuple[str, ...]
    exercises: tuple[str, ...]
    ran: Array
    failed: Array


def checks_of(reports: Sequence[ReadReport]) -> Checks:
    """The checks of graded reports, in the order of exercises and checks."""
    columns: dict[tuple[str, str], int] = {}
    ran, failed = list[int](), list[int]()  # row * _MOST_CHECKS + column
    for row, report in enumerate(reports):
        start = row * _MOST_CHECKS
        for exercise in report.exercises:
            name = exercise.name
            for each in exercise.checks:
                verdict, share = each.verdict, each.share
                if verdict == "passed" or verdict == "failed":
                    cell = start + columns.setdefault((name, each.id), len(columns))
                    ran.append(cell)
                    if verdict == "failed" or (share is not None and share < 1):
                        failed.append(cell)
    marks = []
    for cells in (ran, failed):
        mark = numpy.zeros((len(reports), len(columns)), dtype=bool)
        mark[numpy.divmod(numpy.array(cells, dtype=int), _MOST_CHECKS)] = True
        marks.append(mark)
    order = {name: at for at, name in enumerate(dict.fromkeys(name for name, _ in columns))}
    by_exercise = sorted(range(len(columns)), key=lambda at: order[list(columns)[at][0]]) if columns else []
    keys = list(columns)
    return Checks(
        tuple(keys[at][1] for at in by_exercise),
        tuple(keys[at][0] for at in by_exercise),
        marks[0][:, by_exercise],
        marks[1][:, by_exercise],
    )
