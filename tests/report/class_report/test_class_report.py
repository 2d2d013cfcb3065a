"""The report on a class: what is counted, told and shown of it."""

from __future__ import annotations

import dataclasses
import re
from datetime import datetime
from pathlib import Path

import pytest

from autograder.report.class_report.attention import Below, Late, Look, looks, much_below
from autograder.report.class_report.class_report import bounded, class_report
from autograder.report.class_report.facts import Facts
from autograder.report.class_report.item_analysis import Item, Reliability
from autograder.report.class_report.matrix import Matrix, matrix_of
from autograder.report.class_report.mistakes import mistakes
from autograder.report.class_report.read_reports import (
    ReadAnswer,
    ReadCheck,
    ReadClass,
    ReadExercise,
    ReadReport,
    ReadTitle,
    ReadWords,
)
from autograder.report.class_report.records import SCHEMA_VERSION as class_version
from autograder.report.class_report.records import ClassReport, Counts, Student
from autograder.report.class_report.times import times
from autograder.report.report import SCHEMA_VERSION as report_version

FACTS = Facts("lab", datetime(2026, 3, 2, 8, 30))


def exercise(points: float = 1.0, *misconceptions: str, answers: str = "", name: str = "e") -> ReadExercise:
    verdict = "failed" if misconceptions or answers else "passed"
    return ReadExercise(name, points, 2.0, verdict, misconceptions, answers=answers)


def report(student: str, *exercises: ReadExercise, **more: object) -> ReadReport:
    score = sum(each.points for each in exercises)
    usual = {"score": score, "max_score": 2.0 * len(exercises), "status": "graded"}
    return ReadReport(schema_version=2, student=student, exercises=exercises, **{**usual, **more})  # type: ignore[arg-type]


def class_of(*reports: ReadReport) -> ReadClass:
    return ReadClass({each.student: each for each in reports})


def test_students_are_counted_by_what_became_of_their_work() -> None:
    found = class_of(
        report("a", exercise(2.0)),
        report("b", exercise(0.0), late_seconds=60.0),
        report("c", exercise(0.0), status="unreadable"),
        report("d", exercise(0.0), status="grader_error"),
        report("e", ReadExercise("e", 0.0, 2.0, "by_hand")),
    )
    found.missing, found.older, found.damaged = ["f"], ["g", "h"], ["i"]
    made = class_report(found, Facts("lab", datetime(2026, 3, 2), nothing=("j",), names={"j": "J", "a": "A"}))
    counts = made.counts
    assert (counts.graded, counts.unreadable, counts.grader_error, counts.waiting, counts.late) == (3, 1, 1, 1, 1)
    assert (counts.nothing, counts.ungraded, counts.older, counts.damaged) == (1, 1, 2, 1)
    assert (made.scores.count, made.zeros, made.full) == (3, 2, 1)
    assert [(each.id, each.name, each.points) for each in made.students[:1]] == [("a", "A", (2.0,))]
    assert made.names == {"j": "J"}


def test_every_score_is_in_the_histogram_once_and_those_outside_the_scale_have_parts_of_their_own() -> None:
    scores = [0.0, 0.2, 1.0, 1.99, 2.0]

    def parts() -> list[tuple[str, int, bool]]:
        made = class_report(class_of(*(report(str(each), exercise(each), max_score=2.0) for each in scores)), FACTS)
        return [(each.label, each.count, each.is_over) for each in made.histogram]

    inside = parts()
    assert [count for _, count, _ in inside] == [1, 1, 0, 0, 0, 1, 0, 0, 0, 2]
    assert inside[-1] == ("1.8 to 2", 2, False)
    scores += [2.01, 28.5, -0.5]
    assert parts() == [("under 0", 1, True), *inside, ("over 2", 2, True)]


def test_who_waits_for_marks_is_told_with_the_exercise() -> None:
    waits = ReadExercise("essay", 0.0, 2.0, "by_hand", graded_by="hand")
    made = class_report(class_of(report("a", exercise(1.0), waits), report("b", exercise(1.0))), FACTS)
    assert [(each.id, each.points, each.waiting) for each in made.students] == [
        ("a", (1.0, None), ("essay",)),
        ("b", (1.0, None), ()),
    ]


def test_who_is_left_out_of_the_mean_is_told_by_name() -> None:
    found = class_of(
        report("a", exercise(2.0)),
        report("b", exercise(0.0), status="unreadable"),
        report("c", exercise(0.0), status="unreadable"),
        report("d", exercise(0.0), status="grader_error"),
    )
    made = class_report(found, Facts("lab", FACTS.made_at, notes=("One more.",)))
    assert made.scores.mean == 2.0
    first, unreadable, failed = made.notes
    assert first == "One more."
    assert "2 submissions in which nothing could be judged (b, c)" in unreadable
    assert "counts them as 0 in its means" in unreadable
    assert "1 submission that the grader failed on (d)" in failed
    many = class_of(
        report("a", exercise(2.0)), *(report(f"u{n}", exercise(0.0), status="unreadable") for n in range(30))
    )
    assert "30 submissions" in class_report(many, FACTS).notes[0]
    assert "u8, u9 and 20 more)" in class_report(many, FACTS).notes[0]
    assert class_report(class_of(report("a", exercise(2.0))), FACTS).notes == ()


