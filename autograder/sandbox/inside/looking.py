"""Goes through values and makes a digest of what they hold, so that one that has changed has another.

Nothing of a student's classes is called for it. What can't be looked into, such as a generator or an open file, makes
that nothing can be told.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import marshal
import random
import sys
import time
import types
from collections.abc import Mapping, Sequence, Set
from typing import Any

import numpy
import torch

from autograder.sandbox.inside.kinds import (
    DICT_AND_WEAKREF_BYTES,
    FILES,
    FIXED,
    MAPPINGS,
    OBJECT_BYTES,
    PLAIN,
    PYTHONS_OWN,
    SEQUENCES,
    SLOT_BYTES,
    is_pythons,
    is_row,
    is_unused,
)

_MAX_NODES = 50_000
_MAX_BYTES = 64 << 20
_MAX_DEPTH, _MAX_SECONDS, _ROWS = 60, 0.5, 100
_WITHOUT_REFERENCES = 2  # the newest form of `marshal` in which the same numbers are always the same bytes
_now = time.monotonic  # as it was before the notebook ran


class Unknown(Exception):
    """There is something that can't be looked into."""


class Look:
    """One look at a notebook; each value is gone through once."""

    def __init__(self, shell: Any, modules: list[Any]) -> None:
        """`modules` are the notebook's own: others are taken as they are."""
        self.modules = modules
        self._own_names = {id(shell.user_ns), *(id(vars(each)) for each in modules)}
        self._own_homes = {"__main__", *(each.__name__ for each in modules)}
        self._hash = hashlib.blake2b(digest_size=16)
        self._seen: dict[int, int] = {id(shell): 0, id(shell.user_ns): 1}  # which are looked into once, from outside
        self._kept: list[Any] = []  # so that no id is given twice
        self._bytes_left = _MAX_BYTES
        self._until = _now() + _MAX_SECONDS

    def _room(self, size_bytes: int) -> int:
        """The size, if there is room for it. Raises Unknown: it has become too much, before any work is done."""
        if size_bytes > self._bytes_left:
            raise Unknown
        return size_bytes

    def digest(self) -> str:
        """Of all that it has gone through."""
        return self._hash.hexdigest()

    def feed(self, text: str) -> None:
        """Adds a text. Raises Unknown if it has become too much."""
        self.feed_bytes(text.encode("utf-8", "surrogatepass"))

    def feed_bytes(self, data: bytes) -> None:
        """Adds bytes, likewise."""
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            raise Unknown
        self._hash.update(b"%d:%b" % (len(data), data))

    def add(self, value: Any, depth: int) -> None:
        """Goes through a value. Raises Unknown, and whatever a value raises that is odd enough."""
        kind = type(value)
        if kind in PLAIN:
            return self.feed(repr(value) if kind not in (str, bytes) else repr(value[: self._room(len(value))]))
        if id(value) in self._seen:
            return self.feed(f"again {self._seen[id(value)]}")
        if depth > _MAX_DEPTH or len(self._seen) > _MAX_NODES or _now() > self._until:
            raise Unknown
        self._seen[id(value)] = len(self._seen)
        self._kept.append(value)
        self.feed(f"{kind.__name__} {id(kind)}")
        return self._add(value, kind, depth + 1)

    def _add(self, value: Any, kind: type, depth: int) -> None:
        if (kind in SEQUENCES or kind in MAPPINGS) and len(value) > _MAX_NODES:
            raise Unknown
        if kind in SEQUENCES:
            self._all(list(value), depth)
        elif issubclass(kind, tuple) and type.__dict__["__bases__"].__get__(kind) == (tuple,):
            self._all(list(tuple.__iter__(value)), depth)
        elif kind in MAPPINGS:
            self._all([each for pair in list(value.items()) for each in pair], depth)
            self.add(getattr(value, "default_factory", None), depth)
        elif kind in (torch.Tensor, torch.nn.Parameter):
            self._add_tensor(value, depth)
        elif kind is bytearray:
            self.feed_bytes(bytes(value))
        elif kind is numpy.ndarray:
            if value.dtype.hasobject:
                raise Unknown
            self._room(value.nbytes)
            self.feed(f"{value.dtype} {value.shape} {value.strides}")
            self.feed_bytes(value.tobytes())
        elif issubclass(kind, numpy.generic) and kind.__module__ == "numpy":
            self.feed_bytes(value.tobytes())
        elif kind is types.FunctionType:
            self._add_function(value, depth)
        elif kind is types.ModuleType:
            self.feed(f"{id(value)}")
            if id(vars(value)) in self._own_names:
                self.add_names(vars(value), depth)
        elif issubclass(kind, type):
            self._add_class(value, depth)
        elif issubclass(kind, FIXED) or (kind in FILES and is_unused(value)):
            self.feed(f"{id(value)}")
        else:
            self._add_object(value, kind, depth)

    def _all(self, values: Sequence[Any], depth: int) -> None:
        if PLAIN.issuperset(map(type, values)):
            self._room(sum(len(each) if type(each) in (str, bytes) else 8 for each in values))
            return self.feed(repr(values))
        self.feed(f"{len(values)}")
        for are_rows, some in itertools.groupby(values, is_row):
            if are_rows:
                while few := list(itertools.islice(some, _ROWS)):
                    self.feed_bytes(marshal.dumps(few, _WITHOUT_REFERENCES))
            else:
                for each in some:
                    self.add(each, depth)
        return None

    def add_names(self, names: Mapping[str, Any], depth: int, without: Set[str] = frozenset()) -> None:
        """What stands behind each of `names`, but for Python's own and those `without`."""
        for name in sorted(each for each in names if type(each) is str):
            if name not in PYTHONS_OWN and name not in without:
                self.feed(name)
                self.add(names[name], depth)

    def _add_tensor(self, value: torch.Tensor, depth: int) -> None:
        if value.layout is not torch.strided or value.is_meta:
            raise Unknown
        self._room(value.nbytes)
        self.feed(f"{value.dtype} {tuple(value.shape)} {value.stride()} {value.requires_grad}")
        flat = value.detach().contiguous().flatten()
        self.feed_bytes(flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b"")
        self.add(value.grad if value.is_leaf else None, depth)
        self.add(vars(value), depth)

    def _add_function(self, value: Any, depth: int) -> None:
        self.feed(f"{id(value.__code__)}")
        if id(value.__globals__) in self._own_names:
            kept = (value.__defaults__, value.__kwdefaults__, vars(value))
            if kept[0] is kept[1] is None and value.__closure__ is None and not dict.__len__(kept[2]):
                return  # as most are
            for each in kept:
                self.add(each, depth)
            for cell in value.__closure__ or ():
                try:
                    self.add(cell.cell_contents, depth)
                except ValueError:
                    self.feed("empty")

    def _add_class(self, value: type, depth: int) -> None:
        names = type.__dict__["__dict__"].__get__(value)
        self.feed(f"{id(value)}")
        if names.get("__module__") in self._own_homes:
            self._all(list(type.__dict__["__bases__"].__get__(value)), depth)
            self.add_names({name: each for name, each in names.items() if not name.startswith("_abc_")}, depth)

    def _add_object(self, value: Any, kind: type, depth: int) -> None:
        """An object of which all is in its attributes: those of Python's own classes, and a few that tell theirs."""
        if kind in (staticmethod, classmethod, types.MethodType):
            return self._all([value.__func__, getattr(value, "__self__", None)], depth)
        if kind is types.BuiltinFunctionType:  # it may be a method of something that changes
            return self._all([value.__name__, value.__self__], depth)
        if kind is property:
            return self._all([value.fget, value.fset, value.fdel], depth)
        if kind is functools.partial:
            return self._all([value.func, value.args, value.keywords, vars(value)], depth)
        if kind is type(_cached):
            return self.add(value.__wrapped__, depth)
        if kind is torch.Generator:
            return self._add_tensor(value.get_state(), depth)
        if kind is random.Random:
            return self.add(value.getstate(), depth)
        if kind is numpy.random.Generator:
            return self.add(value.bit_generator.state, depth)
        if kind is numpy.random.RandomState:
            return self.add(value.get_state(legacy=False), depth)
        if kind.__name__ in ("DataFrame", "Series") and kind.__module__.partition(".")[0] == "pandas":
            if value.size > _MAX_NODES:
                raise Unknown
            hashed = sys.modules["pandas"].util.hash_pandas_object(value)
            return self._all([hashed.to_numpy(), str(list(getattr(value, "columns", ())))], depth)
        lines = type.__dict__["__mro__"].__get__(kind)
        slots = [
            each
            for line in lines
            for each in type.__dict__["__dict__"].__get__(line).values()
            if type(each) is types.MemberDescriptorType
        ]
        most = OBJECT_BYTES + DICT_AND_WEAKREF_BYTES + SLOT_BYTES * len(slots)
        if kind.__basicsize__ > most or not all(map(is_pythons, lines)):
            raise Unknown
        for each in slots:
            try:
                self.add(each.__get__(value), depth)
            except AttributeError:
                self.feed("empty")
        try:
            names = object.__getattribute__(value, "__dict__")
        except AttributeError:
            names = {}
        return self._all([each for pair in list(names.items()) for each in pair], depth)


@functools.lru_cache
def _cached() -> None:
    """One, to know the type."""
