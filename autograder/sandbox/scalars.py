"""Single values of Python's own that JSON lacks: large and exact numbers, dates, bytes, and what everybody has by name.

A value of a subclass crosses as the plain type that it is made of, read by that type's own methods.
"""

from __future__ import annotations

import builtins
import re
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from types import NoneType
from typing import Any

import numpy
import torch

from autograder.sandbox import parts
from autograder.sandbox.parts import Reader, Writer
from autograder.sandbox.wire import WireError

MAX_DIGITS = 10_000
_MAX_BITS = int(MAX_DIGITS * 3.3219280949)
_MAX_DECIMAL_CHARACTERS = 1_000
_MAX_EXPONENT = 10_000
_HEX = re.compile(r"-?[0-9a-f]+")
_DECIMAL = re.compile(r"-?(\d+(\.\d+)?(E[+-]\d{1,6})?|Infinity|NaN)", re.ASCII)


def _named() -> dict[str, Any]:
    found: dict[str, Any] = {
        name: each for name, each in vars(builtins).items() if isinstance(each, type) and name[0] != "_"
    }
    ours = (NoneType, Counter, OrderedDict, defaultdict, deque, date, datetime, time, timedelta, timezone, Decimal)
    found |= {f"{each.__module__}.{each.__name__}": each for each in (*ours, Fraction, numpy.ndarray, torch.Tensor)}
    scalars = (each for each in vars(numpy).values() if isinstance(each, type) and issubclass(each, numpy.generic))
    found |= {f"numpy.{each.__name__}": each for each in scalars}
    found |= {str(each): each for each in vars(torch).values() if isinstance(each, torch.dtype)}
    return {**found, "...": ...}


_NAMED = _named()
_NAMES = {id(value): name for name, value in _NAMED.items()}


def name_of(value: Any) -> Any:
    """JSON-ready data for the types that everybody has, such as `int`; None for all else."""
    name = _NAMES.get(id(value))
    return None if name is None else {"t": "named", "v": name}


def integer(value: int, writer: Writer) -> Any:
    """JSON-ready data of an integer; None if it has too many digits."""
    plain = int.__int__(value)
    if abs(plain) < 2**63:
        return plain
    return {"t": "int", "v": f"{plain:x}"} if plain.bit_length() <= _MAX_BITS else None


def _complex(value: complex, writer: Writer) -> Any:
    plain = complex.__complex__(value)
    return {"t": "complex", "v": [plain.real, plain.imag]}


def _fraction(value: Fraction, writer: Writer) -> Any:
    found = [integer(value.numerator, writer), integer(value.denominator, writer)]
    return None if None in found else {"t": "fraction", "v": found}


def _decimal(value: Decimal, writer: Writer) -> Any:
    written = Decimal.__str__(value)
    return {"t": "decimal", "v": written} if _is_handy(written) else None


def _is_handy(written: str) -> bool:
    """Whether a decimal number takes no time: `int(Decimal("1e999999999"))` never ends."""
    if len(written) > _MAX_DECIMAL_CHARACTERS or not _DECIMAL.fullmatch(written):
        return False
    value = Decimal(written)
    return not value.is_finite() or abs(value.adjusted()) <= _MAX_EXPONENT


def _moment(tag: str, *names: str) -> Callable[[Any, Writer], Any]:
    def encoder(value: datetime | time, writer: Writer) -> Any:
        zone, offset = None, value.utcoffset()
        if offset is not None:
            name = str(value.tzname())[: parts.MAX_NAME_CHARACTERS]
            zone = [offset.days, offset.seconds, offset.microseconds, name]
        return {"t": tag, "v": [getattr(value, name) for name in names], "fold": value.fold, "zone": zone}

    return encoder


def _bytes(tag: str) -> Callable[[Any, Writer], Any]:
    return lambda value, writer: {"t": tag, "k": writer.raw(bytes(memoryview(value)))}


_TIME = ("hour", "minute", "second", "microsecond")
ENCODERS: Mapping[type, Callable[[Any, Writer], Any]] = {
    int: integer,
    float: lambda value, writer: float.__float__(value),
    str: lambda value, writer: writer.one(str.__str__(value)),
    complex: _complex,
    Fraction: _fraction,
    Decimal: _decimal,
    datetime: _moment("datetime", "year", "month", "day", *_TIME),
    date: lambda value, writer: {"t": "date", "v": [value.year, value.month, value.day]},
    time: _moment("time", *_TIME),
    timedelta: lambda value, writer: {"t": "timedelta", "v": [value.days, value.seconds, value.microseconds]},
    bytes: _bytes("bytes"),
    bytearray: _bytes("bytearray"),
}


def _read_integer(data: Mapping[str, Any], reader: Reader) -> int:
    written = parts.text(data["v"], _MAX_BITS // 4 + 2)
    if not _HEX.fullmatch(written):
        raise WireError("a large number is none")
    return int(written, 16)


def _read_complex(data: Mapping[str, Any], reader: Reader) -> complex:
    real, imaginary = parts.items(data["v"], 2)
    if type(real) is not float or type(imaginary) is not float:
        raise WireError("a complex number is none")
    return complex(real, imaginary)


def _read_decimal(data: Mapping[str, Any], reader: Reader) -> Decimal:
    written = parts.text(data["v"], _MAX_DECIMAL_CHARACTERS)
    if not _is_handy(written):
        raise WireError("a decimal number is none")
    return Decimal(written)


def _read_zone(data: Any) -> timezone | None:
    if data is None:
        return None
    *offset, name = parts.items(data, 4)
    if not any(_numbers(offset, 3)) and name == "UTC":
        return UTC  # there is one of it
    return timezone(timedelta(*_numbers(offset, 3)), parts.text(name))


def _numbers(data: Any, count: int) -> list[int]:
    found = [parts.whole(each, -(10**9), 10**9) for each in parts.items(data, count)]
    if len(found) != count:
        raise WireError("a date lacks a part")
    return found


def _read_moment(data: Mapping[str, Any], make: Callable[..., Any], count: int) -> Any:
    fold = parts.whole(data["fold"], 0, 1)
    return make(*_numbers(data["v"], count), tzinfo=_read_zone(data["zone"]), fold=fold)


DECODERS: Mapping[str, Callable[[Mapping[str, Any], Reader], Any]] = {
    "named": lambda data, reader: _NAMED[parts.text(data["v"])],
    "int": _read_integer,
    "complex": _read_complex,
    "fraction": lambda data, reader: Fraction(*parts.integers(data["v"], 2, reader)),
    "decimal": _read_decimal,
    "datetime": lambda data, reader: _read_moment(data, datetime, 7),
    "time": lambda data, reader: _read_moment(data, time, 4),
    "date": lambda data, reader: date(*_numbers(data["v"], 3)),
    "timedelta": lambda data, reader: timedelta(*_numbers(data["v"], 3)),
    "bytes": lambda data, reader: reader.raw(data["k"]),
    "bytearray": lambda data, reader: bytearray(reader.raw(data["k"])),
}
