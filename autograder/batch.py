"""Many submissions through the same `Grader`, on any number of processes; results are saved one by one."""

from __future__ import annotations

import concurrent.futures
import fcntl
import json
import multiprocessing
import shutil
import signal
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat

from autograder.assignment import Assignment, CourseError
from autograder.course import Course
from autograder.fingerprint import assignment_digest, submission_digest
from autograder.forkserver import ForkServer
from autograder.gradebook import ensure_assignment, open_gradebook, read_timestamp, record, recorded_students
from autograder.grading import Grader, fault, versions
from autograder.report import FILE_NAME, Report, write_whole

_WAITING_PER_WORKER = 4
_TRIES = 2
_LOCK_FILE = ".autograder.lock"


@dataclass(frozen=True)
class Result:
    """What a worker sends back: plain data, so that it may be any process on any machine."""

    report: Report
    notebook_text: str


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


_grader: Grader | None = None


@contextmanager
def alone(course: Course) -> Iterator[None]:
    """Holds the course's lock, which the kernel lets go of when this process ends, however it ends.

    Raises:
        CourseError: another grader holds it.
    """
    with (course.folder / _LOCK_FILE).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CourseError(f"Another grader is at work in {course.folder}. Wait until it is done.") from error
        yield


def start_worker(assignment: Assignment, server: ForkServer, course: Course) -> None:
    """Makes this process ready to grade. Ctrl-C is for the process that waits for the results."""
    global _grader
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _grader = Grader(assignment, server, course.limits, course.show_cells)


def grade_one(student: str, folder: Path) -> Result:
    """Grades one submission in a worker."""
    assert _grader is not None, "start_worker() comes first"
    graded = _grader.grade(folder, student)
    return Result(graded.report, nbformat.writes(graded.notebook) + "\n")


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
    server: ForkServer,
    force: bool = False,
) -> Iterator[Outline]:
    """Grades submissions and saves each as soon as it is done; yields them in the order in which they end.

    What an earlier run graded and nothing has changed since is yielded first, from its report, unless `force`.

    Raises:
        CourseError: the gradebook or the assignment is not usable.
    """
    with alone(course), open_gradebook(course) as gradebook:
        ensure_assignment(gradebook, assignment)
        recorded = recorded_students(gradebook, assignment)
        base = assignment_digest(assignment, course.limits, course.show_cells, versions())
        waiting: list[tuple[str, str]] = []
        for student in students:
            digest = submission_digest(course.submitted(student, assignment.name), base)
            done = None if force or student not in recorded else _earlier(course, assignment, student, digest)
            if done is not None:
                yield done
            else:
                waiting.append((student, digest))
        if not waiting:
            return
        digests = dict(waiting)
        for result in _run(course, assignment, [student for student, _ in waiting], server):
            report = replace(result.report, fingerprint=digests[result.report.student])
            save(course, assignment, replace(result, report=report), gradebook)
            yield outline(report, fresh=True)


def _run(course: Course, assignment: Assignment, students: Sequence[str], server: ForkServer) -> Iterator[Result]:
    """Results in the order in which they end. A submission whose worker died is tried once more, then given up."""
    server.wait_until_ready()
    waiting = deque(students)
    broken: Counter[str] = Counter()
    while waiting:
        running: dict[Future[Result], str] = {}
        with _pool(course, assignment, server, min(course.workers, len(waiting))) as pool:
            try:
                while waiting or running:
                    # After a death one at a time, so that only the submission that brings it about is given up.
                    while waiting and len(running) < (1 if broken else course.workers * _WAITING_PER_WORKER):
                        submitted = course.submitted(waiting[0], assignment.name)
                        future = pool.submit(grade_one, waiting[0], submitted)
                        running[future] = waiting.popleft()
                    done, _ = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
                    for future in done:
                        result = future.result()
                        del running[future]
                        yield result
            except BrokenProcessPool:
                broken.update(running.values())
                for student in running.values():
                    if broken[student] < _TRIES:
                        waiting.append(student)
                    else:
                        yield _given_up(assignment, student)
            finally:
                pool.shutdown(wait=True, cancel_futures=True)


def _pool(course: Course, assignment: Assignment, server: ForkServer, workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        max_workers=workers,
        # A fork shares the assignment and torch with this process, and the guests' server with the other workers.
        mp_context=multiprocessing.get_context("fork"),
        initializer=start_worker,
        initargs=(assignment, server, course),
    )


def _given_up(assignment: Assignment, student: str) -> Result:
    graded = fault(assignment, student, "The process that graded this submission died twice.")
    return Result(graded.report, nbformat.writes(graded.notebook) + "\n")


def save(course: Course, assignment: Assignment, result: Result, gradebook: object) -> None:
    """Writes `autograded/<student>/<assignment>/` as nbgrader would, then the gradebook, then `report.json`.

    The report comes last: as long as it is not there, the next run grades the submission again.
    """
    student = result.report.student
    submitted = course.submitted(student, assignment.name)
    target = course.autograded(student, assignment.name)
    scratch = target.with_name(f".{assignment.name}.new")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    for name, path in copied_files(submitted, assignment):
        (scratch / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, scratch / name, follow_symlinks=False)
    (scratch / f"{assignment.notebook_name}.ipynb").write_text(result.notebook_text, encoding="utf-8")
    if target.exists():
        shutil.rmtree(target)
    scratch.rename(target)
    record(gradebook, course, assignment, result.report, read_timestamp(submitted))
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
