"""Counter-examples: small inputs that a student can work out by hand, and what is said of one that shows a mistake."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from autograder.checks.catalogue import has_module, load_entries
from autograder.course.assignment import Assignment
from autograder.course.errors import CourseError
from autograder.sandbox.values import Array

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from autograder.checks.notebook import Notebook

MODULE = "counter_examples"
_NAME = "COUNTER_EXAMPLES"

# Room for float32's rounding, and for what right answers add inside of a log. Nobody sees less by hand.
_RTOL = 1e-3
_ATOL = 1e-5

_DIGITS = range(2, 8)
_INPUT_DIGITS = 6
_MAX_NUMBERS = 100  # of an answer: nobody works out more by hand


@dataclass(frozen=True)
class CounterExample:
    """Where to look for a small input on which a wrong answer shows.

    Attributes:
        exercise: whose code is asked.
        called: its function, as students know it: "cost".
        arguments: a Hypothesis strategy of what it is called with: a dict of values by the names of the parameters, in
            their order. It should draw only what a student could work out by hand, the simplest first, and nothing
            about which right answers may differ.
        right: the right value, from the same arguments by name: a number, a list of numbers or a tensor.
        ask: what came back, from the notebook and the arguments by name, where that is more than calling `called`.
        part: which part of the answer `ask` gives: "the costs".
    """

    exercise: str
    called: str
    arguments: SearchStrategy[dict[str, Any]]
    right: Callable[..., Any]
    ask: Callable[..., Any] | None = None
    part: str = ""

    def asked(self, student: Notebook, arguments: Mapping[str, Any]) -> Any:
        """What the student's code gives. Raises CheckFailed if it gives nothing."""
        if self.ask is not None:
            return self.ask(student, **arguments)
        return getattr(student, self.called)(*arguments.values())


def has_counter_examples(assignment: Assignment) -> bool:
    """Whether the assignment has a module of them."""
    return has_module(assignment, MODULE)


def load_counter_examples(assignment: Assignment) -> tuple[CounterExample, ...]:
    """`COUNTER_EXAMPLES` of the assignment's `counter_examples` module; empty if there is none.

    Raises:
        CourseError: the module can't be imported, or holds something else.
    """
    entries: tuple[CounterExample, ...] = load_entries(assignment, MODULE, _NAME, CounterExample)
    exercises = [each.name for each in assignment.exercises]
    for number, entry in enumerate(entries, 1):
        where = f"{_NAME} in {assignment.checks_folder / MODULE}: entry {number}"
        if entry.exercise not in exercises:
            raise CourseError(f"{where} is of the exercise {entry.exercise}, which the assignment does not have.")
        if not _is_strategy(entry.arguments):
            raise CourseError(f"{where} needs a Hypothesis strategy as its `arguments`.")
        if not callable(entry.right) or not (entry.ask is None or callable(entry.ask)):
            raise CourseError(f"{where} needs functions as its `right` and `ask`.")
    return entries


def _is_strategy(value: Any) -> bool:
    from hypothesis.strategies import SearchStrategy  # slow to import, and only needed once something is wrong

    return isinstance(value, SearchStrategy)


# What is said of one.


def inputs_words(arguments: Mapping[str, Any]) -> str:
    """ "h = [0.9, 0.2], y = [1, 0]": a column is written flat."""
    return ", ".join(f"{name} = {_input(value)}" for name, value in arguments.items())


def differs(came_back: Any, right: Any) -> bool | None:
    """Whether other numbers came back than those that are right; None if it is no numbers, or not so many."""
    mine, theirs = _numbers(came_back), _numbers(right)
    if mine is None or theirs is None or len(mine) != len(theirs):
        return None
    return any(map(_apart, mine, theirs))


def gave(entry: CounterExample, arguments: Mapping[str, Any], came_back: Any, right: Any) -> str:
    """The sentence about an input on which the two differ (see `differs`)."""
    mine, theirs = _numbers(came_back) or [], _numbers(right) or []
    pairs = [pair for pair in zip(mine, theirs, strict=True) if _apart(*pair)]
    digits = next((each for each in _DIGITS if all(_told_apart(*pair, each) for pair in pairs)), _DIGITS[-1])
    is_list = not (isinstance(right, int | float) or (isinstance(right, torch.Tensor) and right.dim() == 0))
    first, second = (_listed([_number(each, digits) for each in values], is_list) for values in (mine, theirs))
    what = f"{entry.part} {first}" if entry.part else first
    return f"Try it: `{entry.called}` of {inputs_words(arguments)} gave {what}, expected {second}."


def raised(entry: CounterExample, arguments: Mapping[str, Any], words: str) -> str:
    """The sentence about an input with which it raised; `words` start with "raised"."""
    return f"Try it: `{entry.called}` of {inputs_words(arguments)} {words}"


def broken(entry: CounterExample, reason: str) -> str:
    """For staff: an entry is at fault."""
    return f"the counter-examples of `{entry.called}` can't be used: {reason}"


def _numbers(value: Any) -> list[float] | None:
    """The numbers in a tensor, a list or a number, one after another; None if it is something else, or too large."""
    if isinstance(value, Array):
        value = value.tensor
    if isinstance(value, torch.Tensor):
        if value.numel() > _MAX_NUMBERS:
            return None
        return [float(each) for each in value.detach().double().flatten().tolist()]
    if isinstance(value, int | float):
        return [float(value)]
    if not isinstance(value, list | tuple) or len(value) > _MAX_NUMBERS:
        return None
    parts = [_numbers(each) for each in value]
    return [part[0] for part in parts if part] if all(part and len(part) == 1 for part in parts) else None


def _apart(one: float, other: float) -> bool:
    return not (one == other or abs(one - other) <= _ATOL + _RTOL * abs(other))


def _told_apart(one: float, other: float, digits: int) -> bool:
    return float(_number(one, digits)) != float(_number(other, digits))


def _number(value: float, digits: int) -> str:
    """A number with at least `digits` significant digits, without those that say nothing: 0.33, 123, 2, 1.5e-09."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else ("infinity" if value > 0 else "-infinity")
    if value == 0 or not 1e-6 <= abs(value) < 1e7:
        return f"{value + 0.0:.{digits}g}"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return min(f"{value:.{places}f}", f"{value:.6g}", key=len)


def _input(value: Any) -> str:
    if isinstance(value, torch.Tensor):
        is_column = value.dim() == 2 and value.shape[1] == 1
        return _input((value.flatten() if is_column else value).tolist())
    if isinstance(value, list | tuple):
        return _listed([_input(each) for each in value], True)
    return f"{value:.{_INPUT_DIGITS}g}" if isinstance(value, float) else str(value)


def _listed(texts: Sequence[str], is_list: bool) -> str:
    return f"[{', '.join(texts)}]" if is_list else texts[0]
