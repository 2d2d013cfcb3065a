"""One grader at a time in a course's folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from autograder.course.course import Course
from autograder.course.errors import CourseError

_LOCK_FILE = ".autograder.lock"


@contextmanager
def alone(course: Course) -> Iterator[None]:
    """Holds the course's lock, which the kernel lets go of when this process ends, however it ends.

    Raises:
        CourseError: another grader holds it, or the folder can't be written in.
    """
    lock = FileLock(course.folder / _LOCK_FILE)
    with saving(course):
        try:
            lock.acquire(blocking=False)
        except Timeout as error:
            raise CourseError(f"Another grader is at work in {course.folder}. Wait until it is done.") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def saving(course: Course) -> Iterator[None]:
    """Says in one sentence what is wrong with the course's folder, if something is."""
    try:
        yield
    except OSError as error:
        raise CourseError(
            f"Can't write in {course.folder}: {error.strerror or error}. What was finished is kept; mend it, and the "
            "same command goes on from there."
        ) from error
