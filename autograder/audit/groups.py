"""Wrong answers of a class in groups: those that behave alike are one mistake, which can be told and named once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from autograder.batch.changes import assignment_digest
from autograder.checks.catalogue import Misconception, add_found, load_misconceptions
from autograder.course.assignment import Assignment
from autograder.course.course import Course
from autograder.course.errors import CourseError
from autograder.course.lock import alone
from autograder.gradebook.commenting import Outcome, give, take_back
from autograder.gradebook.group_comments import GroupComment, checked_text, read_comments
from autograder.gradebook.marking import last_report
from autograder.gradebook.record import has_gradebook, open_gradebook
from autograder.gradebook.student_pages import graded_students
from autograder.judge.diagnosis import home_cells
from autograder.report.exercise_result import ExerciseResult, Verdict, group_id
from autograder.submission.submission import read_submission

_ID_WORDS = 5
_LEAST_CHARACTERS = 4  # of a hash, by which a group is named


@dataclass(frozen=True)
class Group:
    """Students whose answers behave alike.

    Attributes:
        exercise: whose.
        answers: the hash of how they behave.
        students: in the order of their ids.
        names: the mistake's: ids of the catalogue, or `mended:<kind>`; empty if it has none.
        message: what most of them read.
        points: the least and the most that it leaves.
        max_points: what there was.
        comment: what staff say to all of them; empty if nothing.
    """

    exercise: str
    answers: str
    students: tuple[str, ...]
    names: tuple[str, ...] = ()
    message: str = ""
    points: tuple[float, float] = (0.0, 0.0)
    max_points: float = 0.0
    comment: str = ""

    @property
    def id(self) -> str:
        return group_id(self.exercise, self.answers)


@dataclass(frozen=True)
class Found:
    """Groups of a class.

    Attributes:
        groups: the largest first.
        ungrouped: how many failed answers are in none.
        unread: how many reports can't be read.
        left: comments of groups that nobody is in any more.
    """

    groups: tuple[Group, ...]
    ungrouped: int = 0
    unread: int = 0
    left: tuple[GroupComment, ...] = ()


def find_groups(course: Course, assignment: Assignment, exercise: str = "", unnamed: bool = False) -> Found:
    """Groups of wrong answers, from the reports of the last run.

    Args:
        exercise: only of this one.
        unnamed: only those whose mistake could have a name, and has none.
    Raises:
        CourseError: nobody was graded, there is no such exercise, or what is remembered of comments can't be read.
    """
    names = [each.name for each in assignment.exercises]
    if exercise and exercise not in names:
        raise CourseError(f"{assignment.name!r} has no exercise {exercise!r}; it has: {', '.join(names)}.")
    comments = {each.key: each for each in read_comments(course, assignment.name)}
    members: dict[tuple[str, str], list[tuple[str, ExerciseResult]]] = {}
    ungrouped = unread = 0
    for student in graded_students(course, assignment):
        report = last_report(course, assignment, student)
        unread += report is None
        for each in report.exercises if report is not None else ():
            if each.verdict is not Verdict.FAILED or each.name not in ([exercise] if exercise else names):
                continue
            ungrouped += not each.answers
            if each.answers and (not unnamed or _awaits_name(each)):
                # Of a large class no more is kept than what is told.
                members.setdefault((each.name, each.answers), []).append((student, each))
    groups = [_group(key, found, comments[key].text if key in comments else "") for key, found in members.items()]
    groups.sort(key=lambda each: (-len(each.students), names.index(each.exercise), each.students))
    left = [] if unnamed else [each for each in comments.values() if each.key not in members]
    return Found(tuple(groups), ungrouped, unread, tuple(each for each in left if exercise in ("", each.exercise)))


def _awaits_name(result: ExerciseResult) -> bool:
    """Whether its mistake could have a name and has none: where the notebook's own tests judge there are no names."""
    return not result.misconceptions and any(check.id != result.graded_cell for check in result.checks)


def _group(key: tuple[str, str], found: Sequence[tuple[str, ExerciseResult]], comment: str) -> Group:
    students, results = zip(*found, strict=True)
    (names, message), _ = Counter((each.misconceptions, each.message) for each in results).most_common(1)[0]
    points = [each.points for each in results]
    return Group(*key, students, names, message, (min(points), max(points)), results[0].max_points, comment)


def group_called(found: Found, name: str) -> Group:
    """The group of an id, whose hash may be cut short, or given whole.

    Raises:
        CourseError: there is none, or more than one.
    """
    fits = [each for each in found.groups if _is_called((each.exercise, each.answers), name)]
    if not fits:
        raise CourseError(
            f"There is no group {name!r}. `autograder groups` shows those that there are: an answer that was graded "
            "again may be in another one now."
        )
    if len(fits) > 1:
        raise CourseError(
            f"{name!r} could be: {', '.join(f'{each.exercise}-{each.answers}' for each in fits)}. Which one?"
        )
    return fits[0]


def _is_called(key: tuple[str, str], name: str) -> bool:
    """Whether a name is that of the group with this exercise and hash, cut short or whole."""
    exercise, _, start = name.rpartition("-")
    return exercise == key[0] and key[1].startswith(start) and len(start) >= _LEAST_CHARACTERS


def code_of(course: Course, assignment: Assignment, group: Group) -> str:
    """How the first of a group wrote it, as it was handed in; empty if that is gone, or never was a cell."""
    student, exercise = group.students[0], assignment.exercise(group.exercise)
    part = next(each for each in assignment.notebooks if each.notebook_name == exercise.notebook)
    submission = read_submission(course.submitted(student, assignment.name), part, student)
    cells = home_cells(exercise, submission.cells)
    return "\n\n".join(each.rstrip() for each in cells) + "\n" if cells else ""


def comment_on(course: Course, assignment: Assignment, name: str, text: str | None) -> tuple[Group, Outcome]:
    """Gives a group a comment, or takes its comment back if `text` is None.

    Raises:
        CourseError: there is no such group, comment or gradebook; another grader is at work; or something can't be
            read or written.
    """
    text = checked_text(text) if text is not None else None
    if not has_gradebook(course):
        raise CourseError(
            f"There is no gradebook {course.gradebook_url}, where comments are kept. Run `autograder grade "
            f"{assignment.name}` first, or set GRADEBOOK_URL."
        )
    with alone(course), open_gradebook(course) as gradebook:
        remembered = read_comments(course, assignment.name)
        if text is None and len(old := [each for each in remembered if _is_called(each.key, name)]) == 1:
            # The group may be empty by now.
            return Group(*old[0].key, ()), take_back(gradebook, course, assignment, old[0])
        group = group_called(find_groups(course, assignment), name)
        if text is None:
            raise CourseError(f"Group {group.id} has no comment.")
        checks = assignment_digest(assignment, course.limits, course.show_cells)
        comment = GroupComment(group.exercise, group.answers, text, checks)
        return group, give(gradebook, course, assignment, comment, group.students)


def write_entry(assignment: Assignment, group: Group, code: str, sentence: str) -> tuple[Misconception, str]:
    """Adds a group's mistake to the catalogue; the entry, and the name of the file that it is in.

    Raises:
        CourseError: that file can't be read.
    """
    taken = {each.id for each in load_misconceptions(assignment) if each.exercise == group.exercise}
    words = re.findall(r"[a-z0-9]+", sentence.lower())[:_ID_WORDS] or ["found"]
    name = "-".join(words)
    number = 1
    while name in taken:
        number += 1
        name = f"{'-'.join(words)}-{number}"
    entry = Misconception(group.exercise, name, sentence.strip(), code)
    return entry, add_found(assignment, entry).name
