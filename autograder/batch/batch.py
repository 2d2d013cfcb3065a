"""Many submissions, graded by a pool of workers; what comes back is saved one by one."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from autograder.batch.changes import assignment_digest, submission_digest
from autograder.batch.pool import OpenPool, Result, grade_each
from autograder.course.assignment import Assignment
from autograder.course.course import REPORT_FILE, TIMESTAMP_FILE, Course
from autograder.course.errors import CourseError
from autograder.course.lock import alone, saving
from autograder.gradebook.record import (
    ensure_assignment,
    open_gradebook,
    read_timestamp,
    record,
    recorded_students,
)
from autograder.report.report import Report, write_whole
from autograder.report.timings import Timings
from autograder.submission.files import extra_files

_LEAST_FREE_BYTES = 20 << 20


def choose_students(course: Course, assignment: Assignment, chosen: Sequence[str]) -> list[str]:
    """The students to grade: all who handed in, or those of `chosen`.

    Raises:
        CourseError: nobody handed in, or one of `chosen` did not.
    """
    students = course.students(assignment.name)
    if not students:
        raise CourseError(
            f"No submissions of {assignment.name!r} in {course.folder / 'submitted'}. "
            f"They belong in submitted/<student>/{assignment.name}/; `nbgrader collect {assignment.name}` fetches them."
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
) -> Iterator[Report]:
    """Grades submissions and saves each as soon as it is done; yields them in the order in which they end.

    What an earlier run graded and nothing has changed since is yielded first, from its report, unless `force`.

    Args:
        open_pool: opens workers for so many submissions, if there are any to grade.
        timings: where the seconds of each stage are added up.
        tell_slow: told every second who has been graded for more than five.
    Raises:
        CourseError: the gradebook or the assignment is not usable.
    """
    timings = timings or Timings()
    with alone(course), open_gradebook(course) as gradebook:
        _check_room(course)
        with timings.timed("what changed"):
            ensure_assignment(gradebook, assignment)
            recorded = recorded_students(gradebook, assignment)
            base = assignment_digest(assignment, course.limits, course.show_cells)
        digests: dict[str, str] = {}
        for student in students:
            with timings.timed("what changed"):
                digest = submission_digest(course.submitted(student, assignment.name), base)
                done = None if force or student not in recorded else _earlier(course, assignment, student, digest)
            if done is not None:
                yield done
            else:
                digests[student] = digest
        for result in grade_each(assignment, list(digests), open_pool, tell_slow):
            timings.add(result.seconds)
            report = replace(result.report, fingerprint=digests[result.report.student])
            with saving(course):
                save(course, assignment, replace(result, report=report), gradebook, timings)
            yield report


def _check_room(course: Course) -> None:
    """Raises CourseError if there is no place to save results in."""
    folder = course.folder / "autograded"
    with saving(course):
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        free_bytes = shutil.disk_usage(folder).free
    if free_bytes < _LEAST_FREE_BYTES:
        raise CourseError(
            f"The disk of {folder} is nearly full: {free_bytes >> 20} MB are left. Make room, then run this again."
        )


def save(course: Course, assignment: Assignment, result: Result, gradebook: object, timings: Timings) -> None:
    """Writes `autograded/<student>/<assignment>/` as nbgrader would, then the gradebook, then `report.json`.

    The report comes last: as long as it is not there, the next run grades the submission again.
    """
    student = result.report.student
    submitted = course.submitted(student, assignment.name)
    target = course.autograded(student, assignment.name)
    timestamp = read_timestamp(submitted)
    with timings.timed("files"):
        scratch = target.with_name(f".{assignment.name}.new")
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        for name, path in copied_files(submitted, assignment):
            if name == TIMESTAMP_FILE and timestamp is None:
                continue  # a damaged one would stop nbgrader's other commands
            (scratch / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, scratch / name, follow_symlinks=False)
        (scratch / f"{assignment.notebook_name}.ipynb").write_text(result.notebook_text, encoding="utf-8")
        if target.exists():
            shutil.rmtree(target)
        scratch.rename(target)
    with timings.timed("gradebook"):
        record(gradebook, course, assignment, result.report, timestamp)
    with timings.timed("files"):
        write_whole(target / REPORT_FILE, result.report.to_json())


def copied_files(submitted: Path, assignment: Assignment) -> list[tuple[str, Path]]:
    """What goes beside the graded notebook: the student's other files, and over them the assignment's own."""
    files = dict(extra_files(submitted, submitted / "any.ipynb", assignment).kept)
    return sorted({**files, **assignment.files}.items())


def _earlier(course: Course, assignment: Assignment, student: str, digest: str) -> Report | None:
    """What an earlier run reported, if it is whole and about the same submission and assignment."""
    try:
        data = json.loads((course.autograded(student, assignment.name) / REPORT_FILE).read_text(encoding="utf-8"))
        if data["fingerprint"] != digest or data["status"] == "grader_error":
            return None
        return replace(Report.from_dict(data), unchanged=True)
    except (OSError, ValueError, KeyError, TypeError):
        return None
