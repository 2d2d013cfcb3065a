"""What is graded is saved a few submissions at a time: soon, also when the run is stopped, and each once."""

from __future__ import annotations

import itertools
import json
from concurrent.futures import Future
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest
from helpers import gradebook_contents, hand_in, report_of

from autograder.batch import saving
from autograder.batch.batch import grade_batch
from autograder.batch.packed import Result
from autograder.batch.pool import OpenPool, Pool
from autograder.course.assignment import Assignment
from autograder.course.course import REPORT_FILE, Course, load_course
from autograder.course.settings import Ruling
from autograder.report.report import Report

STUDENTS = [f"student-{number:03}" for number in range(1, 46)]


@pytest.fixture
def handed_in(course: Any) -> Course:
    for student in STUDENTS:
        hand_in(course, student, "{}")
    return load_course(course)


def answering(tiny: Assignment, last: BaseException | None = None, asked: list[str] | None = None) -> OpenPool:
    """A worker that gives everybody the same marks at once; `last`: what happens when the last one is to be graded."""

    def submit(student: str) -> Future[Result]:
        if last is not None and student == STUDENTS[-1]:
            raise last
        if asked is not None:
            asked.append(student)
        future: Future[Result] = Future()
        future.set_result(Result(report_of(tiny, student, double=1), {"tiny": "{}\n"}))
        return future

    return lambda _: nullcontext(Pool(submit, lambda: 1))


def saved(course: Course) -> set[str]:
    """Who has a report."""
    return {path.parts[-3] for path in course.folder.glob(f"autograded/*/tiny/{REPORT_FILE}")}


def recorded(course: Course) -> set[str]:
    return set(gradebook_contents(course.gradebook_url)["submissions"])


@pytest.fixture
def transactions(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many submissions each transaction had."""
    found: list[int] = []
    record = saving.record

    def counted(gradebook: Any, assignment: Assignment, reports: list[Report]) -> None:
        found.append(len(reports))
        record(gradebook, assignment, reports)

    monkeypatch.setattr(saving, "record", counted)
    return found


def test_twenty_are_saved_together_and_told_when_they_are_saved(
    handed_in: Course, tiny: Assignment, transactions: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "SAVED_WITHIN_SECONDS", 60.0)
    for number, report in enumerate(grade_batch(handed_in, tiny, STUDENTS, answering(tiny)), 1):
        assert report.student in saved(handed_in)
        assert len(saved(handed_in)) == min(-(-number // 20) * 20, len(STUDENTS))
    assert transactions == [20, 20, 5]
    assert recorded(handed_in) == saved(handed_in) == set(STUDENTS)


def test_what_has_waited_for_a_second_is_saved_though_it_is_alone(
    handed_in: Course, tiny: Assignment, transactions: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving.time, "monotonic", itertools.count(0.0, 0.3).__next__)
    assert len(list(grade_batch(handed_in, tiny, STUDENTS[:9], answering(tiny)))) == 9
    assert max(transactions) < 9
    assert sum(transactions) == 9


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), SystemExit(143)], ids=["Ctrl-C", "told to end"])
def test_a_run_that_is_stopped_saves_what_is_graded_and_the_next_one_grades_the_rest(
    handed_in: Course, tiny: Assignment, monkeypatch: pytest.MonkeyPatch, stop: BaseException
) -> None:
    monkeypatch.setattr(saving, "SAVED_WITHIN_SECONDS", 60.0)
    told, asked = [], list[str]()
    with pytest.raises(type(stop)):
        told += grade_batch(handed_in, tiny, STUDENTS, answering(tiny, stop, asked))
    done = saved(handed_in)
    assert 20 < len(done) < len(STUDENTS)
    assert recorded(handed_in) == done
    asked.clear()
    rows = list(grade_batch(handed_in, tiny, STUDENTS, answering(tiny, None, asked)))
    assert {each.student for each in rows if each.unchanged} == done
    assert set(asked) == set(STUDENTS) - done


def test_killed_between_the_gradebook_and_the_reports_all_of_them_are_graded_again_and_none_is_doubled(
    handed_in: Course, tiny: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        """Nothing catches it."""

    def die(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(saving, "write_whole", die)
        with pytest.raises(Killed):
            list(grade_batch(handed_in, tiny, STUDENTS, answering(tiny)))
    assert len(recorded(handed_in)) == 20
    assert saved(handed_in) == set()
    asked: list[str] = []
    assert len(list(grade_batch(handed_in, tiny, STUDENTS, answering(tiny, None, asked)))) == len(STUDENTS)
    assert asked == STUDENTS
    assert recorded(handed_in) == set(STUDENTS)


def test_points_that_change_for_all_are_written_in_few_transactions_and_into_every_notebook(
    handed_in: Course, tiny: Assignment, transactions: list[int]
) -> None:
    notebook = json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
    list(grade_batch(handed_in, tiny, STUDENTS, answering(tiny)))
    for student in STUDENTS:
        (handed_in.autograded(student, "tiny") / "tiny.ipynb").write_text(notebook)
    transactions.clear()
    waived = replace(handed_in, questions={"tiny": {"double": Ruling.WAIVED}})
    rows = list(grade_batch(waived, tiny, STUDENTS, answering(tiny)))
    assert [each.unchanged for each in rows] == [True] * len(STUDENTS)
    assert {each.exercise("double").points for each in rows} == {4}
    assert len(transactions) <= 4
    assert sum(transactions) == len(STUDENTS)
