"""The course's lock: one grader at a time, and the kernel lets go of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import make_course

from autograder.course.course import Course, load_course
from autograder.course.errors import CourseError
from autograder.course.lock import alone, saving

HOLDER = """
import sys, time
from pathlib import Path
from autograder.course.course import load_course
from autograder.course.lock import alone
with alone(load_course(Path(sys.argv[1]))):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Course:
    return load_course(make_course(tmp_path / "course"))


def test_a_second_one_is_told_and_the_next_one_is_not(settings: Course) -> None:
    with alone(settings), pytest.raises(CourseError, match=r"Another grader is at work in .*Wait until it is done"):
        alone(settings).__enter__()
    with alone(settings):
        pass


def test_a_grader_that_was_killed_holds_nothing(settings: Course) -> None:
    command = [sys.executable, "-c", HOLDER, str(settings.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(CourseError, match=r"Another grader"):
            alone(settings).__enter__()
        holder.send_signal(signal.SIGKILL)
    with alone(settings):
        pass


def test_a_fork_that_ends_does_not_let_go_of_it(settings: Course) -> None:
    with alone(settings):
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        command = [sys.executable, "-c", HOLDER, str(settings.folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert "Another grader is at work" in done.stderr


def test_what_is_wrong_with_the_folder_is_one_sentence(settings: Course) -> None:
    with (
        pytest.raises(CourseError, match=r"Can't write in .*: No space left on device\. What was finished is kept"),
        saving(settings),
    ):
        raise OSError(28, os.strerror(28))
