"""A cell of nbgrader's own tests, made ready to run in the grader, and what running it came to."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import copy
import inspect
import io
import warnings
from dataclasses import dataclass
from types import CodeType, TracebackType
from typing import Any

from autograder.course.assignment import Assignment, Exercise
from autograder.course.marked_cells import grade_id
from autograder.judge.bounds import OutOfTimeError, TimeLimit, within_bounds
from autograder.judge.stand_ins.line import AskingStopped, Line
from autograder.judge.stand_ins.names import Names
from autograder.judge.stand_ins.restraint import LABEL, allow
from autograder.judge.stand_ins.sources import parsed
from autograder.sandbox.outcome import Cause, Outcome, Stop


@dataclass(frozen=True)
class TestCell:
    """Tests of one cell.

    Attributes:
        name: the cell's `grade_id`.
        label: what its code is called in tracebacks.
        body: its code, but for a last expression; None if it is no code.
        last: that expression, whose value is partial credit if it is a number.
        source: the text, hidden tests among it.
        visible: the lines that students have.
        title: its own first words, if it has any that students have.
        is_public: whether students have all of it.
    """

    exercise: str
    name: str
    points: float
    label: str
    body: CodeType | None
    last: CodeType | None
    source: str
    visible: frozenset[str]
    title: str
    is_public: bool
    __test__ = False  # pytest takes no class of this name for tests


@dataclass(frozen=True)
class Ran:
    """How a cell of tests ran.

    Attributes:
        value: what the last expression shows.
        error: what was raised, if anything was.
        warned: what was written to the error output.
        stopped: why they could not go on.
    """

    value: str | None = None
    error: BaseException | None = None
    warned: str = ""
    stopped: AskingStopped | None = None


def prepared(assignment: Assignment, exercise: Exercise) -> TestCell:
    """The tests of an exercise that has no hidden checks."""
    released = next(cell.source for cell in assignment.release.cells if grade_id(cell) == exercise.graded_cell)
    label = f"{LABEL}{exercise.graded_cell}>"
    tree = parsed(exercise.tests)
    body, last = (None, None) if tree is None else _compiled(tree, exercise.tests, label)
    return TestCell(
        exercise=exercise.name,
        name=exercise.graded_cell,
        points=exercise.points,
        label=label,
        body=body,
        last=last,
        source=exercise.tests,
        visible=frozenset(line.strip() for line in released.splitlines()),
        title=_title(released),
        is_public=released.split() == exercise.tests.split(),
    )


class _OfStandIns(ast.NodeTransformer):
    """`x.__class__` is what Python asks for in `isinstance`, so that tests ask for `type(x)` instead."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if node.attr != "__class__" or not isinstance(node.ctx, ast.Load):
            return node
        asked = ast.Call(ast.Name("type", ast.Load()), [node.value], [])
        return ast.fix_missing_locations(ast.copy_location(asked, node))


def _compiled(tree: ast.Module, source: str, label: str) -> tuple[CodeType, CodeType | None]:
    last = None
    allow(label, source)
    tree = _OfStandIns().visit(copy.deepcopy(tree))  # others read the same one
    if tree.body and isinstance(tree.body[-1], ast.Expr) and not source.rstrip().endswith(";"):
        expression = tree.body.pop()
        assert isinstance(expression, ast.Expr)
        last = compile(ast.Expression(expression.value), label, "eval", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    return compile(tree, label, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT), last


def _run(code: CodeType, names: Names) -> Any:
    """Runs code of tests, which may wait for something."""
    value = eval(code, names)
    return _awaited(value) if code.co_flags & inspect.CO_COROUTINE else value


def _awaited(coroutine: Any) -> Any:
    """What comes of it, in a loop of its own, whether or not one runs here."""
    outer = asyncio.events._get_running_loop()
    asyncio.events._set_running_loop(None)
    try:
        return asyncio.run(coroutine)
    finally:
        asyncio.events._set_running_loop(outer)


def _title(released: str) -> str:
    """The text that stands first, or a remark in the first line."""
    tree = parsed(released)
    first = (ast.get_docstring(tree) or "").strip() if tree is not None else ""
    line = released.strip().partition("\n")[0]
    if not first and line.startswith("#") and "###" not in line:
        first = line.lstrip("# ")
    return " ".join(first.partition("\n\n")[0].split())


def run_tests(cell: TestCell, names: Names, line: Line, limit: TimeLimit) -> Ran:
    """Runs the tests of one cell, in this process; what they do with the notebook's names happens in the guest."""
    out, err = io.StringIO(), io.StringIO()
    value, error = None, None
    assert cell.body is not None
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), warnings.catch_warnings():
        _filter_as_kernels_do()
        warnings.showwarning = lambda message, kind, *_: err.write(f"{kind.__name__}: {message}\n")  # type: ignore[assignment]
        try:
            with limit.kept(), within_bounds():
                line.surroundings.begin(line, cell.source)
                _run(cell.body, names)
                shown = _run(cell.last, names) if cell.last is not None else None
                value = None if shown is None else repr(shown)
        except OutOfTimeError:
            line.run.stop()  # it may have come in the middle of an answer
            stop = Stop(Outcome.TIMED_OUT, Cause.TOO_SLOW, limit.wall_seconds)
            line.stopped = line.stopped or AskingStopped(stop, "")
        except BaseException as raised:
            error = raised
    return Ran(value, error, err.getvalue(), line.stopped)


def _filter_as_kernels_do() -> None:
    """Warnings that a notebook shows, and no others. Source: Python's own default, and IPython's."""
    warnings.resetwarnings()
    for each in (DeprecationWarning, PendingDeprecationWarning, ImportWarning, ResourceWarning):
        warnings.simplefilter("ignore", each)
    warnings.filterwarnings("default", category=DeprecationWarning, module="__main__")


@dataclass(frozen=True)
class FailedLine:
    """Where tests failed: the statement, whether students have all of it, and whether it raised by itself."""

    code: str = ""
    is_visible: bool = False
    is_own: bool = False


def failed_line(cell: TestCell, error: BaseException) -> FailedLine:
    """The statement of the tests that an exception came through; `is_own`: it was raised there, and not further in."""
    step: TracebackType | None = error.__traceback__
    number, is_own = 0, False
    while step is not None:
        if step.tb_frame.f_code.co_filename == cell.label:
            number, is_own = step.tb_lineno, step.tb_next is None
        step = step.tb_next
    tree = parsed(cell.source)
    lines = cell.source.splitlines()
    around = (
        [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.stmt) and node.lineno <= number <= (node.end_lineno or 0)
        ]
        if tree is not None
        else []
    )
    if not around:
        return FailedLine(is_own=is_own)
    inner = max(around, key=lambda node: node.lineno)
    last = inner.lineno if hasattr(inner, "body") else inner.end_lineno or inner.lineno
    part = lines[inner.lineno - 1 : last]
    return FailedLine("\n".join(part), all(each.strip() in cell.visible for each in part), is_own)


def credit(ran: Ran, points: float) -> float | None:
    """The share of the points that tests give, from 0 to 1, as nbgrader reads a cell's outputs.

    None: more than there are, which is the tests' fault. Source: nbgrader 0.9.6, `utils.determine_grade`.
    """
    if ran.error is not None or ran.warned or ran.stopped is not None:
        return 0.0
    try:
        given = float(ran.value) if ran.value is not None else points
    except ValueError:
        return 1.0
    if not given >= 0:
        return 1.0
    if given > points:
        return None
    return given / points if points else 1.0
