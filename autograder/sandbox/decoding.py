"""Values out of the plain data that `values.Encoder` made of them; nothing that is not of that form comes through."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch

from autograder.sandbox import parts, rich_values
from autograder.sandbox.refs import Ref, read_ref
from autograder.sandbox.wire import WireError

MAX_DEPTH = 16
_SENDABLE_NAMES = ("float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool")
SENDABLE_DTYPES = frozenset(getattr(torch, name) for name in _SENDABLE_NAMES)
_PLAIN = (bool, float, str)
_WRONG_FORM = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError)


@dataclass(frozen=True)
class Array:
    """A NumPy array or scalar, as the grader sees it: it crosses as a tensor, but is not one.

    In rich messages arrays come back as NumPy's own.
    """

    tensor: torch.Tensor


def decode(
    data: Any,
    tensors: Mapping[str, torch.Tensor],
    refs: Sequence[Any] | None = None,
    rich: bool = False,
    live: Callable[[Mapping[str, Any]], Any] | None = None,
) -> Any:
    """The value that `Encoder.encode` was given.

    Args:
        data: JSON data.
        tensors: the frame's tensors by key.
        refs: in the guest, the kept values that a `Ref` stands for; in the grader None, and `Ref`s stay `Ref`s.
        rich: whether it was encoded as rich.
        live: in rich messages, makes something else than a `Ref` of the data of one, and what there is of callbacks
            and of exceptions that the tests raised.
    Raises:
        WireError: `data` is not something that `encode` makes.
    """
    return _Decoder(tensors, refs, rich, live).one(data, 0)


def _read_rich_ref(data: Mapping[str, Any]) -> Ref:
    return read_ref(data, rich=True)


# Tags of what is another thing on each side: what tests have, by numbers of theirs, and places in a folder of both.
OF_TESTS = ("callback", "error", "here", "iterator", "object", "own", "path", "pattern")


class _Decoder:
    """See `decode`."""

    def __init__(self, tensors: Mapping[str, torch.Tensor], refs: Any, rich: bool, live: Any) -> None:
        self._tensors, self._refs, self._rich, self._live = tensors, refs, rich, live
        self._depth = 0
        self._used: set[str] = set()

    def one(self, data: Any, depth: int) -> Any:
        if data is None or isinstance(data, _PLAIN):
            return data
        if isinstance(data, int) and abs(data) < 2**63:
            return data
        if not isinstance(data, dict) or depth > MAX_DEPTH + 1:
            raise WireError("a value is not of the wire's form")
        self._depth = depth
        try:
            return self._tagged(data, data["t"])
        except _WRONG_FORM as error:
            raise WireError("a value is not of the wire's form") from error

    def _tagged(self, data: dict[str, Any], tag: Any) -> Any:
        if tag in ("tensor", "array"):
            return self._tensor(data, tag)
        if tag == "ref" and self._refs is not None:
            return self._refs[parts.whole(data["id"], 0, len(self._refs) - 1)]
        if tag in OF_TESTS and self._live is not None:
            return self._live(data)
        if tag == "ref":
            return read_ref(data, self._rich) if self._live is None else self._live(data)
        if self._rich:
            return rich_values.decode(data, self._reader)
        depth = self._depth + 1
        if tag in ("list", "tuple"):
            items = [self.one(item, depth) for item in data["v"]]
            return items if tag == "list" else tuple(items)
        if tag == "dict":
            pairs = [[self.one(each, depth) for each in pair] for pair in data["v"]]
            parts.hashable(pair[0] for pair in pairs)
            return dict(pairs)
        raise WireError("a value has an unknown tag")

    @cached_property
    def _reader(self) -> parts.Reader:
        return parts.Reader(self._part, self._raw, _read_rich_ref, set())

    def _part(self, data: Any) -> Any:
        depth = self._depth
        try:
            return self.one(data, depth + 1)
        finally:
            self._depth = depth

    def _tensor(self, data: dict[str, Any], tag: str) -> Any:
        tensor = self._tensors[data["k"]]
        if tensor.dtype not in SENDABLE_DTYPES:
            raise WireError("a tensor is of a dtype that does not cross")
        if tag == "array" and self._refs is None:
            return Array(tensor)
        if tag == "array":
            return tensor.numpy()[()] if data.get("scalar") is True else tensor.numpy()
        return tensor.requires_grad_() if data["grad"] and tensor.is_floating_point() else tensor

    def _raw(self, key: Any) -> bytes:
        tensor = self._tensors[key]
        if tensor.dtype is not torch.uint8 or tensor.dim() != 1 or key in self._used:
            raise WireError("bytes are none, or come twice")  # each time is another copy of them
        self._used.add(key)
        return tensor.numpy().tobytes()
