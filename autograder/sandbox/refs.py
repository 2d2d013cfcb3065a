"""Values that stay in the guest: the numbers that they have there, and what the grader is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import torch

from autograder.sandbox import parts
from autograder.sandbox.operations import METHODS
from autograder.sandbox.wire import WireError

MAX_TYPE_NAME_CHARACTERS = 80
MAX_BASES = 12


@dataclass(frozen=True)
class Ref:
    """A value that stays in the guest. All that is said of it is what the guest says.

    Attributes:
        id: its number there; -1 if it can't be used as an argument.
        type_name: its class's name.
        is_module: whether it is an `nn.Module`.
        callable: whether it can be called. This and what follows is said in rich messages alone.
        module: the module of its class; of the class itself, if it is one.
        mro: the module and the qualified name of its class and of that class's bases, the nearest first, at most 12; of
            the class itself, if it is one.
        is_class: whether it is a class.
        class_name: its name, if it is a class.
        methods: the special methods of `operations.METHODS` that its class has.
    """

    id: int
    type_name: str
    is_module: bool = False
    callable: bool = False
    module: str = ""
    mro: tuple[tuple[str, str], ...] = ()
    is_class: bool = False
    class_name: str = ""
    methods: frozenset[str] = frozenset()


class Refs(list[Any]):
    """In the guest: the values that stay there, by their numbers. The same object has the same number."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers: dict[int, int] = {}

    def number(self, value: Any) -> int:
        """The number of `value`, which is kept from now on."""
        number = self._numbers.get(id(value), -1)
        if not (0 <= number < len(self) and self[number] is value):
            number = self._numbers[id(value)] = len(self)
            self.append(value)
        return number

    def forget(self, count: int) -> None:
        """Keeps the first `count` values alone."""
        del self[count:]
        self._numbers = {key: number for key, number in self._numbers.items() if number < count}


def describe(value: Any, number: int, rich: bool) -> dict[str, Any]:
    """JSON-ready data of a `Ref` to `value`; the opposite of `read_ref`."""
    told = {"t": "ref", "id": number, "type": _name(type(value)), "module": isinstance(value, torch.nn.Module)}
    if not rich:
        return told
    cls = value if isinstance(value, type) else type(value)
    return {
        **told,
        "callable": callable(value),
        "in": _short(cls.__module__),
        "mro": [[_short(each.__module__), _short(each.__qualname__)] for each in cls.__mro__[:MAX_BASES]],
        "class": _name(value) if isinstance(value, type) else None,
        "methods": sorted(METHODS.intersection(chain.from_iterable(map(vars, type(value).__mro__[:-1])))),
    }


def _name(cls: type) -> str:
    return cls.__name__[:MAX_TYPE_NAME_CHARACTERS]


def _short(name: Any) -> str:
    """A student's class may call itself, and its module, as it likes."""
    return name[: parts.MAX_NAME_CHARACTERS] if isinstance(name, str) else ""


def read_ref(data: Mapping[str, Any], rich: bool) -> Ref:
    """What `describe` told. Raises WireError, LookupError, TypeError, ValueError or OverflowError."""
    number, name, is_module = int(data["id"]), str(data["type"])[:MAX_TYPE_NAME_CHARACTERS], data["module"] is True
    if not rich or "mro" not in data:
        return Ref(number, name, is_module)
    mro = parts.pairs(data["mro"], MAX_BASES)
    if data["t"] != "ref":
        raise WireError("a reference is none")
    return Ref(
        number,
        name,
        is_module,
        callable=data["callable"] is True,
        module=parts.text(data["in"]),
        mro=tuple((parts.text(module), parts.text(each)) for module, each in mro),
        is_class=data["class"] is not None,
        class_name="" if data["class"] is None else parts.text(data["class"]),
        methods=METHODS.intersection(parts.items(data["methods"], len(METHODS))),
    )
