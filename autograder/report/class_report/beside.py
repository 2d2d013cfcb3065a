"""Work that is done beside other work, by a copy of this process: it pays for a large class."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")

LARGE = 2000  # students


def beside(work: Callable[[], T], students: int) -> Callable[[], T]:
    """Starts `work` in a forked process, if there are many students; what is returned waits for the result.

    Nothing is sent to that process, as it has all; the result is pickled. If it ends without one, because `work` raises
    or memory is short, `work` is done here.
    """
    if students < LARGE:
        return work
    fork = multiprocessing.get_context("fork")
    receiver, sender = fork.Pipe(duplex=False)

    def send() -> None:
        receiver.close()
        with suppress(Exception):  # raised again where somebody is told
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
