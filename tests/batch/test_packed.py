"""What travels between machines needs little where it arrives."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import sys
import {module}
print(*sorted({{each.partition(".")[0] for each in sys.modules}} & {{"torch", "nbformat", "jsonschema", "nbgrader"}}))
"""


@pytest.mark.parametrize("module", ["autograder.batch.packed", "autograder.batch.dask_worker"])
def test_a_scheduler_and_its_workers_stay_small(module: str) -> None:
    """They import it while others wait for a sign of life, and keep it."""
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(module=module)], capture_output=True, text=True, check=True
    )
    assert found.stdout.split() == []
