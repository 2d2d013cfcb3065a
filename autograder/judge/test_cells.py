"""Judging by nbgrader's own tests: they run here, cell by cell, beside a notebook that runs in a guest."""

from __future__ import annotations

import contextlib
import functools
import os
import random
import tempfile
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy
import torch

from autograder.checks import inputs, test_words
from autograder.checks.notebook import Call
from autograder.course.assignment import Assignment
from autograder.course.marked_cells import grade_id, used_names
from autograder.course.startup import skip_distributed_tensors
from autograder.judge import looks
from autograder.judge.bounds import TimeLimit
from autograder.judge.check_runs import CheckRun
from autograder.judge.inside_tests import judge_inside
from autograder.judge.own_notebook import OwnNotebook, OwnNotebooks
from autograder.judge.runs import own_run
from autograder.judge.stand_ins.guard import Guard, Place
from autograder.judge.stand_ins.library import asking
from autograder.judge.stand_ins.line import Line
from autograder.judge.stand_ins.methods import OtherKindError
from autograder.judge.stand_ins.names import Names, own_modules
from autograder.judge.stand_ins.sources import sources_of
from autograder.judge.stand_ins.stand_in import make
from autograder.judge.stand_ins.surroundings import USES_FILES, Surroundings
from autograder.judge.stand_ins.work_folder import Folder
from autograder.judge.test_cell import Ran, TestCell, credit, prepared, run_tests
from autograder.judge.why_failed import told, why_not
from autograder.report.exercise_result import CheckResult, Verdict
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.sandbox import Sandbox
from autograder.submission.submission import reference_submission

_CELL_SECONDS = 3.0  # in times of the limit of a call


