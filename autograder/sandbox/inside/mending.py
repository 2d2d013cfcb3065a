"""Tries edits of a student's code: each is put in the place of what the student wrote, and asked what checks ask."""

from __future__ import annotations

import ast
import hashlib
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

import torch

from autograder.sandbox import wire
from autograder.sandbox.inside.calls import Answerer
from autograder.sandbox.inside.cells import NotebookShell
from autograder.sandbox.inside.edits.listing import all_edits
from autograder.sandbox.inside.edits.tree import Edit, Scene, get, kind_of, parsed, put

_Request = tuple[Mapping[str, Any], Mapping[str, torch.Tensor]]


_OBSERVED_SECONDS = 0.5
_SLOW_ENOUGH = 3  # endless loops in one line, after which its other edits are not tried


class _TooSlow(BaseException):
    """An edit made an endless loop, or nearly one. Not an Exception: student code would catch it."""


class Workbench:
    """The student's cells of one exercise as trees, and their edits. All numbers are those of `open`'s list."""

    def __init__(self, shell: NotebookShell, answerer: Answerer) -> None:
        self._shell = shell
        self._answerer = answerer
        self._tree = ast.Module([], [])
        self._names: tuple[str, ...] = ()
        self._edits: list[Edit] = []
        self._homes: dict[int, int] = {}
        self._requests: list[_Request] = []
        self._done: list[tuple[Any, Any]] = []
        self._earlier: list[tuple[list[Edit], list[tuple[Any, Any]]]] = []
        self._refs = 0

    def answer(self, request: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> bytes:
        """One packed reply; `judge.workbench` has the words of this conversation."""
        reply: dict[str, Any] = {}
        frames: dict[str, torch.Tensor] = {}
        do = request["do"]
        if do == "open":
            self._open(request["sources"], request["names"])
        elif do == "go on":
            self._earlier.append((self._edits, self._done))
            self._done = []
            self._refs = self._answerer.count_refs()
        elif do == "list":
            reply["edits"] = self._listed()
        elif do == "go back":
            self._go_back()
        elif do == "close":
            self._close()
        elif do == "load":
            self._load(request["first"], request["request"], tensors)
        elif do == "set":
            self._set(request["numbers"])
        else:
            started = time.process_time()
            reply["answers"], reply["tried"], frames = self._try(
                request["tries"], request["cpu_seconds"], request["cpu_seconds_each"]
            )
            reply["cpu_seconds"] = time.process_time() - started
        return wire.pack({"sequence": request["sequence"], **reply}, frames)

    def _open(self, sources: Sequence[str], names: Sequence[str]) -> None:
        """Reads the cells."""
        self._refs = self._answerer.count_refs()
        self._names = tuple(names)
        self._tree = ast.Module([], [])
        for cell, source in enumerate(sources):
            try:
                self._tree.body += parsed(self._shell.transform_cell(source), cell)  # type: ignore[no-untyped-call]
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue

    def _listed(self) -> list[Any]:
        """Finds the edits of the code as it is now, once the requests are loaded.

        Of each: its kind, size, places in the student's text, and one more place or None.
        """
        self._homes = {id(self._tree.body): -1}
        for index, statement in enumerate(self._tree.body):
            for node in ast.walk(statement):
                self._homes[id(node)] = index
                for value in vars(node).values():
                    if isinstance(value, list):
                        self._homes[id(value)] = index
        self._edits = all_edits(Scene(self._tree, self._names, self._shell.user_ns, self._observed()))
        return [
            [each.kind, each.size, [_place(node) for node in each.about[:4]], each.other and _place(each.other)]
            for each in self._edits
        ]

    def _observed(self) -> dict[str, dict[str, str]]:
        """What kind of value each variable of each function holds when the requests are answered."""
        seen: dict[str, dict[str, str]] = {}

        def note(frame: FrameType, event: str, _: object) -> None:
            if event == "return" and frame.f_code.co_filename.startswith("<"):
                kinds = {name: kind_of(value) for name, value in frame.f_locals.items()}
                seen.setdefault(frame.f_code.co_name, {}).update(kinds)

        sys.setprofile(note)
        try:
            with _limited(_OBSERVED_SECONDS):
                self._ask()
        except _TooSlow:
            pass
        finally:
            sys.setprofile(None)
        return seen

    def _ask(self) -> bytes:
        """The packed answers to all requests; empty if one of them is none to compare."""
        frames = []
        self._answerer.forget_refs(self._refs)
        for request, tensors in self._requests:
            own = {key: each.clone() for key, each in tensors.items()}
            reply, found = self._answerer.reply(request, own)
            if "value" not in reply:
                return b""
            frames.append(wire.pack(reply, found))
        return b"".join(frames)

    def _close(self) -> None:
        """The code is as it was before any edit."""
        while self._earlier:
            self._go_back()
        self._run(sorted(self._undo()))
        self._tree, self._edits = ast.Module([], []), []

    def _go_back(self) -> None:
        statements = self._undo()
        self._edits, self._done = self._earlier.pop()
        self._run(sorted(statements | self._undo()))

    def _load(self, first: bool, request: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> None:
        """Keeps one more request that a check makes, the last one asked for its answer."""
        if first:
            self._requests = []
        self._requests.append(({**request, "sequence": 0}, tensors))

    def _set(self, numbers: Sequence[int]) -> None:
        """Puts edits in place, and those that were there before out of it."""
        undone = self._undo()
        self._run(sorted(undone | self._put(numbers)))

    def _try(
        self, tries: Sequence[Sequence[int]], seconds: float, seconds_each: float
    ) -> tuple[list[Any], int, dict[str, torch.Tensor]]:
        """What each of several edits makes of the requests: different answers, each with the tries that give it."""
        ends = time.process_time() + seconds
        slow: Counter[tuple[int, ...]] = Counter()
        found: dict[bytes, list[int]] = {}
        frames: dict[str, torch.Tensor] = {}
        tried = 0
        for number, edits in enumerate(tries):
            if time.process_time() > ends:
                break
            tried += 1
            lines = tuple(self._edits[each].about[0].lineno for each in edits)  # type: ignore[attr-defined]
            if slow[lines] >= _SLOW_ENOUGH:
                continue
            try:
                with _limited(seconds_each):
                    frame = self._outcome(edits)
            except _TooSlow:
                slow[lines] += 1
                continue
            if not frame:
                continue
            key = hashlib.blake2b(frame).digest()
            if key not in found:
                frames[str(len(found))] = torch.frombuffer(bytearray(frame), dtype=torch.uint8)
            found.setdefault(key, []).append(number)
        return list(found.values()), tried, frames

    def _outcome(self, edits: Sequence[int]) -> bytes:
        """The packed answers to all requests after some edits; empty if one of them is none to compare."""
        before = dict(self._shell.user_ns)
        try:
            self._run(sorted(self._put(edits)))
            return self._ask()
        finally:
            self._undo()
            self._shell.user_ns.update(before)

    def _put(self, numbers: Sequence[int]) -> set[int]:
        """Changes the tree; the numbers of the statements that are new."""
        changed = set()
        for number in numbers:
            for slot, value in self._edits[number].changes:
                container, key = slot
                home = self._homes.get(id(container), -1)
                changed.add(key if home < 0 and isinstance(key, int) else home)
                self._done.append((slot, get(slot)))
                put(slot, value)
        return changed

    def _undo(self) -> set[int]:
        changed = set()
        while self._done:
            slot, value = self._done.pop()
            home = self._homes.get(id(slot[0]), -1)
            changed.add(slot[1] if home < 0 and isinstance(slot[1], int) else home)
            put(slot, value)
        return changed

    def _run(self, statements: Sequence[int]) -> None:
        """Runs statements again that define something. What raises leaves the names as they were."""
        for index in statements:
            try:
                code = compile(ast.Module([self._tree.body[index]], []), "<mended>", "exec")
                exec(code, self._shell.user_ns)
            except _TooSlow:
                raise
            except BaseException:
                continue
        self._answerer.remember(list(self._names))


def _place(node: ast.AST) -> list[int]:
    """Where a node stands: its cell, line, column (bytes), last line, last column."""
    ends = (getattr(node, name, 0) or 0 for name in ("lineno", "col_offset", "end_lineno", "end_col_offset"))
    return [getattr(node, "cell", 0), *ends]


@contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Ends what computes for longer. What has no bytecode to stop at, or sleeps, is ended by the grader."""

    def stop(*_: object) -> None:
        raise _TooSlow

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