def test_who_is_left_out_as_the_report_can_t_be_is_told_with_what_to_do() -> None:
    found = class_of(report("a", exercise(2.0)))
    found.leave_out("b", "`seconds`: expected `float` <= 316224000.0")
    (note,) = class_report(found, FACTS).notes
    assert "b (`seconds`: expected" in note
    assert "Delete report.json" in note


def scored(scores: dict[str, float]) -> Matrix:
    return matrix_of({student: report(student, exercise(score)) for student, score in scores.items()})


def test_what_a_mistake_leaves_of_no_points_is_not_told() -> None:
    failed = ReadExercise("bonus", 0.0, 0.0, "failed", ("sum",))
    (found,) = mistakes({"a": report("a", failed)})
    assert found.share_left is None


def test_mistakes_stand_by_how_many_made_them_and_say_what_they_leave() -> None:
    found = mistakes(
        {
            "a": report("a", exercise(1.0, "sum")),
            "b": report("b", exercise(0.0, "sum", "minus")),
            "c": report("c", exercise(2.0, answers="f00")),
            "d": report("d", exercise(2.0)),
        }
    )
    told = [(each.id, each.is_named, each.students, each.share_left) for each in found]
    assert told == [("sum", True, ("a", "b"), 0.25), ("minus", True, ("b",), 0.0), ("f00", False, ("c",), 1.0)]


def test_failed_answers_without_a_name_or_a_hash_are_one_group() -> None:
    failed = ReadExercise("e", 0.0, 2.0, "failed")
    (found,) = mistakes({"a": report("a", failed), "b": report("b", failed)})
    assert (found.id, found.is_named, found.students) == ("", False, ("a", "b"))


def test_a_mistake_is_told_in_the_words_of_somebody_who_made_that_one_alone() -> None:
    words = {
        "a": ReadWords((ReadAnswer("e", "Two things."),)),
        "b": ReadWords((ReadAnswer("e", "It is the sum."),)),
    }
    facts = Facts("lab", FACTS.made_at, words_of=words.__getitem__, code_of=lambda student, name: f"{student} {name}")
    made = class_report(class_of(report("a", exercise(0.0, "sum", "x")), report("b", exercise(0.0, "sum"))), facts)
    told = next(each for each in made.mistakes if each.mistake.id == "sum")
    assert (told.sentence, told.example_of, told.code) == ("It is the sum.", "b", "b e")


def test_titles_of_checks_come_from_whoever_has_them() -> None:
    def one(student: str, check: str) -> ReadReport:
        return report(student, ReadExercise("e", 1.0, 2.0, "failed", checks=(ReadCheck(check, "failed"),)))

    words = {
        "a": ReadWords((ReadAnswer("e", checks=(ReadTitle("x", "It is x."),)),)),
        "b": ReadWords((ReadAnswer("e", checks=(ReadTitle("y", "It is y."),)),)),
    }
    facts = Facts("lab", FACTS.made_at, words_of=words.__getitem__)
    assert class_report(class_of(one("a", "x"), one("b", "y")), facts).titles == {"x": "It is x.", "y": "It is y."}


def test_much_below_is_under_the_lower_fence_or_half_the_median() -> None:
    found = much_below(scored({"a": 20.0, **{str(n): 80.0 + n for n in range(20)}}), 100.0)
    assert found.students == (("a", 20.0),)
    assert found.line == found.first_fence is not None
    found = much_below(scored({str(n): float(10 * n) for n in range(11)}), 100.0)
    assert found.line == found.half_median == 25.0
    assert [student for student, _ in found.students] == ["0", "1", "2"]
    assert much_below(scored({"a": 0.0, "b": 100.0}), 100.0).line is None


def test_much_below_is_at_least_a_fifth_of_the_maximum_below_the_median() -> None:
    scores = {"a": 9.5, "b": 8.01, "c": 8.0, **{str(n): 10.0 for n in range(20)}}
    found = much_below(scored(scores), 10.0)
    assert (found.line, found.at_most) == (10.0, 8.0)
    assert found.students == (("c", 8.0),)


def test_much_below_is_told_without_exercises_that_wait_to_be_marked_by_hand() -> None:
    def one(student: str, points: float, essay: float | None) -> ReadReport:
        hand = ReadExercise("essay", essay or 0.0, 10.0, "by_hand", auto_points=None if essay is None else 0.0)
        return report(student, ReadExercise("e", points, 10.0, "failed"), hand, max_score=20.0)

    class_ = [one(str(n), 9.0, 10.0) for n in range(9)]
    waits, low = one("waits", 9.0, None), one("low", 1.0, 10.0)
    found = much_below(matrix_of({each.student: each for each in [*class_, waits, low]}), 20.0)
    assert found.without == ("essay",)
    assert found.students == (("low", 1.0),)
    assert found.at_most == 7.0


