"""All that students are told, but for what `expectations` says of values and what an assignment's own checks say.

A message says what was called, what came back, what was expected as a property, and what to try. It never holds an
expected value. What came back is told by its values only where the inputs are the notebook's own; on hidden inputs
it is told by kind and shape, so that no message carries hidden data.

This module imports no torch: reading what was handed in needs none.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from autograder.sandbox.outcome import Cause, Outcome, Stop

if TYPE_CHECKING:
    from autograder.sandbox.notebook_run import CellRun

# Whether the running check uses only inputs that the student has in the notebook; set for each check.
public_inputs: ContextVar[bool] = ContextVar("public_inputs", default=False)

_SHOWN_CHARACTERS = 200
_SHOWN_NAME_CHARACTERS = 80
_PYTHONS_OWN_ERRORS = frozenset(
    name for name, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)
)


@contextmanager
def hidden_inputs() -> Iterator[None]:
    """The part of a public check inside uses inputs that students don't have: no values, no texts of theirs."""
    token = public_inputs.set(False)
    try:
        yield
    finally:
        public_inputs.reset(token)


class CheckFailed(AssertionError):
    """The student's work lacks the property that a check is about; the text is for the student.

    Attributes:
        not_written: whether it failed only because a stub is still there.
        stopped: whether the guest had to be stopped, so that asking again would cost as much again.
    """

    def __init__(self, message: str, *, not_written: bool = False, stopped: bool = False) -> None:
        super().__init__(message)
        self.not_written = not_written
        self.stopped = stopped


def fail(called: str, came_back: str, expected: str, try_this: str = "") -> CheckFailed:
    """The one form of all messages. `came_back` starts with a verb, the others are whole sentences."""
    parts = [f"`{called}` {came_back}." if called else came_back, expected, try_this]
    return CheckFailed(" ".join(part for part in parts if part))


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
        return CheckFailed(f"`{name}` does not exist, because its cell {cell_error}.")
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


_CAUSES = {
    Cause.TOO_SLOW: "it did not finish in {:g} seconds",
    Cause.TIME_USED_UP: "all {:g} seconds for this notebook were used up",
    Cause.PROCESSOR_TIME: "it used {:g} seconds of processor time",
    Cause.MEMORY: "it ran out of memory",
    Cause.CUT_OFF: "it cut itself off from the grader",
    Cause.SIGNAL: "Python was ended by the signal {}",
    Cause.EXIT: "it ended Python itself (exit code {:g})",
    Cause.TOO_LARGE: "its answer of {:.0f} bytes is too large to be read",
    Cause.UNREADABLE: "its answer could not be read",
    Cause.STARTED_AGAIN: "the notebook was started again after a stop",
}


def why_stopped(stop: Stop) -> str:
    return _CAUSES[stop.cause].format(stop.value)


def stopped(called: str, stop: Stop) -> CheckFailed:
    if stop.outcome is Outcome.TIMED_OUT:
        words = f"was stopped: {why_stopped(stop)}. Is there a loop that never ends?"
    elif stop.outcome is Outcome.OUT_OF_MEMORY:
        words = "ran out of memory. Does something grow in a loop, or is a tensor far too big?"
    else:
        words = f"did not come back: {why_stopped(stop)}."
    return CheckFailed(f"`{called}` {words}", stopped=True)


def raised(called: str, told: Mapping[str, Any]) -> CheckFailed:
    """`told` is what the guest says of the exception: all of it is the student's, and bounded here."""
    words = raised_words(told)
    return CheckFailed(f"`{called}` {words}" if words.endswith("?") else f"`{called}` {words}.")


def raised_words(told: Mapping[str, Any], public: bool | None = None) -> str:
    """ "raised ValueError on line 3 of ...": the text only where it can't hold hidden inputs."""
    public = public_inputs.get() if public is None else public
    # An exception of the student's own may be called like hidden inputs, and say that it is Python's.
    kind = _short(told.get("type"))
    if not public and not (told.get("builtin") is True and kind in _PYTHONS_OWN_ERRORS):
        kind = "an error of its own kind"
    words = f"raised {kind or 'an error'}"
    if isinstance(told.get("line"), int) and told["line"] > 0 and public:
        words += f" on line {told['line']} of the cell {_short(told.get('cell'))}"
    text = _short(told.get("text"))
    if not public:
        return f"{words} for other data than the notebook's: is a size or a name of the notebook's data in the code?"
    return f"{words}: {text.rstrip('.')}" if text else words


def cell_error(run: CellRun) -> str | None:
    """What became of a cell, after "its cell": None if nothing is wrong with it."""
    if run.raised is not None:
        return raised_words(run.raised, public=True)
    return f"was stopped: {why_stopped(run.stop)}" if run.stop is not None else None


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
NOT_TRIED = "Not tried, because of this: {failed}"
NOT_WRITTEN_YET = "You have not written this one yet."
NO_RESPONSE = "No response."  # nbgrader's own words for a solution cell that was left as it was


