"""The program in which a Dask worker grades: a warm process with a fork server, from which graders are forked.

It knows no course. For each run, a fork of it is told the assignment over a connection of its own, then submission
after submission, and ends with the run; nothing of the course stays. All end with the worker, however that ends: the
fork server sees it, ends its guests and clears away all files.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
import tempfile
import traceback
from multiprocessing.connection import Connection
from pathlib import Path

from autograder.batch.packed import GradingFailed, PackedAssignment, PackedSubmission, unpack
from autograder.batch.processes import end_with_parent, most_seconds, processor_time
from autograder.course.errors import CourseError
from autograder.course.startup import collect_as_usual, collect_seldom, nbgrader_in_parts, skip_address_grammar
from autograder.sandbox.outcome import IsolationError, ServerGone
from autograder.sandbox.server import ForkServer


def main(control: socket.socket) -> None:
    """Forks a grader for each descriptor that arrives, until the worker at the other end is gone."""
    server = ForkServer()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for graders; a server would inherit this
    collect_seldom()
    skip_address_grammar()
    nbgrader_in_parts()
    import nbformat

    import autograder.batch.pool
    import autograder.judge.grader  # noqa: F401  # while it imports torch, the server does too
    from autograder.course.students_version import make_release

    make_release(nbformat.v4.new_notebook())  # that imports nbgrader's steps
    collect_as_usual()
    warm = os.getpid()
    while descriptors := socket.recv_fds(control, 1, 1)[1]:
        server.wait_until_ready()
        if os.fork() == 0:
            control.close()
            _keep(warm, Connection(descriptors[0]), server)
        os.close(descriptors[0])
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)  # the graders; the server has a group of its own
    server.close()


def _keep(warm: int, connection: Connection, server: ForkServer) -> None:
    """Lets a fork grade, and clears up after it."""
    end_with_parent(warm)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        folder = Path(tempfile.mkdtemp(prefix="run-", dir=server.folder))
    except FileNotFoundError:  # the server takes its folder along
        connection.recv()
        connection.send(ServerGone("the fork server is gone"))
        os._exit(0)
    keeper = os.getpid()
    grader = os.fork()
    if grader == 0:
        end_with_parent(keeper)
        _serve(connection, server, folder)
        os._exit(0)
    connection.close()
    os.waitpid(grader, 0)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def _serve(connection: Connection, server: ForkServer, folder: Path) -> None:
    """Answers None to the assignment and a `Result` to each submission; an exception, and it is over."""
    from autograder.batch.pool import result_of
    from autograder.course.loading import load_assignment
    from autograder.judge.grader import Grader
    from autograder.sandbox.forked import ForkSandbox

    try:
        packed: PackedAssignment = connection.recv()
        unpack(packed.files, folder / "course")
        assignment = load_assignment(folder / "course", packed.name, release_settings=packed.release_settings)
        assignment = assignment.allowing(packed.inside)
        sandbox = ForkSandbox(server, packed.limits, packed.isolation)
        with Grader(assignment, sandbox, packed.show_cells, keep_answers=packed.keep_answers) as grader:
            connection.send(None)
            while True:
                submission: PackedSubmission = connection.recv()
                unpack(submission.files, folder / "handed-in")
                with processor_time(most_seconds(packed.limits, len(assignment.notebooks))):
                    result = result_of(grader.grade(folder / "handed-in", submission.student, submission.left_out))
                connection.send(result)
                shutil.rmtree(folder / "handed-in")
    except (EOFError, BrokenPipeError):
        pass  # the worker has let us go
    except (CourseError, IsolationError, ServerGone) as error:
        connection.send(error)
    except Exception:
        connection.send(GradingFailed(traceback.format_exc()))


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])))
