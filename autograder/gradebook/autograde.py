"""`nbgrader autograde` and formgrader's button hand over to `autograder grade`.

nbgrader's own loop leaves out, before any class of ours is asked, whoever renamed the notebook, put it into a folder or
handed in a broken link or timestamp; and it has no setting for the class that loops. So the method that starts the
loop is replaced here. `course_config.py` names this module, and nbgrader imports it before it starts.
"""

from __future__ import annotations

import os
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException

from autograder.course.course import find_course, load_course
from autograder.course.errors import CourseError
from autograder.report.formats.screen import lines_without_controls


def hand_over(converter: Any) -> None:
    """Grades what nbgrader's `converter` was asked to, in a process of its own, and logs what that prints.

    Raises:
        NbGraderException: the exit code was not 0; the last line of the log says why.
    """
    wanted = converter.coursedir
    command = [sys.executable, "-m", "autograder", "grade", wanted.assignment_id, f"--course-dir={course_of(wanted)}"]
    command += [f"--student={each}" for each in _chosen(wanted)]
    command += ["--force"] if converter.force else []
    environment = {**os.environ, "GRADEBOOK_URL": wanted.db_url}
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace")
    log = converter.log.error if done.returncode else converter.log.info
    for line in lines_without_controls(done.stdout).splitlines():
        log("%s", line)
    if done.returncode:
        raise NbGraderException(f"`autograder grade` ended with exit code {done.returncode}.")


def course_of(wanted: Any) -> Path:
    """The folder of the settings that nbgrader has read: the root of its folders is in it, or it runs there."""
    try:
        return find_course(Path(wanted.root))
    except CourseError:
        return find_course(Path.cwd())


def _chosen(wanted: Any) -> list[str]:
    """The students that nbgrader's settings choose; nobody if they leave out nobody."""
    pattern, without = wanted.student_id, wanted.student_id_exclude.split(",")
    if pattern == "*" and without == [""]:
        return []
    everyone = load_course(course_of(wanted)).students(wanted.assignment_id)
    chosen = [pattern] if pattern in everyone else [each for each in everyone if fnmatchcase(each, pattern)]
    return [each for each in chosen if each not in without] or [pattern]


Autograde.start = hand_over
