"""What is tried again, and how often: whatever was killed need not have been the student's doing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

GUEST_TRIES = 2
"""In how many guests code is run that is found killed."""

WORKER_TRIES = 2
"""With how many processes a submission is graded; the last try has the machine for itself."""

REMOTE_TRIES = 3
"""The same on a worker of a cluster, where its fork server may be gone as well."""


def again_if_killed(attempt: Callable[[], tuple[T, bool]]) -> T:
    """What `attempt` gives, and once more if it says that its guest was killed."""
    for _ in range(GUEST_TRIES):
        result, killed = attempt()
        if not killed:
            break
    return result
