"""What tests set up around a call, which the notebook's code must see as well: seeded generators, replaced functions of
modules, filters of warnings, files. And what that code did there, which the tests must see."""

from __future__ import annotations

import ast
import importlib
import os
import random
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy
import torch

from autograder.judge.stand_ins.errors import Errors
from autograder.judge.stand_ins.sources import parsed
from autograder.judge.stand_ins.work_folder import Folder
from autograder.sandbox import values, wire

_RANDOM = re.compile(r"seed|random|shuffle|torch\.rand|\bnn\.")
USES_FILES = re.compile(
    r"\bopen\(|\bPath\b|\bos\.|\bread_\w+\(|\bto_\w+\(|\bload(txt)?\(|\bsave|\.(csv|txt|json)\b|\bglob\.|shutil|tempfile"
    r"|\.(exists|is_file|is_dir|iterdir)\("
)
_ENVIRON = re.compile(r"environ\b|\b(set|put|unset|del)env\(")
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_MAX_WARNINGS = 50
_NOT_REPLACED = ("__main__", "sys")
_INPUT = ("builtins", "input")


class Surroundings:
    """One for the tests of a notebook.

    Args:
        sources: of the tests.
        folder: where they work, if they are about files.
    """

    def __init__(self, sources: Iterable[str], folder: Folder | None = None) -> None:
        self._follows_random = False
        self._follows_files = False
        self._random: Any = None
        sources = tuple(sources)
        self._replaceable = {each: _attribute(*each) for each in (_INPUT, *replaced_by(sources))}
        self._folder = folder
        self._filters: Any = None
        self._follows_environ = any(map(_ENVIRON.search, sources))
        self._environ = dict(os.environ)
        self.forget()

    def begin(self, line: Any, source: str) -> None:
        """Goes on to other tests, and fetches the files that the notebook's cells have saved, if they are about files.

        Generators of the guest's are only ever set, so that no student decides what tests draw.
        """
        self._filters = list(warnings.filters)
        self._follows_random, uses_files = _follows(source)
        self._random = None
        self._follows_files = self._folder is not None and uses_files
        if self._follows_files:
            line.ask("names", called="the notebook")

    @property
    def here(self) -> str:
        """The folder that tests work in, if those at work are about files."""
        return str(self._folder.path) if self._folder is not None and self._follows_files else ""

    def seeded(self) -> None:
        """Notes that tests have seeded a generator, maybe as it was seeded before."""
        self._random = None

    def forget(self) -> None:
        """Tells a new guest everything."""
        self._random = None
        self._told_data = False
        self._there = dict(self._replaceable)
        self._environ_there = self._environ
        if self._folder is not None:
            self._folder.forget()

    def told(self, encoder: values.Encoder, live: Callable[[Any], Any]) -> dict[str, Any]:
        """What the guest must know before it does something: parts of a message."""
        told: dict[str, Any] = {}
        if self._follows_random:
            state = _random_state()
            if (key := _key(state)) != self._random:
                self._random = key
                told["random"] = encoder.encode(state)
        replaced = []
        for (module, name), now in ((each, _attribute(*each)) for each in self._there):
            if now is not self._there[module, name]:
                self._there[module, name] = now
                is_own = now is self._replaceable[module, name]
                replaced.append([module, name, None if is_own else live(now)])
        if replaced:
            told["replaced"] = replaced
        if self._filters is not None and warnings.filters != self._filters:
            told["warnings"] = True
        if self._follows_environ and (now := dict(os.environ)) != self._environ_there:
            names = sorted({name for name, _ in now.items() ^ self._environ_there.items()})
            # What is as it was is the guest's own there: the grader's is none of its business.
            kept = {name for name in names if now.get(name) == self._environ.get(name)}
            told["environ"] = [[name] if name in kept else [name, now.get(name)] for name in names]
            self._environ_there = now
        if self._folder is not None and self._follows_files:
            told |= {} if self._told_data else {"data": self._folder.data_names}
            self._told_data = True
            told["files"] = [[name, encoder.encode(content)] for name, content in self._folder.written()]
        return told

    def take(self, reply: Mapping[str, Any], tensors: Any, errors: Errors) -> None:
        """Does here what the guest's code did. Raises WireError, and what a filter of the tests makes of a warning."""
        files = reply.get("files")
        if self._folder is not None and isinstance(files, list):
            for each in files:
                if not isinstance(each, list) or len(each) != 2:
                    raise wire.WireError("a file is none")
                self._folder.put(each[0], values.decode(each[1], tensors, rich=True))
        warned = reply.get("warned")
        for each in warned[:_MAX_WARNINGS] if isinstance(warned, list) else ():
            if isinstance(each, dict) and isinstance(each.get("text"), str):
                kind = type(errors.made(each, (each["text"],), {}))
                kind = kind if issubclass(kind, Warning) else UserWarning
                warnings.warn_explicit(each["text"], kind, "notebook", 1, module="__main__")


def _attribute(module: str, name: str) -> Any:
    return getattr(sys.modules.get(module), name, None)


@lru_cache(maxsize=1_000)
def _follows(source: str) -> tuple[bool, bool]:
    """Whether tests are about random numbers, and whether about files."""
    return bool(_RANDOM.search(source)), bool(USES_FILES.search(source))


@lru_cache(maxsize=8)
def replaced_by(sources: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Attributes of modules that tests may replace, as they name them in texts or give them values."""
    return tuple(_replaced(sources))


def _replaced(sources: Iterable[str]) -> Iterator[tuple[str, str]]:
    aliases: dict[str, str] = {}
    found: set[str] = set()
    for tree in filter(None, map(parsed, sources)):
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                aliases |= {each.asname: each.name for each in node.names if each.asname}
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                found.add(ast.unparse(node))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _DOTTED.fullmatch(node.value):
                found.add(node.value)
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("patch.object", ".setattr")):
                texts = [each.value for each in node.args[1:2] if isinstance(each, ast.Constant)]
                found |= {f"{ast.unparse(node.args[0])}.{each}" for each in texts if isinstance(each, str)}
    for each in sorted(found):
        module, _, name = each.rpartition(".")
        first, _, rest = module.partition(".")
        module = f"{aliases.get(first, first)}{'.' if rest else ''}{rest}"
        if module not in _NOT_REPLACED and _is_module(module) and hasattr(sys.modules[module], name):
            yield module, name


def _is_module(name: str) -> bool:
    """Whether a name is that of a module of Python's, or of one that is here already."""
    if name in sys.stdlib_module_names:
        importlib.import_module(name)
    return name in sys.modules


def _random_state() -> dict[str, Any]:
    return {"random": random.getstate(), "numpy": numpy.random.get_state(), "torch": torch.get_rng_state()}


def _key(state: Mapping[str, Any]) -> Any:
    numbers = state["numpy"]
    return state["random"], numbers[1].tobytes(), tuple(numbers[2:]), state["torch"].numpy().tobytes()
