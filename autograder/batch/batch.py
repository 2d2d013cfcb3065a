"""Many submissions, graded by a pool of workers; what comes back is saved as it comes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from typing import Any

from autograder.batch.changes import answers_digest, assignment_digest, submission_digests
from autograder.batch.packed import Result
from autograder.batch.pool import OpenPool, grade_each
from autograder.batch.saving import Saver, is_current, save_marks, save_notebooks
from autograder.course.assignment import Assignment
from autograder.course.course import Course
from autograder.course.errors import CourseError
from autograder.course.lock import alone, saving
from autograder.gradebook.commenting import answers_in, commented_exercises, follow_groups
from autograder.gradebook.marking import Marking, last_report, read_marking
from autograder.gradebook.record import changed_points, ensure_assignment, has_gradebook, open_gradebook
from autograder.gradebook.roster import compare_with_roster, left_over
from autograder.report.differences import differences
from autograder.report.report import Report
from autograder.report.timings import Timings
from autograder.submission.strays import find_strays

_TOLD_STRAYS = 5
_LEAST_FREE_BYTES = 20 << 20


def choose_students(course: Course, assignment: Assignment, chosen: Sequence[str]) -> list[str]:
    """The students to grade: all who handed in, or those of `chosen`.

    Raises:
        CourseError: nobody handed in, or one of `chosen` did not.
    """
    students = course.students(assignment.name)
    if not students:
        others = set(course.assignment_names()) - {assignment.name}
        strays = find_strays(course.folders.submitted, assignment.name, assignment.notebook_name, (), others)
        raise CourseError(
            f"No submissions of {assignment.name!r} in {course.folders.submitted}. "
            f"They belong in submitted/<student>/{assignment.name}/; `nbgrader collect {assignment.name}` fetches them."
            + "".join(f"\n  {each}" for each in strays[:_TOLD_STRAYS])
        )
    if missing := sorted(set(chosen) - set(students)):
        raise CourseError(f"There is no submission of {assignment.name!r} by {', '.join(missing)}.")
    return [student for student in students if not chosen or student in chosen]


def grade_batch(
    course: Course,
    assignment: Assignment,
    students: Sequence[str],
    open_pool: OpenPool,
    force: bool = False,
    timings: Timings | None = None,
    tell_slow: Callable[[Sequence[str]], None] = lambda students: None,
    tell: Callable[[str], None] = lambda line: None,
    dry_run: bool = False,
) -> Iterator[Report]:
    """Grades submissions and saves them, a few at a time and each within a second or two; yields what is saved.

    What an earlier run graded and nothing has changed since is yielded first, with its verdicts and today's marks,
    unless `force`.

    Args:
        open_pool: opens workers for so many submissions, if there are any to grade.
        timings: where the seconds of each stage are added up.
        tell_slow: told every second who has been graded for more than five.
        tell: told, a line each, what staff should know of the whole assignment.
        dry_run: save nothing, and judge from the answers that guests gave when they were graded, unless `force`.
    Raises:
        CourseError: the gradebook, the assignment or the late plugin is not usable.
    """
    timings = timings or Timings()
    with alone(course), _gradebook(course, dry_run) as gradebook:
        if not dry_run:
            _check_room(course)
        with timings.timed("what changed"):
            marking = read_marking(gradebook, course, assignment)
            for line in _about_the_class(course, assignment, students, gradebook, marking):
                tell(line)
            if not dry_run:
                ensure_assignment(gradebook, assignment, marking.rulings)
            base = assignment_digest(assignment, course.limits, course.show_cells)
            answers_base = answers_digest(assignment, course.limits)
        commented = commented_exercises(course, assignment, tell)
        answers: dict[str, dict[str, str | None]] = {}
        digests: dict[str, str] = {}
        keys: dict[str, str] = {}
        last: dict[str, Report | None] = {}
        saver = Saver(course, assignment, gradebook, timings)
        try:
            for student in students:
                with timings.timed("what changed"):
                    submitted = course.submitted(student, assignment.name)
                    digest, answers_key = submission_digests(submitted, base, answers_base)
                    earlier = last_report(course, assignment, student)
                    known = not force and student in marking.recorded and is_current(earlier, digest, assignment)
                if not known or earlier is None:
                    marking.try_penalty(student)
                    digests[student] = digest
                    keys[student] = answers_key
                    # Of a large class no more is kept than what was said of each.
                    last[student] = replace(earlier, exercises=(), repairs=(), staff=()) if earlier else None
                    continue
                with timings.timed("marks"):
                    report = replace(marking.mark(earlier, earlier), unchanged=True)
                    report = replace(report, changes=differences(earlier, report))
                    is_saved = dry_run or (report == earlier and marking.is_recorded(report))
                    if not is_saved:
                        with saving(course):
                            save_marks(course, assignment, report)
                answers[student] = answers_in(report, commented)
                if is_saved:
                    yield report
                else:
                    saver.add(report)
                    yield from saver.save_some()
            yield from saver.save_all()
            from_answers = dry_run and not force
            for result in _results(course, assignment, keys, open_pool, tell_slow, tell, from_answers):
                if result is None:
                    yield from saver.save_some()
                    continue
                timings.add(result.seconds)
                student = result.report.student
                with timings.timed("marks"):
                    report = marking.mark(replace(result.report, fingerprint=digests[student]), last.pop(student))
                    if dry_run or report.previous_score not in (None, report.score):
                        report = _with_changes(report, last_report(course, assignment, student), dry_run)
                answers[student] = answers_in(report, commented)
                if dry_run:
                    yield report
                    continue
                with saving(course):
                    save_notebooks(course, assignment, replace(result, report=report), keys[student], timings)
                saver.add(report)
                yield from saver.save_some()
        finally:  # whatever ended it, what is graded is kept
            rest = saver.save_all()
        yield from rest
        if commented and not dry_run:
            is_whole = set(students) == set(course.students(assignment.name))
            for line in follow_groups(gradebook, course, assignment, answers, base, is_whole):
                tell(line)


def _with_changes(report: Report, before: Report | None, dry_run: bool) -> Report:
    """The report of a submission that was graded before, with what is other now."""
    from autograder.batch.what_if import with_names

    report = with_names(report, before) if dry_run else report
    return replace(report, changes=differences(before, report) if before else ())


def _results(
    course: Course,
    assignment: Assignment,
    keys: Mapping[str, str],
    open_pool: OpenPool,
    tell_slow: Callable[[Sequence[str]], None],
    tell: Callable[[str], None],
    from_answers: bool,
) -> Iterator[Result | None]:
    """What `grade_each` gives: with `from_answers` first, by their `keys`, those whose answers were kept."""
    students = list(keys)
    if from_answers and students:
        from autograder.batch.what_if import judge_again, told

        why: dict[str, str] = {}
        for judged in judge_again(course, assignment, keys):
            if judged.report is not None:
                yield Result(judged.report, {}, judged.seconds)
            else:
                why[judged.student] = judged.why
        tell(told(len(keys), why.values()))
        students = list(why)
    yield from grade_each(assignment, students, open_pool, tell_slow)


def _gradebook(course: Course, dry_run: bool) -> AbstractContextManager[Any]:
    """The course's gradebook, open; for a dry run only if there is one."""
    return nullcontext() if dry_run and not has_gradebook(course) else open_gradebook(course)