def test_who_needs_a_look_has_every_reason_once() -> None:
    broken = ReadExercise("e", 0.0, 2.0, "error")
    settled = ReadExercise("e", 0.0, 2.0, "error", auto_points=0.0)
    found = looks(
        {
            "a": report("a", exercise(), looks=("one",), mark_looks=("two", "one")),
            "b": report("b", exercise(), status="unreadable"),
            "c": report("c", broken),
            "d": report("d", settled),
            "e": report("e", exercise()),
        }
    )
    assert [each.student for each in found] == ["a", "b", "c"]
    assert found[0].reasons == ("one", "two")


def test_times_are_told_by_the_distance_to_the_due_date() -> None:
    due = datetime(2026, 3, 1, 23, 0)
    moments = ("2026-03-01T22:30:00", "2026-03-01T23:00:00", "2026-03-01T23:00:01", "2026-02-01T00:00:00", "", "no")
    reports = {
        str(at): report(str(at), exercise(), handed_in=f"{each}+00:00" if each else "", seconds=float(at))
        for at, each in enumerate(moments)
    }
    found = times(reports, due)
    told = {each.label: each.count for each in found.handed_in if each.count}
    assert told == {"more than a week before": 1, "in the last hour": 2, "within an hour after": 1}
    assert [each.label for each in found.handed_in if each.count and each.is_over] == ["within an hour after"]
    assert found.undated == 2
    assert (found.grading.median, found.slowest[0]) == (2.5, ("5", 5.0))


@pytest.mark.parametrize("days", [0, 3, 400])
def test_without_a_due_date_they_are_told_by_day_in_not_too_many_rows(days: int) -> None:
    first, last = "2026-01-01T10:00:00+00:00", datetime.fromordinal(datetime(2026, 1, 1).toordinal() + days).isoformat()
    found = times({"a": report("a", handed_in=first), "b": report("b", handed_in=f"{last}+00:00")}, None)
    assert sum(each.count for each in found.handed_in) == 2
    assert len(found.handed_in) <= 14
    assert found.handed_in[0].count
    assert found.handed_in[-1].count


def test_code_is_cut_where_it_is_too_long() -> None:
    assert bounded("a\nb\n") == "a\nb"
    lines = bounded("x\n" * 500).split("\n")
    assert len(lines) == 41
    assert lines[-1].endswith("more lines")
    assert len(bounded("y" * 1_000_000)) < 200


def test_partners_who_handed_in_the_same_are_not_told_as_copies() -> None:
    def one(number: int) -> ReadReport:
        pieces = (f"{number * 100 + at:08x}" for at in range(32))
        code = "".join(sorted(pieces))
        return report(f"s{number:03d}", *(ReadExercise(f"e{at}", 2.0, 2.0, "passed", sketch=code) for at in range(6)))

    found = class_of(*(one(number) for number in range(40)))
    found.reports["s000"] = found.reports["s001"]
    assert [each.students for each in class_report(found, FACTS).alike.clusters] == [("s000", "s001")]
    partners = (("s000", "s001"), ("s007", "nobody"))
    made = class_report(found, Facts("lab", FACTS.made_at, partners=partners))
    assert (made.alike.clusters, made.alike.compared) == ((), 39)


def test_a_class_whose_marks_are_all_the_same_is_a_report_all_the_same() -> None:
    made = class_report(class_of(*(report(str(n), exercise(1.0), exercise(1.0, name="f")) for n in range(30))), FACTS)
    assert (made.scores.sd, made.below.students, made.reliability.alpha) == (0.0, (), None)
    assert {each.why_no_discrimination for each in made.items} == {"all alike"}


def test_a_class_of_nobody_is_a_report_all_the_same() -> None:
    made = class_report(ReadClass(), FACTS)
    assert (made.counts.graded, made.items, made.histogram, made.max_score) == (0, (), (), 0.0)


def test_the_docs_say_one_version_of_each_schema_and_name_every_field_of_the_class() -> None:
    text = (Path(__file__).parents[3] / "docs" / "report.md").read_text(encoding="utf-8")
    of_one, of_class = text.split("## The report on a class")
    said = re.findall(r"`schema_version` is\s+(\d+)|`schema_version` \| number \| (\d+)", of_one)
    assert [int(one or other) for one, other in said] == [report_version, report_version]
    assert f"which is {class_version};" in of_class
    assert f'"schema_version": {report_version}' in of_class  # the example is of a submission
    classes = (ClassReport, Counts, Item, Reliability, Below, Look, Late)
    names = {each.name for one in classes for each in dataclasses.fields(one)} | set(Student.__struct_fields__)
    told = set(re.findall(r"`([a-z_0-9]+)`", text))
    assert names - told == {"reasons", "penalty"}  # of `looks` and `late`
