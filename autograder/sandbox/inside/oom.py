"""Who has to go when the machine runs out of memory: a guest, rather than the grader, its server or a notebook's."""

from __future__ import annotations

import contextlib
from pathlib import Path

_FIRST = "1000"  # the highest `oom_score_adj`; to raise it anybody may


def go_first() -> None:
    """Has the kernel end this process before any other that it could end. Call it while /proc can be written."""
    with contextlib.suppress(OSError):  # without /proc the kernel ends whoever has most
        Path("/proc/self/oom_score_adj").write_text(_FIRST)
