"""Cells that only show things: pictures, long runs for the eye. They run for the graded notebook alone."""

from __future__ import annotations

import time

from autograder.sandbox.cell_run import CellRun
from autograder.sandbox.notebook_run import NotebookRun


def show(run: NotebookRun) -> None:
    """Runs the cells that only show things, before any guest knows hidden inputs which they could show: if only by the
    time that it is. Afterwards the guest is ended, as they may change what checks ask.

    They have half of the time that is left, and cost the notebook none. None runs once anything had to be stopped.
    Raises GuestStopped like `NotebookRun.guest`.
    """
    showing = [cell for cell in run.cells if cell.show and cell.position not in run.runs]
    if not showing:
        return
    before = (run.lost_seconds, run.killed, list(run.stops))
    deadline, started = run.deadline, time.monotonic()
    run.deadline = started + (deadline - started) / 2
    try:
        for cell in showing:
            if run.stops or run.knew or run.tainted:
                run.runs[cell.position] = CellRun(not_run=True)
            else:
                run.guest()
                run.run_cell(cell)
    finally:
        run.stop()
        run.deadline = deadline + time.monotonic() - started
        run.lost_seconds, run.killed, run.stops = before
