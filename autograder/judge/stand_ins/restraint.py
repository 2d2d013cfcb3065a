"""What tests may not do in the grader, whatever they are given: anything that would run, parse or unpickle something
that student code made. It ends as an exception; `autograder audit` says so of tests that need it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import FrameType
from typing import Any

LABEL = "<tests "  # how the name begins that code of tests has in tracebacks
_PROGRAMS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty")
_LOOKED_AT = frozenset(("compile", "pickle.find_class", *_PROGRAMS))
_BETWEEN = ("ast", "textwrap", "codeop", "runpy", "doctest", "timeit", "importlib._bootstrap_external")

_state = threading.local()
_texts: dict[str, str] = {}


class ForbiddenError(Exception):
    """Tests would do in the grader what only a guest may."""


def allow(label: str, source: str) -> None:
    """Lets tests run text that stands in their own source."""
    _install()
    _texts[label] = _bare(source)


@contextmanager
def lifted() -> Iterator[None]:
    """What the grader itself does meanwhile is not the tests' doing."""
    before = getattr(_state, "lifted", False)
    _state.lifted = True
    try:
        yield
    finally:
        _state.lifted = before


@cache
def _install() -> None:
    """Looks from now on at all that goes on in this process; where no tests are at work it changes nothing."""
    sys.addaudithook(_look)


def _look(event: str, args: tuple[Any, ...]) -> None:
    if event not in _LOOKED_AT:  # nearly all that is told
        return
    if event == "compile":
        _look_at_text(args[0])
    elif event == "pickle.find_class" and _tests_at_work():
        raise ForbiddenError("the grader unpickles nothing that student code may have made")
    elif event != "pickle.find_class" and _tests_at_work():
        raise ForbiddenError("tests start no programs in the grader")


def _look_at_text(source: Any) -> None:
    if not isinstance(source, str | bytes) or (frame := _caller()) is None:
        return
    text = source.decode("utf-8", "replace") if isinstance(source, bytes) else source
    if not getattr(_state, "lifted", False) and _bare(text) not in _texts.get(frame.f_code.co_filename, ""):
        raise ForbiddenError("the grader parses and runs no text that is not the tests' own")


def _caller() -> FrameType | None:
    """The tests' code, if it is that which asks for something to be compiled, and no library of its own accord."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_globals.get("__name__") in (__name__, *_BETWEEN):
        frame = frame.f_back
    return frame if frame is not None and frame.f_code.co_filename.startswith(LABEL) else None


def _tests_at_work() -> bool:
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename.startswith(LABEL):
            return not getattr(_state, "lifted", False)
        frame = frame.f_back
    return False


def _bare(text: str) -> str:
    return "".join(text.split())
