"""Runs notebook cells through IPython, statement by statement: one that fails is left out, and the rest runs."""

from __future__ import annotations

import ast
import re
import warnings
from typing import Any, TypeVar

from IPython.core.compilerop import CachingCompiler
from IPython.core.error import UsageError
from IPython.core.inputtransformer2 import TransformerManager
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.text import SList
from traitlets import Type
from traitlets.config import Config

from autograder.sandbox.inside import magics, newer_syntax, statements, substitutes
from autograder.sandbox.inside.describing import describe, short_traceback, text_of
from autograder.sandbox.inside.recorder import Hook, Publisher, Recorder, recording

_SHOWN_FAILED = 20  # statements of one cell whose tracebacks are shown; others run and fail without
_MAX_FAILED = 200  # that are told of
_MAX_CODE_CHARACTERS = 300


# What IPython's own syntax needs: an escape at the beginning of a line or of what is assigned, or a question mark.
_MAYBE_ESCAPED = re.compile(r"\?|^\s*[%!,;/]|=[\s\\]*[%!]", re.MULTILINE)


class _Transformer(TransformerManager):
    """IPython's, which takes each cell apart into tokens to look for its own syntax, where there can be some."""

    def do_token_transforms(self, lines: list[str]) -> list[str]:
        found: list[str] = super().do_token_transforms(lines) if _MAYBE_ESCAPED.search("".join(lines)) else lines  # type: ignore[no-untyped-call]
        return found


class _Compiler(CachingCompiler):
    label = "cell"

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        return f"<{self.label}>"


class NotebookShell(InteractiveShell):
    """An IPython shell without terminal or prompts, which records outputs, and statements that failed."""

    displayhook_class = Type(Hook)
    display_pub_class = Type(Publisher)
    compiler_class = Type(_Compiler)
    compile: Any
    history_manager: Any

    def __init__(self, **settings: Any) -> None:
        self.recorder = Recorder(0)
        self.source = ""
        self.failed: list[dict[str, Any]] = []
        self._memory = magics.Memory()
        self._newer: newer_syntax.Older | None = None
        super().__init__(**settings)  # type: ignore[no-untyped-call]
        self.input_transformer_manager = _Transformer()  # type: ignore[no-untyped-call]

    def should_run_async(self, raw_cell: str, **transformed: Any) -> bool:
        """IPython compiles each cell to find out."""
        may_wait = "await" in raw_cell or "async" in raw_cell
        return may_wait and bool(super().should_run_async(raw_cell, **transformed))

    @property
    def db(self) -> magics.Memory:
        """IPython's own is a folder of the grader's, which no guest can write to."""
        return self._memory

    @db.setter
    def db(self, _: Any) -> None: ...

    def ask_exit(self) -> None:
        """What `exit()` asks for; here it ends its statement alone."""
        raise SystemExit

    def system(self, cmd: str) -> None:
        """`!command`, and the magics that are made of it: noted and left out, so that the rest of the cell runs."""
        self.recorder.not_run(f"!{cmd}")
        self.user_ns["_exit_code"] = 1

    def getoutput(self, cmd: str, split: bool = True, depth: int = 0) -> Any:
        """`lines = !command`: as `system`, and empty."""
        self.system(cmd)
        return SList() if split else ""

    def enable_gui(self, gui: Any = None) -> None:
        """There is no event loop to join; matplotlib's inline backend asks anyway."""

    def run_line_magic(self, magic_name: str, line: str, _stack_depth: int = 1) -> Any:
        """`%magic`: see above for those that are left out."""
        asked = f"%{magic_name} {line}".strip()
        if (chosen := magics.instead(magic_name, line)) is None:
            self.recorder.not_run(asked)
            return None
        magic_name, line = chosen
        return super().run_line_magic(magic_name, line, _stack_depth + 1)

    def magic(self, arg_s: str) -> Any:
        """What `%` was called before."""
        name, _, line = arg_s.lstrip("% ").partition(" ")
        return self.run_line_magic(name, line)

    def run_cell_magic(self, magic_name: str, line: str, cell: str) -> Any:
        """`%%magic`: where it is not known here, or only watches, its body runs as code."""
        if magic_name in magics.OTHER_PROGRAMS:
            return self.recorder.not_run(f"%%{magic_name} {line}".strip())
        known = self.find_cell_magic(magic_name) is not None  # type: ignore[no-untyped-call]
        if known and magic_name not in magics.PLAIN:
            return super().run_cell_magic(magic_name, line, magics.below(cell) if magic_name == "capture" else cell)  # type: ignore[no-untyped-call]
        if not known:
            error = UsageError(f"Cell magic `%%{magic_name}` not found.")
            self._note(describe(error), 1, f"%%{magic_name} {line}".strip(), [], followed=True)
        self.run(magics.below(cell))
        return None

    def run(self, source: str) -> Any:
        """Runs a text as a cell; where only the syntax of a newer Python keeps it from running, without that."""
        outputs = len(self.recorder.outputs)
        result = self.run_cell(source, store_history=False)  # type: ignore[no-untyped-call]
        if not isinstance(result.error_before_exec, SyntaxError):
            return result
        older = newer_syntax.older(source)
        if older is None or not self._is_code(older.source):
            return result
        del self.recorder.outputs[outputs:]
        substitutes.note(f"python {older.version}")
        self._newer = older
        for name in older.type_names:
            self.user_ns.setdefault(name, TypeVar(name))
        try:
            return self.run_cell(older.source, store_history=False)  # type: ignore[no-untyped-call]
        finally:
            self._newer = None

    def _is_code(self, source: str) -> bool:
        try:
            self.compile.ast_parse(self.transform_cell(source))  # type: ignore[no-untyped-call]
        except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
            return False
        return True

    async def run_ast_nodes(
        self,
        nodelist: list[ast.stmt],
        cell_name: str,
        interactivity: str = "last_expr",
        compiler: Any = compile,
        result: Any = None,
    ) -> bool:
        """Runs one statement after another, those after a failed one as well; `result` has the first failure."""
        newer, self._newer = self._newer, None  # a cell inside this one is another text
        nodes = statements.parted(nodelist)
        first: list[BaseException] = []
        for number, node in enumerate(nodes, 1):
            error = self._too_new(node, newer)
            if error is None:
                shown = interactivity if number == len(nodes) else "none"
                result.error_in_exec = None
                await super().run_ast_nodes([node], cell_name, shown, compiler, result)
                error = result.error_in_exec or result.error_before_exec
                if error is None or await self._runs_without_hints(node, cell_name, compiler, result):
                    continue
                told = describe(error)
            else:
                told = {**describe(error), "newer": newer.version if newer else None}
            first = first or [error]
            text = statements.text_of(node, self.source)
            names = statements.bound_names(node)
            self._note(told, statements.first_line(node), text, names, followed=number < len(nodes))
            result.error_before_exec = None
        result.error_in_exec = first[0] if first else None
        return bool(first)

    async def _runs_without_hints(self, node: ast.stmt, cell_name: str, compiler: Any, result: Any) -> bool:
        """Whether a definition that failed does not without its type hints, which nothing here is judged by."""
        if (bare := statements.without_hints(node)) is None:
            return False
        failed, outputs = (result.error_in_exec, result.error_before_exec), len(self.recorder.outputs)
        result.error_in_exec = result.error_before_exec = None
        await super().run_ast_nodes([bare], cell_name, "none", compiler, result)
        if result.error_in_exec is None and result.error_before_exec is None:
            del self.recorder.outputs[outputs - 1 :]
            substitutes.note(substitutes.HINTS)
            return True
        del self.recorder.outputs[outputs:]
        result.error_in_exec, result.error_before_exec = failed
        return False

    def _too_new(self, node: ast.stmt, newer: newer_syntax.Older | None) -> SyntaxError | None:
        """Why a statement can't run that is only near to what the student wrote."""
        if newer is None or newer.changed_lines.isdisjoint(
            range(statements.first_line(node), (node.end_lineno or 0) + 1)
        ):
            return None
        error = SyntaxError(f"Python {newer.version}")
        self.recorder.error("SyntaxError", f"Python {newer.version}", [])
        return error

    def _note(self, told: dict[str, Any], line: int, code: str, names: list[str], followed: bool) -> None:
        if len(self.failed) < _MAX_FAILED:
            code = code[:_MAX_CODE_CHARACTERS]
            self.failed.append({"raised": told, "line": line, "code": code, "names": names, "followed": followed})

    def showtraceback(self, *arguments: Any, **keywords: Any) -> None:
        """Putting a traceback together takes longer than most statements."""
        if len(self.failed) < _SHOWN_FAILED:
            super().showtraceback(*arguments, **keywords)

    def _showtraceback(self, etype: type[BaseException], evalue: BaseException, stb: list[str]) -> None:
        text = text_of(evalue)
        lines = stb if isinstance(evalue, SyntaxError) else short_traceback(etype, evalue, text)
        self.recorder.error(etype.__name__, text, lines)


