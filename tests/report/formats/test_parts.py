"""What platforms with a list of tests are told: bounded, printable lines, and as much of them as there is room for."""

from __future__ import annotations

import json

import pytest
from door_reports import ATTACK, PASSED, REPORTS, check, exercise, report

from autograder.report.exercise_result import Verdict
from autograder.report.formats import parts


@pytest.mark.parametrize("name", REPORTS)
def test_every_text_is_one_printable_line_of_bounded_length(name: str) -> None:
    told = parts.about(REPORTS[name], 500)
    for part in parts.parts_of(REPORTS[name], 500):
        told += [part.name, *part.said, *(text for line in part.checks for text in (line.title, line.message))]
        assert len(part.name) <= parts.NAME_CHARACTERS + 1
    assert all(each.isprintable() and len(each) <= 501 for each in told)


def test_texts_get_shorter_until_all_fits_and_tests_go_last() -> None:
    asked: list[int | None] = []

    def make(characters: int | None) -> dict[str, object]:
        asked.append(characters)
        return {"text": "x" * (5_000 if characters is None else 10_000 + characters)}

    assert len(parts.fitting(make, 6_000, 3)) == len(json.dumps({"text": "x" * 5_000}))
    assert asked == [2_000, 500, 120, 0, None]
    asked.clear()
    assert len(parts.fitting(make, 11_000, 1)) < 11_000
    assert asked == [2_000, 500]


def test_long_texts_are_not_even_tried_for_many_exercises() -> None:
    asked: list[int | None] = []
    parts.fitting(lambda characters: asked.append(characters) or {}, 1_000_000, 5_000)
    assert asked == [120]


def test_a_check_that_says_what_another_said_says_so() -> None:
    twice = exercise("one", 0.0, Verdict.FAILED, *(check(Verdict.FAILED, title, "No.") for title in ("A.", "B.")))
    (part,) = parts.parts_of(report(twice))
    assert [line.message for line in part.checks] == ["No.", "For the same reason."]


def test_without_room_there_are_names_points_and_verdicts() -> None:
    (part,) = parts.parts_of(report(exercise("one", 1.0, Verdict.FAILED, check(Verdict.FAILED, ATTACK, ATTACK))), 0)
    assert (part.name, part.points, part.look.words, part.said, part.checks) == ("one", 1.0, "partly right", (), ())


def test_checks_that_ran_beside_student_code_say_that_they_did() -> None:
    from dataclasses import replace

    inside = replace(PASSED, checks=(replace(PASSED.checks[0], inside=True),))
    assert parts.parts_of(report(inside))[0].said[0].startswith("Checked inside")
