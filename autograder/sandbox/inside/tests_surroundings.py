"""What tests in the grader set up around a call, set up here; and what the call did there, told to the grader."""

from __future__ import annotations

import importlib
import os
import random
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy
import torch

from autograder.sandbox.lending import files_in, save
from autograder.sandbox.operations import MAX_FILE_BYTES, MAX_FILES
from autograder.sandbox.values import Encoder

_MAX_WARNINGS = 50
_DULL = ("default", "once", "module")  # they say a thing once, and then not to the tests that ask for it


class TestsSurroundings:
    """See above.

    Attributes:
        folder: the guest's, which is the one that it is in now.
        follows_files: whether the tests at work are about files.
    """

    __test__ = False  # pytest takes no class of this name for tests

    def __init__(self) -> None:
        self.folder = Path.cwd()
        self.follows_files = False
        self._environ = dict(os.environ)
        self._own: dict[tuple[str, str], Any] = {}
        self._known: dict[str, tuple[int, int]] = {}
        self._data: frozenset[str] = frozenset()
        self._warned: list[dict[str, Any]] = []

    def set_up(self, request: Mapping[str, Any], decoded: Callable[[Any], Any]) -> None:
        """Does here what tests have done."""
        if request.get("random") is not None:
            state = decoded(request["random"])
            random.setstate(state["random"])
            numpy.random.set_state(state["numpy"])
            torch.set_rng_state(state["torch"])
        for module, name, data in request.get("replaced", ()):
            home = importlib.import_module(module)
            own = self._own.setdefault((module, name), getattr(home, name, None))
            setattr(home, name, own if data is None else decoded(data))
        for name, *given in request.get("environ", ()):
            text = given[0] if given else self._environ.get(name)
            os.environ.pop(name, None)
            if text is not None:
                os.environ[name] = text
        self._data = frozenset(request.get("data", self._data))
        self.follows_files = "files" in request
        for name, data in request.get("files", ()):
            self._write(name, decoded(data))

    @contextmanager
    def warnings_noted(self, request: Mapping[str, Any]) -> Iterator[None]:
        """Warnings inside are noted, as many as the notebook's filters let through, or all if tests have their own."""
        self._warned = []
        kept = warnings.filters[:], warnings.showwarning
        warnings.showwarning = self._note
        if request.get("warnings"):
            warnings.simplefilter("always")
        else:
            warnings.filters[:] = [("always" if each[0] in _DULL else each[0], *each[1:]) for each in kept[0]]  # type: ignore[index]
        changed = warnings.filters[:]
        warnings._filters_mutated()  # type: ignore[attr-defined]
        try:
            yield
        finally:
            if warnings.filters == changed:
                warnings.filters[:] = kept[0]  # type: ignore[index]
                warnings._filters_mutated()  # type: ignore[attr-defined]
            warnings.showwarning = kept[1]

    def told(self, request: Mapping[str, Any], encoder: Encoder) -> dict[str, Any]:
        """What the grader must know of what was done: parts of a reply."""
        told: dict[str, Any] = {"warned": self._warned}
        if "files" in request:
            now = self._look()
            names = [name for name in now if self._known.get(name) != now[name]][:MAX_FILES]
            told["files"] = [[name, encoder.encode(self._content(name))] for name in names]
            told["files"] += [[name, None] for name in sorted(self._known.keys() - now.keys(), reverse=True)]
            self._known = now
        return told

    def _note(self, message: Any, category: Any, *_: Any, **__: Any) -> None:
        if len(self._warned) < _MAX_WARNINGS:
            classes = [[each.__module__, each.__qualname__] for each in category.__mro__]
            self._warned.append({"text": str(message)[:2_000], "mro": classes})

    def _look(self) -> dict[str, tuple[int, int]]:
        found = files_in(self.folder)
        return {name: each for name, each in found.items() if name not in self._data and each[1] <= MAX_FILE_BYTES}

    def _content(self, name: str) -> bytes:
        return b"" if name.endswith("/") else (self.folder / name).read_bytes()

    def _write(self, name: str, content: bytes | None) -> None:
        save(self.folder, name, content)
        self._known.pop(name, None)
        if content is not None:
            at = (self.folder / name).stat()
            self._known[name] = (0, 0) if name.endswith("/") else (at.st_mtime_ns, at.st_size)
