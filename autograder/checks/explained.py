"""What students are told of an exception: what it says, where, and the usual cause with the next step.

All of it is the student's, as a guest tells it, and bounded here. On hidden inputs only the kind is told.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from autograder.checks import messages
from autograder.checks.inputs import public_inputs
from autograder.checks.messages import CheckFailed
from autograder.checks.python_errors import PYTHON_ERRORS, Known
from autograder.checks.torch_errors import TORCH_ERRORS
from autograder.sandbox.outcome import Outcome

if TYPE_CHECKING:
    from autograder.sandbox.notebook_run import NotebookRun

_MAX_LINE_CHARACTERS = 80
_MAX_VALUES = 3
_MANY_DIGITS = re.compile(r"\d{3}|\d\.\d")  # a number that could hold more than a kind
_DOTTED = re.compile(r"\.?[A-Za-z_]\w{0,39}(?:\.[A-Za-z_]\w{0,39}){0,4}")
_DTYPE = re.compile(r"[a-z]{1,12}\d{0,3}")
_SHAPES = re.compile(r"shape|size|dimension|1D tensors|matri|broadcast")
_DTYPES = re.compile(r"same dtype|Found dtype|scalar type|be cast to")
_KEYWORDS = ("return", "def", "for", "while", "class", "import", "from", "with", "if", "elif", "else", "in", "lambda")
# Where what PyTorch says further begins.
_FURTHER = re.compile(r"\. | \(or |: \[torch\.|, but expected one of|\n")
_PARAMETERS = "Keep the parameters that the notebook gives this function."
_OUTSIDE = re.compile(r"\(\) (?:takes|missing|got an unexpected)|got multiple values")


def raised(run: NotebookRun, called: str, told: Mapping[str, Any]) -> CheckFailed:
    """A call raised; `told` is what the guest says of the exception."""
    public = public_inputs.get()
    line = line_of(run, told) if public else ""
    cause = usual_cause(told, line, public)
    text = told.get("text")
    # What does not fit other data alone was probably made to fit the notebook's.
    is_size = isinstance(text, str) and _SHAPES.search(text) is not None
    words = _words(told, line, cause) if public else messages.raised_words(told, False, guess=is_size or not cause)
    return CheckFailed(_sentences(f"`{called}` {words}", cause))


def unwritten(run: NotebookRun, exercise: str, called: str, name: str, told: Mapping[str, Any]) -> CheckFailed:
    """For a bare NotImplementedError: a stub that is still there, or one that the student's own code holds.

    Args:
        exercise: the one that is judged; its function `name` was called. Empty if that is in no exercise.
    """
    cell, owner, file = told.get("cell"), told.get("owner"), told.get("file")
    if isinstance(file, list):
        return _unwritten_in_file(run, called, name, file)
    for each in (told.get("function"), owner):
        if isinstance(each, str) and (home := run.homes.get(each)) is not None:
            return messages.not_written(each) if home == exercise else messages.needs_unwritten(called, each)
    others = [each.solution for each in run.cells if each.solution not in (None, exercise)]
    if (other := next((each for each in others if each == cell), None)) is not None:
        return messages.needs_unwritten(called, other)
    if cell != exercise or owner == "<module>":
        return messages.not_written(name)
    return CheckFailed(
        f"`{called}` raised NotImplementedError in a function or class that you added. Does a class lack the method "
        "that takes the place of its parent's, or is its name misspelt?"
    )


def _unwritten_in_file(run: NotebookRun, called: str, name: str, file: list[Any]) -> CheckFailed:
    """The same for what was raised in a file; its names are the instructor's own."""
    path, function = next((each for each in run.file_stubs if list(each) == file), ("", ""))
    if not path:
        return CheckFailed(f"`{called}` raised NotImplementedError in a file beside the notebook.")
    said = f"`{function}` in {path} is not written yet"
    if name.rpartition(".")[2] != function.rpartition(".")[2]:
        return CheckFailed(f"`{called}` needs `{function}`, but {said}.")
    said = f"{said}: it still holds the `raise NotImplementedError()` it was given with."
    return CheckFailed(said, not_written=True)


def raised_again(called: str) -> CheckFailed:
    """What the notebook's own data have shown already."""
    return CheckFailed(f"`{called}` raised the same error as for the notebook's own data.")


# How an exercise ends where earlier ones are right.
_WRONG = "gives another answer than it should"
_NOT_FINITE = "gives NaN or infinity"
_GONE = "does not exist"
_ENDS: dict[str, str] = {
    Outcome.TIMED_OUT: "does not come to an end in time. Is there a loop that never ends?",
    Outcome.OUT_OF_MEMORY: "runs out of memory. Does something grow in a loop, or is a tensor far too big?",
}
_ENDED = "ends Python, or its answer can't be read"
NOT_TRIED_AGAIN = "Not tried, because this exercise had to be stopped."


def where_earlier_ones_are_right(name: str, earlier: Sequence[str], kind: str, value: Any, advice: str) -> str:
    """What is still wrong with the exercise `name` where reference code stands for `earlier` ones.

    Its guest could read that code: all that comes of it is one of a few kinds, in fixed words.

    Args:
        kind, value: what its last call came to, as in `notebook.Call`.
        advice: the check's own, for what it found.
    """
    then = advice if kind == "value" and not _MANY_DIGITS.search(advice) else ""
    wrong = _NOT_FINITE if advice == messages.NOT_FINITE else _WRONG
    how = ({"value": wrong, "missing": _GONE} | _ENDS).get(kind, _ENDED)
    if kind == "raised":
        error, text = value[:2]
        told = {"type": error, "text": text, "line": 0, "builtin": True}
        how = f"raises {messages.hidden_kind(told)}"
        then = usual_cause(told, public=False)
    return _sentences(f"Where {messages.these_are(earlier)} right, `{name}` {how}", then)


