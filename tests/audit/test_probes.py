"""The audit's workers: they end with the audit, however that ends."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from unittest import mock

import psutil
import pytest
from helpers import gone, make_course, notebook_of, run, run_environment, wait_until, write_notebook

from autograder.audit.audit import points_left
from autograder.audit.probes import AsGraded
from autograder.course.loading import load_assignment
from autograder.judge import diagnosis
from autograder.judge.grader import Grader
from autograder.judge.memory import MemoryFile
from autograder.report.exercise_result import ExerciseResult
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.limits import Limits
from autograder.sandbox.server import ForkServer

LIMITS = Limits(call_wall_seconds=2, mend_cpu_seconds=4.0)
# A known mistake of `tiny`, in names of a student's own.
SQUARE = "def double(given):\n    return given ** 2  # mine"


@pytest.mark.slow
def test_an_audit_that_is_killed_leaves_no_process(tmp_path: Path) -> None:
    course = make_course(tmp_path / "course")
    command = [sys.executable, "-m", "autograder", "audit", "tiny"]
    with subprocess.Popen(
        command, cwd=course, env=run_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as audit:
        process = psutil.Process(audit.pid)
        workers = len(psutil.Process().cpu_affinity())

        def under_way() -> bool:
            """The server and its inner process are there, all workers, and at least one guest."""
            return len(process.children(recursive=True)) > workers + 2

        assert wait_until(under_way, 60), "it has not begun"
        below = process.children(recursive=True)
        audit.kill()
        audit.wait()
    assert len(below) > workers + 2
    assert [each.pid for each in below if not gone(each.pid, 10)] == []


def graded(folder: Path, server: ForkServer, memory: MemoryFile | None) -> tuple[ExerciseResult, int]:
    """What becomes of `SQUARE`, and how often a mend was looked for."""
    assignment = load_assignment(folder, "tiny")
    path = write_notebook(folder / "tiny.ipynb", notebook_of(assignment, {"double": SQUARE}))
    with (
        Grader(assignment, ForkSandbox(server, LIMITS), memory=memory) as grader,
        mock.patch.object(diagnosis, "mend", wraps=diagnosis.mend) as searches,
    ):
        return grader.grade(path, "student-001").report.exercise("double"), searches.call_count


def test_what_mends_known_mistakes_is_not_looked_for_again_by_who_grades(tmp_path: Path, server: ForkServer) -> None:
    folder = make_course(tmp_path / "course")
    assignment = load_assignment(folder, "tiny")
    memory = MemoryFile(tmp_path / "tiny.jsonl", "1")
    alone, searches = graded(folder, server, None)
    assert searches > 0
    brief = replace(LIMITS, mend_cpu_seconds=1e-6)
    as_graded = AsGraded(ForkSandbox(server, LIMITS), memory)
    points_left(assignment, ForkSandbox(server, brief), lambda done, total: None, as_graded)
    after, searches = graded(folder, server, memory)
    assert searches == 0
    assert after.misconceptions == ("square-for-double",)
    assert (after.message, after.points, after.checks) == (alone.message, alone.points, alone.checks)


@pytest.mark.slow
def test_an_audit_keeps_what_it_finds_for_the_course_unless_it_is_quick(tmp_path: Path) -> None:
    course = make_course(tmp_path)
    settings = course / "nbgrader_config.py"
    settings.write_text(settings.read_text().replace("mend = False", "mend = True"))
    kept = course / "autograded" / ".mended" / "tiny.jsonl"
    run("autograder", "audit", "tiny", "--quick", cwd=course)
    assert not kept.exists()
    run("autograder", "audit", "tiny", "--points", cwd=course)
    assert "square-for-double" in kept.read_text()
