"""Values as plain data: what `wire` carries between the grader and a guest.

Values are plain JSON where JSON has them (None, bool, int, float, str) and small tagged objects otherwise; whatever
has no plain form stays in the guest and crosses as a `Ref`: a number and a type name. What more has a plain form in
`rich` messages is in `rich_values`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import is_dataclass
from typing import Any

import numpy
import torch

from autograder.sandbox import parts, rich_values, two_folders
from autograder.sandbox.decoding import MAX_DEPTH, SENDABLE_DTYPES, Array, decode
from autograder.sandbox.refs import MAX_TYPE_NAME_CHARACTERS, Ref, Refs, describe
from autograder.sandbox.wire import MAX_NODES

__all__ = ["Array", "Encoder", "Live", "Ref", "Refs", "Unsendable", "decode"]

MAX_TEXT_CHARACTERS = 20_000
MAX_RICH_TEXT_CHARACTERS = 200_000
_NO_BYTES = torch.empty(0, dtype=torch.uint8)


class Unsendable(TypeError):
    """A check wants to send something to student code that can't cross: the check's fault, and for staff."""


class Live:
    """In the grader: what stands for an object of the guest."""

    __slots__ = ()

    def live_data(self) -> Any:
        """JSON-ready data of the object."""
        raise NotImplementedError


class Encoder:
    """Turns one message's values into JSON-ready data, collecting tensors on the way.

    Args:
        refs: where the guest keeps values that can't cross; None in the grader, which sends none.
        rich: whether what has a plain form in `rich_values` crosses as such; else it stays behind as what JSON lacks.
        live: in rich messages of the guest, asked for JSON-ready data of each value that stays behind, such as
            `Encoder.ref` and more; None from it, and without it, means a `Ref`.
        here: a folder of which the other side has one of its own: texts that begin with it begin with that one there.
        records: whether objects of the notebook's own classes, and exceptions, cross as a copy of what they hold;
            else they stay behind.
    """

    def __init__(
        self,
        refs: Refs | None = None,
        rich: bool = False,
        live: Callable[[Any], Any | None] | None = None,
        records: bool = True,
        here: str = "",
    ) -> None:
        self.tensors: dict[str, torch.Tensor] = {}
        self._refs = refs
        self._nodes = 0
        self._rich = rich
        self._live = live
        self._records = records
        self._here = here
        self._depth = 0
        kept = (lambda value: None) if refs is None else self.ref
        self._writer = parts.Writer(self._part, self._raw, self._stays, kept, lambda: MAX_DEPTH - self._depth)

    def encode(self, value: Any, depth: int = 0) -> Any:
        """JSON-ready data for `value`. In the guest odd values become `Ref`s.

        Raises:
            Unsendable: in the grader, if it is, or holds, something that can't cross.
        """
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            return self._too_large()
        if value is None or isinstance(value, bool):
            return value
        if self._rich:
            self._depth = depth
            return self._encode_rich(value)
        if isinstance(value, float):
            return float(value)
        if isinstance(value, int):
            return int(value) if abs(value) < 2**63 else self.ref(value)
        if isinstance(value, str):
            return str(value[:MAX_TEXT_CHARACTERS])
        if isinstance(value, torch.Tensor):
            return self._tensor(value, "tensor")
        if isinstance(value, numpy.ndarray | numpy.generic):
            try:
                sent = self._tensor(torch.from_numpy(numpy.array(value)), "array")
            except (TypeError, ValueError):
                return self.ref(value)
            return {**sent, "scalar": isinstance(value, numpy.generic)}
        if isinstance(value, Array):
            return self._tensor(value.tensor, "array")
        if isinstance(value, list | tuple):
            tag = "list" if isinstance(value, list) else "tuple"
            return {"t": tag, "v": [self.encode(item, depth + 1) for item in value[:MAX_NODES]]}
        if isinstance(value, dict):
            pairs = list(value.items())[:MAX_NODES]
            return {"t": "dict", "v": [[self.encode(k, depth + 1), self.encode(v, depth + 1)] for k, v in pairs]}
        return _ref_again(value) if isinstance(value, Ref) and value.id >= 0 else self.ref(value)

    def ref(self, value: Any) -> Any:
        """JSON-ready data of a `Ref` to `value`, which is kept in the guest from now on.

        Raises:
            Unsendable: in the grader.
        """
        if self._refs is None:
            name = type(value).__name__[:MAX_TYPE_NAME_CHARACTERS]
            kind = f"{name} of dtype {value.dtype}" if hasattr(value, "dtype") else name
            raise Unsendable(f"a value of type {kind} can't be sent to student code; plain ones and tensors can")
        return describe(value, self._refs.number(value), self._rich)

    def _encode_rich(self, value: Any) -> Any:
        if type(value) is float or (type(value) is int and abs(value) < 2**63):
            return value
        if type(value) is str and len(value) <= MAX_RICH_TEXT_CHARACTERS:
            return two_folders.text_data(value, self._here) if self._here else value
        if issubclass(type(value), Live):
            return value.live_data()
        if isinstance(value, torch.Tensor | Array):
            return self._tensor(*((value.tensor, "array") if isinstance(value, Array) else (value, "tensor")))
        if isinstance(value, Ref) and value.id >= 0:
            return _ref_again(value)
        sent = None
        if not self._records and _is_alive(value):
            return self._stays(value)
        if self._depth < MAX_DEPTH and not isinstance(value, torch.nn.Module) and type(value) is not str:
            try:
                sent = rich_values.encode(value, self._writer)
            except Unsendable:
                raise
            except Exception:  # of student code: the value's class may have methods of its own
                sent = None
        whole = sent is not None and self._nodes <= MAX_NODES  # what is only a part of a value is another value
        return sent if whole else self._stays(value)

    def _part(self, value: Any) -> Any:
        depth = self._depth
        try:
            return self.encode(value, depth + 1)
        finally:
            self._depth = depth

    def _raw(self, data: bytes) -> str:
        key = str(len(self.tensors))
        self.tensors[key] = torch.frombuffer(bytearray(data), dtype=torch.uint8) if data else _NO_BYTES
        return key

    def _tensor(self, value: torch.Tensor, tag: str) -> Any:
        if value.dtype not in SENDABLE_DTYPES or value.layout is not torch.strided or value.is_meta:
            return self._stays(value)
        plain = value.detach().as_subclass(torch.Tensor).cpu()
        key = str(len(self.tensors))
        # Two names for one storage are refused by safetensors; a clone also drops views of larger storages.
        self.tensors[key] = plain.clone(memory_format=torch.contiguous_format)
        return {"t": tag, "k": key, "grad": bool(value.requires_grad)}

    def _stays(self, value: Any) -> Any:
        """Data for a value that has no plain form."""
        told = self._live(value) if self._live is not None else None
        return self.ref(value) if told is None else told

    def _too_large(self) -> Any:
        if self._refs is None:
            raise Unsendable("a value is too large or too deeply nested to be sent to student code")
        return {"t": "ref", "id": -1, "type": "a value too large or too deeply nested", "module": False}


def _is_alive(value: Any) -> bool:
    """Whether an object has methods and a state, so that a copy of its fields is not the same."""
    if isinstance(value, BaseException) or (is_dataclass(value) and not isinstance(value, type)):
        return True
    module = type(value).__module__
    return module == "__main__" or (isinstance(module, str) and module.startswith("matplotlib."))


def _ref_again(value: Ref) -> dict[str, Any]:
    return {"t": "ref", "id": value.id, "type": value.type_name, "module": value.is_module}
