"""Whose mark is final: what staff are yet to see, what is ours, what has changed since is for nobody else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from scored import AT, Made, give_by_hand, make_class, make_gradebook, put_report, report_with

from autograder.course.assignment import Assignment
from autograder.course.course import Course, load_course
from autograder.doors.scores import Settled, State, read_people, read_scores
from autograder.report.exercise_result import Verdict
from autograder.report.report import Status

CLASS = (
    Made("whole", "Ann", "Bee", "ann@example.org", "101", points={}),
    Made("partly", points={"double": 1.0}, verdicts={"double": Verdict.FAILED}),
    Made("look", points={}, change={"looks": ("two notebooks",)}),
    Made("unreadable", points={}, change={"status": Status.UNREADABLE}),
    Made("fault", points={}, verdicts={"double": Verdict.ERROR}),
    Made("by-hand", points={}, verdicts={"double": Verdict.BY_HAND}),
    Made("ungraded"),
    Made("nothing", handed_in=False),
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory, tiny: Assignment) -> Path:
    return make_gradebook(tmp_path_factory.mktemp("empty") / "course", tiny)


@pytest.fixture
def made(tmp_path: Path, empty: Path, tiny: Assignment) -> Course:
    return make_class(tmp_path / "course", empty, tiny, CLASS)


def states(course: Course, settled: Settled | None = None) -> dict[str, State]:
    scores = read_scores(course, "tiny", read_people(course), settled or Settled())
    return {student: each.state for student, each in scores.of.items()}


def test_only_what_nothing_is_left_to_do_about_is_final(made: Course) -> None:
    assert states(made) == {
        "whole": State.FINAL,
        "partly": State.FINAL,
        "look": State.LOOK,
        "unreadable": State.LOOK,
        "fault": State.FAULT,
        "by-hand": State.WAITING,
        "ungraded": State.UNGRADED,
        "nothing": State.NOTHING,
    }
    scores = read_scores(made, "tiny", read_people(made), Settled())
    assert (scores.of["whole"].final, scores.of["partly"].final, scores.max_points) == (20.0, 17.0, 20.0)
    assert [scores.of[each].final for each in ("look", "fault", "by-hand", "ungraded", "nothing")] == [None] * 5
    assert scores.exercises == {"double": 4.0, "mean_of": 6.0, "double_mean": 10.0}
    assert read_people(made)["whole"].name == "Ann Bee"


def test_staff_say_whose_work_they_looked_at_and_who_is_excused(made: Course) -> None:
    found = states(made, Settled(frozenset({"look", "fault", "by-hand"}), excused=frozenset({"nothing"})))
    assert (found["look"], found["unreadable"]) == (State.FINAL, State.LOOK)
    assert (found["fault"], found["by-hand"], found["nothing"]) == (State.FAULT, State.WAITING, State.EXCUSED)
    everybody = states(made, Settled(all_looked_at=True))
    assert (everybody["look"], everybody["unreadable"], everybody["fault"]) == (*[State.FINAL] * 2, State.FAULT)


def test_what_formgrader_still_asks_staff_for_is_not_final(made: Course) -> None:
    give_by_hand(made, "whole", "test_double", 3.0, open_again=True)
    assert states(made)["whole"] is State.WAITING
    give_by_hand(made, "whole", "test_double", 3.0)
    scores = read_scores(made, "tiny", read_people(made), Settled())
    assert scores.of["whole"].final == 19.0


def test_a_newer_hand_in_has_no_mark_yet(made: Course) -> None:
    (made.submitted("whole", "tiny") / "timestamp.txt").write_text("2026-03-05 12:00:00 UTC")
    assert states(made)["whole"] is State.UNGRADED


def test_a_report_of_somebody_else_or_of_other_exercises_is_no_mark(made: Course, tiny: Assignment) -> None:
    whole = report_with(tiny, CLASS[0])
    put_report(made, tiny, whole, student="ungraded")
    put_report(made, tiny, replace(whole, student="partly", exercises=whole.exercises[:1]))
    put_report(made, tiny, replace(whole, student="nothing"))
    found = states(made)
    assert (found["ungraded"], found["partly"], found["nothing"]) == (State.UNGRADED, State.UNGRADED, State.NOTHING)


def test_marks_are_todays(made: Course) -> None:
    with (made.folder / "course_config.py").open("a") as file:
        file.write('\nc.Grading.questions = {"tiny": {"double": "dropped"}}\n')
    course = load_course(made.folder)
    scores = read_scores(course, "tiny", read_people(course), Settled())
    assert (scores.max_points, scores.of["partly"].final) == (16.0, 16.0)
    assert "double" not in scores.exercises
    assert scores.of["fault"].state is State.FINAL  # the broken check counts for nothing any more
    assert scores.of["whole"].handed_in == AT.isoformat()
