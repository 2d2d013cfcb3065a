"""Python's own `type` and `range` as tests have them."""

from __future__ import annotations

from typing import Any

from autograder.judge.stand_ins.line import Line
from autograder.judge.stand_ins.stand_in import StandIn

MAX_STEPS = 20_000_000


class _As(type):
    """A class of classes that are taken for one of Python's: `own`."""

    own: type

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, cls.own)

    def __subclasscheck__(cls, value: Any) -> bool:
        return issubclass(value, cls.own)

    def __eq__(cls, other: object) -> bool:
        return other is cls.own or other is cls

    def __hash__(cls) -> int:
        return hash(cls.own)


def type_of(line: Line) -> type:
    """`type`, which says of a stand-in what class its object has."""

    class Meta(_As):
        own = type

        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            if len(args) == 1 and isinstance(args[0], StandIn):
                return line.ask("type", args[0], called="type")
            made = type(*args, **kwargs)
            if len(args) > 1 and "__module__" not in args[2]:
                made.__module__ = "__main__"
            return made

    return Meta("type", (type,), {})


class _Range(_As):
    own = range

    def __call__(cls, *args: Any) -> range:
        made = range(*args)
        if len(made[: MAX_STEPS + 1]) > MAX_STEPS:
            raise OverflowError(f"range of more than {MAX_STEPS} steps")
        return made


RANGE: type = _Range("range", (), {})
"""`range`, without such as nobody can wait for: Python could not be stopped in the middle of summing one up."""
