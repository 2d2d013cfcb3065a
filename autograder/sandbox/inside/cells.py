"""Runs notebook cells through IPython and records what they print, show and raise, in order."""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.text import SList
from traitlets import Type
from traitlets.config import Config

_MAX_IMAGE_CHARACTERS = 2_000_000
_MAX_EVALUE_CHARACTERS = 2_000


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
        if text := self._take(f"!{command}"):
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
                "evalue": value[:_MAX_EVALUE_CHARACTERS],
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


class _Stream(io.TextIOBase):
    """Stands in for `sys.stdout` or `sys.stderr`."""

    encoding = "utf-8"

    def __init__(self, shell: NotebookShell, name: str) -> None:
        self._shell = shell
        self._name = name

    def write(self, text: str) -> int:
        self._shell.recorder.stream(self._name, str(text))
        return len(text)

    def writable(self) -> bool:
        return True


class _Publisher(DisplayPublisher):
    shell: Any

    def publish(self, data: Any, metadata: Any = None, source: Any = None, **_: Any) -> None:
        self.shell.recorder.rich("display_data", data)

    def clear_output(self, wait: bool = False) -> None:
        self.shell.recorder.outputs.clear()


class _Hook(DisplayHook):
    shell: Any

    def quiet(self) -> bool:
        """Whether the cell ends with a semicolon; IPython would ask its history, which there is none of."""
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


class _Compiler(CachingCompiler):
    label = "cell"

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        return f"<{self.label}>"


class NotebookShell(InteractiveShell):
    """An IPython shell without terminal, history or prompts, which records outputs."""

    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)
    compiler_class = Type(_Compiler)
    compile: Any

    def __init__(self, **settings: Any) -> None:
        self.recorder = Recorder(0)
        self.source = ""
        super().__init__(**settings)  # type: ignore[no-untyped-call]

    def ask_exit(self) -> None:
        """What `exit()` asks for; here it ends the cell alone."""
        raise SystemExit

    def system(self, cmd: str) -> None:
        """`!command`, and the magics that are made of it: noted and left out, so that the rest of the cell runs."""
        self.recorder.not_run(cmd)
        self.user_ns["_exit_code"] = 1

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
        """`lines = !command`: as `system`, and empty."""
        self.system(cmd)
        return SList() if split else ""

    def enable_gui(self, gui: Any = None) -> None:
        """There is no event loop to join; matplotlib's inline backend asks anyway."""

    def _showtraceback(self, etype: type[BaseException], evalue: BaseException, stb: list[str]) -> None:
        text = _text_of(evalue)
        lines = stb if isinstance(evalue, SyntaxError) else _short_traceback(etype, evalue, text)
        self.recorder.error(etype.__name__, text, lines)


def make_shell() -> NotebookShell:
    """The one shell of this process, made before the fork: 50 ms that no guest spends again."""
    settings = Config()
    settings.HistoryManager.enabled = False
    settings.InteractiveShell.colors = "nocolor"
    settings.InteractiveShell.xmode = "Plain"
    settings.InteractiveShell.cache_size = 0
    shell: NotebookShell = NotebookShell.instance(config=settings)
    return shell


@contextmanager
def recording(shell: NotebookShell, max_characters: int) -> Iterator[Recorder]:
    """Everything printed or displayed inside goes to a fresh recorder."""
    saved = sys.stdout, sys.stderr
    recorder = shell.recorder = Recorder(max_characters)  # what the shell has, student code may replace
    sys.stdout, sys.stderr = _Stream(shell, "stdout"), _Stream(shell, "stderr")
    try:
        yield recorder
    finally:
        sys.stdout, sys.stderr = saved


def run_cell(shell: NotebookShell, source: str, label: str, max_characters: int) -> dict[str, Any]:
    """Runs one cell.

    Returns:
        `outputs`: in nbformat's form; `raised`: None, or what `describe` says of the exception.
    """
    shell.compile.label = label
    shell.source = source
    with recording(shell, max_characters) as recorder:
        result = shell.run_cell(source, store_history=False)  # type: ignore[no-untyped-call]
    error = result.error_before_exec or result.error_in_exec
    return {"outputs": recorder.all(), "raised": describe(error) if error is not None else None}


def _text_of(error: BaseException) -> str:
    """The exception's text; a student's own may itself raise when asked for it."""
    try:
        return str(error)
    except Exception:
        return ""


def _short_traceback(etype: type[BaseException], evalue: BaseException, text: str) -> list[str]:
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

    The place is the innermost line of a cell in the traceback: `cell`, a label; `line`, from 1; `code`, the text.
    """
    kind = type(error)
    told: dict[str, Any] = {
        "type": kind.__name__,
        "builtin": kind.__module__ == "builtins",
        "text": "",
        "cell": None,
        "line": None,
        "code": None,
    }
    try:
        told["text"] = str(error)[:_MAX_EVALUE_CHARACTERS]
        if isinstance(error, SyntaxError):
            told.update(cell=(error.filename or "").strip("<>"), line=error.lineno, code=error.text)
            return told
        for frame in traceback.extract_tb(error.__traceback__):
            if _in_cell(frame.filename):
                told.update(cell=frame.filename.strip("<>"), line=frame.lineno, code=frame.line)
    except Exception:  # an exception of the student's may itself raise when asked for its text
        pass
    return told
