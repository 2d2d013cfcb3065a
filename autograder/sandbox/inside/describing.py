"""What can be told of an exception of student code."""

from __future__ import annotations

import linecache
import os
import traceback
from typing import Any

from autograder.sandbox.inside import surroundings

MAX_TEXT_CHARACTERS = 2_000


def text_of(error: BaseException) -> str:
    """The exception's text; a student's own may itself raise when asked for it."""
    try:
        return str(error)
    except Exception:
        return ""


def short_traceback(etype: type[BaseException], evalue: BaseException, text: str) -> list[str]:
    """The lines of cells that led to the error, without libraries: what a student can act on."""
    lines = ["Traceback (most recent call last):"]
    for frame in traceback.extract_tb(evalue.__traceback__):
        if _in_cell(frame.filename):
            lines += [f"  {frame.filename.strip('<>')}, line {frame.lineno}", f"    {frame.line}"]
    return [*lines, f"{etype.__name__}: {text}"]


def _in_cell(filename: str) -> bool:
    return filename.startswith("<") and not filename.startswith("<frozen")


def describe(error: BaseException) -> dict[str, Any]:
    """What can be told of an exception: its type, whether that is a built-in one, text, and place in a cell.

    The place is the innermost line of a cell in the traceback: `cell`, a label; `line`, from 1; `code`, the text;
    `function`, the function that the line is in, and `owner`, the function or class of the notebook that this is in.
    `file`, if it was raised in a file of the work folder: the file's path there, and the function or method.
    Around it: `near`, a name that was probably meant, and `values`, what the failing expression is about
    (`surroundings`).
    """
    kind = type(error)
    told: dict[str, Any] = {
        "type": kind.__name__,
        "builtin": kind.__module__ == "builtins",
        "text": "",
        "cell": None,
        "line": None,
        "code": None,
        "function": None,
        "owner": None,
        "file": None,
        "near": None,
        "values": [],
    }
    try:
        here = os.environ.get("HOME") or "/"  # the work folder, whose name is none of the student's
        told["text"] = str(error)[:MAX_TEXT_CHARACTERS].replace(f"{here}/", "").replace(here, ".")
        if isinstance(error, SyntaxError):
            told["text"] = str(error.msg)[:MAX_TEXT_CHARACTERS]  # without the name that Python has for a cell
            told.update(cell=(error.filename or "").strip("<>"), line=error.lineno, code=error.text)
            return told
        step = surroundings.place(error, _in_cell)
        if step is not None:
            code = step.tb_frame.f_code
            line = linecache.getline(code.co_filename, step.tb_lineno).strip()
            told.update(cell=code.co_filename.strip("<>"), line=step.tb_lineno, code=line)
            told.update(function=code.co_name, owner=code.co_qualname.partition(".")[0])
            told["values"] = surroundings.values_at(step)
        told["file"] = _raised_in(error, here)
        told["near"] = surroundings.near_name(error, step)
    except Exception:  # an exception of the student's may itself raise when asked for its text
        pass
    return told


def _raised_in(error: BaseException, folder: str) -> list[str] | None:
    """The file of a folder whose code raised, and the function or method with its class; None if it is in no such."""
    step = error.__traceback__
    while step is not None and step.tb_next is not None:
        step = step.tb_next
    code = step.tb_frame.f_code if step is not None else None
    if code is None or not code.co_filename.startswith(f"{folder.rstrip('/')}/"):
        return None
    return [os.path.relpath(code.co_filename, folder), code.co_qualname.partition(".<locals>")[0]]
