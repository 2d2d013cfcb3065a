"""The report on a class as tables for spreadsheets: one for each kind of thing that it is about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from autograder.report.class_report.item_analysis import FIFTHS
from autograder.report.class_report.matrix import KINDS
from autograder.report.class_report.records import ClassReport
from autograder.report.spreadsheet import csv_text

_FEW_STUDENTS = 50  # in one cell


def csv_tables(report: ClassReport) -> dict[str, str]:
    """Each table as CSV, by the part of its file's name; that of the students is called ""."""
    return {
        "": _students(report),
        "exercises": _exercises(report),
        "checks": _checks(report),
        "mistakes": _mistakes(report),
        "alike": _alike(report),
        "summary": csv_text(("figure", "value"), _summary(report)),
    }


def _students(report: ClassReport) -> str:
    """Everybody: who was graded, and who handed in nothing."""
    exercises = [each.name for each in report.items]
    below = {student for student, _ in report.below.students}
    look = {each.student: "; ".join(each.reasons) for each in report.looks}
    header = [*("student", "name", "status", "score", "max_score", "handed_in", "late_seconds", "late_penalty")]
    header += ["much_below", "look", "waiting_for_marks", *exercises]
    rows: list[tuple[Any, ...]] = [
        (
            *(each.id, each.name, each.status, each.score, each.max_score, each.handed_in, each.late_seconds),
            *(each.late_penalty, "yes" if each.id in below else "", look.get(each.id, ""), "; ".join(each.waiting)),
            *(each.points or ("",) * len(exercises)),
        )
        for each in report.students
    ]
    absent = [(report.nothing, "nothing handed in"), (report.ungraded, "not graded")]
    absent += [(report.older, "report of another version"), (report.damaged, "damaged report")]
    rows += [
        (student, report.names.get(student, ""), what, *("",) * (8 + len(exercises)))
        for students, what in absent
        for student in students
    ]
    return csv_text(header, rows)


def _exercises(report: ClassReport) -> str:
    header = ["exercise", "max_points", "ruling", *KINDS, "difficulty", "discrimination", "why_no_discrimination"]
    header += ["flagged", "point_biserial", *(f"fifth_{number + 1}" for number in range(FIFTHS))]
    return csv_text(
        header,
        (
            (
                *(each.name, each.max_points, each.ruling, *(each.counts[kind] for kind in KINDS)),
                *map(_short, (each.difficulty, each.discrimination)),
                *(each.why_no_discrimination, "yes" if each.is_flagged else "", _short(each.point_biserial)),
                *map(_short, each.fifths or (None,) * FIFTHS),
            )
            for each in report.items
        ),
    )


def _checks(report: ClassReport) -> str:
    header = ("exercise", "check", "title", "judged", "failed", "fails_with", "students", "expected_by_chance", "phi")
    rows: list[tuple[Any, ...]] = []
    for each in report.checks:
        start = (each.exercise, each.id, report.titles.get(each.id, ""), each.ran, each.failed)
        for one in each.partners:
            rows.append((*start, one.id, one.students, _short(one.expected), _short(one.phi)))
        if not each.partners:
            rows.append((*start, "", "", "", ""))
    return csv_text(header, rows)


def _mistakes(report: ClassReport) -> str:
    header = ("exercise", "mistake", "named", "students", "share_left", "sentence", "who")
    return csv_text(
        header,
        (
            (
                *(told.mistake.exercise, told.mistake.id, "yes" if told.mistake.is_named else ""),
                *(len(told.mistake.students), _short(told.mistake.share_left), told.sentence),
                _listed(told.mistake.students),
            )
            for told in report.mistakes
        ),
    )


def _alike(report: ClassReport) -> str:
    header = ("cluster", "student", "other", "bits_above_chance", "alike", "same_rare_mistakes")
    return csv_text(
        header,
        (
            (number, *pair.students, pair.bits, " ".join(pair.alike), " ".join(pair.mistakes))
            for number, cluster in enumerate(report.alike.clusters, 1)
            for pair in cluster.pairs
        ),
    )


def _summary(report: ClassReport) -> Iterable[tuple[str, Any]]:
    yield "assignment", report.assignment
    yield "made_at", report.made_at
    yield "max_score", report.max_score
    for name in ("graded", "nothing", "ungraded", "unreadable", "grader_error", "waiting", "late", "older", "damaged"):
        yield name, getattr(report.counts, name)
    for name in ("mean", "sd", "least", "first_quartile", "median", "third_quartile", "most"):
        yield name, _short(getattr(report.scores, name))
    yield "zeros", report.zeros
    yield "full", report.full
    yield "cronbach_alpha", _short(report.reliability.alpha)
    yield "is_kr20", "yes" if report.reliability.is_kr20 else ""
    yield "much_below_line", _short(report.below.line)
    yield "much_below_at_most", _short(report.below.at_most)
    yield "grading_seconds_median", _short(report.times.grading.median)


def _short(number: float | None) -> float | None:
    return None if number is None else round(number, 4)


def _listed(students: tuple[str, ...]) -> str:
    more = f" and {len(students) - _FEW_STUDENTS} more" if len(students) > _FEW_STUDENTS else ""
    return "; ".join(students[:_FEW_STUDENTS]) + more  # ids may hold spaces
