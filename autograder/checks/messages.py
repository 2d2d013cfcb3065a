"""All that students are told, but for what `expectations` says of values and what an assignment's own checks say.

A message says what was called, what came back, what was expected as a property, and what to try. It never holds an
expected value. What came back is told by its values only where the inputs are the notebook's own; on hidden inputs
it is told by kind and shape, so that no message carries hidden data.

This module imports no torch: reading what was handed in needs none.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping, Sequence
from typing import Any

from autograder.checks.closed_words import own_numbers, usual_error
from autograder.checks.inputs import public_inputs
from autograder.checks.stop_words import why_stopped
from autograder.sandbox.outcome import Cause, Outcome, Stop

_SHOWN_CHARACTERS = 200
_SHOWN_NAME_CHARACTERS = 80
# What Python calls code that is in no file.
_NO_CELLS = ("tokenize", "string", "unknown", "stdin", "fstring", "input", "ast", "exec", "eval", "module")
# "(<tokenize>, line 3)" and "(detected at line 3)"
_PLACE = re.compile(r" ?\((?:[^()]*, )?(?:detected at )?line \d+\)")
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_INNER_PATH = re.compile(
    r"(?<![\w./])/(?:tmp|var/tmp|proc|dev/shm|(?:[^\s'\",:/]+/)*(?:site-packages|python3[.\d]*))/(?:[^\s'\",:/]*/)*([^\s'\",:/]*)"
)
_PYTHONS_OWN_ERRORS = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
)


class CheckFailed(AssertionError):
    """The student's work lacks the property that a check is about; the text is for the student.

    Attributes:
        not_written: whether it failed only because a stub is still there.
        stopped: whether the guest had to be stopped, so that asking again would cost as much again.
        public: whether the inputs were ones that students have, so that the text may hold values.
        advice: the end of the text, if it is the check's own words on what to try.
    """

    def __init__(self, message: str, *, not_written: bool = False, stopped: bool = False, advice: str = "") -> None:
        super().__init__(message)
        self.not_written = not_written
        self.stopped = stopped
        self.public = public_inputs.get()
        self.advice = advice


def fail(called: str, came_back: str, expected: str, try_this: str = "") -> CheckFailed:
    """The one form of all messages. `came_back` starts with a verb, the others are whole sentences.

    On hidden inputs, numbers of `came_back` are left out that are neither small nor the check's own.
    """
    if not public_inputs.get():
        came_back = own_numbers(came_back, called, expected, try_this)
    parts = [f"`{called}` {came_back}." if called else came_back, expected, try_this]
    return CheckFailed(" ".join(part for part in parts if part), advice=try_this)


# Why student code gave no value.


def not_written(name: str) -> CheckFailed:
    return CheckFailed(
        f"`{name}` is not written yet: its cell still holds the `raise NotImplementedError()` it was given with.",
        not_written=True,
    )


def needs_unwritten(called: str, other: str) -> CheckFailed:
    return CheckFailed(f"`{called}` needs `{other}`, which is not written yet.")


def undefined(name: str, cell_error: str | None) -> CheckFailed:
    if cell_error:
        end = "" if cell_error[-1] in ".?" else "."
        return CheckFailed(f"`{name}` does not exist, because its cell {cell_error}{end}")
    return CheckFailed(
        f"There is no `{name}` in your notebook. Keep the name that the notebook gives, and run the cell that "
        "defines it.",
    )


def not_callable(name: str, type_name: Any) -> CheckFailed:
    kind = type_name if type_name in ("int", "float", "str", "list", "tuple", "Tensor", "bool") else "value"
    return CheckFailed(
        f"`{name}` is a {kind} at the end of your notebook, not something that can be called. "
        "Is another variable called the same?",
    )


def stopped(called: str, stop: Stop) -> CheckFailed:
    why = why_stopped(stop, public_inputs.get())
    if stop.outcome is Outcome.TIMED_OUT:
        words = f"was stopped: {why}. Is there a loop that never ends?"
    elif stop.outcome is Outcome.OUT_OF_MEMORY:
        words = "ran out of memory. Does something grow in a loop, or is a tensor far too big?"
    else:
        advice = " Leave out what ends Python, such as `exit()`." if stop.cause is Cause.EXIT else ""
        words = f"did not come back: {why}.{advice}"
    return CheckFailed(f"`{called}` {words}", stopped=True)


def raised_words(told: Mapping[str, Any], public: bool | None = None, line: str = "", guess: bool = True) -> str:
    """ "raised ValueError on line 2 of …: its text", which is told only where it can't hold hidden inputs.

    Args:
        line: the student's own line, if that is known.
        guess: whether to say what is usual where only other data make trouble.
    """
    public = public_inputs.get() if public is None else public
    # An exception of the student's own may be called like hidden inputs, and say that it is Python's.
    kind = _short(told.get("type"))
    if not public:
        kind = hidden_kind(told)
    words = f"raised {kind or 'an error'}"
    if not public:
        usual = ": is a size or a name of the notebook's data in the code?" if guess else ""
        return f"{words} for other data than the notebook's{usual}"
    if isinstance(told.get("line"), int) and told["line"] > 0:
        words += f" on line {told['line']}{_of_the_cell(_short(told.get('cell')))}{f' (`{line}`)' if line else ''}"
    text = without_inner_names(_short(told.get("text")))
    return f"{words}: {text.rstrip('.')}" if text else words


def hidden_kind(told: Mapping[str, Any]) -> str:
    """What kind of an exception it is, where its name could carry hidden inputs."""
    if not is_pythons_own(told):
        return "an error of its own kind"
    return str(told["type"]) if usual_error(told["type"]) else "an unusual error"


def is_pythons_own(told: Mapping[str, Any]) -> bool:
    """Whether the guest speaks of one of Python's own kinds of exceptions."""
    kind = told.get("type")
    return told.get("builtin") is True and isinstance(kind, str) and kind in _PYTHONS_OWN_ERRORS


