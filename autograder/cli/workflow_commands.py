"""On GitHub, lines of a job's output can be commands to its runner: only ours are."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from typing import IO, Any

# A runner takes a line for a command if it begins with `::` or has `##[` anywhere, with what can't be seen around or
# between: https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
_NEW = re.compile(r"(^|[\r\n])([^!-~\r\n]*):(?=[^ -~]*:)")
_OLD = re.compile(r"#(?=[^ -~]*#[^ -~]*\[)")
_HALVES = ((":", ":"), ("#", "#"), ("#", "["))  # what a command may be put together from


class HarmlessStream:
    """A stream whose lines no runner takes for commands."""

    def __init__(self, stream: IO[str]) -> None:
        self.stream = stream
        self._last = ""

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError("this stream takes text")  # click writes bytes to find out
        if text:
            first = text.lstrip()[:1]
            joins = any(self._last == half and first == other for half, other in _HALVES)
            self.stream.write(" " * joins + harmless(text))
            self._last = text.rstrip(" \t")[-1:] or self._last
        return len(text)

    def writelines(self, lines: Any) -> None:
        for each in lines:
            self.write(each)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def harmless(text: str) -> str:
    """The text with a blank where a runner would see a command."""
    return _OLD.sub("# ", _NEW.sub(r"\1\2: ", text))


@contextmanager
def guarded_output() -> Iterator[None]:
    """Nothing that this process prints meanwhile is a command to GitHub's runner, if one reads it."""
    if os.environ.get("GITHUB_ACTIONS") != "true":
        yield
        return
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(HarmlessStream(sys.stdout)))
        stack.enter_context(redirect_stderr(HarmlessStream(sys.stderr)))
        yield


def print_commands(text: str) -> None:
    """Prints commands of ours."""
    stream = sys.stdout.stream if isinstance(sys.stdout, HarmlessStream) else sys.stdout
    sys.stdout.flush()
    stream.write(text)
    stream.flush()
