"""What grading must cost at least: the cells and calls of submissions, run in one warm interpreter with nothing around
them; and where the rest of the processor time goes.

    python -m benchmarks.bare REQUESTS    runs what `grade_here` has noted, and prints the seconds that it took
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import psutil
import torch

from autograder.course.course import load_course
from autograder.judge.grader import Grader
from autograder.judge.unjudged import Graded
from autograder.sandbox import values
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.guest import ForkedGuest
from autograder.sandbox.inside import calls
from autograder.sandbox.inside import main as guest
from autograder.sandbox.inside.cells import run_cell
from autograder.sandbox.prompt import Prompt
from autograder.sandbox.server import ForkServer
from benchmarks.course import NAME, ROOT, student, the_assignment
from benchmarks.timing import private_bytes

Request = tuple[Mapping[str, Any], Mapping[str, torch.Tensor]]
_WARM_UP = 4


@dataclass(frozen=True)
class Costs:
    """Processor seconds of a submission, by who spends them, and private bytes of the largest guest.

    Attributes:
        bare_cpu_seconds: the student's cells and calls alone.
        guest_cpu_seconds: guests, which run just these: with fork, confinement and the wire.
        checks_cpu_seconds: reading, the hidden checks, comparing, naming, the graded notebook.
        server_cpu_seconds: the fork server.
        guest_memory_bytes: over what a guest shares with the fork server.
        guests: how many a submission needs.
    """

    bare_cpu_seconds: float
    guest_cpu_seconds: float
    checks_cpu_seconds: float
    server_cpu_seconds: float
    guest_memory_bytes: int
    guests: float


def measure_costs(course_folder: Path, submissions: int) -> Costs:
    """Grades submissions in this process twice, for time and for memory, and then runs them bare."""
    heard, checks_seconds, server_seconds = _grade_here(course_folder, submissions)
    memory_bytes = _largest_guest(course_folder, min(submissions, 20))
    requests = [each for _, each in heard]
    return Costs(
        run_bare(requests) / submissions,
        sum(each.cpu_seconds for each, _ in heard) / submissions,
        checks_seconds / submissions,
        server_seconds / submissions,
        memory_bytes,
        len(heard) / submissions,
    )


def run_bare(requests: list[list[Request]]) -> float:
    """Processor seconds of what guests were asked, in a fresh interpreter that has everything imported."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch, "requests")
        path.write_bytes(pickle.dumps(requests))
        for data in the_assignment().data_files:
            Path(scratch, data.name).write_bytes(data.read_bytes())
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.bare", str(path)],
            cwd=scratch,
            env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "MPLBACKEND": "agg"},
            stdout=subprocess.PIPE,
            check=True,
        )
    return float(json.loads(done.stdout))


def _grade_here(course_folder: Path, submissions: int) -> tuple[list[tuple[ForkedGuest, list[Request]]], float, float]:
    """Each guest with what it was asked, then processor seconds of the checks and of the fork server."""
    heard: dict[ForkedGuest, list[Request]] = {}
    with _grader(course_folder) as (grade, server, grader):
        for exercise in grader.assignment.exercises:
            # Known mistakes run once for a class, so they are no submission's cost.
            grader.judge_of(exercise.name).diagnoser.namer.traces(exercise.name)
        for number in range(min(_WARM_UP, submissions)):
            grade(number)
        ask, send = ForkedGuest.request, Prompt.send_next

        def note(
            self: ForkedGuest, message: Mapping[str, Any], tensors: Mapping[str, torch.Tensor], wall: float
        ) -> Any:
            heard.setdefault(self, []).append((message, dict(tensors)))
            return ask(self, message, tensors, wall)

        def note_ahead(self: Prompt) -> None:
            assert isinstance(self.guest, ForkedGuest)
            heard.setdefault(self.guest, []).append(self.script.requests[self.sent])
            send(self)

        with mock.patch.object(ForkedGuest, "request", note), mock.patch.object(Prompt, "send_next", note_ahead):
            checks, servers = time.process_time(), _server_seconds(server)
            for number in range(submissions):
                grade(number)
            return list(heard.items()), time.process_time() - checks, _server_seconds(server) - servers


def _largest_guest(course_folder: Path, submissions: int) -> int:
    """The most private memory that a guest has had after an answer, in bytes."""
    peak_bytes = 0
    with _grader(course_folder) as (grade, *_):
        ask = ForkedGuest.request

        def look(
            self: ForkedGuest, message: Mapping[str, Any], tensors: Mapping[str, torch.Tensor], wall: float
        ) -> Any:
            nonlocal peak_bytes
            reply = ask(self, message, tensors, wall)
            peak_bytes = max(peak_bytes, private_bytes(self.pid))
            return reply

        with mock.patch.object(ForkedGuest, "request", look):
            for number in range(submissions):
                grade(number)
    return peak_bytes


@contextmanager
def _grader(course_folder: Path) -> Iterator[tuple[Callable[[int], Graded], ForkServer, Grader]]:
    """A warm grader, and how to have a submission graded by its number."""
    course, assignment = load_course(course_folder), the_assignment()
    with ForkServer() as server, Grader(assignment, ForkSandbox(server), course.show_cells) as grader:

        def grade(number: int) -> Graded:
            return grader.grade(course.submitted(student(number), NAME), student(number))

        yield grade, server, grader


def _server_seconds(server: ForkServer) -> float:
    outer = psutil.Process(server._process.pid)
    times = [each.cpu_times() for each in (outer, *outer.children())]
    return float(sum(each.user + each.system for each in times))


def _replay(requests: list[Request]) -> float:
    """Processor seconds of one guest's cells and calls; what brings their arguments here does not count."""
    assert guest._shell is not None
    shell = guest._shell
    shell.reset(new_session=False)
    answerer = calls.Answerer(shell)
    spent = 0.0

    def call(function: Any, arguments: list[Any], keywords: Any, backward: bool, encoder: values.Encoder) -> Any:
        nonlocal spent
        started = time.process_time()
        try:
            value = function(*arguments, **keywords)
            if backward and isinstance(value, torch.Tensor) and value.requires_grad:
                value.sum().backward()
        finally:
            spent += time.process_time() - started
        return {"value": encoder.encode(value)}

    with mock.patch.object(calls, "_call", call):
        for number, (message, tensors) in enumerate(requests):
            if message["op"] == "cell":
                started = time.process_time()
                run_cell(shell, message["source"], message["label"], 100_000)
                spent += time.process_time() - started
                answerer.remember(message["names"])
            else:
                fresh = {name: each.detach().clone() for name, each in tensors.items()}
                answerer.answer({**message, "sequence": number}, fresh)
    return spent


def main() -> None:
    """Runs some of it to get warm, then everything, which counts."""
    requests: list[list[Request]] = pickle.loads(Path(sys.argv[1]).read_bytes())
    guest.warm_up()
    gc.freeze()
    for each in requests[: 2 * _WARM_UP]:
        _replay(each)
    print(json.dumps(sum(map(_replay, requests))))


if __name__ == "__main__":
    main()
