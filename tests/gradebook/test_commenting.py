"""A comment for a group: all in it have it, once; who comes gets it, who leaves loses it, and words of staff stay."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from helpers import make_course

from autograder.course.assignment import Assignment
from autograder.course.course import Course, load_course
from autograder.course.errors import CourseError
from autograder.gradebook.commenting import answers_in, commented_exercises, follow_groups, give, take_back
from autograder.gradebook.group_comments import GroupComment, read_comments, write_comments
from autograder.gradebook.record import ensure_assignment, open_gradebook, record
from autograder.report.exercise_result import Verdict
from autograder.report.marks import new_result
from autograder.report.report import Report, Status

ONE = GroupComment("double", "a" * 12, "Double it.\n\nDon't *square* it.", "checks")
OWN = "Well begun."


@dataclass
class Class:
    """A made-up class in a gradebook; `now` is what each answer behaves like."""

    gradebook: Any
    course: Course
    assignment: Assignment
    now: dict[str, str | None]

    def give(self, comment: GroupComment = ONE) -> Any:
        members = [student for student, answers in self.now.items() if answers == comment.answers]
        return give(self.gradebook, self.course, self.assignment, comment, members)

    def follow(self, checks: str = "checks", only: str = "", whole: bool = True) -> list[str]:
        answers = {student: {"double": found} for student, found in self.now.items() if only in ("", student)}
        return list(follow_groups(self.gradebook, self.course, self.assignment, answers, checks, whole and not only))

    def comment_of(self, student: str) -> Any:
        found = self.gradebook.find_submission_notebook("tiny", "tiny", student)
        return next(each for each in found.comments if each.name == "double")

    def say(self, student: str, text: str | None) -> None:
        self.comment_of(student).manual_comment = text
        self.gradebook.db.commit()
        self.gradebook.close()

    def said(self) -> dict[str, str | None]:
        found = {student: self.comment_of(student).manual_comment for student in self.now}
        self.gradebook.close()
        return found


NOW: dict[str, str | None] = {"one": ONE.answers, "two": ONE.answers, "three": "b" * 12, "four": ""}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory, tiny: Assignment) -> Iterator[tuple[Any, Course]]:
    course = load_course(make_course(tmp_path_factory.mktemp("commenting") / "course"))
    with open_gradebook(course) as gradebook:
        ensure_assignment(gradebook, tiny)
        for student in NOW:
            record(gradebook, tiny, [report_of(tiny, student)])
        yield gradebook, course


@pytest.fixture
def students(recorded: tuple[Any, Course], tiny: Assignment) -> Class:
    made = Class(*recorded, tiny, dict(NOW))
    for each in NOW:
        made.say(each, None)
    write_comments(made.course, "tiny", [])
    return made


def report_of(assignment: Assignment, student: str) -> Report:
    results = tuple(new_result(each, Verdict.FAILED, "Wrong.") for each in assignment.exercises)
    return Report(assignment.name, student, 0, assignment.max_score, Status.GRADED, results)


def test_all_of_a_group_have_it_once_below_what_staff_wrote_to_one(students: Class) -> None:
    students.say("two", OWN)
    done = students.give()
    assert (done.added, done.beside) == (("one", "two"), ("two",))
    expected = {"one": ONE.text, "two": f"{OWN}\n\n{ONE.text}", "three": None, "four": None}
    assert students.said() == expected
    again = students.give()
    assert (again.added, again.had) == ((), ("one", "two"))
    assert students.follow() == []
    assert students.said() == expected


def test_other_words_take_the_place_of_the_old_ones_but_not_of_what_somebody_changed(students: Class) -> None:
    students.say("two", OWN)
    students.give()
    students.say("one", ONE.text + " Ask me.")
    new = replace(ONE, text="Use `2 * x`.")
    done = students.give(new)
    assert (done.added, done.by_hand) == (("two",), ("one",))
    assert students.said() == {"one": ONE.text + " Ask me.", "two": f"{OWN}\n\n{new.text}", "three": None, "four": None}
    assert [each.text for each in read_comments(students.course, "tiny")] == [new.text]


def test_who_comes_gets_it_and_who_leaves_loses_it_and_keeps_the_own_words(students: Class) -> None:
    students.say("two", OWN)
    students.give()
    students.now |= {"two": "", "three": ONE.answers}
    assert students.follow() == ["The comment of group double-aaaaaa: given to 1 more, taken back from 1 who left it."]
    assert students.said() == {"one": ONE.text, "two": OWN, "three": ONE.text, "four": None}
    assert students.follow() == []


def test_what_somebody_changed_or_took_away_by_hand_stays_so(students: Class) -> None:
    students.give()
    students.say("one", "")
    students.say("two", f"See page 3. {ONE.text}")
    assert students.follow() == []
    assert students.said()["one"] == ""
    students.now |= {"two": ""}
    students.follow()
    assert students.said()["two"] == f"See page 3. {ONE.text}"


def test_a_student_who_was_not_looked_at_or_could_not_be_judged_keeps_it(students: Class) -> None:
    students.give()
    students.now |= {"one": None, "two": "c" * 12}
    assert students.follow(only="four") == []
    assert students.follow(only="one") == []
    assert students.said()["one"] == students.said()["two"] == ONE.text
    assert students.follow(only="two") == ["The comment of group double-aaaaaa: taken back from 1 who left it."]


def test_changed_checks_give_all_groups_another_hash_and_take_no_comment_away(students: Class) -> None:
    students.give()
    students.now |= {"one": "d" * 12, "two": "d" * 12, "three": "e" * 12}
    [line] = students.follow("other checks")
    assert "kept by 2, though checks or settings have changed" in line
    assert students.said()["one"] == ONE.text
    students.now |= {"one": ""}  # right by now
    students.follow("other checks")
    assert students.said() == {"one": None, "two": ONE.text, "three": None, "four": None}


def test_it_is_taken_back_from_all_and_forgotten(students: Class) -> None:
    students.say("two", OWN)
    students.give()
    [comment] = read_comments(students.course, "tiny")
    assert take_back(students.gradebook, students.course, students.assignment, comment).removed == ("one", "two")
    assert students.said() == {"one": None, "two": OWN, "three": None, "four": None}
    assert read_comments(students.course, "tiny") == ()
    assert commented_exercises(students.course, students.assignment, print) == frozenset()


def test_who_is_not_in_the_gradebook_is_named(students: Class) -> None:
    students.now |= {"nobody": ONE.answers}
    assert students.give().missing == ("nobody",)


def test_an_exercise_without_a_cell_for_answers_has_no_comments(students: Class) -> None:
    exercises = tuple(replace(each, solution=None) for each in students.assignment.exercises)
    students.assignment = replace(students.assignment, exercises=exercises)
    with pytest.raises(CourseError, match="'double' has no cell in which students answer"):
        students.give()


def test_answers_are_known_as_failed_as_not_failed_or_not_at_all(tiny: Assignment) -> None:
    first, *_ = report_of(tiny, "one").exercises
    for verdict, answers, known in (
        (Verdict.FAILED, "abc", "abc"),
        (Verdict.FAILED, "", None),
        (Verdict.ERROR, "", None),
        (Verdict.PASSED, "", ""),
        (Verdict.SKIPPED, "", ""),
    ):
        result = replace(first, verdict=verdict, answers=answers)
        report = replace(report_of(tiny, "one"), exercises=(result,))
        assert answers_in(report, [first.name]) == {first.name: known}
    assert answers_in(report_of(tiny, "one"), []) == {}


def test_what_can_t_be_read_is_told_and_stops_no_grading(students: Class) -> None:
    students.give()
    path = students.course.folder / "group_comments" / "tiny.json"
    for text in ("{", "[]", json.dumps({"comments": [{"exercise": 1}]}), "\x00"):
        path.write_text(text)
        said: list[str] = []
        assert commented_exercises(students.course, students.assignment, said.append) == frozenset()
        assert f"{path} can't be read" in said[0]
