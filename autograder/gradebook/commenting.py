"""Brings comments of groups into nbgrader's gradebook, beside what staff wrote to each student, and takes them back.

Each run of the grader gives a group's comment to who has come into the group, and takes it back from who has left.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nbgrader import api

from autograder.course.assignment import Assignment
from autograder.course.course import Course
from autograder.course.errors import CourseError
from autograder.gradebook.database import in_one_transaction
from autograder.gradebook.group_comments import (
    GroupComment,
    has_block,
    read_comments,
    with_block,
    without_block,
    write_comments,
)
from autograder.report.exercise_result import Verdict
from autograder.report.report import Report

_AT_ONCE = 500  # students in one query

Answers = Mapping[str, Mapping[str, str | None]]
"""By student and exercise: the hash of a failed answer, "" if it is not failed, None if that is not known."""


def commented_exercises(course: Course, assignment: Assignment, tell: Callable[[str], None]) -> frozenset[str]:
    """Exercises of which some group has a comment; if what is remembered of them can't be read, `tell` is told."""
    try:
        return frozenset(each.exercise for each in read_comments(course, assignment.name))
    except CourseError as error:
        tell(str(error))
        return frozenset()


def answers_in(report: Report, exercises: Collection[str]) -> dict[str, str | None]:
    """The answers that a report knows of, by exercise."""

    def of(verdict: Verdict, answers: str) -> str | None:
        if verdict is Verdict.FAILED:
            return answers or None
        return None if verdict is Verdict.ERROR else ""

    return {each.name: of(each.verdict, each.answers) for each in report.exercises if each.name in exercises}


@dataclass(frozen=True)
class Outcome:
    """What became of one group's comment: students, by what was done.

    Attributes:
        added: they have it now; of these `beside` had words of staff's already, which stay above it.
        had: they had it before.
        by_hand: somebody changed theirs, which is left as it is.
        removed: it was taken back.
        missing: the gradebook does not have their submission.
    """

    added: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    had: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def give(
    gradebook: Any, course: Course, assignment: Assignment, comment: GroupComment, members: Sequence[str]
) -> Outcome:
    """Gives a group a comment, in place of the one that it has, and remembers it. Call it under the course's lock.

    Args:
        comment: `given` does not matter.
        members: students of the group.
    Raises:
        CourseError: the exercise has no place for comments, or the gradebook or the file can't be reached.
    """
    if not assignment.exercise(comment.exercise).solution_cell:
        raise CourseError(f"{comment.exercise!r} has no cell in which students answer, so nbgrader keeps no comments.")
    remembered = read_comments(course, assignment.name)
    old = next((each for each in remembered if each.key == comment.key), replace(comment, text="", given=()))
    done = _say(gradebook, assignment, comment, members, old)
    now = {*old.given, *done.added, *done.had}
    others = [each for each in remembered if each is not old]
    write_comments(course, assignment.name, [*others, replace(comment, given=tuple(sorted(now)))])
    return done


def take_back(gradebook: Any, course: Course, assignment: Assignment, comment: GroupComment) -> Outcome:
    """Takes a group's comment back from all who have it unchanged, and forgets it. Call it under the course's lock.

    Raises:
        CourseError: the gradebook or the file can't be reached.
    """
    done = _remove(gradebook, assignment, comment, comment.given)
    others = [each for each in read_comments(course, assignment.name) if each.key != comment.key]
    write_comments(course, assignment.name, others)
    return done


def follow_groups(
    gradebook: Any, course: Course, assignment: Assignment, answers: Answers, checks: str, is_whole_class: bool
) -> Iterator[str]:
    """Gives comments to who has come into a group, and takes them back from who has left; a line for each group.

    Where checks or settings have changed and nobody is in a group any more, it is the hash that has changed: who has
    the comment keeps it, as long as the answer fails.

    Args:
        answers: of students who were looked at just now.
        checks: digest of the assignment.
    Raises:
        CourseError: the gradebook or the file can't be reached.
    """
    remembered = read_comments(course, assignment.name)
    kept = []
    for comment in remembered:
        now = {student: found.get(comment.exercise) for student, found in answers.items()}
        members = [student for student, found in now.items() if found == comment.answers]
        is_known = comment.checks == checks or bool(members)
        gone = {student for student, found in now.items() if found == "" or (found != comment.answers and is_known)}
        left = [each for each in comment.given if each in gone and now[each] is not None]
        said = _say(gradebook, assignment, comment, [each for each in members if each not in comment.given])
        done = _remove(gradebook, assignment, comment, left)
        given = ({*comment.given} | {*said.added, *said.had}) - {*left}
        seen = checks if is_known and is_whole_class else comment.checks
        kept.append(replace(comment, given=tuple(sorted(given)), checks=seen))
        if parts := list(_news(said, done, 0 if is_known else len(given & {*now}))):
            yield f"The comment of group {comment.group}: {', '.join(parts)}."
    if tuple(kept) != remembered:
        write_comments(course, assignment.name, kept)


