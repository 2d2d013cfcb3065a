"""Many submissions, graded by a pool of workers; what comes back is saved one by one."""

from __future__ import annotations

import fcntl
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.assignment import Assignment, CourseError
from autograder.course import Course
from autograder.fingerprint import assignment_digest, submission_digest
from autograder.gradebook import TIMESTAMP, ensure_assignment, open_gradebook, read_timestamp, record, recorded_students
from autograder.pool import OpenPool, Result, grade_each
from autograder.report import FILE_NAME, Report, write_whole
from autograder.stages import Stages

_LEAST_FREE_BYTES = 20 << 20
_LOCK_FILE = ".autograder.lock"


@dataclass(frozen=True)
class Outline:
    """One submission of the batch once it is done. `fresh` is False if an earlier run had already graded it."""

    student: str
    score: float
    max_score: float
    points: tuple[float, ...]
    seconds: float
    status: str
    needs_a_look: bool
    message: str
    fresh: bool


@contextmanager
def alone(course: Course) -> Iterator[None]:
    """Holds the course's lock, which the kernel lets go of when this process ends, however it ends.

    Raises:
        CourseError: another grader holds it.
    """
    with _saving(course):
        lock = (course.folder / _LOCK_FILE).open("w")
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CourseError(f"Another grader is at work in {course.folder}. Wait until it is done.") from error
        yield


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
    stages: Stages | None = None,
    tell_slow: Callable[[Sequence[str]], None] = lambda students: None,
) -> Iterator[Outline]:
    """Grades submissions and saves each as soon as it is done; yields them in the order in which they end.

    What an earlier run graded and nothing has changed since is yielded first, from its report, unless `force`.

    Args:
        open_pool: opens workers for so many submissions, if there are any to grade.
        stages: where the seconds of each stage are added up.
        tell_slow: told every second who has been graded for more than five.
    Raises:
        CourseError: the gradebook or the assignment is not usable.
    """
    stages = stages or Stages()
    with alone(course), open_gradebook(course) as gradebook:
        _check_room(course)
        with stages.timed("what changed"):
            ensure_assignment(gradebook, assignment)
            recorded = recorded_students(gradebook, assignment)
            base = assignment_digest(assignment, course.limits, course.show_cells)
        digests: dict[str, str] = {}
        for student in students:
            with stages.timed("what changed"):
                digest = submission_digest(course.submitted(student, assignment.name), base)
                done = None if force or student not in recorded else _earlier(course, assignment, student, digest)
            if done is not None:
                yield done
            else:
                digests[student] = digest
        for result in grade_each(assignment, list(digests), open_pool, tell_slow):
            stages.add(result.seconds)
            report = replace(result.report, fingerprint=digests[result.report.student])
            with _saving(course):
                save(course, assignment, replace(result, report=report), gradebook, stages)
            yield outline(report, fresh=True)


def _check_room(course: Course) -> None:
    """Raises CourseError if there is no place to save results in."""
    folder = course.folder / "autograded"
    with _saving(course):
        folder.mkdir(exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        free_bytes = shutil.disk_usage(folder).free
    if free_bytes < _LEAST_FREE_BYTES:
        raise CourseError(
            f"The disk of {folder} is nearly full: {free_bytes >> 20} MB are left. Make room, then run this again."
        )


@contextmanager
def _saving(course: Course) -> Iterator[None]:
    """Says in one sentence what is wrong with the course's folder, if something is."""
    try:
        yield
    except OSError as error:
        raise CourseError(
            f"Can't write in {course.folder}: {error.strerror or error}. What was finished is kept; mend it, and the "
            "same command goes on from there."
        ) from error


def save(course: Course, assignment: Assignment, result: Result, gradebook: object, stages: Stages) -> None:
    """Writes `autograded/<student>/<assignment>/` as nbgrader would, then the gradebook, then `report.json`.

    The report comes last: as long as it is not there, the next run grades the submission again.
    """
    student = result.report.student
    submitted = course.submitted(student, assignment.name)
    target = course.autograded(student, assignment.name)
    timestamp = read_timestamp(submitted)
    with stages.timed("files"):
        scratch = target.with_name(f".{assignment.name}.new")
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        for name, path in copied_files(submitted, assignment):
            if name == TIMESTAMP and timestamp is None:
                continue  # a damaged one would stop nbgrader's other commands
            (scratch / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, scratch / name, follow_symlinks=False)
        (scratch / f"{assignment.notebook_name}.ipynb").write_text(result.notebook_text, encoding="utf-8")
        if target.exists():
            shutil.rmtree(target)
        scratch.rename(target)
    with stages.timed("gradebook"):
        record(gradebook, course, assignment, result.report, timestamp)
    with stages.timed("files"):
        write_whole(target / FILE_NAME, result.report.to_json())


def copied_files(submitted: Path, assignment: Assignment) -> list[tuple[str, Path]]:
    """What goes beside the graded notebook: the student's other files, and over them the assignment's own."""
    from autograder.submission import extra_files

    files = dict(extra_files(submitted, submitted / "any.ipynb", assignment))
    files.update({str(path.relative_to(assignment.source_folder)): path for path in assignment.data_files})
    return sorted(files.items())


def outline(report: Report, fresh: bool) -> Outline:
    """The few facts of a report that the class table needs: a batch of 100,000 keeps no more."""
    return Outline(
        student=report.student,
        score=report.score,
        max_score=report.max_score,
        points=tuple(each.points for each in report.exercises),
        seconds=report.seconds,
        status=report.status,
        needs_a_look=report.needs_a_look,
        message=report.message or next((each.message for each in report.exercises if each.message), ""),
        fresh=fresh,
    )


def _earlier(course: Course, assignment: Assignment, student: str, digest: str) -> Outline | None:
    """What an earlier run reported, if it is whole and about the same submission and assignment."""
    try:
        data = json.loads((course.autograded(student, assignment.name) / FILE_NAME).read_text(encoding="utf-8"))
        if data["fingerprint"] != digest or data["status"] == "grader_error":
            return None
        return outline(Report.from_dict(data), fresh=False)
    except (OSError, ValueError, KeyError, TypeError):
        return None
