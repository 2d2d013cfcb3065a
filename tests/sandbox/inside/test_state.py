"""A guest says what its notebook holds: its names, its own modules, its folder."""

from __future__ import annotations

import itertools
from pathlib import Path

from autograder.sandbox.cell_run import RunCell
from autograder.sandbox.forked import ForkSandbox
from autograder.sandbox.notebook_run import NotebookRun

MODULE = "kept = []\ndef note(x):\n    kept.append(x)\n"
CELL = """
import mine
count = 0
def f(x):
    return x
def g(x):
    mine.note(x)
def h(x):
    global count
    count += 1
"""
HOSTILE = "import os\nos.lstat = lambda *_: os._exit(1)\nopen('x', 'w').close()"


def test_what_calls_leave_behind_shows(sandbox: ForkSandbox, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(MODULE)
    cells = (RunCell("cell 1", CELL, None, 0),)
    with NotebookRun(sandbox, cells, {}, {"mine.py": path}) as run:
        assert run.state() is None  # no guest lives yet
        run.guest()
        states = [run.state()]
        for name in ("f", "g", "h", "f"):
            message = {"op": "call", "name": name, "args": {"t": "list", "v": [1]}, "kwargs": {"t": "dict", "v": []}}
            run.request({**message, "seed": 0, "backward": False}, {})
            states.append(run.state())
        assert None not in states
        assert [one == other for one, other in itertools.pairwise(states)] == [True, False, False, True]
        run.redefine("x", ["f"], "g = (i for i in ())")
        assert run.state() is None


def test_a_guest_that_does_not_say_costs_the_notebook_nothing(sandbox: ForkSandbox) -> None:
    with NotebookRun(sandbox, (RunCell("cell 1", HOSTILE, None, 0),)) as run:
        run.guest()
        assert run.state() is None
        assert (run.stops, run.killed, run.lost_seconds) == ([], False, 0.0)
        assert run.guest() is not None