def _news(said: Outcome, done: Outcome, stale: int) -> Iterator[str]:
    if said.added:
        yield f"given to {len(said.added)} more"
    if done.removed:
        yield f"taken back from {len(done.removed)} who left it"
    if stale:
        yield (
            f"kept by {stale}, though checks or settings have changed and nobody is in this group any more "
            "(`autograder groups` shows those of today)"
        )


def _say(
    gradebook: Any,
    assignment: Assignment,
    comment: GroupComment,
    members: Collection[str],
    old: GroupComment | None = None,
) -> Outcome:
    """Puts a comment below what is said already, or in the place of an `old` one."""
    given = set(old.given) if old else set()

    def work() -> Outcome:
        lists: dict[str, list[str]] = {name: [] for name in ("added", "beside", "had", "by_hand")}
        rows = _rows(gradebook, assignment, comment.exercise, sorted({*members, *given}))
        for student, row in rows.items():
            said = row.manual_comment or ""
            if has_block(said, comment.text):
                lists["had"].append(student)
            elif old and old.text and has_block(said, old.text):
                row.manual_comment = without_block(said, old.text, comment.text)
                lists["added"].append(student)
            elif student in given and said.strip():
                lists["by_hand"].append(student)
            elif student in members:
                row.manual_comment = with_block(said, comment.text)
                lists["added"].append(student)
                lists["beside"] += [student] if said.strip() else []
        missing = tuple(each for each in members if each not in rows)
        return Outcome(**{name: tuple(each) for name, each in lists.items()}, missing=missing)

    return in_one_transaction(gradebook, work) if members or given else Outcome()


def _remove(gradebook: Any, assignment: Assignment, comment: GroupComment, students: Sequence[str]) -> Outcome:
    def work() -> Outcome:
        removed, by_hand = [], []
        for student, row in _rows(gradebook, assignment, comment.exercise, students).items():
            if has_block(row.manual_comment or "", comment.text):
                row.manual_comment = without_block(row.manual_comment, comment.text) or None
                removed.append(student)
            elif (row.manual_comment or "").strip():
                by_hand.append(student)
        return Outcome(removed=tuple(removed), by_hand=tuple(by_hand))

    return in_one_transaction(gradebook, work) if students else Outcome()


def _rows(gradebook: Any, assignment: Assignment, exercise: str, students: Sequence[str]) -> dict[str, Any]:
    """nbgrader's comments on the cell in which students answer an exercise, by student; none if it is not there."""
    about = next((each for each in assignment.exercises if each.name == exercise), None)
    if about is None:
        return {}
    submitted, notebook, comment = api.SubmittedAssignment, api.SubmittedNotebook, api.Comment
    rows = gradebook.db.query(submitted.student_id, comment).select_from(comment)
    rows = rows.join(notebook, notebook.id == comment.notebook_id)
    rows = rows.join(submitted, submitted.id == notebook.assignment_id)
    rows = rows.join(api.Assignment, api.Assignment.id == submitted.assignment_id)
    rows = rows.join(api.Notebook, api.Notebook.id == notebook.notebook_id)
    rows = rows.join(api.BaseCell, api.BaseCell.id == comment.cell_id)
    rows = rows.filter(api.Assignment.name == assignment.name, api.Notebook.name == about.notebook)
    rows = rows.filter(api.BaseCell.name == about.solution_cell)
    found: dict[str, Any] = {}
    for start in range(0, len(students), _AT_ONCE):
        found |= dict(rows.filter(submitted.student_id.in_(students[start : start + _AT_ONCE])).all())
    return dict(sorted(found.items()))