def make_shell() -> NotebookShell:
    """The one shell of this process, made before the fork: 50 ms that no guest spends again."""
    settings = Config()
    settings.HistoryManager.enabled = False
    settings.InteractiveShell.colors = "nocolor"
    settings.InteractiveShell.xmode = "Plain"
    settings.InteractiveShell.cache_size = 0
    shell: NotebookShell = NotebookShell.instance(config=settings)
    shell.run_line_magic("load_ext", "storemagic")
    warnings.filterwarnings("ignore", message="To exit: use")  # what IPython says to who sits at a terminal
    return shell


def run_cell(shell: NotebookShell, source: str, label: str, max_characters: int) -> dict[str, Any]:
    """Runs one cell.

    Returns:
        `outputs`: in nbformat's form. `raised`: None, or what `describe` says of the first exception. `failed`: of each
        statement that was left out, what it `raised`, its `line` (from 1), its first line as `code`, the `names` that
        it binds, and whether another statement `followed`. `notes`: of `substitutes`.
    """
    shell.compile.label = label
    shell.source = source.lstrip("\n")  # as IPython counts lines
    shell.failed = []
    substitutes.look_at(source)
    shell.history_manager.store_inputs(shell.execution_count, source)
    with recording(shell, max_characters) as recorder:
        result = shell.run(source)
    shell.execution_count += 1
    error = result.error_before_exec or result.error_in_exec
    raised = describe(error) if error is not None else None
    if raised is not None and result.error_before_exec is not None:
        raised["cell"] = label  # a text that is no code is of this cell, whoever finds it out
    failed = shell.failed
    return {"outputs": recorder.all(), "raised": raised, "failed": failed, "notes": substitutes.taken_notes()}
