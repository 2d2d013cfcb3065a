"""Values as plain data: what `wire` carries between the grader and a guest.

Values are plain JSON where JSON has them (None, bool, int, float, str) and small tagged objects otherwise; whatever
has no plain form stays in the guest and crosses as a `Ref`: a number and a type name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy
import torch

from autograder.sandbox.wire import MAX_NODES, WireError

MAX_DEPTH = 16
MAX_TEXT_CHARACTERS = 20_000
MAX_TYPE_NAME_CHARACTERS = 80
_SENDABLE_NAMES = ("float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool")
_SENDABLE_DTYPES = frozenset(getattr(torch, name) for name in _SENDABLE_NAMES)


class Unsendable(TypeError):
    """A check wants to send something to student code that can't cross: the check's fault, and for staff."""


@dataclass(frozen=True)
class Ref:
    """A value that stays in the guest.

    Attributes:
        id: its number there; -1 if it can't be used as an argument.
        type_name: the class's name, as the guest says.
        is_module: whether the guest says that it is an `nn.Module`.
    """

    id: int
    type_name: str
    is_module: bool = False


@dataclass(frozen=True)
class Array:
    """A NumPy array or scalar, as the grader sees it: it crosses as a tensor, but is not one."""

    tensor: torch.Tensor


class Encoder:
    """Turns one message's values into JSON-ready data, collecting tensors on the way.

    Args:
        refs: where the guest keeps values that can't cross; None in the grader, which sends none.
    """

    def __init__(self, refs: list[Any] | None = None) -> None:
        self.tensors: dict[str, torch.Tensor] = {}
        self._refs = refs
        self._nodes = 0

    def encode(self, value: Any, depth: int = 0) -> Any:
        """JSON-ready data for `value`. In the guest odd values become `Ref`s.

        Raises:
            Unsendable: in the grader, if it is, or holds, something that can't cross.
        """
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            if self._refs is None:
                raise Unsendable("a value is too large or too deeply nested to be sent to student code")
            return {"t": "ref", "id": -1, "type": "a value too large or too deeply nested", "module": False}
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, float):
            return float(value)
        if isinstance(value, int):
            return int(value) if abs(value) < 2**63 else self._ref(value)
        if isinstance(value, str):
            return str(value[:MAX_TEXT_CHARACTERS])
        if isinstance(value, torch.Tensor):
            return self._tensor(value, "tensor")
        if isinstance(value, numpy.ndarray | numpy.generic):
            try:
                sent = self._tensor(torch.from_numpy(numpy.array(value)), "array")
            except (TypeError, ValueError):
                return self._ref(value)
            return {**sent, "scalar": isinstance(value, numpy.generic)}
        if isinstance(value, Array):
            return self._tensor(value.tensor, "array")
        if isinstance(value, list | tuple):
            tag = "list" if isinstance(value, list) else "tuple"
            return {"t": tag, "v": [self.encode(item, depth + 1) for item in value[:MAX_NODES]]}
        if isinstance(value, dict):
            pairs = list(value.items())[:MAX_NODES]
            return {
                "t": "dict",
                "v": [[self.encode(k, depth + 1), self.encode(v, depth + 1)] for k, v in pairs],
            }
        if isinstance(value, Ref) and value.id >= 0:
            return {"t": "ref", "id": value.id, "type": value.type_name, "module": value.is_module}
        return self._ref(value)

    def _tensor(self, value: torch.Tensor, tag: str) -> Any:
        if value.dtype not in _SENDABLE_DTYPES or value.layout is not torch.strided or value.is_meta:
            return self._ref(value)
        plain = value.detach().as_subclass(torch.Tensor).cpu()
        key = str(len(self.tensors))
        # Two names for one storage are refused by safetensors; a clone also drops views of larger storages.
        self.tensors[key] = plain.clone(memory_format=torch.contiguous_format)
        return {"t": tag, "k": key, "grad": bool(value.requires_grad)}

    def _ref(self, value: Any) -> Any:
        name = type(value).__name__[:MAX_TYPE_NAME_CHARACTERS]
        if self._refs is None:
            kind = f"{name} of dtype {value.dtype}" if hasattr(value, "dtype") else name
            raise Unsendable(f"a value of type {kind} can't be sent to student code; plain ones and tensors can")
        number = len(self._refs)
        self._refs.append(value)
        return {"t": "ref", "id": number, "type": name, "module": isinstance(value, torch.nn.Module)}


def decode(data: Any, tensors: Mapping[str, torch.Tensor], refs: list[Any] | None = None, depth: int = 0) -> Any:
    """The value that `Encoder.encode` was given.

    Args:
        data: JSON data.
        tensors: the frame's tensors by key.
        refs: in the guest, the kept values that a `Ref` stands for; in the grader None, and `Ref`s stay `Ref`s.
    Raises:
        WireError: `data` is not something that `encode` makes.
    """
    if data is None or isinstance(data, bool | float | str):
        return data
    if isinstance(data, int) and abs(data) < 2**63:
        return data
    if not isinstance(data, dict) or depth > MAX_DEPTH + 1:
        raise WireError("a value is not of the wire's form")
    try:
        tag = data["t"]
        if tag in ("tensor", "array"):
            tensor = tensors[data["k"]]
            if tensor.dtype not in _SENDABLE_DTYPES:
                raise WireError("a tensor is of a dtype that does not cross")
            if tag == "array" and refs is None:
                return Array(tensor)
            if tag == "array":
                return tensor.numpy()[()] if data.get("scalar") is True else tensor.numpy()
            return tensor.requires_grad_() if data["grad"] and tensor.is_floating_point() else tensor
        if tag in ("list", "tuple"):
            items = [decode(item, tensors, refs, depth + 1) for item in data["v"]]
            return items if tag == "list" else tuple(items)
        if tag == "dict":
            return dict([decode(each, tensors, refs, depth + 1) for each in pair] for pair in data["v"])
        if tag == "ref":
            if refs is not None:
                return refs[int(data["id"])]
            return Ref(int(data["id"]), str(data["type"])[:MAX_TYPE_NAME_CHARACTERS], data["module"] is True)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as error:
        raise WireError("a value is not of the wire's form") from error
    raise WireError("a value has an unknown tag")
