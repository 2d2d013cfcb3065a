"""What figures depend on, besides the code: the machine and the versions of packages."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("torch", "nbgrader", "nbconvert", "ipython", "pytest", "sandlock", "safetensors", "distributed")


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0))


def describe() -> dict[str, str | int]:
    """Processor, cores, memory and kernel."""
    models = re.findall(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": cores(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "kernel": platform.release(),
    }


def versions() -> dict[str, str]:
    """Python's, and those of the packages that take the time."""
    return {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}
