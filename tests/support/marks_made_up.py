"""Marks of an assignment, made up, as doors to platforms get them."""

from __future__ import annotations

import csv
import io

from autograder.doors.scores import Person, Score, Scores, State

PEOPLE = {
    each.id: each
    for each in (
        Person("ann", "Ann", "Bee", "ann@example.org", "101"),
        Person("ben", "Ben", "Cee", "ben@example.org", "102"),
        Person("cid", "Cid", "Dee", "cid@example.org", "103"),
        Person("dot", "Dot", "Eff", "dot@example.org", "104"),
    )
}
PARTS = {"first": 40.0, "second": 60.0}


def scores_of(name: str = "my_lab", max_points: float = 100.0, **marks: float | State) -> Scores:
    """Final marks by student, or why there is none; who is not named handed in nothing."""
    of = {}
    for student in sorted({*PEOPLE, *marks}):
        mark = marks.get(student, State.NOTHING)
        if isinstance(mark, State):
            points = None if mark in (State.NOTHING, State.UNGRADED) else 50.0
            of[student] = Score(student, mark, points, dict(PARTS) if points else {})
        else:
            at = "2026-03-01T22:00:00+00:00"
            of[student] = Score(student, State.FINAL, mark, {"first": mark / 2, "second": mark / 2}, at)
    return Scores(name, max_points, PARTS if max_points else {}, of)


def table(data: bytes, separator: str = ",", encoding: str = "utf-8") -> list[list[str]]:
    """A CSV file's rows."""
    return list(csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=separator))
