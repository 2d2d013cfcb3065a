"""Records what a cell prints, shows and raises, in order, in nbformat's form."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher

from autograder.sandbox.inside.describing import MAX_TEXT_CHARACTERS

_MAX_IMAGE_CHARACTERS = 2_000_000


class Recording(Protocol):
    """A shell, as far as it records."""

    recorder: Recorder


class Recorder:
    """Collects one cell's outputs in nbformat's form, up to a number of characters.

    Two notes are our own: "not_run", a `command` that was left out, and "cut_off". The grader has the words for both.
    """

    def __init__(self, max_characters: int) -> None:
        self.outputs: list[dict[str, Any]] = []
        self._left = max_characters
        self._images_left = _MAX_IMAGE_CHARACTERS

    def stream(self, name: str, text: str) -> None:
        if not (text := self._take(text)):
            return
        last = self.outputs[-1] if self.outputs else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["text"] += text
        else:
            self.outputs.append({"output_type": "stream", "name": name, "text": text})

    def not_run(self, command: str) -> None:
        """Notes a command that was left out."""
        if text := self._take(command):
            self.outputs.append({"output_type": "not_run", "command": text})

    def rich(self, output_type: str, data: dict[str, Any]) -> None:
        kept = {}
        for mime, content in data.items():
            if not isinstance(content, str):
                continue
            if mime.startswith("image/"):
                self._images_left -= len(content)
                if self._images_left >= 0:
                    kept[mime] = content
            elif text := self._take(content):
                kept[mime] = text
        if kept:
            self.outputs.append({"output_type": output_type, "data": kept, "metadata": {}})

    def error(self, name: str, value: str, lines: list[str]) -> None:
        self.outputs.append(
            {
                "output_type": "error",
                "ename": name,
                "evalue": value[:MAX_TEXT_CHARACTERS],
                "traceback": [self._take(line) for line in lines],
            }
        )

    def _take(self, text: str) -> str:
        if self._left <= 0:
            return ""
        kept = text[: self._left]
        self._left -= len(text)
        return kept

    def all(self) -> list[dict[str, Any]]:
        """All outputs, with a note at the end if there were more."""
        return [*self.outputs, *([{"output_type": "cut_off"}] if self._left <= 0 else [])]


class Stream(io.TextIOBase):
    """Stands in for `sys.stdout` or `sys.stderr`."""

    encoding = "utf-8"

    def __init__(self, shell: Recording, name: str) -> None:
        self._shell = shell
        self._name = name

    def write(self, text: str) -> int:
        self._shell.recorder.stream(self._name, str(text))
        return len(text)

    def writable(self) -> bool:
        return True


class Publisher(DisplayPublisher):
    shell: Any

    def publish(self, data: Any, metadata: Any = None, source: Any = None, **_: Any) -> None:
        self.shell.recorder.rich("display_data", data)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.recorder.outputs.clear()


class Hook(DisplayHook):
    shell: Any

    def quiet(self) -> bool:
        """Whether the cell ends with a semicolon; IPython would ask its history."""
        return bool(self.semicolon_at_end_of_expression(self.shell.source))  # type: ignore[no-untyped-call]

    def start_displayhook(self) -> None:
        pass

    def write_output_prompt(self) -> None:
        pass

    def write_format_data(self, format_dict: dict[str, Any], md_dict: Any = None) -> None:
        self.shell.recorder.rich("execute_result", format_dict)

    def log_output(self, format_dict: dict[str, Any]) -> None:
        pass

    def finish_displayhook(self) -> None:
        pass


@contextmanager
def recording(shell: Recording, max_characters: int) -> Iterator[Recorder]:
    """Everything printed or displayed inside goes to a fresh recorder."""
    saved = sys.stdout, sys.stderr
    recorder = shell.recorder = Recorder(max_characters)  # what the shell has, student code may replace
    sys.stdout, sys.stderr = Stream(shell, "stdout"), Stream(shell, "stderr")
    try:
        yield recorder
    finally:
        sys.stdout, sys.stderr = saved
