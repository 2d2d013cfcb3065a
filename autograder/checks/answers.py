"""Answers that are not functions: variables, and what calls and cells print. As `seeded`, they are functions, since
`Notebook` has no names but the student's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from autograder.checks import answer_words, left_out, messages
from autograder.checks.calling import MAX_PRINTED_CHARACTERS, Call
from autograder.checks.notebook import Notebook, call
from autograder.sandbox.outcome import GuestStopped


def value_of(student: Notebook, name: str) -> Any:
    """A variable of the notebook's as it is now: a rich value, an `Instance` or a `Module`.

    Raises:
        CheckFailed: there is none of that name.
    """
    return call(replace(student._line, rich=True), {"name": name, "method": "value"}, name).value


def printed_by(student: Notebook, name: str, *arguments: Any, **keywords: Any) -> str:
    """What the student's function `name` prints when it is called with these arguments, 20,000 characters at most.

    Raises:
        CheckFailed: as for a call of `student.<name>`.
    """
    return call(student._line, {"name": name}, name, arguments, keywords, printed=True).printed


def output_of(student: Notebook, label: str) -> str:
    """What the cell with the grade id `label` printed when the notebook ran, 20,000 characters at most.

    Raises:
        CheckFailed: there is no such cell, or it was stopped.
    """
    line = student._line
    line.run.ahead.look()
    try:
        line.run.guest()
    except GuestStopped as error:
        raise messages.stopped(label, error.stop) from None
    for cell in line.run.cells:
        if cell.label == label:
            ran = line.run.runs.get(cell.position)
            if ran is None or ran.not_run:
                raise answer_words.cell_not_run(label, answer_words.NOT_RUN)
            if ran.stop is not None:
                raise answer_words.cell_not_run(label, str(left_out.cell_error(line.run, ran)))
            printed = [each.get("text") for each in ran.outputs if _is_printed(each)]
            text = "".join(each for each in printed if isinstance(each, str))[:MAX_PRINTED_CHARACTERS]
            line.calls.append(Call("value", (text, ())))
            return text
    raise answer_words.no_cell(label)


def _is_printed(output: Any) -> bool:
    return bool(output.get("output_type") == "stream" and output.get("name") == "stdout")
