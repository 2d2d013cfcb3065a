"""Tests that an instructor lets run beside student code, as they need the notebook's own process: they can be forged.

They run in a guest of their own, which is thrown away, with all tests before them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograder.checks import messages, test_words
from autograder.judge.check_runs import CheckRun
from autograder.judge.stand_ins.line import AskingStopped
from autograder.judge.test_cell import Ran, TestCell, credit
from autograder.report.exercise_result import CheckResult, Verdict
from autograder.sandbox.notebook_run import NotebookRun
from autograder.sandbox.outcome import GuestStopped


class _RaisedThereError(Exception):
    """What the guest says that the tests raised."""


def judge_inside(
    run: NotebookRun, before: Sequence[TestCell], cell: TestCell, positions: Mapping[str | None, int], title: str
) -> CheckRun:
    """Judges one cell's tests in the guest.

    Args:
        before: the tests above it.
        positions: of cells in the notebook, by their grade ids.
    """
    ran = run_inside(run, before, cell, positions)
    share = credit(ran, cell.points)
    if share is None:
        share = 1.0  # more than there are: nothing of ours, and nobody can tell who said it
    verdict = Verdict.PASSED if share == 1.0 else Verdict.FAILED
    part = None if share in (0.0, 1.0) else share
    result = CheckResult(cell.name, title, verdict, 1.0, _message(cell, ran, share), part, inside=True)
    return CheckRun(cell.exercise, result, "", public=cell.is_public)


def run_inside(
    run: NotebookRun, before: Sequence[TestCell], cell: TestCell, positions: Mapping[str | None, int]
) -> Ran:
    """Runs the tests of `cell` where student code is."""
    run.stop()
    try:
        reply: Mapping[str, Any] = {}
        for each in (*before, cell):
            message = {"op": "cell", "source": each.source, "label": f"tests {each.name}", "names": []}
            reply, _ = run.request(message, {}, before=positions[each.name])
    except GuestStopped as error:
        return Ran(stopped=AskingStopped(error.stop, cell.name))
    finally:
        run.stop()
    outputs = [each for each in _listed(reply.get("outputs")) if isinstance(each, dict)]
    warned = "".join(str(each.get("text")) for each in outputs if each.get("name") == "stderr")
    results = [each.get("data") for each in outputs if each.get("output_type") == "execute_result"]
    shown = [each.get("text/plain") for each in results if isinstance(each, dict)]
    raised = reply.get("raised")
    fault = _RaisedThereError(_own_words(raised)) if raised is not None else None
    return Ran(value=str(shown[0]) if shown else None, error=fault, warned=warned)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _own_words(raised: Any) -> str:
    """What an assertion says itself; nothing of any other exception."""
    if isinstance(raised, dict) and raised.get("type") == "AssertionError" and isinstance(raised.get("text"), str):
        return str(raised["text"])[:300]
    return ""


def _message(cell: TestCell, ran: Ran, share: float) -> str:
    if share == 1.0:
        return ""
    if share > 0:
        return test_words.IN_PART.format(given=share * cell.points, possible=cell.points)
    if ran.stopped is not None:
        return str(messages.stopped(cell.name, ran.stopped.stop))
    if not cell.is_public:  # code beside them may have read them, and say so
        return test_words.HIDDEN_DOES_NOT_HOLD
    return test_words.own_words(str(ran.error or "")) or test_words.TESTS_DO_NOT_HOLD