def _of_the_cell(label: str) -> str:
    """Where a line is: the cell, or a file of the student's; nothing where Python names none of them."""
    if "/" in label or label.endswith(".py"):
        return f" of {label.rpartition('/')[2]}"
    return f" of {the_cell(label)}" if label and label not in _NO_CELLS else ""


def without_inner_names(text: str) -> str:
    """Python's text of an error without where it stands, and without places that exist in the guest alone."""
    return _INNER_PATH.sub(r"\1", _PLACE.sub("", _ADDRESS.sub("", text)).replace("<lambda>", "lambda")).strip()


def cell_stopped(stop: Stop) -> str:
    """What became of a cell, after "its cell"."""
    return f"was stopped: {why_stopped(stop)}"


def the_cell(label: str) -> str:
    """A cell by its label, which is its grade id or its number."""
    return label if label.startswith("cell ") else f"the cell {label}"


def _short(text: Any) -> str:
    """The beginning of a student's own words."""
    return one_line(text[: 10 * _SHOWN_CHARACTERS])[:_SHOWN_CHARACTERS] if isinstance(text, str) else ""


def one_line(text: str) -> str:
    """Words on one line, without control characters: they end up in terminals and web pages."""
    return "".join(each if each.isprintable() else " " for each in " ".join(text.split()))


def shown(name: str) -> str:
    """A file's name as it can be told: a name may be any bytes, and of any length."""
    return "".join(each if each.isprintable() else "�" for each in name[:_SHOWN_NAME_CHARACTERS])


# Of whole exercises.

OURS = "Something went wrong on our side while this was judged. Your work is safe; the staff will look at it."
SAME_REASON = "For the same reason."
SAME_REASON_AS = "For the same reason as this one: {title}"
NOT_TRIED_EITHER = "Not tried, for the same reason."
NOT_TRIED = "Not tried, because of this: {failed}"
NOT_FINITE = "Is there a log of 0 or a division by 0?"
NOT_WRITTEN_YET = "You have not written this one yet."
WAITS_FOR_STAFF = "Staff will read this one and give its points."
NO_RESPONSE = "No response."  # nbgrader's own words for a solution cell that was left as it was


def these_are(names: Sequence[str]) -> str:
    """ "`a` is", "`a`, `b` and `c` are"."""
    quoted = [f"`{each}`" for each in names]
    return f"{quoted[0]} is" if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]} are"


# In the graded notebook and on its page.

MENDED = "Before judging, this was mended:"
CUT_OFF = "\n[the rest of this cell's output was cut off]\n"
LEFT_OUT = "[further output of this notebook was left out]\n"
NOT_RUN_AT_ALL = "Not run, because other code of this notebook had to be stopped.\n"
POINTS = "{given:g} of {possible:g} points"
RULINGS = {
    "waived": "This question was waived: everybody gets its points.",
    "dropped": "This question was dropped: it counts for nobody.",
}
INSIDE = "Checked inside: these tests ran beside your code, as the instructor allowed."
BY_HAND = "These points were given by hand."
NOT_RUN = "Not run at grading: {command}\n"
CELL_STOPPED = "This cell was stopped: {why}."
PICTURE = "[picture: {text}]"


def lateness(late_seconds: float, raw_score: float, late_penalty: float, score: float) -> str:
    """By how much a submission was late, and what that costs in points."""
    late = f"This was handed in {duration(late_seconds)} after it was due"
    if not late_penalty:
        return f"{late}; that costs no points."
    return f"{late}: {raw_score:g} points, less {late_penalty:g} for that, are {score:g}."


def duration(seconds: float) -> str:
    """ "2 days 3 h", "2 days 30 min", "20 min", "40 s": its two largest units."""
    whole = max(1, round(seconds))
    units = (("day", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
    parts = []
    for name, size in units:
        count, whole = divmod(whole, size)
        if count:
            parts.append(f"{count} {name}{'s' * (name == 'day' and count != 1)}")
    return " ".join(parts[:2])
