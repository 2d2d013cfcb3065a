"""The program in which a Dask worker grades: a warm process with a fork server, from which graders are forked.

It knows no course. For each run, a fork of it is told the assignment over a connection of its own, then submission
after submission, and ends with the run; nothing of the course stays. All end with the worker, however that ends: the
fork server sees it, ends its guests and clears away all files.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import sys
import tempfile
import traceback
from multiprocessing.connection import Connection
from pathlib import Path

from autograder.assignment import CourseError, load_assignment
from autograder.forkserver import ForkServer, IsolationError, ServerGone
from autograder.packing import PackedAssignment, PackedSubmission, unpack
from autograder.pool import GradingFailed

_PR_SET_PDEATHSIG = 1


def main(control: socket.socket, isolation: str) -> None:
    """Forks a grader for each descriptor that arrives, until the worker at the other end is gone."""
    server = ForkServer(isolation)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for graders; a server would inherit this
    import nbgrader.preprocessors  # noqa: F401

    import autograder.workers  # noqa: F401  # while it imports torch, the server does too

    while descriptors := socket.recv_fds(control, 1, 1)[1]:
        server.wait_until_ready()
        if os.fork() == 0:
            control.close()
            _keep(Connection(descriptors[0]), server)
        os.close(descriptors[0])
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.killpg(0, signal.SIGTERM)  # the graders; the server has a group of its own
    server.close()


def _keep(connection: Connection, server: ForkServer) -> None:
    """Lets a fork grade, and clears up after it."""
    _end_with_parent()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=server.folder))
    grader = os.fork()
    if grader == 0:
        _end_with_parent()
        _serve(connection, server, folder)
        os._exit(0)
    connection.close()
    os.waitpid(grader, 0)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def _serve(connection: Connection, server: ForkServer, folder: Path) -> None:
    """Answers None to the assignment and a `Result` to each submission; an exception, and it is over."""
    from autograder.grading import Grader
    from autograder.workers import result_of

    try:
        packed: PackedAssignment = connection.recv()
        unpack(packed.files, folder / "course")
        assignment = load_assignment(folder / "course", packed.name)
        with Grader(assignment, server, packed.limits, packed.show_cells) as grader:
            connection.send(None)
            while True:
                submission: PackedSubmission = connection.recv()
                unpack(submission.files, folder / "handed-in")
                connection.send(result_of(grader.grade(folder / "handed-in", submission.student)))
                shutil.rmtree(folder / "handed-in")
    except (EOFError, BrokenPipeError):
        pass  # the worker has let us go
    except (CourseError, IsolationError, ServerGone) as error:
        connection.send(error)
    except Exception:
        connection.send(GradingFailed(traceback.format_exc()))


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])), sys.argv[2])