def _about_the_class(
    course: Course, assignment: Assignment, students: Sequence[str], gradebook: Any, marking: Marking
) -> Iterator[str]:
    """What staff should know besides reports: changed points, and of a whole class what lies elsewhere, and who is not
    there."""
    if gradebook is not None and (changed := changed_points(gradebook, assignment, marking.rulings)):
        words = ", ".join(f"{name} {old:g} → {new:g}" for name, (old, new) in changed.items())
        yield f"Points of exercises have changed: {words}. Verdicts stay; marks are worked out anew."
    if set(students) != set(course.students(assignment.name)):
        return  # some were chosen
    others = course.assignment_names()
    yield from find_strays(
        course.folders.submitted, assignment.name, assignment.notebook_name, students, set(others) - {assignment.name}
    )
    if gradebook is not None:
        yield from compare_with_roster(gradebook, marking.recorded, students)
    yield from left_over(course.folders.autograded, assignment.name, {*students, *marking.recorded})


def _check_room(course: Course) -> None:
    """Raises CourseError if there is no place to save results in."""
    folder = course.folders.autograded
    with saving(course):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        free_bytes = shutil.disk_usage(folder).free
    if free_bytes < _LEAST_FREE_BYTES:
        raise CourseError(
            f"The disk of {folder} is nearly full: {free_bytes >> 20} MB are left. Make room, then run this again."
        )