def of_cell(run: NotebookRun, told: Mapping[str, Any]) -> str:
    """What became of a cell or a statement, after "its cell", with the cause behind it."""
    line = line_of(run, told)
    cause = usual_cause(told, line)
    return _sentences(_words(told, line, cause), cause)


def _words(told: Mapping[str, Any], line: str, cause: str) -> str:
    """What was raised, in a clause; of a text that is explained, the first sentence will do."""
    text = told.get("text")
    brief = _FURTHER.split(text, 1)[0] if cause and isinstance(text, str) else text
    return messages.raised_words({**told, "text": brief}, True, line) + _values(told)


def usual_cause(told: Mapping[str, Any], line: str = "", public: bool = True) -> str:
    """At most two sentences: the usual cause of an exception and the next step; "" if it has none.

    Args:
        line: the student's line that raised, where that may be shown.
        public: whether names may be told. Without, the words are those of a fixed table.
    """
    if told.get("builtin") is not True or not isinstance(kind := told.get("type"), str):
        return ""
    text = told.get("text")
    text = text[:500] if isinstance(text, str) else ""
    if kind == "TypeError" and told.get("line") is None and _OUTSIDE.search(text):
        return _PARAMETERS
    found = _find(kind, text, line)
    if found is None:
        return ""
    known, groups = found
    names = {**groups, "near": _near(told, known, line), "nothing": _nothing(told)} if public else {}
    wanted = re.findall(r"\{(\w+)\}", known.here)
    if wanted and all(names.get(each) for each in wanted):
        return known.here.format(**names)
    return known.cause


@lru_cache(maxsize=1_000)
def _find(kind: str, text: str, line: str) -> tuple[Known, dict[str, str]] | None:
    for known in (*TORCH_ERRORS, *PYTHON_ERRORS):
        match = re.search(known.text, text) if re.fullmatch(known.type, kind) else None
        if match is not None and (not known.line or re.search(known.line, line)):
            return known, match.groupdict()
    return None


def line_of(run: NotebookRun, told: Mapping[str, Any]) -> str:
    """The student's line that an exception comes from; "" where the notebook has no such line."""
    number = told.get("line")
    source = next((cell.source for cell in run.cells if cell.label == told.get("cell")), "")
    lines = source.lstrip("\n").splitlines()  # as IPython counts lines
    if type(number) is not int or not 0 < number <= len(lines):
        return ""
    line = messages.one_line(lines[number - 1]).replace("`", "'")
    return line if len(line) <= _MAX_LINE_CHARACTERS else f"{line[: _MAX_LINE_CHARACTERS - 1]}…"


def _near(told: Mapping[str, Any], known: Known, line: str) -> str:
    """What was probably meant: a name as the guest found it, or a word of Python for the first one of the line."""
    if "SyntaxError" in known.type:
        first = line.split(maxsplit=1)[0] if line.split() else ""
        close = difflib.get_close_matches(first, _KEYWORDS, 1, 0.7)
        return close[0] if close and first not in _KEYWORDS else ""
    near = told.get("near")
    return near if isinstance(near, str) and _DOTTED.fullmatch(near) else ""


def _told_values(told: Mapping[str, Any]) -> list[tuple[str, str, list[int], str]]:
    """Name, kind, shape and dtype of what the line is about, as far as the guest's words are of that form."""
    found = []
    listed = told.get("values")
    for each in listed[:_MAX_VALUES] if isinstance(listed, list) else ():
        if not isinstance(each, list) or len(each) != 4:
            continue
        name, kind, shape, dtype = each
        sizes = shape[:6] if isinstance(shape, list) else []
        if isinstance(name, str) and _DOTTED.fullmatch(name) and all(type(size) is int for size in sizes):
            is_word = isinstance(dtype, str) and _DTYPE.fullmatch(dtype)
            found.append((name, str(kind), sizes, dtype if is_word else ""))
    return found


def _nothing(told: Mapping[str, Any]) -> str:
    return next((name for name, kind, _, _ in _told_values(told) if kind == "none"), "")


def _values(told: Mapping[str, Any]) -> str:
    """ ", where `x` has shape (6, 2) and `W` (3, 1)" if the error is about shapes; likewise for dtypes."""
    text = told.get("text")
    tensors = [each for each in _told_values(told) if each[1] == "tensor"]
    if not isinstance(text, str) or not tensors:
        return ""
    if _DTYPES.search(text):
        told_each = [f"`{name}` is {dtype}" for name, _, _, dtype in tensors if dtype]
    elif _SHAPES.search(text):
        told_each = [
            f"`{name}` {'' if at else 'has shape '}{_shape(sizes)}" for at, (name, _, sizes, _) in enumerate(tensors)
        ]
    else:
        return ""
    return f", where {' and '.join([', '.join(told_each[:-1]), told_each[-1]] if told_each[1:] else told_each)}"


def _shape(sizes: list[int]) -> str:
    return f"({', '.join(str(size) for size in sizes)}{',' * (len(sizes) == 1)})"


def _sentences(first: str, second: str) -> str:
    """One after the other; the last one may still need its full stop."""
    if second:
        return f"{first}{'' if first[-1] in '.?' else '.'} {second}"
    return first if first[-1] in ".?" else f"{first}."


def place(told: Mapping[str, Any]) -> tuple[str, int] | None:
    """The cell and the line that raised; None on hidden inputs, which a number of a line could carry."""
    match told:
        case {"cell": str(cell), "line": int(line)} if public_inputs.get():
            return cell, line
    return None
