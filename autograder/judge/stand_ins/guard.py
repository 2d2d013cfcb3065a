"""Which answers of the notebook's objects tests may trust: those that the instructor's own solution needs there.

A function that should return a number may return an object that claims to be equal to any. So an object's operators
and methods are asked for only in those lines of the tests where the instructor's solution gives an object, too.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

Place = tuple[str, int, str]  # a cell of the tests, a line of it, and what is done there


class Guard:
    """One for the tests of a submission.

    Args:
        needed: the places where the instructor's solution needs an object's own answer; None: note them.
        cells: what the cells of tests, and of the instructor's helpers, are called in tracebacks.
    """

    def __init__(self, needed: frozenset[Place] | None, cells: frozenset[str]) -> None:
        self._needed = needed
        self._cells = cells
        self._callbacks = 0
        self.noted: set[Place] = set()

    def begin(self) -> None:
        """Goes on to the tests of another cell."""
        self._callbacks = 0

    def permits(self, do: str) -> bool:
        """Whether an object's own answer counts for what is done in the line at work."""
        place = (*self._line_at_work(), do)
        if self._needed is None:
            self.noted.add(place)
            return True
        return place in self._needed

    def count_callback(self, most: int, otherwise: Callable[[], None]) -> None:
        """Notes that the guest called a function of the tests; `otherwise` is for one call too many."""
        self._callbacks += 1
        if self._callbacks > most:
            otherwise()

    def _line_at_work(self) -> tuple[str, int]:
        frame = sys._getframe(1)
        while frame is not None:
            if frame.f_code.co_filename in self._cells:
                return frame.f_code.co_filename, frame.f_lineno
            frame = frame.f_back  # type: ignore[assignment]
        return "", 0