class TestCells:
    """The tests of an assignment that judge exercises without hidden checks.

    Args:
        exercises: their names.
        sandbox: where the instructor's own notebook runs, to see what the tests need.
        kept: where that is kept, for other processes and other runs.
    """

    __test__ = False  # pytest takes no class of this name for tests

    def __init__(
        self, assignment: Assignment, exercises: Iterable[str], sandbox: Sandbox, kept: OwnNotebooks | None = None
    ) -> None:
        self._assignment = assignment
        self._sandbox = sandbox
        self.cells = [prepared(assignment, assignment.exercise(each)) for each in exercises]
        self._labels = frozenset(each.label for each in self.cells)
        self._file = None if kept is None else kept.of(assignment.notebook_name, {e.name: e.points for e in self.cells})
        self._uses_files = any(USES_FILES.search(each.source) for each in self.cells)
        if self.cells:
            skip_distributed_tensors()

    @functools.cached_property
    def _sources(self) -> Any:
        return sources_of(self._assignment)

    @functools.cached_property
    def _own(self) -> OwnNotebook:
        """How the tests run on the instructor's notebook."""
        found = self._file.read_or_make(self._on_own) if self._file is not None else self._on_own()
        assert found is not None  # as it waits
        return found

    def get_ready(self) -> bool:
        """Sees to it that what is kept for a class is there, if there is a place for it; whether this took work."""
        if not self.cells or self._file is None or self._file.read() is not None:
            return False
        return self._file.read_or_make(self._on_own, wait=False) is not None

    def _on_own(self) -> OwnNotebook:
        used = set().union(*(used_names(each.source) for each in self.cells))
        first = self._run_on_own(helpers_here=True)
        if not first.faults or not used & set(self._sources.helpers):
            return first
        again = self._run_on_own(helpers_here=False)
        return again if len(again.faults) < len(first.faults) else first

    @staticmethod
    def _is_right(ran: Ran, cell: TestCell) -> bool:
        return credit(ran, cell.points) == 1.0

    def _run_on_own(self, helpers_here: bool) -> OwnNotebook:
        submission = reference_submission(self._assignment)
        with own_run(self._assignment, self._sandbox) as run:
            guard = Guard(None, self._labels | self._sources.helper_cells)
            ran = self._run(run, _positions(submission.notebook), guard, helpers_here, lambda *_: None)
            lasts = not run.stops and not run.killed
        wrong = [each for each in self.cells if not self._is_right(ran[each.name], each)]
        faults = {each.name: why_not(each, ran[each.name]) for each in wrong}
        return OwnNotebook(faults, frozenset(guard.noted), helpers_here, lasts)

    def judge(self, run: NotebookRun, notebook: Any) -> list[CheckRun]:
        """Runs all tests beside a submission, each when the cells above it have run.

        Args:
            run: the submission; its guest is started anew, and knows hidden inputs afterwards.
            notebook: the repaired one, in which the tests have their places.
        """
        if not self.cells:
            return []
        run.stop()
        own = self._own  # now: in the middle of tests it would disturb them
        guard = Guard(self.needed, self._labels | self._sources.helper_cells)
        found: dict[str, CheckRun] = {}

        def judged(cell: TestCell, ran: Ran, line: Line) -> None:
            found[cell.name] = self._judged(cell, ran, line)
            run.tainted = run.tainted or not cell.is_public

        positions = _positions(notebook)
        self._run(run, positions, guard, own.helpers_here, judged)
        for number, cell in enumerate(self.cells):
            if self.is_inside(cell):
                before = self.cells[:number]
                found[cell.name] = judge_inside(run, before, cell, positions, _title(cell))
        run.tainted = True
        return [found[each.name] for each in self.cells]

    def _run(
        self,
        run: NotebookRun,
        positions: Mapping[str | None, int],
        guard: Guard,
        helpers_here: bool,
        judged: Callable[[TestCell, Ran, Line], None],
    ) -> dict[str, Ran]:
        ran: dict[str, Ran] = {}
        _seed()
        with contextlib.ExitStack() as stack:
            folder = stack.enter_context(self._folder(run))
            surroundings = Surroundings((each.source for each in self.cells), folder)
            line = Line(run, guard, make, surroundings)
            names = Names(line, self._sources, helpers_here)
            stack.enter_context(asking(line, names))
            limit = TimeLimit(_CELL_SECONDS * run.sandbox.limits.call_wall_seconds)
            stack.callback(limit.close)
            for cell in self.cells:
                line.begin(positions[cell.name])
                names.begin(cell.name)
                if cell.body is None:
                    ran[cell.name] = Ran(error=SyntaxError("the tests are no code"))
                else:
                    ran[cell.name] = run_tests(cell, names, line, limit)
                judged(cell, ran[cell.name], line)
        return ran

    @contextlib.contextmanager
    def _folder(self, run: NotebookRun) -> Iterator[Folder | None]:
        """Goes to the folder that tests work in; a new one, if they are about files."""
        source = self._assignment.source_folder
        with own_modules(source), contextlib.ExitStack() as stack:
            path = Path(stack.enter_context(tempfile.TemporaryDirectory())) if self._uses_files else source
            stack.enter_context(contextlib.chdir(path))
            stack.enter_context(patch.dict(os.environ))
            if self._uses_files:  # what tests make for a while is where student code finds it
                stack.enter_context(patch.object(tempfile, "tempdir", str(path)))
            yield Folder(path, run.data) if self._uses_files else None

    @property
    def faults(self) -> Mapping[str, str]:
        """Why tests don't pass on the instructor's own notebook when they run here, by the cell's name."""
        return self._own.faults

    @property
    def needed(self) -> frozenset[Place]:
        """Where tests need an object's own answer, as the instructor's notebook gives objects there."""
        return self._own.needed

    def is_inside(self, cell: TestCell) -> bool:
        """Whether its tests run beside student code: they can't run here, and the instructor allowed it."""
        allowed = self._assignment.inside
        return bool({"*", cell.name} & allowed) and cell.name in self.faults

    def _judged(self, cell: TestCell, ran: Ran, line: Line) -> CheckRun:
        share = credit(ran, cell.points)
        title = _title(cell)
        if share is None or cell.name in self.faults:
            reason = looks.tests_failed(cell.name, why_not(cell, ran) if share is None else self.faults[cell.name])
            trace = "".join(traceback.format_exception(ran.error)) if ran.error else reason
            return CheckRun(cell.exercise, CheckResult(cell.name, title, Verdict.ERROR, 1.0), trace, look=reason)
        verdict = Verdict.PASSED if share == 1.0 else Verdict.FAILED
        message = "" if share == 1.0 else self._message(cell, ran, line, share or 0.0)
        result = CheckResult(cell.name, title, verdict, 1.0, message, None if share in (0.0, 1.0) else share)
        calls = (Call("value"),) if share == 1.0 else ()
        look = looks.other_kind(cell.name) if isinstance(ran.error, OtherKindError) else ""
        return CheckRun(cell.exercise, result, "", calls, public=cell.is_public, look=look)

    def _message(self, cell: TestCell, ran: Ran, line: Line, share: float) -> str:
        """Why tests failed, for the student."""
        token = inputs.public_inputs.set(cell.is_public and not line.run.tainted)
        try:
            return told(cell, ran, line, share)
        finally:
            inputs.public_inputs.reset(token)


def _positions(notebook: Any) -> dict[str | None, int]:
    """Where each cell of a notebook stands, by its grade id."""
    return {grade_id(cell): position for position, cell in enumerate(notebook.cells)}


def _title(cell: TestCell) -> str:
    return cell.title or test_words.TITLE.format(cell=cell.name)


def _seed() -> None:
    """Tests that draw numbers draw the same for each student."""
    random.seed(0)
    numpy.random.seed(0)
    torch.manual_seed(0)
