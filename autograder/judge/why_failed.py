"""Why tests of a cell failed: for the student, and for staff."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Mapping, Sequence, Set
from typing import Any

from autograder.checks import explained, inputs, left_out, messages, test_words
from autograder.checks.closed_words import usual_error
from autograder.checks.stop_words import why_stopped
from autograder.judge.stand_ins.line import Line
from autograder.judge.stand_ins.methods import OtherKindError
from autograder.judge.stand_ins.sources import parsed
from autograder.judge.test_cell import Ran, TestCell, failed_line
from autograder.sandbox import values
from autograder.sandbox.notebook_run import NotebookRun

_SAYING = (ast.Assert, ast.Raise)


def told(cell: TestCell, ran: Ran, line: Line, share: float) -> str:
    """Why tests failed, for the student. `share`: of the points, that they give all the same."""
    if share > 0 or (ran.error, ran.stopped, ran.warned) == (None, None, ""):
        return test_words.IN_PART.format(given=share * cell.points, possible=cell.points)
    if ran.stopped is not None:
        return str(messages.stopped(_plain(ran.stopped.called, cell), ran.stopped.stop))
    if ran.error is None:
        words = test_words.WROTE_A_WARNING if inputs.public_inputs.get() else test_words.WROTE_SOMETHING
        return words.format(text=messages.one_line(ran.warned.strip()[:200]))
    if line.last_raised is not None and line.last_raised[2] is ran.error:
        told, called, _ = line.last_raised
        return _raised(line.run, cell, told, _plain(called, cell))
    return _of_tests(cell, ran.error, line)


def _plain(called: str, cell: TestCell) -> str:
    """What was called, without inputs that students don't have."""
    name, bracket, _ = called.partition("(")
    return called if cell.is_public or not bracket else f"{name}(…)"


def _raised(run: NotebookRun, cell: TestCell, told: Mapping[str, Any], called: str) -> str:
    name = called.partition("(")[0]
    if told.get("type") == "NotImplementedError" and not told.get("text"):
        home = run.homes.get(name.partition(".")[0], "")
        return str(explained.unwritten(run, home, called, name, told))
    if (missing := left_out.why_missing(run, told)) is not None:
        return str(left_out.needs_missing(called, missing))
    if (package := left_out.missing_package(run, told)) is not None:
        return str(left_out.needs_package(called, package))
    return str(explained.raised(run, called, told))


def _of_tests(cell: TestCell, error: BaseException, line: Line) -> str:
    if isinstance(error, NameError) and (name := error.name or ""):
        return str(left_out.undefined(line.run, name) or messages.undefined(name, None))
    where = failed_line(cell, error)
    if isinstance(error, AssertionError):
        if where.is_own and (words := _own_words(error, cell, where.code)):
            return test_words.own_words(words)
        if where.is_visible:
            return test_words.DOES_NOT_HOLD.format(line=test_words.line_of_tests(where.code))
        return test_words.HIDDEN_DOES_NOT_HOLD
    kind = type(error).__name__
    line_ = test_words.line_of_tests(where.code)
    if isinstance(error, OtherKindError):
        return test_words.OTHER_KIND + (test_words.THEY_WERE_AT.format(line=line_) if where.is_visible else "")
    if not where.is_visible or not inputs.public_inputs.get():  # its text may tell of inputs
        words = test_words.COULD_NOT_GO_ON_AT if where.is_visible else test_words.COULD_NOT_GO_ON_HIDDEN
        return words.format(kind=kind if usual_error(kind) else test_words.AN_ERROR, line=line_)
    return test_words.COULD_NOT_GO_ON.format(kind=kind, text=test_words.own_words(str(error)).rstrip("."), line=line_)


def _own_words(error: AssertionError, cell: TestCell, code: str) -> str:
    """What a failed assertion says itself; on hidden inputs without what it fills in, if that stands nowhere in the
    tests: it could be of the student's choosing, such as what came back."""
    if inputs.public_inputs.get():
        return str(error)
    tree, statement = parsed(cell.source), parsed(textwrap.dedent(code))
    asserted = [_said(each) for each in ast.walk(statement) if isinstance(each, _SAYING)] if statement else []
    if tree is None or not asserted or asserted[0] is None:
        return ""
    parts = asserted[0].values if isinstance(asserted[0], ast.JoinedStr) else asserted
    fixed = [each.value if isinstance(each, ast.Constant) else None for each in parts]
    known = {str(each.value) for each in ast.walk(tree) if isinstance(each, ast.Constant)}
    return _without_others(str(error), fixed, known) if any(fixed) else ""


def _said(statement: ast.Assert | ast.Raise) -> ast.expr | None:
    """What an assertion says: `assert x, "this"`, or `raise AssertionError("this")`."""
    if isinstance(statement, ast.Assert):
        return statement.msg
    return statement.exc.args[0] if isinstance(statement.exc, ast.Call) and len(statement.exc.args) == 1 else None


def _without_others(text: str, fixed: Sequence[Any], known: Set[str]) -> str:
    """A text made of `fixed` parts, between which others are kept (where there is None) only if they are `known`."""
    said, rest, is_open = "", text, False
    for each in (*fixed, ""):
        if each is None:
            is_open = True
            continue
        found = rest.find(str(each)) if each != "" else len(rest)
        if found < 0:
            return ""
        if is_open:
            filled_in = rest[:found]
            said += filled_in if not filled_in or filled_in in known else "…"
        said, rest, is_open = said + str(each), rest[found + len(str(each)) :], False
    return said


def why_not(cell: TestCell, ran: Ran) -> str:
    """Why tests don't pass on the instructor's notebook when they run here, for staff: the line, and the reason."""
    if ran.stopped is not None:
        return why_stopped(ran.stopped.stop)
    if ran.error is None:
        return (
            f"they gave {ran.value}" if not ran.warned else test_words.TO_STAFF_WARNED.format(text=ran.warned.strip())
        )
    where = failed_line(cell, ran.error)
    at = f" at `{test_words.line_of_tests(where.code)}`" if where.code else ""
    kind = "" if isinstance(ran.error, values.Unsendable) else f"{type(ran.error).__name__}: "
    return f"{kind}{messages.one_line(str(ran.error)) or test_words.TO_STAFF_NOTHING}{at}"
