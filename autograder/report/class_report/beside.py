"""Work that is done beside other work, by a copy of this process."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


def beside(work: Callable[[], T]) -> Callable[[], T]:
    """Starts `work` in a forked process; what is returned waits for the result, and does it here if that process ends
    without one. Nothing is sent to it, as it has all; the result is pickled."""
    fork = multiprocessing.get_context("fork")
    receiver, sender = fork.Pipe(duplex=False)

    def send() -> None:
        receiver.close()
        sender.send(work())

    process = fork.Process(target=send, daemon=True)
    process.start()
    sender.close()

    def result() -> T:
        try:
            found: Any = receiver.recv()
        except EOFError:
            return work()
        finally:
            receiver.close()
            process.join()
        return found  # type: ignore[no-any-return]

    return result
