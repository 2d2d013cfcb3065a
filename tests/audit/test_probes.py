"""The audit's workers: they end with the audit, however that ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from helpers import gone, make_course, run_environment, wait_until


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
