"""How far a batch is: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from autograder.report.formats.screen import printable, without_controls

LINE_EVERY_SECONDS = 10.0
_MAX_SLOW_NAMES = 3


class _RateColumn(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:.1f}/s" if speed else "", style="progress.data.speed")


class BatchProgress:
    """Told of each submission as it ends, and of those that take long. `total` counts all to come."""

    def __init__(self, total: int, show: Callable[[str], None] | None, bar: Progress | None) -> None:
        self._total = total
        self._show = show
        self._bar = bar
        self._task = bar.add_task("grading", total=total, note="") if bar else None
        self._started = self._last_line = time.monotonic()
        self._done = 0
        self._looks = 0
        self._slow: Sequence[str] = ()

    def advance(self, needs_a_look: bool) -> None:
        """One more submission is done."""
        self._done += 1
        self._looks += needs_a_look
        self._refresh(advance=1)

    def tell_slow(self, students: Sequence[str]) -> None:
        """Who has been graded for long by now."""
        self._slow = students
        self._refresh()

    def _refresh(self, advance: int = 0) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, advance=advance, note=printable(self._note()))
        now = time.monotonic()
        if self._show is not None and now - self._last_line >= LINE_EVERY_SECONDS:
            self._show(self._line(now))
            self._last_line = now

    def _note(self) -> str:
        looks = f"{self._looks} need a look" if self._looks else ""
        more = f" and {len(self._slow) - _MAX_SLOW_NAMES} more" if len(self._slow) > _MAX_SLOW_NAMES else ""
        slow = f"slow: {', '.join(self._slow[:_MAX_SLOW_NAMES])}{more}" if self._slow else ""
        return ", ".join(each for each in (looks, slow) if each)

    def _line(self, now: float) -> str:
        rate = self._done / max(now - self._started, 1e-9)
        left = timedelta(seconds=round((self._total - self._done) / rate)) if rate else None
        parts = [f"graded {self._done} of {self._total}", f"{rate:.1f}/s"]
        parts += [f"{left} left"] if left and self._done < self._total else []
        return ", ".join([*parts, *([self._note()] if self._note() else [])])


@contextmanager
def batch_progress(total: int, hidden: bool) -> Iterator[BatchProgress]:
    """A bar on standard error if that is a terminal, a line every ten seconds if not, nothing if `hidden`."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    if hidden:
        yield BatchProgress(total, None, None)
    elif not console.is_terminal:
        yield BatchProgress(total, lambda line: console.print(without_controls(line), markup=False), None)
    else:
        with bar(console) as drawn:
            yield BatchProgress(total, None, drawn)


def bar(console: Console) -> Progress:
    """A bar with count, rate and time left; it is gone when it is done. Its tasks have a field `note`."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _RateColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("[magenta]{task.fields[note]}"),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