def followed_through(exercise: str, earlier: Sequence[str]) -> str:
    """That marks were given with follow-through, and why."""
    quoted = [f"`{each}`" for each in earlier]
    names = quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
    verb = "is" if len(quoted) == 1 else "are"
    return (
        f"Marked with follow-through: {names} {verb} not right yet, so `{exercise}` was judged on its own code, "
        "with right code for what comes before it."
    )


# In the graded notebook and on its page.

MENDED = "Before judging, this was mended:"
CUT_OFF = "\n[the rest of this cell's output was cut off]\n"
LEFT_OUT = "[further output of this notebook was left out]\n"
NOT_RUN_AT_ALL = "Not run, because other code of this notebook had to be stopped.\n"
POINTS = "{given:g} of {possible:g} points"
NOT_RUN = "Not run at grading: {command}\n"
CELL_STOPPED = "This cell was stopped: {why}."
PICTURE = "[picture: {text}]"

# Why nothing could be read: `format` them. A {name} is that of a file, as `shown` tells it.

NO_NOTEBOOK = "There is no notebook in what you handed in; it should be called {wanted}."
OTHER_NOTEBOOK = (
    "{name} is not the notebook of {assignment}: none of its exercises is in it. Hand in the notebook that you were "
    "given."
)
TOO_MUCH_IN_IT = "{name} has too much in it to be graded. Clear its outputs and hand it in again."
TOO_LARGE = "{name} has {size} MB; at most {most} MB can be graded. Clear its outputs and hand it in again."
NO_CELLS = "{name} is not a notebook: it has no cells."
NO_FILE = "{name} is not an ordinary file."
NOT_READABLE = "{name} could not be read: {reason}."
EMPTY = "{name} is empty. Save the notebook and hand it in again."
ARCHIVE = "{name} is an archive, not a notebook. Unpack it, and hand in the notebook itself."
PAGE = "{name} is a page to look at, not a notebook. Hand in the notebook that it was made from."
CONFLICT = (
    "{name} holds both sides of a conflict in git: look for <<<<<<<. Keep one side, open it in Jupyter, save it, hand "
    "it in again."
)
DAMAGED = "{name} is not a notebook, or is damaged or cut off. Open it in Jupyter, save it, hand it in again."

# What was mended: likewise.

FOLLOWED = "Something followed the notebook in its file; it was left out."
SCRIPT = "It is a script, not a notebook; its code was judged."
SAVED_AS = "The file was saved as {encoding}, not plain UTF-8."
LATIN_1 = "The file is not UTF-8; it was read as Latin-1."
DAMAGED_CHARACTERS = "Some characters of the file were damaged; they were replaced."
MANY_CELLS = "The notebook has {count} cells; the first {most} were read."
DAMAGED_CELLS = "{count} damaged cell(s) could not be read."
OTHER_FORMAT = "The notebook's format was {format}, not 4."
OTHER_LANGUAGE = "The notebook's language was {language}; it was judged as Python."
CELLS_ELSEWHERE = "The cells were not where they should be in the file; they were found."
LINE_ENDS = "The line ends of another system were made plain ones."
NO_CHARACTERS = "Characters that code can't hold were taken out."
SAME_IDS = "Different cells had the same id; they were told apart by what is in them."
HOLDS_ANOTHER = "The cell {cell} holds {exercise}; it was judged as that."
MARKS_CHANGED = "nbgrader's marks of {cells} were changed; they were restored."
MARKS_LOST = "{count} cell(s) had lost nbgrader's marks; they were recognised all the same."
SPLIT = "The cell {exercise} was split; its parts were put together."
COPIES = "The cell {cell} was there {count} times."
COPIES_OF_SOLUTION = "The cell {cell} was there {count} times; the last one with work in it counts."
OTHER_KIND = "The cell {cell} was a {kind} cell; it is a {wanted} cell again."
OTHER_ORDER = "Cells were in another order; they were judged in the order of the notebook you were given."
ELSEWHERE = ("{} was found in another cell.", "{} were found in another cell.")
RESTORED = ("The locked cell {} was changed; it was restored.", "The locked cells {} were changed; they were restored.")
PUT_BACK = ("The cell {} was missing; it was put back.", "The cells {} were missing; they were put back.")


def of_cells(one_or_more: tuple[str, str], names: Sequence[str]) -> list[str]:
    """A sentence about cells, for one or for more of them; none for none."""
    return [one_or_more[len(names) > 1].format(", ".join(names))] if names else []


def which_was_graded(wanted: str, chosen: str, count: int, wanted_was: str) -> list[str]:
    """That another file than `wanted`, or one of several, was graded.

    Args:
        wanted_was: "missing", "damaged" or "untouched".
    """
    several = f" ({count} notebooks were handed in)" if count > 1 else ""
    if chosen == wanted:
        return [f"{wanted} was graded{several}."] if several else []
    why = {"missing": "was missing", "damaged": "could not be judged", "untouched": "had no work in it"}[wanted_was]
    return [f"{wanted} {why}; {chosen} was graded instead{several}."]
