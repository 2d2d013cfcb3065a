"""Values that can change and that both sides have: a list that tests give to a function, one that they got from it.

What one side does to such a value is done to the other's before that goes on, so that it is one value for both. Files
in the folder that each side works in are the same.
"""

from __future__ import annotations

import contextlib
import marshal
import os
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import torch

from autograder.sandbox.values import Encoder

MAX_LENT = 32  # at a time; the oldest are forgotten
_MAX_ITEMS = 5_000
_WITHOUT_REFERENCES = 2  # the version of marshal's format: those after it depend on how often a value is used
_MAX_BYTES = 1 << 18
_CHANGEABLE = (list, dict, set, bytearray, deque, Counter, OrderedDict, defaultdict)
_FRAMES = ("DataFrame", "Series")
_SCALARS = frozenset((bool, int, float, complex, str, bytes, type(None)))


def is_changeable(value: Any) -> bool:
    """Whether a value is of a kind that can change, and small enough to look at it again and again."""
    kind = type(value)  # not what an object says of itself
    if issubclass(kind, numpy.ndarray | torch.Tensor):
        return bool(value.nbytes <= _MAX_BYTES)
    if kind.__name__ in _FRAMES and kind.__module__.partition(".")[0] == "pandas":
        return bool(value.size <= _MAX_ITEMS)
    return kind in _CHANGEABLE and len(value) <= _MAX_ITEMS


@dataclass
class _Lent:
    value: Any
    look: Any


class Lending:
    """What is lent, by the number that both sides know it by.

    Args:
        encoder: a new one, which makes the same of a value each time as long as the value is the same.
    """

    def __init__(self, encoder: Callable[[], Encoder]) -> None:
        self._encoder = encoder
        self._lent: dict[int, _Lent] = {}

    def add(self, number: int, value: Any) -> None:
        """Notes that the other side has the value as well, as it is now."""
        self._lent.pop(number, None)
        self._lent[number] = _Lent(value, self._look(value))
        while len(self._lent) > MAX_LENT:
            del self._lent[next(iter(self._lent))]

    def number(self, value: Any) -> int | None:
        """The number of the very value, if it is lent."""
        return next((number for number, each in self._lent.items() if each.value is value), None)

    def value(self, number: int) -> Any:
        """The value of that number; None if there is none."""
        return self._lent[number].value if number in self._lent else None

    def changed(self) -> Iterator[tuple[int, Any]]:
        """What this side has changed since it was looked at last."""
        for number, each in self._lent.items():
            look = self._look(each.value)
            if look != each.look:
                each.look = look
                yield number, each.value

    def take(self, number: int, value: Any) -> None:
        """Makes a value what it became on the other side; nothing, if it is not known or of another kind."""
        if number in self._lent:
            each = self._lent[number]
            _take_over(each.value, value)
            each.look = self._look(each.value)

    def forget(self) -> None:
        """Lends nothing any more."""
        self._lent.clear()

    def _look(self, value: Any) -> Any:
        """What can be compared with an earlier look: the bytes of plain values, or else what would cross."""
        if type(value) is numpy.ndarray and not value.dtype.hasobject:
            return value.dtype.str, value.shape, value.tobytes()
        if _is_flat(value):
            return marshal.dumps(value, _WITHOUT_REFERENCES)
        encoder = self._encoder()
        try:
            told = encoder.encode(value)
        except Exception:  # it holds what can't cross: then only its length is looked at
            return len(value)
        return told, {key: each.numpy().tobytes() for key, each in encoder.tensors.items()}


def _is_flat(value: Any) -> bool:
    """Whether it is a plain container of plain values. What is nested may hold itself, and marshal would go round."""
    if type(value) is dict:
        return _SCALARS.issuperset(map(type, value)) and _SCALARS.issuperset(map(type, value.values()))
    return type(value) is bytearray or (type(value) in (list, set) and _SCALARS.issuperset(map(type, value)))


def files_in(folder: Path) -> dict[str, tuple[int, int]]:
    """When each file in a folder was changed, in nanoseconds, and how large it is, in bytes, by its path there.

    Of a folder the path ends in a slash, and it comes before what is in it. Links are left out, names that begin with a
    dot, and what Python compiled.
    """
    found: dict[str, tuple[int, int]] = {}
    waiting = [(str(folder), "")]
    while waiting:
        path, above = waiting.pop()
        with os.scandir(path) as entries:
            for each in entries:
                if each.name.startswith(".") or each.name == "__pycache__":
                    continue
                if each.is_dir(follow_symlinks=False):
                    found[f"{above}{each.name}/"] = (0, 0)
                    waiting.append((each.path, f"{above}{each.name}/"))
                elif each.is_file(follow_symlinks=False):
                    at = each.stat()
                    found[f"{above}{each.name}"] = (at.st_mtime_ns, at.st_size)
    return found


def save(folder: Path, name: str, content: bytes | None) -> None:
    """Makes a file or folder of `files_in` what it became on the other side: without content it is gone.

    Raises:
        OSError: it can't be written.
    """
    path = folder / name
    if content is not None and name.endswith("/"):
        path.mkdir(parents=True, exist_ok=True)
    elif content is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    elif name.endswith("/"):
        with contextlib.suppress(OSError):  # here something else is in it
            path.rmdir()
    else:
        path.unlink(missing_ok=True)


def _take_over(old: Any, new: Any) -> None:
    if type(old) is not type(new) and not (isinstance(old, torch.Tensor) and isinstance(new, torch.Tensor)):
        return
    if isinstance(old, list | bytearray):
        old[:] = new
    elif isinstance(old, dict | set):
        old.clear()
        old.update(new)
    elif isinstance(old, deque):
        old.clear()
        old.extend(new)
    elif isinstance(old, torch.Tensor):
        if old.shape == new.shape and old.dtype == new.dtype:
            old.data.copy_(new.detach())
    elif isinstance(old, numpy.ndarray):
        if old.shape == new.shape and old.dtype == new.dtype and old.flags.writeable:
            old[...] = new
    elif hasattr(old, "_update_inplace"):
        old._update_inplace(new)
