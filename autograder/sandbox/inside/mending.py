"""Tries edits of a student's code: each is put in the place of what the student wrote, and asked what checks ask."""

from __future__ import annotations

import ast
import hashlib
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import FrameType
from typing import Any

import torch

from autograder.sandbox import wire
from autograder.sandbox.inside.calls import Answerer
from autograder.sandbox.inside.cells import NotebookShell
from autograder.sandbox.inside.edits.listing import all_edits
from autograder.sandbox.inside.edits.tree import Edit, Scene, get, kind_of, parsed, place_of, put
from autograder.sandbox.inside.statements import is_definition
from autograder.sandbox.inside.time_limit import TooSlow, limited

_Request = tuple[Mapping[str, Any], Mapping[str, torch.Tensor]]


_OBSERVED_SECONDS = 0.5
_SLOW_ENOUGH = 3  # endless loops in one line, after which its other edits are not tried


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
        self._before: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
        self._earlier: list[tuple[Any, ...]] = []
        self._refs = 0

    def answer(self, request: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> bytes:
        """One packed reply; `judge.workbench` has the words of this conversation."""
        reply: dict[str, Any] = {}
        frames: dict[str, torch.Tensor] = {}
        do = request["do"]
        if do == "open":
            self._open(request["sources"], request["names"])
        elif do == "go on":
            self._earlier.append((self._edits, self._homes, self._done, self._before))
            self._done = []
            self._begin()
        elif do == "list":
            reply["edits"] = self._listed()
        elif do == "go back":
            self._go_back()
        elif do == "close":
            self._close()
        elif do == "alone":
            self._alone()
        elif do == "load":
            self._load(request["first"], request["request"], tensors)
        elif do == "set":
            self._set(request["numbers"])
        else:
            started = time.process_time()
            reply["answers"], reply["tried"], frames = self._try(
                request["tries"], request["cpu_seconds"], request["cpu_seconds_each"], request["requests"]
            )
            reply["cpu_seconds"] = time.process_time() - started
        return wire.pack({"sequence": request["sequence"], **reply}, frames)

    def _open(self, sources: Sequence[str], names: Sequence[str]) -> None:
        """Reads the cells."""
        self._names = tuple(names)
        self._tree = ast.Module([], [])
        for cell, source in enumerate(sources):
            try:
                self._tree.body += self._read(source, cell)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
        # What is right as it stands, and was lost later on in the notebook, is not what an edit mends.
        self._run([index for index, each in enumerate(self._tree.body) if is_definition(each)])
        self._begin()

    def _begin(self) -> None:
        """Takes what is there now for what is there without edits."""
        self._refs = self._answerer.count_refs()
        self._before = (dict(self._shell.user_ns), self._answerer.functions())

    def _read(self, source: str, cell: int) -> list[ast.stmt]:
        """The statements of a cell, without those in which IPython's own syntax stands. Raises SyntaxError."""
        try:
            return parsed(source, cell)
        except SyntaxError:
            pass
        blank = source[: len(source) - len(source.lstrip())].count("\n")  # IPython leaves such lines out
        text = "\n" * blank + self._shell.transform_cell(source)  # type: ignore[no-untyped-call]
        mine, theirs = text.split("\n"), source.split("\n")
        statements = parsed(text, cell)
        stretches = [slice(each.lineno - 1, each.end_lineno) for each in statements]
        return [each for each, lines in zip(statements, stretches, strict=True) if mine[lines] == theirs[lines]]

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
            [each.kind, each.size, [place_of(node) for node in each.about[:4]], each.other and place_of(each.other)]
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
            with limited(_OBSERVED_SECONDS):
                self._ask()
        except TooSlow:
            pass
        finally:
            sys.setprofile(None)
        return seen

    def _ask(self, count: int | None = None) -> bytes:
        """The packed answers to all requests, or the first ones; empty if one of them is none to compare."""
        frames = []
        self._answerer.forget_refs(self._refs)
        for request, tensors in self._requests[:count]:
            own = {key: each.clone() for key, each in tensors.items()}
            reply, found = self._answerer.reply(request, own, described=False)
            if "value" not in reply:
                return b""
            frames.append(wire.pack(reply, found))
        return b"".join(frames)

    def _close(self) -> None:
        """The code is as it was before any edit."""
        while self._earlier:
            self._go_back()
        self._undo()
        self._tree, self._edits = ast.Module([], []), []

    def _alone(self) -> None:
        """What is in place now, without what `go on` kept: only until the next `go back`."""
        swapped = [(slot, get(slot)) for *_, done, _ in self._earlier for slot, _ in done]
        for *_, done, _ in reversed(self._earlier):
            for slot, value in reversed(done):
                put(slot, value)
        self._run(range(len(self._tree.body)))
        for slot, value in swapped:
            put(slot, value)

    def _go_back(self) -> None:
        self._undo()
        self._edits, self._homes, self._done, self._before = self._earlier.pop()
        self._undo()

    def _load(self, first: bool, request: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> None:
        """Keeps one more request that a check makes, the last one asked for its answer."""
        if first:
            self._requests = []
        self._requests.append(({**request, "sequence": 0}, tensors))

    def _set(self, numbers: Sequence[int]) -> None:
        """Puts edits in place, and those that were there before out of it."""
        self._undo()
        self._run(self._put(numbers))

    def _try(
        self, tries: Sequence[Sequence[int]], seconds: float, seconds_each: float, count: int | None
    ) -> tuple[list[Any], int, dict[str, torch.Tensor]]:
        """What several edits make of the first requests: different answers, each with the tries that give it."""
        self._undo()
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
            frame = b""
            with suppress(TooSlow), limited(seconds_each) as late:
                self._run(self._put(edits))
                frame = self._ask(count)
            self._undo()
            if late:
                slow[lines] += 1
                continue
            if not frame:
                continue
            key = hashlib.blake2b(frame).digest()
            if key not in found:
                frames[str(len(found))] = torch.frombuffer(bytearray(frame), dtype=torch.uint8)
            found.setdefault(key, []).append(number)
        return list(found.values()), tried, frames

    def _put(self, numbers: Sequence[int]) -> list[int]:
        """Changes the tree; the numbers of the statements that are new."""
        changed = set()
        for number in numbers:
            for slot, value in self._edits[number].changes:
                home = self._homes[id(slot[0])]
                changed.add(slot[1] if home < 0 else home)
                self._done.append((slot, get(slot)))
                put(slot, value)
        return sorted(changed)

    def _undo(self) -> None:
        """The tree and the notebook's names as they were without the edits that are in place."""
        while self._done:
            put(*self._done.pop())
        names, functions = self._before
        for name in self._shell.user_ns.keys() - names.keys():
            del self._shell.user_ns[name]
        self._shell.user_ns.update(names)
        self._answerer.take_functions(functions)

    def _run(self, statements: Sequence[int]) -> None:
        """Runs statements again that define something. What raises leaves the names as they were."""
        for index in statements:
            try:
                code = compile(ast.Module([self._tree.body[index]], []), "<mended>", "exec")
                exec(code, self._shell.user_ns)
            except TooSlow:
                raise
            except BaseException:
                continue
        self._answerer.remember(list(self._names))
