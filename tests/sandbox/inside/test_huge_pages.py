"""A process's memory is put together where the kernel does that, and holds the same afterwards."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
from pathlib import Path
from autograder.sandbox.inside.huge_pages import put_together
def huge():
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("AnonHugePages"))
kept = [bytes([number % 251]) * 4000 for number in range(8000)]
before = huge()
put_together()
print(all(each == bytes([number % 251]) * 4000 for number, each in enumerate(kept)), huge() - before)
"""


def test_most_of_the_memory_is_in_huge_pages_and_as_it_was() -> None:
    setting = Path("/sys/kernel/mm/transparent_hugepage/enabled")
    if not setting.exists() or "[never]" in setting.read_text():
        pytest.skip("this kernel has no huge pages")
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    same, gained_kib = done.stdout.split()
    assert same == "True"
    assert int(gained_kib) >= 16_000  # of 32 MB
