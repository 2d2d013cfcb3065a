"""Python's own containers as plain data, read by their own methods and not by those of a student's subclass."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from autograder.sandbox import parts
from autograder.sandbox.parts import Reader, Writer
from autograder.sandbox.scalars import integer
from autograder.sandbox.wire import MAX_NODES, WireError

MAX_RANGE = 1_000_000  # elements: whoever lists them all has to hold them
_EMPTY: dict[Any, Any] = {}
_KEYS, _VALUES, _ITEMS = type(_EMPTY.keys()), type(_EMPTY.values()), type(_EMPTY.items())
_FACTORIES = (int, float, str, list, dict, set, tuple, bool)
_WITHOUT_HASH = frozenset(
    ("list", "dict", "set", "bytearray", "deque", "ordered", "counter", "defaultdict", "keys", "items", "slice")
)
_OTHERS_WITHOUT_HASH = frozenset(("ndarray", "objects", "frame", "series", "index"))  # but for NumPy's scalars


def _key(value: Any, writer: Writer) -> Any:
    """Data for a key, which a student's class may have given a hash that its plain type lacks: then it stays there."""
    sent = writer.one(value)
    tag = sent["t"] if isinstance(sent, dict) else None
    lacks = tag in _WITHOUT_HASH or (tag in _OTHERS_WITHOUT_HASH and not sent.get("scalar"))
    return writer.stays(value) if lacks else sent


def _sequence(
    tag: str, each: Callable[[Any], Iterable[Any]], are_keys: bool = False
) -> Callable[[Any, Writer], dict[str, Any] | None]:
    """An encoder of what `each`, a plain type's own method, goes through."""

    def encoder(value: Any, writer: Writer) -> dict[str, Any] | None:
        listed = list(each(value))
        if len(listed) > MAX_NODES:
            return None
        return {"t": tag, "v": [_key(item, writer) if are_keys else writer.one(item) for item in listed]}

    return encoder


def _mapping(
    tag: str, each: Callable[[Any], Iterable[tuple[Any, Any]]]
) -> Callable[[Any, Writer], dict[str, Any] | None]:
    def encoder(value: Any, writer: Writer) -> dict[str, Any] | None:
        listed = list(each(value))
        if len(listed) > MAX_NODES:
            return None
        return {"t": tag, "v": [[_key(key, writer), writer.one(item)] for key, item in listed]}

    return encoder


def _defaultdict(value: defaultdict[Any, Any], writer: Writer) -> Any:
    factory = value.default_factory if value.default_factory in _FACTORIES else None
    sent = _mapping("defaultdict", dict.items)(value, writer)
    return sent and {**sent, "of": writer.one(factory)}


def _deque(value: deque[Any], writer: Writer) -> Any:
    sent = _sequence("deque", deque.__iter__)(value, writer)
    return sent and {**sent, "max": value.maxlen}


def _range(value: range, writer: Writer) -> Any:
    if _length(value) > MAX_RANGE:
        return None
    return {"t": "range", "v": [integer(each, writer) for each in (value.start, value.stop, value.step)]}


def _slice(value: slice, writer: Writer) -> dict[str, Any]:
    return {"t": "slice", "v": [writer.one(each) for each in (value.start, value.stop, value.step)]}


def _length(value: range) -> int:
    """`len`, which larger ranges refuse."""
    return max(0, -(-(value.stop - value.start) // value.step))


ENCODERS: Mapping[type, Callable[[Any, Writer], Any]] = {
    list: _sequence("list", list.__iter__),
    tuple: _sequence("tuple", tuple.__iter__),
    set: _sequence("set", set.__iter__, are_keys=True),
    frozenset: _sequence("frozenset", frozenset.__iter__, are_keys=True),
    deque: _deque,
    dict: _mapping("dict", dict.items),
    OrderedDict: _mapping("ordered", OrderedDict.items),
    Counter: _mapping("counter", dict.items),
    defaultdict: _defaultdict,
    _KEYS: _sequence("keys", _KEYS.__iter__, are_keys=True),
    _VALUES: _sequence("values", _VALUES.__iter__),
    _ITEMS: _mapping("items", _ITEMS.__iter__),
    range: _range,
    slice: _slice,
}


def _list(data: Mapping[str, Any], reader: Reader) -> list[Any]:
    return [reader.one(each) for each in parts.items(data["v"])]


def _keys(data: Mapping[str, Any], reader: Reader) -> list[Any]:
    return parts.hashable(_list(data, reader))


def _dict(data: Mapping[str, Any], reader: Reader) -> dict[Any, Any]:
    found = [(reader.one(key), reader.one(value)) for key, value in parts.pairs(data["v"])]
    parts.hashable(key for key, _ in found)
    return dict(found)


def _read_default(data: Mapping[str, Any], reader: Reader) -> defaultdict[Any, Any]:
    factory = reader.one(data["of"])
    if factory is not None and not any(factory is each for each in _FACTORIES):
        raise WireError("what makes defaults is none of the plain types")
    return defaultdict(factory, _dict(data, reader))


def _read_deque(data: Mapping[str, Any], reader: Reader) -> deque[Any]:
    longest = None if data["max"] is None else parts.whole(data["max"], 0, 2**31)
    return deque(_list(data, reader), longest)


def _read_range(data: Mapping[str, Any], reader: Reader) -> range:
    found = range(*parts.integers(data["v"], 3, reader))
    if _length(found) > MAX_RANGE:
        raise WireError("a range is too long")
    return found


def _read_slice(data: Mapping[str, Any], reader: Reader) -> slice:
    start, stop, step = (reader.one(each) for each in parts.items(data["v"], 3))
    return slice(start, stop, step)


DECODERS: Mapping[str, Callable[[Mapping[str, Any], Reader], Any]] = {
    "list": _list,
    "tuple": lambda data, reader: tuple(_list(data, reader)),
    "set": lambda data, reader: set(_keys(data, reader)),
    "frozenset": lambda data, reader: frozenset(_keys(data, reader)),
    "deque": _read_deque,
    "dict": _dict,
    "ordered": lambda data, reader: OrderedDict(_dict(data, reader)),
    "counter": lambda data, reader: Counter(_dict(data, reader)),
    "defaultdict": _read_default,
    "keys": lambda data, reader: dict.fromkeys(_keys(data, reader)).keys(),
    "values": lambda data, reader: dict(enumerate(_list(data, reader))).values(),
    "items": lambda data, reader: _dict(data, reader).items(),
    "range": _read_range,
    "slice": _read_slice,
}
